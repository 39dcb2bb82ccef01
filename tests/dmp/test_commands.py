"""`adapter dmp check` and `adapter dmp write`, as a stranger meets them."""

import json
from pathlib import Path

import pytest

from adapter.core.references import Key
from adapter.fhir.json_text import dumps
from adapter.outbound.embedded import EmbeddedTarget
from adapter.outbound.writing import Writer
from adapter.settings import load_settings
from adapter.store import inbox, ledger
from adapter.store.engine import migrate, open_store
from adapter.store.lanes import lane_of
from adapter.work import Surroundings, Worker
from adapter.work.loop import utc_now
from adapter.work.surroundings import EMBEDDED
from tests.dmp.site import packs, shareable, written
from tests.fixtures.scenes import FIXTURES
from tests.replay.visits import BASE, Ran, adapter, folder_bytes

SITE = """
[dmp]
custodian = {id = "1990000010", name = "HAD de démonstration"}
facility_type = "SA07"
[packs.fr-dmp]
identities = "test"
"""
ROADS = """
source_oid = "1.2.250.1.999.1"
sending_application = "ADAPTER"
sending_facility = "HAD"
receiving_application = "PFI"
receiving_facility = "CHU"
"""
SCENE = FIXTURES / "fr-home-visit"
DENIED = {"provision": {"type": "deny"}}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "adapter.toml"
    path.write_text(SITE, encoding="utf-8")
    return path


def dmp(config: Path, *arguments: object) -> Ran:
    return adapter("--config", config, "dmp", *arguments)


def test_a_complete_visit_may_leave_and_every_line_says_so(config: Path) -> None:
    ran = dmp(config, "check", SCENE)
    head, *lines = ran.stdout.strip().splitlines()
    assert head == "P-a0bc13296a  fr-vsp  synthesis (11488-4) of 2026-03-17: may leave"
    assert {line.split()[0] for line in lines} == {"met", "warns"}
    for name in ("identity", "dmp-open", "non-opposition", "announced", "cda"):
        assert any(line.startswith("  met") and line.endswith(f"[{name}]") for line in lines)
    assert any("not given" in line and line.endswith("[kit]") for line in lines)
    assert (ran.exit_code, ran.stderr.splitlines()[-1]) == (0, "1 documents, 1 may leave")


def test_a_report_names_nobody(config: Path) -> None:
    ran = dmp(config, "check", FIXTURES, "--format", "json")
    assert len(json.loads(ran.stdout)) > len(["six", "scenes"])
    for told in ("LAVANDE", "279035121518989", "MERISIER", "99700012341", "TAMARIS"):
        assert told not in ran.stdout + ran.stderr


def test_what_waits_or_blocks_is_told_line_by_line_and_ends_with_five(config: Path, tmp_path: Path) -> None:
    (path,) = written(tmp_path, shareable(Consent=DENIED, Practitioner={"qualification": []}))
    ran = dmp(config, "check", path, "--language", "en")
    assert ran.exit_code == 5
    assert "  blocks  The person opposes the feeding of their DMP. [non-opposition]" in ran.stdout
    assert "  waits   author.qualification: the profession is not coded (TRE_G15) [no-profession]" in ran.stdout
    assert "may not leave" in ran.stdout


def test_what_the_site_did_not_set_is_told_too(tmp_path: Path) -> None:
    (tmp_path / "adapter.toml").write_text("")
    ran = dmp(tmp_path / "adapter.toml", "check", SCENE)
    assert ran.exit_code == 5
    assert "[no-custodian]" in ran.stdout
    assert "The INS is not of the site's domain" in ran.stdout


def test_nothing_to_share_says_so(config: Path) -> None:
    ran = dmp(config, "check", FIXTURES / "noise-clinic")
    assert (ran.exit_code, ran.stdout, ran.stderr) == (1, "", "nothing to share\n")


def test_json_holds_what_the_table_holds(config: Path) -> None:
    (row,) = json.loads(dmp(config, "check", SCENE, "--format", "json").stdout)
    assert dmp(config, "check", SCENE, "--format", "ndjson").stdout == json.dumps(row, ensure_ascii=False) + "\n"
    assert (row["pack"], row["document"], row["type"], row["may_leave"]) == ("fr-vsp", "synthesis", "11488-4", True)
    assert {"name": "identity", "verdict": "met", "words": "The INS is qualified."} in row["lines"]


