"""Each sender of the reference's table, in the shapes that no file shows."""

from copy import deepcopy
from typing import Any

import pytest

from adapter.fhir.xml_text import to_xml
from adapter.inbound.dialects.received import Code, Kind
from tests.inbound.wire import BASE, ENCOUNTER, basis, content, news, received, told, topic_bundle


@pytest.mark.parametrize(
    ("method", "path", "told_as"),
    [
        ("PUT", "Encounter/e1", "update Encounter/e1 v3 in full"),  # HAPI, Firely
        ("POST", "Encounter/e1", "unknown Encounter/e1 v3 in full"),
        ("POST", "Encounter", "create Encounter/e1 v3 in full"),  # Firely, as create
        ("POST", "", "unknown Encounter/e1 v3 in full"),  # openIMIS, and any engine
    ],
)
def test_a_resource_by_verb_and_path(method: str, path: str, told_as: str) -> None:
    one = received(ENCOUNTER, method, path)
    assert (one.kind, news(one), [basis(e) for e in one.events]) == (Kind.RESOURCE, [told_as], ["version"])


def test_hapi_deletes_by_verb_and_its_body_is_not_read() -> None:
    one = received(ENCOUNTER, "DELETE", "Patient/9")
    assert (one.kind, news(one)) == (Kind.DELETION, ["delete Patient/9"])


@pytest.mark.parametrize(("method", "path"), [("DELETE", ""), ("DELETE", "Encounter"), ("DELETE", "Encounter/a b")])
def test_a_deletion_of_nothing_is_kept_aside(method: str, path: str) -> None:
    assert received(b"", method, path).code is Code.NOT_FHIR


def test_firely_without_payload_names_the_resource_in_the_path() -> None:
    one = received(b"", "PUT", "Encounter/e1")
    assert (one.kind, news(one), [e.dedupe_key for e in one.events]) == (Kind.RESOURCE, ["update Encounter/e1"], [None])


@pytest.mark.parametrize("body", [b"", b" \r\n", b"{}", b"\xef\xbb\xbf"])
def test_an_empty_post_says_look_again_and_no_more(body: bytes) -> None:
    one = received(body)
    assert (one.kind, one.events) == (Kind.EMPTY, ())


def test_hapi_puts_the_type_in_front_of_a_full_id() -> None:
    def focus(reference: str) -> list[str]:
        return news(received(topic_bundle({"focus": {"reference": reference}})))

    assert focus("Encounter/Encounter/1") == ["unknown Encounter/1"]
    assert focus(f"{BASE}/Encounter/Encounter/1") == [f"unknown {BASE}/Encounter/1"]
    assert focus("Encounter/Encounter") == ["unknown Encounter/Encounter"]
    assert focus("Encounter/Encounter/_history/2") == ["unknown Encounter/Encounter v2"]


