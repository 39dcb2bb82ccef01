"""`kill -9` at any moment: every acknowledged event is accounted for, no charge is missing, none is doubled.

`ADAPTER_CRASH_ROUNDS` says how often the service is killed on each database. It writes to its own database.
"""

import random
import threading
import time
from pathlib import Path

from tests.catching_up.small_server import small
from tests.service.crashes.accounts import Sender, assert_charged_once, settle, source
from tests.service.crashes.launched import Launched, Launcher
from tests.service.crashes.settings import ROUNDS, settings

PERSONS_A_ROUND = 6
LONGEST = 0.6
"""Seconds until a kill: about as long as a round's work takes."""


def test_killed_at_any_moment_it_loses_and_doubles_nothing(tmp_path: Path, launcher: Launcher, database: str) -> None:
    chance = random.Random(20261121)
    sender = Sender()
    with small(source) as doctors, Launched(launcher, tmp_path) as running:
        settings(tmp_path, database, had=doctors.base_url)
        for number in range(ROUNDS):
            running.start()
            numbers = range(number * PERSONS_A_ROUND, (number + 1) * PERSONS_A_ROUND)
            sending = threading.Thread(target=sender.send, args=(running, numbers))
            sending.start()
            time.sleep(chance.uniform(0.0, LONGEST))
            running.kill()
            sending.join()
        assert sender.acknowledged
        sender.assert_kept(database)
        running.start()
        sender.send_again(running)
        settle(running, len(sender.sent))
        sender.assert_kept(database)
        assert_charged_once(f"http://127.0.0.1:{running.port}/fhir", sender.sent)
        assert running.stop() == 0
