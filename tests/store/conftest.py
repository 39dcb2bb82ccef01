"""A store on each database; what is not about a database runs on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapter.store.engine import Store, migrate, open_store
from tests.databases import Postgres, postgres


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with postgres() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with our tables."""
    if kind == "postgresql":
        running: Postgres = request.getfixturevalue("server")
        return running.database()
    made = f"sqlite:///{tmp_path / 'store.db'}"
    migrate(made)
    return made


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without tables."""
    if kind == "postgresql":
        running: Postgres = request.getfixturevalue("server")
        return running.database("template0")
    return f"sqlite:///{tmp_path / 'new' / 'store.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = open_store(url)
    yield opened
    opened.close()
