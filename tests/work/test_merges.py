"""A hospital merges two records of one patient: what rested on the old one is withdrawn, and judged for the new one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapter.fhir.json_text import loads
from adapter.store.tables import embedded
from tests.work.asking import Hospital, hospital


@pytest.fixture
def here(tmp_path: Path, server: str, request: pytest.FixtureRequest) -> Iterator[Hospital]:
    with hospital(tmp_path, server, format(abs(hash(request.node.name)) % 10**8)) as made:
        yield made


def _nameless(here: Hospital) -> list[dict[str, Any]]:
    """A visit of a patient whom only the hospital's own numbers name."""
    ipp = [{"system": "urn:oid:1.2.3.4", "value": "IPP-1"}]
    return here.visit(Patient={"identifier": ipp, "meta": {"versionId": "1"}})


def _merged(here: Hospital, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The old Patient, which says so, and the new one."""
    old = _nameless(here)[0]
    new = {**old, "id": f"survivor-{here.mark}", **changes}
    link = {"other": {"reference": f"Patient/{new['id']}"}, "type": "replaced-by"}
    return {**old, "active": False, "link": [link], "meta": {"versionId": "2"}}, new


def _subjects(here: Hospital) -> dict[str, list[str]]:
    """By the id of the Patient that a charge is of: its states."""
    with here.store.read() as tx:
        rows = tx.scalars(sa.select(embedded.c.body).where(embedded.c.type == "ChargeItem", embedded.c.is_current))
        found: dict[str, list[str]] = {}
        for charge in map(loads, rows):
            found.setdefault(charge["subject"]["reference"].rpartition("/")[2], []).append(charge["status"])
    return found


def test_the_charge_of_the_old_record_is_withdrawn_and_made_for_the_new_one(here: Hospital) -> None:
    here.tell(*_nameless(here))
    here.settle()
    assert _subjects(here) == {f"p1-{here.mark}": ["billable"]}
    old, new = _merged(here)
    here.keep(new)
    here.tell(old)
    here.settle()
    assert _subjects(here) == {f"p1-{here.mark}": ["entered-in-error"], new["id"]: ["billable"]}


def test_a_merge_that_is_taken_back_is_undone(here: Hospital) -> None:
    here.tell(*_nameless(here))
    old, new = _merged(here)
    here.tell(new, old)
    here.settle()
    assert _subjects(here)[new["id"]] == ["billable"]
    here.tell({**_nameless(here)[0], "meta": {"versionId": "3"}})
    here.settle()
    assert _subjects(here)[f"p1-{here.mark}"] == ["billable"]
    assert _subjects(here)[new["id"]] == ["entered-in-error"]


def test_records_that_contradict_each_other_stay_apart(here: Hospital) -> None:
    here.tell(*_nameless(here))
    old, new = _merged(here, birthDate="2001-01-01")
    here.tell(new, old)
    here.settle()
    assert _subjects(here) == {f"p1-{here.mark}": ["billable"]}
