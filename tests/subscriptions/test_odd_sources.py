"""Sources that list their topics in other forms, offer nothing, or fail while they are written to."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from adapter.core.errors import AdapterError
from adapter.inbound.sources import SourceRefuses, SourceUnavailable
from adapter.inbound.subscriptions import Asked, Hook, SubscriptionClient, apply, status
from adapter.inbound.subscriptions.keeping import NothingToSubscribe
from adapter.store.engine import Store, migrate, open_store
from tests.servers import LOCALHOST

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOOK = Hook("https://adapter.example.org/hooks/had", ("X-Api-Key", "planted-secret"))
ASKED = Asked("had", ("Encounter", "Observation"), "R5")
URL = "http://example.org/topics/encounter"
TOPIC = {
    "resourceType": "SubscriptionTopic",
    "id": "t1",
    "url": URL,
    "resourceTrigger": [{"resource": "http://hl7.org/fhir/StructureDefinition/Encounter"}],
}

Says = Callable[[str, str, bytes], tuple[int, Any]]


@contextmanager
def _client(says: Says) -> Iterator[SubscriptionClient]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            code, content = says(self.command, self.path.removeprefix("/fhir/").partition("?")[0], sent)
            body = json.dumps(content).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        # The names by which http.server finds them.
        do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer((LOCALHOST, 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    client = SubscriptionClient(f"http://{LOCALHOST}:{server.server_address[1]}/fhir")
    try:
        yield client
    finally:
        client.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'adapter.db'}"
    migrate(url)
    opened = open_store(url)
    yield opened
    opened.close()


class R5:
    """A source that speaks R5 and keeps what is sent."""

    def __init__(self, *topics: dict[str, Any], answer: int = 201) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self._topics, self._answer = topics, answer

    def __call__(self, method: str, path: str, sent: bytes) -> tuple[int, Any]:
        if method == "GET" and path == "metadata":
            return 200, {"resourceType": "CapabilityStatement", "fhirVersion": "5.0.0"}
        if method == "GET":
            found = self._topics if path == "SubscriptionTopic" else tuple(self.kept.values())
            return 200, {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in found]}
        if self._answer == 201:
            made = f"s{len(self.kept) + 1}"
            self.kept[made] = {**json.loads(sent), "id": made, "status": "active"}
        return self._answer, {"resourceType": "OperationOutcome", "echo": sent.decode()}


def test_an_r5_source_is_subscribed_to_by_its_topics_once(store: Store) -> None:
    source = R5(TOPIC)
    with _client(source) as client:
        done, kept = apply(store, client, ASKED, HOOK, NOW)
        assert [(one.doing.value, one.about) for one in done] == [("create", URL)]
        assert [(one.id, one.types, one.narrow) for one in kept] == [("s1", ("Encounter",), False)]
        assert apply(store, client, ASKED, HOOK, NOW)[0] == []
        assert status(client, ASKED, HOOK) == kept
    assert source.kept["s1"]["topic"] == URL


@pytest.mark.parametrize(
    "limit",
    [
        {"queryCriteria": {"current": "status=finished"}},
        {"fhirPathCriteria": "x"},
        {"supportedInteraction": ["create"]},
    ],
)
def test_a_topic_that_tells_of_some_changes_only_is_said_to_be_narrow(store: Store, limit: dict[str, Any]) -> None:
    trigger = {"resource": "Encounter", **limit}
    with _client(R5(TOPIC | {"resourceTrigger": [trigger]})) as client:
        _, kept = apply(store, client, ASKED, HOOK, NOW)
    assert [one.narrow for one in kept] == [True]


def test_a_source_without_topics_for_us_is_an_error(store: Store) -> None:
    with _client(R5()) as client, pytest.raises(NothingToSubscribe) as raised:
        apply(store, client, ASKED, HOOK, NOW)
    assert raised.value.code == "no-subscription"


@pytest.mark.parametrize(("answer", "error"), [(422, SourceRefuses), (503, SourceUnavailable), (302, SourceRefuses)])
def test_a_refusal_quotes_nothing_that_was_sent(store: Store, answer: int, error: type[AdapterError]) -> None:
    with _client(R5(TOPIC, answer=answer)) as client, pytest.raises(error) as raised:
        apply(store, client, ASKED, HOOK, NOW)
    assert str(answer) in str(raised.value)
    assert "planted-secret" not in repr(raised.value) + str(raised.value.__cause__)
