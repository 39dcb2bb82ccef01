"""The palliative visit (VSP): the visits of a person, what each is charged, to whom, and who is told what.

A VSP has no annual limit and never counts towards the VL cap, so nothing here counts visits (FR-VSP-12).
"""

from collections.abc import Iterable

from adapter.core.actors import Actor, any_same
from adapter.core.facts import Evidence, Link
from adapter.core.findings import Finding, State, evidence_of
from adapter.core.looks import Look
from adapter.core.occasions import Charge, Message, Occasion, Outcome, Payer, PayerKind, SharedDocument

from .criteria import (
    Reports,
    attending_doctor,
    conclusions,
    coordination,
    evaluation,
    finished,
    had,
    is_concerned,
    is_final,
    is_report,
    linked_to,
    one_visit,
    palliative,
    payer,
    place,
)
from .fact_types import AttendingDoctor, Coverage, PlannedVisit, Visit

DECIDING = (finished, one_visit, palliative, attending_doctor, place, conclusions, payer)
ADVICE = (evaluation, coordination, had)
SHARED = frozenset({Outcome.BILLABLE, Outcome.INCOMPLETE, Outcome.UNDECIDED})
SYNTHESIS = "synthesis"


def occasions(look: Look) -> Iterable[Occasion]:
    """One occasion a visit; a visit entered in error only withdraws, and only where no other report stands."""
    live = {_key(reports[0]): reports for reports in _visits(look.of(Visit))}
    for reports in live.values():
        if is_concerned(look, reports):
            yield _occasion(look, reports)
    for reports in _visits(look.voided(Visit)):
        if _key(reports[0]) not in live:
            yield _withdrawal(reports, Outcome.ENTERED_IN_ERROR)


def _visits(reports: Iterable[Visit]) -> list[list[Visit]]:
    """Reports grouped into visits by day and doctor; planned ones are no occasion yet."""
    groups: dict[tuple[str, ...], list[Visit]] = {}
    for report in reports:
        if is_report(report):
            groups.setdefault(_key(report), []).append(report)
    return [groups[key] for key in sorted(groups)]


def _key(visit: Visit) -> tuple[str, ...]:
    """The day (or what is known of it) and the doctor's national id."""
    start = visit.start
    doctor = min((d.national for d in visit.doctors if d.national), default="")
    return (str(start.day) if start and start.day else start.text if start else "", doctor)


def _occasion(look: Look, reports: list[Visit]) -> Occasion:
    live = [r for r in reports if r.status != "cancelled"]
    if not live:
        return _withdrawal(reports, Outcome.CANCELLED)
    start = live[0].start
    day = start.day if start else None
    deciding = tuple(judge(look, live) for judge in DECIDING)
    paid = next(f for f in deciding if f.criterion == "payer")
    doctors = tuple(d for r in live for d in r.doctors)
    documents = tuple(_documents(look, live, deciding))
    return Occasion(
        kind="visit",
        key=_key(live[0]),
        day=day,
        causes=evidence_of(live),
        findings=deciding,
        advice=tuple(judge(look, live) for judge in ADVICE),
        charges=tuple(_charges(look, live, _payer(look, live, paid))),
        messages=tuple(_messages(look, live, documents)),
        documents=documents,
        performers=_performers(look, doctors),
        context=_link(live[0].evidence),
        values={"day": str(day or (start.text if start else "?"))},
        look_again_at=day if day and day > look.today else None,
    )


def _performers(look: Look, visitors: tuple[Actor, ...]) -> tuple[Actor, ...]:
    """Who is paid: the médecin traitant where they came, whoever else came along."""
    attending = [d for f in look.of(AttendingDoctor) for d in f.doctors]
    came = [v for v in visitors if any_same([v], attending)]
    return tuple((came or list(visitors))[:1])


def _withdrawal(reports: list[Visit], void: Outcome) -> Occasion:
    start = reports[0].start
    charges = (Charge(code="VSP", on=None), Charge(code="MD", on=None))
    return Occasion(
        kind="visit",
        key=_key(reports[0]),
        day=start.day if start else None,
        causes=evidence_of(reports),
        charges=charges,
        void=void,
        values={"day": start.text if start else "?"},
    )


