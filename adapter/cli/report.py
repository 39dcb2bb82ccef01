"""`adapter report`: a pack's indicators at practice, cluster and region level, and what it decided in a period."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from adapter.cli.exits import Exit
from adapter.cli.options import Instant, language_of, packs_of, settings_of
from adapter.cli.replay import progress
from adapter.cli.report_rows import (
    ACTIVITY,
    COMPARED,
    FIGURES,
    GOALS,
    activity_rows,
    as_json,
    compared_rows,
    csv_text,
    figure_rows,
    goal_table,
    places_of,
    side_by_side,
)
from adapter.cli.tables import console, print_table
from adapter.core.desired.measures import measures
from adapter.core.indicators import BadTable, Base, Computed, InsuredTable, ReportPeriod, read_insured, read_period
from adapter.core.indicators.figures import CLUSTER
from adapter.core.times import instant_text
from adapter.inbound.problems import Problem, lines_of
from adapter.outbound.folders import OutputFolder
from adapter.replay import Options, Replay
from adapter.replay.reporting import Report, Wanted, check_follow_up, report_on
from adapter.settings import Settings

_Outcome = tuple[Report, str, set[Problem]]
"""A report, what was read for it, and what was left out."""


@click.command("report")
@click.argument("pack_id", metavar="PACK")
@click.option("--in", "paths", multiple=True, type=click.Path(path_type=Path), help="Files or folders.")
@click.option("--db", "from_store", is_flag=True, help="The persons of the service's database (setting `database`).")
@click.option("--period", help="2025, 2025-Q1 or 2025-01-01/2025-12-31 (default: the calendar year of as-of).")
@click.option("--insured", type=click.Path(path_type=Path), help="CSV practice,cluster,region,quarter|year,insured.")
@click.option("--cluster", help="Figures of this cluster only: its practices, itself and its region.")
@click.option(
    "--denominator",
    type=click.Choice([str(b) for b in Base]),
    default=str(Base.MEAN),
    show_default=True,
    help="A period's insured persons: the mean of its quarters, or the last.",
)
@click.option("--compare-with", help="Another period to compare with; refused where the pack wants more time between.")
@click.option(
    "--as-of", type=Instant(), help="Judge as of this time (default: the latest in the input; with --db, now)."
)
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Measure, MeasureReport and CSV files.")
@click.option("--language", help="Language of the texts shown (default: setting `language`).")
@click.pass_context
def report_command(
    ctx: click.Context,
    pack_id: str,
    paths: tuple[Path, ...],
    from_store: bool,
    period: str | None,
    insured: Path | None,
    cluster: str | None,
    denominator: str,
    compare_with: str | None,
    as_of: datetime | None,
    form: str,
    out: Path | None,
    language: str | None,
) -> None:
    """What PACK counted and decided: rates beside cluster and region, goals, decisions by month, amounts, what is open.

    Exit status: 0 done; 1 done, but something in the input was left out; 2 usage, or a table or period that cannot
    be used; 3 a pack or a setting is broken; 5 blocked; 130 stopped.
    """
    if bool(paths) is from_store:
        raise click.UsageError("give either --in PATH or --db")
    settings = settings_of(ctx)
    (pack,) = packs_of(settings, [pack_id], None)
    words = language_of(settings, [pack], language)
    wanted = Wanted(pack, _period(period), _period(compare_with), _table(insured), Base(denominator))
    check_follow_up(pack, wanted.period, wanted.compare_with)
    outcome = _of_store(settings, wanted, as_of) if from_store else _of_files(settings, wanted, paths, as_of)
    report, remark, problems = outcome
    _check_cluster(report, cluster)
    _show(report, cluster, form, words)
    if out is not None:
        _write(report, cluster, out)
    for line in lines_of(problems):
        click.echo(line, err=True)
    click.echo(remark, err=True)
    if problems:
        ctx.exit(Exit.PROBLEMS)


def _of_files(settings: Settings, wanted: Wanted, paths: Iterable[Path], as_of: datetime | None) -> _Outcome:
    options = Options((wanted.pack,), settings.secret, settings.document_limit, as_of)
    with progress() as told, Replay(options, told) as run:
        run.read(paths)
        report = report_on(run, wanted)
    return report, f"{run.counts[0]} resources read, {len(run.problems)} problems", run.problems


def _of_store(settings: Settings, wanted: Wanted, as_of: datetime | None) -> _Outcome:
    # Reports on files need no database.
    from adapter.replay.stored import StoredPersons
    from adapter.store.engine import open_store

    store = open_store(settings.database_url)
    try:
        with progress() as told:
            everybody = StoredPersons(store, (wanted.pack,), settings.secret, as_of or datetime.now(UTC), told)
            report = report_on(everybody, wanted)
    finally:
        store.close()
    return report, f"{everybody.judged} persons of the database read", set()


def _period(text: str | None) -> ReportPeriod | None:
    return read_period(text) if text else None


def _table(file: Path | None) -> InsuredTable | None:
    if file is None:
        return None
    try:
        return read_insured(file.read_text(encoding="utf-8"), str(file))
    except OSError as error:
        raise BadTable(f"{file}:0: (file): cannot be read; check its name and rights") from error
    except UnicodeDecodeError as error:
        raise BadTable(f"{file}:0: (file): is not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _check_cluster(report: Report, cluster: str | None) -> None:
    known = sorted({p.name for c in report.computed for p in c.places if p.level == CLUSTER})
    if cluster is not None and cluster not in known:
        raise click.UsageError(f"no cluster '{cluster}' in the table of insured persons; known: {', '.join(known)}")


def _show(report: Report, cluster: str | None, form: str, language: str) -> None:
    if form == "json":
        click.echo(json.dumps(as_json(report, cluster), ensure_ascii=False, indent=2))
    elif form == "csv":
        click.echo(_figures_csv(report, cluster) if report.computed else _activity_csv(report), nl=False)
        _remarks(report, to_stderr=True)
    else:
        _tables(report, cluster, language)


def _tables(report: Report, cluster: str | None, language: str) -> None:
    out, pack = console(), report.pack
    out.print(f"[bold]{pack.id} {pack.version}[/]  {pack.title.get(language) or pack.title[pack.language]}")
    out.print(f"{report.period.text}, as of {instant_text(report.as_of)}, rules {pack.digest}")
    _remarks(report, to_stderr=False)
    for computed in report.computed:
        _indicator(computed, cluster, language)
    if len(report.computed) > 1:
        out.print("\n[bold]Side by side[/] (rates)")
        print_table(("level", "name", *(c.indicator.id for c in report.computed)), side_by_side(report, cluster))
    if report.compared_with:
        out.print(f"\n[bold]Compared[/]: {report.compared_with.text} and {report.period.text}")
        print_table(COMPARED, compared_rows(report, cluster))
    if report.goals:
        out.print("\n[bold]Goals[/]")
        print_table(GOALS, goal_table(report))
    out.print("\n[bold]Decisions, amounts, what is open, tallies[/]")
    print_table(ACTIVITY, activity_rows(report))


def _remarks(report: Report, to_stderr: bool) -> None:
    """What was chosen and what was left out, where the figures are read."""
    for line in (*report.choices, *report.notes):
        click.echo(f"- {line}", err=to_stderr)


def _indicator(computed: Computed, cluster: str | None, language: str) -> None:
    out, indicator = console(), computed.indicator
    out.print(f"\n[bold]{indicator.words(language)}[/] ({indicator.id}; {', '.join(indicator.basis) or 'no basis'})")
    if indicator.explained(language):
        out.print(indicator.explained(language))
    rows = list(figure_rows(computed, cluster))
    kept = [name for name in FIGURES if name not in ("indicator", "by", "stratum")]
    print_table(kept, [row for row in rows if not row["by"]])
    for by in indicator.by:
        if computed.strata(by):
            out.print(f"\nby {by} (rates)")
            print_table(("level", "name", *map(str, computed.strata(by))), _broken_down(rows, computed.strata(by), by))


def _broken_down(rows: Sequence[dict[str, str]], strata: Sequence[str], by: str) -> Iterator[dict[str, str]]:
    """A row for each place, a column for each stratum."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        if row["by"] == by:
            place = found.setdefault((row["level"], row["name"]), dict.fromkeys(strata, ""))
            place[row["stratum"]] = row["rate"]
    for (level, name), cells in found.items():
        yield {"level": level, "name": name, **cells}


