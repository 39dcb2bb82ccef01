"""Two contents of one resource that no version orders: the source is asked which is in force."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapter.work.seeking import PAUSES
from tests.servers import Answer
from tests.work.asking import Hospital, hospital


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Hospital]:
    with hospital(tmp_path, server, format(abs(hash(request.node.name)) % 10**8)) as made:
        yield made


def _unordered(here: Hospital) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A visit, and its Condition as it was before it was corrected: neither says which came first."""
    resources = here.visit()
    ended = {**resources[3], "abatementDateTime": "2026-10-15"}
    return resources, ended


def test_the_source_settles_it(here: Hospital) -> None:
    resources, ended = _unordered(here)
    here.keep(*resources)
    here.tell(*resources, ended)
    here.settle()
    assert here.charges() == ["billable"]
    here.asked()
    here.tell(ended)
    here.settle()
    assert here.charges() == ["billable"]
    assert here.asked() == ["read Condition"]


def test_a_deletion_at_the_source_settles_it(here: Hospital) -> None:
    resources, _ = _unordered(here)
    resources[2].pop("meta")
    here.keep(*resources)
    here.tell(*resources)
    here.settle()
    assert here.charges() == ["billable"]
    here.lose(resources[2])
    here.now = datetime.now(UTC) + timedelta(minutes=1)
    here.tell(resources[2], interaction="delete")
    here.settle()
    assert here.charges() == ["entered-in-error"]


def test_while_the_source_cannot_be_asked_a_person_must_judge(here: Hospital) -> None:
    resources, ended = _unordered(here)
    here.keep(*resources)
    here.gateway.fault = lambda _request, _forward: Answer(503)
    here.tell(*resources, ended)
    here.settle()
    assert here.charges() == ["planned"]
    here.gateway.fault = None
    here.later(minutes=2)
    assert here.charges() == ["billable"]


def test_a_source_that_does_not_know_is_not_asked_by_every_event(here: Hospital) -> None:
    resources, ended = _unordered(here)
    here.keep(*resources[:3], resources[4])
    here.tell(*resources, ended)
    here.settle()
    assert here.charges() == ["planned"]
    assert here.asked().count("read Condition") == 1
    for number in range(5):
        here.tell({**resources[2], "meta": {"versionId": str(number + 10)}})
        here.settle()
    assert "read Condition" not in here.asked()
    here.now += PAUSES[0]
    here.tell({**resources[2], "meta": {"versionId": "99"}})
    here.settle()
    assert here.asked().count("read Condition") == 1
