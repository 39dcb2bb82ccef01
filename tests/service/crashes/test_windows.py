"""`kill -9` inside a named window: what was acknowledged is accounted for, no charge is missing, none is doubled.

`ADAPTER_CRASH_ROUNDS` says how often the service is killed in each window, on each database. The target is a
real FHIR server, so that a second writing would be seen there.
"""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.catching_up.small_server import small
from tests.service.crashes.accounts import Sender, assert_charged_once, assert_nothing_repeated, settle, source
from tests.service.crashes.launched import Launched, Launcher
from tests.service.crashes.settings import ROUNDS, settings
from tests.service.crashes.windows import WINDOWS


def test_killed_in_any_window_it_loses_and_doubles_nothing(
    tmp_path: Path, launcher: Launcher, database: str, target: str, record_property: Callable[[str, object], None]
) -> None:
    hits: Counter[str] = Counter()
    sender = Sender()
    with small(source) as doctors, Launched(launcher, tmp_path) as running:
        settings(tmp_path, database, had=doctors.base_url, billing=target)
        for number, window in enumerate(list(WINDOWS) * ROUNDS):
            running.begin(window)
            sending = threading.Thread(target=_send, args=(sender, running, number))
            sending.start()
            running.until(window)
            hits[window] += 1
            running.kill()
            sending.join()
        sender.assert_kept(database)
        early = len(sender.acknowledged)
        running.start()
        sender.send_again(running)
        settle(running, len(sender.sent))
        assert running.stop() == 0
    record_property("kills by window", dict(hits))
    assert hits == dict.fromkeys(WINDOWS, ROUNDS)
    assert early > 0
    sender.assert_kept(database)
    assert_charged_once(target, sender.sent)
    assert_nothing_repeated(target)


def _send(sender: Sender, running: Launched, number: int) -> None:
    """As soon as it is ready; it may be stopped before, by what an earlier kill left."""
    if running.answers_ready():
        sender.send(running, [number])
