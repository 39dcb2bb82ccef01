"""How much it costs to accept an event, beside a bare route that only inserts a row with the same group commit."""

import json
import statistics
import tempfile
from contextlib import ExitStack

from bench.inputs import person
from bench.loading import requests_per_second
from bench.processes import LOCALHOST, started
from bench.serving import TOKEN


def accepting_against_bare_route(requests: int = 1500, rounds: int = 5) -> float:
    """Requests/s of the hook (authenticated, deduplicated, committed) over those of the bare route, round by round."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        hook, bare = (stack.enter_context(started("bench.serving", kind, folder)) for kind in ("hook", "bare"))
        ratios = []
        for number in range(rounds + 1):
            news = _requests(number, requests)
            ratios.append(requests_per_second((LOCALHOST, hook), news) / requests_per_second((LOCALHOST, bare), news))
    # The first round warms both up.
    return statistics.median(ratios[1:])


def _requests(number: int, size: int) -> list[bytes]:
    """Visits and reports of persons, each an event of its own, as a source with subscriptions posts them."""
    found = []
    for i in range(size // 4):
        found += [_request(resource) for resource in person(number * size + i)]
    return found


def _request(resource: dict[str, object]) -> bytes:
    body = json.dumps(resource).encode()
    head = (
        f"POST /hooks/had HTTP/1.1\r\nHost: {LOCALHOST}\r\nAuthorization: Bearer {TOKEN}\r\n"
        f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
