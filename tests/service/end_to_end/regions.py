"""A region on real processes: a hospital, a hospital at home (HAD), a billing server, and the service between them."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.fixtures.scenes import FIXTURES
from tests.replay.visits import bundle
from tests.servers import LOCALHOST, Gateway, free_port, sekmet
from tests.service.processes import Process

FHIR = {"Content-Type": "application/fhir+json"}
WAIT_SECONDS = 180.0
WAITING = (
    *('adapter_work_lanes{state="due"}', 'adapter_work_lanes{state="held"}', 'adapter_inbox_events{state="new"}'),
    *('adapter_outbox{state="intended"}', 'adapter_outbox{state="sending"}'),
)
_ROOT = Path(__file__).resolve().parents[3]
_SITE = """
pseudonym_key = "tests"
overrides = "site"
[sources.hospital]
base_url = "{hospital}"
notifications.header_values = ["planted-hospital-secret"]
[sources.had]
base_url = "{had}"
notifications.bearer_tokens = ["token"]
[targets.billing]
base_url = "{billing}"
"""
_TOPIC = "http://hl7.org/fhir/5.0/StructureDefinition/extension-SubscriptionTopic."


class Server:
    """A FHIR server that may be stopped and started again, with what it holds."""

    def __init__(self, name: str, folder: Path, notify_method: str = "put-resource") -> None:
        self.name, self._folder, self._notify_method = name, folder, notify_method
        self._port = free_port()
        self.base = f"http://{LOCALHOST}:{self._port}/fhir"
        self._running = ExitStack()
        folder.mkdir()

    def start(self) -> None:
        """Start it; it answers when this returns."""
        self._running.enter_context(sekmet(self._folder, self._port, notify_method=self._notify_method, retries=1))

    def stop(self) -> None:
        """Stop it without a word, as when a machine loses power."""
        self._running.close()

    def put(self, *resources: Mapping[str, Any]) -> None:
        """Store resources, each by a request of its own."""
        for one in resources:
            url = f"{self.base}/{one['resourceType']}/{one['id']}"
            self._sent(requests.put(url, json=one, headers=FHIR, timeout=60))

    def transact(self, resources: Iterable[Mapping[str, Any]]) -> None:
        """Store resources, all at once."""
        sent = bundle(list(resources), "transaction", self.base)
        self._sent(requests.post(self.base, json=sent, headers=FHIR, timeout=60))

    def delete(self, name: str) -> None:
        """Delete what is named as `Type/id`."""
        self._sent(requests.delete(f"{self.base}/{name}", timeout=60))

    def read(self, name: str) -> dict[str, Any] | None:
        """What is named as `Type/id`, as it is now; None where it was deleted."""
        answer = requests.get(f"{self.base}/{name}", timeout=60)
        return None if answer.status_code == 410 else dict(self._sent(answer).json())

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All resources of a type, page by page."""
        found: list[dict[str, Any]] = []
        url: str | None = f"{self.base}/{kind}?_count=500"
        while url:
            page = self._sent(requests.get(url, timeout=60)).json()
            found += [entry["resource"] for entry in page.get("entry", ())]
            url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
        return found

    @staticmethod
    def _sent(answer: requests.Response) -> requests.Response:
        assert answer.ok, answer.text[:1000]
        return answer


