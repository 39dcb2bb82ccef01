"""`adapter config` and `adapter health`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from joserfc.jwk import RSAKey

from adapter.cli.exits import Exit
from adapter.mappings import PACKS_FOLDER
from tests.replay.visits import Ran, adapter
from tests.servers import LOCALHOST, Answer, Gateway, free_port

SECRET = "very-secret-71"
PACKS = len([*PACKS_FOLDER.glob("*/pack.yaml")])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "adapter.toml"


def config(file: Path, text: str, verb: str) -> Ran:
    file.write_text(text)
    return adapter("--config", file, "config", verb)


def test_show_tells_values_and_origins_and_no_secret(file: Path) -> None:
    ran = config(
        file, f'port = 81\npseudonym_key = "{SECRET}"\n[packs.fr-vsp]\nmajoration_deplacement = true\n', "show"
    )
    rows = [line.split() for line in ran.stdout.splitlines()]
    assert ["port", "81", "file:", str(file)] in rows
    assert ["pseudonym_key", "***", "file:", str(file)] in rows
    assert ["packs.fr-vsp.majoration_deplacement", "true", "file:", str(file)] in rows
    assert ["host", LOCALHOST, "default"] in rows
    assert SECRET not in ran.stdout + ran.stderr


def test_check_warns_and_counts(file: Path) -> None:
    ran = config(file, "[sources.a]\nnotifications = {allow_unauthenticated = true}\n", "check")
    assert ran.exit_code == Exit.DONE
    assert f"the settings are sound: {PACKS} packs, 1 sources, 1 targets" in ran.stdout
    assert "warning: pseudonym_key: the public default key" in ran.stderr
    assert "warning: sources.a.notifications: anybody may notify" in ran.stderr


def test_check_tries_the_keys(file: Path) -> None:
    login = 'login = {kind = "backend", client_id = "c", scope = "s", key_file = "key.pem"}'
    text = f'[targets.t]\nbase_url = "https://billing.example.org"\n{login}\n'
    (file.parent / "key.pem").write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    assert config(file, text, "check").exit_code == Exit.DONE
    (file.parent / "key.pem").write_text(f"no key: {SECRET}")
    ran = config(file, text, "check")
    assert (ran.exit_code, "targets.t: login.key cannot be used" in ran.stderr) == (Exit.SETUP, True)
    assert "[bad-credentials]" in ran.stderr
    assert SECRET not in ran.stderr


def test_check_looks_into_the_settings_of_packs(file: Path) -> None:
    ran = config(file, "[packs.fr-vsp]\nmajoration_deplacement = 3\n", "check")
    assert (ran.exit_code, "settings.majoration_deplacement" in ran.stderr) == (Exit.SETUP, True)


@pytest.fixture
def service() -> Iterator[Gateway]:
    gateway = Gateway("http://127.0.0.1:9")
    yield gateway
    gateway.close()


@pytest.mark.parametrize(("status", "ended"), [(200, Exit.DONE), (503, Exit.PROBLEMS)])
def test_health_is_what_the_service_says(
    service: Gateway, monkeypatch: pytest.MonkeyPatch, status: int, ended: Exit
) -> None:
    service.fault = lambda _request, _forward: Answer(status)
    monkeypatch.setenv("ADAPTER_PORT", service.base_url.rpartition(":")[2])
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert adapter("health").exit_code == ended
    assert [(one.method, one.path) for one in service.seen] == [("GET", "/healthz")]


def test_health_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTER_PORT", str(free_port()))
    ran = adapter("health")
    assert (ran.exit_code, "no service answers at http://127.0.0.1:" in ran.stderr) == (Exit.PROBLEMS, True)
