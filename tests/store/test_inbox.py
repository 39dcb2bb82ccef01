"""The inbox keeps each event once, with the row of the work list that it calls for."""

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from adapter.store import contents, inbox, people, work
from adapter.store.engine import Store
from adapter.store.inbox import Accepted
from adapter.store.lanes import lane_of, person_lane
from adapter.store.tables import event
from tests.store.samples import NOW, SECRET, SOURCE, later, new_event, patient

STORED, DUPLICATE = Accepted.STORED, Accepted.DUPLICATE


def test_an_event_comes_back_as_it_came(store: Store) -> None:
    body = b'{"value": 60.10, "name": "\xc3\xa9"}\r\n\x00\xff'
    sent = inbox.NewEvent(
        SOURCE, "key", "resource:x|Encounter/7", NOW, "delete", body, "text/plain", "Encounter", "7", "3"
    )
    with store.begin() as tx:
        assert inbox.accept(tx, [sent]) == [STORED]
    with store.read() as tx:
        (kept,) = inbox.events_of(tx, "resource:x|Encounter/7")
    assert all(getattr(kept, name) == getattr(sent, name) for name in inbox.NewEvent.__dataclass_fields__)


def test_a_repetition_is_acknowledged_and_asks_for_nothing(store: Store) -> None:
    with store.begin() as tx:
        assert inbox.accept(tx, [new_event(1), new_event(2)]) == [STORED, STORED]
    with store.begin() as tx:
        claim = work.claim(tx, "me", NOW, 60)
    assert claim is not None
    with store.begin() as tx:
        assert inbox.accept(tx, [new_event(2), new_event(1)]) == [DUPLICATE, DUPLICATE]
        assert work.finish(tx, claim, NOW, None) is True


def test_a_repetition_within_one_request_is_seen_and_news_beside_it_is_kept(store: Store) -> None:
    with store.begin() as tx:
        inbox.accept(tx, [new_event(1)])
        answers = inbox.accept(tx, [new_event(2), new_event(1), new_event(2), new_event(3)])
    assert answers == [STORED, DUPLICATE, DUPLICATE, STORED]
    with store.read() as tx:
        assert [e.dedupe_key for e in inbox.events_of(tx, "person:1")] == ["key 1", "key 2", "key 3"]


def test_news_of_a_known_patient_waits_in_the_lane_of_the_person(store: Store) -> None:
    one = patient("1")
    with store.begin() as tx:
        contents.add(tx, one)
        number = people.find_or_make_person(tx, one.key, SECRET).person
        unknown = lane_of(patient("2").key)
        inbox.accept(tx, [new_event(1, lane_of(one.key)), new_event(2, unknown)])
        inbox.set_aside(tx, new_event(3, lane_of(one.key)), "bad-json")
    with store.read() as tx:
        assert [e.dedupe_key for e in inbox.events_of(tx, person_lane(number))] == ["key 1"]
        assert [e.dedupe_key for e in inbox.events_of(tx, unknown)] == ["key 2"]
        assert tx.scalar(sa.select(event.c.lane).where(event.c.dedupe_key == "key 3")) == person_lane(number)


def test_a_content_that_comes_back_is_news_and_one_that_stays_is_not(store: Store) -> None:
    a, b = (_content(f"body:{letter}") for letter in "ab")
    with store.begin() as tx:
        assert inbox.accept(tx, [a, a, b, a]) == [STORED, DUPLICATE, STORED, STORED]
    with store.begin() as tx:
        assert inbox.accept(tx, [a]) == [DUPLICATE]
        assert inbox.accept(tx, [b, replace(a, dedupe_key="body:c", resource_id="e2"), a]) == [STORED] * 3
        assert inbox.set_aside(tx, a, "bad-json") is DUPLICATE
        assert inbox.set_aside(tx, b, "bad-json") is STORED


def _content(key: str) -> inbox.NewEvent:
    return replace(new_event(), dedupe_key=key, type="Encounter", resource_id="e1")


def test_the_same_key_of_two_sources_is_two_events(store: Store) -> None:
    with store.begin() as tx:
        assert inbox.accept(tx, [new_event(1, source="a"), new_event(1, source="b")]) == [STORED, STORED]


