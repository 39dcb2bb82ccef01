"""`adapter tariffs`: what each charge costs on a day, since when, and on which basis."""

from datetime import UTC, date, datetime

import click

from adapter.cli.options import choosing_packs, packs_of, settings_of
from adapter.cli.tables import print_table
from adapter.core.packs import Pack


@click.group("tariffs")
def tariffs_group() -> None:
    """Amounts with their dates and bases."""


@tariffs_group.command("show")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="The day (default: today).")
@choosing_packs
@click.pass_context
def show_tariffs(ctx: click.Context, day: datetime | None, pack_ids: tuple[str, ...], jurisdiction: str | None) -> None:
    """The amount of every charge on a day; "unknown" where no basis vouches for one."""
    on = day.date() if day else datetime.now(UTC).date()
    packs = packs_of(settings_of(ctx), pack_ids, jurisdiction)
    columns = ("pack", "code", "amount", "known from", "to", "basis", "verified on", "display")
    print_table(columns, [row for pack in packs for row in _rows(pack, on)])


def _rows(pack: Pack, on: date) -> list[dict[str, str]]:
    rows = []
    for name, charge in pack.charges.items():
        value = pack.tariffs[name].on(on)
        rows.append(
            {
                "pack": pack.id,
                "code": charge.code,
                "amount": str(value.amount) if value else "unknown",
                "known from": str(value.known_from) if value else "",
                "to": str(value.to) if value and value.to else "",
                "basis": ", ".join(value.basis) if value else "",
                "verified on": str(value.verified_on) if value else "",
                "display": charge.display,
            }
        )
    return rows
