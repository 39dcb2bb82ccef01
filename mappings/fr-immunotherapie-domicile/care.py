"""What is done in a sequence: the place of its visits, the treatment, the control scan, the checks before it."""

from adapter.core.findings import Finding, ask, criterion, met, missing
from adapter.core.looks import Look

from .criteria import ALLERGY
from .fact_types import Check, ControlScan, Treatment, Visit
from .inclusions import Inclusion
from .sequences import HOME, TreatmentSequence

DONE = frozenset({"completed", "final", "amended", "corrected"})
_TOOK_PLACE = frozenset({"finished", "in-progress", "arrived", "onleave"})
_GIVEN = frozenset({"completed", "in-progress", "active"})


@criterion("place", "A51-05", "A51-06", "A51-07")
def place(inclusion: Inclusion, sequence: TreatmentSequence) -> Finding:
    """The visits of the sequence took place where it has them: day hospital, or HAD (hospital at home).

    A visit that nothing links to the treatment may be for anything: it proves the place, and never disproves it.
    """
    wanted, vague = ("had", "home") if sequence.number in HOME else ("day-hospital", "hospital")
    visits = [v for v in inclusion.look.of(Visit) if _has_begun(inclusion.look, v) and _in(v, sequence)]
    labelled = [v for v in visits if "immunotherapy-visit" in v.labels]
    elsewhere = [v for v in labelled if v.places and not v.places & {wanted, vague}]
    if elsewhere:
        return ask([_told(v) for v in elsewhere], *elsewhere, reason="elsewhere")
    right = [v for v in visits if wanted in v.places]
    unclear = [v for v in labelled if wanted not in v.places]
    if right and not unclear:
        return met(*right, reason=wanted)
    if unclear:
        return missing("Encounter.serviceType | Encounter.location", *unclear, reason="unclear")
    return missing("Encounter", reason="nothing", first=str(sequence.first), last=str(sequence.last))


def _has_begun(look: Look, visit: Visit) -> bool:
    start = visit.period.start if visit.period else None
    return visit.status in _TOOK_PLACE and start is not None and start.first <= look.today


def _in(visit: Visit, sequence: TreatmentSequence) -> bool:
    """A stay in HAD may span two sequences: it belongs to each that it touches."""
    start, end = (visit.period.start, visit.period.end) if visit.period else (None, None)
    if start is None or ALLERGY in visit.labels:
        return False
    goes_on = end is None and visit.status != "finished"
    return start.last < sequence.until and (goes_on or (end or start).last >= sequence.first)


def _told(visit: Visit) -> str:
    start = visit.period.start if visit.period else None
    return f"{start.text if start else '?'}: {', '.join(sorted(visit.places))}"


@criterion("treatment", "A51-18")
def treatment(inclusion: Inclusion, sequence: TreatmentSequence) -> Finding:
    """Advice: the treatment is a checkpoint inhibitor; which drugs these are was not found as a list."""
    seen = [t for t in _treatments(inclusion.look) if sequence.holds(t.at) and "checkpoint-inhibitor" in t.kinds]
    return met(*seen) if seen else missing("MedicationAdministration | MedicationRequest | Procedure")


def _treatments(look: Look) -> list[Treatment]:
    given = [t for t in look.of(Treatment) if t.status in _GIVEN and t.at and t.at.first <= look.today]
    return [t for t in given if t.kinds and ALLERGY not in t.kinds]


@criterion("control-scan", "A51-14")
def control_scan(inclusion: Inclusion, sequence: TreatmentSequence) -> Finding:
    """Advice: HAD is offered once the first control scan shows that the treatment works (secondary source)."""
    before = min(sequence.last, inclusion.look.today)
    scans = [s for s in inclusion.look.of(ControlScan) if s.status in DONE and s.at and s.at.first <= before]
    if any(s.works for s in scans):
        return met(*(s for s in scans if s.works))
    if scans:
        return ask([s.evidence.reference for s in scans], *scans, reason="not-confirmed")
    return missing("Observation", reason="nothing")


@criterion("checks", "A51-20")
def checks(inclusion: Inclusion, sequence: TreatmentSequence) -> Finding:
    """Advice: on the day of each administration the checks that the site lists were made; none is listed by default."""
    wanted = {str(code) for code in inclusion.look.settings["pre_administration_checks"]}
    if not wanted:
        return met(reason="none-listed")
    given = [
        t for t in _treatments(inclusion.look) if sequence.holds(t.at) and t.evidence.key.type != "MedicationRequest"
    ]
    lacking = {(str(t.at.day), code): t for t in given if t.at for code in wanted - _made(inclusion.look, t)}
    if lacking:
        what = ", ".join(f"{day} {code}" for day, code in sorted(lacking))
        return missing("Observation", *lacking.values(), reason="absent", what=what)
    return met(*given)


def _made(look: Look, given: Treatment) -> set[str]:
    """The codes of the checks of that day."""
    day = given.at.day if given.at else None
    of_the_day = [c for c in look.of(Check) if c.status in DONE and day and c.at and c.at.day == day]
    return {code for c in of_the_day for code in c.codes}
