"""Which insurance a visit belongs to: medical (医療保険) or long-term care (介護保険).

What the visit says comes first; else long-term care comes first for those who are certified for it, unless a
special instruction, a disease of 別表第七 or psychiatric nursing makes the visit a medical one (JP-R-02).
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from adapter.core.findings import Finding, State, ask, met, missing
from adapter.core.looks import Look
from adapter.core.occasions import Payer, PayerKind
from adapter.core.times import Period

from .fact_types import CareLevel, Coverage, ListedState, SpecialInstruction, Visit
from .visits import DONE

MEDICAL, LTC = "medical-insurance", "ltc-insurance"
_LISTED = frozenset({"terminal-cancer", "listed-disease"})
_ENDED = frozenset({"inactive", "resolved", "remission"})
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
_NO_ORDER = frozenset({"proposal", "plan", "option"})
_IN_FORCE = frozenset({"active", "completed"})


def insurance_of(look: Look, reports: Sequence[Visit], day: date) -> Finding:
    """The insurance of the visit of that day; a met reason begins with `medical` or `ltc`."""
    said = {name for r in reports for name in r.insured}
    by_rule = _by_rule(look, reports, day)
    if said == {MEDICAL, LTC}:
        return ask([MEDICAL, LTC], *reports, reason="both", day=str(day))
    if said == {LTC} and by_rule and by_rule.state is State.MET:
        return ask([LTC, by_rule.reason], *reports, reason=f"ltc-{by_rule.reason.partition('-')[2]}", day=str(day))
    if said:
        return met(*reports, reason="medical-said" if MEDICAL in said else "ltc-said", day=str(day))
    return by_rule or _by_coverage(look, day)


def _by_rule(look: Look, reports: Sequence[Visit], day: date) -> Finding | None:
    """What makes the visit medical whatever else the person is insured for, or None."""
    psychiatric = [r for r in reports if "psychiatric-visit" in r.kinds]
    if psychiatric:
        return met(*psychiatric, reason="medical-psychiatric", day=str(day))
    instructed, perhaps = instructions_on(look, day)
    if instructed:
        return met(*instructed, reason="medical-instruction", day=str(day))
    listed = states_on(look, day, _LISTED)
    if listed:
        return met(*listed, reason="medical-listed", day=str(day))
    if perhaps:
        return missing("ServiceRequest.authoredOn", *perhaps, reason="instruction-date", day=str(day))
    unsure = [s for s in look.of(ListedState) if s.kinds & _LISTED and s.verification in _UNSURE]
    return missing("Condition.verificationStatus", *unsure, reason="listed", day=str(day)) if unsure else None


def instructions_on(look: Look, day: date) -> tuple[list[SpecialInstruction], list[SpecialInstruction]]:
    """The special instructions surely in force on a day, and those that may be: the day of issue is day 1."""
    length = timedelta(days=look.number("special_instruction_days") - 1)
    orders = [i for i in look.of(SpecialInstruction) if i.status in _IN_FORCE and i.intent not in _NO_ORDER]
    sure = [i for i in orders if i.issued and i.issued.day and i.issued.day <= day <= i.issued.day + length]
    perhaps = [i for i in orders if i.issued is None or (i.issued.day is None and _may_hold(i, day, length))]
    return sure, perhaps


def _may_hold(order: SpecialInstruction, day: date, length: timedelta) -> bool:
    return bool(order.issued and order.issued.first <= day <= order.issued.last + length)


def states_on(look: Look, day: date, kinds: frozenset[str]) -> list[ListedState]:
    """The confirmed states of these kinds that are in force on a day."""
    stated = [s for s in look.of(ListedState) if s.kinds & kinds and s.verification not in _UNSURE | {"refuted"}]
    return [s for s in stated if _in_force(s).covers(day)]


def _in_force(state: ListedState) -> Period:
    """An ended state whose end is not dated ends on an unknown day, so it proves nothing after its start."""
    return Period(state.since, state.until or (state.since if state.status in _ENDED else None))


def _by_coverage(look: Look, day: date) -> Finding:
    """Long-term care first, medical where only that is insured, missing where nothing tells."""
    ltc = _coverages(look, LTC)
    sure = [c for c in ltc if c.period is None or c.period.covers(day)]
    levels = levels_on(look, day)
    if sure:
        return met(*sure, reason="ltc-insured", day=str(day))
    if levels:
        return met(*levels, reason="ltc-level", day=str(day))
    unsure = [c for c in ltc if c.period and c.period.may_cover(day)]
    if unsure:
        return missing("Coverage.period", *unsure, reason="coverage-dates", day=str(day))
    medical = [c for c in _coverages(look, MEDICAL) if c.period is None or c.period.covers(day)]
    if medical:
        return met(*medical, reason="medical-only", day=str(day))
    return missing("Coverage", reason="nothing", day=str(day))


def levels_on(look: Look, day: date) -> list[CareLevel]:
    """The last certified care level up to a day (several where that day says several)."""
    final = [o for o in look.of(CareLevel) if o.status in DONE and o.level and o.at and o.at.last <= day]
    last = max((o.at.last for o in final if o.at), default=None)
    return [o for o in final if o.at and o.at.last == last]


def _coverages(look: Look, kind: str) -> list[Coverage]:
    return [c for c in look.of(Coverage) if kind in c.kinds and c.status == "active"]


def payer_on(look: Look, side: str, day: date | None) -> Payer:
    """The insurance that pays: its Coverage in force on the day, or by name only."""
    name = f"{side}-insurance"
    valid = [c for c in _coverages(look, name) if day and (c.period is None or c.period.may_cover(day))]
    party = {"reference": valid[0].evidence.key.text, "type": "Coverage"} if valid else {}
    return Payer(PayerKind.COVERAGE, name, party)


def is_medical(finding: Finding) -> bool:
    """Whether the visit is surely a medical one."""
    return finding.state is State.MET and finding.reason.startswith("medical")


def is_ltc(finding: Finding) -> bool:
    """Whether the visit is surely one of long-term care."""
    return finding.state is State.MET and finding.reason.startswith("ltc")


def first_of(findings: Iterable[Finding]) -> Finding | None:
    """A medical finding if there is one, else the first that is not long-term care."""
    known = list(findings)
    return next((f for f in known if is_medical(f)), next((f for f in known if not is_ltc(f)), None))
