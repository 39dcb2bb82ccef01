"""What a palliative visit (VSP) must be to be charged, and what the doctor is advised of.

Omnipratic's sheet decides (`seed` bases); where it is silent, a person is asked.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import combinations

from adapter.core.actors import Actor, any_same
from adapter.core.findings import Finding, ask, criterion, met, missing, unmet
from adapter.core.looks import Look
from adapter.core.times import Period, When

from .fact_types import (
    AttendingDoctor,
    Conclusions,
    Evaluation,
    HadStay,
    PalliativeCare,
    PalliativeObservation,
    Visit,
)

_DONE = frozenset({"completed", "final", "amended", "corrected", "current"})
_DRAFT = frozenset({"preliminary", "registered", "in-progress", "partial"})
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
_OVER = frozenset({"inactive", "resolved", "remission", "completed", "on-hold"})

Reports = Sequence[Visit]
"""All reports of one visit: one as a rule, several where hospital and HAD both report it."""


@criterion("finished", "FR-VSP-16")
def finished(look: Look, reports: Reports) -> Finding:
    """The visit took place, and its day is known."""
    start = reports[0].start
    if start is None or start.day is None:
        return missing("Encounter.period", *reports, reason="no-day")
    if start.day > look.today:
        return missing("Encounter", *reports, reason="ahead", day=str(start.day))
    if any(r.status == "finished" for r in reports):
        return met(*reports, day=str(start.day))
    return missing("Encounter.status", *reports, reason="open", status=str(reports[0].status))


@criterion("one-visit", "ONE-VISIT")
def one_visit(look: Look, reports: Reports) -> Finding:
    """The reports describe one visit, and a visit rather than a stay."""
    longest = timedelta(hours=look.number("longest_visit_hours"))
    for report in reports:
        if _lasts_longer(report.period, longest):
            return ask([_span(report)], report, reason="stay")
    twins = [pair for pair in combinations(reports, 2) if _doubtful(*pair)]
    twins += [(reports[0], other) for other in _under_another_key(look, reports)]
    if twins:
        return ask([_span(visit) for visit in twins[0]], *twins[0], reason="twins")
    return met(*reports)


def _lasts_longer(period: Period | None, longest: timedelta) -> bool:
    """Whether it surely lasted longer; where only days are known, from the end of one to the start of the other."""
    start, end = (period.start, period.end) if period else (None, None)
    if start is None or end is None:
        return False
    return (end.at - start.at if start.at and end.at else end.first - start.last) > longest


def _under_another_key(look: Look, reports: Reports) -> list[Visit]:
    """Visits of the day that are the médecin traitant's too, though another national id (or none) names the doctor."""
    attending = [d for f in look.of(AttendingDoctor) for d in f.doctors]
    visitors = [d for r in reports for d in r.doctors]
    day, keys = reports[0].start.day if reports[0].start else None, {r.evidence.key for r in reports}
    if day is None or not any_same(visitors, attending):
        return []
    others = [v for v in look.of(Visit) if is_report(v) and v.evidence.key not in keys and v.status != "cancelled"]
    on_the_day = [v for v in others if v.start and v.start.day == day and any_same(v.doctors, attending)]
    return [v for v in on_the_day if any_same(visitors, v.doctors) is not False]


def is_report(visit: Visit) -> bool:
    """Not a stay in HAD, not only planned, and not made by somebody who is surely no doctor."""
    return not visit.as_had and visit.status != "planned" and visit.professions != {"other-profession"}


def is_concerned(look: Look, reports: Reports) -> bool:
    """Whether a VSP can be meant: a doctor's visit, or the record speaks of palliative care.

    Without this, every home visit of a nurse whose profession is not coded would become a question.
    """
    attending = [d for f in look.of(AttendingDoctor) for d in f.doctors]
    visitors = [d for r in reports for d in r.doctors]
    by_doctor = any("doctor" in r.professions for r in reports) or bool(any_same(visitors, attending))
    return by_doctor or bool(look.of(PalliativeCare)) or bool(look.of(PalliativeObservation))


def _doubtful(one: Visit, other: Visit) -> bool:
    """Two reports of one source, or times that do not meet: perhaps two visits of one day."""
    if one.evidence.key.source == other.evidence.key.source:
        return True
    return not _meet(one.period, other.period)


def _meet(one: Period | None, other: Period | None) -> bool:
    times = [t.at if t else None for p in (one, other) for t in ((p.start, p.end) if p else (None, None))]
    start, end, begin, finish = times
    if start is None or begin is None:
        return True
    return start <= (finish or begin) and begin <= (end or start)


def _span(visit: Visit) -> str:
    ends = (visit.period.start, visit.period.end) if visit.period else (None, None)
    return " / ".join(e.text if e else "?" for e in ends)


