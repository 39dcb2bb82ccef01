"""Settings: which place wins, what is refused and how, and that nothing secret is told."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from adapter.inbound.dialects.authentication import Credentials, Method
from adapter.outbound.access import Access, BackendService, Basic, Bearer, Tls
from adapter.settings import (
    BadSettings,
    Settings,
    SourceOverrides,
    SourceSettings,
    TargetOverrides,
    TargetSettings,
    load_settings,
    load_with_origins,
    shown,
    worries,
)
from adapter.settings.schema import leaves, root

SECRET = "very-secret-71"
SOURCE = '[sources.h]\nbase_url = "https://fhir.example.org/r4"\n'
TARGET = '[targets.t]\nbase_url = "https://billing.example.org"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "adapter.toml"


def loaded(file: Path, text: str, **environment: str) -> Settings:
    file.write_text(text)
    return load_settings(file, {f"ADAPTER_{name}": value for name, value in environment.items()})


def test_nothing_given_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environment={})
    assert settings == Settings()
    assert settings.database_url == "sqlite:///data/adapter.db"
    assert (settings.host, settings.port, settings.target_of("Task")) == ("127.0.0.1", 8080, "embedded")


def test_flag_before_environment_before_file_before_default(file: Path) -> None:
    file.write_text("port = 1\nworkers = 2\nlease_seconds = 30\n")
    environment = {"ADAPTER_PORT": "3", "ADAPTER_WORKERS": "4", "ADAPTER_LANGUAGE": ""}
    settings = load_settings(file, environment, {"port": 5, "host": None})
    assert (settings.port, settings.workers, settings.lease_seconds, settings.language) == (5, 4, 30, "en")


def test_the_defaults_of_the_schema_are_those_of_the_classes() -> None:
    classes: dict[str, tuple[type[Any], ...]] = {
        "sources": (SourceSettings, Credentials, SourceOverrides),
        "targets": (TargetSettings, TargetOverrides),
    }
    for table, types in classes.items():
        fields = {f.name: f.default for one in types for f in dataclasses.fields(one)}
        for path, node in leaves(root(), {table: ["x"]}):
            if "default" in node and path[0] == table:
                default = node["default"]
                assert fields[path[-1]] == (tuple(default) if isinstance(default, list) else default), path


def test_every_field_can_be_set_and_every_key_is_a_field() -> None:
    assert set(root()["properties"]) == set(Settings.__dataclass_fields__)
    keys = {path[2] for path, _ in leaves(root(), {"sources": ["x"]}) if path[0] == "sources"}
    assert keys == set(SourceSettings.__dataclass_fields__)
    keys = {path[3] for path, _ in leaves(root(), {"sources": ["x"]}) if path[:3] == ("sources", "x", "notifications")}
    assert keys == set(Credentials.__dataclass_fields__)
    keys = {path[2] for path, _ in leaves(root(), {"targets": ["x"]}) if path[0] == "targets"}
    assert keys == set(TargetSettings.__dataclass_fields__)


def test_a_source_with_everything(file: Path) -> None:
    (file.parent / "client.pem").write_text("the key\n")
    (file.parent / "cert.pem").write_text("")
    text = """
