"""What the workshops must be to be paid, and who may lead them."""

from collections.abc import Sequence

from adapter.core.findings import Finding, ask, criterion, met, missing

from .workshops import Batch, Workshop

_NEEDED = ("idel", "etp-40h", "immunotherapy-4h")
_GROUPINGS = ("nurse", "person", "nurse-and-person")


@criterion("sessions", "A51-11", "A51-12", "ONE-PERSON")
def sessions(batch: Batch) -> Finding:
    """Two sessions make one fee; one alone is not prorated, and what two is counted by was not found."""
    needed, count = batch.look.number("sessions_per_fee"), len(batch.sessions)
    grouping = batch.look.settings["workshop_grouping"]
    values = {"count": str(count), "needed": str(needed)}
    doubtful = [r for r in batch.reports if r in batch.twins]
    if doubtful:
        return ask([r.evidence.reference for r in doubtful], *doubtful, reason="twins", **values)
    if any(w.day is None for w in batch.sessions):
        return missing("Procedure.performed | Encounter.period", *batch.reports, reason="day", **values)
    if count < needed:
        return missing("Procedure | Encounter", *batch.reports, reason=_reason(grouping), **values)
    if grouping is None:
        return ask(_readings(batch), *batch.reports, reason="grouping", **values)
    nurses = sorted({w.nurse for w in batch.sessions})
    if len(nurses) > 1:
        return ask([n or "?" for n in nurses], *batch.reports, reason="shared", **values)
    return met(*batch.reports, **values)


def _reason(grouping: str | None) -> str:
    """Counted by nurse, the other session may be at another person's, whom this look does not see."""
    return "few-of-nurse" if grouping == "nurse" else "few"


def _readings(batch: Batch) -> list[str]:
    """What each way of counting would give: fees, and sessions left over."""
    needed = batch.look.number("sessions_per_fee")
    by_nurse: dict[str, list[Workshop]] = {}
    for session in batch.sessions:
        by_nurse.setdefault(session.nurse, []).append(session)
    parted = [len(own) for own in by_nurse.values()]
    return [f"{name}: {_fees([len(batch.sessions)] if name == 'person' else parted, needed)}" for name in _GROUPINGS]


def _fees(counts: Sequence[int], needed: int) -> str:
    return f"{sum(n // needed for n in counts)} × {needed} + {sum(n % needed for n in counts)}"


@criterion("nurse", "A51-09", "A51-10")
def nurse(batch: Batch) -> Finding:
    """The nurse is an IDEL (infirmier libéral, nurse in private practice) of the region, with both trainings."""
    for session in batch.sessions:
        found = _of_one(session)
        if found:
            return found
    return met(*batch.reports)


def _of_one(session: Workshop) -> Finding | None:
    """What is wrong with the nurse of one session: what is not recorded is missing, not refuted."""
    reports = session.reports
    if not session.nurses:
        return missing("Procedure.performer | Encounter.participant", *reports, reason="nobody")
    several = [r for r in reports if len(r.nurses) > 1]
    if several:
        return ask([r.evidence.reference for r in several], *several, reason="several")
    trained = {name for r in reports for name in r.trained}
    lacking = [name for name in _NEEDED if name not in trained]
    if lacking:
        return missing("Practitioner.qualification", *reports, reason="training", lacking=", ".join(lacking))
    if any(r.region for r in reports):
        return None
    states = sorted({s for r in reports for s in r.states})
    if states:
        return ask(states, *reports, reason="region")
    return missing("Practitioner.address.state", *reports, reason="region")


@criterion("pathway", "A51-05", "A51-08", "A51-11")
def pathway(batch: Batch) -> Finding:
    """The sessions lie between the person's inclusion and the end of the pathway."""
    outside = [r for r in batch.reports if r.at and r.at.day and not batch.inclusion.within(r.at)]
    if outside:
        return ask([r.at.text for r in outside if r.at], *outside, reason="outside")
    return met(*batch.reports)


@criterion("workshop-time", "A51-13")
def workshop_time(batch: Batch) -> Finding:
    """Advice: workshops are held during the first sequence (secondary source)."""
    first = batch.inclusion.reached[0]
    late = [r for r in batch.reports if not first.holds(r.at)]
    return ask([r.at.text if r.at else "?" for r in late], *late, reason="outside") if late else met(*batch.reports)


@criterion("workshop-place", "A51-13")
def workshop_place(batch: Batch) -> Finding:
    """Advice: workshops are held at the person's home (secondary source)."""
    elsewhere = [r for r in batch.reports if r.places - {"home"}]
    if elsewhere:
        return ask([", ".join(sorted(r.places)) for r in elsewhere], *elsewhere, reason="elsewhere")
    unsaid = [r for r in batch.reports if not r.places]
    return missing("Procedure.location", *unsaid) if unsaid else met(*batch.reports)
