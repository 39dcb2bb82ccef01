"""The first tables: inbox, work list, records, persons, outbox, ledger, audits, marks."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# What `adapter.store.tables` said at this revision; it goes on, this stays.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make them all."""
    _make_event()
    _make_work()
    _make_content()
    _make_alias()
    _make_identifier()
    _make_mention()
    _make_person()
    _make_patient()
    _make_national()
    _make_outbox()
    _make_ledger()
    _make_given()
    _make_audit()
    _make_mark()


def _column(name: str, kind: Any, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, **more)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _make_event() -> None:
    op.create_table(
        "event",
        _column("id", NUMBER, autoincrement=True),
        _column("source", TEXT),
        _column("dedupe_key", TEXT),
        _column("lane", TEXT),
        _column("received_at", INSTANT),
        _column("interaction", TEXT),
        sa.Column("type", TEXT),
        sa.Column("resource_id", TEXT),
        sa.Column("version", TEXT),
        _column("body", sa.LargeBinary()),
        _column("content_type", TEXT),
        _column("state", TEXT),
        sa.Column("code", TEXT),
        sa.Column("failed_at", INSTANT),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source", "dedupe_key", name="event_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("event_new", "event", ["lane", "id"], **_where("state = 'new'"))
    op.create_index("event_quarantined", "event", ["failed_at"], **_where("state = 'quarantined'"))


def _make_work() -> None:
    op.create_table(
        "work",
        _column("lane", TEXT),
        _column("generation", NUMBER),
        _column("due_at", INSTANT),
        sa.Column("lease_owner", TEXT),
        sa.Column("lease_until", INSTANT),
        _column("fence", NUMBER),
        _column("attempts", sa.Integer()),
        _column("state", TEXT),
        sa.Column("code", TEXT),
        sa.Column("failed_at", INSTANT),
        sa.PrimaryKeyConstraint("lane"),
    )
    op.create_index("work_dead", "work", ["failed_at"], **_where("state = 'dead'"))
    op.create_index("work_due", "work", ["due_at", "lane"], **_where("state = 'waiting'"))


def _make_content() -> None:
    op.create_table(
        "content",
        _column("source", TEXT),
        _column("type", TEXT),
        _column("id", TEXT),
        _column("digest", TEXT),
        sa.Column("version", TEXT),
        sa.Column("updated", TEXT),
        sa.Column("deleted_at", TEXT),
        _column("body", TEXT),
        _column("subject_kind", TEXT),
        _column("subject_one", TEXT),
        _column("subject_two", TEXT),
        _column("calls", sa.Boolean()),
        sa.Column("event", NUMBER),
        sa.PrimaryKeyConstraint("source", "type", "id", "digest"),
    )
    op.create_index("content_of_subject", "content", ["subject_kind", "subject_one", "subject_two"])


def _make_alias() -> None:
    op.create_table(
        "alias",
        _column("urn", TEXT),
        _column("source", TEXT),
        _column("type", TEXT),
        _column("id", TEXT),
        sa.PrimaryKeyConstraint("urn", "source", "type", "id"),
    )


def _make_identifier() -> None:
    op.create_table(
        "identifier",
        _column("value", TEXT),
        _column("system", TEXT),
        _column("type", TEXT),
        _column("source", TEXT),
        _column("id", TEXT),
        sa.PrimaryKeyConstraint("value", "system", "type", "source", "id"),
    )
    op.create_index("identifier_of", "identifier", ["source", "type", "id"])


def _make_mention() -> None:
    op.create_table(
        "mention",
        _column("kind", TEXT),
        _column("one", TEXT),
        _column("two", TEXT),
        _column("source", TEXT),
        _column("type", TEXT),
        _column("id", TEXT),
        sa.PrimaryKeyConstraint("kind", "one", "two", "source", "type", "id"),
    )


def _make_person() -> None:
    op.create_table(
        "person",
        _column("number", NUMBER, autoincrement=True),
        _column("pseudonym", TEXT),
        _column("in_conflict", sa.Boolean()),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("pseudonym", name="person_once"),
        sqlite_autoincrement=True,
    )


def _make_patient() -> None:
    op.create_table(
        "patient",
        _column("source", TEXT),
        _column("id", TEXT),
        sa.Column("person", NUMBER),
        _column("digest", TEXT),
        sa.PrimaryKeyConstraint("source", "id"),
    )
    op.create_index("patient_of_person", "patient", ["person"])


def _make_national() -> None:
    op.create_table(
        "national",
        _column("value", TEXT),
        _column("source", TEXT),
        _column("id", TEXT),
        sa.PrimaryKeyConstraint("value", "source", "id"),
    )
    op.create_index("national_of_patient", "national", ["source", "id"])


def _make_outbox() -> None:
    op.create_table(
        "outbox",
        _column("number", NUMBER, autoincrement=True),
        _column("target", TEXT),
        _column("person", TEXT),
        _column("pack", TEXT),
        _column("kind", TEXT),
        _column("occasion", TEXT),
        _column("desired", TEXT),
        _column("digest", TEXT),
        sa.Column("confirmed_digest", TEXT),
        _column("intended_at", INSTANT),
        sa.Column("confirmed_at", INSTANT),
        _column("due_at", INSTANT),
        sa.Column("lease_owner", TEXT),
        sa.Column("lease_until", INSTANT),
        _column("fence", NUMBER),
        _column("attempts", sa.Integer()),
        _column("state", TEXT),
        sa.Column("code", TEXT),
        sa.Column("failed_at", INSTANT),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("person", "pack", "kind", "occasion", "target", name="outbox_once"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_due", "outbox", ["due_at", "number"], **_where("state IN ('intended', 'sending')"))
    op.create_index("outbox_failed", "outbox", ["failed_at"], **_where("state = 'failed'"))


def _make_ledger() -> None:
    op.create_table(
        "ledger",
        _column("target", TEXT),
        _column("our_id", TEXT),
        _column("type", TEXT),
        _column("state", TEXT),
        _column("person", TEXT),
        _column("pack", TEXT),
        _column("digest", TEXT),
        _column("decision", NUMBER),
        sa.Column("reference", TEXT),
        sa.Column("version", TEXT),
        _column("at", INSTANT),
        sa.PrimaryKeyConstraint("target", "our_id"),
    )
    op.create_index("ledger_at_target", "ledger", ["target", "reference"])
    op.create_index("ledger_of_person", "ledger", ["person"])


def _make_given() -> None:
    op.create_table(
        "given",
        _column("target", TEXT),
        _column("reference", TEXT),
        _column("version", TEXT),
        sa.PrimaryKeyConstraint("target", "reference", "version"),
    )


def _make_audit() -> None:
    op.create_table(
        "audit",
        _column("number", NUMBER, autoincrement=False),
        _column("body", TEXT),
        _column("previous", TEXT),
        _column("hash", TEXT),
        sa.PrimaryKeyConstraint("number"),
    )


def _make_mark() -> None:
    op.create_table(
        "mark",
        _column("source", TEXT),
        _column("name", TEXT),
        _column("value", TEXT),
        _column("at", INSTANT),
        sa.PrimaryKeyConstraint("source", "name"),
    )
