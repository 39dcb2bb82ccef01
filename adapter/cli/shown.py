"""Prints decisions in the form asked for; a table needs all of them first."""

import json
from collections.abc import Iterable

import click

from adapter.cli.rows import COLUMNS, full, rows_of
from adapter.cli.tables import print_explanation, print_table
from adapter.core.decisions import Decision


class Shown:
    """Where decisions go to be seen: `form` is table, json or ndjson; `explain` turns rows into explanations."""

    def __init__(self, form: str, explain: bool, language: str) -> None:
        self._form, self._explain, self._language = form, explain, language
        self._kept: list[dict[str, object]] = []

    def add(self, decisions: Iterable[Decision]) -> None:
        """Take the decisions of one person."""
        for decision in decisions:
            if self._form == "ndjson":
                click.echo(json.dumps(full(decision, self._language), ensure_ascii=False))
            elif self._form == "json" or self._explain:
                self._kept.append(full(decision, self._language))
            else:
                self._kept.extend(rows_of([decision], self._language))

    def close(self) -> None:
        """Print what had to wait for the end."""
        if self._form == "json":
            click.echo(json.dumps(self._kept, ensure_ascii=False, indent=2))
        elif self._form == "table" and self._explain:
            for decision in self._kept:
                print_explanation(decision)
        elif self._form == "table":
            print_table(COLUMNS, self._kept)
