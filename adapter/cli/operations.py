"""`adapter migrate`, `status` and `dead-letters`: what an operator does to the database of a service."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click
from sqlalchemy.engine import Connection

from adapter.cli.exits import Exit
from adapter.cli.options import Instant, settings_of
from adapter.cli.tables import print_table
from adapter.core.times import instant_text
from adapter.settings import Settings
from adapter.store import audits, dead_letters, handed, inbox, marks, outbox, people, work
from adapter.store.dead_letters import Chosen, DeadLetter, Kind
from adapter.store.engine import Store, migrate, open_store, schema_of

MOST = 1000
"""Letters of one command, so that a retry stays a bounded transaction."""

_form = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")


@click.command("migrate")
@click.pass_context
def migrate_command(ctx: click.Context) -> None:
    """Make the tables, or bring them to this version; safe to run again, or several times at once."""
    settings = settings_of(ctx)
    migrate(settings.database_url)
    with _store(settings) as store, store.read() as tx:
        click.echo(f"schema {schema_of(tx)}")


@click.command("status")
@_form
@click.pass_context
def status_command(ctx: click.Context, form: str) -> None:
    """What waits, what is done, what failed for good, and how far each source got."""
    with _store(settings_of(ctx)) as store, store.read() as tx:
        counts, known = _counts(tx, datetime.now(UTC)), _marks(tx, is_short=form == "table")
        waiting = [{"target": t, "code": c, "number": n} for t, c, n in outbox.waiting(tx)]
    if form == "json":
        told = {"counts": counts, "waiting": waiting, "marks": known}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    rows = [{"what": what, "state": s, "number": n} for what, states in counts.items() for s, n in states.items()]
    print_table(("what", "state", "number"), rows)
    if waiting:
        print_table(("target", "code", "number"), waiting)
    if known:
        print_table(("source", "mark", "value", "at"), known)


@click.group("dead-letters")
def dead_letters_group() -> None:
    """Looks that died, events in quarantine, and decisions that no target took, oldest first."""


def _choosing(command: Any) -> Any:
    for option in (
        click.option("--limit", type=click.IntRange(1, MOST), default=100, help=f"At most so many (up to {MOST})."),
        click.option("--person", help="Only of this person (pseudonym)."),
        click.option("--since", type=Instant(), help="Only what failed at or after this."),
        click.option("--reason", help="Only of this code."),
    ):
        command = option(command)
    return command


@dead_letters_group.command("list")
@_choosing
@_form
@click.pass_context
def list_letters(
    ctx: click.Context, reason: str | None, since: datetime | None, person: str | None, limit: int, form: str
) -> None:
    """Which there are, with their codes; no content."""
    with _store(settings_of(ctx)) as store, store.read() as tx:
        rows = [_row(one) for one in dead_letters.dead_letters(tx, Chosen(reason, since, person), limit)]
        total = dead_letters.count(tx)
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        print_table(("failed at", "kind", "name", "code"), rows)
    click.echo(f"{len(rows)} of {total} dead letters", err=True)


@dead_letters_group.command("show")
@click.argument("kind", type=click.Choice([k.value for k in Kind]))
@click.argument("name")
@click.pass_context
def show_letter(ctx: click.Context, kind: str, name: str) -> None:
    """One, with all that is known of it, as JSON; of an event also what was sent, which may name a person."""
    with _store(settings_of(ctx)) as store, store.read() as tx:
        letter = _find(tx, Kind(kind), name)
        if letter is None:
            click.echo("there is no such dead letter", err=True)
            ctx.exit(Exit.PROBLEMS)
        click.echo(json.dumps(_row(letter) | _more(tx, letter), ensure_ascii=False, indent=2))


@dead_letters_group.command("retry")
@_choosing
@click.option("--all", "everything", is_flag=True, help="All of them; otherwise say which.")
@click.pass_context
def retry_letters(
    ctx: click.Context, reason: str | None, since: datetime | None, person: str | None, limit: int, everything: bool
) -> None:
    """Give them another chance, oldest first."""
    if everything == any(one is not None for one in (reason, since, person)):
        raise click.UsageError("say which: --reason, --since, --person, or --all alone")
    chosen, done = Chosen(reason, since, person), 0
    settings = settings_of(ctx)
    with _store(settings) as store, store.begin() as tx:
        letters, now = dead_letters.dead_letters(tx, chosen, limit), datetime.now(UTC)
        done = dead_letters.retry(tx, letters, now)
        left = len(dead_letters.dead_letters(tx, chosen, 1))
        _account_for(tx, settings, letters, now)
    click.echo(f"{done} will be tried again{'; there are more: run it again' if left else ''}")


def _account_for(tx: Connection, settings: Settings, letters: list[DeadLetter], now: datetime) -> None:
    from adapter.work import auditing  # Most commands of this file need no worker.

    for letter in letters:
        audits.append(tx, auditing.retrying(settings.site.base, letter.kind.value, letter.name, now))


@contextmanager
def _store(settings: Settings) -> Iterator[Store]:
    store = open_store(settings.database_url)
    try:
        yield store
    finally:
        store.close()


def _counts(tx: Connection, now: datetime) -> dict[str, dict[str, int]]:
    return {
        "inbox": inbox.counts(tx),
        "work": work.counts(tx, now),
        "outbox": outbox.counts(tx),
        "documents": handed.counts(tx),
        "dead letters": {"all": dead_letters.count(tx)},
    }


def _marks(tx: Connection, is_short: bool) -> list[dict[str, str]]:
    from adapter.inbound.catching_up.running import CAUGHT_UP, in_short  # Most commands of this file ask no source.

    return [
        {
            "source": source,
            "mark": name,
            "value": in_short(value) if is_short and name == CAUGHT_UP else json.dumps(value),
            "at": instant_text(at),
        }
        for source in marks.sources(tx)
        for name, (value, at) in marks.all_of(tx, source).items()
    ]


def _row(letter: DeadLetter) -> dict[str, str]:
    at = instant_text(letter.failed_at)
    return {"failed at": at, "kind": letter.kind.value, "name": letter.name, "code": letter.code}


def _find(tx: Connection, kind: Kind, name: str) -> DeadLetter | None:
    found = dead_letters.dead_letters(tx, Chosen(), MOST)
    return next((one for one in found if (one.kind, one.name) == (kind, name)), None)


def _more(tx: Connection, letter: DeadLetter) -> dict[str, Any]:
    match letter.kind:
        case Kind.EVENT:
            return _of_event(tx, int(letter.name))
        case Kind.LOOK if letter.name.startswith("person:"):
            person = people.read_person(tx, int(letter.name.partition(":")[2]))
            return {"person": person.pseudonym} if person else {}
    return {}


def _of_event(tx: Connection, number: int) -> dict[str, Any]:
    event = inbox.event_of(tx, number)
    if event is None:
        return {}
    return {
        "source": event.source,
        "received at": instant_text(event.received_at),
        "interaction": event.interaction,
        "type": event.type,
        "id": event.resource_id,
        "lane": event.lane,
        "content type": event.content_type,
        "body": event.body.decode(errors="replace"),
    }
