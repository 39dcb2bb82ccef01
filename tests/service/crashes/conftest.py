"""What crash tests share: a program that starts the adapter quickly, a database of each kind, and a real target."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import postgres
from tests.parts import require
from tests.servers import sekmet
from tests.service.crashes.launched import Launcher, launcher


@pytest.fixture(name="launcher", scope="session")
def _launcher() -> Iterator[Launcher]:
    with launcher() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a new database; PostgreSQL is a server of its own that stores durably, and has our tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'adapter.db'}"
        return
    with postgres("fsync=on") as server:
        yield server.database()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[str]:
    """The base URL of a real FHIR server: what is written twice is there twice."""
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    folder = tmp_path / "target"
    folder.mkdir()
    with sekmet(folder) as base:
        yield base


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was counted."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{report.nodeid}: {name}: {value}")
