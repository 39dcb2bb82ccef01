"""From a decision to the resources that should exist, in the order in which a target needs them."""

from dataclasses import dataclass
from typing import Any

from adapter.core.decisions import Decision
from adapter.core.desired.charges import account, charge_item
from adapter.core.desired.communications import communications
from adapter.core.desired.frame import urn
from adapter.core.desired.provenances import provenance
from adapter.core.desired.tasks import document_tasks, review_task
from adapter.core.handing import NOTHING_KNOWN, HandOvers
from adapter.core.occasions import Outcome

_ONLY_IF_WRITTEN = frozenset({Outcome.REFUSED, Outcome.CANCELLED, Outcome.ENTERED_IN_ERROR})


@dataclass(frozen=True, slots=True)
class Desired:
    """A resource that should exist; `only_if_written` ones correct an earlier write and are never created."""

    resource: dict[str, Any]
    only_if_written: bool = False

    @property
    def type(self) -> str:
        """The resource type."""
        return str(self.resource["resourceType"])

    @property
    def id(self) -> str:
        """Our business id."""
        return str(self.resource["id"])


def desired_of(decision: Decision, handed: HandOvers = NOTHING_KNOWN) -> tuple[Desired, ...]:
    """What should exist for a decision: Accounts, ChargeItems, messages, a Task, and the Provenance of all.

    `handed` says what became of the occasion's documents for the shared record; what a person must mend there is a
    Task, which nothing wants any more once the document may leave.
    """
    correcting = decision.outcome in _ONLY_IF_WRITTEN
    charges = [charge_item(decision, line) for line in decision.lines]
    payers = {} if correcting else {(p.kind, p.name): p for line in decision.lines if (p := line.charge.payer)}
    if correcting:
        for charge in charges:
            charge.pop("account", None)
    about = [urn(c["id"]) for c in charges] if not correcting else []
    written = [
        *(Desired(account(decision, payer)) for payer in payers.values()),
        *(Desired(c, correcting) for c in charges),
        *(Desired(c) for c in communications(decision, about, handed)),
    ]
    if decision.outcome is Outcome.UNDECIDED:
        written.append(Desired(review_task(decision, about[0] if about else None)))
    written += [Desired(task) for task in document_tasks(decision, handed)]
    targets = [urn(d.id) for d in written if not d.only_if_written]
    if written:
        of_all = targets or [urn(d.id) for d in written]
        written.append(Desired(provenance(decision, of_all), only_if_written=not targets))
    return tuple(written)
