"""`kill -9` at any moment: every acknowledged event is accounted for, no charge is missing, none is doubled.

`ADAPTER_CRASH_ROUNDS` says how often the process is killed on each database.
"""

import os
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import postgres
from tests.replay.visits import visit
from tests.service.processes import Process, service

ROUNDS = int(os.environ.get("ADAPTER_CRASH_ROUNDS", "5"))
PERSONS_A_ROUND = 6


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with postgres("fsync=on") as server:
        yield server.database()


def _person(number: int) -> list[dict[str, Any]]:
    """A billable visit of a person of their own."""
    resources = visit(Patient={"identifier": [{"system": "urn:example:ipp", "value": str(number)}]})
    renamed = {f"{r['resourceType']}/{r['id']}": f"{r['resourceType']}/{r['id']}-{number}" for r in resources}
    return [_renamed({**r, "id": f"{r['id']}-{number}"}, renamed) for r in resources]


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {k: names.get(v, v) if k == "reference" else _renamed(v, names) for k, v in node.items()}
    return [_renamed(child, names) for child in node] if isinstance(node, list) else node


def _send(running: Process, numbers: range, acknowledged: set[str]) -> None:
    for number in numbers:
        for resource in _person(number):
            name = f"{resource['resourceType']}/{resource['id']}"
            if running.ask("PUT", f"/hooks/had/{name}", resource)[0] == 200:
                acknowledged.add(name)


def _settled(running: Process) -> bool:
    """Whether nothing is due and nothing waits to be written."""
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{running.port}/metrics") as answer:
        text = answer.read().decode()
    waiting = ('lanes{state="due"}', 'lanes{state="held"}', 'events{state="new"}', 'outbox{state="intended"}',
               'outbox{state="sending"}')  # fmt: skip
    lines = [line for line in text.splitlines() if any(w in line for w in waiting)]
    return len(lines) == len(waiting) and all(line.endswith(" 0.0") for line in lines)


def test_every_acknowledged_event_survives(tmp_path: Path, database: str) -> None:
    chance = random.Random(20261121)
    acknowledged: set[str] = set()
    environment = {"ADAPTER_LEASE_SECONDS": "10", **({"ADAPTER_DATABASE": database} if database else {})}
    with service(tmp_path, **environment) as running:
        for number in range(ROUNDS):
            numbers = range(number * PERSONS_A_ROUND, (number + 1) * PERSONS_A_ROUND)
            sender = threading.Thread(target=_send, args=(running, numbers, acknowledged))
            sender.start()
            time.sleep(chance.uniform(0.02, 0.6))
            running.kill()
            sender.join()
            running.start()
        everybody = range(ROUNDS * PERSONS_A_ROUND)
        early = set(acknowledged)
        _send(running, everybody, acknowledged)
        deadline = time.monotonic() + 120
        while not _settled(running) and time.monotonic() < deadline:
            time.sleep(0.2)
        # A visit whose doctor was not known yet had another key: that charge was withdrawn, never billable twice.
        charges = [c for c in running.charges() if c["status"] != "entered-in-error"]
        assert len(early) > 0
        assert sorted(c["context"]["reference"] for c in charges) == sorted(f"Encounter/e1-{n}" for n in everybody)
        assert {c["status"] for c in charges} == {"billable"}
        assert running.stop() == 0
