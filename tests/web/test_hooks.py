"""What is sent to a hook is stored once, in its person's lane, before it is acknowledged."""

import gzip
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from adapter.core.references import Key
from adapter.fhir.json_text import dumps, loads
from adapter.inbound.dialects.classification import classify
from adapter.inbound.dialects.received import Interaction
from adapter.inbound.dialects.replies import reply_to
from adapter.inbound.dialects.wanted import subject_of_event
from adapter.settings import Settings
from adapter.store.contents import add
from adapter.store.engine import Store, StoreUnavailable, open_store
from adapter.store.people import find_or_make_person
from adapter.store.tables import work
from adapter.store.writer import GroupCommit
from tests.inbound.test_dialects import DECLARATION, MESSAGE
from tests.inbound.wire import DATA, ENCOUNTER, request, topic_bundle
from tests.store.samples import SECRET, patient
from tests.web.conftest import HAD_BASE, HOSPITAL_BASE, OPEN, SETTINGS
from tests.web.service import Service

FILES = sorted(DATA.rglob("*.json"))
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@every_file
def test_every_dialect_is_stored_once_and_answered_as_its_sender_expects(
    start: Callable[[Settings], Service], path: Path
) -> None:
    service, sent = start(Settings(sources={"open": OPEN})), path.read_bytes()
    received = classify(request(sent))
    expected = reply_to(received)
    for _ in range(2):
        answer = service.post(sent)
        assert (answer.status, answer.body) == (expected.status, expected.body)
        assert answer.headers["content-type"] == expected.headers["Content-Type"]
    named = [one for one in (*received.events, *received.context) if one.type and one.id]
    kept = [one for one in named if one.dedupe_key]
    assert len(service.events) == len(kept) + 2 * (len(named) - len(kept))
    lanes = {row.lane for row in service.events}
    assert lanes <= {_lane(one) for one in named}
    assert {lane for lane in lanes if lane.startswith("patient:")} == {
        lane for one in named if (lane := _lane(one)).startswith("patient:")
    }
    for row, one in zip(service.events, kept, strict=False):
        is_whole = one.resource and one.interaction is not Interaction.DELETE
        assert row.body == ((one.json or dumps(one.resource).encode()) if is_whole else b"")
        assert (row.state, row.type, row.resource_id, row.version) == ("new", one.type, one.id, one.version)


def _lane(event: Any) -> str:
    subject = subject_of_event(event, "open")
    if isinstance(subject, Key) or subject is None or subject.kind != "key":
        return f"resource:{event.base or 'open'}|{event.type}/{event.id}"
    return f"patient:{subject.one}|{subject.two}"


def test_an_encounter_waits_in_its_patients_lane(service: Service) -> None:
    assert service.ask("PUT", "/hooks/had/Encounter/e1", ENCOUNTER).status == 200
    (row,) = service.events
    assert (row.lane, row.interaction, row.version) == (f"patient:{HAD_BASE}|p1", "update", "3")
    with service.store.read() as tx:
        assert tx.scalars(sa.select(work.c.lane)).all() == [row.lane]


def test_and_in_the_persons_once_the_patient_is_known(service: Service) -> None:
    content = patient("p1", source=HAD_BASE)
    with service.store.begin() as tx:
        add(tx, content)
        number = find_or_make_person(tx, content.key, SECRET).person
    service.post(ENCOUNTER, "had")
    assert [row.lane for row in service.events] == [f"person:{number}"]


def test_whom_a_request_brings_along_waits_with_the_person(service: Service) -> None:
    entries: list[dict[str, Any]] = [
        {"resource": {"resourceType": "Practitioner", "id": "d1"}},
        {"resource": ENCOUNTER},
        {"request": {"method": "DELETE", "url": "Encounter/e2"}},
    ]
    service.post({"resourceType": "Bundle", "type": "batch", "entry": entries})
    assert [row.lane for row in service.events] == ["patient:open|p1"] * 2 + ["resource:open|Encounter/e2"]


def test_a_resource_that_came_alone_is_kept_to_the_byte(service: Service) -> None:
    body = b'{"resourceType" : "Observation", "id": "o", "note": "\\u00e9", "valueQuantity": {"value": 7.20}}'
    service.post(b"\xef\xbb\xbf\n" + body + b"\n")
    assert [row.body for row in service.events] == [body]


def test_what_came_in_another_charset_is_kept_in_utf8(service: Service) -> None:
    body = '{"resourceType": "Observation", "id": "o", "note": "é"}'
    service.post(body.encode("latin-1"), Content_Type="application/json; charset=iso-8859-1")
    assert [row.body for row in service.events] == [body.encode()]


