"""`adapter audits`: the chain of AuditEvents, checked and listed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.engine import Connection

from adapter.cli.exits import Exit
from adapter.cli.options import settings_of
from adapter.fhir.json_text import dumps
from adapter.store import audits
from adapter.store.engine import open_store

MOST = 10_000


@click.group("audits")
def audits_group() -> None:
    """The chain of AuditEvents: what was read, written and retried, by whom and when."""


@audits_group.command("verify")
@click.option("--head", help="A head that was printed earlier and kept elsewhere; it must still be in the chain.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def verify_audits(ctx: click.Context, head: str | None, form: str) -> None:
    """Go along the whole chain: whether anything was changed, removed or put in; and, with --head, cut off."""
    with _reading(ctx) as tx:
        chain = audits.verify(tx)
        is_cut = head is not None and chain.broken_at is None and not audits.holds(tx, head)
    if form == "json":
        told = {"length": chain.length, "head": chain.head, "broken at": chain.broken_at, "cut off": is_cut}
        click.echo(json.dumps(told, indent=2))
    elif chain.broken_at is not None:
        click.echo(f"broken at AuditEvent {chain.broken_at}; the {chain.length} before it are whole")
    else:
        click.echo(f"{chain.length} AuditEvents, {'cut off' if is_cut else 'whole'}; head {chain.head}")
    if is_cut or chain.broken_at is not None:
        ctx.exit(Exit.PROBLEMS)


@audits_group.command("list")
@click.option("--after", type=click.IntRange(0), default=0, help="Only those after this number.")
@click.option("--limit", type=click.IntRange(1, MOST), default=100, help=f"At most so many (up to {MOST}).")
@click.pass_context
def list_audits(ctx: click.Context, after: int, limit: int) -> None:
    """AuditEvents with their numbers as NDJSON, oldest first."""
    with _reading(ctx) as tx:
        rows = audits.read(tx, after, limit)
    for number, event in rows:
        click.echo(dumps({"number": number, "event": event}))


@contextmanager
def _reading(ctx: click.Context) -> Iterator[Connection]:
    store = open_store(settings_of(ctx).database_url)
    try:
        with store.read() as tx:
            yield tx
    finally:
        store.close()
