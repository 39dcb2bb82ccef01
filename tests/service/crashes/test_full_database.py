"""A full database takes nothing and loses nothing: senders are asked to come again, and the work waits."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import requests

from tests.catching_up.small_server import small
from tests.service.crashes.accounts import BEARER, RESOURCES, Sender, assert_charged_once, settle, source
from tests.service.crashes.launched import Launched, Launcher
from tests.service.crashes.settings import settings
from tests.service.crashes.windows import WAITS

PLENTY = 1_000_000
ROOM = 30
"""Pages that are left when people are sent: enough for a few, and far from enough for what is made of them."""


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'adapter.db'}"


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """The file that says how many pages the database may have."""
    return tmp_path / "pages"


@pytest.fixture
def full(tmp_path: Path, launcher: Launcher, database: str, pages: Path) -> Iterator[tuple[Launched, Sender]]:
    """A service whose database took a few people and then no more, before any work was done."""
    sender = Sender()
    with small(source) as doctors, Launched(launcher, tmp_path, ("serve", "--no-work")) as running:
        settings(tmp_path, database, had=doctors.base_url)
        pages.write_text(str(PLENTY))
        running.max_pages = pages
        running.start()
        pages.write_text(str(_pages_of(tmp_path) + ROOM))
        while not _is_full(sender):
            sender.send(running, [len(sender.sent)])
        yield running, sender


def _is_full(sender: Sender) -> bool:
    return len(sender.acknowledged) < RESOURCES * len(sender.sent)


def _pages_of(folder: Path) -> int:
    with closing(sqlite3.connect(folder / "adapter.db")) as database:
        return int(database.execute("PRAGMA page_count").fetchone()[0])


def test_senders_are_asked_to_come_again(full: tuple[Launched, Sender], database: str) -> None:
    running, sender = full
    large = {"resourceType": "Patient", "id": "large", "name": [{"text": "x" * 8192 * ROOM}]}
    url = f"http://127.0.0.1:{running.port}/hooks/had/Patient/large"
    answer = requests.put(url, json=large, headers={"Authorization": f"Bearer {BEARER}"}, timeout=30)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert len(sender.acknowledged) > 0
    sender.assert_kept(database)


def test_all_goes_on_when_there_is_room_again(
    tmp_path: Path, launcher: Launcher, full: tuple[Launched, Sender], database: str, pages: Path
) -> None:
    hooks, sender = full
    assert hooks.stop() == 0
    with Launched(launcher, tmp_path) as running:
        running.max_pages = pages
        running.start()
        running.until(WAITS)
        sender.assert_kept(database)
        pages.write_text(str(PLENTY))
        sender.send_again(running)
        settle(running)
        sender.assert_kept(database)
        assert_charged_once(f"http://127.0.0.1:{running.port}/fhir", sender.sent)
