"""What an inclusion and a sequence must be. What the sources do not say is asked, never assumed."""

from collections.abc import Iterable
from datetime import date

from adapter.core.facts import Fact
from adapter.core.findings import Finding, ask, criterion, met, missing, unmet
from adapter.core.looks import Look

from .fact_types import Session, Treatment, Visit
from .inclusions import Inclusion
from .sequences import TreatmentSequence, add_months

ALLERGY = "allergy-immunotherapy"


@criterion("protocol", "ALLERGY", "A50-01", "A51-18")
def protocol(inclusion: Inclusion) -> Finding:
    """The plan is this protocol: neither allergy treatment, which shares its name, nor the national scheme."""
    if ALLERGY in inclusion.labels:
        return ask(sorted(inclusion.labels), *inclusion.plans, reason="allergy-plan")
    if "national-scheme" in inclusion.labels:
        return ask(sorted(inclusion.labels), *inclusion.plans, reason="national-scheme")
    acts = list(mislabelled(inclusion.look))
    if acts:
        return ask([a.evidence.reference for a in acts], *inclusion.plans, *acts, reason="allergy-act")
    return met(*inclusion.plans)


def mislabelled(look: Look) -> Iterable[Fact]:
    """What is labelled as this treatment and as allergy treatment at once: it counts for nothing."""
    yield from (v for v in look.of(Visit) if ALLERGY in v.labels and "immunotherapy-visit" in v.labels)
    yield from (t for t in look.of(Treatment) if ALLERGY in t.kinds and len(t.kinds) > 1)
    yield from (s for s in look.of(Session) if ALLERGY in s.labels)


@criterion("experiment-dates", "A51-01", "A51-02", "A51-03", "A51-22")
def experiment_dates(inclusion: Inclusion) -> Finding:
    """The inclusion, from which all is counted, lies within the experiment; two ends are possible, both are shown."""
    day, look = inclusion.day, inclusion.look
    if day is None:
        return missing("CarePlan.period.start", *inclusion.plans, reason="no-day")
    first, end, latest = _first_inclusions(look), possible_end(look), _latest_end(look)
    if day < first:
        return unmet(*inclusion.plans, reason="before", day=str(day), first=f"{first:%Y-%m}")
    if day < end:
        return met(*inclusion.plans, day=str(day))
    if day < latest:
        return ask(_ends(look), *inclusion.plans, reason="ends", day=str(day))
    return unmet(*inclusion.plans, reason="after", day=str(day), latest=_month_of_the_end(look))


def _first_inclusions(look: Look) -> date:
    return date(look.number("first_inclusions_year"), look.number("first_inclusions_month"), 1)


def possible_end(look: Look) -> date:
    """The first day that the experiment may not cover: the years counted from the authorisation."""
    number = look.number("authorised_on")
    authorised = date(number // 10000, number // 100 % 100, number % 100)
    return add_months(authorised, 12 * look.number("experiment_years"))


def _latest_end(look: Look) -> date:
    """The first day that it surely does not cover: the years from the first inclusions end within a month."""
    return add_months(_first_inclusions(look), 12 * look.number("experiment_years") + 1)


def _month_of_the_end(look: Look) -> str:
    return f"{add_months(_first_inclusions(look), 12 * look.number('experiment_years')):%Y-%m}"


def _ends(look: Look) -> list[str]:
    """Both readings of the five years."""
    return [f"A51-01: {possible_end(look)}", f"A51-03: {_month_of_the_end(look)}"]


@criterion("one-inclusion", "ONE-PERSON", "A51-08")
def one_inclusion(inclusion: Inclusion, every: Iterable[Inclusion]) -> Finding:
    """The person is included once, and the plans of that inclusion agree."""
    others = [i for i in every if i.key != inclusion.key]
    if others:
        plans = [p for i in others for p in i.plans]
        days = sorted({inclusion.key, *(i.key for i in others)})
        return ask([day or "?" for day in days], *inclusion.plans, *plans, reason="several")
    if inclusion.contradicts_itself:
        told = [f"{p.evidence.reference}: {p.status}, {p.end.text if p.end else '?'}" for p in inclusion.plans]
        return ask(told, *inclusion.plans, reason="contradiction")
    return met(*inclusion.plans)


@criterion("sequence", "A51-05", "A51-06", "A51-07", "A51-08")
def sequence_runs(inclusion: Inclusion, sequence: TreatmentSequence) -> Finding:
    """The plan covers the sequence; how a part of one is paid was not found."""
    plans, values = inclusion.plans, {"first": str(sequence.first), "last": str(sequence.last)}
    statuses = {p.status for p in plans}
    over = sequence.until <= inclusion.look.today
    if inclusion.is_stopped_undated:
        return ask(sorted(str(s) for s in statuses), *plans, reason="stopped", **values)
    if inclusion.end and inclusion.end.first < sequence.last:
        return ask([inclusion.end.text, str(sequence.last)], *plans, reason="partly", **values)
    if "on-hold" in statuses and not over:
        return ask(["on-hold"], *plans, reason="on-hold", **values)
    if statuses & {"unknown", None} and not over:
        return missing("CarePlan.status", *plans, reason="status", **values)
    return met(*plans, reason="over" if over else "open", **values)


@criterion("experiment-end", "A51-01", "A51-03", "A51-22")
def experiment_end(look: Look, day: date | None, *facts: Fact) -> Finding:
    """What is charged begins before the experiment may have ended; what followed was not found."""
    if day is None:
        return missing("Procedure.performed | Encounter.period", *facts, reason="no-day")
    if day < possible_end(look):
        return met(*facts, day=str(day))
    return ask(_ends(look), *facts, reason="beyond", day=str(day))


@criterion("package-due", "A51-17")
def package_due(inclusion: Inclusion, sequence: TreatmentSequence) -> Finding:
    """The package of the sequence is due; when it falls due was not found, so a site says it."""
    due = inclusion.look.settings["package_due"]
    if due is None:
        return ask([f"start: {sequence.first}", f"end: {sequence.last}"], *inclusion.plans, reason="unknown")
    if due == "end" and inclusion.look.today < sequence.until:
        return missing("CarePlan", *inclusion.plans, reason="running", last=str(sequence.last))
    return met(*inclusion.plans, reason=str(due), first=str(sequence.first), last=str(sequence.last))
