"""`kill -9` while documents are handed over: each is at its receiver once, in one version, and is told as there."""

import threading
from pathlib import Path
from typing import Any

from adapter.outbound.client import Target
from tests.dmp.site import shareable
from tests.service.crashes.accounts import settle
from tests.service.crashes.launched import Launched, Launcher
from tests.service.crashes.settings import ROUNDS, settings
from tests.service.crashes.windows import DOCUMENT_WINDOWS

KILLS = max(1, ROUNDS // 10)
"""In each window: documents have fewer ways than charges, and each costs more."""

_DMP = """
[dmp]
road = "fhir"
base_url = "{base}"
source_oid = "1.2.250.1.999.1"
patch = "json"
undeclared = ["Binary", "List"]
custodian = {{id = "1990000010", name = "HAD"}}
facility_type = "SA07"

[packs.fr-dmp]
identities = "test"
"""


def test_killed_on_the_way_of_a_document_it_arrives_once(
    tmp_path: Path, launcher: Launcher, database: str, target: str
) -> None:
    settings(tmp_path, database, billing=target)
    with (tmp_path / "adapter.toml").open("a", encoding="utf-8") as file:
        file.write(_DMP.format(base=target))
    windows = list(DOCUMENT_WINDOWS) * KILLS
    persons, left = len(windows), list[dict[str, Any]]()
    with Launched(launcher, tmp_path) as running:
        for number, window in enumerate(windows):
            running.begin(window)
            sending = threading.Thread(target=_send, args=(running, _person(number), left))
            sending.start()
            running.until(window)
            running.kill()
            sending.join()
        running.start()
        _send(running, left, [])
        settle(running, persons)
        assert running.stop() == 0
    with Target(target) as there:
        everything = {"_count": "10000"}
        documents, told = there.search("DocumentReference", everything), there.search("Communication", everything)
        charges = there.search("ChargeItem", everything)
    # A visit whose doctor was not known yet had another key: what was wanted under it was withdrawn.
    told, charges = ([c for c in found if c["status"] != "entered-in-error"] for found in (told, charges))
    assert sorted(d["status"] for d in documents) == ["current"] * persons
    assert len({d["masterIdentifier"]["value"] for d in documents}) == persons
    assert [d for d in documents if d.get("relatesTo")] == []
    named = [p["contentReference"]["identifier"]["value"] for c in told for p in c["payload"] if _is_document(p)]
    assert sorted(named) == sorted(d["masterIdentifier"]["value"] for d in documents)
    assert {c["status"] for c in told} == {"completed"}
    assert [c["status"] for c in charges] == ["billable"] * persons


def _send(running: Launched, resources: list[dict[str, Any]], left: list[dict[str, Any]]) -> None:
    """As soon as it is ready; it may stop before, by what an earlier kill left, and then all is `left`."""
    is_ready = running.answers_ready()
    for one in resources:
        path = f"/hooks/had/{one['resourceType']}/{one['id']}"
        if not is_ready or running.ask("PUT", path, one)[0] != 200:
            left.append(one)


def _is_document(payload: dict[str, Any]) -> bool:
    name = payload.get("contentReference", {}).get("identifier", {}).get("value", "")
    return str(name).startswith("urn:oid:2.25.")


def _person(number: int) -> list[dict[str, Any]]:
    """A complete visit of a person of their own, with an INS of their own."""
    resources = shareable()
    names = {f"{r['resourceType']}/{r['id']}": f"{r['resourceType']}/{r['id']}-{number}" for r in resources}
    made = [_renamed({**r, "id": f"{r['id']}-{number}"}, names) for r in resources]
    national = 2790351215000 + number
    made[0]["identifier"][0]["value"] = f"{national}{97 - national % 97:02}"
    return made


def _renamed(node: Any, names: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {k: names.get(v, v) if k == "reference" else _renamed(v, names) for k, v in node.items()}
    return [_renamed(child, names) for child in node] if isinstance(node, list) else node
