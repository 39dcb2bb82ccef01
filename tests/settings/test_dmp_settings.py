"""The table `[dmp]`: each road says what it needs, and codes are members of the national value sets."""

import dataclasses
from pathlib import Path

import pytest

from adapter.outbound.access import Access, Bearer
from adapter.settings import BadSettings, DmpSettings, Settings, load_settings, worries
from adapter.settings.schema import child, leaves, root

CUSTODIAN = 'custodian = {id = "1990000010", name = "HAD"}\n'
NAMES = "".join(f'{side}_{what} = "X"\n' for side in ("sending", "receiving") for what in ("application", "facility"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "adapter.toml"


def loaded(file: Path, text: str, **environment: str) -> Settings:
    file.write_text(f"[dmp]\n{text}")
    return load_settings(file, {f"ADAPTER_{name}": value for name, value in environment.items()})


def test_without_the_table_nothing_is_shared(file: Path) -> None:
    settings = loaded(file, "")
    assert (settings.dmp, settings.dmp.road, settings.cda_kit) == (DmpSettings(), "none", None)


def test_the_road_to_a_folder(file: Path, tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    given = loaded(file, f'road = "file"\nfolder = "drop"\nhl7_version = "2.6"\n{CUSTODIAN}{NAMES}').dmp
    assert (given.folder, given.hl7_version, given.processing) == (tmp_path / "drop", "2.6", "P")
    assert given.custodian == ("1990000010", "HAD")


def test_the_road_to_a_server(file: Path) -> None:
    text = f'road = "fhir"\nbase_url = "https://dmp.example.org/fhir/"\nsource_oid = "1.2.3"\n{CUSTODIAN}'
    given = loaded(file, text, DMP__LOGIN__KIND="bearer", DMP__LOGIN__TOKEN="secret").dmp
    assert given.access == Access("https://dmp.example.org/fhir", Bearer("secret"))
    assert (given.publish, given.patch, given.undeclared) == ("iti65", "fhirpath", ())
    assert "secret" not in repr(given)


def test_what_the_environment_gives(file: Path, tmp_path: Path) -> None:
    types = {"DMP__FACILITY_TYPES": '{"2A0000123": "SA01"}', "DMP__CUSTODIAN__ID": "1990000010"}
    settings = loaded(file, "", CDA_KIT=str(tmp_path), DMP__CUSTODIAN__NAME="HAD", **types)
    assert (settings.cda_kit, settings.dmp.facility_types) == (tmp_path, {"2A0000123": "SA01"})


REFUSED = [
    ('road = "mail"', "dmp.road: must be one of none, file, fhir, xds; use none, file, fhir or xds"),
    (f'road = "file"\n{CUSTODIAN}{NAMES}', "dmp: folder is missing: road file needs it; give dmp.folder"),
    (f'road = "file"\nfolder = "."\n{CUSTODIAN}', "sending_application is missing"),
    (f'road = "file"\nfolder = "."\n{NAMES}', "custodian is missing: every document is kept by a structure"),
    (f'road = "file"\nfolder = "nowhere"\n{CUSTODIAN}{NAMES}', "is no folder that can be read"),
    (f'road = "fhir"\n{CUSTODIAN}', "base_url is missing: road fhir needs it"),
    (f'road = "fhir"\nbase_url = "https://x.example.org"\n{CUSTODIAN}', "source_oid is missing: the submission set"),
    (f'road = "fhir"\nbase_url = "http://x.example.org"\n{CUSTODIAN}', "http:// would be read on the way"),
    ('login = {kind = "bearer", token = "t"}', "base_url is missing, so nothing is ever called"),
    ('facility_type = "SA99"', "dmp.facility_type: a code is no member of JDV_J02"),
    ('facility_types = {990000329 = "XX"}', "dmp.facility_types: a code is no member of JDV_J02"),
    ('facility_types = ["SA01"]', "dmp.facility_types: must be object"),
    ('practice_setting = "HOME"', "dmp.practice_setting: a code is no member of JDV_J04"),
    ('custodian = {id = "1990000010"}', "custodian.name is missing"),
    ('custodian = {id = "FINESS 1", name = "x"}', "dmp.custodian.id: is not of the form that is expected"),
    ('sending_application = "A|B"', "dmp.sending_application: is not of the form"),
    ("source_oid = \"urn:oid:1.2\"", "dmp.source_oid: is not of the form"),
    ("largest = 0", "dmp.largest: must be above 0"),
    ('hl7_version = "2.7"', "dmp.hl7_version: must be one of 2.5, 2.6"),
    ("rode = 1", "dmp.rode: is not a setting; did you mean road?"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[message[:40] for _, message in REFUSED])
def test_what_cannot_work_is_refused_with_its_place_and_remedy(file: Path, text: str, message: str) -> None:
    with pytest.raises(BadSettings) as refused:
        loaded(file, text)
    assert str(refused.value).startswith(str(file))
    assert message in str(refused.value)


def test_a_facility_table_that_is_none_is_refused(file: Path) -> None:
    with pytest.raises(BadSettings, match="ADAPTER_DMP__FACILITY_TYPES: must be a table"):
        loaded(file, "", DMP__FACILITY_TYPES="SA01")


def test_the_road_that_is_not_open_is_pointed_at(file: Path) -> None:
    settings = loaded(file, f'road = "xds"\n{CUSTODIAN}')
    assert [worry for worry in worries(settings) if worry.startswith("dmp.road: xds is not open")]
    assert not [worry for worry in worries(loaded(file, "")) if worry.startswith("dmp")]


def test_every_field_can_be_set_and_the_defaults_agree() -> None:
    table = child(root(), "dmp") or {}
    assert set(table["properties"]) == set(DmpSettings.__dataclass_fields__)
    fields = {f.name: f.default for f in dataclasses.fields(DmpSettings)}
    for path, node in leaves(table, {}, ("dmp",)):
        if "default" in node and path[-1] in fields and path[-1] != "facility_types":
            default = node["default"]
            assert fields[path[-1]] == (tuple(default) if isinstance(default, list) else default), path
