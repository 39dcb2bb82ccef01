"""Task: a question for a person, with the readings quoted (R4 Task)."""

from collections.abc import Iterable, Mapping
from typing import Any

from adapter.core.decisions import Decision
from adapter.core.desired.frame import coding, device, id_of, identifier, pruned, subject, tag, urn
from adapter.core.findings import State
from adapter.core.ids import business_id
from adapter.core.times import instant_text


def review_task(decision: Decision, focus: str | None) -> dict[str, Any]:
    """The Task of an undecided occasion: every question, each with its readings."""
    pack, value = decision.pack, id_of(decision, "task", "review")
    questions = []
    for finding in decision.findings(State.ASK):
        question = pack.texts.finding(pack.language, finding)
        questions.append("\n".join([question, *(f"- {reading}" for reading in finding.readings)]))
    return pruned(
        {
            "resourceType": "Task",
            "id": value,
            "meta": tag(pack),
            "identifier": identifier(pack.base, "task", value),
            "status": "requested",
            "intent": "order",
            "code": coding(f"{pack.base}/CodeSystem/task", "manual-review"),
            "description": "\n\n".join(questions),
            "focus": {"reference": focus} if focus else None,
            "for": subject(decision.person),
            "authoredOn": instant_text(decision.as_of),
            "requester": device(pack.base),
        }
    )


def correction_task(charge: Mapping[str, Any], differences: Iterable[str]) -> dict[str, Any]:
    """The Task to correct a billed charge by hand, made from the charge that we would have written instead.

    Other differences make another Task: the one before may be done already.
    """
    description = "\n".join(differences)
    value = business_id("task-correction", charge["id"], description)
    base = str(charge["identifier"][0]["system"]).rpartition("/sid/")[0]
    return {
        "resourceType": "Task",
        "id": value,
        "meta": charge["meta"],
        "identifier": [{"system": f"{base}/sid/task", "value": value}],
        "status": "requested",
        "intent": "order",
        "code": coding(f"{base}/CodeSystem/task", "manual-correction"),
        "description": description,
        "focus": {"reference": urn(charge["id"])},
        "for": charge["subject"],
        "authoredOn": charge["enteredDate"],
        "requester": charge["enterer"],
    }
