"""Immunotherapy at home (article 51, Centre Léon Bérard): the inclusion, three sequences, workshops, alerts.

Only a CarePlan of this protocol opens anything. The national scheme of LFSS 2024 art. 50 is another one (A50-01),
and allergy treatment, which is called immunotherapy too, is no treatment of cancer.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from adapter.core.findings import State, evidence_of
from adapter.core.looks import Look
from adapter.core.occasions import Charge, Message, Occasion, Outcome, Tally

from . import care, criteria, education, follow_up
from .fact_types import Emergency, FlaggedObservation, Plan, Session, Visit
from .inclusions import Inclusion, inclusions
from .sequences import TreatmentSequence
from .surveillance import surveillance
from .workshops import Batch, batches

TOLD = frozenset({Outcome.BILLABLE, Outcome.INCOMPLETE, Outcome.UNDECIDED})
_NO_EMERGENCY = frozenset({"planned", "cancelled"})


def occasions(look: Look) -> Iterable[Occasion]:
    """The occasions of each inclusion; a plan entered in error only withdraws, where no other plan stands."""
    live = inclusions(look, look.of(Plan))
    for inclusion in live:
        yield from _of_one(inclusion, live)
    gone = [] if live else inclusions(look, look.voided(Plan))
    for inclusion in gone:
        yield from map(_void, _of_one(inclusion, gone))
    yield from _workshops(live)
    yield from map(_void, _workshops(gone))


def _void(occasion: Occasion) -> Occasion:
    return replace(occasion, void=Outcome.ENTERED_IN_ERROR, messages=(), documents=(), look_again_at=None)


def _of_one(inclusion: Inclusion, every: list[Inclusion]) -> Iterable[Occasion]:
    yield _inclusion(inclusion, every)
    if inclusion.is_clean:
        for sequence in inclusion.opened:
            yield _sequence(inclusion, sequence, every)
        yield from surveillance(inclusion)


def _inclusion(inclusion: Inclusion, every: list[Inclusion]) -> Occasion:
    """Charges nothing: it asks what must be known before anything opens, and says when the first sequence does."""
    return Occasion(
        kind="inclusion",
        key=(inclusion.key,),
        day=inclusion.day,
        causes=evidence_of(inclusion.plans),
        findings=(
            criteria.protocol(inclusion),
            criteria.experiment_dates(inclusion),
            criteria.one_inclusion(inclusion, every),
        ),
        performers=inclusion.team,
        values={"day": inclusion.key or "?"},
        look_again_at=_next_day(inclusion),
    )


def _next_day(inclusion: Inclusion) -> date | None:
    """The next day on which something opens or counts although nobody tells: what is dated ahead, too."""
    look = inclusion.look
    visits = [v.period.start for v in look.of(Visit) if v.period]
    told = [*visits, *(s.at for s in look.of(Session)), *(o.at for o in look.of(FlaggedObservation))]
    days = [*(s.first for s in inclusion.reached), *(w.first for w in told if w)]
    return min((d for d in days if d > look.today), default=None)


def _sequence(inclusion: Inclusion, sequence: TreatmentSequence, every: list[Inclusion]) -> Occasion:
    over = sequence.until <= inclusion.look.today
    documents = tuple(follow_up.documents(inclusion, sequence)) if len(every) == 1 else ()
    reminders = tuple(_reminders(inclusion, sequence)) if len(every) == 1 else ()
    scan = (care.control_scan(inclusion, sequence),) if sequence.number == 2 else ()
    return Occasion(
        kind=f"sequence-{sequence.number}",
        key=(inclusion.key,),
        day=sequence.first,
        causes=evidence_of(inclusion.plans),
        findings=(
            criteria.experiment_dates(inclusion),
            criteria.one_inclusion(inclusion, every),
            criteria.sequence_runs(inclusion, sequence),
            criteria.experiment_end(inclusion.look, sequence.first, *inclusion.plans),
            care.place(inclusion, sequence),
            criteria.package_due(inclusion, sequence),
        ),
        advice=(care.treatment(inclusion, sequence), *scan, care.checks(inclusion, sequence)),
        charges=(_package(inclusion, sequence),),
        messages=(*reminders, *follow_up.messages(inclusion, documents)),
        documents=documents,
        performers=inclusion.team,
        values={"day": str(sequence.first), "first": str(sequence.first), "last": str(sequence.last)},
        look_again_at=None if over else sequence.until,
    )


def _package(inclusion: Inclusion, sequence: TreatmentSequence) -> Charge:
    """The amount is that of the day on which the package falls due; as long as nobody says, of the first."""
    on = sequence.last if inclusion.look.settings["package_due"] == "end" else sequence.first
    occurrence = (str(sequence.first), str(sequence.last))
    return Charge(code=f"package-{sequence.number}", on=on, occurrence=occurrence)


def _reminders(inclusion: Inclusion, sequence: TreatmentSequence) -> Iterable[Message]:
    """Once at each change; a plan that was stopped, nobody knows when, announces none, nor do several inclusions."""
    if inclusion.is_stopped_undated:
        return
    number = {"number": str(sequence.number)}
    yield Message(name="sequence-starts", when=TOLD, category="reminder", recipients=inclusion.team, values=number)
    reached_end = inclusion.end is None or inclusion.end.first >= sequence.last
    if sequence.number == 3 and sequence.until <= inclusion.look.today and reached_end:
        yield Message(name="pathway-ends", when=TOLD, category="reminder", recipients=inclusion.team)


def _workshops(every: list[Inclusion]) -> Iterable[Occasion]:
    """The fees of the workshops of a person; one whose sessions were all entered in error is withdrawn."""
    inclusion = next((i for i in every if i.is_clean and i.reached), None)
    if inclusion is None:
        return
    look = inclusion.look
    live = {b.key: b for b in batches(inclusion, look.of(Session))}
    for batch in live.values():
        yield _workshop(batch, every)
    for batch in batches(inclusion, (*look.of(Session), *look.voided(Session))):
        if batch.key not in live:
            yield _void(_workshop(batch, every))


def _workshop(batch: Batch, every: list[Inclusion]) -> Occasion:
    look, last = batch.look, batch.last_day
    days = [str(w.day or "?") for w in batch.sessions]
    lines = ("etp-workshops", "travel") if look.settings["travel_costs"] else ("etp-workshops",)
    return Occasion(
        kind="workshops",
        key=batch.key,
        day=last,
        causes=evidence_of(batch.reports),
        findings=(
            education.sessions(batch),
            education.nurse(batch),
            education.pathway(batch),
            criteria.experiment_dates(batch.inclusion),
            criteria.one_inclusion(batch.inclusion, every),
            criteria.experiment_end(look, last, *batch.reports),
        ),
        advice=(education.workshop_time(batch), education.workshop_place(batch)),
        charges=tuple(Charge(code=code, on=last, occurrence=str(last) if last else None) for code in lines),
        performers=tuple(n for w in batch.sessions for n in w.nurses),
        values={"day": days[-1], "days": ", ".join(days)},
    )


def tallies(look: Look) -> Iterable[Tally]:
    """The inclusion, the sequences that the person reached, and the emergency visits in them (the scheme's aim).

    Inclusions outside the experiment count for nothing; those between its two possible ends are told apart by `dates`.
    """
    for inclusion in inclusions(look, look.of(Plan))[:1]:
        if not inclusion.is_clean or inclusion.day is None or not inclusion.opened:
            continue
        dates = criteria.experiment_dates(inclusion).state
        if dates is State.UNMET:
            continue
        yield Tally(name="included", day=inclusion.day, strata={"sequence": inclusion.step, "dates": str(dates)})
        for sequence in inclusion.opened:
            yield Tally(name="in-sequence", day=sequence.first, strata={"sequence": str(sequence.number)})
        if inclusion.step == "ended" and not inclusion.is_stopped_undated:
            yield Tally(name="in-sequence", day=_ended_on(inclusion), strata={"sequence": "ended"})
        yield from _emergencies(inclusion)


def _ended_on(inclusion: Inclusion) -> date:
    """The first day after the pathway, as far as it is known."""
    until = inclusion.opened[-1].until
    return min(until, inclusion.end.last) if inclusion.end else until


def _emergencies(inclusion: Inclusion) -> Iterable[Tally]:
    """Each emergency visit once, whoever reports it: two sources that tell one day tell one visit."""
    seen: dict[tuple[date, str], int] = {}
    for visit in inclusion.look.of(Emergency):
        start = visit.period.start if visit.period else None
        if start and start.day and visit.status not in _NO_EMERGENCY and inclusion.within(start):
            told = (start.day, visit.evidence.key.source)
            seen[told] = seen.get(told, 0) + 1
    for day in sorted({d for d, _ in seen}):
        number = next(s.number for s in inclusion.reached if s.first <= day < s.until)
        for _ in range(max(n for (d, _source), n in seen.items() if d == day)):
            yield Tally(name="emergency", day=day, strata={"sequence": str(number)})
