"""A FHIR server of this session, and a target on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapter.outbound.client import Target
from tests.parts import require
from tests.servers import Gateway, sekmet


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of a real FHIR server; tests share it, so each writes for a person of its own."""
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    folder: Path = tmp_path_factory.mktemp("sekmet")
    with sekmet(folder) as base:
        yield base


@pytest.fixture
def target(server: str) -> Iterator[Target]:
    with Target(server) as target:
        yield target


@pytest.fixture
def gateway(server: str) -> Iterator[Gateway]:
    """A gateway before the server that a test can make fail."""
    gateway = Gateway(server)
    yield gateway
    gateway.close()