def test_hapi_sends_a_search_result_as_a_transaction() -> None:
    entry = {"resource": ENCOUNTER, "request": {"method": "PUT", "url": "Encounter/e1"}}
    one = received({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert (one.kind, news(one), one.entries) == (Kind.BUNDLE, ["update Encounter/e1 v3 in full"], 1)


def test_hapi_topics_name_a_deletion_by_its_entry_alone() -> None:
    gone = {"request": {"method": "DELETE", "url": "Encounter/e1"}}
    one = received(topic_bundle({"eventNumber": "4"}, entries=(gone,)))
    assert news(one) == ["delete Encounter/e1 #4"]


def test_medplum_says_the_interaction_and_the_subscription_in_headers() -> None:
    one = received(ENCOUNTER, X_Medplum_Interaction="create", X_Medplum_Subscription="8f0c")
    assert (news(one), one.subscription) == (["create Encounter/e1 v3 in full"], "Subscription/8f0c")


def test_medplum_deletes_by_header() -> None:
    one = received(b"{}", X_Medplum_Deleted_Resource="Encounter/5a1e", X_Medplum_Interaction="delete")
    assert (one.kind, news(one), basis(one.events[0])) == (Kind.DELETION, ["delete Encounter/5a1e"], "body")


def test_a_header_deletes_nothing_over_a_body_that_says_something() -> None:
    one = received(ENCOUNTER, X_Medplum_Deleted_Resource="Encounter/5a1e")
    assert news(one) == ["unknown Encounter/e1 v3 in full"]


def test_a_medplum_deletion_that_names_nothing_is_kept_aside() -> None:
    assert received(b"{}", X_Medplum_Deleted_Resource="?").code is Code.NOT_FHIR


def test_aidbox_topics_come_in_batches() -> None:
    numbered = [{"eventNumber": str(n), "focus": {"reference": f"{BASE}/Encounter/e{n}"}} for n in (7, 8)]
    full = {"fullUrl": f"{BASE}/Encounter/e8", "resource": ENCOUNTER | {"id": "e8"}, "request": {"method": "POST"}}
    one = received(topic_bundle(*numbered, entries=(full,), eventsSinceSubscriptionStart="8"))
    assert one.events_since_start == 8
    assert news(one) == [f"unknown {BASE}/Encounter/e7 #7", f"create {BASE}/Encounter/e8 v3 #8 in full"]


@pytest.mark.parametrize(("said", "interaction"), [("create", "create"), ("delete", "delete"), ("other", "unknown")])
def test_aidbox_subs_subscription(said: str, interaction: str) -> None:
    notice = {"id": "n1", "type": "notification", "event": said, "resource": ENCOUNTER, "subscription": {"id": "s1"}}
    one = received(notice)
    full = "" if said == "delete" else " in full"
    assert (one.kind, news(one)) == (Kind.EVENTS, [f"{interaction} Encounter/e1 v3 as n1{full}"])
    assert one.subscription == "SubsSubscription/s1"


def test_aidbox_subs_subscription_shakes_hands() -> None:
    one = received({"type": "handshake", "subscription": {"id": "s1"}})
    assert (one.kind, one.subscription, one.events) == (Kind.HANDSHAKE, "SubsSubscription/s1", ())
    assert received({"type": "notification", "resource": "e1"}).code is Code.NOT_FHIR


def test_athenahealth_adds_an_audit_event_that_is_context() -> None:
    bundle = content("dialects/notif-athena-eventsInNotification.json")
    bundle["entry"].append({"fullUrl": "urn:uuid:a1", "resource": {"resourceType": "AuditEvent"}})
    one = received(bundle)
    assert [told(event) for event in one.context] == ["unknown AuditEvent/urn:uuid:a1 in full"]
    assert len(one.events) == 1


def test_microsoft_names_the_focus_as_uri_in_plain_text() -> None:
    bundle = content("dialects/notif-ms-experimental.json")
    del bundle["entry"][1]
    one = received(bundle, Content_Type="text/plain; charset=utf-8")
    assert (one.status, one.topic) == ("active", "http://x/topic")
    assert news(one) == [f"unknown {BASE}/Encounter/e1 at 2026-11-20T18:05:00+01:00"]
    assert basis(one.events[0]) == "body"


def test_event_grid_is_no_fhir_and_is_kept_aside() -> None:
    assert received([{"eventType": "Microsoft.HealthcareApis.FhirResourceCreated"}]).code is Code.NOT_FHIR


DECLARATION: dict[str, Any] = {
    "resourceType": "CommunicationRequest",
    "extension": [{"url": "event-type", "valueCode": "SOR"}],
    "status": "active",
    "payload": [{"contentString": "x"}],
}


def test_a_french_event_is_declared_under_an_id_that_the_answer_can_name() -> None:
    one = received(DECLARATION, path="CommunicationRequest")
    assert (one.kind, news(one)) == (
        Kind.DECLARATION,
        ["create CommunicationRequest/daead44b-79d2-5a68-989b-fb06bda1801b in full"],
    )
    named = received(DECLARATION | {"id": "own"}, path="CommunicationRequest")
    assert news(named) == ["create CommunicationRequest/own in full"]
    assert received(DECLARATION).kind is Kind.RESOURCE


MESSAGE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "message",
    "entry": [
        {
            "resource": {
                "resourceType": "MessageHeader",
                "id": "m1",
                "eventCoding": {"system": "http://example.org/events", "code": "visit-done"},
                "destination": [{"endpoint": "https://adapter.example.fr/hooks/had"}],
                "source": {"endpoint": "https://had.example.fr/out"},
            }
        },
        {"fullUrl": f"{BASE}/Encounter/e1", "resource": ENCOUNTER},
    ],
}


@pytest.mark.parametrize("path", ["", "$process-message"])
def test_a_message_is_news_under_its_own_id(path: str) -> None:
    one = received(MESSAGE, path=path)
    assert (one.kind, news(one)) == (Kind.MESSAGE, [f"unknown {BASE}/Encounter/e1 v3 as m1 in full"])
    assert basis(one.events[0]) == "event"


@pytest.mark.parametrize("body", [b"", ENCOUNTER, [MESSAGE], {"resourceType": "Bundle", "type": "message"}])
def test_process_message_takes_messages_only(body: Any) -> None:
    assert received(body, path="$process-message").code is Code.NO_MESSAGE


@pytest.mark.parametrize("kind", ["batch", "collection", "searchset", "history", "document", "message"])
def test_plain_bundles_are_opened_whatever_they_are_for(kind: str) -> None:
    inner = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": ENCOUNTER | {"id": "e2"}}]}
    entries = [
        {"fullUrl": f"{BASE}/Encounter/e1", "resource": ENCOUNTER},
        {"resource": inner},
        {"resource": {"resourceType": "OperationOutcome"}, "search": {"mode": "outcome"}},
        {
            "fullUrl": f"{BASE}/Encounter/e3",
            "request": {"method": "DELETE", "url": "Encounter/e3"},
            "response": {"etag": 'W/"5"', "lastModified": "2026-11-20T18:05:00Z"},
        },
        {"request": {"method": "DELETE", "url": "Encounter?identifier=s|v"}},
        {"request": {"method": "GET", "url": "Encounter?x=y"}},
        {"resource": {"resourceType": "Encounter"}, "response": {"location": "Encounter/e4/_history/1"}},
    ]
    one = received({"resourceType": "Bundle", "type": kind, "entry": entries})
    assert (one.kind, one.entries, one.bundle) == (Kind.BUNDLE, 7, kind)
    assert news(one) == [
        f"unknown {BASE}/Encounter/e1 v3 in full",
        "unknown Encounter/e2 v3 in full",
        f"delete {BASE}/Encounter/e3 v5 at 2026-11-20T18:05:00Z",
        "delete Encounter/None",
        "unknown Encounter/e4 in full",
    ]


def test_a_plain_list_of_resources_is_as_good_as_a_collection() -> None:
    one = received([ENCOUNTER, ENCOUNTER | {"id": "e2"}])
    assert (news(one), one.bundle) == (["unknown Encounter/e1 v3 in full", "unknown Encounter/e2 v3 in full"], None)


@pytest.mark.parametrize("counter", ["12", 12, "valueInteger"])
def test_numbers_come_in_every_type(counter: Any) -> None:
    part = {"name": "event-number", "valueInteger64": "12"} if counter == "valueInteger" else None
    if part:
        bundle = content("dialects/notif-backport-idonly.json")
        bundle["entry"][0]["resource"]["parameter"][5]["part"][0] = part
    else:
        bundle = topic_bundle({"eventNumber": counter}, eventsSinceSubscriptionStart=counter)
    assert [event.number for event in received(bundle).events] == [12]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ({"type": "HANDSHAKE"}, Kind.HANDSHAKE),
        ({"type": "Event_Notification"}, Kind.EVENTS),
        ({"type": "EventNotification"}, Kind.EVENTS),
        ({"type": None, "status": "Requested"}, Kind.HANDSHAKE),
        ({"type": "other"}, Kind.HEARTBEAT),
    ],
)
def test_codes_are_read_in_any_spelling(status: dict[str, Any], kind: Kind) -> None:
    assert received(topic_bundle(**status)).kind is kind
    assert received(topic_bundle({"eventNumber": 1}, type=None)).kind is Kind.EVENTS


