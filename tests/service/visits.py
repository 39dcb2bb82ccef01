"""A palliative visit under the names that a sender's example uses, and the charge that it is worth.

Nothing of an example is renamed: the visit takes the example's ids. Only servers' addresses change, since a test
cannot answer at example.org.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapter.core.assembling import assemble
from adapter.core.decisions import judge
from adapter.core.desired import desired_of
from adapter.core.references import Key
from adapter.core.resources import Resource
from tests.inbound.wire import content
from tests.outbound.visits import pack
from tests.replay.visits import INS, visit

SERVERS = ("https://example.org/fhir", "https://had.example.fr/fhir")
"""Whom the examples name as the server that holds the resources."""

Content = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """The ids by type; `by_ins`: the person has the national identifier that the example names."""

    encounter: str
    patient: str
    by_ins: bool = False

    def resources(self) -> dict[str, Content]:
        """What the source holds once the visit is finished and documented, by type; it is billable."""
        local = {"system": "urn:oid:1.2.3.4", "value": self.patient}
        made = {r["resourceType"]: r for r in visit(Patient={"identifier": [INS if self.by_ins else local]})}
        if self.by_ins:
            made["Encounter"] = _addressed(content("dialects/encounter.json"))
        made["Encounter"].pop("meta")
        names = {"Encounter/e1": f"Encounter/{self.encounter}", "Patient/p1": f"Patient/{self.patient}"}
        named = {kind: renamed(resource, names) for kind, resource in made.items()}
        named["Encounter"]["id"], named["Patient"]["id"] = self.encounter, self.patient
        for kind in ("Condition", "DocumentReference"):
            named[kind]["id"] += f"-{self.encounter}"
        return named

    def charge(self, base: str, secret: bytes) -> tuple[str, str]:
        """System and value of the charge's identifier, as the pack alone makes it out."""
        held = [Resource(Key(base, r["resourceType"], r["id"]), r, kind) for kind, r in self.resources().items()]
        (decision,) = judge(pack(), assemble(held, {}, secret), datetime(2026, 11, 21, tzinfo=UTC)).decisions
        (charge,) = [d for d in desired_of(decision) if d.type == "ChargeItem"]
        assert charge.resource["status"] == "billable"
        own = charge.resource["identifier"][0]
        return own["system"], own["value"]


EXAMPLE = Visit("86009987-eabe-42bf-8c02-b112b18cb616", "1599eb66-431a-447c-a3de-6897fe9ae9a1")
"""As the guide's examples name it (Subscriptions R5 Backport)."""
HAD = Visit("e1", "p1", by_ins=True)
ATHENA = Visit("e432", "a-432.E-528595")

NOT_YET: Mapping[str, Content] = {
    "Encounter": {"status": "in-progress"},
    "Patient": {"generalPractitioner": [{"reference": "Practitioner/d2"}]},
    "DocumentReference": {"context": {"encounter": [{"reference": "Encounter/another"}]}},
}
"""What each resource of the visit says before the news, so that the charge cannot be billable yet."""


def renamed(node: Any, names: Mapping[str, str]) -> Any:
    """A content with references changed by table."""
    if isinstance(node, dict):
        return {k: names.get(v, v) if k == "reference" else renamed(v, names) for k, v in node.items()}
    return [renamed(child, names) for child in node] if isinstance(node, list) else node


def _addressed(resource: Content) -> Content:
    """With references to the example's server made relative, as a server keeps its own."""
    patient = f"{SERVERS[1]}/Patient/p1"
    made: Content = renamed(resource, {patient: "Patient/p1"})
    return made
