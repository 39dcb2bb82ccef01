"""Where R4 has what R5 moved: consents, coverages and documents.

What stays under a name that R4 does not know is removed afterwards by ``fit``.
"""

from adapter.fhir.r5_moves import ABSENT, Json, Moves, as_list, codes_of, objects, recode, rename

# None of the two may read as a consent in force.
_CONSENT_STATUS = {"not-done": "inactive", "unknown": "inactive"}
_DOC_STATUS = {"registered": "preliminary", "partial": "preliminary", "corrected": "amended", "appended": "amended"}
_OPPOSITE = {"permit": "deny", "deny": "permit"}
# The best known first: R4 keeps one authenticator.
_ATTESTERS = ("legal", "official", "professional", "personal")


def _consent(consent: Json, dropped: list[str]) -> None:
    rename(consent, subject="patient", grantor="performer", manager="organization", date="dateTime")
    recode(consent, "status", _CONSENT_STATUS, dropped)
    basis = consent.get("policyBasis")
    if isinstance(basis, dict) and "url" in basis:
        consent["policy"] = [{"uri": basis.pop("url")}]
        if not basis:
            del consent["policyBasis"]
    rename(consent, regulatoryBasis="policyRule")
    if not isinstance(consent.get("provision"), dict):
        _decision(consent)
    for required in ("scope", "category"):
        consent.setdefault(required, ABSENT)


def _decision(consent: Json) -> None:
    """The decision and period of an R5 consent are the outermost provision of an R4 one."""
    decision = consent.pop("decision", None)
    rules = [_provision(item, _OPPOSITE.get(str(decision))) for item in objects(consent.pop("provision", None))]
    whole = {"type": decision, "period": consent.pop("period", None), "provision": rules}
    provision = {name: value for name, value in whole.items() if value}
    if provision:
        consent["provision"] = provision


def _provision(rule: Json, decision: str | None) -> Json:
    """R5's provisions are exceptions to the decision above them, each the opposite; R4 writes each one's type."""
    # An actor that R4 would refuse must not vanish: the exception would then hold for everybody.
    for actor in objects(rule.get("actor")):
        actor.setdefault("role", ABSENT)
        actor.setdefault("reference", ABSENT)
    classes = [*as_list(rule.pop("documentType", None)), *as_list(rule.pop("resourceType", None))]
    inner = [_provision(item, _OPPOSITE.get(str(decision))) for item in objects(rule.pop("provision", None))]
    added = {"type": decision, "class": classes, "provision": inner}
    return rule | {name: value for name, value in added.items() if value}


def _coverage(coverage: Json, dropped: list[str]) -> None:
    paid_by = objects(coverage.pop("paymentBy", None))
    payers = [coverage.pop("insurer", None), *(item.get("party") for item in paid_by)]
    dropped.extend(
        f"paymentBy[{place}].responsibility" for place, item in enumerate(paid_by) if "responsibility" in item
    )
    known = [payer for payer in payers if payer is not None]
    coverage.setdefault("payor", known or [ABSENT])
    numbers = [item.get("value", item) for item in objects(coverage.get("subscriberId"))]
    if numbers:
        coverage["subscriberId"] = numbers
    for item in objects(coverage.get("class")):
        if isinstance(item.get("value"), dict):
            item["value"] = item["value"].get("value", item["value"])


def _document_reference(document: Json, dropped: list[str]) -> None:
    recode(document, "docStatus", _DOC_STATUS, dropped)
    context: Json = {"encounter": document.pop("context")} if isinstance(document.get("context"), list) else {}
    for name in ("event", "facilityType", "period", "practiceSetting"):
        if name in document:
            context[name] = document.pop(name)
    if context:
        document["context"] = context
    _authenticator(document, dropped)
    for content in objects(document.get("content")):
        profiles = objects(content.pop("profile", None))
        formats = [item["valueCoding"] for item in profiles if "valueCoding" in item]
        others = [item for item in profiles if "valueCoding" not in item]
        content |= {name: items for name, items in (("format", formats), ("profile", others)) if items}
    for relation in objects(document.get("relatesTo")):
        if isinstance(relation.get("code"), dict):
            relation["code"] = next(iter(codes_of(relation["code"])), relation["code"])


def _authenticator(document: Json, dropped: list[str]) -> None:
    attesters = list(enumerate(objects(document.pop("attester", None))))
    ranked = sorted(attesters, key=lambda pair: _rank(pair[1]))
    if ranked and "party" in ranked[0][1]:
        document["authenticator"] = ranked.pop(0)[1]["party"]
    dropped.extend(f"attester[{place}]" for place, _ in sorted(ranked, key=lambda pair: pair[0]))


def _rank(attester: Json) -> tuple[bool, int]:
    ranks = [_ATTESTERS.index(code) for code in codes_of(attester.get("mode")) if code in _ATTESTERS]
    return "party" not in attester, min(ranks, default=len(_ATTESTERS))


MOVES: Moves = {
    "Consent": _consent,
    "Coverage": _coverage,
    "DocumentReference": _document_reference,
}
