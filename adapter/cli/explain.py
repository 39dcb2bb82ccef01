"""`adapter explain`: why a person's charges are what they are, or why one charge is."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from adapter.cli.exits import Exit
from adapter.cli.options import Instant, choosing_packs, language_of, packs_of, settings_of
from adapter.cli.rows import full
from adapter.cli.tables import print_explanation
from adapter.inbound.problems import lines_of
from adapter.replay import Options, Replay


@click.command("explain")
@click.option("--in", "paths", multiple=True, required=True, type=click.Path(path_type=Path), help="Files or folders.")
@click.option("--as-of", type=Instant(), help="Judge as of this day or instant (default: the latest in the input).")
@click.option("--language", help="Language of the texts shown (default: setting `language`).")
@click.argument("wanted", metavar="[PERSON|CHARGE]", required=False)
@choosing_packs
@click.pass_context
def explain_command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    as_of: datetime | None,
    language: str | None,
    wanted: str | None,
    pack_ids: tuple[str, ...],
    jurisdiction: str | None,
) -> None:
    """Every finding with its evidence and basis: of everybody, of a PERSON (P-…), or of one CHARGE (its id)."""
    settings = settings_of(ctx)
    packs = packs_of(settings, pack_ids, jurisdiction)
    words = language_of(settings, packs, language)
    options = Options(packs, settings.secret, settings.document_limit, as_of)
    with Replay(options) as replay:
        replay.read(paths)
        found = list(_matching(replay, wanted, words))
    for decision in found:
        print_explanation(decision)
    for line in lines_of(replay.problems):
        click.echo(line, err=True)
    if not found:
        click.echo(f"nothing found{f' for {wanted}' if wanted else ''}; persons and charges: adapter replay", err=True)
        ctx.exit(Exit.PROBLEMS)


def _matching(replay: Replay, wanted: str | None, language: str) -> Iterator[dict[str, Any]]:
    for judged in replay.persons():
        for decision in judged.decisions:
            shown = full(decision, language)
            if wanted is None or wanted == shown["person"] or wanted in [c["id"] for c in shown["charges"]]:
                yield shown
