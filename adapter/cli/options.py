"""Options that several commands share, and what they turn into."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from adapter.core.packs import Pack
from adapter.inbound.clocks import instant_of
from adapter.mappings import load_packs
from adapter.settings import Settings, load_settings


class Instant(click.ParamType[datetime]):
    """A day or an instant with its offset."""

    name = "TIME"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The instant; a day counts as its noon in UTC, which is that day in every scheme's zone."""
        at = value if isinstance(value, datetime) else instant_of(str(value))
        if at is None:
            self.fail("give a day (2026-11-21) or a time with its offset (2026-11-21T09:00:00+01:00)", param, ctx)
        return at


def choosing_packs(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--pack` and `--jurisdiction`."""
    command = click.option("--jurisdiction", help="Only packs of a country (FR, JP, …).")(command)
    return click.option("--pack", "pack_ids", multiple=True, help="Only this pack (may be given again).")(command)


def settings_of(ctx: click.Context) -> Settings:
    """The settings, from the file that `--config` names."""
    config = ctx.find_root().obj
    return load_settings(Path(config) if config else None)


def language_of(settings: Settings, packs: Iterable[Pack], asked: str | None) -> str:
    """The language of the texts shown; raises UsageError for one in which no pack has any."""
    known = sorted({language for pack in packs for language in pack.texts.languages})
    if asked and asked not in known:
        raise click.UsageError(f"no texts in '{asked}'; languages: {', '.join(known)}")
    return asked or settings.language


def packs_of(settings: Settings, pack_ids: Iterable[str], jurisdiction: str | None) -> tuple[Pack, ...]:
    """The packs that the options choose; raises BadPack, or UsageError where none is left."""
    packs = load_packs(settings.site, settings.packs_folder, pack_ids)
    if jurisdiction:
        packs = tuple(p for p in packs if p.jurisdiction == jurisdiction.upper())
    if not packs:
        raise click.UsageError("no pack is left: see `adapter packs list`")
    return packs
