"""Where nothing orders two contents of a resource, what depends on them is a person's, whichever comes first."""

from datetime import UTC, datetime

import pytest

from adapter.core.assembling import assemble
from adapter.core.decisions import judge
from adapter.core.occasions import Outcome
from adapter.core.references import Key
from adapter.core.resources import Resource
from adapter.mappings import load_packs
from tests.replay.visits import visit

AS_OF = datetime(2026, 11, 21, 12, tzinfo=UTC)


def _outcomes(*contents: tuple[dict[str, object], str]) -> list[Outcome]:
    found = [Resource(Key("https://h", str(r["resourceType"]), str(r["id"])), r, digest) for r, digest in contents]
    (pack,) = load_packs(only=["fr-vsp"])
    return [one.outcome for one in judge(pack, assemble(found, {}, b"key"), AS_OF).decisions]


@pytest.mark.parametrize("digests", ["ab", "ba"])
@pytest.mark.parametrize(
    ("type_name", "member", "value"),
    [("Condition", "abatementDateTime", "2026-10-15"), ("Encounter", "status", "cancelled")],
)
def test_neither_reading_refuses_or_withdraws_by_itself(type_name: str, member: str, value: str, digests: str) -> None:
    resources = visit()
    place = next(n for n, r in enumerate(resources) if r["resourceType"] == type_name)
    resources[place].pop("meta", None)
    other = {**resources[place], member: value}
    alone = _outcomes(*((r, "x") for r in [*resources[:place], other, *resources[place + 1 :]]))
    assert alone[0] in (Outcome.REFUSED, Outcome.CANCELLED)
    rest = [(r, "x") for n, r in enumerate(resources) if n != place]
    assert _outcomes(*rest, (resources[place], digests[0]), (other, digests[1])) == [Outcome.UNDECIDED]
