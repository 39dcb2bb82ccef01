"""Where R4 has what R5 moved: plans, orders, and what was done, said and charged.

What stays under a name that R4 does not know is removed afterwards by ``fit``.
"""

from adapter.fhir.r5_moves import ABSENT, Json, Moves, codes_of, objects, recode, rename, split, text_of


def _care_plan(plan: Json, dropped: list[str]) -> None:
    rename(plan, custodian="author")
    # A directive is a plan that somebody has put in force by law; R4 has no such intent.
    recode(plan, "intent", {"directive": "plan"}, dropped)
    for activity in objects(plan.get("activity")):
        rename(activity, plannedActivityReference="reference")
        split(activity, "performedActivity", "outcomeCodeableConcept", "outcomeReference")


def _charge_item(item: Json, dropped: list[str]) -> None:
    rename(item, encounter="context")
    if isinstance(item.get("overrideReason"), dict):
        item["overrideReason"] = text_of(item["overrideReason"]) or item["overrideReason"]
    _one_choice(item, "product", dropped)


def _communication(message: Json, _dropped: list[str]) -> None:
    split(message, "reason", "reasonCode", "reasonReference")
    for payload in objects(message.get("payload")):
        text = text_of(payload.get("contentCodeableConcept"))
        if text is not None:
            payload["contentString"] = text
            del payload["contentCodeableConcept"]


def _condition(condition: Json, dropped: list[str]) -> None:
    if "evidence" in condition:
        condition["evidence"] = [_evidence(item) for item in objects(condition["evidence"])]
    roles = {"informant": "asserter", "author": "recorder", "enterer": "recorder"}
    for place, participant in enumerate(objects(condition.pop("participant", None))):
        found = [roles[code] for code in codes_of(participant.get("function")) if code in roles]
        if found and found[0] not in condition:
            condition[found[0]] = participant.get("actor")
        else:
            dropped.append(f"participant[{place}]")


def _evidence(item: Json) -> Json:
    halves = {"concept": "code", "reference": "detail"}
    return {halves.get(name, name): [value] if name in halves else value for name, value in item.items()}


def _medication_administration(administration: Json, dropped: list[str]) -> None:
    _one_choice(administration, "medication", dropped)
    rename(administration, encounter="context")
    # R5 was published with the element spelled "occurence".
    rename(administration, occurenceDateTime="effectiveDateTime", occurencePeriod="effectivePeriod")
    if not administration.keys() & {"effectiveDateTime", "_effectiveDateTime", "effectivePeriod"}:
        administration["effectivePeriod"] = ABSENT
    split(administration, "reason", "reasonCode", "reasonReference")


def _procedure(procedure: Json, _dropped: list[str]) -> None:
    for kind in ("DateTime", "Period", "String", "Age", "Range"):
        rename(procedure, **{f"occurrence{kind}": f"performed{kind}"})
    rename(procedure, reportedReference="asserter")
    split(procedure, "reason", "reasonCode", "reasonReference")
    split(procedure, "used", "usedCode", "usedReference")
    if any("concept" in item or "reference" in item for item in objects(procedure.get("complication"))):
        items = procedure.pop("complication")
        split(moved := {"all": items}, "all", "complication", "complicationDetail")
        procedure.update(moved)


def _service_request(request: Json, _dropped: list[str]) -> None:
    split(request, "reason", "reasonCode", "reasonReference")
    split(request, "location", "locationCode", "locationReference")
    instructions = objects(request.get("patientInstruction"))
    if instructions:
        request["patientInstruction"] = [item.get("instructionMarkdown", item) for item in instructions]


def _one_choice(holder: Json, name: str, dropped: list[str]) -> None:
    """A CodeableReference into R4's choice; a code that a list can be searched for before a reference."""
    items = objects(holder.pop(name, None))
    if not items:
        return
    halves = [half for half in ("concept", "reference") if half in items[0]]
    if halves:
        holder[name + {"concept": "CodeableConcept", "reference": "Reference"}[halves[0]]] = items[0][halves[0]]
    dropped.extend(f"{name}.{half}" for half in halves[1:])
    dropped.extend(f"{name}[{place}]" for place in range(1, len(items)))


MOVES: Moves = {
    "CarePlan": _care_plan,
    "ChargeItem": _charge_item,
    "Communication": _communication,
    "Condition": _condition,
    "MedicationAdministration": _medication_administration,
    "Procedure": _procedure,
    "ServiceRequest": _service_request,
}