def _figures_csv(report: Report, cluster: str | None) -> str:
    return csv_text(FIGURES, (row for computed in report.computed for row in figure_rows(computed, cluster)))


def _activity_csv(report: Report) -> str:
    return csv_text(ACTIVITY, activity_rows(report))


def _write(report: Report, cluster: str | None, folder: Path) -> None:
    """Resources and CSV files; the CSV come into the finished folder, each whole."""
    with OutputFolder(folder) as out:
        for computed in report.computed:
            places = places_of(computed, cluster)
            out.add(measures(report.pack, computed, report.as_of, places, "; ".join(report.choices)))
        out.finish()
    files = {"figures.csv": _figures_csv(report, cluster), "activity.csv": _activity_csv(report)}
    files["goals.csv"] = csv_text(GOALS, goal_table(report))
    files["comparison.csv"] = csv_text(COMPARED, compared_rows(report, cluster))
    files["remarks.txt"] = "".join(f"{line}\n" for line in (*report.choices, *report.notes))
    for name, text in files.items():
        part = folder / f".{name}"
        part.write_text(text, encoding="utf-8")
        os.replace(part, folder / name)
    counts = ", ".join(f"{n} {t}" for t, n in sorted(out.written.items())) or "no resources"
    click.echo(f"written to {folder}: {counts}, {', '.join(files)}", err=True)
