"""A target that fails for a while holds in the end what it would hold had it never failed.

The service is the real one and so is the server; a gateway between them fails, then heals. Time is moved, not waited
for. The charge is created during one outage and changed during another.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import partial
from itertools import count

import pytest

from adapter.cli import working
from adapter.fhir.json_text import loads
from adapter.outbound.client import Target
from tests.servers import Fault, Gateway
from tests.service import faults
from tests.service.bench import FIRST_DAY, Bench
from tests.service.conftest import Start
from tests.service.faults import Outage, ToWhat, any_request, held_for, writes
from tests.service.visits import Visit

REQUESTS = 5
"""So many fail in each outage: more than are tried in one go."""
CONFLICTS = 3
"""Conflicts in a row that are settled without a person, who is asked then."""

FAULTS: dict[str, Fault] = {
    "409": faults.refuses(409),
    "412": faults.refuses(412),
    "429": faults.refuses(429, Retry_After="30"),
    "500": faults.refuses(500),
    "500-though-done": faults.fails_after(500),
    "502": faults.refuses(502),
    "502-though-done": faults.fails_after(502),
    "503": faults.refuses(503, Retry_After="90"),
    "cut-before": faults.cut_before,
    "cut-after": faults.cut_after,
    "half-a-body": faults.half_a_body,
    "half-a-document": faults.half_a_document,
    "garbage": faults.garbage,
    "slow": faults.slow,
}
# A search is never in conflict, and what a search does leaves nothing behind.
ANYWHERE = ("429", "500", "502", "503", "cut-before", "half-a-body", "half-a-document", "garbage", "slow")

_numbers = count()
_sound: list[str] = []

pytestmark = pytest.mark.xdist_group("dialects")


@pytest.fixture
def gateway(servers: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Before the target; the service that it is built into has little patience."""
    monkeypatch.setattr(working, "Target", partial(Target, timeouts=(5.0, faults.READ_SECONDS)))
    made = Gateway(servers[1])
    yield made
    made.close()


@pytest.fixture
def sound(bench: Start, gateway: Gateway, servers: tuple[str, str]) -> list[str]:
    """What the target holds where nothing failed."""
    if not _sound:
        visit = Visit("sound-e", "sound-p")
        _happen(bench(visit, target=gateway.base_url), gateway, [])
        _sound.extend(_held(servers[1], visit))
        kinds = Counter(loads(text)["resourceType"] for text in _sound)
        # The Provenance of each writing, and a Communication for what was missing and for the synthesis.
        assert kinds == {"Account": 1, "ChargeItem": 1, "Communication": 2, "Provenance": 2}
    return _sound


def _happen(running: Bench, gateway: Gateway, outages: Sequence[Fault]) -> None:
    """The visit without its document, and then the document; an outage begins with each."""
    *first, document = running.visit.resources().values()
    for day, news in enumerate((first, [document])):
        # A decision tells when it was made, so that an outage must not make the next one later.
        running.at(FIRST_DAY + timedelta(days=day))
        gateway.fault = outages[day] if outages else None
        for resource in news:
            path = f"/hooks/had/{resource['resourceType']}/{resource['id']}"
            assert running.service.ask("PUT", path, resource).status == 200
        running.outlast()


def _held(address: str, visit: Visit) -> list[str]:
    with Target(address) as target:
        return [text.replace(visit.encounter, "encounter") for text in held_for(target, visit.patient)]


@pytest.mark.parametrize(
    ("name", "to_what"),
    [(name, writes) for name in FAULTS] + [(name, any_request) for name in ANYWHERE],
    ids=[f"{name}-to-writes" for name in FAULTS] + [f"{name}-to-anything" for name in ANYWHERE],
)
def test_a_target_that_failed_holds_what_it_would_have_held(
    bench: Start, gateway: Gateway, servers: tuple[str, str], sound: list[str], name: str, to_what: ToWhat
) -> None:
    visit = Visit(f"{name}-e{next(_numbers)}", f"{name}-p{next(_numbers)}")
    times = CONFLICTS if name in ("409", "412") else REQUESTS
    outages = [Outage(times, FAULTS[name], to_what) for _ in range(2)]
    _happen(bench(visit, target=gateway.base_url), gateway, outages)
    assert all(outage.met for outage in outages)
    assert _held(servers[1], visit) == sound
