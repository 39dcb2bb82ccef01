"""No name, number, address, date of birth, free text or local id of a person leaves by an error, a log or a file name.

Canaries are planted where a hospital writes such things, and where a careless one does (a name in place of a code, a
date in place of an id); then every command that reads is run, and all that it says is searched.

Explanations (`--explain`, `explain`, JSON) show the references of their evidence: local ids are their job, so only
there may they stand. File names of the input are the caller's own words, and names of elements are structure.
"""

import copy
import gzip
import json
import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import responses

from adapter.fhir.xml_text import to_xml
from adapter.outbound.client import Target
from adapter.outbound.posting import post
from tests.outbound.visits import BILLABLE, wanted
from tests.replay.visits import Ran, adapter, bundle, visit, write

FAMILY, GIVEN, STREET, PHONE = "Quintessenz", "Wilhelmineke", "Zwetschgenweg", "0699887766"
BIRTH, NOTE, INS = "1931-07-19", "Gartenzaunsturz", "231077512345682"
LOCAL = ("pat-4711-local", "enc-4712-local", "IPP-4713-local")
ALWAYS = (FAMILY, GIVEN, STREET, PHONE, BIRTH, NOTE, INS, INS[:13])
CANARIES = (*ALWAYS, *LOCAL)

Resources = list[dict[str, Any]]


