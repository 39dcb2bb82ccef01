"""A version that arrives after a later one never counts, also where no pack reads the later one."""

from collections.abc import Iterator
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


def _statuses(running: Running) -> list[str]:
    return [one["status"] for one in running.written("ChargeItem") if one["status"] != "entered-in-error"]


def _kept(store: Any) -> int:
    with store.read() as tx:
        return int(tx.scalar(sa.select(sa.func.count()).select_from(content)))


@pytest.fixture
def judged(running: Running) -> Iterator[Running]:
    """One whose charges of earlier tests are withdrawn on the target, which all share."""
    yield running
    for one in visit():
        running.later(minutes=1)
        running.send(one, interaction="delete")
    running.settle()


def test_what_no_pack_reads_any_more_settles_nothing_when_that_was_known_first(judged: Running) -> None:
    *others, document = visit()
    judged.send(*others, _refiled(document))
    judged.settle()
    judged.send(_filed(document))
    judged.settle()
    assert _statuses(judged) == ["planned"]


def test_both_versions_in_one_look_settle_nothing_either(judged: Running) -> None:
    *others, document = visit()
    judged.send(*others, _refiled(document), _filed(document))
    judged.settle()
    assert _statuses(judged) == ["planned"]


def test_a_document_that_is_filed_rightly_again_settles(judged: Running) -> None:
    *others, document = visit()
    judged.send(*others, _refiled(document), _filed(document))
    third = {"versionId": "3", "lastUpdated": "2026-11-20T19:00:00Z"}
    judged.send({**document, "meta": third})
    judged.settle()
    assert _statuses(judged) == ["billable"]


def test_a_document_whose_deletion_came_first_settles_nothing(judged: Running) -> None:
    *others, document = visit()
    judged.send(*others)
    judged.send(document, interaction="delete")
    judged.settle()
    judged.send(_filed(document))
    judged.settle()
    assert _statuses(judged) == ["planned"]


def test_a_deletion_between_hides_nothing(judged: Running) -> None:
    *others, document = visit()
    later = {"versionId": "4", "lastUpdated": "2026-11-21T13:00:00Z"}
    judged.send(*others, _refiled(document, meta=later))
    judged.send(document, interaction="delete")
    judged.settle()
    judged.send({**_filed(document), "meta": {**FIRST, "lastUpdated": "2026-11-21T12:30:00Z"}})
    judged.settle()
    assert _statuses(judged) == ["planned"]


def test_a_later_version_that_cannot_be_relied_on_is_put_aside_for_a_person(judged: Running) -> None:
    *others, document = visit()
    judged.send(*others, _refiled(document, status="bidon"))
    judged.settle()
    judged.send(_filed(document))
    judged.settle()
    with judged.store.read() as tx:
        assert inbox.counts(tx)["quarantined"] == 1


def test_what_no_pack_reads_is_not_kept(judged: Running) -> None:
    judged.send(*visit()[:-1])
    judged.settle()
    before = _kept(judged.store)
    judged.send(*(_refiled({**visit()[-1], "id": f"letter-{number}"}) for number in range(5)))
    judged.settle()
    assert _kept(judged.store) == before


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
