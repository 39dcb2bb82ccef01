"""One region for the session: its servers take seconds to start, and persons are told apart by their ids."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.parts import require
from tests.service.end_to_end.regions import Region, running_region


@pytest.fixture(scope="session")
def subscribed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Region, dict[str, Any]]]:
    """The region, and what `adapter subscribe apply` said of each source."""
    require("sekmet", "python3-pip && pip install sekmet-fhir")
    with running_region(tmp_path_factory.mktemp("region")) as made:
        yield made, made.subscribe()


@pytest.fixture
def region(subscribed: tuple[Region, dict[str, Any]]) -> Region:
    """The region, whose sources notify the service."""
    return subscribed[0]
