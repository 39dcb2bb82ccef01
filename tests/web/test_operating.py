"""What operators look at: health, metrics, logs; none of it tells of a person."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client import CollectorRegistry, generate_latest

from adapter.fhir.json_text import dumps
from adapter.settings import Settings
from adapter.store.engine import Store, StoreUnavailable
from adapter.store.writer import GroupCommit
from adapter.web import logs
from adapter.web.logs import EVENTS, log, quiet_libraries
from adapter.work.figures import Figures
from tests.inbound.wire import ENCOUNTER
from tests.web.conftest import SETTINGS
from tests.web.service import Service

_DOC = (Path(__file__).resolve().parents[2] / "docs" / "service.md").read_text(encoding="utf-8")
CANARIES = ("Durand", "279035121518989", "canary-id", "s3cret", "canary-source")


def _break_reading(patched: pytest.MonkeyPatch) -> None:
    def broken(_: Store) -> None:
        raise StoreUnavailable("out of reach Durand", 7)

    patched.setattr(Store, "read", broken)


def test_a_service_says_that_it_lives_and_that_it_can_work(service: Service) -> None:
    for path in ("/healthz", "/readyz"):
        answer = service.ask("GET", path)
        assert (answer.status, answer.body, answer.headers["cache-control"]) == (200, b"ok\n", "no-store")


def test_without_its_database_it_lives_and_cannot_work(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        _break_reading(patched)
        answers = [service.ask("GET", path) for path in ("/healthz", "/readyz", "/fhir/ChargeItem")]
        metrics = service.ask("GET", "/metrics").body.decode()
    assert [answer.status for answer in answers] == [200, 503, 503]
    assert answers[1].body == b"not ready\n"
    assert (answers[2].issue, answers[2].headers["retry-after"]) == ("transient", "7")
    assert "Durand" not in str(answers)
    assert "adapter_store_up 0.0" in metrics
    assert "adapter_inbox_events" not in metrics


def test_without_packs_it_cannot_work(store: Store, inbox: GroupCommit) -> None:
    service = Service(store, inbox, SETTINGS, packs=())
    assert service.ask("GET", "/readyz").status == 503
    service.stop()


def test_metrics_tell_what_waits(service: Service) -> None:
    service.post(ENCOUNTER)
    service.post(b'{"resourceType":5}')
    service.move(60)
    assert service.metric('adapter_events_received_total{kind="resource",source="open"}') == 1
    assert service.metric('adapter_inbox_events{state="new"}') == 1
    assert service.metric('adapter_inbox_events{state="quarantined"}') == 1
    assert service.metric('adapter_work_lanes{state="due"}') == 1
    assert service.metric("adapter_event_age_seconds") == 60
    assert service.metric("adapter_dead_letters") == 1
    assert service.metric("adapter_build_info") == 1


def test_every_metric_and_every_log_event_is_documented_and_no_other(service: Service) -> None:
    service.post(ENCOUNTER)
    service.post(ENCOUNTER, "hospital")
    workers = CollectorRegistry()
    Figures(workers)
    shown = service.ask("GET", "/metrics").body.decode() + generate_latest(workers).decode()
    names = {line.split()[2] for line in shown.splitlines() if line.startswith("# TYPE")}
    names = {name for name in names if not name.endswith("_created")}
    documented = {line.split("`")[1].partition("{")[0] for line in _DOC.splitlines() if line.startswith("| `adapter_")}
    assert names == documented
    events = {line.split("`")[1] for line in _DOC.partition("## Log")[2].splitlines() if line.startswith("| `")}
    assert events == set(EVENTS)


def test_every_page_is_documented(service: Service) -> None:
    for rule in service.app.url_map.iter_rules():
        shown = rule.rule.replace("<", "{").replace(">", "}")
        shown = shown.replace("type_name", "Type").replace("own_id", "id").replace("{kind}", "{Type}")
        assert f"`{shown}`" in _DOC


def _plant(service: Service) -> None:
    patient = {"resourceType": "Patient", "id": "canary-id", "name": [{"family": "Durand"}]}
    for source in ("open", "hospital", "canary-source"):
        service.ask("PUT", f"/hooks/{source}/Patient/canary-id?key=s3cret", patient, Authorization="Bearer s3cret")
    service.post(b"{Durand")
    service.post(b'{"resourceType":"Durand 279035121518989"}')
    service.post(dumps(patient).replace("canary-id", "Durand|279035121518989"))
    for path in (
        "Patient?identifier=279035121518989",
        "Patient/canary-id",
        "Durand/canary-id?x=s3cret",
        "ChargeItem/canary-id/_history/Durand",
        "ChargeItem?Durand=279035121518989",
        "ChargeItem?_lastUpdated=Durand",
        "ChargeItem?_page=s3cret",
    ):
        assert not _held(service.ask("GET", f"/fhir/{path}").body.decode())
    service.ask("DURAND", "/hooks/open")
    assert not _held(service.ask("GET", "/metrics").body.decode())


def _held(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary.lower() in text.lower()]


def test_no_log_tells_of_a_request_more_than_its_shape(
    service: Service, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    _plant(service)
    said = capfd.readouterr()
    lines = [json.loads(line) for line in said.err.splitlines()]
    assert len(lines) >= 14
    assert (_held(said.err), _held(said.out), _held(caplog.text)) == ([], [], [])
    assert {key for line in lines for key in line} == {"at", "event", "method", "route", "status", "ms", "source"}
    assert lines[0]["route"] == "/hooks/<source>/<kind>/<own_id>"
    assert lines[0]["source"] == "open"
    assert "source" not in lines[2]


def test_a_surprise_is_told_to_nobody(
    start: Callable[[Settings], Service], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    service = start(SETTINGS)

    def surprise(*_: object) -> None:
        raise RuntimeError("Durand")

    with monkeypatch.context() as patched:
        patched.setattr("adapter.web.hooks.intake_of", surprise)
        answer = service.post(ENCOUNTER)
    assert (answer.status, answer.issue, service.events) == (500, "exception", [])
    said = capfd.readouterr().err
    assert '"error": "RuntimeError"' in said
    assert "Durand" not in said


def test_a_redirect_of_the_framework_is_no_answer_of_ours(store: Store, inbox: GroupCommit) -> None:
    from adapter.web import create_app

    app: Flask = create_app(store, inbox, SETTINGS, ())
    assert app.test_client().get("/fhir//metadata").status_code == 404


def test_what_libraries_say_comes_out_without_what_they_fill_in(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", list(root.handlers))
    monkeypatch.setattr(root, "level", root.level)
    quiet_libraries()
    logger = logging.getLogger("some.library")
    logger.warning("no answer to %s", "Durand")
    logger.warning("no answer to Durand")
    try:
        raise ValueError("Durand")
    except ValueError:
        logger.exception("failed: %s", "Durand")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert [line.get("text") for line in lines] == ["no answer to %s", None, "failed: %s"]
    assert [line.get("error") for line in lines] == [None, None, "ValueError"]
    assert "Durand" not in str(lines)


def test_every_log_line_has_a_known_event() -> None:
    folder = Path(logs.__file__).parents[1]
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.py")))
    assert all(f'log("{event}"' in text for event in EVENTS)
    assert callable(log)
