"""Tables and explanations for people, drawn by rich; wide enough to be read where there is no terminal."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape as escape_markup
from rich.padding import Padding
from rich.table import Table

from adapter.inbound.problems import printable

_STYLES = {
    "billable": "green", "incomplete": "yellow", "refused": "red", "undecided": "magenta",
    "met": "green", "missing": "yellow", "unmet": "red", "ask": "magenta",
}  # fmt: skip
_WHOLE = ("person", "pack", "decision", "code", "amount")
_NARROW = {"occasion": 30, "payer": 20}
_WIDE = 220
_ROOM = 150
_MANY = 5


def escape(text: str) -> str:
    """Text of others as text: neither markup nor a code that steers a terminal."""
    return escape_markup("\n".join(map(printable, text.split("\n"))))


def console() -> Console:
    """Stdout; piped output keeps its columns instead of being squeezed into 80."""
    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def print_table(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    """One table with these columns; in a terminal too narrow for the last one, that stands below each row."""
    out = console()
    if len(columns) > _MANY and out.width < _ROOM:
        _print_blocks(out, columns, rows)
        return
    table = Table(header_style="bold", pad_edge=False, box=None if not sys.stdout.isatty() else Table().box)
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=name in _WHOLE, max_width=_NARROW.get(name))
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in columns))
    out.print(table)


def _print_blocks(out: Console, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    *first, last = columns
    for row in rows:
        out.print("  ".join(_cell(row[name]) for name in first if row[name]))
        out.print(Padding(escape(str(row[last])), (0, 0, 0, 4)))


def _cell(value: object) -> str:
    text = escape(str(value))
    return f"[{_STYLES[text]}]{text}[/]" if text in _STYLES else text


def print_explanation(decision: dict[str, Any]) -> None:
    """One decision with every finding, its evidence and its basis."""
    out = console()
    style = _STYLES.get(decision["decision"], "bold")
    title = f"{decision['person']}  {decision['pack']} {decision['pack_version']}  {decision['title']}"
    out.print(f"\n[bold]{escape(title)}[/]: [{style}]{decision['decision']}[/]")
    for charge in decision["charges"]:
        out.print(escape(f"  charge {charge['code']}: {charge['status']}, {_amount(charge)}, id {charge['id']}"))
    for finding in (*decision["findings"], *decision["advice"]):
        words = escape(f"{finding['title']}: {finding['text']}")
        out.print(f"  [{_STYLES[finding['state']]}]{finding['state']:8}[/] {words}")
        for reading in finding["readings"]:
            out.print(escape(f"             reading: {reading}"))
        if finding["needs"]:
            out.print(escape(f"             settled by: {finding['needs']}"))
        if finding["evidence"]:
            out.print(escape(f"             evidence: {', '.join(finding['evidence'])}"))
        for basis in finding["basis"]:
            out.print(
                escape(f"             basis: {basis['id']} ({basis.get('confidence', '?')}): {basis.get('text', '')}")
            )


def _amount(charge: dict[str, Any]) -> str:
    if charge["amount"] is None:
        return "amount unknown"
    tariff = charge["tariff"]
    start = f"from {tariff['from']}" if tariff["start_known"] else f"known from {tariff['from']}"
    return (
        f"{charge['amount']} {charge['unit']} ({start}, {', '.join(tariff['basis'])}, verified {tariff['verified_on']})"
    )
