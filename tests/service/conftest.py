"""Two real FHIR servers for the session, one that is listened to and one that is written to; a bench between them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapter.inbound.dialects.authentication import Credentials
from adapter.store.engine import Store, migrate, open_store
from adapter.store.writer import GroupCommit
from tests.parts import require
from tests.servers import sekmet
from tests.service.bench import OPEN, Bench
from tests.service.visits import Visit

Start = Callable[..., Bench]


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The base URLs of a source and of a target."""
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    with sekmet(tmp_path_factory.mktemp("source")) as source, sekmet(tmp_path_factory.mktemp("target")) as target:
        yield source, target


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with its tables; it is copied, which is quicker than making them again."""
    file: Path = tmp_path_factory.mktemp("empty") / "adapter.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture
def store(tmp_path: Path, empty_database: Path) -> Iterator[Store]:
    file = shutil.copy(empty_database, tmp_path)
    opened = open_store(f"sqlite:///{file}")
    yield opened
    opened.close()


@pytest.fixture
def inbox(store: Store) -> Iterator[GroupCommit]:
    with GroupCommit(store) as made:
        yield made


@pytest.fixture
def bench(store: Store, inbox: GroupCommit, servers: tuple[str, str], tmp_path: Path) -> Iterator[Start]:
    """Starts a bench for a visit; its pseudonyms, and so its charges, are this test's own."""
    started: list[Bench] = []

    def start(visit: Visit, credentials: Credentials = OPEN, target: str | None = None) -> Bench:
        addresses = (servers[0], target or servers[1])
        started.append(Bench(store, inbox, addresses, visit, str(tmp_path), credentials))
        return started[-1]

    yield start
    for one in started:
        one.close()
