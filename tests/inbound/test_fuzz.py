"""Whatever arrives is classified and answered, and nothing of it shows where logs would keep it."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapter.fhir.json_text import dumps, loads
from adapter.inbound.dialects.authentication import Credentials, Denied, authenticate
from adapter.inbound.dialects.classification import classify
from adapter.inbound.dialects.received import Code, Kind, Unfit
from adapter.inbound.dialects.replies import reply_to
from adapter.inbound.dialects.requests import Headers, Request
from adapter.inbound.dialects.wanted import subject_of_event
from tests.inbound.wire import DATA, ENCOUNTER, received, topic_bundle

CANARY = "Canary279035121518989"
_FILES = sorted(DATA.rglob("*.json"))
_WORDS = st.sampled_from(
    [
        *("resourceType", "Bundle", "Encounter", "Parameters", "SubscriptionStatus", "MessageHeader", "type", "entry"),
        *("resource", "request", "response", "method", "url", "DELETE", "PUT", "fullUrl", "id", "meta", "versionId"),
        *(
            "parameter",
            "name",
            "part",
            "notification-event",
            "notificationEvent",
            "focus",
            "valueReference",
            "valueUri",
        ),
        *("reference", "eventNumber", "event-number", "subscription", "topic", "status", "error", "coding", "code"),
        *("message", "history", "notification", "handshake", "event", "search", "mode", "subject", "identifier"),
        *("Encounter/1", "https://a.example/Encounter/1", "urn:uuid:1", "Encounter/Encounter/1", CANARY, "7"),
    ]
)
_LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | _WORDS | st.decimals(allow_nan=False)
_JSON = st.recursive(
    _LEAVES.filter(lambda leaf: str(leaf) not in ("Infinity", "-Infinity")),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_WORDS | st.text(max_size=4), inner, max_size=6),
    max_leaves=30,
)
_HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *("Content-Type", "Content-Encoding", "X-Medplum-Deleted-Resource", "X-Medplum-Interaction"),
            *("X-Signature", "X-Hub-Signature", "Authorization", "X-Medplum-Subscription"),
        ]
    ),
    st.text(max_size=20) | st.sampled_from(["gzip", "text/plain; charset=iso-8859-1", "xml", "Encounter/1", "delete"]),
)
_PATHS = st.none() | st.sampled_from(["Encounter", "$process-message", "CommunicationRequest"]) | st.text(max_size=5)
_METHODS = st.sampled_from(["POST", "PUT", "DELETE", "PATCH"])


def taken(request: Request, accept: str = "") -> None:
    """Every step of a request, and the promise that none of them raises or tells."""
    one = classify(request)
    assert one == classify(request)
    assert (one.kind in (Kind.POISON, Kind.MALFORMED)) == (one.code is not None)
    for event in one.events + one.context:
        subject_of_event(event, "source")
        assert event.type is not None or event.id is None
    reply = reply_to(one, accept)
    assert reply.status in (200, 201, 400)
    if one.kind is not Kind.MALFORMED and "xml" not in reply.headers["Content-Type"]:
        assert loads(reply.body)["resourceType"]
    shown = f"{request!r}{one!r}{one.events!r}{one.context!r}{one.message!r}{reply!r}"
    assert CANARY not in shown


@settings(deadline=None)
@given(st.binary(max_size=200), _METHODS, _PATHS, _PATHS, _HEADERS, st.sampled_from(["", "xml"]))
def test_any_bytes(
    body: bytes, method: str, kind: str | None, own_id: str | None, headers: dict[str, str], accept: str
) -> None:
    request = Request(method, kind, own_id, Headers(headers), body)
    taken(request, accept)
    credentials = Credentials(header_values=("a",), bearer_tokens=("b",), signatures=("c",), hub_signatures=("d",))
    assert isinstance(authenticate(request, credentials), Denied)


@settings(max_examples=300, deadline=None)
@given(_JSON, _METHODS, _PATHS, _HEADERS, st.sampled_from(["", "xml"]))
def test_any_json(body: Any, method: str, kind: str | None, headers: dict[str, str], accept: str) -> None:
    taken(Request(method, kind, None, Headers(headers), dumps(body).encode()), accept)


def _paths(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for name, child in items for found in _paths(child, (*path, name)))]


def _replaced(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = _replaced(node[path[0]], path[1:], value)
    return copy


@settings(max_examples=300, deadline=None)
@given(st.data(), st.sampled_from(_FILES), _JSON)
def test_any_payload_with_any_part_replaced(data: st.DataObject, path: Any, value: Any) -> None:
    body = loads(path.read_bytes())
    place = data.draw(st.sampled_from(_paths(body)))
    taken(Request("POST", body=dumps(_replaced(body, place, value)).encode()))


@settings(deadline=None)
@given(st.sampled_from(_FILES), st.integers(0, 4000))
def test_any_payload_cut_short(path: Any, length: int) -> None:
    taken(Request("POST", body=path.read_bytes()[:length]))


@settings(deadline=None)
@given(st.lists(st.sampled_from(["<a>", "</a>", "<Bundle xmlns='http://hl7.org/fhir'>", "</Bundle>", "<entry>", "x"])))
def test_any_xml(parts: list[str]) -> None:
    taken(Request("POST", body=("<" + "".join(parts)[1:]).encode()))


@pytest.mark.parametrize(
    "body",
    [
        ENCOUNTER | {"id": CANARY, "status": CANARY},
        topic_bundle({"id": CANARY, "focus": {"reference": f"{CANARY}/{CANARY}"}}, topic=CANARY),
        {"resourceType": CANARY},
        f'{{"a": "{CANARY}"'.encode(),
        f"<{CANARY}".encode(),
        f"<{CANARY} xmlns='http://hl7.org/fhir'><a/></{CANARY}>".encode(),
    ],
)
def test_nothing_of_a_body_shows(body: Any) -> None:
    taken(Request("POST", CANARY, CANARY, Headers({CANARY: CANARY}), CANARY.encode()))
    one = received(body)
    assert CANARY not in f"{one!r}{one.events!r}{one.message!r}{reply_to(one)!r}"
    assert CANARY.encode() not in reply_to(one).body


def test_what_ends_a_classification_says_its_code_alone() -> None:
    assert str(Unfit(Kind.POISON, Code.NOT_FHIR)) == "poison: not-fhir"
