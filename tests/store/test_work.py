"""The work list: one worker a person, and a look that was overtaken or slept is not the last."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from adapter.store import inbox, outbox, work
from adapter.store.engine import Store, migrate, open_store
from adapter.store.leases import LeaseLost
from adapter.store.work import Claim
from tests.databases import Postgres
from tests.store.samples import NOW, later, new_event


def _enqueue(store: Store, *lanes: str, due_at: datetime = NOW) -> None:
    with store.begin() as tx:
        work.enqueue(tx, lanes, due_at)


def _claim(store: Store, at: datetime = NOW, owner: str = "me") -> Claim | None:
    with store.begin() as tx:
        return work.claim(tx, owner, at, 60)


def _claimed(store: Store, at: datetime = NOW, owner: str = "me") -> Claim:
    claim = _claim(store, at, owner)
    assert claim is not None
    return claim


def _finish(store: Store, claim: Claim, at: datetime = NOW, again: datetime | None = None) -> bool:
    with store.begin() as tx:
        return work.finish(tx, claim, at, again)


def test_who_waited_longest_comes_first_and_who_is_not_due_does_not_come(store: Store) -> None:
    _enqueue(store, "person:1", due_at=later(-1))
    _enqueue(store, "person:2", due_at=later(-3))
    _enqueue(store, "person:3", due_at=later(1))
    assert [_claimed(store).lane, _claimed(store).lane, _claim(store)] == ["person:2", "person:1", None]
    with store.read() as tx:
        assert work.counts(tx, NOW) == {"due": 0, "held": 2, "later": 1, "dead": 0}
        assert work.next_due(tx) == later(-3)


def test_a_lane_that_is_due_again_later_waits_for_that_instant(store: Store) -> None:
    _enqueue(store, "person:1")
    assert _finish(store, _claimed(store), again=later(500)) is True
    assert _claim(store, later(499)) is None
    again = _claimed(store, later(500))
    assert (again.lane, again.attempts) == ("person:1", 1)


def test_an_event_wakes_a_lane_that_waits_for_a_later_instant(store: Store) -> None:
    _enqueue(store, "person:1")
    _finish(store, _claimed(store), again=later(500))
    with store.begin() as tx:
        inbox.accept(tx, [new_event()])
    assert _claimed(store).lane == "person:1"


def test_a_wish_for_later_does_not_put_off_what_is_due(store: Store) -> None:
    _enqueue(store, "person:1")
    _enqueue(store, "person:1", due_at=later(500))
    assert _claimed(store).lane == "person:1"


def test_a_look_that_was_overtaken_leaves_the_lane_due(store: Store) -> None:
    _enqueue(store, "person:1")
    claim = _claimed(store)
    with store.begin() as tx:
        inbox.accept(tx, [new_event()])
    assert _claim(store) is None
    assert _finish(store, claim, again=later(500)) is False
    assert _finish(store, _claimed(store)) is True
    assert _claim(store, later(9999)) is None


def test_a_worker_that_slept_past_its_lease_cannot_commit(store: Store) -> None:
    _enqueue(store, "person:1")
    sleeper = _claimed(store)
    with pytest.raises(LeaseLost):
        _look(store, sleeper, later(60))
    with store.read() as tx:
        assert inbox.events_of(tx, "person:2") == []
    assert _claimed(store, later(60)).lane == "person:1"


_ENDINGS: list[Callable[[Connection, Claim], object]] = [
    lambda tx, claim: work.finish(tx, claim, later(61), None),
    lambda tx, claim: work.retry(tx, claim, later(61), later(90), "target-busy"),
    lambda tx, claim: work.bury(tx, claim, later(61), "bad-pack"),
    lambda tx, claim: work.renew(tx, claim, later(61), 60),
]


@pytest.mark.parametrize("ending", _ENDINGS)
def test_the_first_of_two_holders_can_do_nothing(store: Store, ending: Callable[[Connection, Claim], object]) -> None:
    _enqueue(store, "person:1")
    first, second = _claimed(store), _claimed(store, later(60))
    with pytest.raises(LeaseLost), store.begin() as tx:
        ending(tx, first)
    assert _finish(store, second, later(61)) is True


@pytest.mark.parametrize("ending", _ENDINGS)
def test_a_lane_that_went_and_came_back_is_not_the_sleepers(
    store: Store, ending: Callable[[Connection, Claim], object]
) -> None:
    _enqueue(store, "person:1")
    sleeper = _claimed(store)
    _finish(store, _claimed(store, later(60)), later(60))
    _enqueue(store, "person:1")
    holder = _claimed(store, later(60))
    with pytest.raises(LeaseLost), store.begin() as tx:
        ending(tx, sleeper)
    assert _finish(store, holder, later(61)) is True


def test_a_renewed_lease_holds_for_longer(store: Store) -> None:
    _enqueue(store, "person:1")
    claim = _claimed(store)
    with store.begin() as tx:
        work.renew(tx, claim, later(50), 60)
    assert _claim(store, later(109)) is None
    assert _finish(store, claim, later(109)) is True


def test_a_failed_look_waits_and_events_do_not_hurry_it(store: Store) -> None:
    _enqueue(store, "person:1")
    with store.begin() as tx:
        claim = work.claim(tx, "me", NOW, 60)
        assert claim is not None
        work.retry(tx, claim, NOW, later(30), "target-busy")
        inbox.accept(tx, [new_event()])
    assert _claim(store, later(29)) is None
    again = _claimed(store, later(30))
    assert again.attempts == 2
    _finish(store, again, later(31), later(40))
    assert _claimed(store, later(40)).attempts == 1


def test_a_dead_letter_waits_for_a_person_or_for_news(store: Store) -> None:
    _enqueue(store, "person:1")
    with store.begin() as tx:
        claim = work.claim(tx, "me", NOW, 60)
        assert claim is not None
        work.bury(tx, claim, NOW, "bad-pack")
        assert work.counts(tx, NOW)["dead"] == 1
    assert _claim(store, later(9999)) is None
    with store.begin() as tx:
        inbox.accept(tx, [new_event()])
    assert _claimed(store).attempts == 1


def test_nobody_dies_of_a_look_that_was_overtaken(store: Store) -> None:
    _enqueue(store, "person:1")
    claim = _claimed(store)
    _enqueue(store, "person:1")
    with store.begin() as tx:
        work.bury(tx, claim, NOW, "bad-pack")
        assert work.counts(tx, NOW) == {"due": 1, "held": 0, "later": 0, "dead": 0}


def test_eight_workers_never_hold_the_same_lane_and_leave_none(store: Store) -> None:
    lanes = [f"person:{n}" for n in range(80)]
    _enqueue(store, *lanes)

    def run(owner: str) -> list[str]:
        done = []
        while claim := _claim(store, owner=owner):
            _finish(store, claim)
            done.append(claim.lane)
        return done

    with ThreadPoolExecutor(8) as pool:
        done = Counter(lane for part in pool.map(run, [f"worker {n}" for n in range(8)]) for lane in part)
    assert done == Counter(lanes)


def test_on_postgresql_nobody_waits_for_whom_another_is_just_claiming(server: Postgres) -> None:
    store = open_store(server.database())
    _enqueue(store, "person:1", "person:2")
    with store.begin() as one, store.begin() as other:
        other.execute(sa.text("SET LOCAL lock_timeout = 1000"))
        claims = [work.claim(tx, "me", NOW, 60) for tx in (one, other)]
    store.close()
    assert [c.lane for c in claims if c] == ["person:1", "person:2"]


def test_two_programs_do_not_hold_the_same_lane(url: str, store: Store) -> None:
    _enqueue(store, "person:1", "person:2")
    other = open_store(url)
    try:
        claims = [_claim(store), _claim(other), _claim(store), _claim(other)]
    finally:
        other.close()
    assert sorted(c.lane for c in claims if c) == ["person:1", "person:2"]


def _look(store: Store, claim: Claim, at: datetime, fails: bool = False) -> None:
    """Store something else with the end of a look."""
    with store.begin() as tx:
        inbox.accept(tx, [new_event(lane="person:2")])
        work.finish(tx, claim, at, None)
        if fails:
            raise ValueError("the pack is broken")


def test_what_fails_in_a_look_is_taken_back_with_its_end(store: Store) -> None:
    _enqueue(store, "person:1")
    claim = _claimed(store)
    with pytest.raises(ValueError, match="broken"):
        _look(store, claim, NOW, fails=True)
    assert _finish(store, claim) is True


def test_a_time_without_an_offset_is_refused(store: Store) -> None:
    with pytest.raises(sa.exc.StatementError, match="without an offset"):
        _enqueue(store, "person:1", due_at=datetime(2026, 1, 1))


@pytest.mark.parametrize("table", ["work", "outbox"])
def test_claims_read_an_index_and_sort_nothing(table: str, tmp_path: Path) -> None:
    """On SQLite; PostgreSQL plans by statistics, of which an empty table has none."""
    migrate(f"sqlite:///{tmp_path / 'store.db'}")
    store = open_store(f"sqlite:///{tmp_path / 'store.db'}")
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        seen.append((statement, parameters))

    sa.event.listen(store.engine, "before_cursor_execute", note)
    with store.begin() as tx:
        work.claim(tx, "me", NOW, 60)
        outbox.claim(tx, "me", NOW, 60)
    ((claiming, parameters),) = [s for s in seen if s[0].startswith(f"UPDATE {table}")]
    with store.engine.connect() as tx:
        plan = " ".join(str(row[3]) for row in tx.exec_driver_sql("EXPLAIN QUERY PLAN " + claiming, parameters))
    store.close()
    assert f"INDEX {table}_due" in plan
    assert "TEMP B-TREE" not in plan
