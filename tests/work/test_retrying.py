"""A request that nobody understood is classified again when it is retried: by the code that would read it now."""

import gzip
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapter.fhir.json_text import dumps
from adapter.inbound.admitting import Origin, poison_of
from adapter.inbound.dialects.requests import Headers, Request
from adapter.store import dead_letters, inbox, marks
from adapter.store.dead_letters import Chosen
from tests.replay.visits import bundle
from tests.work.asking import SOURCE, Hospital, hospital


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Hospital]:
    with hospital(tmp_path, server, format(abs(hash(request.node.name)) % 10**8)) as made:
        yield made


def _put_aside(here: Hospital, asked: Request) -> None:
    origin = Origin(SOURCE, here.gateway.base_url)
    with here.store.begin() as tx:
        inbox.set_aside(tx, poison_of(origin, asked, here.now), "not-fhir")


def _retry(here: Hospital) -> dict[str, int]:
    here.now += timedelta(minutes=1)
    with here.store.begin() as tx:
        assert dead_letters.retry(tx, dead_letters.dead_letters(tx, Chosen()), here.now) == 1
    here.settle()
    with here.store.read() as tx:
        return inbox.counts(tx)


@pytest.mark.parametrize("packs", [bytes, gzip.compress])
def test_what_can_be_understood_by_now_becomes_a_charge(here: Hospital, packs: type) -> None:
    resources = here.visit()
    body = packs(dumps(bundle(resources, base=None)).encode())
    _put_aside(here, Request("POST", headers=Headers({"Content-Type": "application/fhir+json"}), body=body))
    assert _retry(here) == {"new": 0, "applied": 1 + len(resources), "quarantined": 0}
    assert here.charges() == ["billable"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Request("POST", body=b'{"hello": "world"}'), "not-fhir"),
        (Request("PUT", "Encounter", "e1", body=b'{"resourceType": "Encounter", "id": "e2"}'), "other-resource"),
        (Request("DELETE", "Encounter"), "not-fhir"),
    ],
)
def test_what_still_means_nothing_is_put_aside_again(here: Hospital, asked: Request, code: str) -> None:
    _put_aside(here, asked)
    assert _retry(here) == {"new": 0, "applied": 0, "quarantined": 1}
    with here.store.read() as tx:
        (letter,) = dead_letters.dead_letters(tx, Chosen())
    assert (letter.code, letter.failed_at) == (code, here.now)


def test_a_call_to_look_asks_for_a_catch_up(here: Hospital) -> None:
    _put_aside(here, Request("POST", body=b"{}"))
    assert _retry(here)["applied"] == 1
    with here.store.read() as tx:
        assert marks.read(tx, SOURCE, "catch-up-wanted") == "empty"
