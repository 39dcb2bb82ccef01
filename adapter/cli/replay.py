"""`adapter replay`: judge the resources of files and folders, and write what should exist."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path

import click

from adapter.cli.exits import Exit
from adapter.cli.options import Instant, choosing_packs, language_of, packs_of, settings_of
from adapter.cli.shown import Shown
from adapter.core.decisions import Decision
from adapter.core.desired import Desired, desired_of, doubts_of
from adapter.core.errors import Blocked
from adapter.core.handing import NOTHING_KNOWN, HandOvers
from adapter.core.packs import Pack
from adapter.core.records import Record
from adapter.core.times import instant_text
from adapter.inbound.problems import lines_of
from adapter.outbound.folders import OutputFolder
from adapter.replay import Options, Replay
from adapter.settings import PUBLIC_KEY, Settings


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
    settings = settings_of(ctx)
    if settings.pseudonym_key == PUBLIC_KEY:
        click.echo("note: pseudonyms use the public default key; set ADAPTER_PSEUDONYM_KEY", err=True)
    packs = packs_of(settings, pack_ids, jurisdiction)
    shown = Shown(form, explain, language_of(settings, packs, language))
    with progress() as report:
        options = Options(packs, settings.secret, settings.document_limit, as_of)
        replay = Replay(options, report)
        with replay:
            replay.read(paths)
            all_taken, told = _write(replay, shown, settings, out, bundles, post)
    shown.close()
    _report(replay, told)
    if not all_taken:
        ctx.exit(Exit.TARGET)
    if replay.problems:
        ctx.exit(Exit.PROBLEMS)


def _write(
    replay: Replay, shown: Shown, settings: Settings, out: Path | None, bundles: bool, post: str | None
) -> tuple[bool, list[str]]:
    """Judge everybody, and write: whether a target took everything, and the lines to say at the end."""
    told: list[str] = []
    groups = _groups(replay, shown, settings)
    with ExitStack() as stack:
        if out is not None:
            folder = stack.enter_context(OutputFolder(out, bundles))
            groups = _kept(groups, folder)
        all_taken = _posted(post, groups, told) if post else _drained(groups)
        if out is not None:
            folder.finish()
            counts = ", ".join(f"{n} {t}" for t, n in sorted(folder.written.items())) or "nothing to write"
            told.append(f"written to {out}: {counts}")
    return all_taken, told


def _groups(replay: Replay, shown: Shown, settings: Settings) -> Iterator[tuple[Desired, ...]]:
    """What should exist, decision by decision; each is shown on the way."""
    for judged in replay.persons():
        shown.add(judged.decisions)
        yield doubts_of(judged.record.person, settings.site.base, replay.as_of)
        for decision in judged.decisions:
            yield desired_of(decision, _told(decision, judged.record, settings, replay.options.packs))


def _told(decision: Decision, record: Record, settings: Settings, packs: tuple[Pack, ...]) -> HandOvers:
    """Nothing is handed over here: a message says why it may not be, or that it waits."""
    if not decision.occasion.documents:
        return NOTHING_KNOWN
    from adapter.cli.sharing import sharing_of  # what makes documents is slow to import
    from adapter.dmp.telling import told_before

    return told_before(decision, record, sharing_of(settings, packs))


def _kept(groups: Iterable[tuple[Desired, ...]], folder: OutputFolder) -> Iterator[tuple[Desired, ...]]:
    for group in groups:
        folder.add(group)
        yield group


def _drained(groups: Iterable[tuple[Desired, ...]]) -> bool:
    for _ in groups:
        pass
    return True


def _posted(url: str, groups: Iterable[tuple[Desired, ...]], told: list[str]) -> bool:
    from adapter.outbound.client import Target
    from adapter.outbound.posting import post

    with Target(url) as target:
        posted = post(target, groups)
    told.extend([*map(str, posted.failed), f"posted: {posted}"])
    return not posted.failed


def _report(replay: Replay, told: Iterable[str]) -> None:
    for line in (*lines_of(replay.problems), *told):
        click.echo(line, err=True)
    seen, kept = replay.counts
    try:
        as_of = f", as of {instant_text(replay.as_of)}"
    except Blocked:
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
