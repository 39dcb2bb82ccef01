"""Task: a question for a person, with the readings quoted (R4 Task)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from adapter.core.decisions import Decision
from adapter.core.desired.frame import coding, device, id_of, identifier, pruned, subject, tag, urn
from adapter.core.findings import State
from adapter.core.handing import HandOver, HandOvers
from adapter.core.ids import business_id
from adapter.core.occasions import SharedDocument
from adapter.core.times import instant_text


def review_task(decision: Decision, focus: str | None) -> dict[str, Any]:
    """The Task of an undecided occasion: every question, each with its readings."""
    pack, value = decision.pack, id_of(decision, "task", "review")
    questions = []
    for finding in decision.findings(State.ASK):
        question = pack.texts.finding(pack.language, finding)
        questions.append("\n".join([question, *(f"- {reading}" for reading in finding.readings)]))
    return _task(decision, value, "manual-review", "\n\n".join(questions), {"reference": focus} if focus else None)


def _task(
    decision: Decision, value: str, code: str, description: str, focus: Mapping[str, Any] | None
) -> dict[str, Any]:
    """A question to a person about one decision."""
    pack = decision.pack
    return pruned(
        {
            "resourceType": "Task",
            "id": value,
            "meta": tag(pack),
            "identifier": identifier(pack.base, "task", value),
            "status": "requested",
            "intent": "order",
            "code": coding(f"{pack.base}/CodeSystem/task", code),
            "description": description,
            "focus": focus,
            "for": subject(decision.person),
            "authoredOn": instant_text(decision.as_of),
            "requester": device(pack.base),
        }
    )


def document_tasks(decision: Decision, handed: HandOvers) -> Iterator[dict[str, Any]]:
    """The Tasks to put right what keeps documents from being shared, or what was shared: one a document, whatever is
    wrong with it, and although the decision asks for it no more.
    """
    wanted = {shared.path: shared for shared in decision.occasion.documents if decision.outcome in shared.when}
    for path in dict.fromkeys((*wanted, *sorted(handed))):
        if mend := handed.get(path, HandOver()).mend:
            yield _document_task(decision, path, wanted.get(path), mend)


def _document_task(
    decision: Decision, path: tuple[str, ...], shared: SharedDocument | None, mend: Iterable[str]
) -> dict[str, Any]:
    pack, value = decision.pack, id_of(decision, "task", "document", *path)
    title = [pack.texts.words(pack.language, ("documents", shared.name, "title"), shared.values)] if shared else []
    description = "\n".join([*title, *(f"- {line}" for line in mend)])
    return _task(decision, value, "document-not-ready", description, _focus(shared) if shared else None)


def _focus(shared: SharedDocument) -> dict[str, Any] | None:
    """The resource that the document's text stands in, where it is one."""
    return dict(shared.content[0].reference) if len(shared.content) == 1 else None


def duplicates_task(resource: Mapping[str, Any], base: str, at: datetime) -> dict[str, Any]:
    """The Task to remove by hand all but one of several resources that a target holds under our identifier.

    `resource` is the one that we want, `base` the site's canonical base.
    """
    own = resource["identifier"][0]
    value = business_id("task-duplicates", own["system"], own["value"])
    people = resource.get("subject") or resource.get("for")
    return pruned(
        {
            "resourceType": "Task",
            "id": value,
            "identifier": identifier(base, "task", value),
            "status": "requested",
            "intent": "order",
            "code": coding(f"{base}/CodeSystem/task", "manual-review"),
            "description": f"several {resource['resourceType']} have our identifier: remove all but one, then retry",
            "focus": {"type": resource["resourceType"], "identifier": {n: own[n] for n in ("system", "value")}},
            "for": people[0] if isinstance(people, list) and people else people,
            "authoredOn": instant_text(at),
            "requester": device(base),
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
