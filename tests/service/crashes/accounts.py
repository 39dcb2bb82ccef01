"""Persons with a billable visit each, what was acknowledged of them, and what became of it: nothing lost or doubled."""

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import requests
import sqlalchemy as sa

from adapter.store.engine import open_store
from adapter.store.tables import event
from tests.catching_up.small_server import Reply, refused
from tests.replay.visits import visit
from tests.service.crashes.waiting import SECONDS, wait_until
from tests.service.processes import Process

BEARER = "token"
PAGE = 500
RESOURCES = 4
"""Sent of each person."""


def person(number: int) -> list[dict[str, Any]]:
    """A billable visit of a person of their own."""
    resources = visit(Patient={"identifier": [{"system": "urn:example:ipp", "value": str(number)}]})
    names = {f"{r['resourceType']}/{r['id']}": f"{r['resourceType']}/{r['id']}-{number}" for r in resources}
    return [_renamed({**r, "id": f"{r['id']}-{number}"}, names) for r in resources]


def source(path: str, _: dict[str, str]) -> Reply:
    """A server that has the doctors of all visits, tells nobody of them, and has nothing else."""
    kind, name = (*path.split("/"), "")[:2]
    if kind != "Practitioner" or not name.startswith("d1-"):
        return refused()
    return 200, next(r for r in person(int(name.partition("-")[2])) if r["resourceType"] == kind), {}


@dataclass
class Sender:
    """Sends all of a person but the doctor, resource by resource, and keeps what was acknowledged."""

    acknowledged: set[str] = field(default_factory=set)
    sent: set[int] = field(default_factory=set)

    def send(self, to: Process, numbers: Iterable[int]) -> None:
        """Each resource once; who is not acknowledged is left to `send_again`."""
        for number in numbers:
            self.sent.add(number)
            for name, resource in _notified(number).items():
                if name not in self.acknowledged and to.ask("PUT", f"/hooks/had/{name}", resource)[0] == 200:
                    self.acknowledged.add(name)

    def cancel(self, to: Process, number: int) -> None:
        """News of a person: the visit never took place."""
        (encounter,) = (r for r in person(number) if r["resourceType"] == "Encounter")
        meta = {"versionId": "4", "lastUpdated": "2026-11-20T19:00:00+01:00"}
        changed = {**encounter, "status": "cancelled", "meta": meta}
        assert to.ask("PUT", f"/hooks/had/Encounter/{encounter['id']}", changed)[0] == 200

    def send_again(self, to: Process) -> None:
        """What was never acknowledged, as senders do; never what was."""
        self.send(to, sorted(self.sent))
        assert self.acknowledged == {name for number in self.sent for name in _notified(number)}

    def assert_kept(self, database: str) -> None:
        """Every acknowledged event is in the inbox, once."""
        with closing(open_store(database)) as store, store.read() as tx:
            kept = Counter(f"{row.type}/{row.resource_id}" for row in tx.execute(sa.select(event)))
        assert self.acknowledged - set(kept) == set()
        assert {name for name, times in kept.items() if times > 1} == set()


def assert_charged_once(base: str, numbers: Iterable[int]) -> None:
    """These visits, and no others, have exactly one charge, and that is billable; nothing is there twice.

    Every version of a charge is told of by one Provenance, so one more of either would be seen.
    """
    found = {kind: _all(base, kind) for kind in ("Account", "ChargeItem", "Communication", "Task", "Provenance")}
    identified = [one for kind in found for one in found[kind] if kind != "Provenance"]
    twice = Counter((one["resourceType"], str(one["identifier"][0])) for one in identified)
    assert {key for key, times in twice.items() if times > 1} == set()
    charges = [c for c in found["ChargeItem"] if c["status"] not in ("aborted", "entered-in-error")]
    visits = sorted((c["context"]["reference"].rpartition("Encounter/")[2], c["status"]) for c in charges)
    assert visits == sorted((f"e1-{number}", "billable") for number in numbers)
    told = Counter(t["reference"] for p in found["Provenance"] for t in p["target"])
    versions = {f"ChargeItem/{c['id']}": int(c["meta"]["versionId"]) for c in found["ChargeItem"]}
    assert {name: told[name] for name in versions} == versions


def assert_nothing_repeated(base: str) -> None:
    """No version of a charge says what the version before it said: nothing was sent again that was there."""
    for charge in _all(base, "ChargeItem"):
        versions = _entries(f"{base}/ChargeItem/{charge['id']}/_history?_count={PAGE}")
        assert len(versions) == int(charge["meta"]["versionId"])
        contents = [{n: v for n, v in one.items() if n not in ("meta", "enteredDate")} for one in versions]
        assert [one for one, before in pairwise(contents) if one == before] == []


def settle(running: Process, persons: int = 0) -> None:
    """Wait until nothing is due and nothing waits to be written, longer where many were left behind.

    Nobody has to look at anything by hand then.
    """
    wait_until(lambda: _has_settled(running), "all is done", SECONDS + 2 * persons)
    assert "adapter_dead_letters 0.0" in running.page("/metrics").splitlines()


def _has_settled(running: Process) -> bool:
    text = running.page("/metrics")
    waiting = ('lanes{state="due"}', 'lanes{state="held"}', 'events{state="new"}', 'outbox{state="intended"}',
               'outbox{state="sending"}')  # fmt: skip
    lines = [line for line in text.splitlines() if any(w in line for w in waiting)]
    return len(lines) == len(waiting) and all(line.endswith(" 0.0") for line in lines)


def _notified(number: int) -> dict[str, dict[str, Any]]:
    resources = (r for r in person(number) if r["resourceType"] != "Practitioner")
    return {f"{r['resourceType']}/{r['id']}": r for r in resources}


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {k: names.get(v, v) if k == "reference" else _renamed(v, names) for k, v in node.items()}
    return [_renamed(child, names) for child in node] if isinstance(node, list) else node


def _all(base: str, kind: str) -> list[dict[str, Any]]:
    return _entries(f"{base}/{kind}?_count={PAGE}")


def _entries(address: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    url: str | None = address
    while url:
        page = requests.get(url, timeout=60).json()
        found += [entry["resource"] for entry in page.get("entry", ())]
        url = next((x["url"] for x in page.get("link", ()) if x["relation"] == "next"), None)
    return found
