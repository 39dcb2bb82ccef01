"""News that a source tells of itself: a correction, a late document, a second report, a merge, news out of order."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.servers import Answer, Request
from tests.service.end_to_end.persons import name_of, person
from tests.service.end_to_end.regions import WAIT_SECONDS, Region, wait_for

pytestmark = pytest.mark.xdist_group("region")


@pytest.mark.parametrize("number", [11, 12], ids=["hospital", "had"])
def test_a_visit_is_charged_and_its_synthesis_says_why_it_stays(region: Region, number: int) -> None:
    one = person(number)
    region.sources[number - 11].put(*one.values())
    (charge,) = region.ends_with(f"p1-{number}", "billable")
    assert (charge["code"]["coding"][0]["code"], charge["priceOverride"]["value"]) == ("VSP", 60)
    (synthesis,) = [c for c in region.held("Communication", f"p1-{number}") if c["status"] == "not-done"]
    # The person's INS is of the test domain, and the site has not said that it is a test site.
    assert synthesis["statusReason"]["coding"][0]["code"] == "identity"
    assert f"{region.sources[number - 11].base}/DocumentReference/r1-{number}" in str(synthesis["payload"])


def test_a_cancelled_visit_is_charged_no_more(region: Region) -> None:
    one = person(21)
    region.hospital.put(*one.values())
    region.ends_with("p1-21", "billable")
    region.hospital.put({**one["Encounter"], "status": "cancelled"})
    (charge,) = region.ends_with("p1-21", "aborted")
    assert charge["meta"]["versionId"] != "1"


def test_a_visit_entered_in_error_is_charged_no_more(region: Region) -> None:
    one = person(22)
    region.had.put(*one.values())
    region.ends_with("p1-22", "billable")
    region.had.put({**one["Encounter"], "status": "entered-in-error"})
    region.ends_with("p1-22")


def test_a_visit_moved_to_another_day_is_charged_there_only(region: Region) -> None:
    one = person(23)
    region.hospital.put(*one.values())
    region.ends_with("p1-23", "billable")
    moved = {"start": "2026-11-19T16:00:00+01:00", "end": "2026-11-19T17:00:00+01:00"}
    region.hospital.put({**one["Encounter"], "period": moved})
    wait_for(lambda: [c["occurrencePeriod"] for c in region.charges("p1-23")] == [moved])
    region.ends_with("p1-23", "billable")


@pytest.mark.parametrize("number", [31, 32], ids=["hospital", "had"])
def test_a_late_document_wakes_a_waiting_charge(region: Region, number: int) -> None:
    one, source = person(number), region.sources[number - 31]
    late = one.pop("DocumentReference")
    source.put(*one.values())
    (waiting,) = region.ends_with(f"p1-{number}", "planned")
    (asking,) = region.held("Communication", f"p1-{number}")
    assert asking["category"][0]["coding"][0]["code"] == "notification"
    source.put(late)
    (charge,) = region.ends_with(f"p1-{number}", "billable")
    assert charge["id"] == waiting["id"]
    told = region.held("Communication", f"p1-{number}")
    (synthesis,) = [c for c in told if c["id"] != asking["id"]]
    assert f"{source.base}/{name_of(late)}" in str(synthesis["payload"])


def test_one_visit_reported_by_hospital_and_had_is_one_charge_that_cites_both(region: Region) -> None:
    one, again = person(41), person(41)
    region.hospital.put(*one.values())
    region.ends_with("p1-41", "billable")
    again["Encounter"]["period"] = {"start": "2026-11-20T15:00:00Z", "end": "2026-11-20T16:00:00Z"}
    region.had.put(again["Patient"], again["Practitioner"], again["Encounter"])

    def cited() -> set[str]:
        rests = [i["reference"] for c in region.charges("p1-41") for i in c["supportingInformation"]]
        return {reference.partition("/Encounter/")[0] for reference in rests}

    wait_for(lambda: {region.hospital.base, region.had.base} <= cited())
    region.ends_with("p1-41", "billable")


def test_patients_who_turn_out_to_be_one_have_one_charge(region: Region) -> None:
    one, other = person(51), person(52)
    region.hospital.put(*one.values())
    region.had.put(*other.values())
    region.ends_with("p1-51", "billable")
    region.ends_with("p1-52", "billable")
    region.had.put({**other["Patient"], "identifier": one["Patient"]["identifier"]})

    def statuses() -> list[str]:
        return [one["status"] for patient in ("p1-51", "p1-52") for one in region.charges(patient)]

    wait_for(lambda: statuses() == ["billable"])
    region.settle()
    assert statuses() == ["billable"]


def test_an_older_version_that_arrives_last_changes_nothing(region: Region) -> None:
    one = person(61)
    cancelled = {**one["Encounter"], "status": "cancelled"}
    with _first_news_comes_last(region, one["Encounter"]):
        region.hospital.put(*one.values())
        region.hospital.put(cancelled)
    region.ends_with("p1-61")


def test_a_document_that_was_filed_wrongly_settles_nothing_when_that_was_known_first(region: Region) -> None:
    one = person(62)
    referral = {**one["DocumentReference"], "type": {"coding": [{"system": "http://loinc.org", "code": "57133-1"}]}}
    with _first_news_comes_last(region, referral):
        region.hospital.put(*one.values())
        region.hospital.put(referral)
    assert [one["status"] for one in region.charges("p1-62")] == ["planned"]


@contextmanager
def _first_news_comes_last(region: Region, resource: dict[str, Any]) -> Iterator[None]:
    """The first notification of a resource is held up until what follows from the second is written."""
    held, may_pass = threading.Event(), threading.Event()
    passed: list[str] = []

    def fault(request: Request, forward: Callable[[], Answer]) -> Answer:
        if not request.path.endswith(name_of(resource)):
            return forward()
        if held.is_set():
            name = "second"
        else:
            held.set()
            name = "first"
            assert may_pass.wait(WAIT_SECONDS)
        answer = forward()
        passed.append(name)
        return answer

    region.way.fault = fault
    try:
        yield
        wait_for(lambda: passed == ["second"])
        region.settle()
    finally:
        may_pass.set()
        wait_for(lambda: passed == ["second", "first"])
        region.way.fault = None
    region.settle()
