"""ChargeItem and Account: what is charged, and who pays (R4 ChargeItem, Account)."""

from typing import Any

from adapter.core.decisions import Decision, Line
from adapter.core.desired.frame import device, id_of, identifier, pruned, subject, tag, urn
from adapter.core.findings import State
from adapter.core.occasions import Outcome, Payer, PayerKind
from adapter.core.tariffs import TariffValue
from adapter.core.times import instant_text

STATUS = {
    Outcome.BILLABLE: "billable",
    Outcome.INCOMPLETE: "planned",
    Outcome.UNDECIDED: "planned",
    Outcome.REFUSED: "not-billable",
    Outcome.CANCELLED: "aborted",
    Outcome.ENTERED_IN_ERROR: "entered-in-error",
}


def charge_id(decision: Decision, line: Line) -> str:
    """The business id of a charge."""
    return id_of(decision, "charge", line.charge.code)


def charge_item(decision: Decision, line: Line) -> dict[str, Any]:
    """The ChargeItem of one line, in the status that its outcome asks for."""
    pack, occasion, charge = decision.pack, decision.occasion, line.charge
    code, value = pack.charges[charge.code], charge_id(decision, line)
    return pruned(
        {
            "resourceType": "ChargeItem",
            "id": value,
            "meta": tag(pack),
            "identifier": identifier(pack.base, "charge", value),
            "definitionCanonical": [f"{pack.base}/ChargeItemDefinition/{pack.id}|{pack.version}"],
            "status": STATUS[line.outcome],
            "code": {
                "coding": [{"system": code.system, "code": code.code, "display": code.display}],
                "text": code.display,
            },
            "subject": subject(decision.person),
            "context": occasion.context.reference if occasion.context else None,
            **_occurrence(charge.occurrence),
            "performer": [{"actor": dict(a.reference)} for a in occasion.performers if a.reference],
            **_price(line.tariff),
            "enterer": device(pack.base),
            "enteredDate": instant_text(decision.as_of),
            "account": [{"reference": urn(account_id(decision, charge.payer))}] if charge.payer else [],
            "note": [{"text": text} for text in _notes(decision, line)],
            "supportingInformation": [{"reference": r} for r in supporting(decision)],
        }
    )


def supporting(decision: Decision) -> list[str]:
    """Every resource version that the decision rests on, each once."""
    occasion = decision.occasion
    evidence = [*occasion.causes, *(e for f in occasion.findings for e in f.evidence)]
    return sorted({e.reference for e in evidence if "#" not in e.key.id})


def _occurrence(occurrence: str | tuple[str, str] | None) -> dict[str, Any]:
    if isinstance(occurrence, tuple):
        return {"occurrencePeriod": {"start": occurrence[0], "end": occurrence[1]}}
    return {"occurrenceDateTime": occurrence} if occurrence else {}


def _price(value: TariffValue | None) -> dict[str, Any]:
    if value is None:
        return {"quantity": {"value": 1}}
    amount = value.amount
    if not amount.is_money:
        return {"quantity": {"value": amount.value, "unit": amount.unit}}
    since = value.starts or f"(known) {value.known_from}"
    return {
        "quantity": {"value": 1},
        "priceOverride": {"value": amount.value, "currency": amount.unit},
        "overrideReason": f"{', '.join(value.basis)}: from {since}, verified {value.verified_on}",
    }


def _notes(decision: Decision, line: Line) -> list[str]:
    """Why the charge is not simply billable: the refusals, or that no amount is known on the day."""
    texts, language = decision.pack.texts, decision.pack.language
    notes = [texts.finding(language, f) for f in decision.findings(State.UNMET)]
    if line.outcome is Outcome.INCOMPLETE and decision.outcome is Outcome.BILLABLE:
        notes.append(texts.words(language, ("amount", "unknown"), {"day": str(line.charge.on or "?")}))
    return notes


def account_id(decision: Decision, payer: Payer) -> str:
    """One account an occasion and payer: no local id of a payer may enter a key."""
    return id_of(decision, "account", payer.kind, payer.name)


def account(decision: Decision, payer: Payer) -> dict[str, Any]:
    """The Account that routes the charge to its payer."""
    pack, value = decision.pack, account_id(decision, payer)
    name = pack.texts.words(pack.language, ("payers", payer.name))
    party = dict(payer.party) or {"display": name}
    routed = {"coverage": party, "priority": 1} if payer.kind is PayerKind.COVERAGE else {"party": party}
    return {
        "resourceType": "Account",
        "id": value,
        "meta": tag(pack),
        "identifier": identifier(pack.base, "account", value),
        "status": "active",
        "name": name,
        "subject": [subject(decision.person)],
        str(payer.kind): [routed],
    }
