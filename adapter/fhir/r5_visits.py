"""Where R4 has what R5 moved: visits, episodes, and the people and places of care.

What stays under a name that R4 does not know is removed afterwards by ``fit``.
"""

from adapter.fhir.r5_moves import (
    ABSENT,
    Json,
    Moves,
    as_list,
    objects,
    one_by_reference,
    recode,
    rename,
    split,
    text_of,
)

# discontinued: care had begun, so R4's "cancelled" (it never took place) would be wrong, and "finished" says that it
# ran to its end. Neither may be claimed, and a rule that needs a finished visit must not find one.
# discharged: the care is over; R4 has no word for the paperwork that is still open.
_ENCOUNTER_STATUS = {
    "completed": "finished",
    "discharged": "finished",
    "discontinued": "unknown",
    "on-hold": "onleave",
}


def _encounter(visit: Json, dropped: list[str]) -> None:
    recode(visit, "status", _ENCOUNTER_STATUS, dropped, exact=("completed", "on-hold"))
    rename(visit, actualPeriod="period", admission="hospitalization")
    _class(visit, dropped)
    for place, reason in enumerate(objects(visit.pop("reason", None))):
        visit_reason = {"value": reason.get("value")}
        split(visit_reason, "value", "reasonCode", "reasonReference")
        for name, values in visit_reason.items():
            visit.setdefault(name, []).extend(values)
        if "use" in reason:
            dropped.append(f"reason[{place}].use")
    if "diagnosis" in visit:
        visit["diagnosis"] = one_by_reference(objects(visit["diagnosis"]), "condition", "diagnosis", dropped)
    for name in ("dietPreference", "specialCourtesy", "specialArrangement"):
        if name in visit:
            visit.setdefault("hospitalization", {})[name] = visit.pop(name)
    for participant in objects(visit.get("participant")):
        rename(participant, actor="individual")
    for location in objects(visit.get("location")):
        rename(location, form="physicalType")


def _class(visit: Json, dropped: list[str]) -> None:
    """The first coding of the first class that has one: R4 asks for exactly one Coding."""
    if isinstance(visit.get("class"), dict):
        return
    concepts = objects(visit.pop("class", None))
    codings = [
        (f"class[{place}].coding[{number}]", coding)
        for place, concept in enumerate(concepts)
        for number, coding in enumerate(objects(concept.get("coding")))
    ]
    texts = [{"display": text} for text in map(text_of, concepts) if text]
    visit["class"] = codings[0][1] if codings else texts[0] if texts else ABSENT
    dropped.extend(path for path, _ in codings[1:])


def _episode_of_care(episode: Json, dropped: list[str]) -> None:
    rename(episode, careTeam="team")
    for diagnosis in objects(episode.get("diagnosis")):
        rename(diagnosis, use="role")
    if "diagnosis" in episode:
        episode["diagnosis"] = one_by_reference(objects(episode["diagnosis"]), "condition", "diagnosis", dropped)


def _care_team(team: Json, _dropped: list[str]) -> None:
    split(team, "reason", "reasonCode", "reasonReference")
    for participant in objects(team.get("participant")):
        rename(participant, coveragePeriod="period")


def _location(location: Json, _dropped: list[str]) -> None:
    rename(location, form="physicalType")
    _contact_to_telecom(location)


def _organization(organization: Json, _dropped: list[str]) -> None:
    """R5 moved the organisation's own telecom and address into a contact that names neither purpose nor person."""
    contacts = objects(organization.pop("contact", None))
    for contact in contacts:
        if not contact.keys() & {"purpose", "name"}:
            organization.setdefault("telecom", []).extend(as_list(contact.pop("telecom", None)))
            organization.setdefault("address", []).extend(as_list(contact.pop("address", None)))
    organization["contact"] = [contact for contact in contacts if contact]
    for name in ("telecom", "address", "contact"):
        if organization.get(name) == []:
            del organization[name]


def _practitioner(person: Json, dropped: list[str]) -> None:
    spoken = objects(person.pop("communication", None))
    if spoken:
        person["communication"] = [item.get("language", item) for item in spoken]
        dropped.extend(f"communication[{place}].preferred" for place, item in enumerate(spoken) if "preferred" in item)


def _practitioner_role(role: Json, _dropped: list[str]) -> None:
    _contact_to_telecom(role)
    for availability in objects(role.get("availability")):
        times = availability.pop("availableTime", None)
        if times:
            role.setdefault("availableTime", []).extend(times)
    role["availability"] = [item for item in objects(role.get("availability")) if item]
    if not role["availability"]:
        del role["availability"]


def _contact_to_telecom(holder: Json) -> None:
    contacts = objects(holder.pop("contact", None))
    for contact in contacts:
        telecom = as_list(contact.pop("telecom", None))
        if telecom:
            holder.setdefault("telecom", []).extend(telecom)
    left = [contact for contact in contacts if contact]
    if left:
        holder["contact"] = left


MOVES: Moves = {
    "CareTeam": _care_team,
    "Encounter": _encounter,
    "EpisodeOfCare": _episode_of_care,
    "Location": _location,
    "Organization": _organization,
    "Practitioner": _practitioner,
    "PractitionerRole": _practitioner_role,
}
