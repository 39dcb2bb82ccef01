"""`adapter subscribe`: our Subscriptions at the sources, made, shown, kept alive and taken back."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from adapter.cli.catch_up import each, ordered, sources_of
from adapter.cli.options import settings_of
from adapter.cli.tables import print_table
from adapter.core.errors import Blocked
from adapter.settings import Settings, SourceSettings
from adapter.settings.parts import is_loopback
from adapter.store import marks
from adapter.store.engine import Store, open_store

if TYPE_CHECKING:
    from adapter.inbound.subscriptions import Action, Asked, Hook, Kept, SubscriptionClient

    Doing = Callable[[Store, SubscriptionClient, Asked, Hook], dict[str, Any]]

_COLUMNS = ("source", "about", "types", "id", "status", "end")


class NoHookSecret(Blocked):
    """Anybody could notify in the source's name."""

    code = "no-hook-secret"


@click.group("subscribe")
def subscribe_group() -> None:
    """Our Subscriptions: one for every type that a pack reads, as far as a source offers them."""


def _choosing(command: Any) -> Any:
    for option in (
        click.option("--format", "form", type=click.Choice(["table", "json"]), default="table"),
        click.option("--endpoint", help="Where the source reaches us (default: public_url); /hooks/SOURCE is added."),
        click.option("--source", "names", multiple=True, help="Only this source (may be given again)."),
    ):
        command = option(command)
    return click.pass_context(command)


@subscribe_group.command("apply")
@_choosing
def apply_command(ctx: click.Context, names: tuple[str, ...], endpoint: str | None, form: str) -> None:
    """Make each source have exactly what is wanted; again changes nothing."""
    from adapter.inbound.subscriptions import apply

    def run(store: Store, client: "SubscriptionClient", asked: "Asked", hook: "Hook") -> dict[str, Any]:
        return _row(asked, *apply(store, client, asked, hook, datetime.now(UTC)))

    _run_each(ctx, (names, endpoint, form), run)


@subscribe_group.command("status")
@_choosing
def status_command(ctx: click.Context, names: tuple[str, ...], endpoint: str | None, form: str) -> None:
    """What is wanted, and how it is at each source; changes nothing."""
    from adapter.inbound.subscriptions import status

    def run(_: Store, client: "SubscriptionClient", asked: "Asked", hook: "Hook") -> dict[str, Any]:
        return _row(asked, [], status(client, asked, hook))

    _run_each(ctx, (names, endpoint, form), run)


@subscribe_group.command("renew")
@_choosing
def renew_command(ctx: click.Context, names: tuple[str, ...], endpoint: str | None, form: str) -> None:
    """Renew what ends soon and ask anew for what failed; for a daily timer."""
    from adapter.inbound.subscriptions import renew

    def run(store: Store, client: "SubscriptionClient", asked: "Asked", hook: "Hook") -> dict[str, Any]:
        return _row(asked, *renew(store, client, asked, hook, datetime.now(UTC)))

    _run_each(ctx, (names, endpoint, form), run)


@subscribe_group.command("remove")
@_choosing
def remove_command(ctx: click.Context, names: tuple[str, ...], endpoint: str | None, form: str) -> None:
    """Delete our Subscriptions, and nobody else's."""
    from adapter.inbound.subscriptions import remove

    def run(store: Store, client: "SubscriptionClient", asked: "Asked", hook: "Hook") -> dict[str, Any]:
        return _row(asked, remove(store, client, asked, hook, datetime.now(UTC)), [])

    _run_each(ctx, (names, endpoint, form), run)


