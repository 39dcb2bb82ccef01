"""Decisions as rows: what a billing clerk and a script both read."""

from collections.abc import Iterable, Iterator
from typing import Any

from adapter.core.decisions import Decision, Line
from adapter.core.desired.charges import STATUS, charge_id
from adapter.core.findings import Finding, State
from adapter.core.identity import short
from adapter.core.occasions import Outcome

COLUMNS = ("person", "pack", "occasion", "decision", "code", "amount", "payer", "why")


def rows_of(decisions: Iterable[Decision], language: str) -> Iterator[dict[str, Any]]:
    """A row for each charge of each decision; an occasion without a charge has one row as well."""
    for decision in decisions:
        for line in decision.lines or (None,):
            yield _row(decision, line, language)


def _row(decision: Decision, line: Line | None, language: str) -> dict[str, Any]:
    pack, occasion = decision.pack, decision.occasion
    due = line if line and line.outcome is not Outcome.REFUSED else None
    payer = due.charge.payer if due else None
    return {
        "person": short(decision.person.pseudonym),
        "pack": pack.id,
        "occasion": pack.texts.words(language, ("occasions", occasion.kind), occasion.values),
        "decision": str(line.outcome if line else decision.outcome),
        "code": pack.charges[line.charge.code].code if line else "",
        "amount": str(due.tariff.amount) if due and due.tariff else "",
        "payer": pack.texts.words(language, ("payers", payer.name)) if payer else "",
        "why": why(decision, line, language),
    }


def why(decision: Decision, line: Line | None, language: str) -> str:
    """The reasons in one cell: what decided, or that every criterion is met."""
    texts = decision.pack.texts
    telling = {
        Outcome.REFUSED: (State.UNMET,),
        Outcome.UNDECIDED: (State.ASK, State.MISSING),
        Outcome.INCOMPLETE: (State.MISSING,),
    }.get(decision.outcome, ())
    reasons = [texts.finding(language, f) for f in decision.findings(*telling)]
    if line and line.outcome is Outcome.INCOMPLETE and decision.outcome is Outcome.BILLABLE:
        reasons.append(texts.words(language, ("amount", "unknown"), {"day": str(line.charge.on or "?")}))
    if not reasons and decision.outcome is Outcome.BILLABLE:
        met = len(decision.occasion.findings)
        reasons.append(f"{met} of {met} criteria met{'' if decision.lines else '; nothing is charged'}")
    return " ".join(reasons)


def full(decision: Decision, language: str) -> dict[str, Any]:
    """Everything about a decision, for scripts and for `--explain`."""
    pack, occasion = decision.pack, decision.occasion
    return {
        "person": short(decision.person.pseudonym),
        "pack": pack.id,
        "pack_version": pack.version,
        "rules": pack.digest,
        "occasion": occasion.kind,
        "title": pack.texts.words(language, ("occasions", occasion.kind), occasion.values),
        "day": str(occasion.day) if occasion.day else None,
        "decision": str(decision.outcome),
        "as_of": decision.as_of.isoformat(),
        "charges": [_charge(decision, line, language) for line in decision.lines],
        "findings": [_finding(decision, f, language) for f in occasion.findings],
        "advice": [_finding(decision, f, language) for f in occasion.advice],
        "causes": [e.reference for e in occasion.causes],
    }


def _charge(decision: Decision, line: Line, language: str) -> dict[str, Any]:
    pack, charge, value = decision.pack, line.charge, line.tariff
    return {
        "id": charge_id(decision, line),
        "code": pack.charges[charge.code].code,
        "status": STATUS[line.outcome],
        "amount": str(value.amount.value) if value else None,
        "unit": value.amount.unit if value else None,
        "occurrence": charge.occurrence,
        "payer": pack.texts.words(language, ("payers", charge.payer.name)) if charge.payer else None,
        "tariff": {
            "on": str(charge.on) if charge.on else None,
            "from": str(value.starts or value.known_from),
            "start_known": value.starts is not None,
            "to": str(value.to) if value.to else None,
            "basis": list(value.basis),
            "verified_on": str(value.verified_on),
        }
        if value
        else None,
    }


def _finding(decision: Decision, finding: Finding, language: str) -> dict[str, Any]:
    pack = decision.pack
    return {
        "criterion": finding.criterion,
        "title": pack.texts.words(language, ("criteria", finding.criterion, "title")),
        "state": str(finding.state),
        "text": pack.texts.finding(language, finding),
        "evidence": [e.reference for e in finding.evidence],
        "needs": finding.needs,
        "readings": list(finding.readings),
        "basis": [_basis(decision, basis) for basis in finding.basis],
    }


def _basis(decision: Decision, name: str) -> dict[str, str]:
    basis = decision.pack.bases.get(name)
    if basis is None:
        return {"id": name}
    return {"id": name, "text": basis.text, "source": basis.source, "confidence": basis.confidence}
