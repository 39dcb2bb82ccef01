"""Whatever happens in whatever order: one holder a lane, and no event without somebody to look at it."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from adapter.store import inbox, work
from adapter.store.engine import migrate, open_store
from adapter.store.leases import LeaseLost
from adapter.store.tables import work as work_table
from adapter.store.work import Claim
from tests.store.samples import later, new_event

LANES = ("person:1", "person:2")
SECONDS = 10


class Looks(RuleBasedStateMachine):
    """Workers claim, look, fail, sleep and wake, while events come and time goes by."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = TemporaryDirectory()
        url = f"sqlite:///{Path(self._folder.name) / 'store.db'}"
        migrate(url)
        self.store = open_store(url)
        self.now = self.sent = 0
        self.claims: list[tuple[Claim, int, set[int]]] = []
        self.unseen: dict[str, set[int]] = {lane: set() for lane in LANES}

    def teardown(self) -> None:
        self.store.close()
        self._folder.cleanup()

    @rule(lane=st.sampled_from(LANES))
    def event(self, lane: str) -> None:
        self.sent += 1
        with self.store.begin() as tx:
            inbox.accept(tx, [new_event(self.sent, lane)])
        self.unseen[lane].add(self.sent)

    @rule(seconds=st.integers(1, SECONDS + 1))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def claim(self) -> None:
        with self.store.begin() as tx:
            claim = work.claim(tx, "worker", later(self.now), SECONDS)
        if claim is not None:
            held = [c.lane for c, until, _ in self.claims if until > self.now]
            assert claim.lane not in held
            self.claims.append((claim, self.now + SECONDS, set(self.unseen[claim.lane])))

    @rule(data=st.data(), how=st.sampled_from(["finish", "finish later", "retry", "bury"]))
    def end(self, data: st.DataObject, how: str) -> None:
        if not self.claims:
            return
        claim, until, seen = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        now = later(self.now)
        try:
            with self.store.begin() as tx:
                if how == "retry":
                    work.retry(tx, claim, now, later(self.now + 3), "target-busy")
                elif how == "bury":
                    work.bury(tx, claim, now, "bad-pack")
                else:
                    work.finish(tx, claim, now, later(self.now + 5) if how == "finish later" else None)
            assert until > self.now
        except LeaseLost:
            assert until <= self.now
        else:
            if how != "retry":
                self.unseen[claim.lane] -= seen

    @invariant()
    def whoever_was_not_looked_at_waits(self) -> None:
        waiting = {lane for lane, unseen in self.unseen.items() if unseen}
        with self.store.read() as tx:
            rows = {row.lane for row in tx.execute(work_table.select().where(work_table.c.state == "waiting"))}
        assert waiting <= rows


TestAnyOrder = Looks.TestCase
TestAnyOrder.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
