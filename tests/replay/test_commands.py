"""The commands as a stranger meets them: help, typos, formats, explanations."""

import json
from pathlib import Path

import pytest
from rich.console import Console

from adapter.cli.rows import COLUMNS
from adapter.cli.tables import _print_blocks
from tests.replay.visits import adapter, bundle, replay, visit, write


@pytest.fixture
def input_folder(tmp_path: Path) -> Path:
    write(tmp_path / "bundle.json", bundle(visit()))
    return tmp_path


@pytest.mark.parametrize("command", [[], ["replay"], ["explain"], ["packs"], ["packs", "show"], ["tariffs", "show"]])
def test_every_command_has_help(command: list[str]) -> None:
    ran = adapter(*command, "--help")
    assert ran.exit_code == 0
    assert ran.stdout.startswith("Usage: adapter")


def test_a_typo_is_answered_with_what_there_is() -> None:
    ran = adapter("repaly")
    assert ran.exit_code == 2
    assert "Commands: replay, explain, packs, tariffs" in ran.stderr


def test_the_table_says_all_a_clerk_needs(input_folder: Path) -> None:
    ran = adapter("replay", input_folder, "--pack", "fr-vsp")
    header, row = ran.stdout.splitlines()[:2]
    assert header.split() == ["person", "pack", "occasion", "decision", "code", "amount", "payer", "why"]
    for words in (
        "fr-vsp",
        "visit of 2026-11-20",
        "billable",
        "VSP",
        "60 EUR",
        "Assurance Maladie",
        "7 of 7 criteria met",
    ):
        assert words in row


def test_in_a_narrow_terminal_the_reasons_stand_below_each_row(capsys: pytest.CaptureFixture[str]) -> None:
    row = dict.fromkeys(COLUMNS, "x") | {"decision": "refused", "why": "because " * 20}
    _print_blocks(Console(width=80, force_terminal=False), COLUMNS, [row])
    first, *reasons = capsys.readouterr().out.splitlines()
    assert first == "x  x  x  refused  x  x  x"
    assert all(line.startswith("    because") and len(line) <= 80 for line in reasons)


def test_json_holds_every_finding(input_folder: Path) -> None:
    ran = adapter("replay", input_folder, "--pack", "fr-vsp", "--format", "json")
    (decision,) = json.loads(ran.stdout)
    assert {f["state"] for f in decision["findings"]} == {"met"}
    assert decision["charges"][0]["tariff"]["basis"] == ["FR-VSP-02"]
    assert decision["as_of"] == "2026-11-20T17:00:00+00:00"


def test_as_of_defaults_to_the_latest_instant_and_is_printed(input_folder: Path) -> None:
    assert "as of 2026-11-20T17:00:00Z" in replay(input_folder).stderr
    assert "as of 2027-01-01T12:00:00Z" in replay(input_folder, "--as-of", "2027-01-01").stderr


def test_a_visit_after_the_as_of_has_not_come_yet(input_folder: Path) -> None:
    (decision,) = replay(input_folder, "--as-of", "2026-11-01").decisions
    assert decision["decision"] == "incomplete"


def test_a_wrong_as_of_is_refused(input_folder: Path) -> None:
    ran = replay(input_folder, "--as-of", "soon")
    assert ran.exit_code == 2
    assert "give a day" in ran.stderr


def test_explain_shows_evidence_and_basis(input_folder: Path) -> None:
    (decision,) = replay(input_folder).decisions
    for wanted in ([], [decision["person"]], [decision["charges"][0]["id"]]):
        ran = adapter("explain", "--pack", "fr-vsp", "--in", input_folder, *wanted)
        assert ran.exit_code == 0
        assert "evidence: https://had.example.org/fhir/DocumentReference/r1" in ran.stdout
        assert "basis: FR-VSP-17 (seed)" in ran.stdout