@criterion("palliative", "FR-VSP-08", "FR-DEF-01", "FR-DEF-03")
def palliative(look: Look, reports: Reports) -> Finding:
    """The record says, for the day of the visit, that the person is in palliative care."""
    day = reports[0].start.day if reports[0].start else None
    stated = [f for f in look.of(PalliativeCare) if _is_stated(f)]
    refuted = [f for f in look.of(PalliativeCare) if f.verification == "refuted"]
    told = _told_on(look, reports)
    if day is None:
        return missing("Encounter.period", *reports, reason="no-day")
    yes = [f for f in stated if f.verification not in _UNSURE and _surely_on(f, day)]
    perhaps = [f for f in stated if Period(_since(f), _until(f)).may_cover(day) and f not in yes]
    says_no = [o for o in told if _answer(o) is False and not _is_older(o, yes)]
    says_yes = [o for o in told if _answer(o) is True]
    if says_no and (yes or says_yes):
        readings = [f.evidence.reference for f in (*yes, *says_yes, *says_no)]
        return ask(readings, *yes, *says_yes, *says_no, reason="contradiction")
    if yes or says_yes:
        return met(*yes, *says_yes, day=str(day))
    if says_no or (refuted and not perhaps):
        return unmet(*says_no, *refuted, reason="denied", day=str(day))
    doubted = [f for f in perhaps if f.verification in _UNSURE] if not yes else []
    if doubted:
        return ask([f"{f.evidence.reference}: {f.verification}" for f in doubted], *doubted, reason="unsure")
    if perhaps:
        return missing("Condition.onset / CarePlan.period", *perhaps, reason="dates", day=str(day))
    if stated:
        return unmet(*stated, reason="not-then", day=str(day))
    return missing("Condition | CarePlan | Observation", reason="nothing", day=str(day))


def _is_stated(fact: PalliativeCare) -> bool:
    if fact.verification == "refuted" or fact.intent in ("proposal", "option"):
        return False
    return fact.status not in ("draft", "revoked", "unknown")


def _is_older(told: PalliativeObservation, stated: Iterable[PalliativeCare]) -> bool:
    """Whether palliative care surely began after it was denied: then nothing is contradicted."""
    starts = [since.first for f in stated if (since := _since(f))]
    return bool(starts) and told.at is not None and told.at.last < min(starts)


def _surely_on(fact: PalliativeCare, day: date) -> bool:
    """Whether it was in force that day; what is over without a dated end was so for sure only when it began."""
    since, until = _since(fact), _until(fact)
    if fact.status in _OVER and until is None:
        return since is not None and since.day == day
    start = since or fact.recorded
    return start is not None and Period(start, until).covers(day)


def _since(fact: PalliativeCare) -> When | None:
    return fact.since or _somewhere_in(fact.began)


def _until(fact: PalliativeCare) -> When | None:
    return fact.until or _somewhere_in(fact.ended)


def _somewhere_in(span: Period | None) -> When | None:
    """A day given as a range is as vague as the range."""
    if span is None or span.start is None:
        return None
    return When(span.start.text, span.start.first, span.end.last if span.end else span.start.last)


def _told_on(look: Look, reports: Reports) -> list[PalliativeObservation]:
    """The last Observations up to the day of the visit."""
    day = reports[0].start.day if reports[0].start else None
    final = [o for o in look.of(PalliativeObservation) if o.status in _DONE]
    said = [o for o in final if day and o.at and o.at.day and o.at.day <= day]
    last = max((o.at.day for o in said if o.at and o.at.day), default=None)
    return [o for o in said if o.at and o.at.day == last]


def _answer(told: PalliativeObservation) -> bool | None:
    if told.flag is not None:
        return told.flag
    if "not-palliative" in told.answer:
        return False
    return True if told.answer else None


@criterion("attending-doctor", "FR-VSP-06", "FR-VSP-07")
def attending_doctor(look: Look, reports: Reports) -> Finding:
    """The visit was made by the médecin traitant; the exceptions are not known, so anybody else is a question."""
    named = [f for f in look.of(AttendingDoctor) if f.doctors]
    visitors = [d for r in reports for d in r.doctors]
    if not visitors:
        return missing("Encounter.participant", *reports, reason="no-visitor")
    if not named:
        return missing("Patient.generalPractitioner", *reports, reason="not-named")
    same = any_same(visitors, [d for f in named for d in f.doctors])
    if same:
        return met(*reports, *named)
    reason = "another" if same is False else "unclear"
    return ask([_names(visitors), _names([d for f in named for d in f.doctors])], *reports, *named, reason=reason)


def _names(actors: Iterable[Actor]) -> str:
    return ", ".join(sorted({a.national or str(a.reference.get("reference", "?")) for a in actors}))