def _run_each(ctx: click.Context, words: tuple[tuple[str, ...], str | None, str], doing: "Doing") -> None:
    from adapter.inbound.subscriptions import Asked, SubscriptionClient
    from adapter.outbound.credentials import connection_of

    names, endpoint, form = words
    settings = settings_of(ctx)
    types = _types(settings)
    with closing(open_store(settings.database_url)) as store:

        def run(name: str, one: SourceSettings) -> dict[str, Any]:
            hook = _hook(store, name, one, endpoint or settings.public_url)
            if one.access is None:
                raise click.UsageError(f"source '{name}' has no base_url")
            client = SubscriptionClient(one.access.base_url, **connection_of(one.access)._asdict())
            with closing(client):
                return doing(store, client, Asked(name, types, one.fhir_version, one.notified_by), hook)

        rows, worst = each(sources_of(settings, names), run)
    _show(rows, form)
    ctx.exit(worst)


def _types(settings: Settings) -> tuple[str, ...]:
    from adapter.mappings import load_packs

    packs = load_packs(settings.site, settings.packs_folder)
    return ordered({reader.spec.resource for pack in packs for reader in pack.readers})


def _hook(store: Store, name: str, source: SourceSettings, endpoint: str | None) -> "Hook":
    """Where the source sends to: below `endpoint`, else as it was last applied; raises UsageError or NoHookSecret."""
    from adapter.inbound.subscriptions import Hook
    from adapter.inbound.subscriptions.keeping import ENDPOINT

    if endpoint is None:
        with store.read() as tx:
            url = marks.read(tx, name, ENDPOINT)
        if url is None:
            raise click.UsageError(f"nothing was applied to '{name}' yet: give --endpoint, or set public_url")
    else:
        url = f"{endpoint.rstrip('/')}/hooks/{name}"
    _check(url, source)
    return Hook(str(url), header_of(name, source), source.heartbeat_seconds)


def _check(url: str, source: SourceSettings) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
    except ValueError:
        sound = False
    if not sound or "@" in url:
        raise click.UsageError("--endpoint must be an http or https URL without user, query and fragment")
    if url.startswith("http://") and not is_loopback(url) and not source.insecure:
        raise click.UsageError("--endpoint with http:// would be read on the way; use https://, or set insecure")


def header_of(name: str, source: SourceSettings) -> tuple[str, str] | None:
    """The header by which we know what a source sends, a secret; None where it needs none. Raises NoHookSecret."""
    known = source.notifications
    if known.header_values:
        return known.header, known.header_values[0]
    if known.bearer_tokens:
        return "Authorization", f"Bearer {known.bearer_tokens[0]}"
    if not known.configured and not known.allow_unauthenticated:
        raise NoHookSecret(f"set sources.{name}.notifications, so that its notifications can be told from others'")
    return None


def _row(asked: "Asked", done: Sequence["Action"], kept: Iterable["Kept"]) -> dict[str, Any]:
    from adapter.inbound.subscriptions.keeping import uncovered

    kept = list(kept)
    return {
        "source": asked.name,
        "done": [{"what": one.doing.value, "about": one.about, "id": one.id} for one in done],
        "subscriptions": [
            {"about": k.about, "types": list(k.types), "narrow": k.narrow, "id": k.id, "status": k.status, "end": k.end}
            for k in kept
        ],
        "not told of": uncovered(asked, kept),
    }


def _show(rows: list[dict[str, Any]], form: str) -> None:
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    lines = [_line(row["source"], one) for row in rows for one in row["subscriptions"]]
    if lines:
        print_table(_COLUMNS, lines)
    for row in rows:
        done = [one["what"] for one in row["done"]]
        counted = ", ".join(f"{done.count(what)} {what}" for what in dict.fromkeys(done)) or "nothing to do"
        click.echo(f"{row['source']}: {counted}")
        if row["not told of"] and row["subscriptions"]:
            click.echo(f"{row['source']}: only catching up finds every change of: {', '.join(row['not told of'])}")


def _line(source: str, one: dict[str, Any]) -> dict[str, str]:
    types = ", ".join(one["types"]) + (" (narrow)" if one["narrow"] else "")
    shown = {name: str(one[name] or "") for name in ("about", "id", "status", "end")}
    return {"source": source, "types": types, **shown}
