"""The Task for a person whose identity is in doubt: a shared national identifier, but another birth date or sex.

Nobody is joined on a contradiction, and somebody must look before money follows the wrong person.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from adapter.core.desired.build import Desired
from adapter.core.desired.frame import coding, device, identifier, subject
from adapter.core.ids import business_id
from adapter.core.records import Person
from adapter.core.times import instant_text

_QUESTION: Mapping[str, str] = {
    "en": "Two Patients share a qualified national identifier but differ in birth date or sex. They were not joined: "
    "whose identifier is it?",
    "fr": "Deux Patients partagent un identifiant national qualifié, mais leur date de naissance ou leur sexe diffère. "
    "Ils n'ont pas été réunis: à qui est l'identifiant?",
}


def doubts_of(person: Person, base: str, as_of: datetime, language: str = "en") -> tuple[Desired, ...]:
    """A Task where the person's join was refused; nothing otherwise. `base` is the site's canonical base."""
    if not person.in_conflict:
        return ()
    value = business_id("task", "identity", person.pseudonym)
    task: dict[str, Any] = {
        "resourceType": "Task",
        "id": value,
        "identifier": identifier(base, "task", value),
        "status": "requested",
        "intent": "order",
        "code": coding(f"{base}/CodeSystem/task", "identity-conflict"),
        "description": _QUESTION.get(language, _QUESTION["en"]),
        "for": subject(person),
        "authoredOn": instant_text(as_of),
        "requester": device(base),
    }
    return (Desired(task),)
