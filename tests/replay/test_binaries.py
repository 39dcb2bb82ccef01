"""The Binary that an attachment names is part of the record, wherever it stands; all others pass by."""

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from adapter.fhir.xml_text import to_xml
from adapter.replay import Options, Replay
from adapter.settings import Settings
from tests.dmp.site import packs, shareable
from tests.replay.visits import BASE, bundle

DATA = base64.b64encode(b"Douleur").decode()


def binary(name: str, data: str = DATA, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Binary", "id": name, "contentType": "text/plain", "data": data, **more}


def named(url: str) -> list[dict[str, Any]]:
    """A visit whose report's attachment is at a URL."""
    return shareable(DocumentReference={"content": [{"attachment": {"url": url}}]})


def binaries(*paths: Path) -> tuple[list[dict[str, Any]], int]:
    """The Binaries in the one person's record, and how many resources were kept."""
    with Replay(Options(packs(), Settings().secret)) as replay:
        replay.read(paths)
        (one,) = replay.persons()
        assert replay.problems == set()
        return [dict(r.content) for r in one.record.own if r.key.type == "Binary"], replay.counts[1]


def write(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("url", ["Binary/b1", f"{BASE}/Binary/b1", f"{BASE}/Binary/b1/_history/2"])
@pytest.mark.parametrize("is_first", [True, False])
def test_a_binary_of_the_same_bundle_is_found_before_and_after_what_names_it(
    tmp_path: Path, url: str, is_first: bool
) -> None:
    others = [binary("b2"), binary("b1")]
    resources = [*others, *named(url)] if is_first else [*named(url), *others]
    found, _ = binaries(write(tmp_path / "a.json", bundle(resources)))
    assert found == [binary("b1")]


def test_a_binary_by_its_urn(tmp_path: Path) -> None:
    urn = "urn:uuid:0b7d46a0-60ef-52fc-965c-0369f4a56e5f"
    content = bundle([*named(urn)])
    loose = {k: v for k, v in binary("").items() if k != "id"}
    content["entry"].append({"fullUrl": urn, "resource": loose})
    found, _ = binaries(write(tmp_path / "a.json", content))
    assert found == [loose]


@pytest.mark.parametrize("is_packed", [False, True])
def test_a_binary_on_a_line_of_another_file(tmp_path: Path, is_packed: bool) -> None:
    lines = "".join(json.dumps(binary(f"b{n}", base64.b64encode(b"%d" % n).decode())) + "\n" for n in range(50))
    for name, content in (("visit", json.dumps(bundle(named("Binary/b17"), base=None))),):
        (tmp_path / f"{name}.json").write_text(content)
    if is_packed:
        (tmp_path / "Binary.ndjson.gz").write_bytes(gzip.compress(lines.encode()))
    else:
        (tmp_path / "Binary.ndjson").write_text(lines)
    found, kept = binaries(tmp_path)
    assert [one["id"] for one in found] == ["b17"]
    assert kept == len(shareable()) + 1


def test_a_binary_in_xml(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_bytes(to_xml(bundle([*named("Binary/b1"), binary("b1")])))
    found, _ = binaries(tmp_path)
    assert found == [binary("b1")]


def test_the_newest_of_several_contents_counts(tmp_path: Path) -> None:
    old = binary("b1", meta={"versionId": "1"})
    new = binary("b1", base64.b64encode(b"new").decode(), meta={"versionId": "2"})
    write(tmp_path / "a.json", bundle([*named("Binary/b1"), new]))
    write(tmp_path / "b.json", bundle([old]))
    found, _ = binaries(tmp_path)
    assert [one["meta"]["versionId"] for one in found] == ["2"]


@pytest.mark.parametrize("url", ["https://files.example.org/a.pdf", "Patient/p1", "Binary/unknown", "not a url"])
def test_what_names_no_binary_of_the_input_brings_none(tmp_path: Path, url: str) -> None:
    found, kept = binaries(write(tmp_path / "a.json", bundle([*named(url), binary("b1")])))
    assert (found, kept) == ([], len(shareable()))


def test_binaries_do_not_move_the_time_of_the_look(tmp_path: Path) -> None:
    late = binary("b1", meta={"lastUpdated": "2030-01-01T00:00:00Z"})
    path = write(tmp_path / "a.json", bundle([*named("Binary/b1"), late]))
    with Replay(Options(packs(), Settings().secret)) as replay:
        replay.read([path])
        assert replay.as_of.year == 2026


def test_a_key_says_which_source_s_binary_is_meant(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    write(tmp_path / "one" / "a.json", bundle(named("Binary/b1"), base=None))
    write(tmp_path / "two" / "b.json", bundle([binary("b1")], base=None))
    assert binaries(tmp_path)[0] == []
