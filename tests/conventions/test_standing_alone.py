"""The project names no machine that it was made on and no registry that it came from."""

import re

import pytest

from tests.conventions.project_files import ROOT, project_files

# Put together here, or this file would hold what it looks for.
FOREIGN = [
    r"(?<![\w.-])/wo" + r"rk/",
    r"\.\./sha" + "red",
    r"(?<![\w.-])/far" + "m/",
    "py" + r"pi\.org",
    "python" + r"hosted\.org",
    "npm" + r"js\.(org|com)",
    "crates" + r"\.io",
    "proxy" + r"\.golang\.org",
    "maven" + r"\.(apache\.)?org",
    "deb" + r"\.debian\.org",
]
LOCKS = ["requirements.txt", "requirements-build.txt", "requirements-dev.txt"]


@pytest.mark.parametrize("foreign", FOREIGN)
def test_no_file_names_a_machine_or_a_registry(foreign: str) -> None:
    pattern = re.compile(foreign.encode())
    holders = [str(path.relative_to(ROOT)) for path in project_files() if pattern.search(path.read_bytes())]
    assert holders == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_versions_and_hashes_only(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    foreign = [line for line in lines if line.startswith("-") or "://" in line]
    assert foreign == []
