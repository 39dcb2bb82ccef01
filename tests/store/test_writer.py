"""Group commit: answered when stored, in order; a failure is everybody's who was in it, and nobody else's."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from adapter.core.errors import Permanent
from adapter.store import inbox, work
from adapter.store.engine import Store, StoreUnavailable, migrate, open_store
from adapter.store.inbox import Accepted
from adapter.store.tables import event
from adapter.store.writer import GroupCommit
from tests.store.samples import NOW, new_event


@contextmanager
def _held(store: Store) -> Iterator[threading.Event]:
    """The first commit waits until the event is set, so that others gather behind it."""
    go = threading.Event()

    def pause(_: object) -> None:
        assert go.wait(10)

    sa.event.listen(store.engine, "commit", pause)
    try:
        yield go
    finally:
        go.set()
        sa.event.remove(store.engine, "commit", pause)


def _commits(store: Store) -> list[int]:
    counted: list[int] = []
    sa.event.listen(store.engine, "commit", lambda _: counted.append(1))
    return counted


def test_what_is_answered_is_stored(store: Store) -> None:
    with GroupCommit(store) as writer:
        answer = writer.submit([new_event(1), new_event(2)]).result(10)
        with store.read() as tx:
            assert len(inbox.events_of(tx, "person:1")) == 2
            assert work.counts(tx, NOW)["due"] == 1
        assert answer == [Accepted.STORED] * 2
        assert writer.submit([new_event(2), new_event(3)]).result(10) == [Accepted.DUPLICATE, Accepted.STORED]
        assert writer.submit([]).result(10) == []


def test_nobody_is_answered_before_the_commit_and_those_who_wait_share_the_next(store: Store) -> None:
    commits = _commits(store)
    with _held(store) as go, GroupCommit(store) as writer:
        answers = [writer.submit([new_event(n)]) for n in range(20)]
        done, _ = wait(answers, timeout=0.05)
        assert not done
        go.set()
        assert [a.result(10) for a in answers] == [[Accepted.STORED]] * 20
    # The first may have gone alone; what gathered behind it went together.
    assert 1 <= len(commits) <= 2
    with store.read() as tx:
        assert [e.dedupe_key for e in inbox.events_of(tx, "person:1")] == [f"key {n}" for n in range(20)]


def test_many_threads_get_their_own_answers(store: Store) -> None:
    with GroupCommit(store) as writer, ThreadPoolExecutor(8) as pool:
        sent = [new_event(n % 60) for n in range(120)]
        answers = list(pool.map(lambda one: writer.submit([one]).result(30), sent))
    stored = [one.dedupe_key for one, answer in zip(sent, answers, strict=True) if answer == [Accepted.STORED]]
    assert len(stored) == len(set(stored)) == 60


def test_closing_stores_what_was_submitted_and_takes_no_more(store: Store) -> None:
    with _held(store) as go:
        writer = GroupCommit(store)
        answers = [writer.submit([new_event(n)]) for n in range(3)]
        closing = threading.Thread(target=writer.close)
        closing.start()
        go.set()
        closing.join(10)
    assert [a.result(0) for a in answers] == [[Accepted.STORED]] * 3
    with pytest.raises(StoreUnavailable):
        writer.submit([new_event(9)])
    writer.close()


def test_an_event_that_no_database_takes_takes_no_other_with_it(store: Store) -> None:
    bad = replace(new_event(2), interaction="\x00 half a pair: \ud800")
    with _held(store) as go, GroupCommit(store) as writer:
        answers = [writer.submit([one]) for one in (new_event(1), bad, new_event(3))]
        go.set()
        assert [answers[n].result(10) for n in (0, 2)] == [[Accepted.STORED]] * 2
        with pytest.raises(Permanent) as caught:
            answers[1].result(10)
        assert caught.value.code == "not-storable"
        assert "pair" not in str(caught.value)
        assert writer.submit([new_event(4)]).result(10) == [Accepted.STORED]


def test_a_cancelled_submission_is_passed_over(store: Store) -> None:
    with _held(store) as go, GroupCommit(store) as writer:
        writer.submit([new_event(1)])
        gone = [writer.submit([new_event(n)]) for n in range(2, 30)][-1]
        was_cancelled = gone.cancel()
        go.set()
        last = writer.submit([new_event(30)])
        assert last.result(10) == [Accepted.STORED]
    with store.read() as tx:
        assert len(inbox.events_of(tx, "person:1")) == (29 if was_cancelled else 30)


def test_a_database_out_of_reach_fails_everybody_and_recovers(store: Store) -> None:
    def refuse(*_: object) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, Exception("the disk is gone"))

    with GroupCommit(store) as writer:
        sa.event.listen(store.engine, "commit", refuse)
        answers = [writer.submit([new_event(n)]) for n in range(5)]
        assert [type(a.exception(10)) for a in answers] == [StoreUnavailable] * 5
        sa.event.remove(store.engine, "commit", refuse)
        assert writer.submit([new_event(1)]).result(10) == [Accepted.STORED]
    with store.read() as tx:
        assert [e.dedupe_key for e in inbox.events_of(tx, "person:1")] == ["key 1"]


def test_a_full_database_takes_nothing_by_halves(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migrate(url)
    store = open_store(url, max_pages=80)
    big = [replace(new_event(n, f"person:{n}"), body=b"x" * 3000) for n in range(200)]
    with GroupCommit(store) as writer:
        answers = [writer.submit(big[n : n + 2]) for n in range(0, 200, 2)]
        errors = [a.exception(10) for a in answers]
        failed = [e for e in errors if e is not None]
        assert failed
        assert {getattr(e, "code", "") for e in failed} == {"store-unavailable"}
        assert all(isinstance(e, StoreUnavailable) and e.retry_after for e in failed)
        for n in range(200, 300):
            last = writer.submit([replace(new_event(n), body=b"x" * 3000)])
            if last.exception(10):
                break
        assert isinstance(last.exception(), StoreUnavailable)
    with store.read() as tx:
        kept = {e for (e,) in tx.execute(sa.select(event.c.dedupe_key))}
        lanes = tx.scalar(sa.text("SELECT count(*) FROM work WHERE lane <> 'person:1'"))
        of_big = {one.dedupe_key for n, e in enumerate(errors) if e is None for one in big[2 * n : 2 * n + 2]}
        assert of_big == {k for k in kept if int(k.split()[1]) < 200}
        assert lanes == len(of_big - {"key 1"})
        assert tx.scalar(sa.text("PRAGMA integrity_check")) == "ok"
    store.close()
