"""Modules and functions stay small enough to be read in one go, and each module says what it is for."""

import ast
from pathlib import Path

import pytest

from tests.conventions.project_files import ROOT, project_files

MODULE_LINES = 400
FUNCTION_LINES = 60

MODULES = [
    path
    for path in project_files()
    if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in {"adapter", "mappings"}
]
every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))


@every_module
def test_module_is_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MODULE_LINES


@every_module
def test_functions_are_small(path: Path) -> None:
    long = {
        node.name: lines
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


@every_module
def test_module_has_a_docstring(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_bytes()))
