"""Readiness reports as people and scripts read them: a person's short pseudonym, a kind of document, and its lines."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import click

from adapter.cli.tables import console, escape
from adapter.core.decisions import Decision
from adapter.core.desired.charges import charge_id
from adapter.core.identity import short
from adapter.core.records import Record
from adapter.dmp.preparing import Prepared, Sharing, prepared
from adapter.dmp.readiness import Verdict

_STYLES = {Verdict.MET: "green", Verdict.WARNS: "yellow", Verdict.WAITS: "magenta", Verdict.BLOCKS: "red"}


@dataclass(frozen=True, slots=True)
class Report:
    """One document of a decision, and whether it may leave."""

    decision: Decision
    prepared: Prepared


def reports_of(decision: Decision, record: Record, sharing: Sharing) -> Iterator[Report]:
    """A report for each document that a decision wants."""
    yield from (Report(decision, one) for one in prepared(decision, record, sharing))


def print_reports(reports: Iterable[Report], form: str) -> None:
    """All reports on stdout."""
    rows = [_row(report) for report in reports]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif form == "ndjson":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False))
    else:
        for row in rows:
            _print(row)


def _row(report: Report) -> dict[str, Any]:
    decision, made = report.decision, report.prepared
    kind = decision.pack.documents[made.draft.shared.name].type
    return {
        "person": short(decision.person.pseudonym),
        "pack": decision.pack.id,
        "document": made.draft.shared.name,
        "type": kind,
        "day": _day(made.draft.shared.occurrence),
        "charges": [charge_id(decision, line) for line in decision.lines],
        "may_leave": made.readiness.is_ready,
        "lines": [{"name": x.name, "verdict": str(x.verdict), "words": x.words} for x in made.readiness.lines],
    }


def _day(occurrence: str | tuple[str, str] | None) -> str | None:
    start = occurrence[0] if isinstance(occurrence, tuple) else occurrence
    return start.partition("T")[0] if start else None


def _print(row: dict[str, Any]) -> None:
    out = console()
    verdict = "[green]may leave[/]" if row["may_leave"] else "[red]may not leave[/]"
    title = f"{row['person']}  {row['pack']}  {row['document']} ({row['type']}) of {row['day'] or '?'}"
    out.print(f"\n[bold]{escape(title)}[/]: {verdict}")
    for line in row["lines"]:
        style = _STYLES[Verdict(line["verdict"])]
        out.print(
            f"  [{style}]{line['verdict']:7}[/] {escape(line['words'])} [dim]{escape('[' + line['name'] + ']')}[/]"
        )
