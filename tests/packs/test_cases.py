"""Every pack decides its worked cases as their authors say, and the cases leave nothing of a pack untried."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from adapter.core.desired import desired_of
from adapter.core.facts import ROOT, FactReader, FieldSpec, Where
from adapter.core.findings import Finding
from adapter.core.packs import Pack
from adapter.core.paths import compile_path, members
from adapter.core.records import Record
from adapter.core.resources import Resource
from adapter.fhir.checks import validate
from adapter.mappings.cases import Case, ready_case, resources_of, run_case
from adapter.mappings.yaml_text import read_yaml
from tests.packs.worked import FOLDERS, cases_of, judgements_of, pack_in, records_of

CASES = [(folder, case) for folder in FOLDERS for case in cases_of(folder)]
each_pack = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_case = pytest.mark.parametrize(("folder", "case"), CASES, ids=[case.id for _, case in CASES])


@each_case
def test_a_case_is_decided_as_its_author_says(folder: Path, case: Case) -> None:
    assert run_case(folder, case) == []


@each_case
def test_the_order_in_which_resources_arrive_changes_nothing(folder: Path, case: Case) -> None:
    turned = dict(reversed(case.resources.items()))
    assert run_case(folder, replace(case, resources=turned)) == []


@each_case
def test_the_resources_of_a_case_are_fhir(folder: Path, case: Case) -> None:
    faults = [fault for resource in resources_of(case) for fault in validate(resource.content)]
    assert bool(faults) == case.invalid, faults


@each_pack
def test_names_of_cases_are_unique(folder: Path) -> None:
    names = [case.id for case in cases_of(folder)]
    assert len(names) == len(set(names))


@each_pack
def test_what_is_written_is_fhir(folder: Path) -> None:
    faults = [
        (resource["resourceType"], fault) for resource in written_by(folder) for fault in validate(plain(resource))
    ]
    assert faults == []


@each_pack
def test_no_text_keeps_a_gap_that_nothing_filled(folder: Path) -> None:
    pack = pack_in(folder)
    said = {pack.texts.finding(language, f) for language in pack.texts.languages for f in findings_of(folder)}
    said |= {text for resource in written_by(folder) for text in texts_in(resource)}
    assert {text for text in said if "{" in text} == set()


@each_pack
def test_each_criterion_is_exercised(folder: Path) -> None:
    states: dict[str, set[str]] = defaultdict(set)
    for case in cases_of(folder):
        for expected in case.expect:
            for criterion, key in {**expected.get("findings", {}), **expected.get("advice", {})}.items():
                states[criterion].add(key.partition(".")[0])
        for criterion, key in (case.readiness or {}).items():
            states[criterion].add(key.partition(".")[0])
    untried = {name: states[name] for name in pack_in(folder).criteria if "met" not in states[name]}
    assert untried == {}
    assert {name: states[name] for name in pack_in(folder).criteria if len(states[name]) < 2} == {}


@each_pack
def test_each_text_exists_in_every_language(folder: Path) -> None:
    pack = pack_in(folder)
    used = {(finding.criterion, finding.text_key) for finding in findings_of(folder)}
    lacking = {
        (language, *key)
        for language, texts in pack.texts.languages.items()
        for key in used
        if key[1] not in texts["criteria"][key[0]]
    }
    assert lacking == set()


@each_pack
def test_each_text_of_a_criterion_is_said_in_some_case(folder: Path) -> None:
    used = {(finding.criterion, finding.text_key) for finding in findings_of(folder)}
    criteria = next(iter(pack_in(folder).texts.languages.values()))["criteria"]
    written = {(name, key) for name, texts in criteria.items() for key in texts if key != "title"}
    assert written - used == set()


@each_pack
def test_languages_have_the_same_keys(folder: Path) -> None:
    keys = {language: set(keys_in(texts)) for language, texts in read_yaml(folder / "texts.yaml").data.items()}
    assert set(keys) == set(pack_in(folder).texts.languages)
    first = next(iter(keys.values()))
    assert {language: first ^ others for language, others in keys.items() if first ^ others} == {}


@each_pack
def test_each_message_and_payer_and_occasion_has_words(folder: Path) -> None:
    decisions = [d for judgement in judgements_of(folder) for d in judgement.decisions]
    needed = {("occasions", d.occasion.kind) for d in decisions}
    needed |= {("messages", m.name) for d in decisions for m in d.occasion.messages}
    needed |= {("payers", line.charge.payer.name) for d in decisions for line in d.lines if line.charge.payer}
    texts = pack_in(folder).texts.languages
    assert {(language, *n) for language in texts for n in needed if n[1] not in texts[language][n[0]]} == set()


@each_pack
def test_each_path_is_exercised(folder: Path) -> None:
    """A path that no case ever exercised may be a wrong guess about how hospitals write."""
    idle = [
        (reader.spec.fact, reader.spec.resource, name, path)
        for reader in pack_in(folder).readers
        for name, path, spec in paths_of(reader)
        if not any(yields(reader, path, spec, record) for record in records_of(folder))
    ]
    assert idle == []


@each_pack
def test_each_condition_of_the_look_up_is_exercised(folder: Path) -> None:
    pack = pack_in(folder)
    contents = [(r.key.type, r.content) for record in records_of(folder) for r in read_by_packs(record)]
    idle = [
        (reader.spec.fact, where.path)
        for reader in pack.readers
        for where in reader.spec.where
        if not any(holds(pack, where, content) for kind, content in contents if kind == reader.spec.resource)
    ]
    assert idle == []


def holds(pack: Pack, where: Where, content: Mapping[str, Any]) -> bool:
    values = members(where.path, content)
    return bool(pack.codes.names_in(values, where.codes) if where.codes else values)


def findings_of(folder: Path) -> list[Finding]:
    decisions = [d for judgement in judgements_of(folder) for d in judgement.decisions]
    ready = [f for case in cases_of(folder) for f in ready_case(folder, case)]
    return [*(f for d in decisions for f in (*d.occasion.findings, *d.occasion.advice)), *ready]


def written_by(folder: Path) -> list[dict[str, Any]]:
    decisions = [d for judgement in judgements_of(folder) for d in judgement.decisions]
    return [desired.resource for decision in decisions for desired in desired_of(decision)]


def plain(resource: dict[str, Any]) -> dict[str, Any]:
    """As a server would parse it."""
    parsed: dict[str, Any] = json.loads(json.dumps(resource, default=float))
    return parsed


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)
    elif isinstance(value, str):
        yield value


def keys_in(value: Any, above: str = "") -> Iterable[str]:
    if not isinstance(value, Mapping):
        return [above]
    return [key for name, inner in value.items() for key in keys_in(inner, f"{above}.{name}")]


def paths_of(reader: FactReader) -> Iterable[tuple[str, str, FieldSpec]]:
    return [(name, path, spec) for name, spec in reader.spec.fields.items() for path in spec.paths]


def read_by_packs(record: Record) -> Iterable[Resource]:
    return (*record.person.patients, *record.own)


def yields(reader: FactReader, path: str, spec: FieldSpec, record: Record) -> bool:
    """Whether the path finds something in the record; a code only counts where one of the sets holds it."""
    select = compile_path(path.removeprefix(ROOT))
    for resource in read_by_packs(record):
        if resource.key.type == reader.spec.resource and reader.matches(resource.content):
            nodes = [resource] if not reader.spec.each or path.startswith(ROOT) else below(resource, reader.spec.each)
            values = [value for node in nodes for value, _ in select(node, record)]
            if reader.codes.names_in(values, spec.codes) if spec.codes else values:
                return True
    return False


def below(resource: Resource, path: str) -> list[Resource]:
    return [Resource(resource.key, node) for node in members(path, resource.content)]
