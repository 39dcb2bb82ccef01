"""How decisions differ from what a worked case expects, in sentences for those who wrote the case."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adapter.core.decisions import Decision, Line
from adapter.core.desired import Desired, desired_of
from adapter.core.desired.charges import STATUS, supporting
from adapter.core.desired.frame import id_of
from adapter.core.findings import Finding, State
from adapter.core.occasions import Charge

Expected = Mapping[str, Any]


def differences(decisions: Sequence[Decision], expected: Sequence[Expected], named: Mapping[str, str]) -> list[str]:
    """Every difference; `named` gives the reference of each of the case's resources by its name."""
    if len(decisions) != len(expected):
        found = ", ".join(map(_title, decisions)) or "none"
        return [f"{len(expected)} occasions are expected, {len(decisions)} were found: {found}"]
    faults = [[_faults(decision, wanted, named) for wanted in expected] for decision in decisions]
    return [fault for one, other in _paired(faults) for fault in faults[one][other]]


def _paired(faults: list[list[list[str]]]) -> Iterable[tuple[int, int]]:
    """Each decision with one expectation: perfect fits first, so that a vague expectation takes no other's place."""
    holder: dict[int, int] = {}

    def place(one: int, tried: set[int]) -> bool:
        for other in [o for o, found in enumerate(faults[one]) if not found and o not in tried]:
            tried.add(other)
            if other not in holder or place(holder[other], tried):
                holder[other] = one
                return True
        return False

    left = [one for one in range(len(faults)) if not place(one, set())]
    free = [other for other in range(len(faults)) if other not in holder]
    return [*((one, other) for other, one in holder.items()), *zip(left, free, strict=True)]


def _faults(decision: Decision, wanted: Expected, named: Mapping[str, str]) -> list[str]:
    return [f"{_title(decision)}: {fault}" for fault in _each_fault(decision, wanted, named)]


def _title(decision: Decision) -> str:
    return f"{decision.occasion.kind} {decision.occasion.day or 'without a day'} ({decision.outcome})"


def _each_fault(decision: Decision, wanted: Expected, named: Mapping[str, str]) -> Iterable[str]:
    occasion, desired = decision.occasion, desired_of(decision)
    yield from _unequal("occasion", occasion.kind, wanted["occasion"])
    if "day" in wanted:
        yield from _unequal("day", str(occasion.day) if occasion.day else None, wanted["day"])
    if decision.outcome != wanted["decision"]:
        yield f"the decision is {decision.outcome}, not {wanted['decision']}; {_reasons(decision)}"
    yield from _finding_faults(occasion.findings, wanted.get("findings", {}))
    yield from _finding_faults(occasion.advice, wanted.get("advice", {}))
    if "charges" in wanted:
        yield from _charge_faults(decision.lines, wanted["charges"], desired)
    if "messages" in wanted:
        yield from _unequal("messages", sorted(_messages(decision, desired)), sorted(wanted["messages"]))
    if "documents" in wanted:
        found = [d.name for d in occasion.documents if decision.outcome in d.when]
        yield from _unequal("documents", sorted(found), sorted(wanted["documents"]))
    for name in wanted.get("cites", ()):
        if named[name] not in supporting(decision):
            yield f"does not cite {name}"


def _unequal(what: str, found: object, wanted: object) -> Iterable[str]:
    if found != wanted:
        yield f"{what} is {found}, not {wanted}"


def _reasons(decision: Decision) -> str:
    open_ones = decision.findings(State.UNMET, State.ASK, State.MISSING)
    return ", ".join(f"{f.criterion} {f.text_key}" for f in open_ones) or "every finding is met"


def _finding_faults(findings: Sequence[Finding], wanted: Mapping[str, str]) -> Iterable[str]:
    found = {f.criterion: f.text_key for f in findings}
    for criterion, text_key in wanted.items():
        yield from _unequal(criterion, found.get(criterion, "no finding"), text_key)


def _charge_faults(lines: Sequence[Line], wanted: Sequence[Expected], desired: Sequence[Desired]) -> Iterable[str]:
    """`[]` says that nothing would be created; a correction of an earlier charge is no new charge."""
    if not wanted:
        created = any(d.type == "ChargeItem" and not d.only_if_written for d in desired)
        yield from ["a charge would be created"] if created else []
        return
    codes = [line.charge.code for line in lines]
    yield from _unequal("charges", codes, [charge["code"] for charge in wanted])
    by_code = {line.charge.code: _described(line) for line in lines}
    for charge in wanted:
        found = by_code.get(charge["code"], {})
        for name in charge:
            yield from _unequal(f"{charge['code']} {name}", found.get(name), charge[name])


def _described(line: Line) -> dict[str, Any]:
    charge, amount = line.charge, line.tariff.amount if line.tariff else None
    return {
        "code": charge.code,
        "status": STATUS[line.outcome],
        "amount": str(amount.value) if amount else None,
        "unit": amount.unit if amount else None,
        "occurrence": _occurrence(charge),
        "payer": charge.payer.name if charge.payer else None,
    }


def _occurrence(charge: Charge) -> str | dict[str, str] | None:
    if isinstance(charge.occurrence, tuple):
        return {"start": charge.occurrence[0], "end": charge.occurrence[1]}
    return charge.occurrence


def _messages(decision: Decision, desired: Sequence[Desired]) -> list[str]:
    """The names of the Communications; a resource carries only the id that its name gave it."""
    keys = [("missing",), *((m.name, *m.key) for m in decision.occasion.messages)]
    names = {id_of(decision, "communication", *key): key[0] for key in keys}
    return [names[d.id] for d in desired if d.type == "Communication"]