class Region:
    """The two sources, the target, and the service in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hospital = Server("hospital", folder / "hospital")
        self.had = Server("had", folder / "had", "post-endpoint")
        self.billing = Server("billing", folder / "billing")
        bases = {one.name: one.base for one in (self.hospital, self.had, self.billing)}
        (folder / "adapter.toml").write_text(_SITE.format(**bases), encoding="utf-8")
        for site in sorted(FIXTURES.glob("*/.site")):
            shutil.copytree(site, folder / "site", dirs_exist_ok=True)
        self.service = Process(folder, {"ADAPTER_QUIET_SECONDS": "1"})
        self.way = Gateway(f"http://{LOCALHOST}:{self.service.port}")
        """All notifications pass here; it may hold them up."""

    @property
    def sources(self) -> tuple[Server, Server]:
        """The hospital and the HAD."""
        return self.hospital, self.had

    def command(self, *words: str) -> str:
        """Run the adapter's command as a process of its own; what it says on stdout."""
        command = [sys.executable, "-m", "adapter", *words]
        environment = {**os.environ, "PYTHONPATH": str(_ROOT)}
        done = subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def subscribe(self) -> dict[str, dict[str, Any]]:
        """Make both sources notify the service; what the command says, by source."""
        words = ("--source", "hospital", "--source", "had", "--format", "json")
        said = json.loads(self.command("subscribe", "apply", "--endpoint", self.way.base_url, *words))
        for source in self.sources:
            wait_for(lambda source=source: all(s["status"] == "active" for s in source.all("Subscription")))
        return {row["source"]: row for row in said}

    def figures(self) -> dict[str, float]:
        """The service's metrics, by name with labels."""
        lines = [line.rpartition(" ") for line in self.service.page("/metrics").splitlines() if line[:1] != "#"]
        return {name: float(value) for name, _, value in lines}

    def settle(self) -> None:
        """Wait until nothing is due and nothing waits to be written."""
        wait_for(lambda: all(self.figures()[name] == 0 for name in WAITING))

    def held(self, kind: str, patient: str) -> list[dict[str, Any]]:
        """What the target holds of a type for one Patient, by id, whichever source knows them."""
        found = self.billing.all(kind)
        return [one for one in found if subject_of(one).rpartition("/")[2] == patient]

    def charges(self, patient: str) -> list[dict[str, Any]]:
        """The charges of a Patient, without those that were a mistake.

        Judged before the doctor was known, a visit had another key: that charge was withdrawn when the doctor was.
        """
        return [one for one in self.held("ChargeItem", patient) if one["status"] != "entered-in-error"]

    def ends_with(self, patient: str, *statuses: str) -> list[dict[str, Any]]:
        """Wait until the charges of a Patient are in these statuses and nothing waits; the charges."""

        def is_so() -> bool:
            return sorted(one["status"] for one in self.charges(patient)) == sorted(statuses)

        wait_for(is_so)
        self.settle()
        assert is_so()
        return self.charges(patient)


def subject_of(resource: Mapping[str, Any]) -> str:
    """The URL of the Patient whom a written resource is about."""
    found = resource.get("subject") or resource.get("for") or {}
    return str((found[0] if isinstance(found, list) else found).get("reference", ""))


def wait_for(holds: Callable[[], Any]) -> None:
    """Until a condition holds."""
    until = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < until, "what was waited for did not happen"
        time.sleep(0.1)


def topic_of(kind: str) -> dict[str, Any]:
    """A topic that tells of every change of a type, in the form that R4 has for it."""
    parts = [{"url": "resource", "valueUri": f"http://hl7.org/fhir/StructureDefinition/{kind}"}]
    parts += [{"url": "supportedInteraction", "valueCode": code} for code in ("create", "update")]
    return {
        "resourceType": "Basic",
        "id": f"topic-{kind.lower()}",
        "code": {"coding": [{"system": "http://hl7.org/fhir/fhir-types", "code": "SubscriptionTopic"}]},
        "extension": [
            {"url": f"{_TOPIC}url", "valueUri": f"https://had.example.org/topics/{kind}"},
            {"url": f"{_TOPIC}resourceTrigger", "extension": parts},
        ],
    }


@contextmanager
def running_region(folder: Path) -> Iterator[Region]:
    """Everything running; the HAD tells of some types by topic. Nobody is subscribed yet."""
    made = Region(folder)
    with ExitStack() as stack:
        stack.callback(made.way.close)
        for server in (*made.sources, made.billing):
            stack.callback(server.stop)
            server.start()
        made.had.put(*(topic_of(kind) for kind in ("CarePlan", "DocumentReference", "Encounter")))
        stack.callback(made.service.kill)
        made.service.start()
        yield made
