"""Task: a question for a person, with the readings quoted (R4 Task)."""

from typing import Any

from adapter.core.decisions import Decision
from adapter.core.desired.frame import coding, device, id_of, identifier, pruned, subject, tag
from adapter.core.findings import State
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