def test_in_a_bundle_decimals_keep_their_text_and_other_members_their_place(service: Service) -> None:
    body = b'{"resourceType":"Observation","id":"o","valueQuantity":{"value":7.20,"unit":"x"},"status":"final"}'
    entry = b'{"resource":' + body.replace(b":", b" : ") + b"}"
    service.post(b'{"resourceType":"Bundle","type":"collection","entry":[' + entry + b"]}")
    assert [row.body for row in service.events] == [body]


def test_a_deletion_by_verb_has_no_body(service: Service) -> None:
    assert service.ask("DELETE", "/hooks/had/Encounter/e1").status == 200
    (row,) = service.events
    assert (row.interaction, row.body, row.lane) == ("delete", b"", f"resource:{HAD_BASE}|Encounter/e1")


@pytest.mark.parametrize("path", ["/hooks/open", "/hooks/open/$process-message", "/hooks/open/%24process-message"])
def test_a_message_is_answered_by_a_message(service: Service, path: str) -> None:
    answer = service.ask("POST", path, MESSAGE)
    assert (answer.status, answer.json["type"]) == (200, "message")
    assert len(service.events) == 1


def test_a_declaration_is_answered_by_itself(service: Service) -> None:
    answer = service.ask("POST", "/hooks/open/CommunicationRequest", DECLARATION)
    (row,) = service.events
    assert (answer.status, answer.json["id"]) == (201, row.resource_id)


def test_answers_come_in_xml_where_that_is_asked_for(service: Service) -> None:
    assert service.post(ENCOUNTER, Accept="application/fhir+xml").body.startswith(b"<?xml")
    assert service.ask("POST", "/hooks/open?_format=xml", ENCOUNTER).body.startswith(b"<?xml")


def test_a_form_is_no_form_here(service: Service) -> None:
    answer = service.post(ENCOUNTER, Content_Type="application/x-www-form-urlencoded")
    assert (answer.status, len(service.events)) == (200, 1)


class TestRepetitions:
    def test_a_content_that_comes_back_is_news(self, service: Service) -> None:
        first, second = ({"resourceType": "Encounter", "id": "e1", "status": s} for s in ("planned", "finished"))
        for body in (first, first, second, first, first, second, second):
            service.post(body)
        stored = [loads(row.body)["status"] for row in service.events]
        assert stored == ["planned", "finished", "planned", "finished"]

    def test_many_at_once_are_stored_once(self, service: Service) -> None:
        body = {"resourceType": "Encounter", "id": "e1", "status": "planned"}
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda _: service.post(body).status, range(24)))
        assert (set(answers), len(service.events)) == ({200}, 1)
        assert service.metric('adapter_events_kept_total{outcome="duplicate",source="open"}') == 23

    def test_what_says_neither_what_nor_when_is_never_one(self, service: Service) -> None:
        for _ in range(2):
            service.ask("PUT", "/hooks/open/Encounter/e1")
        assert len(service.events) == 2

    def test_two_sources_may_say_the_same(self, service: Service) -> None:
        service.post(ENCOUNTER)
        service.post(ENCOUNTER, "had")
        assert len(service.events) == 2


class TestServersNamed:
    def test_what_another_source_holds_is_read_there(self, service: Service) -> None:
        entries = [{"fullUrl": f"{HOSPITAL_BASE}/Encounter/e1", "resource": ENCOUNTER}]
        gone = {"fullUrl": f"{HOSPITAL_BASE}/Encounter/e2", "request": {"method": "DELETE", "url": "Encounter/e2"}}
        service.post({"resourceType": "Bundle", "type": "transaction", "entry": [*entries, gone]}, "had")
        rows = [(row.base, row.interaction, row.body) for row in service.events]
        assert rows == [(HOSPITAL_BASE, "unknown", b"")] * 2

    def test_what_a_stranger_holds_keeps_its_name(self, service: Service) -> None:
        entry = {"fullUrl": "https://third.example/fhir/Encounter/e1", "resource": ENCOUNTER}
        service.post({"resourceType": "Bundle", "type": "collection", "entry": [entry]}, "had")
        (row,) = service.events
        assert (row.base, row.lane) == ("https://third.example/fhir", "patient:https://third.example/fhir|p1")

    def test_an_address_alone_is_read_at_the_source(self, service: Service) -> None:
        service.post(topic_bundle({"focus": {"reference": "https://inside.example/fhir/Encounter/e1"}}), "had")
        (row,) = service.events
        assert (row.base, row.lane) == (None, f"resource:{HAD_BASE}|Encounter/e1")

    def test_its_own_name_is_no_news(self, service: Service) -> None:
        service.post(topic_bundle({"focus": {"reference": f"{HAD_BASE}/Encounter/e1"}}), "had")
        assert [row.base for row in service.events] == [None]