def test_a_focus_of_another_server_is_not_the_entry_of_the_same_name() -> None:
    entry = {"fullUrl": f"{BASE}/Encounter/e1", "resource": ENCOUNTER}
    one = received(topic_bundle({"focus": "https://other.example.org/Encounter/e1"}, entries=(entry,)))
    assert news(one) == ["unknown https://other.example.org/Encounter/e1"]
    assert [told(event) for event in one.context] == [f"unknown {BASE}/Encounter/e1 v3 in full"]


def test_a_focus_may_be_the_urn_of_an_entry() -> None:
    entry = {"fullUrl": "urn:uuid:1", "resource": ENCOUNTER, "request": {"method": "POST", "url": "Encounter"}}
    one = received(topic_bundle({"focus": {"reference": "urn:uuid:1"}}, entries=(entry,)))
    assert news(one) == ["create Encounter/e1 v3 in full"]


def test_xml_is_read_as_json_is() -> None:
    for name in ("dialects/notif-backport-full.json", "dialects/encounter.json"):
        asked, given = received(content(name)), received(to_xml(content(name)), Content_Type="application/fhir+xml")
        assert [told(event) for event in given.events] == [told(event) for event in asked.events]
        assert given.events[0].resource == asked.events[0].resource


_R5_XML = b"""<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"><type value="subscription-notification"/>
<entry><fullUrl value="urn:uuid:s"/><resource><SubscriptionStatus><text><div xmlns="http://www.w3.org/1999/xhtml">
<p>x</p></div></text><status value="active"/><type value="event-notification"/><eventsSinceSubscriptionStart value="5"/>
<notificationEvent id="n5"><eventNumber value="5"/><timestamp value="2026-11-20T18:05:00Z"/><focus>
<reference value="https://had.example.fr/fhir/Encounter/e1"/></focus></notificationEvent>
<subscription><reference value="Subscription/s1"/></subscription></SubscriptionStatus></resource></entry>
<entry><fullUrl value="https://had.example.fr/fhir/Encounter/e1"/><resource>%s</resource>
<request><method value="PUT"/><url value="Encounter/e1"/></request></entry></Bundle>"""


