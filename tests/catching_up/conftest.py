"""A database of its own for each test, and one real FHIR server that can be asked for what it stored."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapter.store.engine import Store, migrate, open_store
from tests.parts import require
from tests.servers import sekmet


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    url = f"sqlite:///{tmp_path / 'adapter.db'}"
    migrate(url)
    opened = open_store(url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    with sekmet(tmp_path_factory.mktemp("source")) as base:
        yield base
