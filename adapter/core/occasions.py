"""Occasions: the one thing judged (a visit, a death, a sequence), with its findings and what would follow.

An occasion's key is a business key (the scheme's day, the performer's national id, the kind): two reports
of one visit share it, and no local id may enter it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from adapter.core.actors import Actor
from adapter.core.facts import Evidence, Link
from adapter.core.findings import Finding


class Outcome(StrEnum):
    """What was decided; the last two are for occasions that turned out not to be."""

    BILLABLE = "billable"
    INCOMPLETE = "incomplete"
    REFUSED = "refused"
    UNDECIDED = "undecided"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"


class PayerKind(StrEnum):
    """Where Account names the payer (R4 Account): `coverage` for an insurance, `guarantor` for anybody else."""

    COVERAGE = "coverage"
    GUARANTOR = "guarantor"


@dataclass(frozen=True, slots=True)
class Payer:
    """Who pays: `name` is the key of its words in `texts.yaml`, `party` the Reference (empty: by name only)."""

    kind: PayerKind
    name: str
    party: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Charge:
    """One line to charge if the occasion is billable.

    `code` names an entry of `charges` in pack.yaml and the tariff of the same name; `on` is the date that
    picks the amount (the scheme names it); `occurrence` is the FHIR dateTime or (start, end) to write.
    """

    code: str
    on: date | None
    occurrence: str | tuple[str, str] | None = None
    payer: Payer | None = None
    quantity: Decimal = Decimal(1)


@dataclass(frozen=True, kw_only=True)
class Message:
    """A Communication that a pack wants for some outcomes.

    `category` and `topic` are codes of HL7's communication-category and communication-topic; `status` is
    `in-progress` where somebody else still has to hand it over. `key` tells several messages of one name apart.
    `hands_over` is the path of the SharedDocument that it tells of: its status is then what became of that.
    """

    name: str
    when: frozenset[Outcome]
    category: str = "notification"
    topic: str | None = None
    recipients: tuple[Actor, ...] = ()
    documents: tuple[Link, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    status: str = "completed"
    key: tuple[str, ...] = ()
    hands_over: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SharedDocument:
    """A document that a pack wants in the person's shared record, for some outcomes.

    `name` names an entry of `documents` in pack.yaml; `content` are the resources that hold its text or attachment;
    `occurrence` is the FHIR dateTime or (start, end) of what it reports; `stay` the Encounter. `key` tells several
    documents of one name apart.
    """

    name: str
    when: frozenset[Outcome]
    content: tuple[Link, ...]
    authors: tuple[Actor, ...] = ()
    occurrence: str | tuple[str, str] | None = None
    stay: Link | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    key: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        """What tells it apart within its occasion; `Message.hands_over` names it."""
        return (self.name, *self.key)


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """What a pack yields: a key, the causes it rests on, the findings that decide and the advice that does not.

    `void` marks an occasion that was cancelled or entered in error: it only withdraws what was written.
    `values` fill the occasion's title in `texts.yaml`.
    """

    kind: str
    key: tuple[str, ...]
    day: date | None
    causes: tuple[Evidence, ...]
    findings: tuple[Finding, ...] = ()
    advice: tuple[Finding, ...] = ()
    charges: tuple[Charge, ...] = ()
    messages: tuple[Message, ...] = ()
    documents: tuple[SharedDocument, ...] = ()
    performers: tuple[Actor, ...] = ()
    context: Link | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    void: Outcome | None = None
    look_again_at: date | datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Something of a person that indicators count: what, on which day, and the groups it belongs to.

    `strata` name the groups, as ("practice", "123456"); `value` is how much it counts.
    """

    name: str
    day: date
    strata: Mapping[str, str] = field(default_factory=dict)
    value: Decimal = Decimal(1)