def test_only_the_documents_of_a_pack(config: Path) -> None:
    paths = [SCENE, FIXTURES / "fr-immuno-home-sequence"]
    ran = dmp(config, "check", *paths, "--pack", "fr-immunotherapie-domicile", "--format", "json")
    assert [row["pack"] for row in json.loads(ran.stdout)] == ["fr-immunotherapie-domicile"]
    assert dmp(config, "check", SCENE, "--pack", "fr-nothing").exit_code == 2


def test_with_the_kit_its_reports_stand_beside(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kit").mkdir()
    monkeypatch.setenv("ADAPTER_CDA_KIT", str(tmp_path / "kit"))
    ran = dmp(config, "check", SCENE)
    assert "XSD not run: the kit has no infrastructure/cda/CDA_extended.xsd [kit-broken]" in ran.stdout
    assert ran.exit_code == 0


def test_a_folder_of_files_is_written_whole_and_the_same_again(config: Path, tmp_path: Path) -> None:
    config.write_text(SITE.replace("[dmp]", f"[dmp]{ROADS}"), encoding="utf-8")
    first, second = tmp_path / "one", tmp_path / "two"
    ran = dmp(config, "write", SCENE, "--out", first)
    assert (ran.exit_code, ran.stderr.splitlines()[0]) == (0, f"written to {first}: 1 of 1 documents")
    assert dmp(config, "write", SCENE, "--out", second).exit_code == 0
    files = folder_bytes(first)
    assert files == folder_bytes(second)
    forms = sorted(name.partition(".")[2] for name in files if not name.startswith("."))
    assert forms == ["cda.xml", "hl7", "iti105.json", "iti65.json"]


def test_what_the_site_did_not_name_is_not_written_and_said(config: Path, tmp_path: Path) -> None:
    ran = dmp(config, "write", SCENE, "--out", tmp_path / "out")
    assert "no ITI-65: give dmp.source_oid" in ran.stderr
    assert "no HL7 v2" in ran.stderr
    forms = {name.partition(".")[2] for name in folder_bytes(tmp_path / "out") if not name.startswith(".")}
    assert forms == {"cda.xml", "iti105.json"}


def test_what_may_not_leave_is_not_written(config: Path, tmp_path: Path) -> None:
    (path,) = written(tmp_path, shareable(Consent=DENIED))
    ran = dmp(config, "write", path, "--out", tmp_path / "out")
    assert ran.exit_code == 5
    assert [name for name in folder_bytes(tmp_path / "out") if not name.startswith(".")] == []


def _kept(config: Path) -> list[str]:
    """The service took a visit in and wrote its charge: our ids of charges."""
    settings = load_settings(config)
    migrate(settings.database_url)
    store = open_store(settings.database_url)
    try:
        with store.begin() as tx:
            for number, one in enumerate(shareable()):
                key = Key(BASE, one["resourceType"], one["id"])
                said = (str(number), lane_of(key), utc_now(), "update", dumps(one).encode())
                inbox.accept(tx, [inbox.NewEvent("had", *said, type=key.type, resource_id=key.id)])
        writers = {EMBEDDED: Writer(EmbeddedTarget(store), lambda _s: None)}
        around = Surroundings(store, packs(), settings.secret, packs()[0].base, writers, bases={"had": BASE})
        worker = Worker(around, "test")
        while worker.tick():
            pass
        with store.read() as tx:
            lines = [line for ids in ledger.charges_beginning(tx, "").values() for line in ids]
    finally:
        store.close()
    return lines


def test_a_charge_of_the_service_is_checked_by_its_id_or_its_beginning(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ADAPTER_DATABASE", f"sqlite:///{tmp_path / 'adapter.db'}")
    (charge,) = _kept(config)
    whole = dmp(config, "check", charge, "--format", "json")
    (row,) = json.loads(whole.stdout)
    assert (row["charges"], row["may_leave"], whole.exit_code) == ([charge], True, 0)
    assert dmp(config, "check", charge[:8], "--format", "json").stdout == whole.stdout
    nobody = dmp(config, "check", "00000000-none")
    assert (nobody.exit_code, "[no-charge]" in nobody.stderr) == (2, True)
