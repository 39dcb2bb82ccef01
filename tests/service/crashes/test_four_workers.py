"""Four workers in two processes on PostgreSQL: nobody is worked on twice at once, and all is done."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

from tests.catching_up.small_server import small
from tests.databases import postgres
from tests.service.crashes.accounts import Sender, assert_charged_once, settle, source
from tests.service.crashes.launched import Launched, Launcher, journals
from tests.service.crashes.settings import settings
from tests.service.crashes.windows import CLAIMED, LEFT

PERSONS = range(24)
WORKERS = 2
"""In each of the two processes."""

Span = tuple[float, float]


def test_nobody_is_worked_on_twice_at_once(tmp_path: Path, launcher: Launcher, target: str) -> None:
    sender = Sender()
    with (
        postgres() as server,
        small(source) as doctors,
        Launched(launcher, tmp_path, ("serve", "--no-work")) as hooks,
        Launched(launcher, tmp_path, ("work",)) as one,
        Launched(launcher, tmp_path, ("work",)) as other,
    ):
        settings(tmp_path, server.database(), had=doctors.base_url, billing=target, workers=WORKERS)
        hooks.start()
        one.begin()
        other.begin()
        sender.send(hooks, PERSONS)
        sender.send_again(hooks)
        settle(hooks, len(PERSONS))
        assert one.journal(CLAIMED)
        assert other.journal(CLAIMED)
        assert one.stop() == other.stop() == 0
    spans = _spans(tmp_path)
    assert [lane for lane, held in spans.items() if _overlap(held)] == []
    assert _overlap([span for held in spans.values() for span in held]), "they never worked at the same time"
    assert_charged_once(target, PERSONS)


def _spans(folder: Path) -> dict[str, list[Span]]:
    """When each person, or decision, was worked on: from the claim until just before it is given back."""
    begun: dict[tuple[str, int], float] = {}
    spans: dict[str, list[Span]] = defaultdict(list)
    for line in journals(folder):
        if line.what == CLAIMED:
            begun[tuple(line.of)] = line.at
        elif line.what == LEFT:
            spans[line.of[0]].append((begun.pop(tuple(line.of)), line.at))
    assert begun == {}, "a lease was never given back"
    return spans


def _overlap(spans: list[Span]) -> bool:
    return any(earlier[1] > later[0] for earlier, later in pairwise(sorted(spans)))
