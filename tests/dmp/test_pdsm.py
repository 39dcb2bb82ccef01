"""ITI-65 and the patches of PDSm."""

import base64
import copy
from itertools import combinations, product
from typing import Any

import jsonpatch
import pytest

from adapter.dmp.documents import Concept, Document
from adapter.dmp.envelopes import Envelope
from adapter.dmp.fhir.patches import ARCHIVED, Wanted, fhirpath_patch, json_patch, supersede_patch, visibility_patch
from adapter.dmp.fhir.submissions import iti65
from adapter.fhir.json_text import dumps
from tests.dmp.samples import DOCUMENTS, HIDDEN, MASKED, NORMAL, envelope, faults

SOURCE = "1.2.250.1.999.1"
every_document = pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)


def bundle(*envelopes: Envelope, **replaced: str) -> dict[str, Any]:
    return iti65(envelopes, SOURCE, replaced)


def resources(sent: dict[str, Any]) -> list[tuple[str, str]]:
    return [(e["request"]["method"], e["resource"]["resourceType"]) for e in sent["entry"]]


@every_document
@pytest.mark.parametrize("replaces", [None, "DocumentReference/17"])
def test_a_submission_is_fhir(document: Document, replaces: str | None) -> None:
    sent = bundle(envelope(document), **({document.unique_id: replaces} if replaces else {}))
    for resource in (sent, *(entry["resource"] for entry in sent["entry"])):
        assert faults(resource) == []


def test_a_submission_holds_its_set_the_descriptions_and_the_documents() -> None:
    first, second = envelope(), envelope(title="Autre synthèse", set_id="b4a6a2c2-7d0f-5c3a-9a51-27c2a3e5d001")
    sent = bundle(first, second)
    assert resources(sent) == [
        ("POST", "List"),
        ("POST", "DocumentReference"),
        ("POST", "DocumentReference"),
        ("POST", "Binary"),
        ("POST", "Binary"),
    ]
    full_urls = {entry["fullUrl"]: entry["resource"] for entry in sent["entry"]}
    listed = [full_urls[item["item"]["reference"]] for item in sent["entry"][0]["resource"]["entry"]]
    ids = [f"urn:oid:{e.document.unique_oid}" for e in (first, second)]
    assert [d["masterIdentifier"]["value"] for d in listed] == ids
    binaries = [full_urls[d["content"][0]["attachment"]["url"]] for d in listed]
    assert [base64.b64decode(b["data"]) for b in binaries] == [first.cda, second.cda]


def test_the_submission_set_says_whose_it_is_and_where_it_comes_from() -> None:
    found = bundle(envelope())["entry"][0]["resource"]
    extensions = {e["url"].rpartition("/")[2]: e for e in found["extension"]}
    assert extensions["ihe-sourceId"]["valueIdentifier"]["value"] == f"urn:oid:{SOURCE}"
    assert extensions["ihe-designationType"]["valueCodeableConcept"]["coding"][0]["code"] == "SA07"
    assert [i["use"] for i in found["identifier"]] == ["usual", "official"]
    assert found["identifier"][0]["value"].startswith("urn:oid:2.25.")
    assert (found["status"], found["mode"]) == ("current", "working")
    assert found["code"]["coding"][0]["code"] == "submissionset"
    assert {r["id"] for r in found["contained"]} >= {"patient", "author"}
    assert (found["subject"]["reference"], found["source"]["reference"]) == ("#patient", "#author")


def test_a_replacement_supersedes_the_version_before_in_the_same_transaction() -> None:
    second = envelope(version=2)
    sent = bundle(second, **{second.document.unique_id: "DocumentReference/17"})
    assert resources(sent)[-1] == ("PATCH", "Parameters")
    assert sent["entry"][-1]["request"]["url"] == "DocumentReference/17"
    assert sent["entry"][-1]["resource"] == supersede_patch()
    described = sent["entry"][1]["resource"]
    assert described["relatesTo"][0]["target"] == {"reference": "DocumentReference/17"}


def test_a_submission_is_the_same_each_time() -> None:
    assert dumps(bundle(envelope())) == dumps(bundle(envelope()))
    assert dumps(bundle(envelope())) != dumps(bundle(envelope(version=2)))


def description(labels: tuple[Concept, ...] = (NORMAL,), archived: bool | None = None) -> dict[str, Any]:
    found = bundle(envelope(confidentiality=labels))["entry"][1]["resource"]
    if archived is not None:
        found["extension"] = [{"url": "urn:other", "valueBoolean": True}, {"url": ARCHIVED, "valueBoolean": archived}]
    return copy.deepcopy(found)


def codes(resource: dict[str, Any]) -> set[str]:
    return {label["coding"][0]["code"] for label in resource.get("securityLabel", [])}


