"""Any order and any duplication of entries and files gives the same bytes."""

import json
import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replay.visits import bundle, folder_bytes, replay, visit, write

_OTHER = "https://hospital.example.com/r4"
_ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"


def _entries() -> list[dict[str, object]]:
    second = visit(Patient={"id": "p2", "identifier": [{"system": "urn:example:ipp", "value": "2"}]})
    for resource in second[1:]:
        resource["id"] = f"second-{resource['id']}"
        if "subject" in resource:
            resource["subject"] = {"reference": "Patient/p2"}
    older = visit(Encounter={"meta": {"versionId": "2"}, "status": "in-progress"})[2]
    rival = visit(Condition={"onsetDateTime": "2026-12-01"})[3]
    retyped = [
        visit(Encounter={"id": "e2", "meta": {}, "class": {"system": _ACT, "code": c}})[2] for c in ("HH", "AMB")
    ]
    return [*bundle([*visit(), older, *retyped])["entry"], *bundle([*second, rival], base=_OTHER)["entry"]]


def _written(groups: list[list[dict[str, object]]], names: list[str]) -> dict[str, bytes]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        for file, entries in zip(names, groups, strict=True):
            write(folder / "in" / file, {"resourceType": "Bundle", "type": "collection", "entry": entries})
        replay(folder / "in", "--out", folder / "out")
        return folder_bytes(folder / "out")


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_and_duplication_change_nothing(chance: random.Random, files: int) -> None:
    entries = _entries()
    expected = _written([entries], ["a.json"])
    shuffled = [*entries, *chance.choices(entries, k=chance.randrange(6))]
    chance.shuffle(shuffled)
    groups = [shuffled[i::files] for i in range(files)]
    names = [f"{chance.randrange(10**6)}-{i}.json" for i in range(files)]
    assert _written(groups, names) == expected


def test_a_second_run_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "in" / "bundle.json", bundle(visit()))
    replay(tmp_path / "in", "--out", tmp_path / "one")
    replay(tmp_path / "in", "--out", tmp_path / "one")
    replay(tmp_path / "in", "--out", tmp_path / "two")
    assert folder_bytes(tmp_path / "one") == folder_bytes(tmp_path / "two")


def test_the_order_of_keys_in_a_resource_changes_nothing(tmp_path: Path) -> None:
    turned = [dict(reversed(list(r.items()))) for r in visit()]
    write(tmp_path / "one" / "bundle.json", bundle(visit()))
    write(tmp_path / "two" / "bundle.json", bundle(turned))
    write(tmp_path / "two" / "again.json", bundle(visit()))
    replay(tmp_path / "one", "--out", tmp_path / "out1")
    replay(tmp_path / "two", "--out", tmp_path / "out2")
    assert folder_bytes(tmp_path / "out1") == folder_bytes(tmp_path / "out2")


def test_contents_that_nothing_orders_are_undecided_and_both_shown(tmp_path: Path) -> None:
    other = visit(Condition={"onsetDateTime": "2026-12-01"})[3]
    write(tmp_path / "bundle.json", bundle([*visit(), other]))
    (decision,) = replay(tmp_path).decisions
    assert decision["decision"] == "undecided"
    doubt = next(f for f in decision["findings"] if f["criterion"] == "one-version")
    assert len(doubt["readings"]) == 2
    assert json.dumps(doubt["readings"]).count("Condition") == 2


def test_records_that_a_server_merged_are_one_person_in_any_order(tmp_path: Path) -> None:
    resources = visit(Patient={"identifier": []})
    new = {**resources[0], "id": "a-survivor"}
    resources[0]["link"] = [{"other": {"reference": "Patient/a-survivor"}, "type": "replaced-by"}]
    named = []
    for number, ordered in enumerate(([*resources, new], [new, *reversed(resources)])):
        write(tmp_path / str(number) / "bundle.json", bundle(ordered))
        (decision,) = replay(tmp_path / str(number)).decisions
        named.append((decision["decision"], decision["person"]))
    alone = [{**one} for one in visit(Patient={"identifier": [], "id": "a-survivor"})]
    for one in alone:
        if "subject" in one:
            one["subject"] = {"reference": "Patient/a-survivor"}
    write(tmp_path / "alone" / "bundle.json", bundle(alone))
    (decision,) = replay(tmp_path / "alone").decisions
    assert named == [("billable", decision["person"])] * 2
