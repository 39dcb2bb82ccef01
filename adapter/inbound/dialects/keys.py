"""When two notifications are one: the key of an event, made of what the sender itself repeats.

A key that matches too seldom costs one more look; a key that matches once too often loses news. So every key also
holds the version, the interaction and the sender's time, where they are known: a server counts from one again after
a restart, and some ids are unique within one message only.

The word before the colon says what a key rests on. `event`, `number` and `version` name one event for good. `body`
names a content, and contents come back (A, then B, then A again): it is a duplicate only of the newest event of the
same resource. News that says neither what nor when has no key (None) and is never a duplicate.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import simplejson

from adapter.inbound.dialects.received import Event, Interaction


@dataclass(frozen=True)
class Notice:
    """What the events of one body share."""

    content: Any
    subscription: str | None = None
    bundle_id: str | None = None
    sent_at: str | None = None

    @cached_property
    def digest(self) -> str:
        """Of the whole body, made once however many events rest on it."""
        return digest_of(self.content)


def digest_of(content: Any) -> str:
    """Of a content, whatever the order of its keys and its white space."""
    canonical = simplejson.dumps(content, use_decimal=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def keyed(event: Event, notice: Notice, place: int = 0) -> Event:
    """The event with its key; `place` tells events of one body apart that say nothing of themselves."""
    return replace(event, dedupe_key=_key(event, notice, place))


def _key(event: Event, notice: Notice, place: int) -> str | None:
    what = (event.base, event.type, event.id, event.version, event.interaction)
    if event.sender_event_id:
        return _named("event", event.sender_event_id, event.timestamp, *what)
    if event.number is not None:
        return _named("number", notice.subscription, str(event.number), notice.bundle_id, event.timestamp, *what)
    if event.version and event.type and event.id:
        return _named("version", *what)
    if isinstance(event.resource, Mapping):
        return _named("body", digest_of(event.resource), *what)
    if event.interaction is Interaction.DELETE and event.id:
        return _named("body", event.timestamp, *what)
    if event.timestamp or notice.sent_at:
        return _named("body", notice.digest, str(place))
    return None


def _named(basis: str, *parts: str | None) -> str:
    """Length-prefixed, so that no two lists of parts are one text; an absent part differs from an empty one."""
    text = "".join("-" if part is None else f"{len(part)}:{part}" for part in parts)
    return f"{basis}:{hashlib.sha256(text.encode()).hexdigest()}"
