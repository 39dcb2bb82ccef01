"""What the Dockerfile says is true: its steps are done here, without an engine, and what they make is used."""

import re
import stat
import subprocess
from pathlib import Path

import click
import pytest
import yaml

from adapter.cli.main import main
from tests.conventions.project_files import ROOT
from tests.packaging.dockerfiles import build, environment_of, named, read_stages

BUILDER, FINAL = read_stages(ROOT / "Dockerfile")
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
PACKAGED = [ROOT / name for name in ("Dockerfile", "compose.yaml", ".dockerignore")]


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the builder makes."""
    root = tmp_path_factory.mktemp("image")
    build(BUILDER, ROOT, root)
    return root


def run(image: Path, folder: Path, *arguments: str) -> str:
    """Run the entry point as the image would: from another folder, with nothing of ours in the environment."""
    (entry,) = named(FINAL, "ENTRYPOINT")
    (program,) = entry.array
    ran = subprocess.run(
        [image / "opt/adapter/bin" / program, *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.mark.xdist_group("image")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--version",), "adapter, version "),
        (("packs", "check"), "fr-vsp"),
        (("tariffs", "show", "--on", "2026-06-01"), " VSP "),
        (("config", "check"), "the settings are sound"),
    ],
)
def test_what_the_builder_makes_works(image: Path, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    assert told in run(image, tmp_path, *arguments)


@pytest.mark.xdist_group("image")
def test_nothing_is_left_to_compile_or_to_see(image: Path) -> None:
    library = next((image / "opt/adapter/lib").glob("python3*/site-packages"))
    sources = [file for package in ("adapter", "mappings") for file in (library / package).rglob("*.py")]
    assert sources
    assert [f for f in sources if not list((f.parent / "__pycache__").glob(f"{f.stem}.*.pyc"))] == []
    assert not (library / "pytest").exists()
    assert stat.S_IMODE((image / "opt/data").stat().st_mode) == 0o700


def test_only_what_is_locked_is_installed() -> None:
    installs = [one.text for one in named(BUILDER, "RUN") if "pip install" in one.text]
    assert installs
    assert all("--require-hashes -r" in text or "--no-deps --no-index" in text for text in installs)


def test_the_final_stage_holds_no_more_than_the_result() -> None:
    assert named(FINAL, "RUN") == []
    copies = [one.text for one in named(FINAL, "COPY")]
    assert all(text.startswith("--from=builder ") for text in copies)
    assert copies[0].split()[1:] == ["/opt/adapter", "/opt/adapter"]  # a venv works only where it was made


def test_the_user_is_a_number_and_owns_the_volume() -> None:
    (user,) = named(FINAL, "USER")
    (volume,) = named(FINAL, "VOLUME")
    assert (user.text, volume.text) == ("65532:65532", "/data")
    assert "--from=builder --chown=65532:65532 /opt/data /data" in [one.text for one in named(FINAL, "COPY")]
    environment = environment_of(FINAL)
    assert (environment["ADAPTER_DATA_FOLDER"], environment["PYTHONUNBUFFERED"]) == ("/data", "1")


def test_the_program_itself_tells_its_health() -> None:
    (check,) = named(FINAL, "HEALTHCHECK")
    assert re.search(r'CMD (\["adapter", "health"\])$', check.text)
    assert _parsed(["health"]) == {}


def test_the_start_command_is_one() -> None:
    (command,) = named(FINAL, "CMD")
    assert _parsed(command.array)["host"] == "0.0.0.0"  # noqa: S104


def test_the_command_of_a_worker_is_one() -> None:
    _parsed(COMPOSE["services"]["worker"]["command"])


def _parsed(arguments: list[str]) -> dict[str, object]:
    """The options, as the command would understand them; raises UsageError where it does not."""
    name, *rest = arguments
    command = main.get_command(click.Context(main), name)
    assert command
    return command.make_context(name, rest, resilient_parsing=False).params


@pytest.mark.parametrize("file", PACKAGED, ids=lambda path: path.name)
def test_no_registry_no_tool_and_no_secret_is_named(file: Path) -> None:
    text = file.read_text()
    assert re.findall(r"\b(?:curl|wget|apt-get|sudo)\b", text) == []
    assert re.findall(r"\b[\w-]+\.(?:io|com|dev)/", text) == []
    values = re.findall(r"(?i)(?:password|token|secret|_key)\w*[=:][ \t]*([^\s{\[]+)", text)
    assert [value for value in values if not value.startswith("/run/secrets/")] == []


def test_images_are_plain_names() -> None:
    images = [one[0].text.split()[0] for one in (BUILDER, FINAL)] + [COMPOSE["services"]["database"]["image"]]
    assert images == ["python:3.11-slim", "python:3.11-slim", "postgres:17"]


def test_what_is_copied_is_what_the_context_lets_through() -> None:
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    passed = {line[1:] for line in lines if line.startswith("!")}
    copied = {word for one in named(BUILDER, "COPY") for word in one.text.split()[:-1]}
    assert "*" in lines
    assert copied == passed


def test_compose_keeps_secrets_in_files_and_waits_for_the_database() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"adapter", "worker", "database"}
    for name in ("adapter", "worker"):
        assert services[name]["read_only"] is True
        assert services[name]["build"] == "."
        environment = services[name]["environment"]
        assert {v for k, v in environment.items() if k.endswith("_FILE")} <= {
            f"/run/secrets/{secret}" for secret in COMPOSE["secrets"]
        }
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert services["adapter"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert services["database"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    assert all(port.startswith("127.0.0.1:") for port in services["adapter"]["ports"])


def test_the_variables_of_compose_are_settings(tmp_path: Path) -> None:
    from adapter.settings import load_settings

    environment = dict(COMPOSE["services"]["adapter"]["environment"])
    for name in [name for name in environment if name.endswith("_FILE")]:
        (tmp_path / name).write_text("given\n")
        environment[name] = str(tmp_path / name)
    settings = load_settings(environment=environment)
    assert settings.pseudonym_key == "given"
    assert settings.database_url == "postgresql://adapter:given@database/adapter"
