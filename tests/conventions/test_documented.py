"""Whatever a user meets has a line in the docs: commands, options, settings, exit codes, problem and error codes."""

import ast
import re
from pathlib import Path

import click
import pytest

from adapter.cli.exits import Exit
from adapter.cli.main import main
from adapter.inbound.dialects.authentication import Denial
from adapter.inbound.dialects.received import Code
from adapter.settings import Settings
from adapter.settings.schema import leaves, root

_ROOT = Path(__file__).resolve().parents[2]
_COMMANDS = (_ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
_ERRORS = (_ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
_SETTINGS = (_ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def _leaves(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return [(name, command)]
    context = click.Context(command)
    found = [(sub, command.get_command(context, sub)) for sub in command.list_commands(context)]
    return [leaf for sub, one in found if one for leaf in _leaves(one, f"{name} {sub}")]


_LEAVES = _leaves(main, "adapter")


@pytest.mark.parametrize(("name", "command"), _LEAVES, ids=[name for name, _ in _LEAVES])
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    lines = [line for line in _COMMANDS.splitlines() if line.startswith(f"| `{name}")]
    assert len(lines) == 1
    assert command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help or isinstance(parameter.type, click.Choice), parameter.name
            assert any(option in _COMMANDS for option in parameter.opts), parameter.name


def test_every_setting_is_documented() -> None:
    for name in Settings.__dataclass_fields__:
        assert f"| `{name}` |" in _SETTINGS


@pytest.mark.parametrize("table", ["sources", "targets"])
def test_every_key_of_sources_and_targets_is_documented(table: str) -> None:
    section = _SETTINGS.partition(f"## {table.capitalize()}")[2].partition("\n## ")[0]
    shared = {"insecure"} if table == "targets" else set()  # "as for sources"
    keys = {".".join(path[2:]) for path, _ in leaves(root(), {table: ["x"]}) if path[0] == table}
    missing = {key for key in keys - shared if f"| `{key}` |" not in section}
    assert {key for key in missing if not (shared and key.startswith(("login.", "tls.")))} == set()
    documented = set(re.findall(r"^\| `([a-z_.]+)` \|", section, re.MULTILINE))
    assert documented <= keys


def test_every_exit_code_is_documented() -> None:
    for exit_code in Exit:
        assert f"| {exit_code.value} | {exit_code.name.lower()} |" in _ERRORS


def test_every_code_in_the_source_is_documented_and_no_other() -> None:
    documented = set(re.findall(r"^\| `([a-z0-9-]+)` \|", _ERRORS, re.MULTILINE))
    used = set()
    for file in sorted((_ROOT / "adapter").rglob("*.py")):
        used.update(_codes(ast.parse(file.read_text(encoding="utf-8"))))
    used.update(str(code) for code in (*Code, *Denial))
    assert used == documented


def _codes(tree: ast.AST) -> set[str]:
    """The codes of `code = "…"`, `Problem(file, place, "…")`, `problem_at(document, place, "…")`, `Fault("…")`, and of
    `gaps.lacks("…")` and `gaps.warns("…")`."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.keyword):
            targets = (
                [t.id for t in node.targets if isinstance(t, ast.Name)] if isinstance(node, ast.Assign) else [node.arg]
            )
            found += [node.value] if "code" in targets else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"Problem": 2, "problem_at": 2, "Fault": 0}.get(node.func.id)
            found += [node.args[place]] if place is not None and len(node.args) > place else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found += node.args[:1] if node.func.attr in ("lacks", "warns") else []
    texts = [e.value for e in found if isinstance(e, ast.Constant) and isinstance(e.value, str)]
    return {t for t in texts if re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+|unreadable", t)}
