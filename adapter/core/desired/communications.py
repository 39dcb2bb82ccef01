"""Communication: what the people around the person are told (R4 Communication)."""

from collections.abc import Iterable
from typing import Any

from adapter.core.actors import Actor
from adapter.core.decisions import Decision
from adapter.core.desired.frame import coding, device, id_of, identifier, pruned, subject, tag
from adapter.core.findings import State
from adapter.core.handing import HandOver, HandOvers, Told, told_of
from adapter.core.occasions import Message, Outcome
from adapter.core.times import instant_text

_CATEGORY = "http://terminology.hl7.org/CodeSystem/communication-category"
_TOPIC = "http://terminology.hl7.org/CodeSystem/communication-topic"


def communications(decision: Decision, about: Iterable[str], handed: HandOvers) -> list[dict[str, Any]]:
    """The messages of a decision: the pack's own for this outcome, and what is missing where it is incomplete."""
    references = list(about)
    messages = [m for m in decision.occasion.messages if decision.outcome in m.when]
    if decision.outcome is Outcome.INCOMPLETE:
        messages.append(_what_is_missing(decision))
    return [_communication(decision, message, references, _told(message, handed)) for message in messages]


def _told(message: Message, handed: HandOvers) -> Told:
    return told_of(handed.get(message.hands_over, HandOver())) if message.hands_over else Told(message.status)


def _what_is_missing(decision: Decision) -> Message:
    texts, language = decision.pack.texts, decision.pack.language
    lines = [texts.finding(language, f) for f in decision.findings(State.MISSING)]
    return Message(
        name="missing",
        when=frozenset({Outcome.INCOMPLETE}),
        recipients=decision.occasion.performers,
        values={"list": "\n".join(f"- {line}" for line in lines)},
    )


def _communication(decision: Decision, message: Message, about: list[str], told: Told) -> dict[str, Any]:
    pack, occasion = decision.pack, decision.occasion
    value = id_of(decision, "communication", message.name, *message.key)
    values = {**occasion.values, **message.values}
    title = pack.texts.words(pack.language, ("messages", message.name, "title"), values)
    context = occasion.context
    in_encounter = context is not None and context.key is not None and context.key.type == "Encounter"
    return pruned(
        {
            "resourceType": "Communication",
            "id": value,
            "meta": tag(pack),
            "identifier": identifier(pack.base, "communication", value),
            "status": told.status,
            "statusReason": dict(told.reason) if told.reason else None,
            "category": [coding(_CATEGORY, message.category)],
            "topic": {**(coding(_TOPIC, message.topic) if message.topic else {}), "text": title},
            "subject": subject(decision.person),
            "encounter": context.reference if context and in_encounter else None,
            "about": [{"reference": reference} for reference in about],
            "sent": (told.sent or instant_text(decision.as_of)) if told.status == "completed" else None,
            "recipient": recipients(message.recipients),
            "sender": device(pack.base),
            "payload": [*map(dict, told.payload), *_payload(decision, message)],
        }
    )


def recipients(actors: Iterable[Actor]) -> list[dict[str, Any]]:
    """Each recipient once, in a fixed order."""
    written = {repr(sorted(a.reference.items(), key=str)): dict(a.reference) for a in actors if a.reference}
    return [written[key] for key in sorted(written)]


def _payload(decision: Decision, message: Message) -> list[dict[str, Any]]:
    pack = decision.pack
    values = {**decision.occasion.values, **message.values}
    body = pack.texts.words(pack.language, ("messages", message.name, "body"), values)
    documents = [{"contentReference": dict(d.reference)} for d in message.documents if d.reference]
    return [*documents, {"contentString": body}]