@pytest.mark.parametrize("alias", ["urn:a|b", "urn:" + "x" * 900])
def test_an_alias_that_would_split_a_lane_is_named_by_its_digest(service: Service, alias: str) -> None:
    entry = {"fullUrl": alias, "resource": {"resourceType": "Encounter", "status": "planned"}}
    service.post({"resourceType": "Bundle", "type": "collection", "entry": [entry]})
    (row,) = service.events
    assert row.resource_id.startswith("urn:sha256:")
    assert row.lane == f"resource:open|Encounter/{row.resource_id}"


class TestAuthentication:
    @pytest.mark.parametrize("headers", [{"X_Api_Key": "key-1"}, {"Authorization": "Bearer token-1"}])
    def test_whoever_shows_a_secret_is_let_in(self, service: Service, headers: dict[str, str]) -> None:
        assert service.post(ENCOUNTER, "hospital", **headers).status == 200
        assert len(service.events) == 1

    @pytest.mark.parametrize(
        ("headers", "code"), [({}, "no-credentials"), ({"X_Api_Key": "other"}, "wrong-credentials")]
    )
    def test_whoever_does_not_leaves_nothing_but_a_count(
        self, service: Service, headers: dict[str, str], code: str
    ) -> None:
        answer = service.post(ENCOUNTER, "hospital", **headers)
        assert (answer.status, answer.issue, service.events) == (401, "login", [])
        assert service.metric(f'adapter_events_denied_total{{code="{code}",source="hospital"}}') == 1
        assert service.marks("hospital") == {}

    def test_a_body_is_not_read_before_that(self, service: Service) -> None:
        assert service.post(b"{", "hospital").status == 401

    def test_a_source_that_nobody_configured_is_not_there(self, service: Service) -> None:
        answer = service.post(ENCOUNTER, "other")
        assert (answer.status, answer.issue, service.events) == (404, "not-found", [])


class TestLimits:
    def test_a_body_over_the_limit(self, service: Service) -> None:
        answer = service.post(b"[" + b" " * SETTINGS.body_limit)
        assert (answer.status, answer.issue, service.events) == (413, "too-long", [])
        assert service.post(b" " * SETTINGS.body_limit).status == 200

    def test_a_body_far_over_it_is_not_even_read(self, service: Service) -> None:
        assert service.ask("POST", "/hooks/open", b"", Content_Length="99999999").status == 413

    def test_a_body_in_chunks_counts_too(self, service: Service) -> None:
        chunk = b"%x\r\n%s\r\n" % (SETTINGS.body_limit, b" " * SETTINGS.body_limit)
        body = chunk + b"1\r\n \r\n0\r\n\r\n"
        assert service.ask("POST", "/hooks/open", body, Transfer_Encoding="chunked").status == 413

    def test_a_packed_body(self, service: Service) -> None:
        packed = gzip.compress(dumps(ENCOUNTER).encode())
        assert service.post(packed, Content_Encoding="gzip").status == 200
        assert len(service.events) == 1

    def test_other_methods(self, service: Service) -> None:
        answer = service.ask("PATCH", "/hooks/open")
        assert (answer.status, answer.issue, answer.headers["allow"]) == (405, "not-supported", "DELETE, POST, PUT")


class TestPoison:
    def test_it_is_kept_aside_as_it_came(self, service: Service) -> None:
        for _ in range(2):
            answer = service.post(b'{"resourceType":5}', Content_Type="text/plain")
            assert (answer.status, answer.issue) == (200, "structure")
        (row,) = service.events
        assert (row.state, row.code, row.body) == ("quarantined", "unknown-type", b'{"resourceType":5}')
        assert (row.content_type, row.failed_at) == ("text/plain", service.now)
        with service.store.read() as tx:
            assert tx.scalars(sa.select(work.c.lane)).all() == []
        assert service.metric("adapter_dead_letters") == 1

    def test_or_refused_by_setting_and_kept_all_the_same(self, start: Callable[[Settings], Service]) -> None:
        service = start(replace(SETTINGS, poison_status=422))
        assert service.post(b'{"resourceType":5}').status == 422
        assert len(service.events) == 1

    def test_what_cannot_be_read_goes_back(self, service: Service) -> None:
        assert (service.post(b"{").status, service.events) == (400, [])

    def test_a_resource_with_a_key_twice_is_kept_aside_alone(self, service: Service) -> None:
        twice = '{"resourceType":"Encounter","id":"e2","status":"planned","status":"finished"}'
        entries = f'[{{"resource":{twice}}},{{"resource":{dumps(ENCOUNTER)}}}]'
        assert service.post(f'{{"resourceType":"Bundle","type":"batch","entry":{entries}}}').status == 200
        states = {row.resource_id: (row.state, row.code) for row in service.events}
        assert states == {"e2": ("quarantined", "duplicate-key"), "e1": ("new", None)}


