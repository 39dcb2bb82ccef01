"""The outbox sends what is wanted last, once; the ledger says what was confirmed, and what is an echo."""

from decimal import Decimal
from typing import Any

import pytest

from adapter.core.desired import Desired
from adapter.store import ledger, outbox
from adapter.store.engine import Store
from adapter.store.leases import LeaseLost
from adapter.store.outbox import Sending
from tests.store.samples import NOW, TARGET, charge, decision, later

PLACE = {"c1": ("ChargeItem/77", "1")}


def _intend(store: Store, *desired: Desired, occasion: str = "2026-11-21") -> bool:
    with store.begin() as tx:
        return outbox.intend(tx, decision(occasion), desired, NOW)


def _claim(store: Store, at: float = 0, not_to: tuple[str, ...] = ()) -> Sending | None:
    with store.begin() as tx:
        return outbox.claim(tx, "me", later(at), 60, not_to)


def _claimed(store: Store, at: float = 0) -> Sending:
    sending = _claim(store, at)
    assert sending is not None
    return sending


def _confirm(store: Store, sending: Sending, at: float = 0, version: str = "1") -> bool:
    with store.begin() as tx:
        return outbox.confirm(tx, sending, {"c1": ("ChargeItem/77", version)}, later(at))


def _line(store: Store) -> tuple[str, str | None, str | None]:
    with store.read() as tx:
        line = ledger.line_of(tx, TARGET, "c1")
    assert line is not None
    return line.state, line.reference, line.version


def _state(store: Store) -> str:
    with store.read() as tx:
        found = outbox.wanted(tx, decision())
    assert found is not None
    return found.state


def test_what_is_sent_is_what_was_wanted_to_the_digit(store: Store) -> None:
    price: dict[str, Any] = {
        "priceOverride": {"value": Decimal("60.10"), "currency": "EUR"},
        "note": [{"text": "été 訪問"}],
    }
    wanted = (charge(**price), Desired({"resourceType": "Task", "id": "t"}, True))
    assert _intend(store, *wanted) is True
    sending = _claimed(store)
    assert (sending.key, sending.attempts) == (decision(), 1)
    assert sending.desired == wanted
    assert str(sending.desired[0].resource["priceOverride"]["value"]) == "60.10"
    assert _claim(store, 59) is None


def test_intended_then_confirmed_with_the_targets_id_and_version(store: Store) -> None:
    _intend(store, charge())
    assert _line(store) == ("intended", None, None)
    assert _confirm(store, _claimed(store)) is True
    assert _line(store) == ("confirmed", "ChargeItem/77", "1")
    assert _claim(store, 9999) is None


def test_what_is_wanted_or_there_already_is_no_news(store: Store) -> None:
    assert _intend(store, charge(code={"a": 1, "b": 2})) is True
    assert _intend(store, charge(code={"b": 2, "a": 1})) is False
    _confirm(store, _claimed(store))
    assert _intend(store, charge(code={"a": 1, "b": 2})) is False
    assert _claim(store) is None


def test_when_we_wrote_and_who_says_so_are_no_wishes_of_their_own(store: Store) -> None:
    told = Desired({"resourceType": "Provenance", "id": "v", "recorded": "2026-11-21T12:00:00Z"})
    assert _intend(store, charge(enteredDate="2026-11-21")) is True
    assert _intend(store, charge(enteredDate="2026-11-22"), told) is False
    assert _intend(store, charge(enteredDate="2026-11-22", quantity={"value": 2}), told) is True


def test_money_written_otherwise_is_another_wish(store: Store) -> None:
    _intend(store, charge(priceOverride={"value": Decimal("60.10")}))
    assert _intend(store, charge(priceOverride={"value": Decimal("60.1")})) is True


def test_a_newer_decision_supersedes_what_was_not_sent(store: Store) -> None:
    _intend(store, charge())
    assert _intend(store, charge(status="planned")) is True
    assert _claimed(store).desired == (charge(status="planned"),)
    assert _claim(store) is None


def test_what_the_target_has_already_is_not_sent_again_after_a_change_of_mind(store: Store) -> None:
    _intend(store, charge())
    _confirm(store, _claimed(store))
    assert _intend(store, charge(status="planned")) is True
    assert _line(store)[0] == "intended"
    assert _intend(store, charge()) is False
    assert (_claim(store, 9999), _state(store), _line(store)[0]) == (None, "confirmed", "confirmed")


def test_after_an_ambiguous_try_nothing_counts_as_confirmed(store: Store) -> None:
    _intend(store, charge())
    _confirm(store, _claimed(store))
    _intend(store, charge(status="planned"))
    sending = _claimed(store)
    with store.begin() as tx:
        outbox.retry(tx, sending, NOW, later(30), "target-timeout")
    assert _intend(store, charge()) is True
    assert _claim(store, 29) is None
    again = _claimed(store, 30)
    assert (again.desired, again.attempts) == ((charge(),), 2)


