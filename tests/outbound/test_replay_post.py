"""`adapter replay --post`: the command against a real FHIR server."""

from pathlib import Path
from typing import Any

from adapter.outbound.client import Target
from tests.replay.visits import adapter, bundle, visit, write

_BASE = "https://post.example.org/fhir"


def _charges(target: Target) -> list[dict[str, Any]]:
    """The charges of this test's person: the server is shared."""
    return [c for c in target.search("ChargeItem", {"_count": "1000"}) if c["subject"]["reference"].startswith(_BASE)]


def test_a_second_run_changes_nothing(tmp_path: Path, target: Target) -> None:
    resources = visit(Patient={"identifier": [{"system": "urn:example:post", "value": "1"}]})
    write(tmp_path / "in" / "bundle.json", bundle(resources, base=_BASE))
    arguments = ("replay", "--pack", "fr-vsp", tmp_path / "in", "--post", target.base_url)
    first = adapter(*arguments)
    assert (first.exit_code, "posted: " in first.stderr) == (0, True)
    before = _charges(target)
    assert [c["status"] for c in before] == ["billable"]
    second = adapter(*arguments, "--out", tmp_path / "out")
    assert second.exit_code == 0
    assert _charges(target) == before
    assert (tmp_path / "out" / "ChargeItem.ndjson").exists()


def test_a_target_that_is_not_there_is_said_and_counted(tmp_path: Path) -> None:
    write(tmp_path / "in" / "bundle.json", bundle(visit()))
    ran = adapter("replay", "--pack", "fr-vsp", tmp_path / "in", "--post", "not an address")
    assert ran.exit_code == 2
    assert "[bad-target]" in ran.stderr