class TestNothingStored:
    def test_a_store_that_is_full(self, url: str) -> None:
        small = open_store(url, max_pages=130)
        with GroupCommit(small) as inbox:
            service = Service(small, inbox, SETTINGS)
            body = {"resourceType": "Encounter", "id": "e1", "text": {"div": "x" * 90_000}}
            answers = [service.post({**body, "id": f"e{n}"}) for n in range(8)]
            service.stop()
        statuses = [answer.status for answer in answers]
        assert set(statuses) == {200, 503}
        assert len(service.events) == statuses.count(200)
        refused = next(answer for answer in answers if answer.status == 503)
        assert (refused.issue, int(refused.headers["retry-after"]) > 0) == ("transient", True)
        small.close()

    def test_an_inbox_that_is_closing(self, service: Service, inbox: GroupCommit) -> None:
        inbox.close()
        for body in (ENCOUNTER, b"", b'{"resourceType":5}', topic_bundle(type="heartbeat")):
            assert service.post(body).status == 503
        assert (service.events, service.marks()) == ([], {})

    def test_a_store_that_cannot_be_read(self, service: Service, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_: Store) -> None:
            raise StoreUnavailable("out of reach", 7)

        with monkeypatch.context() as patched:
            patched.setattr(Store, "read", broken)
            # Only the store knows which Patient has an identifier.
            answer = service.post({**ENCOUNTER, "subject": {"identifier": {"system": "urn:x", "value": "1"}}})
        assert (answer.status, answer.headers["retry-after"], service.events) == (503, "7", [])

    def test_what_the_database_will_never_take_is_kept_as_bytes(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object) -> None:
            raise ValueError("never")

        with monkeypatch.context() as patched:
            patched.setattr("adapter.store.writer.accept", lambda _tx, events, *_: refuse() if events else [])
            assert service.post(ENCOUNTER).issue == "structure"
        (row,) = service.events
        assert (row.state, row.code, row.body) == ("quarantined", "not-storable", dumps(ENCOUNTER).encode())


class TestMarks:
    def test_an_empty_notification_asks_for_a_catch_up(self, service: Service) -> None:
        assert service.post(b"").status == 200
        assert service.events == []
        assert service.marks()["catch-up-wanted"] == "empty"

    def test_so_does_an_event_that_names_nothing(self, service: Service) -> None:
        service.post(topic_bundle({"eventNumber": "1"}))
        assert (service.events, service.marks()["catch-up-wanted"]) == ([], "empty")

    @pytest.mark.parametrize(("number", "wanted"), [(5, None), (6, "gap"), (3, None)])
    def test_numbers_that_were_skipped(self, service: Service, number: int, wanted: str | None) -> None:
        for n in (4, number):
            service.post(topic_bundle({"eventNumber": n, "focus": {"reference": f"Encounter/e{n}"}}))
        assert service.marks().get("catch-up-wanted") == wanted
        assert service.marks()["number Subscription/s1"] == max(4, number)

    def test_a_heartbeat_that_counts_more_than_came(self, service: Service) -> None:
        beat = {"type": "heartbeat", "status": "active"}
        service.post(topic_bundle(eventsSinceSubscriptionStart="2", type="handshake", status="requested"))
        service.post(topic_bundle(eventsSinceSubscriptionStart="2", **beat))
        assert "catch-up-wanted" not in service.marks()
        service.post(topic_bundle(eventsSinceSubscriptionStart="3", **beat))
        marks = service.marks()
        assert (marks["catch-up-wanted"], marks["number Subscription/s1"]) == ("gap", 3)
        assert marks["status Subscription/s1"] == {"status": "active", "error": None}

    def test_after_a_handshake_a_server_counts_anew(self, service: Service) -> None:
        for n in (7, 0):
            service.post(topic_bundle(eventsSinceSubscriptionStart=str(n), type="handshake"))
        assert service.marks()["number Subscription/s1"] == 0

    def test_a_subscription_in_trouble(self, service: Service) -> None:
        error = {"coding": [{"code": "no-response"}]}
        service.post(topic_bundle(type="query-status", status="error", error=[error]))
        assert service.marks()["status Subscription/s1"] == {"status": "error", "error": "no-response"}

    def test_being_heard_is_noted_now_and_then(self, service: Service) -> None:
        heard = []
        for seconds in (0, 5, 6):
            service.move(seconds)
            service.post(topic_bundle(type="heartbeat"))
            heard.append(service.marks()["heard"])
        assert heard[0] == heard[1] < heard[2]


def test_a_conditional_deletion_asks_for_a_catch_up(service: Service) -> None:
    entry = {"request": {"method": "DELETE", "url": "Encounter?identifier=urn:x|1"}}
    assert service.post({"resourceType": "Bundle", "type": "transaction", "entry": [entry]}).status == 200
    assert (service.events, service.marks()["catch-up-wanted"]) == ([], "empty")
