"""How a source writes, as its operator says: times without an offset, and R5."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapter.inbound.forms import PLAIN, Form
from adapter.store import inbox
from tests.work.asking import Hospital, hospital

PARIS = Form(time_zone="Europe/Paris")


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Hospital]:
    form = getattr(request, "param", None)
    with hospital(tmp_path, server, format(abs(hash(request.node.name)) % 10**8), form) as made:
        yield made


def _bare(here: Hospital) -> list[dict[str, Any]]:
    return here.visit(Encounter={"period": {"start": "2026-11-20T16:00:00", "end": "2026-11-20T17:00"}})


@pytest.mark.parametrize("here", [PARIS], indirect=True)
def test_a_visit_without_offsets_is_charged_where_the_zone_is_told(here: Hospital) -> None:
    here.tell(*_bare(here))
    here.settle()
    assert here.charges() == ["billable"]


def test_nobody_guesses_a_zone(here: Hospital) -> None:
    here.tell(*_bare(here))
    here.settle()
    assert here.charges() == []
    with here.store.read() as tx:
        assert inbox.counts(tx)["quarantined"] == 1


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-11-20T16:00:00", "2026-11-20T16:00:00+01:00"),
        ("2026-07-20T16:00:00.250", "2026-07-20T16:00:00.250+02:00"),
        ("2026-07-20T16:00", "2026-07-20T16:00:00+02:00"),
        ("2026-07-20T16:00:00Z", "2026-07-20T16:00:00Z"),
        ("2026-07-20", "2026-07-20"),
        ("2026-10-25T02:30:00", "2026-10-25T02:30:00"),
        ("2026-03-29T02:30:00", "2026-03-29T02:30:00"),
        ("2026-13-45T02:30:00", "2026-13-45T02:30:00"),
    ],
)
def test_a_time_gets_the_offset_of_its_day_unless_the_clock_showed_it_twice_or_never(written: str, read: str) -> None:
    content = {"resourceType": "Encounter", "period": {"start": written}, "text": {"div": written}}
    assert PARIS.as_r4(content) == {**content, "period": {"start": read}}
    assert PLAIN.as_r4(content) == content


def test_times_are_found_wherever_they_may_stand() -> None:
    written, read = "2026-11-20T16:00:00", "2026-11-20T16:00:00+01:00"

    def content(time: str) -> dict[str, Any]:
        inner = {"resourceType": "Procedure", "performedDateTime": time}
        extension = [{"url": "https://example.org/x", "valueInstant": time}, {"url": "y", "valueString": written}]
        return {
            "resourceType": "CarePlan",
            "meta": {"lastUpdated": time},
            "contained": [inner],
            "extension": extension,
            "activity": [{"detail": {"scheduledPeriod": {"start": time}, "description": written}}],
        }

    assert PARIS.as_r4(content(written)) == content(read)


def test_a_source_of_r5_is_read_as_r5_where_nothing_shows_it() -> None:
    content = {"resourceType": "Encounter", "status": "finished", "unheard": 1}
    assert "unheard" not in Form(is_r5=True).as_r4(content)
    assert "unheard" in PLAIN.as_r4(content)
