"""A version that arrives after a later one never counts, also where no pack reads the later one."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapter.store import inbox
from adapter.store.tables import content
from tests.replay.visits import visit
from tests.work.asking import Hospital, hospital
from tests.work.conftest import Running

REFERRAL = {"coding": [{"system": "http://loinc.org", "code": "57133-1"}]}
FIRST = {"versionId": "1", "lastUpdated": "2026-11-20T17:00:00Z"}
SECOND = {"versionId": "2", "lastUpdated": "2026-11-20T18:00:00Z"}

Statuses = Callable[[], list[str]]


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Hospital]:
    with hospital(tmp_path, server, format(abs(hash(request.node.name)) % 10**8)) as made:
        yield made


def _filed(document: dict[str, Any]) -> dict[str, Any]:
    """The document as it was filed wrongly."""
    return {**document, "meta": FIRST}


def _refiled(document: dict[str, Any], **members: object) -> dict[str, Any]:
    """The document as a letter that no pack reads."""
    return {**document, "meta": SECOND, "type": REFERRAL, **members}


def _kept(store: Any) -> int:
    with store.read() as tx:
        return int(tx.scalar(sa.select(sa.func.count()).select_from(content)))


@pytest.fixture
def statuses(running: Running) -> Statuses:
    """Tells the states of this test's charges: the target is shared."""
    before = {one["id"] for one in running.written("ChargeItem")}
    return lambda: [one["status"] for one in running.written("ChargeItem") if one["id"] not in before]


def test_what_no_pack_reads_any_more_settles_nothing_if_known_first(running: Running, statuses: Statuses) -> None:
    *others, document = visit()
    running.send(*others, _refiled(document))
    running.settle()
    running.send(_filed(document))
    running.settle()
    assert statuses() == ["planned"]


def test_both_versions_in_one_look_settle_nothing_either(running: Running, statuses: Statuses) -> None:
    *others, document = visit()
    running.send(*others, _refiled(document), _filed(document))
    running.settle()
    assert statuses() == ["planned"]


def test_a_document_that_is_filed_rightly_again_settles(running: Running, statuses: Statuses) -> None:
    *others, document = visit()
    running.send(*others, _refiled(document), _filed(document))
    third = {"versionId": "3", "lastUpdated": "2026-11-20T19:00:00Z"}
    running.send({**document, "meta": third})
    running.settle()
    assert statuses() == ["billable"]


def test_a_document_whose_deletion_came_first_settles_nothing(running: Running, statuses: Statuses) -> None:
    *others, document = visit()
    running.send(*others)
    running.send(document, interaction="delete")
    running.settle()
    running.send(_filed(document))
    running.settle()
    assert statuses() == ["planned"]


def test_a_deletion_between_hides_nothing(running: Running, statuses: Statuses) -> None:
    *others, document = visit()
    later = {"versionId": "4", "lastUpdated": "2026-11-21T13:00:00Z"}
    running.send(*others, _refiled(document, meta=later))
    running.send(document, interaction="delete")
    running.settle()
    running.send({**_filed(document), "meta": {**FIRST, "lastUpdated": "2026-11-21T12:30:00Z"}})
    running.settle()
    assert statuses() == ["planned"]


def test_a_later_version_that_cannot_be_relied_on_is_put_aside_for_a_person(running: Running) -> None:
    *others, document = visit()
    running.send(*others, _refiled(document, status="bidon"))
    running.settle()
    running.send(_filed(document))
    running.settle()
    with running.store.read() as tx:
        assert inbox.counts(tx)["quarantined"] == 1


def test_what_no_pack_reads_is_not_kept(running: Running) -> None:
    running.send(*visit()[:-1])
    running.settle()
    before = _kept(running.store)
    running.send(*(_refiled({**visit()[-1], "id": f"letter-{number}"}) for number in range(5)))
    running.settle()
    assert _kept(running.store) == before


def test_what_was_read_at_its_source_counts_although_no_pack_reads_it(here: Hospital) -> None:
    *others, document = here.visit()
    here.keep(*others, {**_refiled(document), "meta": {}})
    here.tell(*others)
    here.tell(document, whole=False)
    here.settle()
    assert here.charges() == ["planned"]
    here.tell({**document, "meta": {"versionId": "0", "lastUpdated": "2026-01-01T00:00:00Z"}})
    here.settle()
    assert here.charges() == ["planned"]


def test_of_what_was_only_read_one_content_is_kept(here: Hospital) -> None:
    *others, document = here.visit()
    here.keep(*others)
    here.tell(*others)
    here.settle()
    before = _kept(here.store)
    for title in ("a", "b", "c"):
        here.keep({**_refiled(document, description=title), "meta": {}})
        here.tell(document, whole=False)
        here.settle()
    assert _kept(here.store) == before + 1
