"""Packs as R4 resources: sound for two validators, complete, the same bytes each time, and what charges refer to."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import fhirkit
import pytest

from adapter.core.published import published
from adapter.core.published.frame import canonical
from adapter.fhir.checks import validate
from adapter.fhir.json_text import dumps
from adapter.mappings import PACKS_FOLDER, Site, load_packs
from tests.replay.visits import adapter, bundle, folder_bytes, visit, write

BASE = "https://site.example.org"
OWN = "https://hospital.example.org/codes"
PACKS = load_packs(Site(BASE))
IDS = [pack.id for pack in PACKS]
RESOURCES = published(PACKS, IDS)
STANDARD = json.loads(dumps(RESOURCES))


def of_type(type_name: str, resources: list[dict[str, Any]] = RESOURCES) -> dict[str, dict[str, Any]]:
    return {r["id"]: r for r in resources if r["resourceType"] == type_name}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site" / "fr-vsp"
    folder.mkdir(parents=True)
    (folder / "codes.yaml").write_text(f"""
home-visit: [{{system: "{OWN}", code: DOM, display: À domicile}}]
palliative-care: [{{system: "{OWN}", code: DOM}}, {{system: "{OWN}", code: SP}}, {{code: no-system}}]
hospital: [{{system: "{OWN}", code: CH}}]
""")
    return tmp_path / "site"


@pytest.mark.parametrize("resource", STANDARD, ids=lambda r: f"{r['resourceType']}/{r['id']}")
def test_each_resource_is_sound(resource: dict[str, Any]) -> None:
    assert validate(resource) == []
    assert [str(p) for p in fhirkit.validate(resource) if "error" in str(p)] == []


def test_no_two_resources_have_one_name() -> None:
    urls = [r["url"] for r in RESOURCES]
    assert len(set(urls)) == len(urls)
    assert all(url.startswith(f"{BASE}/") for url in urls)


def test_every_code_below_the_base_stands_in_a_code_system() -> None:
    known = {(r["url"], c["code"]) for r in of_type("CodeSystem").values() for c in r["concept"]}
    used = {code for pack in PACKS for codes in pack.codes.sets.values() for code in codes}
    used |= {(c.system, c.code) for pack in PACKS for c in pack.charges.values()}
    below = {code for code in used if code[0].startswith(f"{BASE}/CodeSystem/")}
    assert len(below) > 50
    assert below <= known
    assert {(f"{BASE}/CodeSystem/pack", pack.id) for pack in PACKS} <= known


def test_a_code_is_told_in_the_scheme_s_language_and_the_others() -> None:
    system = of_type("CodeSystem")["jp-terminal-care"]
    (concept,) = [c for c in system["concept"] if c["code"] == "care-level"]
    assert (system["language"], system["content"], system["count"]) == ("ja", "complete", len(system["concept"]))
    english = {"language": "en", "value": "Certified care level"}
    assert concept == {"code": "care-level", "display": "要介護状態区分", "designation": [english]}


def test_each_code_set_is_a_value_set() -> None:
    sets = of_type("ValueSet")
    assert len(sets) == sum(len(pack.codes.sets) for pack in PACKS)
    visits = sets["fr-vsp-home-visit"]["compose"]["include"]
    assert {i["system"]: [c["code"] for c in i["concept"]] for i in visits} == {
        "http://terminology.hl7.org/CodeSystem/v3-ActCode": ["HH"],
        f"{BASE}/CodeSystem/fr-vsp": ["home-visit"],
    }


def test_an_empty_set_says_so_and_plain_texts_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "packs" / "fr-vsp"
    folder.mkdir(parents=True)
    for file in (PACKS_FOLDER / "fr-vsp").glob("*.*"):
        (folder / file.name).write_bytes(file.read_bytes())
    codes = (folder / "codes.yaml").read_text(encoding="utf-8")
    (folder / "codes.yaml").write_text(codes + "empty: []\ntexts: [{code: Rhône}]\n", encoding="utf-8")
    sets = of_type("ValueSet", published(load_packs(Site(BASE), tmp_path / "packs"), ["fr-vsp"]))
    assert "compose" not in sets["fr-vsp-empty"]
    assert sets["fr-vsp-empty"]["description"].startswith("No code is known")
    assert "compose" not in sets["fr-vsp-texts"]
    assert sets["fr-vsp-texts"]["description"] == "Also read, without a code system: Rhône"


def test_amounts_are_money_units_or_not_known() -> None:
    groups = of_type("ChargeItemDefinition")["jp-terminal-care"]["propertyGroup"]
    found = {g["priceComponent"][0]["code"]["coding"][0]["code"]: g for g in groups}
    assert found["terminal-care-1"]["priceComponent"][0]["amount"] == {"value": Decimal("25000"), "currency": "JPY"}
    units = [
        c["extension"][0]
        for g in groups
        if (c := g["priceComponent"][0])["code"]["coding"][0]["code"] == "ltc-terminal-care"
    ]
    assert [u["valueQuantity"] for u in units] == [{"value": Decimal(n), "unit": "単位"} for n in (2000, 2500)]
    assert {u["url"] for u in units} == {of_type("StructureDefinition")["amount-in-units"]["url"]}
    (component,) = found["post-mortem-care"]["priceComponent"]
    assert component.keys() == {"type", "code"}


def test_an_amount_says_its_dates_and_its_basis() -> None:
    groups = of_type("ChargeItemDefinition")["jp-terminal-care"]["propertyGroup"]
    says = [g["applicability"][0]["description"] for g in groups if "単位" in g["applicability"][0]["description"]]
    assert says[0].startswith("Known from 2024-04-01 on, its start is not known, before 2024-06-01. Amount 2000 単位.")
    assert says[1].startswith("From 2024-06-01 on. Amount 2500 単位. Basis: JP-AMT-05, ")
    assert says[1].endswith("Verified on 2026-11-21.")


def test_the_definition_is_the_one_that_charges_name(tmp_path: Path) -> None:
    write(tmp_path / "in" / "bundle.json", bundle(visit()))
    assert adapter("replay", tmp_path / "in", "--pack", "fr-vsp", "--out", tmp_path / "out").exit_code == 0
    assert adapter("packs", "publish", "fr-vsp", "--out", tmp_path / "packs").exit_code == 0
    (charge,) = map(json.loads, (tmp_path / "out" / "ChargeItem.ndjson").read_text().splitlines())
    (made,) = map(json.loads, (tmp_path / "packs" / "ChargeItemDefinition.ndjson").read_text().splitlines())
    assert charge["definitionCanonical"] == [f"{made['url']}|{made['version']}"]


def test_a_site_s_codes_are_mapped_to_the_pack_s_own(site: Path) -> None:
    packs = load_packs(Site(BASE, site))
    resources = published(packs, ["fr-vsp"])
    (group,) = of_type("ConceptMap", resources)["fr-vsp"]["group"]
    assert (group["source"], group["target"]) == (OWN, f"{BASE}/CodeSystem/fr-vsp")
    assert {e["code"]: [t["code"] for t in e["target"]] for e in group["element"]} == {
        "DOM": ["home-visit", "palliative-care"],
        "SP": ["palliative-care"],
    }
    assert {t["equivalence"] for e in group["element"] for t in e["target"]} == {"subsumes"}
    assert validate(json.loads(dumps(of_type("ConceptMap", resources)["fr-vsp"]))) == []
    assert "no-system" in of_type("ValueSet", resources)["fr-vsp-palliative-care"]["description"]


def test_without_own_codes_there_is_no_map() -> None:
    assert of_type("ConceptMap") == {}


def test_one_pack_alone_keeps_shared_systems_complete() -> None:
    some = published(PACKS, ["fr-vsp"])
    assert of_type("CodeSystem", some)["pack"] == of_type("CodeSystem")["pack"]
    assert of_type("ChargeItemDefinition", some).keys() == {"fr-vsp"}
    assert published(PACKS, []) == []


def test_a_name_that_is_no_id_gets_one() -> None:
    made = canonical(BASE, "ValueSet", "a_set")
    assert made["url"] == f"{BASE}/ValueSet/a_set"
    assert len(made["id"]) == 36
    assert canonical(BASE, "ValueSet", "x" * 65)["id"] != canonical(BASE, "ValueSet", "x" * 66)["id"]


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        ran = adapter("packs", "publish", "--out", tmp_path / name)
        assert (ran.exit_code, ran.stdout) == (0, "")
        assert "ValueSet" in ran.stderr
    assert folder_bytes(tmp_path / "one") == folder_bytes(tmp_path / "two")


def test_an_unknown_pack_is_not_published(tmp_path: Path) -> None:
    ran = adapter("packs", "publish", "fr-vps", "--out", tmp_path / "out")
    assert ran.exit_code == 3
    assert not (tmp_path / "out").exists()


def test_why_a_document_was_not_shared_is_said_by_the_pack_that_judges_it() -> None:
    found = of_type("CodeSystem")["dmp-not-done"]
    assert [one["code"] for one in found["concept"]] == ["announced", "dmp-open", "identity", "non-opposition"]
    assert found["concept"][1]["designation"] == [{"language": "fr", "value": "DMP ouvert"}]
    assert "dmp-not-done" not in of_type("CodeSystem", published(PACKS, ["jp-terminal-care"]))
