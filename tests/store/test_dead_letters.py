"""Dead letters are listed and retried in order, chosen by code, instant and person."""

from adapter.store import contents, dead_letters, inbox, outbox, people, work
from adapter.store.dead_letters import Chosen, Kind
from adapter.store.engine import Store
from adapter.store.lanes import lane_of, person_lane
from tests.store.samples import NOW, SECRET, charge, decision, later, new_event, patient


def _filled(store: Store) -> str:
    """Three dead letters of one person, failed in turn, and one look of somebody else; that person's pseudonym."""
    with store.begin() as tx:
        one = patient("1")
        # Nobody knows yet whose they are.
        inbox.accept(tx, [new_event(1, lane_of(one.key)), new_event(2, lane_of(one.key))])
        contents.add(tx, one)
        number = people.find_or_make_person(tx, one.key, SECRET).person
        person = people.read_person(tx, number)
        assert person is not None
        outbox.intend(tx, decision(person=person.pseudonym), [charge()], NOW)
        sending = outbox.claim(tx, "me", NOW, 60)
        assert sending is not None
        outbox.fail(tx, sending, later(1), "target-refused")
        ids = [e.id for e in inbox.events_of(tx, lane_of(one.key))]
        inbox.quarantine(tx, ids[:1], "bad-json", later(2))
        claim = work.claim(tx, "me", NOW, 60)
        assert claim is not None
        work.finish(tx, claim, NOW, None)
        for at, lane in ((3, person_lane(number)), (4, "person:999")):
            work.enqueue(tx, [lane], NOW)
            claim = work.claim(tx, "me", NOW, 60)
            assert claim is not None
            work.bury(tx, claim, later(at), "bad-pack")
    return person.pseudonym


def _kinds(store: Store, chosen: Chosen, limit: int = 100) -> list[tuple[Kind, str]]:
    with store.read() as tx:
        return [(letter.kind, letter.code) for letter in dead_letters.dead_letters(tx, chosen, limit)]


WRITE, EVENT, LOOK = (Kind.WRITE, "target-refused"), (Kind.EVENT, "bad-json"), (Kind.LOOK, "bad-pack")


def test_they_are_listed_oldest_first_as_asked(store: Store) -> None:
    name = _filled(store)
    assert _kinds(store, Chosen()) == [WRITE, EVENT, LOOK, LOOK]
    assert _kinds(store, Chosen(), 2) == [WRITE, EVENT]
    assert _kinds(store, Chosen(reason="bad-pack")) == [LOOK, LOOK]
    assert _kinds(store, Chosen(since=later(2))) == [EVENT, LOOK, LOOK]
    assert _kinds(store, Chosen(person=name)) == [WRITE, EVENT, LOOK]
    assert _kinds(store, Chosen("bad-pack", later(1), name)) == [LOOK]
    assert _kinds(store, Chosen(person="nobody")) == []
    with store.read() as tx:
        assert dead_letters.count(tx) == 4


def test_retried_ones_are_due_and_no_letters_any_more(store: Store) -> None:
    _filled(store)
    with store.begin() as tx:
        chosen = dead_letters.dead_letters(tx, Chosen(), 3)
        assert dead_letters.retry(tx, chosen, later(10)) == 3
        assert dead_letters.retry(tx, chosen, later(10)) == 0
        assert dead_letters.count(tx) == 1
        sending = outbox.claim(tx, "me", later(10), 60)
        assert sending is not None
        assert sending.attempts == 1
        lanes = [c.lane for _ in range(3) if (c := work.claim(tx, "me", later(10), 60))]
        assert sorted(lanes)[0].startswith("patient:")
        assert len(lanes) == 2
        assert [e.dedupe_key for e in inbox.events_of(tx, sorted(lanes)[0])] == ["key 1", "key 2"]
