"""`adapter catch-up`: asks the sources for what was missed, and says what that may still leave out."""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click

from adapter.cli.exits import Exit
from adapter.cli.options import Instant, settings_of
from adapter.core.errors import AdapterError, Temporary
from adapter.core.times import instant_text
from adapter.inbound.sources import SourceClient
from adapter.settings import Settings, SourceSettings
from adapter.store.engine import Store, open_store

FIRST_TYPES = ("Encounter", "CarePlan", "Observation")
"""What most charges hang on comes first."""


class _Since(Instant):
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return None if value in (None, "auto") else super().convert(value, param, ctx)


@click.command("catch-up")
@click.option("--source", "names", multiple=True, help="Only this source (may be given again).")
@click.option("--since", type=_Since(), default="auto", help="From this time on; auto: since the last catch-up.")
@click.option("--sweep", "sweeps", is_flag=True, help="Read again every resource that a live charge rests on, too.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def catch_up_command(
    ctx: click.Context, names: tuple[str, ...], since: datetime | None, sweeps: bool, form: str
) -> None:
    """Put what happened at the sources meanwhile into the inbox; twice changes nothing. The worker does the rest."""
    settings = settings_of(ctx)
    chosen = sources_of(settings, names)
    with closing(open_store(settings.database_url)) as store:
        types = _types(settings)

        def run(name: str, one: SourceSettings) -> dict[str, Any]:
            with closing(client_of(one)) as client:
                return _run(store, client, (name, one, types), since, sweeps)

        rows, worst = each(chosen, run)
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for row in rows:
            _say(row)
    ctx.exit(worst)


def sources_of(settings: Settings, names: Iterable[str]) -> dict[str, SourceSettings]:
    """The sources that the option names, else all that can be called; raises UsageError for one that cannot."""
    callable_ = {name: one for name, one in settings.sources.items() if one.access is not None}
    for name in names:
        if name not in callable_:
            what = "has no base_url" if name in settings.sources else "is not in the settings"
            raise click.UsageError(f"source '{name}' {what}")
    if not callable_:
        raise click.UsageError("no source has a base_url; see docs/settings.md")
    return {name: callable_[name] for name in (names or callable_)}


def client_of(source: SourceSettings) -> SourceClient:
    """How to ask a source; raises BadCredentials."""
    from adapter.outbound.credentials import connection_of

    if source.access is None:
        raise click.UsageError("a source without base_url cannot be asked")
    return SourceClient(source.access.base_url, **connection_of(source.access)._asdict())


def each(
    chosen: dict[str, SourceSettings], run: Callable[[str, SourceSettings], dict[str, Any]]
) -> tuple[list[dict[str, Any]], Exit]:
    """What came of each source; one that fails has a line on stderr and stops no other."""
    rows, worst = [], Exit.DONE
    for name, one in chosen.items():
        try:
            rows.append(run(name, one))
        except AdapterError as error:
            click.echo(f"{name}: {error} [{error.code}]", err=True)
            worst = max(worst, Exit.TARGET if isinstance(error, Temporary) else Exit.PROBLEMS)
    return rows, worst


def ordered(types: Iterable[str]) -> tuple[str, ...]:
    """Types with those first that most charges hang on."""
    rest = set(types)
    return (*(name for name in FIRST_TYPES if name in rest), *sorted(rest - set(FIRST_TYPES)))


def _types(settings: Settings) -> tuple[str, ...]:
    from adapter.inbound.relevance import Relevance
    from adapter.mappings import load_packs

    return ordered(Relevance(load_packs(settings.site, settings.packs_folder)).types)


def _run(
    store: Store,
    client: SourceClient,
    source: tuple[str, SourceSettings, tuple[str, ...]],
    since: datetime | None,
    sweeps: bool,
) -> dict[str, Any]:
    from adapter.inbound.catching_up import Reach, catch_up, sweep

    name, one, types = source
    cannot = one.overrides
    reach = Reach(name, types, cannot.no_events, cannot.no_history, cannot.no_last_updated)
    done = catch_up(store, client, reach, datetime.now(UTC), since)
    swept = sweep(store, client, name, datetime.now(UTC)) if sweeps else None
    return {
        "source": name,
        "method": done.method.value,
        "guarantee": done.guarantee,
        "events": done.events,
        "until": instant_text(done.until),
        "types": {kind: method.value for kind, method in done.types.items()},
        "not read": list(done.unread),
        **({"sweep": asdict(swept)} if swept else {}),
    }


def _say(row: dict[str, Any]) -> None:
    click.echo(f"{row['source']}: {row['events']} new events up to {row['until']}, by {row['method']}")
    for line in _details(row):
        click.echo(f"  {line}")


def _details(row: dict[str, Any]) -> Iterator[str]:
    yield row["guarantee"]
    stronger = sorted({method for method in row["types"].values() if method != row["method"]})
    for method in stronger:
        yield f"by {method}: {', '.join(kind for kind, one in row['types'].items() if one == method)}"
    if row["not read"]:
        yield f"not read, because the source refuses: {', '.join(row['not read'])}"
    if "sweep" in row:
        yield "sweep: " + ", ".join(f"{number} {what}" for what, number in row["sweep"].items())