@pytest.mark.parametrize(
    ("inner", "full"),
    [
        (b'<Encounter><id value="e1"/><status value="finished"/></Encounter>', " in full"),
        # R5's own element: the resource is not relied on, and is fetched as if only its id had come.
        (b'<Encounter><id value="e1"/><actualPeriod><start value="2026"/></actualPeriod></Encounter>', ""),
    ],
)
def test_newer_versions_notify_in_xml_that_r4_cannot_read(inner: bytes, full: str) -> None:
    one = received(_R5_XML % inner)
    assert (one.kind, one.subscription, one.events_since_start, one.entries) == (Kind.EVENTS, "Subscription/s1", 5, 2)
    assert news(one) == [f"update {BASE}/Encounter/e1 #5 at 2026-11-20T18:05:00Z as n5{full}"]


def test_a_path_and_a_body_that_differ_are_kept_aside() -> None:
    assert received(ENCOUNTER, "PUT", "Patient/e1").code is Code.OTHER_RESOURCE
    assert received(ENCOUNTER, "PUT", "Encounter/e2").code is Code.OTHER_RESOURCE
    without_id = deepcopy(ENCOUNTER)
    del without_id["id"]
    assert news(received(without_id, "PUT", "Encounter/e2")) == ["update Encounter/e2 v3 in full"]


def test_an_error_without_a_coding_says_its_text() -> None:
    assert received(topic_bundle(error=[{"text": "no answer"}])).error == "no answer"
    assert received(topic_bundle(error="no answer")).error is None


def test_a_resource_without_a_type_is_stepped_over_and_the_rest_goes_on() -> None:
    entries = [{"resource": {"resourceType": 5, "id": "x"}}, {"resource": ENCOUNTER}]
    one = received({"resourceType": "Bundle", "type": "collection", "entry": entries})
    assert (news(one), one.entries) == (["unknown Encounter/e1 v3 in full"], 2)
