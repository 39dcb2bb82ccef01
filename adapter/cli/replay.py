"""`adapter replay`: judge the resources of files and folders, and write what should exist."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import click

from adapter.cli.exits import Exit, one_line_errors
from adapter.cli.options import Instant, choosing_packs, packs_of, settings_of
from adapter.cli.rows import COLUMNS, full, rows_of
from adapter.cli.tables import console, print_explanation, print_table
from adapter.core.decisions import Decision
from adapter.core.desired import desired_of, doubts_of
from adapter.core.times import instant_text
from adapter.outbound.folders import OutputFolder
from adapter.replay import Options, Replay
from adapter.settings import PUBLIC_KEY


@click.command("replay")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the resources into this folder.")
@click.option("--bundles", is_flag=True, help="With --out: transaction Bundles, one a decision, instead of NDJSON.")
@click.option("--post", metavar="URL", help="Write to a FHIR server: conditional, a second run changes nothing.")
@click.option("--explain", is_flag=True, help="Every finding with its evidence and basis.")
@click.option("--as-of", type=Instant(), help="Judge as of this day or instant (default: the latest in the input).")
@click.option("--format", "form", type=click.Choice(["table", "json", "ndjson"]), default="table", show_default=True)
@click.option("--language", help="Language of the texts shown (default: setting `language`).")
@choosing_packs
@click.pass_context
def replay_command(
    ctx: click.Context,
    paths: tuple[Path, ...],
    out: Path | None,
    bundles: bool,
    post: str | None,
    explain: bool,
    as_of: datetime | None,
    form: str,
    language: str | None,
    pack_ids: tuple[str, ...],
    jurisdiction: str | None,
) -> None:
    """Judge every person found in PATHS: FHIR R4, R4B or R5; JSON, XML or NDJSON, plain or .gz; files or folders.

    Exit status: 0 done; 1 done, but something in the input was left out; 2 usage; 3 a pack or a setting is
    broken; 4 the target did not take everything; 5 blocked; 130 stopped.
    """
    with one_line_errors():
        settings = settings_of(ctx)
        if settings.pseudonym_key == PUBLIC_KEY:
            click.echo("note: pseudonyms use the public default key; set ADAPTER_PSEUDONYM_KEY", err=True)
        packs = packs_of(settings, pack_ids, jurisdiction)
        shown = _Shown(form, explain, language or settings.language)
        with progress() as report:
            options = Options(packs, settings.secret, settings.document_limit, as_of)
            replay = Replay(options, report)
            with replay:
                replay.read(paths)
                _judge(replay, shown, settings.site.base, out, bundles)
        shown.close()
        _report(replay, out)
    if replay.problems:
        ctx.exit(Exit.PROBLEMS)


class _Shown:
    """Prints decisions in the form asked for; a table needs all of them first."""

    def __init__(self, form: str, explain: bool, language: str) -> None:
        self._form, self._explain, self._language = form, explain, language
        self._kept: list[dict[str, object]] = []

    def add(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            if self._form == "ndjson":
                click.echo(json.dumps(full(decision, self._language), ensure_ascii=False))
            elif self._form == "json" or self._explain:
                self._kept.append(full(decision, self._language))
            else:
                self._kept.extend(rows_of([decision], self._language))

    def close(self) -> None:
        if self._form == "json":
            click.echo(json.dumps(self._kept, ensure_ascii=False, indent=2))
        elif self._form == "table" and self._explain:
            for decision in self._kept:
                print_explanation(decision)
        elif self._form == "table":
            print_table(COLUMNS, self._kept)


def _judge(replay: Replay, shown: _Shown, base: str, out: Path | None, bundles: bool) -> None:
    if out is None:
        for judged in replay.persons():
            shown.add(judged.decisions)
        return
    with OutputFolder(out, bundles) as folder:
        for judged in replay.persons():
            shown.add(judged.decisions)
            folder.add(doubts_of(judged.record.person, base, replay.as_of))
            for decision in judged.decisions:
                folder.add(desired_of(decision))
        folder.finish()
    counts = ", ".join(f"{n} {t}" for t, n in sorted(folder.written.items())) or "nothing to write"
    click.echo(f"written to {out}: {counts}", err=True)


def _report(replay: Replay, out: Path | None) -> None:
    for problem in sorted(replay.problems):
        click.echo(str(problem), err=True)
    seen, kept = replay.counts
    try:
        as_of = f", as of {instant_text(replay.as_of)}"
    except Exception:
        as_of = ""
    click.echo(f"{seen} resources read, {kept} kept, {len(replay.problems)} problems{as_of}", err=True)


@contextmanager
def progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar on stderr for long work; nothing where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda _stage, _done, _all: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, object] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]  # TaskID is an int

        yield report


__all__ = ["console", "replay_command"]
