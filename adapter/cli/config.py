"""`adapter config`: what the settings are, where each comes from, and whether a service can start with them."""

from pathlib import Path

import click

from adapter.cli.options import settings_of
from adapter.cli.tables import print_table
from adapter.mappings import load_packs
from adapter.settings import Settings, load_with_origins, shown, worries


@click.group("config")
def config_group() -> None:
    """The settings in effect, and whether they are sound."""


@config_group.command("show")
@click.pass_context
def show_config(ctx: click.Context) -> None:
    """Every setting in effect, and where it comes from; secrets are masked."""
    config = ctx.find_root().obj
    rows = shown(load_with_origins(Path(config) if config else None))
    columns = ("setting", "value", "from")
    print_table(columns, [{"setting": row.key, "value": row.value, "from": row.origin} for row in rows])


@config_group.command("check")
@click.pass_context
def check_config(ctx: click.Context) -> None:
    """Load the settings, the packs, and the keys and certificates; calls nobody."""
    settings = settings_of(ctx)
    packs = load_packs(settings.site, settings.packs_folder)
    _check_credentials(settings)
    for worry in worries(settings):
        click.echo(f"warning: {worry}", err=True)
    counts = f"{len(packs)} packs, {len(settings.sources)} sources, {len(settings.targets)} targets"
    click.echo(f"the settings are sound: {counts}")


def _check_credentials(settings: Settings) -> None:
    from adapter.core.errors import Permanent
    from adapter.outbound.credentials import connection_of
    from adapter.settings import BadSettings

    for table, parts in (("sources", settings.sources), ("targets", settings.targets)):
        for name, part in parts.items():
            try:
                if part.access:
                    connection_of(part.access)
            except Permanent as error:
                raise BadSettings(f"{table}.{name}: {error}", error.code) from error