def test_explain_of_nobody_says_so(input_folder: Path) -> None:
    ran = adapter("explain", "--in", input_folder, "P-nobody")
    assert ran.exit_code == 1
    assert "nothing found for P-nobody" in ran.stderr


def test_explaining_a_replay_is_the_same_explanation(input_folder: Path) -> None:
    one = adapter("replay", "--pack", "fr-vsp", "--explain", input_folder)
    other = adapter("explain", "--pack", "fr-vsp", "--in", input_folder)
    assert one.stdout == other.stdout


def test_texts_in_the_language_asked_for(input_folder: Path) -> None:
    ran = adapter("replay", "--pack", "fr-vsp", "--explain", "--language", "fr", input_folder)
    assert "Les conclusions de la visite sont dans le dossier" in ran.stdout


def test_packs_list_check_show_and_test() -> None:
    assert "fr-vsp" in adapter("packs", "list").stdout
    assert "fr-vsp 2026.11: ok" in adapter("packs", "check", "fr-vsp").stdout
    assert "FR-VSP-17" in adapter("packs", "show", "fr-vsp").stdout
    tested = adapter("packs", "test", "fr-vsp")
    assert (tested.exit_code, tested.stdout.splitlines()[-1].endswith(" passed, 0 failed")) == (0, True)


def test_packs_show_reads_is_the_contract() -> None:
    shown = adapter("packs", "show", "fr-vsp", "--reads").stdout
    for words in ("Encounter: The visit itself", "participant.individual", "http://hl7.org/fhir/sid/icd-10"):
        assert words in shown


@pytest.mark.parametrize(
    "command", [["packs", "show", "fr-vps"], ["packs", "check", "x"], ["replay", "--pack", "x", "."]]
)
def test_an_unknown_pack_is_answered_with_the_known_ones(command: list[str]) -> None:
    ran = adapter(*command)
    assert ran.exit_code == 3
    assert "known" in ran.stderr
    assert "fr-vsp" in ran.stderr


def test_a_jurisdiction_without_packs_is_refused(input_folder: Path) -> None:
    ran = adapter("replay", input_folder, "--jurisdiction", "XX")
    assert ran.exit_code == 2
    assert "no pack is left" in ran.stderr


@pytest.mark.parametrize(("day", "amount"), [("2023-11-06", "unknown"), ("2023-11-07", "60 EUR")])
def test_tariffs_of_a_day(day: str, amount: str) -> None:
    ran = adapter("tariffs", "show", "--on", day, "--pack", "fr-vsp")
    (row,) = [line for line in ran.stdout.splitlines() if " VSP " in line]
    assert amount in row


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("colour = 1", "adapter.toml: colour: is not a setting; known: canonical_base"),
        ("document_limit = 'x'", "adapter.toml: document_limit: must be int"),
        ("= 1", "adapter.toml: (toml)"),
        ("[packs.fr-vsp]\nmajoration_deplacement = 3", "settings.majoration_deplacement: 3 is not of type 'boolean'"),
        ("[packs.fr-vsp]\ncolour = 3", "settings.colour: is not a setting of this pack"),
    ],
)
def test_wrong_settings_name_file_key_and_remedy(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "adapter.toml").write_text(text)
    ran = adapter("--config", tmp_path / "adapter.toml", "packs", "list")
    assert ran.exit_code == 3
    assert told in ran.stderr


def test_settings_come_from_file_and_environment(input_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = input_folder.parent / "adapter.toml"
    config.write_text('canonical_base = "https://file.example.org"\npseudonym_key = "a"\n')
    arguments = ("--config", config, "replay", "--pack", "fr-vsp", "--format", "ndjson", input_folder)
    by_file = adapter(*arguments)
    assert "public default key" not in by_file.stderr
    monkeypatch.setenv("ADAPTER_PSEUDONYM_KEY", "b")
    by_environment = adapter(*arguments)
    assert by_file.decisions[0]["person"] != by_environment.decisions[0]["person"]
