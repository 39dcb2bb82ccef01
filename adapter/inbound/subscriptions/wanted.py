"""Which Subscriptions should exist at a source, by what it offers and what its operator says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from adapter.inbound.subscriptions.topics import Topic


@dataclass(frozen=True, slots=True)
class Asked:
    """What a site asks of a source: its name, the types that matter, its FHIR version and `notified_by`."""

    name: str
    types: tuple[str, ...]
    fhir_version: str = "R4"
    notified_by: str = "auto"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One Subscription: `about` is its criteria, or its topic's URL. A narrow one does not tell of every change."""

    about: str
    types: tuple[str, ...]
    by_topic: bool = False
    narrow: bool = False


def wanted(asked: Asked, types: Sequence[str], topics: Iterable[Topic]) -> list[Wanted]:
    """The Subscriptions for types that the source has; a type that none of them covers has to be asked for.

    A topic is preferred only where it tells of every change: one for finished visits would never tell that a visit
    was cancelled. With `notified_by = "topic"` narrow ones are taken too, since nothing better is allowed.
    """
    if asked.notified_by == "criteria":
        return [_criteria(name) for name in types]
    known = list(topics)
    by_topic = _of_topics(types, known, asked.notified_by == "topic" or asked.fhir_version != "R4")
    if asked.notified_by == "topic" or asked.fhir_version != "R4":
        return by_topic
    covered = {name for one in by_topic for name in one.types}
    return [*by_topic, *(_criteria(name) for name in types if name not in covered)]


def _criteria(type_name: str) -> Wanted:
    return Wanted(f"{type_name}?", (type_name,))


def _of_topics(types: Sequence[str], topics: list[Topic], takes_narrow: bool) -> list[Wanted]:
    made: list[Wanted] = []
    covered: set[str] = set()
    for topic in sorted(topics, key=lambda one: (-len(one.broad & set(types)), one.url)):
        fresh = tuple(name for name in types if name in topic.broad - covered)
        if fresh:
            made.append(Wanted(topic.url, fresh, by_topic=True))
            covered.update(fresh)
    for topic in topics if takes_narrow else ():
        rest = tuple(name for name in types if name in topic.narrow - covered)
        if rest:
            made.append(Wanted(topic.url, rest, by_topic=True, narrow=True))
    return made