@criterion("place", "FR-VSP-09", "FR-VSP-10", "FR-VSP-11")
def place(look: Look, reports: Reports) -> Finding:
    """The visit took place at home or in an EHPAD."""
    places = _places(reports)
    if places == {"residence"}:
        return met(*reports, reason="residence")
    if len(places) > 1:
        return ask(sorted(places), *reports, reason="several")
    if places <= {"home", "ehpad"} and places:
        return met(*reports, reason=next(iter(places)))
    if places:
        return unmet(*reports, reason="elsewhere")
    return missing("Encounter.location", *reports)


def _places(reports: Reports) -> set[str]:
    """Where it was: what the locations say; else the class HH, "in the residence of the patient" (v3 ActCode).

    With HH and a location that is not known, or whose establishment is of no known kind, the residence may be an
    EHPAD, and who pays depends on it.
    """
    places = {p for r in reports for p in (r.places | r.provider)}
    if not places and any(r.encounter_class for r in reports):
        unclear = any(r.operators or len(r.known_locations) < len(r.locations) for r in reports)
        return {"residence"} if unclear else {"home"}
    return places


@criterion("conclusions", "FR-VSP-17")
def conclusions(look: Look, reports: Reports) -> Finding:
    """The conclusions of the visit are in the record."""
    linked = linked_to(look, reports)
    finished_ones = [c for c in linked if is_final(c)]
    if finished_ones:
        return met(*finished_ones)
    if linked:
        return missing("DocumentReference", *linked, reason="draft")
    day = reports[0].start.day if reports[0].start else None
    unlinked = [c for c in look.of(Conclusions) if not c.visits and is_final(c) and day and c.at and c.at.day == day]
    if unlinked:
        return ask([c.evidence.reference for c in unlinked], *unlinked, reason="unlinked")
    return missing("DocumentReference | Composition | ClinicalImpression", *reports, reason="nothing")


def linked_to(look: Look, reports: Reports) -> tuple[Conclusions, ...]:
    """The documents that name the visit."""
    return look.linked(Conclusions, "visits", (r.evidence.key for r in reports))


def is_final(document: Conclusions) -> bool:
    """Whether a document is finished, not a draft."""
    return document.status in _DONE and document.draft not in _DRAFT


@criterion("payer", "FR-VSP-10", "FR-VSP-11")
def payer(look: Look, reports: Reports) -> Finding:
    """Home or partial option: the health insurance; global option: the EHPAD; an unknown option waits."""
    places = _places(reports)
    if places == {"home"}:
        return met(*reports, reason="home")
    if places != {"ehpad"}:
        return missing("Encounter.location", *reports, reason="place")
    options = _options(look, reports)
    if len(options) > 1:
        return ask(sorted(options), *reports, reason="options")
    if not options:
        return missing("Organization.type (option tarifaire) | ehpad_options", *reports, reason="option")
    return met(*reports, reason=options.pop())


def _options(look: Look, reports: Reports) -> set[str]:
    """The EHPAD's option on the day: what its Organization says, and what the site's table says."""
    day = reports[0].start.day if reports[0].start else None
    nationals = {n for r in reports for a in r.establishments for n in a.nationals}
    table = {
        str(row["option"])
        for row in look.settings["ehpad_options"]
        if day
        and f"finess|{row['finess']}" in nationals
        and str(row.get("from", "")) <= str(day) < str(row.get("to", "9999"))
    }
    return table | {o.removeprefix("option-") for r in reports for o in r.options}


@criterion("evaluation", "FR-VSP-16")
def evaluation(look: Look, reports: Reports) -> Finding:
    """Advice: the medical evaluation of the visit can be seen in the record."""
    made = look.linked(Evaluation, "visits", (r.evidence.key for r in reports))
    seen = [e for e in made if e.status in _DONE]
    impressions = [c for c in linked_to(look, reports) if c.summary]
    return met(*seen, *impressions) if seen or impressions else missing("Observation", *reports)


@criterion("coordination", "FR-VSP-16")
def coordination(look: Look, reports: Reports) -> Finding:
    """Advice: the palliative team is named in the plan."""
    with_team = [f for f in look.of(PalliativeCare) if f.team and _is_stated(f)]
    return met(*with_team) if with_team else missing("CarePlan.careTeam", *reports)


@criterion("had", "FR-VSP-20")
def had(look: Look, reports: Reports) -> Finding:
    """Advice: in HAD the establishment may be the payer."""
    day = reports[0].start.day if reports[0].start else None
    stays = [s for s in look.of(HadStay) if day and s.status != "cancelled" and s.period and s.period.may_cover(day)]
    return ask([s.evidence.reference for s in stays], *stays) if stays else met()
