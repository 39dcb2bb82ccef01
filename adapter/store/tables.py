"""The tables of the durable store, alike on SQLite and PostgreSQL.

`SCHEMA` is the revision of `migrations` that makes exactly these; a test holds the two together.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

SCHEMA = "0005"


class Instant(sa.types.TypeDecorator[datetime]):
    """An instant, kept in UTC; a time without an offset is a bug and raises ValueError."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """In UTC, so that SQLite's texts order as the instants do."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without an offset")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """SQLite gives it back without its offset."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Order by code point, whatever language the server speaks.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
METADATA = sa.MetaData()


def _key(name: str) -> sa.Column[Any]:
    return sa.Column(name, TEXT, primary_key=True)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, TEXT, nullable=False)


def _lease() -> list[sa.Column[Any]]:
    """When a row is due, who holds it until when, and how it went."""
    return [
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("lease_owner", TEXT),
        sa.Column("lease_until", Instant),
        sa.Column("fence", NUMBER, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("code", TEXT),
        sa.Column("failed_at", Instant),
    ]


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


event = sa.Table(
    "event",
    METADATA,
    sa.Column("id", NUMBER, primary_key=True, autoincrement=True),
    _text("source"),
    _text("dedupe_key"),
    _text("lane"),
    sa.Column("received_at", Instant, nullable=False),
    _text("interaction"),
    # Empty where a request was not understood: two rows that lack a value would never be the same event.
    _text("type"),
    _text("resource_id"),
    sa.Column("version", TEXT),
    sa.Column("base", TEXT),
    sa.Column("request", TEXT),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("content_type", TEXT, nullable=False),
    sa.Column("state", TEXT, nullable=False),
    sa.Column("code", TEXT),
    sa.Column("failed_at", Instant),
    # One index to find a repetition and a resource's events: each one more is a page or two to write for an event.
    sa.UniqueConstraint("source", "type", "resource_id", "dedupe_key", name="event_once"),
    sa.Index("event_new", "lane", "id", **_where("state = 'new'")),
    sa.Index("event_quarantined", "failed_at", **_where("state = 'quarantined'")),
    sqlite_autoincrement=True,
)

work = sa.Table(
    "work",
    METADATA,
    _key("lane"),
    sa.Column("generation", NUMBER, nullable=False),
    *_lease(),
    sa.Index("work_due", "due_at", "lane", **_where("state = 'waiting'")),
    sa.Index("work_dead", "failed_at", **_where("state = 'dead'")),
)

content = sa.Table(
    "content",
    METADATA,
    *map(_key, ("source", "type", "id", "digest")),
    sa.Column("version", TEXT),
    sa.Column("updated", TEXT),
    sa.Column("deleted_at", TEXT),
    _text("body"),
    *map(_text, ("subject_kind", "subject_one", "subject_two")),
    sa.Column("calls", sa.Boolean, nullable=False),
    sa.Column("event", NUMBER),
    sa.Index("content_of_subject", "subject_kind", "subject_one", "subject_two"),
)

doubt = sa.Table("doubt", METADATA, *map(_key, ("id", "type", "source", "body")))

alias = sa.Table("alias", METADATA, *map(_key, ("urn", "source", "type", "id")))

identifier = sa.Table(
    "identifier",
    METADATA,
    *map(_key, ("value", "system", "type", "source", "id")),
    sa.Index("identifier_of", "source", "type", "id"),
)

mention = sa.Table(
    "mention",
    METADATA,
    *map(_key, ("kind", "one", "two", "source", "type", "id")),
)

person = sa.Table(
    "person",
    METADATA,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    _text("pseudonym"),
    sa.Column("in_conflict", sa.Boolean, nullable=False),
    sa.UniqueConstraint("pseudonym", name="person_once"),
    sqlite_autoincrement=True,
)

patient = sa.Table(
    "patient",
    METADATA,
    *map(_key, ("source", "id")),
    sa.Column("person", NUMBER),
    _text("digest"),
    sa.Index("patient_of_person", "person"),
)

national = sa.Table(
    "national",
    METADATA,
    *map(_key, ("value", "source", "id")),
    sa.Index("national_of_patient", "source", "id"),
)

outbox = sa.Table(
    "outbox",
    METADATA,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
    *map(_text, ("target", "person", "pack", "kind", "occasion", "desired", "digest")),
    sa.Column("confirmed_digest", TEXT),
    sa.Column("intended_at", Instant, nullable=False),
    sa.Column("confirmed_at", Instant),
    *_lease(),
    sa.UniqueConstraint("person", "pack", "kind", "occasion", "target", name="outbox_once"),
    sa.Index("outbox_due", "due_at", "number", **_where("state IN ('intended', 'sending')")),
    sa.Index("outbox_failed", "failed_at", **_where("state = 'failed'")),
    sqlite_autoincrement=True,
)

ledger = sa.Table(
    "ledger",
    METADATA,
    *map(_key, ("target", "our_id")),
    *map(_text, ("type", "state", "person", "pack", "digest")),
    sa.Column("decision", NUMBER, nullable=False),
    sa.Column("reference", TEXT),
    sa.Column("version", TEXT),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ledger_of_person", "person"),
    sa.Index("ledger_at_target", "target", "reference"),
)

handed = sa.Table(
    "handed",
    METADATA,
    sa.Column("decision", NUMBER, primary_key=True, autoincrement=False),
    _text("set_id"),
    sa.Column("document", TEXT),
    sa.Column("unique_id", TEXT),
    sa.Column("is_withdrawn", sa.Boolean, nullable=False),
    sa.Column("place", TEXT),
    sa.Column("at", Instant),
    sa.Column("begun_action", TEXT),
    sa.Column("begun", TEXT),
)

given = sa.Table("given", METADATA, *map(_key, ("target", "reference", "version")))

audit = sa.Table(
    "audit",
    METADATA,
    sa.Column("number", NUMBER, primary_key=True, autoincrement=False),
    *map(_text, ("body", "previous", "hash")),
)

mark = sa.Table(
    "mark",
    METADATA,
    *map(_key, ("source", "name")),
    _text("value"),
    sa.Column("at", Instant, nullable=False),
)

asked = sa.Table(
    "asked",
    METADATA,
    *map(_key, ("source", "what", "type", "id")),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("again_at", Instant, nullable=False),
)

embedded = sa.Table(
    "embedded",
    METADATA,
    *map(_key, ("type", "id")),
    sa.Column("version", NUMBER, primary_key=True, autoincrement=False),
    sa.Column("updated", Instant, nullable=False),
    sa.Column("is_current", sa.Boolean, nullable=False),
    _text("body"),
    sa.Index("embedded_current", "type", "updated", "id", **_where("is_current")),
)

embedded_term = sa.Table(
    "embedded_term",
    METADATA,
    *map(_key, ("type", "name", "value", "system", "id")),
    sa.Index("embedded_term_of", "type", "id"),
)
