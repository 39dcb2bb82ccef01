"""The audit chain shows what was changed, removed or put in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from adapter.store import audits
from adapter.store.engine import Store
from tests.store.samples import NOW


def _filled(store: Store) -> None:
    for n in range(1, 6):
        with store.begin() as tx:
            assert audits.append(tx, {"resourceType": "AuditEvent", "recorded": str(NOW), "n": n, "é": "訪"}) == n


def test_an_untouched_chain_is_whole(store: Store) -> None:
    with store.read() as tx:
        assert audits.verify(tx) == audits.Chain(0, audits.BEGINNING)
    _filled(store)
    with store.read() as tx:
        chain = audits.verify(tx)
        assert (chain.length, chain.broken_at) == (5, None)
        assert audits.head(tx) == chain
        assert [(number, e["n"]) for number, e in audits.read(tx, 3)] == [(4, 4), (5, 5)]


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit SET body = replace(body, '3', '4') WHERE number = 3", 3),
        ("UPDATE audit SET hash = previous WHERE number = 3", 3),
        ("UPDATE audit SET previous = hash WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 3", 3),
        ("DELETE FROM audit WHERE number = 1", 1),
        ("UPDATE audit SET number = number + 10 WHERE number > 3", 4),
        ("INSERT INTO audit SELECT 6, body, hash, hash FROM audit WHERE number = 5", 6),
    ],
)
def test_a_tampered_chain_is_not(store: Store, tampering: str, broken_at: int) -> None:
    _filled(store)
    with store.begin() as tx:
        tx.execute(sa.text(tampering))
    with store.read() as tx:
        assert audits.verify(tx).broken_at == broken_at


def test_a_cut_end_shows_against_a_head_kept_elsewhere(store: Store) -> None:
    _filled(store)
    with store.begin() as tx:
        kept = audits.head(tx)
        tx.execute(sa.text("DELETE FROM audit WHERE number = 5"))
        assert audits.verify(tx) != kept


def test_many_who_append_at_once_make_one_chain(store: Store) -> None:
    def add(number: int) -> None:
        with store.begin() as tx:
            audits.append(tx, {"n": number})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add, range(40)))
    with store.read() as tx:
        assert (audits.verify(tx).length, audits.verify(tx).broken_at) == (40, None)
