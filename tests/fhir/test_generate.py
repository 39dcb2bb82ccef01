"""The table comes from a package and nowhere else; a small made-up one shows each rule."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from adapter.fhir import generate

SYSTEM = {
    "resourceType": "CodeSystem",
    "url": "urn:s",
    "content": "complete",
    "concept": [{"code": "a", "concept": [{"code": "a1"}]}, {"code": "b"}],
}


def value_set(name: str, **compose: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": f"urn:{name}", "compose": compose}


def element(path: str, code: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "min": 0, "max": "1", "type": [{"code": code}], **more}


def bound(path: str, name: str) -> dict[str, Any]:
    return element(path, "code", binding={"strength": "required", "valueSet": f"urn:{name}|1.0"})


def definition(name: str, elements: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    head = {"resourceType": "StructureDefinition", "name": name, "kind": "resource", "abstract": False}
    return head | {"derivation": "specialization", "snapshot": {"element": [{"path": name}, *elements]}} | more


DOCUMENTS = [
    SYSTEM,
    {**SYSTEM, "url": "urn:big", "concept": [{"code": f"c{n}"} for n in range(201)]},
    {**SYSTEM, "url": "urn:part", "content": "fragment"},
    value_set("all", include=[{"system": "urn:s"}]),
    value_set("some", include=[{"system": "urn:s", "concept": [{"code": "b"}]}]),
    value_set("but", include=[{"valueSet": ["urn:all"]}], exclude=[{"system": "urn:s", "concept": [{"code": "a"}]}]),
    value_set("both", include=[{"valueSet": ["urn:all", "urn:some"]}]),
    value_set("big", include=[{"system": "urn:big"}]),
    value_set("part", include=[{"system": "urn:part"}]),
    value_set(
        "filtered", include=[{"system": "urn:s", "filter": [{"property": "concept", "op": "is-a", "value": "a"}]}]
    ),
    definition(
        "Thing",
        [
            element("Thing.id", "http://hl7.org/fhirpath/System.String"),
            bound("Thing.all", "all"),
            bound("Thing.but", "but"),
            bound("Thing.both", "both"),
            bound("Thing.big", "big"),
            bound("Thing.part", "part"),
            bound("Thing.filtered", "filtered"),
            bound("Thing.again", "all"),
            element("Thing.part2", "BackboneElement", min=1, max="*"),
            element("Thing.part2.name", "string", min=1),
            {"path": "Thing.part2.inner", "min": 0, "max": "*", "contentReference": "#Thing.part2"},
            element("Thing.gone", "string", max="0"),
            {
                "path": "Thing.who[x]",
                "min": 0,
                "max": "1",
                "type": [
                    {"code": "string"},
                    {"code": "Reference", "targetProfile": ["http://x/Patient", "http://x/Group"]},
                ],
            },
        ],
    ),
    definition("ThingProfile", [element("Thing.id", "string")], derivation="constraint"),
    definition("Model", [element("Model.id", "string")], kind="logical"),
    definition("word", [element("word.id", "string"), element("word.value", "string")], kind="primitive-type"),
    definition("Resource", [element("Resource.id", "string")], abstract=True),
]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    path = tmp_path / "core.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for number, document in enumerate(reversed(DOCUMENTS)):
            data = json.dumps(document).encode()
            info = tarfile.TarInfo(f"package/{document['resourceType']}-{number}.json")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        other = tarfile.TarInfo("package/.index.json")
        archive.addfile(other, io.BytesIO())
    return path


def test_the_rules_of_the_table(package: Path) -> None:
    table = generate.table(package)
    assert table["types"] == {
        "Resource": ["id string ?"],
        "Thing": [
            "id string ?",
            "all code ? c0",
            "but code ? c1",
            "both code ? c2",
            "big code ?",
            "part code ?",
            "filtered code ?",
            "again code ? c0",
            "part2 Thing.part2 +",
            "who[x] string|Reference ? t0",
        ],
        "Thing.part2": ["name string 1", "inner Thing.part2 *"],
        "word": ["id string ?"],
    }
    assert table["codes"] == ["a a1 b", "a1 b", "b"]
    assert table["targets"] == ["Group Patient"]
    assert table["resources"] == ["Thing"]
    assert table["primitives"] == ["word"]


def test_the_same_package_gives_the_same_bytes(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = []
    for name in ("one.json", "two.json"):
        monkeypatch.setattr(generate, "OUT", tmp_path / name)
        assert generate.main([str(package)]) == 0
        written.append((tmp_path / name).read_bytes())
    assert written[0] == written[1]
    assert "characters" in capsys.readouterr().err


def test_without_a_package_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main([]) == 2
    assert "usage" in capsys.readouterr().err