def archived(resource: dict[str, Any]) -> bool:
    return any(e["url"] == ARCHIVED and e["valueBoolean"] for e in resource.get("extension", []))


def operations(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """FHIRPath Patch Parameters as plain dicts: part name to value."""
    return [
        {p["name"]: next((v for k, v in p.items() if k != "name"), None) for p in operation["part"]}
        for operation in parameters.get("parameter", [])
    ]


LABELS = [c for size in (1, 2, 3) for c in combinations((NORMAL, HIDDEN, MASKED), size)]


@pytest.mark.parametrize(("there", "wanted"), list(product(LABELS, LABELS)))
def test_a_json_patch_brings_any_labels_to_any_others(there: tuple[Concept, ...], wanted: tuple[Concept, ...]) -> None:
    current = description(there)
    patched = jsonpatch.apply_patch(current, json_patch(current, Wanted(labels=wanted)))
    assert codes(patched) == {label.code for label in wanted}
    assert json_patch(patched, Wanted(labels=wanted)) == []
    assert faults(patched) == []


@pytest.mark.parametrize("there", [None, False, True])
@pytest.mark.parametrize("wanted", [False, True])
def test_a_json_patch_archives_and_brings_back(there: bool | None, wanted: bool) -> None:
    current = description(archived=there)
    patched = jsonpatch.apply_patch(current, json_patch(current, Wanted(archived=wanted)))
    assert archived(patched) is wanted


def test_a_json_patch_gives_up_where_the_places_moved() -> None:
    change = json_patch(description((NORMAL, HIDDEN)), Wanted(labels=(NORMAL,)))
    with pytest.raises(jsonpatch.JsonPatchTestFailed):
        jsonpatch.apply_patch(description((HIDDEN, NORMAL)), change)


def test_a_json_patch_adds_the_first_label_and_the_first_other_extension() -> None:
    bare = {"resourceType": "DocumentReference", "status": "current"}
    patched = jsonpatch.apply_patch(bare, json_patch(bare, Wanted("superseded", (NORMAL,), archived=True)))
    assert (codes(patched), archived(patched), patched["status"]) == ({"N"}, True, "superseded")
    other = {**bare, "extension": [{"url": "urn:other", "valueBoolean": True}]}
    assert archived(jsonpatch.apply_patch(other, json_patch(other, Wanted(archived=True))))


def test_a_fhirpath_patch_adds_what_is_missing_and_deletes_what_is_not_wanted() -> None:
    change = visibility_patch(description((NORMAL, HIDDEN)), (NORMAL, MASKED))
    assert faults(change) == []
    deleted, added = operations(change)
    assert deleted == {
        "type": "delete",
        "path": "DocumentReference.securityLabel.where(coding.where("
        f"system='{HIDDEN.uri}' and code='INVISIBLE_PATIENT').exists())",
    }
    assert (added["type"], added["path"], added["name"]) == ("add", "DocumentReference", "securityLabel")
    assert added["value"]["coding"][0]["code"] == "MASQUE_PS"


def test_a_fhirpath_patch_archives_by_the_url_of_the_extension() -> None:
    (there,) = operations(fhirpath_patch(description(archived=False), Wanted(archived=True)))
    path = f"DocumentReference.extension.where(url='{ARCHIVED}').value"
    assert there == {"type": "replace", "path": path, "value": True}
    change = fhirpath_patch(description(), Wanted(archived=True))
    (absent,) = operations(change)
    assert (absent["type"], absent["name"]) == ("add", "extension")
    assert absent["value"] == [
        {"name": "url", "valueUri": ARCHIVED},
        {"name": "valueBoolean", "valueBoolean": True},
    ]
    assert faults(change) == []


def test_a_text_in_a_label_stays_a_text_in_a_path() -> None:
    odd = {**description(), "securityLabel": [{"coding": [{"system": "urn:x", "code": "it's \\ odd"}]}]}
    (deleted, _) = operations(visibility_patch(odd, (NORMAL,)))
    assert deleted["path"].endswith("system='urn:x' and code='it\\'s \\\\ odd').exists())")


def test_nothing_is_patched_that_is_as_wanted() -> None:
    current = description((NORMAL, MASKED), archived=True)
    wanted = Wanted("current", (MASKED, NORMAL), archived=True)
    assert operations(fhirpath_patch(current, wanted)) == []
    assert json_patch(current, wanted) == []


def test_to_supersede_is_the_patch_of_ihe() -> None:
    (only,) = operations(supersede_patch())
    assert only == {"type": "replace", "path": "DocumentReference.status", "value": "superseded"}
    assert operations(fhirpath_patch(description(), Wanted("superseded"))) == operations(supersede_patch())
