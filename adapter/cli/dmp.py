"""`adapter dmp`: whether documents may leave for the shared record, line by line, and what they look like."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from adapter.cli.exits import Exit
from adapter.cli.options import Instant, language_of, settings_of
from adapter.cli.reports import Report, print_reports, reports_of
from adapter.cli.sharing import correspondents_of, sharing_of
from adapter.core.errors import Permanent
from adapter.core.packs import Pack
from adapter.dmp.files import files_of
from adapter.dmp.preparing import Sharing
from adapter.inbound.problems import Problem, lines_of
from adapter.mappings import load_packs
from adapter.outbound.folders import OutputFolder
from adapter.replay import Judged, Options, Replay
from adapter.settings import Settings

_CHARGE_ID = re.compile("[0-9a-f-]{1,36}")
_CHARGE = "is neither a file nor a folder, nor begins the id of a charge in the database"


@click.group("dmp")
def dmp_group() -> None:
    """Documents for the French shared record (DMP)."""


@dmp_group.command("check")
@click.argument("wanted", metavar="CHARGE|BUNDLE...", nargs=-1, required=True)
@click.option(
    "--as-of", type=Instant(), help="Judge as of this time (default: the latest in the input; for a CHARGE, now)."
)
@click.option("--pack", "pack_ids", multiple=True, help="Only documents of this pack (may be given again).")
@click.option("--format", "form", type=click.Choice(["table", "json", "ndjson"]), default="table", show_default=True)
@click.option("--language", help="Language of the texts shown (default: setting `language`).")
@click.pass_context
def check_command(
    ctx: click.Context,
    wanted: tuple[str, ...],
    as_of: datetime | None,
    pack_ids: tuple[str, ...],
    form: str,
    language: str | None,
) -> None:
    """Say of each document that a decision wants shared what is met, what warns, what waits and what blocks.

    BUNDLE: files and folders, as for `replay`. CHARGE: the id of a ChargeItem in the service's database, or its
    beginning. Nobody is called.

    Exit status: 0 all may leave; 5 one waits or is blocked; 1 nothing to share, or something in the input was left
    out; otherwise as `replay`.
    """
    settings, packs, sharing = _set_up(ctx, pack_ids, language)
    paths = [Path(text) for text in wanted if Path(text).exists()]
    charges = [text for text in wanted if not Path(text).exists()]
    if mistyped := [text for text in charges if not _CHARGE_ID.fullmatch(text)]:
        raise Permanent(f"'{mistyped[0]}' {_CHARGE}", code="no-charge")
    reports, problems = list[Report](), set[Problem]()
    if paths:
        reports, problems = _of_files(paths, settings, packs, sharing, as_of, pack_ids)
    for charge in charges:
        reports += _of_charge(charge, settings, packs, sharing, as_of or datetime.now(UTC))
    print_reports(reports, form)
    _end(ctx, reports, problems)


@dmp_group.command("write")
@click.argument("paths", metavar="BUNDLE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Write into this folder.")
@click.option("--as-of", type=Instant(), help="Judge as of this day or instant (default: the latest in the input).")
@click.option("--pack", "pack_ids", multiple=True, help="Only documents of this pack (may be given again).")
@click.pass_context
def write_command(
    ctx: click.Context, paths: tuple[Path, ...], out: Path, as_of: datetime | None, pack_ids: tuple[str, ...]
) -> None:
    """Write every document that may leave as CDA, as ITI-65 and ITI-105 (PDSm), and as HL7 v2 message (PFI).

    The folder appears whole or not at all. Exit status as for `check`.
    """
    settings, packs, sharing = _set_up(ctx, pack_ids, None)
    reports, problems = _of_files(paths, settings, packs, sharing, as_of, pack_ids)
    between, count = correspondents_of(settings.dmp), 0
    with OutputFolder(out) as folder:
        for report in reports:
            envelope = report.prepared.envelope
            if envelope and report.prepared.readiness.is_ready:
                count += 1
                for name, content in files_of(envelope, settings.dmp.source_oid, between):
                    folder.put(name, content)
        folder.finish()
    click.echo(f"written to {out}: {count} of {len(reports)} documents", err=True)
    if count and not settings.dmp.source_oid:
        click.echo("no ITI-65: give dmp.source_oid", err=True)
    if count and not between:
        click.echo("no HL7 v2: give dmp.sending_… and receiving_… application and facility", err=True)
    _end(ctx, reports, problems)


def _set_up(
    ctx: click.Context, pack_ids: tuple[str, ...], language: str | None
) -> tuple[Settings, tuple[Pack, ...], Sharing]:
    """All packs are read: those that judge readiness have a say in the documents of every other."""
    settings = settings_of(ctx)
    packs = load_packs(settings.site, settings.packs_folder)
    if unknown := sorted(set(pack_ids) - {pack.id for pack in packs}):
        raise click.UsageError(f"no pack '{unknown[0]}': see `adapter packs list`")
    return settings, packs, sharing_of(settings, packs, language_of(settings, packs, language))


def _of_files(
    paths: Any, settings: Settings, packs: tuple[Pack, ...], sharing: Sharing, as_of: datetime | None, only: Any
) -> tuple[list[Report], set[Problem]]:
    with Replay(Options(packs, settings.secret, settings.document_limit, as_of)) as replay:
        replay.read(paths)
        found = [report for judged in replay.persons() for report in _reports(judged, sharing, only)]
        return found, replay.problems


def _reports(judged: Judged, sharing: Sharing, only: tuple[str, ...]) -> Iterator[Report]:
    for decision in judged.decisions:
        if not only or decision.pack.id in only:
            yield from reports_of(decision, judged.record, sharing)


def _of_charge(
    charge: str, settings: Settings, packs: tuple[Pack, ...], sharing: Sharing, as_of: datetime
) -> list[Report]:
    """The documents of the decision behind a charge in the database."""
    from adapter.replay.charges import decisions_of_charge
    from adapter.store.engine import open_store

    store = open_store(settings.database_url)
    try:
        found = decisions_of_charge(store, packs, settings.secret, as_of, charge)
    finally:
        store.close()
    if found is None:
        raise Permanent(f"'{charge}' {_CHARGE}", code="no-charge")
    return [report for decision, record in found for report in reports_of(decision, record, sharing)]


def _end(ctx: click.Context, reports: list[Report], problems: set[Problem]) -> None:
    for line in lines_of(problems):
        click.echo(line, err=True)
    ready = sum(report.prepared.readiness.is_ready for report in reports)
    click.echo(f"{len(reports)} documents, {ready} may leave" if reports else "nothing to share", err=True)
    if ready < len(reports):
        ctx.exit(Exit.BLOCKED)
    if problems or not reports:
        ctx.exit(Exit.PROBLEMS)
