"""How much a replay adds to the mere parsing of what matters to nobody."""

import tempfile
from pathlib import Path

import orjson

from adapter.mappings import load_packs
from adapter.replay import Options, Replay
from bench.inputs import irrelevant_bundle
from bench.timing import ratio_of


def reading_against_orjson(bundles: int = 150) -> float:
    """Replaying irrelevant bundles against `orjson.loads` of their bytes, both from disk."""
    options = Options(load_packs(), b"bench")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(bundles):
            (folder / f"{number:04d}.json").write_bytes(irrelevant_bundle(number))

        def replay() -> None:
            with Replay(options) as run:
                run.read([folder])
                if list(run.persons()):
                    raise AssertionError("nothing here is relevant")

        def parse() -> None:
            for file in sorted(folder.iterdir()):
                orjson.loads(file.read_bytes())

        return ratio_of(replay, parse)