def _charges(look: Look, reports: Reports, paid_by: Payer | None) -> Iterable[Charge]:
    start = reports[0].start
    day = start.day if start else None
    occurrence = _occurrence(reports)
    yield Charge(code="VSP", on=day, occurrence=occurrence, payer=paid_by)
    if look.settings["majoration_deplacement"]:
        yield Charge(code="MD", on=day, occurrence=occurrence, payer=paid_by)


def _occurrence(reports: Reports) -> str | tuple[str, str] | None:
    start, end = reports[0].start, reports[0].period.end if reports[0].period else None
    return (start.text, end.text) if start and end else start.text if start else None


def _payer(look: Look, reports: Reports, found: Finding) -> Payer | None:
    if found.text_key in ("met.home", "met.partielle"):
        return Payer(PayerKind.COVERAGE, "assurance-maladie", _insurance(look, reports))
    if found.text_key == "met.globale":
        establishments = [a for r in reports for a in r.establishments]
        return Payer(PayerKind.GUARANTOR, "ehpad", establishments[0].reference)
    return None


def _insurance(look: Look, reports: Reports) -> dict[str, str]:
    day = reports[0].start.day if reports[0].start else None
    valid = [
        c
        for c in look.of(Coverage)
        if c.kinds and c.status == "active" and day and (c.period is None or c.period.may_cover(day))
    ]
    return {"reference": valid[0].evidence.key.text, "type": "Coverage"} if valid else {}


def _documents(look: Look, reports: Reports, findings: Iterable[Finding]) -> Iterable[SharedDocument]:
    """The synthesis of a finished palliative visit, whoever pays for it: sharing is advice of its own (FR-VSP-18)."""
    states = {f.criterion: f.state for f in findings}
    if any(states[name] is not State.MET for name in ("finished", "one-visit", "palliative", "conclusions")):
        return
    start = reports[0].start
    written = [c for c in linked_to(look, reports) if is_final(c)]
    doctors = _performers(look, tuple(d for r in reports for d in r.doctors))
    yield SharedDocument(
        name=SYNTHESIS,
        when=SHARED,
        content=tuple(_link(c.evidence) for c in written),
        authors=tuple(a for c in written for a in c.authors) or doctors,
        occurrence=_occurrence(reports),
        stay=_link(reports[0].evidence),
        values={"day": str(start.day) if start and start.day else "?"},
    )


def _link(evidence: Evidence) -> Link:
    return Link(evidence.key, {"reference": evidence.key.text, "type": evidence.key.type})


def _messages(look: Look, reports: Reports, documents: Iterable[SharedDocument]) -> Iterable[Message]:
    """The synthesis for the DMP (shared record), and the next visit's reminder."""
    doctors = tuple(d for r in reports for d in r.doctors)
    for document in documents:
        yield Message(
            name=SYNTHESIS,
            when=document.when,
            topic="summary-report",
            recipients=doctors,
            documents=document.content,
            hands_over=document.path,
        )
    for planned in _next_visits(look, reports):
        yield Message(
            name="reminder",
            when=frozenset({Outcome.BILLABLE, Outcome.INCOMPLETE, Outcome.UNDECIDED}),
            category="reminder",
            recipients=planned.doctors or doctors,
            key=(planned.at.text if planned.at else "",),
            values={"next": planned.at.text if planned.at else "?"},
        )


def _next_visits(look: Look, reports: Reports) -> list[PlannedVisit]:
    """The first visit planned after today, on the last visit made only: one reminder, not one a visit."""
    days = [v.start.day for v in look.of(Visit) if v.start and v.start.day and v.status == "finished"]
    if not reports[0].start or reports[0].start.day != max(days, default=None):
        return []
    planned = [
        p
        for p in look.of(PlannedVisit)
        if p.kinds
        and p.plan == "active"
        and p.status in ("scheduled", "not-started", None)
        and p.at
        and p.at.last > look.today
    ]
    return sorted(planned, key=lambda p: (p.at.first if p.at else look.today, p.evidence.reference))[:1]