def planted(**changes: Any) -> Resources:
    """The palliative visit of somebody who is easily recognised; `changes` as in `visit`."""
    text = json.dumps(visit()).replace("Patient/p1", f"Patient/{LOCAL[0]}").replace("Encounter/e1", LOCAL[1])
    resources: Resources = json.loads(text.replace(LOCAL[1], f"Encounter/{LOCAL[1]}").replace("279035121518989", INS))
    patient, _, encounter, condition, document = resources
    patient["identifier"][1]["value"] = LOCAL[2]
    patient.update(
        id=LOCAL[0],
        birthDate=BIRTH,
        name=[{"family": FAMILY, "given": [GIVEN], "text": f"{GIVEN} {FAMILY}"}],
        address=[{"line": [f"{STREET} 77"], "text": STREET}],
        telecom=[{"system": "phone", "value": PHONE}],
        text={"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{FAMILY} {NOTE}</div>'},
    )
    encounter.update(id=LOCAL[1], reasonCode=[{"text": NOTE}])
    condition["note"] = [{"text": f"{NOTE}, {FAMILY}"}]
    document["description"] = NOTE
    for resource in resources[2:]:
        resource["subject"]["display"] = f"{GIVEN} {FAMILY}"
    for resource in resources:
        resource.update(changes.get(resource["resourceType"], {}))
    return resources


def _with(**changes: Any) -> bytes:
    return json.dumps(bundle(planted(**changes))).encode()


def _twice() -> bytes:
    """One national number, two dates of birth: an identity in conflict."""
    other = copy.deepcopy(planted(Patient={"id": f"{LOCAL[0]}-2", "birthDate": "1931-07-20"})[0])
    return json.dumps(bundle([*planted(), other])).encode()


def _document(text: str) -> bytes:
    return json.dumps(bundle([*planted()[:4], {**planted()[4], "docStatus": text}])).encode()


GOOD = _with()
XML = to_xml(bundle(planted()))
LINES = b"\n".join(json.dumps(r).encode() for r in planted())
INPUT: dict[str, bytes] = {
    "good.json": GOOD,
    "good.xml": XML,
    "good.ndjson": LINES,
    "good.json.gz": gzip.compress(GOOD),
    "refused.json": _with(Encounter={"status": "cancelled"}),
    "incomplete.json": _document("preliminary"),
    "undecided.json": _with(Encounter={"period": {"start": "2026-11-01T10:00:00Z", "end": "2026-11-20T10:00:00Z"}}),
    "conflict.json": _twice(),
    "no-patient.json": json.dumps(bundle(planted()[1:])).encode(),
    "status.json": _with(Encounter={"status": FAMILY}),
    "near.json": _with(Encounter={"status": f"finished {GIVEN}"}),
    "gender.json": _with(Patient={"gender": GIVEN}),
    "birth.json": _with(Patient={"birthDate": f"{BIRTH}T{PHONE}"}),
    "period.json": _with(Encounter={"period": {"start": f"{BIRTH}x"}}),
    "subject.json": _with(Encounter={"subject": {"reference": f"{FAMILY}/{LOCAL[0]}"}}),
    "target.json": _with(Encounter={"subject": {"reference": f"Location/{LOCAL[0]}", "display": FAMILY}}),
    "number.json": _with(Patient={"multipleBirthInteger": f"{FAMILY}"}),
    "string.json": _with(Encounter={"participant": FAMILY}),
    "mixed.json": _with(Encounter={"period": {"start": {"text": FAMILY}}}),
    "both.json": _with(Condition={"onsetString": NOTE}),
    "url.json": _with(Condition={"extension": [{"url": f"{FAMILY} {NOTE}", "valueString": NOTE, "valueCode": GIVEN}]}),
    "base64.json": _with(DocumentReference={"content": [{"attachment": {"data": f"{FAMILY}!"}}]}),
    "type.json": json.dumps({"resourceType": FAMILY, "id": LOCAL[0]}).encode(),
    "contained.json": _with(Encounter={"contained": [{"resourceType": FAMILY}]}),
    "scalar.json": json.dumps(f"{GIVEN} {FAMILY}").encode(),
    "cut.json": GOOD[: GOOD.index(FAMILY.encode()) + 4],
    "literal.json": GOOD.replace(b'"finished"', FAMILY.encode()),
    "utf8.json": GOOD.replace(FAMILY.encode(), FAMILY.encode() + b"\xff"),
    "twice.json": GOOD.replace(b'"status": "finished"', f'"status": "{FAMILY}", "status": "planned"'.encode()),
    "digits.json": GOOD.replace(b'"finished"', f"{PHONE.lstrip('0') * 900}".encode()),
    "cut.xml": XML[: XML.index(FAMILY.encode()) + 4],
    "entity.xml": XML.replace(FAMILY.encode(), f"&{FAMILY};".encode()),
    "quote.xml": XML.replace(f'"{FAMILY}"'.encode(), f'"x" {FAMILY}"'.encode()),
    "doctype.xml": f'<!DOCTYPE {FAMILY} [<!ENTITY a "{NOTE}">]>'.encode() + XML,
    "text.xml": XML.replace(b"<gender", f"{FAMILY}<gender".encode()),
    "value.xml": XML.replace(b"<gender", f'<active value="{FAMILY}"/><gender'.encode()),
    "root.xml": f'<{FAMILY} xmlns="http://hl7.org/fhir"/>'.encode(),
    "lines.ndjson": LINES.replace(b'"finished"', FAMILY.encode()) + f'\n{{"{FAMILY}": \n'.encode(),
    "cut.ndjson.gz": gzip.compress(LINES)[:300],
}


def _held(text: str, canaries: tuple[str, ...]) -> list[str]:
    return [canary for canary in canaries if canary.lower() in text.lower()]


def _says_nothing(ran: Ran, on_stdout: tuple[str, ...] = CANARIES) -> None:
    assert _held(ran.stderr, CANARIES) == []
    assert _held(ran.stdout, on_stdout) == []


@pytest.fixture
def folder(request: pytest.FixtureRequest, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    caplog.set_level(logging.DEBUG)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / request.param).write_bytes(INPUT[request.param])
    return tmp_path


every_input = pytest.mark.parametrize("folder", INPUT, indirect=True)


@every_input
def test_a_replay_names_nobody(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    _says_nothing(adapter("replay", folder / "in"))
    for form in ("json", "ndjson"):
        _says_nothing(adapter("replay", folder / "in", "--format", form), ALWAYS)
    _says_nothing(adapter("replay", folder / "in", "--explain"), ALWAYS)
    _says_nothing(adapter("explain", "--in", folder / "in"), ALWAYS)
    assert _held(caplog.text, CANARIES) == []


@every_input
@pytest.mark.parametrize("form", [[], ["--bundles"]], ids=["ndjson", "bundles"])
def test_no_file_is_named_after_anybody(folder: Path, form: list[str]) -> None:
    _says_nothing(adapter("replay", folder / "in", "--out", folder / "out", *form))
    names = "\n".join(str(path.relative_to(folder)) for path in (folder / "out").rglob("*"))
    assert _held(names, CANARIES) == []


def test_the_good_input_is_judged_and_the_canaries_are_read(tmp_path: Path) -> None:
    """Else the tests above would search the silence of nothing having been read."""
    write(tmp_path / "in" / "good.json", bundle(planted()))
    ran = adapter("replay", tmp_path / "in", "--pack", "fr-vsp", "--out", tmp_path / "out", "--explain")
    assert "billable" in ran.stdout
    assert LOCAL[1] in ran.stdout
    assert INS in (tmp_path / "out" / "ChargeItem.ndjson").read_text(encoding="utf-8")


def test_a_document_over_the_limit_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADAPTER_DOCUMENT_LIMIT", "500")
    (tmp_path / "a.ndjson").write_bytes(LINES)
    (tmp_path / "b.json").write_bytes(GOOD)
    ran = adapter("replay", tmp_path)
    assert "[too-long]" in ran.stderr
    _says_nothing(ran)


def _outcome() -> str:
    text = f"{FAMILY} {NOTE} {INS} {LOCAL[0]}"
    issue = {"severity": "error", "code": FAMILY, "diagnostics": text, "details": {"text": text}, "expression": [text]}
    return json.dumps({"resourceType": "OperationOutcome", "issue": [issue, {"severity": "error", "code": "invalid"}]})


def _garbled() -> str:
    return f"<html>{FAMILY} {INS}</html>"


@pytest.mark.parametrize("status", [200, 301, 400, 401, 404, 409, 412, 422, 429, 500, 503])
@pytest.mark.parametrize("body", [_outcome, _garbled])
def test_a_target_that_quotes_what_it_was_sent_is_not_quoted(status: int, body: Callable[[], str]) -> None:
    base = "https://target.example.org/fhir"
    headers = {"Location": f"{base}/{FAMILY}/{LOCAL[0]}", "Retry-After": "0"}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as server, Target(base) as target:
        for method in ("GET", "POST", "PUT"):
            server.add(method, re.compile(base), body=body(), status=status, headers=headers)
        posted = post(target, [wanted("privacy", BILLABLE)], sleep=lambda _seconds: None)
    assert len(posted.failed) == 1
    assert _held("\n".join(map(str, posted.failed)), CANARIES) == []
