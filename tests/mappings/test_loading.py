"""What a good pack becomes, and what a site changes of it without touching it."""

import shutil
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adapter.core.occasions import Outcome
from adapter.mappings import BadPack, Site, load_pack, load_packs
from adapter.mappings.cases import judge_case, load_cases
from adapter.mappings.paths import fault_in
from adapter.mappings.yaml_text import read_yaml

HERE = Path(__file__).parent
TINY = HERE / "tiny"


def site(**settings: object) -> Site:
    return Site(settings={"tiny": settings})


def test_numbers_amounts_and_charges_are_read() -> None:
    pack = load_pack(TINY, Site(base="https://adapter.example.fr"))
    on_its_day = pack.tariffs["CALL"].on(date(2020, 6, 1))
    assert pack.numbers == {"longest": Decimal(2)}
    assert on_its_day is not None
    assert str(on_its_day.amount) == "1 EUR"
    assert pack.charges["CALL"].system == "https://adapter.example.fr/CodeSystem/tiny"
    assert pack.criteria == {"answered": ("LAW",)}
    assert pack.language == "en"


def test_a_unit_is_no_money(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    text = (folder / "tariffs.yaml").read_text(encoding="utf-8")
    (folder / "tariffs.yaml").write_text(text.replace("currency: EUR", "unit: 単位"), encoding="utf-8")
    amount = load_pack(folder).tariffs["CALL"].values[0].amount
    assert (amount.unit, amount.is_money) == ("単位", False)


def test_amounts_of_the_site_follow_those_of_the_pack(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    text = (folder / "tariffs.yaml").read_text(encoding="utf-8")
    (folder / "tariffs.yaml").write_text(text.replace("to: null", 'to: "2026-01-01"'), encoding="utf-8")
    pack = load_pack(folder, site(amounts=[{"amount": "3", "from": "2026-01-01"}]))
    known = {d: pack.tariffs["CALL"].on(d) for d in (date(2025, 12, 31), date(2026, 1, 1))}
    assert [v.amount.value for v in known.values() if v] == [Decimal(2), Decimal(3)]
    assert known[date(2026, 1, 1)].basis == ("setting amounts",)  # type: ignore[union-attr]


def test_amounts_of_the_site_may_not_overlap_those_of_the_pack() -> None:
    with pytest.raises(BadPack, match="the value from 2026-01-01 overlaps the one from 2021-01-01"):
        load_pack(TINY, site(amounts=[{"amount": "3", "from": "2026-01-01"}]))


def test_the_digest_names_rules_and_settings() -> None:
    same, other = load_pack(TINY, site(strict=False)), load_pack(TINY, site(strict=True))
    assert load_pack(TINY).digest == same.digest != other.digest


def test_a_missing_name_lists_the_packs_that_are_there() -> None:
    with pytest.raises(BadPack) as refused:
        load_packs(folder=HERE, only=["tyni"])
    assert str(refused.value) == "tyni/pack.yaml: id: there is no such pack; known packs: tiny"


def test_all_packs_of_a_folder_are_loaded_or_those_named() -> None:
    assert [p.id for p in load_packs(folder=HERE)] == [p.id for p in load_packs(folder=HERE, only=["tiny"])] == ["tiny"]


def test_two_packs_of_one_name_keep_their_own_rules(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    shutil.copytree(TINY, folder)
    text = (folder / "rules.py").read_text(encoding="utf-8")
    (folder / "rules.py").write_text(text.replace('== "finished"', '== "never"'), encoding="utf-8")
    case = load_cases(TINY)[0]
    outcomes = [judge_case(f, case).decisions[0].outcome for f in (TINY, folder, TINY)]
    assert outcomes == [Outcome.BILLABLE, Outcome.INCOMPLETE, Outcome.BILLABLE]


def test_yaml_springs_no_surprises(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_text("on: no\nday: 2026-11-21\namount: 60.10\nyes: true\nnothing:\n", encoding="utf-8")
    assert read_yaml(file).data == {
        "on": "no",
        "day": "2026-11-21",
        "amount": Decimal("60.10"),
        "yes": True,
        "nothing": None,
    }


@pytest.mark.parametrize(
    ("resource", "path", "fault"),
    [
        ("Encounter", "participant.individual", None),
        ("Encounter", "participant.individual.resolve().identifier.value", None),
        ("Encounter", "extension('https://x.example.org/y').valueReference.resolve().id", None),
        ("Encounter", "identifier.where(system = 'urn:x').value", None),
        ("Encounter", "identifier.where(sytem = 'urn:x').value", "no element 'sytem'; did you mean system?"),
        ("Encounter", "participant.person", "no element 'person'; did you mean period?"),
        ("Observation", "value", "no element 'value'; did you mean valueBoolean or"),
        ("Observation", "valueQuantity.value", None),
        ("Provenance", "entity.what.resolve().anything", None),
        ("Patient", "name.resolve()", "resolve() follows a Reference"),
        ("Patient", "name.where(use = 'official').exists()", None),
    ],
)
def test_a_path_is_walked_through_the_types_of_fhir(resource: str, path: str, fault: str | None) -> None:
    told = fault_in(path, resource)
    assert told is None if fault is None else told is not None and fault in told