trusted_proxies = ["10.0.0.0/8", "::1"]
[sources.had-lyon]
base_url = "https://fhir.example.org/r4/"
fhir_version = "R4B"
time_zone = "Europe/Paris"
notified_by = "topic"
heartbeat_seconds = 60
login = {kind = "backend", client_id = "us", key_file = "client.pem", scope = "system/*.rs", algorithm = "ES384"}
tls = {cert = "cert.pem"}
overrides = {no_history = true}
[sources.had-lyon.notifications]
header_values = ["a", "b"]
subjects = ["CN=had"]
required = ["header"]
"""
    source = loaded(file, text).sources["had-lyon"]
    login = BackendService("us", "the key", "system/*.rs", "ES384")
    tls = Tls(file.parent / "cert.pem")
    assert source.access == Access("https://fhir.example.org/r4", login, tls)
    assert (source.fhir_version, source.time_zone, source.notified_by) == ("R4B", "Europe/Paris", "topic")
    assert (source.heartbeat_seconds, source.overrides) == (60, SourceOverrides(no_history=True))
    assert source.notifications == Credentials(
        header_values=("a", "b"), subjects=("CN=had",), required=frozenset({Method.HEADER})
    )


def test_the_environment_reaches_every_table(file: Path, tmp_path: Path) -> None:
    (tmp_path / "two").write_text("one\r\ntwo\n")
    settings = loaded(
        file,
        SOURCE,
        SOURCES__HAD_LYON__BASE_URL="http://localhost:8081",
        SOURCES__HAD_LYON__LOGIN__KIND="basic",
        SOURCES__HAD_LYON__LOGIN__USERNAME="u",
        SOURCES__HAD_LYON__LOGIN__PASSWORD="p:q",
        SOURCES__H__NOTIFICATIONS__SIGNATURES_FILE=str(tmp_path / "two"),
        SOURCES__H__NOTIFICATIONS__BEARER_TOKENS='["a,b", "c"]',
        SOURCES__H__NOTIFICATIONS__UNSIGNED_DELETES="yes",
        SOURCES__H__HEARTBEAT_SECONDS="9",
        TARGETS__BILLING__BASE_URL="https://billing.example.org",
        TARGETS__BILLING__KINDS="ChargeItem",
        PACKS__FR_VSP__MAJORATION_DEPLACEMENT="true",
        PACKS__FR_VSP__SOMETHING="two words",
    )
    assert settings.sources["had-lyon"].login == Basic("u", "p:q")
    shown_to_us = settings.sources["h"].notifications
    assert (shown_to_us.signatures, shown_to_us.bearer_tokens) == (("one", "two"), ("a,b", "c"))
    assert (shown_to_us.unsigned_deletes, settings.sources["h"].heartbeat_seconds) == (True, 9)
    assert settings.targets["billing"].kinds == ("ChargeItem",)
    assert settings.packs == {"fr-vsp": {"majoration_deplacement": True, "something": "two words"}}


def test_the_environment_replaces_single_values_of_the_file(file: Path) -> None:
    text = SOURCE + 'login = {kind = "bearer", token = "old"}\n'
    settings = loaded(file, text, SOURCES__H__LOGIN__TOKEN="new")
    assert settings.sources["h"].login == Bearer("new")


def test_every_kind_has_one_target(file: Path) -> None:
    settings = loaded(file, f'{TARGET}kinds = ["ChargeItem", "Account"]\n')
    assert [settings.target_of(kind) for kind in ("ChargeItem", "Account", "Task")] == ["t", "t", "embedded"]
    assert settings.targets["embedded"] == TargetSettings()
    settings = loaded(file, TARGET)
    assert (list(settings.targets), settings.target_of("Task")) == (["t"], "t")


def test_folders_in_the_file_are_seen_from_the_file(file: Path) -> None:
    settings = loaded(file, 'data_folder = "here"\n')
    assert settings.data_folder == file.parent / "here"
    assert settings.database_url == f"sqlite:///{file.parent}/here/adapter.db"


@pytest.mark.parametrize("url", ["postgresql://adapter@db/adapter", "postgres://adapter@db/adapter"])
def test_the_password_of_the_database_is_given_apart(file: Path, tmp_path: Path, url: str) -> None:
    (tmp_path / "password").write_text("p@ss/word\n")
    settings = loaded(file, "", DATABASE=url, DATABASE_PASSWORD_FILE=str(tmp_path / "password"))
    assert settings.database_url == url.replace("adapter@", "adapter:p%40ss%2Fword@")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prot = 1", "{file}: prot: is not a setting; did you mean port?"),
        ("colour = 1", "{file}: colour: is not a setting; known: canonical_base, "),
        ("port = true", "{file}: port: must be integer; "),
        ("port = 0", "{file}: port: must be above 0; give a port from 1 to 65535"),
        ("port = 65536", "{file}: port: must be at most 65535; "),
        ("poison_status = 418", "{file}: poison_status: must be one of 200, 422; "),
        ("retention_days = 7", "{file}: retention_days: must be above 7; give days, at least 8"),
        ('database = "mysql://x"', "{file}: database: is not of the form that is expected; give sqlite:///FILE or "),
        ('database_password = "x"', "{file}: database_password: has no use without a PostgreSQL database; "),
        ('data_folder = "adapter.toml"', "{file}: data_folder: '{file}' is no folder; "),
        ('trusted_proxies = ["here"]', "{file}: trusted_proxies: an entry is no network; "),
        ("sources = 3", "{file}: sources: must be a table; "),
        ("[sources]\nh = 3", "{file}: sources.h: must be a table; "),
        ("[sources.Had]\n", "{file}: sources.Had: is no name; use small letters, digits and hyphens"),
        ("[packs.fr-vps]\nx = 1", "{file}: packs.fr-vps.x: is not a setting; did you mean fr-vsp?"),
        (f"{SOURCE}base_ulr = 1", "{file}: sources.h.base_ulr: is not a setting; did you mean base_url?"),
        (f'{SOURCE}fhir_version = "R3"', "{file}: sources.h.fhir_version: must be one of R4, R4B, R5; "),
        ('public_url = "https://a.example.org/?x=1"', "{file}: public_url: is not of the form that is expected; "),
        (f'{SOURCE}time_zone = "Lyon"', "{file}: sources.h.time_zone: is no time zone; give an IANA zone"),
        (f'{SOURCE}time_zone = "../x"', "{file}: sources.h.time_zone: is no time zone; "),
        (f'{SOURCE}login = {{token = "x"}}', "{file}: sources.h: login.kind is missing; use bearer, basic or backend"),
        (f'{SOURCE}login = {{kind = "bearer"}}', "{file}: sources.h: login.token is missing; a bearer login needs it"),
        (
            f'{SOURCE}login = {{kind = "bearer", token = "x", scope = "s"}}',
            "{file}: sources.h.login.scope: a bearer login has no scope; remove it",
        ),
        (f'{SOURCE}tls = {{cert = "no"}}', "{file}: sources.h.tls.cert: '{folder}/no' is no file that can be read; "),
        (f'{SOURCE}tls = {{key = "adapter.toml"}}', "{file}: sources.h.tls.key: a key without its certificate; "),
        (
            f'{SOURCE}notifications = {{header_values = ["a", "b", "c"]}}',
            "{file}: sources.h.notifications.header_values: must be at most 2; give one value, or two while",
        ),
        (f"{SOURCE}notifications = {{signatures = []}}", "sources.h.notifications.signatures: must not be empty; "),
        (
            f'{SOURCE}notifications = {{required = ["bearer"]}}',
            "{file}: sources.h.notifications.required: requires a method without a value; ",
        ),
        (
            f'{SOURCE}notifications = {{subjects = ["CN=x"]}}',
            "{file}: sources.h.notifications.subjects: no proxy is trusted to pass a subject; give trusted_proxies",
        ),
        ('[sources.h]\nlogin = {kind = "bearer", token = "x"}', "{file}: sources.h: base_url is missing, so nothing"),
        ('[sources.h]\nbase_url = "http://far.example.org"', "sources.h.base_url: http:// would be read on the way; "),
        ('[sources.h]\nbase_url = "https://:80/x"', "sources.h.base_url: is not of the form that is expected; "),
        ('[sources.h]\nbase_url = "https://[x"', "sources.h.base_url: is not of the form that is expected; "),
        ('[sources.h]\nbase_url = "https://x:99999"', "sources.h.base_url: is not of the form that is expected; "),
        (
            f'{SOURCE}login = {{kind = "backend", client_id = "c", key = "k", scope = "s", token_url = "http://a.b"}}',
            "{file}: sources.h.login.token_url: http:// would be read on the way; ",
        ),
        ('[targets.t]\nkinds = ["Task"]', "{file}: targets.t: base_url is missing; give it, or name the target embedd"),
        ('[targets.embedded]\nbase_url = "https://x.y"', "{file}: targets.embedded.base_url: embedded is our own data"),
        ("[targets.embedded]\ninsecure = true", "targets.embedded.insecure: insecure has no use for our own database"),
        (f'{TARGET}kinds = ["Person"]', "{file}: targets.t.kinds: an entry must be one of Account, ChargeItem, "),
        (f'{TARGET}kinds = ["Task", "Task"]', "{file}: targets.t.kinds: names something twice; "),
        (
            f'{TARGET}kinds = ["Task"]\n[targets.u]\nbase_url = "https://u.example.org"\nkinds = ["Task"]',
            "{file}: targets.u.kinds: Task goes to targets.t already; let one target take it",
        ),
        (
            f'{TARGET}[targets.u]\nbase_url = "https://u.example.org"',
            "{file}: targets.u: the rest goes to targets.t al",
        ),
        ('pseudonym_key_file = "no"', "{file}: pseudonym_key_file: the file that it names cannot be read; "),
        ("pseudonym_key_file = 3", "{file}: pseudonym_key_file: must be string; name a file"),
        ('pseudonym_key = "a"\npseudonym_key_file = "adapter.toml"', "{file}: pseudonym_key: is given itself and as a"),
        ('host_file = "adapter.toml"', "{file}: host_file: is not a setting; "),
    ],
)
def test_a_wrong_setting_is_told_with_file_key_and_remedy(file: Path, text: str, told: str) -> None:
    with pytest.raises(BadSettings) as caught:
        loaded(file, text)
    assert told.format(file=file, folder=file.parent) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PROT", "1", "environment: ADAPTER_PROT: is not a setting; did you mean ADAPTER_PORT?"),
        ("PORT", "x", "environment: ADAPTER_PORT: must be a whole number; correct it"),
        ("SOURCE__H__BASE_URL", "x", "environment: ADAPTER_SOURCE__H__BASE_URL: is not a setting; did you mean"),
        ("SOURCES__H__BASE_ULR", "x", "is not a setting; did you mean ADAPTER_SOURCES__H__BASE_URL?"),
        ("SOURCES__H", "x", "environment: ADAPTER_SOURCES__H: is a table; name its keys, as in ADAPTER_SOURCES__H__K"),
        ("SOURCES__H__INSECURE", "perhaps", "environment: ADAPTER_SOURCES__H__INSECURE: must be boolean; use true or"),
        ("SOURCES__H__NOTIFICATIONS__SUBJECTS", "[x", 'must be one value or a list; write it as ["one", "two"]'),
        ("PSEUDONYM_KEY_FILE", "nowhere", "environment: ADAPTER_PSEUDONYM_KEY_FILE: the file that it names cannot be"),
    ],
)
def test_a_wrong_variable_is_told(file: Path, name: str, value: str, told: str) -> None:
    with pytest.raises(BadSettings, match=r".*") as caught:
        loaded(file, "", **{name: value})
    assert told in str(caught.value)


def test_a_variable_and_its_file_contradict_each_other(file: Path) -> None:
    with pytest.raises(BadSettings, match="is given itself and as a file"):
        loaded(file, "", PSEUDONYM_KEY="a", PSEUDONYM_KEY_FILE=str(file))


def test_variables_of_somebody_else_are_left_alone(file: Path) -> None:
    assert loaded(file, "", REQUIRE_ALL="1") == Settings()


@pytest.mark.parametrize("base", ["http://127.0.0.1:8080/fhir", "http://localhost/fhir", "http://[::1]:80/fhir"])
def test_this_machine_needs_no_tls(file: Path, base: str) -> None:
    assert loaded(file, f'[sources.h]\nbase_url = "{base}"').sources["h"].base_url == base


def test_no_tls_where_the_site_says_so(file: Path) -> None:
    settings = loaded(file, '[targets.t]\nbase_url = "http://far.example.org"\ninsecure = true\n')
    assert settings.targets["t"].access == Access("http://far.example.org", insecure=True)
    assert "targets.t.insecure: http:// is allowed: what we send can be read on the way" in list(worries(settings))


def test_worries(file: Path) -> None:
    text = "[sources.a]\nheartbeat_seconds = 1\n[sources.b]\nnotifications = {allow_unauthenticated = true}\n"
    keys = [worry.partition(":")[0] for worry in worries(loaded(file, text))]
    assert keys == [
        "pseudonym_key",
        *("sources.a.notifications", "sources.a.base_url"),
        *("sources.b.notifications", "sources.b.base_url"),
    ]
    sound = f'pseudonym_key = "x"\n{SOURCE}notifications = {{bearer_tokens = ["x"]}}\n'
    assert list(worries(loaded(file, sound))) == []


WITH_SECRETS = f"""
pseudonym_key = "{SECRET}"
database = "postgresql://u:{SECRET}@db/x?sslpassword={SECRET}"
database_password = "{SECRET}"
{SOURCE}
login = {{kind = "basic", username = "u", password = "{SECRET}"}}
notifications = {{header_values = ["{SECRET}", "{SECRET}"], signatures = ["{SECRET}"]}}
"""


def test_what_is_shown_has_its_origin_and_no_secret(file: Path) -> None:
    file.write_text(WITH_SECRETS)
    environment = {"ADAPTER_SOURCES__H__TIME_ZONE": "Europe/Paris"}
    rows = {row.key: (row.value, row.origin) for row in shown(load_with_origins(file, environment, {"port": 81}))}
    assert rows["port"] == ("81", "flag: --port")
    assert rows["sources.h.time_zone"] == ("Europe/Paris", "environment: ADAPTER_SOURCES__H__TIME_ZONE")
    assert rows["database"] == ("postgresql://u:***@db/x?***", f"file: {file}")
    assert rows["host"] == ("127.0.0.1", "default")
    assert rows["sources.h.notifications.header_values"][0] == "***, ***"
    assert rows["sources.h.login.password"][0] == rows["pseudonym_key"][0] == rows["database_password"][0] == "***"
    assert SECRET not in str(rows)


def test_no_secret_is_in_a_repr(file: Path) -> None:
    assert SECRET not in repr(loaded(file, WITH_SECRETS))


@pytest.mark.parametrize(
    "text",
    [
        f'{SOURCE}login = {{kind = "bearer", token = "{SECRET} x"}}',
        f'{SOURCE}login = {{kind = "basic", username = "u", password = "{SECRET}\\n"}}',
        f'{SOURCE}notifications = {{signatures = ["{SECRET}", "x", "y"]}}',
        f'{SOURCE}notifications = {{signatures = "{SECRET}"}}',
        f'[sources.h]\nbase_url = "https://u:{SECRET}@fhir.example.org"',
        f'database = "mysql://u:{SECRET}@db"',
        f'pseudonym_key = ["{SECRET}"]',
    ],
)
def test_no_secret_is_in_a_complaint(file: Path, text: str) -> None:
    with pytest.raises(BadSettings) as caught:
        loaded(file, text)
    assert SECRET not in str(caught.value)
