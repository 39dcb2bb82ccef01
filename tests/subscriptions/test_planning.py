"""What is to be done, from what is wanted and what was found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapter.core.times import instant_text
from adapter.inbound.subscriptions import Asked, Hook, Wanted, plan
from adapter.inbound.subscriptions.topics import Topic
from adapter.inbound.subscriptions.wanted import wanted

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HOOK = Hook("https://adapter.example.org/hooks/had", ("X-Api-Key", "planted-secret"))
VISITS = Wanted("Encounter?", ("Encounter",))
TOPIC = Wanted("http://example.org/topics/encounter", ("Encounter",), by_topic=True)


def _found(one: Wanted = VISITS, is_r5: bool = False, **changed: Any) -> dict[str, Any]:
    (action,) = plan([one], [], HOOK, NOW, is_r5)
    return {**action.resource, "id": "s1", "status": "active", **changed}


def _doings(*found: dict[str, Any], hook: Hook = HOOK, after: float = 0, is_r5: bool = False) -> list[tuple[str, Any]]:
    one = TOPIC if is_r5 else VISITS
    actions = plan([one], found, hook, NOW + timedelta(days=after), is_r5)
    return [(action.doing.value, action.id) for action in actions]


@pytest.mark.parametrize("is_r5", [False, True])
def test_what_was_created_needs_nothing_more(is_r5: bool) -> None:
    found = _found(TOPIC if is_r5 else VISITS, is_r5)
    assert _doings(found, is_r5=is_r5) == []
    assert _doings(is_r5=is_r5) == [("create", None)]


def test_criteria_have_the_form_of_r4() -> None:
    made = _found()
    assert made["criteria"] == "Encounter?"
    assert made["reason"]
    assert made["channel"] == {
        "type": "rest-hook",
        "endpoint": HOOK.endpoint,
        "payload": "application/fhir+json",
        "header": ["X-Api-Key: planted-secret"],
    }


def test_topics_have_the_form_of_the_backport_and_of_r5() -> None:
    backport, native = _found(TOPIC), _found(TOPIC, is_r5=True)
    assert backport["criteria"] == native["topic"] == TOPIC.about
    assert backport["channel"]["_payload"]["extension"][0]["valueCode"] == native["content"] == "full-resource"
    assert native["parameter"] == [{"name": "X-Api-Key", "value": "planted-secret"}]
    assert native["channelType"]["code"] == "rest-hook"
    assert "channel" not in native


def test_it_is_renewed_before_it_ends() -> None:
    found = _found()
    assert _doings(found, after=59) == []
    assert _doings(found, after=61) == [("renew", "s1")]
    (action,) = plan([VISITS], [found], HOOK, NOW + timedelta(days=61))
    assert action.resource["end"] == instant_text(NOW + timedelta(days=151))
    assert _doings({n: v for n, v in found.items() if n != "end"}, after=1000) == []


@pytest.mark.parametrize("status", ["error", "off"])
def test_what_failed_is_asked_for_anew(status: str) -> None:
    found = _found(status=status, error="no answer", meta={"versionId": "7"})
    (action,) = plan([VISITS], [found], HOOK, NOW)
    assert (action.doing, action.id) == ("reactivate", "s1")
    assert action.resource["status"] == "requested"
    assert "error" not in action.resource
    assert action.resource["meta"] == {"versionId": "7"}


def test_a_new_secret_is_sent_and_a_hidden_one_is_taken_as_right() -> None:
    found = _found()
    other = Hook(HOOK.endpoint, ("X-Api-Key", "newer"))
    assert _doings(found, hook=other) == [("update", "s1")]
    hidden = {n: v for n, v in found["channel"].items() if n != "header"}
    assert _doings({**found, "channel": hidden}, hook=other) == []


def test_of_two_the_better_one_stays() -> None:
    worse = _found(id="s0", status="error")
    assert _doings(worse, _found()) == [("delete", "s0")]


def test_only_ours_are_deleted() -> None:
    theirs = _found(Wanted("Patient?", ("Patient",)), id="s9")
    theirs["channel"] = {**theirs["channel"], "endpoint": "https://adapter.example.org/hooks/had-2"}
    ours = _found(Wanted("Patient?", ("Patient",)), id="s8")
    assert _doings(_found(), theirs, ours) == [("delete", "s8")]


def test_a_secret_is_in_no_repr() -> None:
    assert "planted-secret" not in repr([HOOK, *plan([VISITS], [], HOOK, NOW)])


_BROAD = Topic("http://example.org/t/all", frozenset({"Encounter", "Patient"}), frozenset())
_NARROW = Topic("http://example.org/t/end", frozenset(), frozenset({"Encounter", "Observation"}))


@pytest.mark.parametrize(
    ("version", "notified_by", "expected"),
    [
        ("R4", "auto", [(_BROAD.url, False), ("Observation?", False)]),
        ("R4", "criteria", [("Encounter?", False), ("Observation?", False)]),
        ("R4", "topic", [(_BROAD.url, False), (_NARROW.url, True)]),
        ("R5", "auto", [(_BROAD.url, False), (_NARROW.url, True)]),
    ],
)
def test_topics_are_preferred_only_where_they_tell_of_every_change(
    version: str, notified_by: str, expected: list[tuple[str, bool]]
) -> None:
    types = ("Encounter", "Observation")
    found = wanted(Asked("had", types, version, notified_by), types, [_NARROW, _BROAD])
    assert [(one.about, one.narrow) for one in found] == expected