def test_a_wish_that_changes_while_it_is_sent_is_sent_after(store: Store) -> None:
    _intend(store, charge())
    sending = _claimed(store)
    assert _intend(store, charge(status="planned")) is True
    assert (_claim(store), _state(store)) == (None, "sending")
    assert _confirm(store, sending) is False
    assert _line(store) == ("intended", "ChargeItem/77", "1")
    second = _claimed(store)
    assert second.desired == (charge(status="planned"),)
    assert _confirm(store, second, version="2") is True
    assert _line(store) == ("confirmed", "ChargeItem/77", "2")


def test_a_sender_that_slept_past_its_lease_confirms_nothing(store: Store) -> None:
    _intend(store, charge())
    sleeper = _claimed(store)
    holder = _claimed(store, 60)
    for ending in (
        lambda tx: outbox.confirm(tx, sleeper, PLACE, later(61)),
        lambda tx: outbox.retry(tx, sleeper, later(61), later(90), "target-busy"),
        lambda tx: outbox.fail(tx, sleeper, later(61), "target-refused"),
        lambda tx: outbox.renew(tx, sleeper, later(61), 60),
    ):
        with pytest.raises(LeaseLost), store.begin() as tx:
            ending(tx)
    assert _line(store) == ("intended", None, None)
    assert _confirm(store, holder, 61) is True


def test_a_renewed_sender_goes_on(store: Store) -> None:
    _intend(store, charge())
    sending = _claimed(store)
    with store.begin() as tx:
        outbox.renew(tx, sending, later(50), 60)
    assert _claim(store, 109) is None
    assert _confirm(store, sending, 109) is True


def test_a_dead_letter_stays_one_until_something_else_is_wanted(store: Store) -> None:
    _intend(store, charge())
    sending = _claimed(store)
    with store.begin() as tx:
        outbox.fail(tx, sending, NOW, "target-refused")
    assert _intend(store, charge()) is False
    assert (_claim(store, 9999), _state(store)) == (None, "failed")
    assert _intend(store, charge(status="planned")) is True
    assert _claimed(store).attempts == 1


def test_nothing_dies_of_what_is_wanted_no_more(store: Store) -> None:
    _intend(store, charge())
    sending = _claimed(store)
    _intend(store, charge(status="planned"))
    with store.begin() as tx:
        outbox.fail(tx, sending, NOW, "target-refused")
        assert outbox.counts(tx) == {"intended": 1, "sending": 0, "confirmed": 0, "failed": 0}


def test_a_target_that_is_down_holds_up_no_other(store: Store) -> None:
    with store.begin() as tx:
        outbox.intend(tx, decision(target="down"), [charge()], later(-1))
        outbox.intend(tx, decision(target="up"), [charge()], NOW)
    sending = _claim(store, not_to=("down",))
    assert sending is not None
    assert sending.key.target == "up"
    assert _claim(store, not_to=("down", "up")) is None
    assert _claimed(store).key.target == "down"


def test_an_echo_is_the_version_that_we_were_given_and_a_later_one_is_news(store: Store) -> None:
    _intend(store, charge())
    _confirm(store, _claimed(store))
    _intend(store, charge(status="planned"))
    _confirm(store, _claimed(store), version="2")
    with store.read() as tx:
        assert [ledger.is_echo(tx, TARGET, "ChargeItem", "77", v) for v in ("1", "2", "3", None)] == [
            *(True, True, False, False),
        ]
        assert not ledger.is_echo(tx, "https://elsewhere.example", "ChargeItem", "77", "1")
        assert not ledger.is_echo(tx, TARGET, "Task", "77", "1")
        line = ledger.line_at(tx, TARGET, "ChargeItem", "77")
        assert line is not None
        assert (line.our_id, line.person, line.pack) == ("c1", "p1", "fr-vsp")
        assert ledger.line_at(tx, TARGET, "ChargeItem", "78") is None


def test_a_correction_is_no_new_intention(store: Store) -> None:
    withdrawn = Desired(charge(status="entered-in-error").resource, only_if_written=True)
    _intend(store, withdrawn)
    with store.read() as tx:
        assert ledger.line_of(tx, TARGET, "c1") is None
    _confirm(store, _claimed(store))
    assert _line(store)[0] == "confirmed"
    _intend(store, Desired(charge(status="aborted").resource, only_if_written=True))
    assert _line(store) == ("intended", "ChargeItem/77", "1")


def test_what_the_writer_added_has_a_line_too(store: Store) -> None:
    _intend(store, charge())
    sending = _claimed(store)
    with store.begin() as tx:
        outbox.confirm(tx, sending, {**PLACE, "task": ("Task/5", None)}, NOW)
        lines = ledger.lines_of_person(tx, "p1")
    assert [(x.our_id, x.type, x.reference, x.decision) for x in lines] == [
        ("c1", "ChargeItem", "ChargeItem/77", sending.number),
        ("task", "Task", "Task/5", sending.number),
    ]


def test_all_that_is_wanted_for_a_person_can_be_asked(store: Store) -> None:
    _intend(store, charge("a"), occasion="one")
    _intend(store, charge("b"), occasion="two")
    with store.begin() as tx:
        outbox.intend(tx, decision(person="p2"), [charge("c")], NOW)
        assert [(w.key.occasion[0], w.desired[0].id) for w in outbox.wanted_of_person(tx, "p1")] == [
            ("one", "a"),
            ("two", "b"),
        ]
        assert outbox.wanted(tx, decision("three")) is None
