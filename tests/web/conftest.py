"""The service on a port of loopback, with a store of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapter.inbound.dialects.authentication import Credentials
from adapter.settings import Settings, SourceSettings
from adapter.store.engine import Store, migrate, open_store
from adapter.store.writer import GroupCommit
from tests.web.service import Service

OPEN = SourceSettings(notifications=Credentials(allow_unauthenticated=True))
HAD_BASE = "https://had.example.fr/fhir"
HOSPITAL_BASE = "https://hospital.example.fr/fhir"
SETTINGS = Settings(
    body_limit=100_000,
    sources={
        "open": OPEN,
        "had": SourceSettings(base_url=HAD_BASE, notifications=Credentials(allow_unauthenticated=True)),
        "hospital": SourceSettings(
            base_url=HOSPITAL_BASE, notifications=Credentials(bearer_tokens=("token-1",), header_values=("key-1",))
        ),
    },
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    made = f"sqlite:///{tmp_path / 'adapter.db'}"
    migrate(made)
    return made


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture
def inbox(store: Store) -> Iterator[GroupCommit]:
    with GroupCommit(store) as made:
        yield made


@pytest.fixture
def start(store: Store, inbox: GroupCommit) -> Iterator[Callable[[Settings], Service]]:
    """Starts a service with some settings; it ends with the test."""
    running: list[Service] = []

    def started(settings: Settings) -> Service:
        running.append(Service(store, inbox, settings))
        return running[-1]

    yield started
    for one in running:
        one.stop()


@pytest.fixture
def service(start: Callable[[Settings], Service]) -> Service:
    return start(SETTINGS)
