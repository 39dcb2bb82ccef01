"""Brings the record up to date with events: what came is stored, and everybody it concerns is looked at.

The order of arrival means nothing here; which content is current is decided when a record is read.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from adapter.core.assembling import is_own
from adapter.core.references import Key, Literal, Logical, Urn, parse_reference
from adapter.core.resources import Resource, current
from adapter.core.times import instant_text
from adapter.fhir.elements import UnknownType
from adapter.fhir.json_text import BadJson, dumps, loads
from adapter.inbound.checking import fault_in
from adapter.inbound.digests import digest_of
from adapter.inbound.forms import PLAIN, Form
from adapter.inbound.intake import identifiers_of
from adapter.inbound.referring import references_in
from adapter.inbound.relevance import BINARY, Relevance, Worth
from adapter.inbound.subjects import subject_of
from adapter.inbound.superseding import doubt_of
from adapter.store import doubts, work
from adapter.store.contents import Content, Subject, add, contents, drop, is_kept, patient_named
from adapter.store.inbox import Event
from adapter.store.lanes import lane_of, person_lane, read_lane
from adapter.store.mentions import note_mentions, patients_resting_on
from adapter.store.people import find_or_make_person
from adapter.work.earlier import Earlier
from adapter.work.echoes import Ours

DELETE = "delete"


class Unsound(ValueError):
    """The resource cannot be relied on; the code says why. `lanes` are those of whoever rests on what it replaced."""

    def __init__(self, code: str, lanes: frozenset[str] = frozenset()) -> None:
        super().__init__(code)
        self.code, self.lanes = code, lanes


@dataclass(frozen=True)
class Applier:
    """Stores contents in the caller's transaction; answers the lanes of whoever must be looked at, for `ask_for_looks`.

    `forms`: how each server writes, by its base URL, where its operator said so. `ours` tells what we wrote,
    `earlier` what came before a resource mattered; `reads` collects what did not come by itself, but was read at its
    source.
    """

    relevance: Relevance
    secret: bytes
    ours: Ours
    earlier: Earlier
    forms: Mapping[str, Form] = field(default_factory=dict)
    reads: set[Key] = field(default_factory=set)

    def apply(self, tx: Connection, key: Key, event: Event) -> set[str]:
        """One event's content, or its deletion; raises Unsound."""
        if event.interaction == DELETE:
            return self.remove(tx, key, event.received_at, event.id)
        try:
            content = loads(event.body)
        except BadJson as error:
            raise Unsound("bad-json") from error
        return self._kept(tx, key, self._in_r4(tx, key, content), event)[1]

    def remove(self, tx: Connection, key: Key, at: datetime, event: int | None = None) -> set[str]:
        """A deletion: whoever rested on the resource is looked at again."""
        self._note(key, event)
        if (lanes := self.ours.deleted(tx, key)) is not None:
            return lanes
        add(tx, Content(key, deleted_digest(at), "", deleted_at=instant_text(at), event=event))
        return self._concerned(tx, key)

    def store(self, tx: Connection, key: Key, sent: Mapping[str, Any]) -> set[str]:
        """A content that was read at its source; raises Unsound."""
        return self._kept(tx, key, self._in_r4(tx, key, sent), None)[1]

    def store_news(self, tx: Connection, key: Key, sent: Mapping[str, Any]) -> set[str]:
        """As `store`, for what was read at its source: nobody is looked at for a content that was known."""
        is_news, lanes = self._kept(tx, key, self._in_r4(tx, key, sent), None)
        return lanes if is_news else set()

    def settle(
        self, tx: Connection, key: Key, known: set[str], sent: Mapping[str, Any] | None, at: datetime
    ) -> set[str]:
        """What the source answered when asked which of several contents is in force (None: it was deleted).

        `known` are the digests of all contents when it was asked; those that nothing orders against the answer are
        dropped. An answer that is older than they are settles nothing. Raises Unsound.
        """
        before = self._concerned(tx, key)
        if sent is None:
            self.remove(tx, key, at)
            answered = deleted_digest(at)
        else:
            content = self._in_r4(tx, key, sent)
            self._kept(tx, key, content, None)
            answered = digest_of(content, None)
        force = current(resource_of(one) for one in contents(tx, key))
        disputed = {one.digest for one in (force.resource, *force.rivals)}
        if answered not in disputed:
            return set()
        drop(tx, key, disputed & known - {answered})
        doubts.forget(tx, key)
        return before | self._concerned(tx, key)

    def ask_for_looks(self, tx: Connection, lanes: Iterable[str], now: datetime, but: str) -> None:
        """Have these lanes looked at, `but` the one that is being looked at; a known Patient's is its person's.

        Last in a transaction, with all lanes at once: to find or make a person may take a lock that all workers share.
        """
        found: set[str] = set()
        for lane in sorted(lanes):
            subject = read_lane(lane)
            found |= self._lanes_of(tx, subject) if isinstance(subject, Key) and subject.type == "Patient" else {lane}
        work.enqueue(tx, found - {but}, now)

    def _in_r4(self, tx: Connection, key: Key, sent: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return self.forms.get(key.source, PLAIN).as_r4(sent)
        except UnknownType:
            raise Unsound("unknown-type") from None
        except ValueError:
            raise self._doubted(tx, key, sent, "not-r4") from None

    def _doubted(self, tx: Connection, key: Key, sent: Mapping[str, Any], code: str) -> Unsound:
        """Why a content cannot be relied on; whoever rests on what it replaced is looked at, once."""
        left = doubt_of(sent)
        is_news = is_own(key) and left is not None and doubts.note(tx, key, left)
        return Unsound(code, frozenset(self._concerned(tx, key)) if is_news else frozenset())

    def _kept(self, tx: Connection, key: Key, content: Mapping[str, Any], event: Event | None) -> tuple[bool, set[str]]:
        """Whether it is news, and whom it concerns; nobody where no pack reads this content nor another one."""
        self._note(key, event)
        version = content.get("meta", {}).get("versionId")
        changed = self.ours.changed(tx, key, version, identifiers_of(content))
        if changed is not None:
            return bool(changed), changed
        known = contents(tx, key)
        was_read = self._is_read(known)
        if not was_read and not self._matters(content):
            self._keep_unread(tx, key, content, known, event)
            return False, set()
        is_news = self._added(tx, key, content, event.id if event else None, known)
        if not is_news and len(known) == 1:
            # The only content there is, told once more: whoever rests on it was looked at for it.
            return False, set()
        if not was_read:
            self._add_earlier(tx, key, known, event)
        return is_news, self._concerned(tx, key)

    def _is_read(self, known: Iterable[Content]) -> bool:
        """Whether a pack reads any of these contents: then all that came later was kept."""
        return any(one.calls or (one.body and self._matters(loads(one.body))) for one in known)

    def _matters(self, content: Mapping[str, Any]) -> bool:
        """Whether a pack reads it. A Binary came because something named it, or what needs it may be told later."""
        return self.relevance.of(content) is not None or content.get("resourceType") == BINARY

    def _added(
        self, tx: Connection, key: Key, content: Mapping[str, Any], event: int | None, known: Iterable[Content]
    ) -> bool:
        """Whether it is news beside what is known of the resource; raises Unsound."""
        if fault := fault_in(content):
            raise self._doubted(tx, key, content, fault.code)
        meta, subject = content.get("meta", {}), subject_of(content, key)
        one = Content(
            key,
            digest_of(content, None),
            dumps(content),
            meta.get("versionId"),
            meta.get("lastUpdated"),
            subject=(subject.kind, subject.one, subject.two) if subject else ("", "", ""),
            calls=self.relevance.of(content) is Worth.CALLS,
            event=event,
        )
        if is_kept(known, one):
            return False
        is_news = add(tx, one, identifiers=identifiers_of(content))
        note_mentions(tx, key, mentions_in(content, key.source))
        return is_news

    def _keep_unread(
        self, tx: Connection, key: Key, content: Mapping[str, Any], known: Iterable[Content], event: Event | None
    ) -> None:
        """Keep the state of a resource that was read because an event named it: the inbox does not hold it.

        Without its subject, so that no record is read with it; the last one only.
        """
        if event is not None or key.type not in self.relevance.types or not self.earlier.is_named(tx, key):
            return
        digest, meta = digest_of(content, None), content.get("meta", {})
        drop(tx, key, [one.digest for one in known if one.body and one.digest != digest])
        add(tx, Content(key, digest, dumps(content), meta.get("versionId"), meta.get("lastUpdated")))

    def _add_earlier(self, tx: Connection, key: Key, known: Iterable[Content], event: Event | None) -> None:
        """The first content of a resource that a pack reads: what came before it, and was read by none, counts too."""
        for one in known:
            # What cannot be relied on stands in the way of older ones all the same.
            with suppress(Unsound):
                if one.body:
                    self._added(tx, key, loads(one.body), one.event, known)
        for before, sent in self.earlier.contents(tx, key, event.source if event else None):
            if event is not None and before.id == event.id:
                continue
            try:
                self._added(tx, key, self._in_r4(tx, key, sent), before.id, known)
            except Unsound as error:
                self.earlier.set_aside(tx, before, error.code)

    def _note(self, key: Key, event: object) -> None:
        if event is None:
            self.reads.add(key)

    def _concerned(self, tx: Connection, key: Key) -> set[str]:
        """The lanes of all Patients that any content of the resource names, or that rest on it."""
        patients = {p for c in contents(tx, key) if (p := patient_named(tx, c.key.source, c.subject))}
        if key.type == "Patient":
            patients.add(key)
        return {lane_of(patient) for patient in patients.union(patients_resting_on(tx, key))}

    def _lanes_of(self, tx: Connection, patient: Key) -> set[str]:
        if not contents(tx, patient):
            return {lane_of(patient)}
        placed = find_or_make_person(tx, patient, self.secret)
        return {person_lane(n) for n in (placed.person, *placed.look_again)}


def deleted_digest(at: datetime) -> str:
    """What tells a deletion at an instant from contents and other deletions."""
    return hashlib.sha256(f"deleted {instant_text(at)}".encode()).hexdigest()


def resource_of(one: Content) -> Resource:
    """A stored content as the core reads it."""
    return Resource(one.key, loads(one.body) if one.body else {}, one.digest, one.deleted_at)


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
