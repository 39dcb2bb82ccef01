"""A later version that cannot be relied on: what it replaced is charged by nobody until somebody knows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapter.core.references import Key
from adapter.fhir.json_text import dumps
from adapter.store import doubts, inbox
from tests.servers import Answer
from tests.work.asking import Hospital, hospital

_UNSOUND: dict[str, Any] = {"status": "done"}


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Hospital]:
    with hospital(tmp_path, server, format(abs(hash(request.node.name)) % 10**8)) as made:
        yield made


def _versions(here: Hospital) -> tuple[list[dict[str, Any]], dict[str, Any], dict[str, Any]]:
    """A visit; its Encounter's next version, which is no R4; and the one after that, which is."""
    resources = here.visit()
    encounter = resources[2]
    second = {**encounter, **_UNSOUND, "meta": _meta(2)}
    resources[2] = {**encounter, "meta": _meta(1)}
    return resources, second, {**encounter, "meta": _meta(3)}


def _meta(version: int) -> dict[str, str]:
    return {"versionId": str(version), "lastUpdated": f"2026-11-20T19:00:0{version}Z"}


def _quarantined(here: Hospital) -> int:
    with here.store.read() as tx:
        return inbox.counts(tx)["quarantined"]


def _lose_the_source(here: Hospital) -> None:
    """Otherwise it would be asked which version is in force."""
    here.gateway.fault = lambda _request, _forward: Answer(503)


def test_a_charge_waits_until_a_version_can_be_read_again(here: Hospital) -> None:
    resources, second, third = _versions(here)
    here.keep(*resources)
    here.tell(*resources)
    here.settle()
    assert here.charges() == ["billable"]
    _lose_the_source(here)
    here.tell(second)
    here.settle()
    assert (here.charges(), _quarantined(here)) == (["planned"], 1)
    here.tell(third)
    here.settle()
    assert here.charges() == ["billable"]


def test_so_it_is_where_the_news_only_names_it_and_the_source_holds_no_other(here: Hospital) -> None:
    resources, second, _ = _versions(here)
    here.keep(*resources)
    here.tell(*resources)
    here.settle()
    assert here.charges() == ["billable"]
    headers = {"Content-Type": "application/fhir+json"}
    here.gateway.fault = lambda _request, _forward: Answer(200, headers, dumps(second).encode())
    here.tell(second, whole=False)
    here.settle()
    assert (here.charges(), _quarantined(here)) == (["planned"], 1)


def test_so_it_is_where_the_version_before_comes_later(here: Hospital) -> None:
    resources, second, _ = _versions(here)
    _lose_the_source(here)
    here.tell(second)
    here.settle()
    here.tell(*resources)
    here.settle()
    assert here.charges() == ["planned"]


def test_an_earlier_version_puts_nothing_in_doubt(here: Hospital) -> None:
    resources, second, third = _versions(here)
    resources[2] = third
    here.keep(*resources)
    here.tell(*resources, second)
    here.settle()
    assert (here.charges(), _quarantined(here)) == (["billable"], 1)


def test_a_source_that_went_back_settles_it(here: Hospital) -> None:
    resources, second, _ = _versions(here)
    here.keep(*resources)
    here.tell(*resources, second)
    here.settle()
    assert here.asked().count("read Encounter") == 1
    with here.store.read() as tx:
        assert list(doubts.of(tx, [Key(here.gateway.base_url, "Encounter", second["id"])])) == []
    assert here.charges() == ["billable"]
