"""Brings the record up to date with events: what came is stored, and everybody it concerns is looked at.

The order of arrival means nothing here; which content is current is decided when a record is read.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from adapter.core.references import Key, Literal, Logical, Urn, parse_reference
from adapter.core.times import instant_text
from adapter.fhir.json_text import BadJson, dumps, loads
from adapter.inbound.checking import as_r4, fault_in
from adapter.inbound.intake import digest_of, identifiers_of
from adapter.inbound.relevance import Relevance, Worth
from adapter.inbound.subjects import subject_of
from adapter.store.contents import Content, Subject, add, contents, patient_named
from adapter.store.inbox import Event
from adapter.store.lanes import lane_of, person_lane
from adapter.store.mentions import note_mentions, patients_resting_on
from adapter.store.people import find_or_make_person

DELETE = "delete"


class Unsound(ValueError):
    """The resource cannot be relied on; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Applier:
    """Stores contents in the caller's transaction; answers the lanes of whoever must be looked at."""

    relevance: Relevance
    secret: bytes

    def apply(self, tx: Connection, key: Key, event: Event) -> set[str]:
        """One event's content, or its deletion; raises Unsound."""
        if event.interaction == DELETE:
            return self.remove(tx, key, event.received_at, event.id)
        try:
            content = loads(event.body)
        except BadJson as error:
            raise Unsound("bad-json") from error
        return self.store(tx, key, content, event.id)

    def remove(self, tx: Connection, key: Key, at: datetime, event: int | None = None) -> set[str]:
        """A deletion: whoever rested on the resource is looked at again."""
        when = instant_text(at)
        digest = hashlib.sha256(f"deleted {when}".encode()).hexdigest()
        add(tx, Content(key, digest, "", deleted_at=when, event=event))
        return self._concerned(tx, key)

    def store(self, tx: Connection, key: Key, sent: Mapping[str, Any], event: int | None = None) -> set[str]:
        """A content, where a pack reads it or an earlier content of it is known; raises Unsound."""
        content = as_r4(sent)
        worth = self.relevance.of(content)
        if worth is None and not contents(tx, key):
            return set()
        if fault := fault_in(content):
            raise Unsound(fault.code)
        subject = subject_of(content, key)
        meta = content.get("meta", {})
        one = Content(
            key,
            digest_of(content, None),
            dumps(content),
            meta.get("versionId"),
            meta.get("lastUpdated"),
            subject=(subject.kind, subject.one, subject.two) if subject else ("", "", ""),
            calls=worth is Worth.CALLS,
            event=event,
        )
        add(tx, one, identifiers=identifiers_of(content))
        note_mentions(tx, key, mentions_in(content, key.source))
        return self._concerned(tx, key)

    def _concerned(self, tx: Connection, key: Key) -> set[str]:
        """The lanes of all persons that any content of the resource names, or that rest on it."""
        lanes: set[str] = set()
        patients = {p for c in contents(tx, key) if (p := patient_named(tx, c.key.source, c.subject))}
        if key.type == "Patient":
            patients.add(key)
        for patient in sorted(patients | set(patients_resting_on(tx, key))):
            lanes |= self._lanes_of(tx, patient)
        return lanes

    def _lanes_of(self, tx: Connection, patient: Key) -> set[str]:
        if not contents(tx, patient):
            return {lane_of(patient)}
        placed = find_or_make_person(tx, patient, self.secret)
        return {person_lane(n) for n in (placed.person, *placed.look_again)}


def mentions_in(content: Mapping[str, Any], source: str) -> Iterator[Subject]:
    """What a content refers to, as the store notes it."""
    for reference in references_in(content):
        text, identifier = reference.get("reference"), reference.get("identifier")
        match parse_reference(text) if isinstance(text, str) else None:
            case Literal() as literal:
                key = literal.key(source)
                yield "key", key.source, f"{key.type}/{key.id}"
            case Urn(text=urn):
                yield "urn", urn, ""
            case Logical(system=system, value=value):
                yield "identifier", system or "", value
        if isinstance(identifier, Mapping) and isinstance(identifier.get("value"), str):
            yield "identifier", str(identifier.get("system", "")), identifier["value"]


def references_in(node: Any) -> Iterator[Mapping[str, Any]]:
    """Every Reference in a content that names something."""
    if isinstance(node, Mapping):
        if isinstance(node.get("reference"), str) or isinstance(node.get("identifier"), Mapping):
            yield node
        children: Iterable[Any] = node.values()
    else:
        children = node if isinstance(node, list) else ()
    for child in children:
        if isinstance(child, dict | list):
            yield from references_in(child)