def test_nothing_accepted_is_nothing_answered(store: Store) -> None:
    with store.begin() as tx:
        assert inbox.accept(tx, []) == []


def test_a_thousand_events_of_a_person_are_one_look(store: Store) -> None:
    for start in range(0, 1000, 50):
        with store.begin() as tx:
            inbox.accept(tx, [new_event(n) for n in range(start, start + 50)])
    with store.begin() as tx:
        claim = work.claim(tx, "me", NOW, 60)
        assert claim is not None
        assert work.claim(tx, "me", NOW, 60) is None
        found = inbox.events_of(tx, claim.lane)
        assert [e.dedupe_key for e in found] == [f"key {n}" for n in range(1000)]
        inbox.mark_applied(tx, [e.id for e in found])
        assert work.finish(tx, claim, NOW, None) is True
        assert inbox.events_of(tx, claim.lane) == []
        assert work.counts(tx, NOW) == {"due": 0, "held": 0, "later": 0, "dead": 0}
        assert inbox.counts(tx) == {"new": 0, "applied": 1000, "quarantined": 0}


def test_what_is_quarantined_stands_in_nobodys_way_and_says_why(store: Store) -> None:
    with store.begin() as tx:
        inbox.accept(tx, [new_event(1), new_event(2)])
        first, second = inbox.events_of(tx, "person:1")
        inbox.quarantine(tx, [first.id], "bad-json", NOW)
        assert inbox.events_of(tx, "person:1") == [second]
        kept = inbox.event_of(tx, first.id)
    assert kept is not None
    assert (kept.state, kept.code, kept.body) == ("quarantined", "bad-json", first.body)


def test_only_old_applied_events_are_forgotten_and_no_more_than_asked(store: Store) -> None:
    with store.begin() as tx:
        inbox.accept(tx, [new_event(n) for n in range(5)])
        ids = [e.id for e in inbox.events_of(tx, "person:1")]
        inbox.mark_applied(tx, ids[1:4])
        inbox.quarantine(tx, ids[4:], "bad-json", NOW)
        assert inbox.forget(tx, NOW) == 0
        assert inbox.forget(tx, later(1), limit=2) == 2
        assert inbox.forget(tx, later(1), limit=2) == 1
        assert list(tx.scalars(sa.select(event.c.id).order_by(event.c.id))) == [ids[0], ids[4]]
        assert inbox.accept(tx, [new_event(9)]) == [STORED]
        assert inbox.events_of(tx, "person:1")[-1].id > ids[-1]


def test_a_look_waits_for_the_quiet_time_and_is_not_pushed_back(store: Store) -> None:
    quiet = timedelta(seconds=5)
    with store.begin() as tx:
        inbox.accept(tx, [new_event(1)], quiet)
        inbox.accept(tx, [replace(new_event(2), received_at=later(4))], quiet)
        assert work.claim(tx, "me", later(4.9), 60) is None
        assert work.claim(tx, "me", later(5), 60) is not None


def test_a_look_that_was_due_earlier_stays_so(store: Store) -> None:
    with store.begin() as tx:
        work.enqueue(tx, ["person:1"], NOW)
        inbox.accept(tx, [new_event(1)], timedelta(seconds=5))
        assert work.claim(tx, "me", NOW, 60) is not None


def test_contents_that_came_of_a_resource_are_found_again(store: Store) -> None:
    about = {"type": "Encounter", "resource_id": "7"}
    bare, whole, gone, bad, new = (replace(new_event(number), **about) for number in range(1, 6))
    events = [replace(bare, body=b""), whole, replace(gone, interaction="delete"), bad, new]
    with store.begin() as tx:
        assert not inbox.is_named(tx, [SOURCE], "Encounter", "7")
        inbox.accept(tx, [*events, replace(new_event(6), type="Encounter", resource_id="8")])
        inbox.mark_applied(tx, [1, 2, 3])
        inbox.quarantine(tx, [4], "not-r4", NOW)
        assert [one.id for one in inbox.of_resource(tx, [SOURCE, "had"], "Encounter", "7")] == [2, 5]
        assert inbox.of_resource(tx, ["had"], "Encounter", "7") == []
        assert inbox.is_named(tx, [SOURCE], "Encounter", "7")
