"""The command line in the hands of strangers and on odd machines: one clear line, an exit code, never a traceback."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.scenes import FIXTURES
from tests.replay.visits import adapter, bundle, outcomes, replay, visit, write

_ROOT = Path(__file__).resolve().parents[2]
_JAPAN = FIXTURES / "jp-terminal-care-1"
_COMMAND = (sys.executable, "-m", "adapter")
_LEAST_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")


@pytest.fixture
def inside(tmp_path: Path) -> Path:
    write(tmp_path / "in" / "bundle.json", bundle(visit()))
    return tmp_path


def process(*arguments: object, before: tuple[str, ...] = (), **options: Any) -> subprocess.CompletedProcess[bytes]:
    """The command as a process of its own; `env` adds to the environment."""
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), **options.pop("env", {})}
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120, **options}
    return subprocess.run((*before, *_COMMAND, *map(str, arguments)), env=environment, check=False, **options)


def test_the_version() -> None:
    assert adapter("--version").stdout.startswith("adapter, version ")


def test_help_loads_no_more_than_it_needs() -> None:
    """Half of what the heavy libraries would take; a fresh process says what it imported."""
    heavy = "fhir.resources", "requests", "rich", "lxml", "yaml", "jsonschema", "adapter.mappings"
    code = f"import sys, adapter.cli.main\nprint([m for m in {heavy} if m in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_the_same_pack_twice_is_the_pack_once(inside: Path) -> None:
    assert outcomes(replay(inside / "in", "--pack", "fr-vsp")) == ["billable"]


@pytest.mark.parametrize("command", [["replay", "--language", "xx"], ["explain", "--language", "xx", "--in"]])
def test_a_language_that_no_pack_has(inside: Path, command: list[str]) -> None:
    ran = adapter(*command, inside / "in", "--pack", "fr-vsp")
    assert (ran.exit_code, "no texts in 'xx'; languages: en, fr" in ran.stderr) == (2, True)


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_an_instant_outside_the_calendar(inside: Path, at: str) -> None:
    assert adapter("replay", inside / "in", "--as-of", at).exit_code == 2
    write(inside / "in" / "bundle.json", bundle(visit(Encounter={"meta": {"lastUpdated": at}})))
    ran = replay(inside / "in")
    assert (outcomes(ran), "as of 2026-11-20" in ran.stderr) == (["billable"], True)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("OVERRIDES", "nowhere", "environment: ADAPTER_OVERRIDES: "),
        ("PACKS_FOLDER", "nowhere", "environment: ADAPTER_PACKS_FOLDER: "),
        ("PACKS_FOLDER", "{empty}", "holds no pack; set `packs_folder`"),
        ("CONFIG", "nowhere.toml", "nowhere.toml: (file): cannot be read"),
        ("CANONICAL_BASE", "hospital", "environment: ADAPTER_CANONICAL_BASE: "),
        ("DOCUMENT_LIMIT", "0", "environment: ADAPTER_DOCUMENT_LIMIT: "),
        ("DOCUMENT_LIMIT", "²", "environment: ADAPTER_DOCUMENT_LIMIT: "),
        ("OVERIDES", "site", "environment: ADAPTER_OVERIDES: is not a setting; did you mean ADAPTER_OVERRIDES?"),
    ],
)
@pytest.mark.parametrize("command", [["packs", "list"], ["packs", "check"], ["replay", "in"]])
def test_a_wrong_setting_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], variable: str, value: str, told: str
) -> None:
    monkeypatch.setenv(f"ADAPTER_{variable}", value.format(empty=tmp_path))
    ran = adapter(*command)
    assert (ran.exit_code, told in ran.stderr) == (3, True), ran.stderr


def test_a_limit_beyond_all_memory(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTER_DOCUMENT_LIMIT", "9" * 17)
    assert outcomes(replay(inside / "in")) == ["billable"]


@pytest.mark.parametrize("variable", ["OVERRIDES", "PACKS_FOLDER", "CONFIG", "PSEUDONYM_KEY", "DOCUMENT_LIMIT"])
def test_an_empty_variable_says_nothing(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(f"ADAPTER_{variable}", "")
    assert adapter("packs", "list").exit_code == 0


def test_a_folder_in_the_settings_file_is_seen_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "adapter.toml").write_text('overrides = "site"\n')
    monkeypatch.chdir("/")
    assert adapter("--config", tmp_path / "adapter.toml", "packs", "list").exit_code == 0


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("fr-vps/codes.yaml", "fr-vps/codes.yaml: (folder): is no override of a pack; known packs:"),
        ("fr-vsp/code.yaml", "fr-vsp/code.yaml: (file): is no file that a site overrides; known: codes.yaml"),
    ],
)
def test_an_override_that_nothing_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str) -> None:
    (tmp_path / name).parent.mkdir()
    (tmp_path / name).touch()
    monkeypatch.setenv("ADAPTER_OVERRIDES", str(tmp_path))
    ran = adapter("packs", "list")
    assert (ran.exit_code, told in ran.stderr) == (3, True), ran.stderr


@pytest.mark.parametrize("out", ["file/out", "loop", "loop/out"])
@pytest.mark.parametrize("command", [["replay", "in"], ["packs", "publish"]])
def test_an_out_that_cannot_be(inside: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], out: str) -> None:
    monkeypatch.chdir(inside)
    (inside / "file").touch()
    (inside / "loop").symlink_to("loop")
    before = sorted(inside.iterdir())
    ran = adapter(*command, "--out", out)
    assert (ran.exit_code, f"{out}: cannot be written" in ran.stderr) == (2, True), ran.stderr
    assert "[out-not-written]" in ran.stderr
    assert sorted(inside.iterdir()) == before


@pytest.mark.parametrize("there", [True, False])
def test_an_out_that_is_a_link_is_written_where_it_leads(inside: Path, there: bool) -> None:
    if there:
        (inside / "real").mkdir()
    (inside / "link").symlink_to("real")
    for _ in range(2):
        assert replay(inside / "in", "--out", inside / "link").exit_code == 0
    assert (inside / "link").is_symlink()
    assert (inside / "real" / "ChargeItem.ndjson").is_file()


def test_a_full_disk_leaves_what_was_there(inside: Path) -> None:
    out = inside / "out"
    assert process("packs", "publish", "fr-vsp", "--out", out).returncode == 0
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    room = max(map(len, before.values())) // 2
    ran = process("packs", "publish", "--out", out, preexec_fn=lambda: _no_more_than(room), env=_UNMEASURED)
    assert ran.returncode == 2
    assert ran.stderr.decode().splitlines() == [
        f"Error: {out}: cannot be written (File too large); make room, or give a folder that you may write "
        "[out-not-written]"
    ]
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert sorted(p.name for p in inside.iterdir()) == ["in", "out"]


# A process that may write no file cannot write what it covered either.
_UNMEASURED = {"COVERAGE_PROCESS_START": "", "COVERAGE_PROCESS_CONFIG": ""}


def _no_more_than(size: int) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_a_full_temporary_folder(inside: Path) -> None:
    ran = process("replay", inside / "in", preexec_fn=lambda: _no_more_than(4096), env=_UNMEASURED)
    assert ran.returncode == 2
    assert "the temporary folder: " in ran.stderr.decode()
    assert "Traceback" not in ran.stderr.decode()


@pytest.mark.parametrize(
    "command", [["--help"], ["packs", "list"], ["replay", "in"], ["replay", "in", "--format=json"]]
)
def test_a_full_stdout(inside: Path, command: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        ran = process(*command, cwd=inside, stdout=full)
    last = ran.stderr.decode().splitlines()[-1]
    assert (ran.returncode, last) == (
        2,
        "Error: stdout: No space left on device; make room or check the rights [system-refused]",
    )


@pytest.mark.parametrize("form", [["--format=json"], ["--format=ndjson"], ["--explain"], []])
def test_whoever_reads_goes_away(form: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as gone:
        ran = process("replay", FIXTURES / "jp-station-export", *form, stdout=gone)
    assert ran.returncode == 1
    assert [
        x for x in ran.stderr.decode().splitlines() if not x.startswith("note: ") and " resources read" not in x
    ] == []


@pytest.mark.parametrize("stream", [0, 1, 2])
def test_a_closed_stream(inside: Path, stream: int) -> None:
    options: dict[str, Any] = {"stdin": None, "preexec_fn": lambda: os.close(stream)}
    ran = process("replay", inside / "in", "--explain", **options)
    assert (ran.returncode, b"Traceback" in ran.stderr) == (0, False)


@pytest.mark.parametrize(
    "locale",
    [{"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}, {"LC_ALL": "C", "PYTHONUTF8": "0"}],
)
@pytest.mark.parametrize(
    "command",
    [["replay", _JAPAN, "--explain", "--language=ja"], ["replay", _JAPAN, "--format=json"], ["tariffs", "show"]],
)
def test_output_is_utf_8_in_every_locale(locale: dict[str, str], command: list[object]) -> None:
    plain, other = process(*command), process(*command, env={"PYTHONCOERCECLOCALE": "0", **locale})
    assert (other.returncode, other.stdout) == (0, plain.stdout)
    assert "ターミナルケア" in plain.stdout.decode()


@pytest.mark.parametrize("name", ["with space.json", "new\nline.json", "-dash.json", "[red].json", "é\u202e.json"])
def test_any_name_of_a_file(tmp_path: Path, name: str) -> None:
    write(tmp_path / "in" / name, bundle(visit()))
    write(tmp_path / "bad" / name, {"resourceType": "Nothing"})
    assert outcomes(replay(tmp_path / "in")) == ["billable"]
    ran = replay(tmp_path / "bad")
    assert (ran.exit_code, len(ran.stderr.splitlines())) == (1, 3)
    assert "\u202e" not in ran.stderr


@pytest.mark.parametrize("place", ["\udcff.json", "\udcff/x.json"])
def test_a_name_that_is_no_text(inside: Path, place: str) -> None:
    file = inside / "in" / place
    file.parent.mkdir(exist_ok=True)
    try:
        file.write_text(json.dumps(bundle(visit())))
    except OSError:
        pytest.skip("this file system takes no such name")
    ran = process("replay", inside / "in", "--format=ndjson", "--pack=fr-vsp")
    assert (ran.returncode, len(ran.stdout.splitlines())) == (1, 1)
    assert "\\udcff" in ran.stderr.decode()
    assert "[bad-name]" in ran.stderr.decode()


def test_links_folders_and_pipes_among_the_files(inside: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = write(tmp_path_factory.mktemp("elsewhere") / "other.json", bundle(visit()))
    folder = inside / "in"
    (folder / "folder.json").mkdir()
    (folder / "loop").symlink_to(".")
    (folder / "itself.json").symlink_to("itself.json")
    (folder / "gone.json").symlink_to("nowhere")
    (folder / "outside.json").symlink_to(elsewhere)
    os.mkfifo(folder / "pipe.json")
    ran = replay(folder)
    assert (ran.exit_code, outcomes(ran)) == (0, ["billable"])
    told = {
        "folder.json": "holds no FHIR file",
        "itself.json": "cannot be read (Too many levels of symbolic links)",
        "gone.json": "there is no such file or folder",
        "pipe.json": "is neither a file nor a folder",
    }
    for name, says in told.items():
        ran = replay(folder / name)
        assert (ran.exit_code, says in ran.stderr) == (1, True), ran.stderr


def test_an_empty_packed_file(inside: Path) -> None:
    (inside / "in" / "empty.json.gz").touch()
    (inside / "in" / "empty.ndjson.gz").touch()
    ran = replay(inside / "in")
    assert (ran.exit_code, outcomes(ran)) == (1, ["billable"])
    assert "empty.json.gz:line 1" in ran.stderr


@pytest.fixture
def locked(inside: Path) -> Iterator[Path]:
    """A file and a folder that may not be read; given back at the end, or they could not be removed."""
    if os.geteuid() == 0 and not shutil.which("setpriv"):
        pytest.skip("root reads everything without setpriv")
    folder, file = inside / "in" / "locked", inside / "in" / "locked.json"
    write(folder / "b.json", bundle(visit()))
    shutil.copy(folder / "b.json", file)
    folder.chmod(0)
    file.chmod(0)
    yield inside
    folder.chmod(0o700)
    file.chmod(0o600)


def test_what_may_not_be_read_or_written(locked: Path) -> None:
    before = _LEAST_RIGHTS if os.geteuid() == 0 else ()
    folder = locked / "in" / "locked"
    ran = process("replay", locked / "in", "--format=ndjson", "--pack=fr-vsp", before=before)
    assert (ran.returncode, len(ran.stdout.splitlines())) == (1, 1)
    assert f"{folder}: cannot be read (Permission denied); check its rights [unreadable]" in ran.stderr.decode()
    assert f"{folder}.json: cannot be read (PermissionError)" in ran.stderr.decode()
    for arguments, code, told in (
        (["replay", folder / "b.json"], 1, "cannot be read (Permission denied)"),
        (["replay", locked / "in", "--out", folder / "out"], 2, "cannot be written (Permission denied)"),
        (["--config", f"{folder}.json", "packs", "list"], 2, "is not readable"),
    ):
        ran = process(*arguments, before=before)
        assert (ran.returncode, told in ran.stderr.decode()) == (code, True), ran.stderr
        assert b"Traceback" not in ran.stderr
    ran = process("packs", "list", before=before, env={"ADAPTER_OVERRIDES": str(folder)})
    assert (ran.returncode, b"ADAPTER_OVERRIDES" in ran.stderr) == (3, True)


def test_a_thousand_faults_of_a_kind_are_counted(tmp_path: Path) -> None:
    write(tmp_path / "many.json", bundle([{"resourceType": "Nothing", "id": "1"}] * 1000, base=None))
    lines = [line for line in replay(tmp_path).stderr.splitlines() if "many.json" in line]
    assert len(lines) == 101
    assert "entry[2]:" in lines[2]
    assert lines[-1].endswith("many.json: and 900 more of the same; see the lines above [unknown-type]")


def test_a_folder_seen_from_elsewhere_is_the_same(inside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = replay(inside / "in")
    monkeypatch.chdir(inside)
    assert replay("in").stdout == replay("./in/../in").stdout == whole.stdout
    monkeypatch.chdir(inside / "in")
    assert replay(".").stdout == whole.stdout


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_stopped_half_way_nothing_is_left(tmp_path: Path, sent: signal.Signals) -> None:
    line = json.dumps(bundle(visit()))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "long.ndjson").write_text(f"{line}\n" * 60_000)
    (tmp_path / "tmp").mkdir()
    with _running(tmp_path, "replay", tmp_path / "in", "--out", tmp_path / "out") as started:
        _wait_for_spool(tmp_path / "tmp")
        started.send_signal(sent)
        _, told = started.communicate(timeout=60)
    assert (started.returncode, told.decode().splitlines()[-1]) == (130, "Error: stopped; nothing was half-written")
    assert list((tmp_path / "tmp").iterdir()) == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "tmp"]


@contextmanager
def _running(folder: Path, *arguments: object) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(_ROOT), "TMPDIR": str(folder / "tmp")}
    command = [*_COMMAND, *map(str, arguments)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        yield started


def _wait_for_spool(folder: Path) -> None:
    until = time.monotonic() + 60
    while not any(folder.glob("adapter-replay-*/*")):
        assert time.monotonic() < until
        time.sleep(0.02)
    time.sleep(0.3)
