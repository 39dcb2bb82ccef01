"""A hospital with codes and habits of its own adapts two data files, no rule, and is judged the same."""

import copy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from adapter.core.decisions import Judgement
from adapter.mappings import PACKS_FOLDER, Site
from adapter.mappings.cases import Case, judge_case, merged
from adapter.mappings.yaml_text import read_yaml
from tests.packs.worked import cases_of

FR_VSP = PACKS_FOLDER / "fr-vsp"
OWN = "https://hospital.example.org/codes"

OWN_CODES = f"""
home-visit: [{{system: "{OWN}", code: VAD}}]
palliative-care: [{{system: "{OWN}", code: SP}}]
visit-report: [{{system: "{OWN}", code: CRV}}]
"""
OWN_DOCTOR = "https://hospital.example.org/visiting-doctor"


def own_facts() -> str:
    """The pack's reading of a visit, but for the place where this hospital writes the doctor."""
    readings = copy.deepcopy(read_yaml(FR_VSP / "facts.yaml").data["visit"])
    readings[0]["fields"]["doctors"] = f"extension('{OWN_DOCTOR}').valueReference"
    text: str = yaml.safe_dump({"visit": readings}, allow_unicode=True)
    return text


@pytest.fixture
def case() -> Case:
    return next(c for c in cases_of(FR_VSP) if c.name.startswith("a visit at home by the médecin traitant"))


def changed(case: Case, **patches: dict[str, Any]) -> Case:
    resources = {name: merged(r, patches.get(name, {})) for name, r in case.resources.items()}
    return replace(case, resources=resources)


def coded(case: Case) -> Case:
    """The case as a hospital with its own codes sends it."""
    return changed(
        case,
        visit={"class": {"system": OWN, "code": "VAD"}},
        palliative={"code": {"coding": [{"system": OWN, "code": "SP"}]}},
        report={"type": {"coding": [{"system": OWN, "code": "CRV"}]}},
    )


def site(into: Path, **files: str) -> Site:
    (into / "fr-vsp").mkdir()
    for name, text in files.items():
        (into / "fr-vsp" / f"{name}.yaml").write_text(text, encoding="utf-8")
    return Site(overrides=into)


def gist(judgement: Judgement) -> list[object]:
    return [
        (d.outcome, d.occasion.key, d.lines, [(f.criterion, f.text_key) for f in d.occasion.findings])
        for d in judgement.decisions
    ]


def test_own_codes_alone_make_a_foreign_coded_visit_decide_the_same(case: Case, tmp_path: Path) -> None:
    judged = judge_case(FR_VSP, coded(case), site(tmp_path, codes=OWN_CODES))
    assert gist(judged) == gist(judge_case(FR_VSP, case))


def test_without_own_codes_a_foreign_coded_visit_is_no_occasion(case: Case) -> None:
    assert judge_case(FR_VSP, coded(case)).decisions == ()


def test_own_codes_are_added_to_the_packs_codes(case: Case, tmp_path: Path) -> None:
    judged = judge_case(FR_VSP, case, site(tmp_path, codes=OWN_CODES))
    assert gist(judged) == gist(judge_case(FR_VSP, case))


def test_own_paths_alone_make_a_visit_with_its_doctor_elsewhere_decide_the_same(case: Case, tmp_path: Path) -> None:
    extension = {"url": OWN_DOCTOR, "valueReference": {"reference": "Practitioner/dr"}}
    elsewhere = changed(case, visit={"participant": None, "extension": [extension]})
    judged = judge_case(FR_VSP, elsewhere, site(tmp_path, facts=own_facts()))
    assert gist(judged) == gist(judge_case(FR_VSP, case))
    assert gist(judge_case(FR_VSP, elsewhere)) != gist(judged)


def test_an_override_changes_the_digest_that_names_the_rules(case: Case, tmp_path: Path) -> None:
    judged = judge_case(FR_VSP, case, site(tmp_path, codes=OWN_CODES))
    assert judged.decisions[0].pack.digest != judge_case(FR_VSP, case).decisions[0].pack.digest
