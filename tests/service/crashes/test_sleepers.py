"""A worker that is stopped past its lease, and goes on when another has done its work, changes nothing any more."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.catching_up.small_server import small
from tests.databases import postgres
from tests.service.crashes.accounts import Sender, assert_charged_once, settle, source
from tests.service.crashes.launched import Launched, Launcher
from tests.service.crashes.settings import settings
from tests.service.crashes.windows import JUDGING, POSTING, REFUSED, SENDING, SENT

WORK, HOOKS = ("work",), ("serve", "--no-work")


@pytest.fixture
def hooks(tmp_path: Path, launcher: Launcher, target: str) -> Iterator[Launched]:
    """What takes notifications and does no work, on PostgreSQL, with the settings that workers of its folder have."""
    with postgres() as server, small(source) as doctors, Launched(launcher, tmp_path, HOOKS) as running:
        settings(tmp_path, server.database(), had=doctors.base_url, billing=target, workers=1)
        running.start()
        yield running


@dataclass
class Ward:
    """Persons, the workers that sleep over them, and the one that does not."""

    folder: Path
    launcher: Launcher
    hooks: Launched
    target: str
    sender: Sender = field(default_factory=Sender)

    @contextmanager
    def asleep(self, windows: Mapping[int, str]) -> Iterator[list[Launched]]:
        """For each person a worker that sleeps in a window."""
        with ExitStack() as stack:
            sleepers = [stack.enter_context(Launched(self.launcher, self.folder, WORK)) for _ in windows]
            for sleeper, (person, window) in zip(sleepers, windows.items(), strict=True):
                # Those before sleep, so this one finds only this person.
                self.sender.send(self.hooks, [person])
                sleeper.begin(window)
                sleeper.until(window)
            yield sleepers

    def done_by_another(self, sleepers: Iterable[Launched], charged: Collection[int]) -> None:
        """Another takes over when the leases are over, and does all there is to do; then the sleepers wake up."""
        with Launched(self.launcher, self.folder, WORK) as heir:
            heir.begin()
            settle(self.hooks)
            assert_charged_once(self.target, charged)
            for sleeper in sleepers:
                sleeper.resume()
                sleeper.until(REFUSED)
                assert sleeper.stop() == 0
            settle(self.hooks)
            assert_charged_once(self.target, charged)


@pytest.fixture
def ward(tmp_path: Path, launcher: Launcher, hooks: Launched, target: str) -> Ward:
    return Ward(tmp_path, launcher, hooks, target)


def test_what_a_sleeper_saw_or_did_is_not_stored_and_nothing_is_sent_twice(ward: Ward) -> None:
    with ward.asleep({1: JUDGING, 2: SENT, 3: SENDING, 4: POSTING}) as sleepers:
        ward.sender.cancel(ward.hooks, 1)
        ward.done_by_another(sleepers, charged=[2, 3, 4])


def test_a_sleeper_does_not_bring_back_what_was_withdrawn(ward: Ward) -> None:
    with ward.asleep({1: SENDING, 2: POSTING}) as sleepers:
        ward.sender.cancel(ward.hooks, 1)
        ward.sender.cancel(ward.hooks, 2)
        ward.done_by_another(sleepers, charged=[])
