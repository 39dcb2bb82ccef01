"""A target's news of our own: what is confirmed is looked at again, also where it comes in the middle of a write."""

from adapter.store import outbox
from adapter.store.engine import Store
from adapter.store.outbox import Sending
from tests.store.samples import NOW, charge, decision, later


def _intended(store: Store) -> Sending:
    with store.begin() as tx:
        outbox.intend(tx, decision(), [charge()], NOW)
    return _claimed(store)


def _claimed(store: Store) -> Sending:
    with store.begin() as tx:
        sending = outbox.claim(tx, "me", NOW, 60)
    assert sending is not None
    return sending


def _confirm(store: Store, sending: Sending) -> bool:
    with store.begin() as tx:
        return outbox.confirm(tx, sending, {"c1": ("ChargeItem/77", "1")}, NOW)


def _news(store: Store, sending: Sending) -> None:
    with store.begin() as tx:
        outbox.look_there_again(tx, sending.number, NOW)


def _state(store: Store) -> str:
    with store.read() as tx:
        found = outbox.wanted(tx, decision())
    assert found is not None
    return found.state


def test_what_is_confirmed_is_looked_at_again(store: Store) -> None:
    sending = _intended(store)
    _confirm(store, sending)
    _news(store, sending)
    again = _claimed(store)
    assert (again.number, again.desired, again.attempts) == (sending.number, sending.desired, 1)
    assert _confirm(store, again) is True


def test_news_during_a_write_is_not_lost(store: Store) -> None:
    sending = _intended(store)
    _news(store, sending)
    assert _confirm(store, sending) is False
    assert _confirm(store, _claimed(store)) is True
    assert _state(store) == "confirmed"


def test_news_makes_no_dead_letter_live(store: Store) -> None:
    sending = _intended(store)
    with store.begin() as tx:
        assert outbox.fail(tx, sending, NOW, "target-refused") is True
    _news(store, sending)
    assert _state(store) == "failed"


def test_what_waits_after_a_failure_is_counted_by_target(store: Store) -> None:
    sending = _intended(store)
    with store.begin() as tx:
        outbox.intend(tx, decision("2026-11-22"), [charge("c2")], NOW)
        outbox.retry(tx, sending, NOW, later(30), "target-timeout")
    with store.read() as tx:
        assert outbox.waiting(tx) == [(sending.key.target, "target-timeout", 1)]
