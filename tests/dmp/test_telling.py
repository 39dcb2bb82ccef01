"""What is told of a document that does not leave: not done and why, or that it waits, with a Task to mend it."""

import base64
from pathlib import Path
from typing import Any

import pytest

from adapter.core.desired import Desired, desired_of
from adapter.core.desired.withdrawals import left_over
from adapter.core.handing import Handing, HandOver, HandOvers
from adapter.core.occasions import Outcome
from adapter.dmp.preparing import Sharing
from adapter.dmp.readiness import Verdict
from adapter.dmp.telling import told_before
from tests.dmp.papers import encrypted, pdf
from tests.dmp.site import PDF, attached, judged, made, packs, shareable, sharing, told, written
from tests.replay.visits import INS

REASONS = "https://adapter.example.org/CodeSystem/dmp-not-done"
DENIED = {"provision": {"type": "deny"}}
OPEN_NO = {"valueBoolean": False}


def hand_over(folder: Path, here: Sharing | None = None, **changes: Any) -> HandOver:
    """What is told of the visit's one document."""
    ((_, handed),) = told(written(folder, shareable(**changes)), here)
    (one,) = handed.values()
    return one


def lines(folder: Path, here: Sharing | None = None, **changes: Any) -> dict[str, str]:
    """The report on the visit's one document."""
    (one,) = made(written(folder, shareable(**changes)), here)
    return {line.name: str(line.verdict) for line in one.readiness.lines}


def resources(folder: Path, here: Sharing | None = None, **changes: Any) -> dict[str, dict[str, Any]]:
    """What should exist for the visit, by type."""
    ((decision, handed),) = told(written(folder, shareable(**changes)), here)
    return {one.type: one.resource for one in desired_of(decision, handed)}


@pytest.mark.parametrize("content", [{}, PDF], ids=["text", "PDF"])
def test_what_is_complete_waits_for_its_road_and_asks_nobody(tmp_path: Path, content: dict[str, Any]) -> None:
    report = lines(tmp_path, DocumentReference=content)
    assert set(report.values()) == {"met", "warns"}
    assert hand_over(tmp_path, DocumentReference=content) == HandOver()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Consent": DENIED}, "non-opposition"),
        ({"dmp_open": OPEN_NO}, "dmp-open"),
        ({"Patient": {"extension": []}}, "identity"),
        ({"Patient": {"identifier": []}}, "identity"),
        ({"Patient": {"identifier": [{**INS, "value": "279035121518988"}]}}, "identity"),
    ],
    ids=["opposed", "closed", "not qualified", "no INS", "wrong check digits"],
)
def test_what_is_forbidden_is_not_done_and_says_why(tmp_path: Path, changes: dict[str, Any], code: str) -> None:
    one = hand_over(tmp_path, **changes)
    assert (one.state, one.mend) == (Handing.NOT_DONE, ())
    assert one.reason is not None
    assert one.reason["coding"] == [{"system": REASONS, "code": code}]
    wanted = resources(tmp_path, **changes)
    assert wanted["Communication"]["status"] == "not-done"
    assert wanted["Communication"]["statusReason"] == one.reason
    assert wanted["ChargeItem"]["status"] == "billable"
    assert "Task" not in wanted


def test_an_ins_of_a_test_domain_does_not_leave_in_production(tmp_path: Path) -> None:
    here = sharing(packs=packs("production"), in_production=True)
    one = hand_over(tmp_path, here)
    assert one.state is Handing.NOT_DONE
    assert lines(tmp_path, here)["no-ins"] == "waits"


def test_a_real_ins_does_not_leave_in_the_test_domain(tmp_path: Path) -> None:
    real = {**INS, "system": "urn:oid:1.2.250.1.213.1.4.8", "type": {"coding": [{"code": "INS-NIR"}]}}
    real["type"]["coding"][0]["system"] = INS["type"]["coding"][0]["system"]  # type: ignore[index]
    assert hand_over(tmp_path, Patient={"identifier": [real]}).state is Handing.NOT_DONE


def test_what_nobody_knows_yet_waits_without_a_task(tmp_path: Path) -> None:
    changes = {"dmp_open": {"status": "preliminary"}}
    assert hand_over(tmp_path, **changes) == HandOver()
    assert resources(tmp_path, **changes)["Communication"]["status"] == "in-progress"


LARGE = base64.b64encode(b"%PDF-1.4 " + b"0" * 30_000_000).decode()
MENDED = [
    ({"DocumentReference": attached(b"no PDF at all")}, "pdf-not-pdf"),
    ({"DocumentReference": attached(pdf()[:60])}, "pdf-unreadable"),
    ({"DocumentReference": attached(encrypted(pdf()))}, "pdf-encrypted"),
    (
        {"DocumentReference": {"content": [{"attachment": {"contentType": "application/pdf", "data": LARGE}}]}},
        "too-large",
    ),
    (
        {"DocumentReference": {"content": [*PDF["content"], *attached(b"words", "text/plain")["content"]]}},
        "several-bodies",
    ),
    ({"DocumentReference": attached(b"\xff\xfe", "text/plain")}, "other-format"),
    ({"DocumentReference": attached(b"\x89PNG", "image/png")}, "other-format"),
    ({"DocumentReference": attached(pdf(), hash="AAAA")}, "not-whole"),
    ({"DocumentReference": attached(pdf(), size=3)}, "not-whole"),
    ({"DocumentReference": {"content": [{"attachment": {"url": "Binary/nowhere"}}]}}, "not-read"),
    ({"DocumentReference": attached(b"", "text/plain")}, "no-text"),
    ({"Practitioner": {"name": []}}, "no-author"),
    ({"Practitioner": {"qualification": []}}, "no-profession"),
    ({"Patient": {"birthDate": None}}, "no-trait"),
]


@pytest.mark.parametrize(("changes", "code"), MENDED, ids=[f"{n}-{code}" for n, (_, code) in enumerate(MENDED)])
def test_what_a_person_must_mend_is_a_task_beside_a_message_that_waits(
    tmp_path: Path, changes: dict[str, Any], code: str
) -> None:
    wanted = resources(tmp_path, **changes)
    task, message = wanted["Task"], wanted["Communication"]
    assert (message["status"], task["status"]) == ("in-progress", "requested")
    assert task["code"]["coding"][0]["code"] == "document-not-ready"
    assert f"[{code}]" in task["description"]
    assert wanted["ChargeItem"]["status"] == "billable"


def test_without_any_author_the_doctor_of_the_visit_is_the_author(tmp_path: Path) -> None:
    (one,) = made(written(tmp_path, shareable(DocumentReference={"author": []})))
    assert one.draft.document is not None
    assert one.draft.document.author.family == "DEMO-MEDIONI"


def test_the_task_is_the_same_whatever_is_wrong_and_goes_away_when_the_document_may_leave(tmp_path: Path) -> None:
    first = resources(tmp_path, Practitioner={"name": []})["Task"]
    second = resources(tmp_path, DocumentReference=attached(b"no PDF"))["Task"]
    assert (first["id"], first["identifier"]) == (second["id"], second["identifier"])
    assert first["description"] != second["description"]
    ((decision, handed),) = told(written(tmp_path, shareable()))
    (gone,) = left_over([Desired(first)], desired_of(decision, handed), {"Task"})
    assert (gone.id, gone.resource["status"], gone.only_if_written) == (first["id"], "cancelled", True)


def test_a_site_without_a_road_is_asked_to_mend_nothing_but_hears_what_is_proven(tmp_path: Path) -> None:
    here = sharing(is_on=False)
    assert hand_over(tmp_path, here, Practitioner={"name": []}) == HandOver()
    assert hand_over(tmp_path, here, Consent=DENIED).state is Handing.NOT_DONE


def test_what_a_ledger_knows_comes_first(tmp_path: Path) -> None:
    ((decision, record),) = judged(written(tmp_path, shareable(Consent=DENIED)))
    (shared,) = decision.occasion.documents
    done: HandOvers = {shared.path: HandOver(Handing.DONE, {"reference": "DocumentReference/7"})}
    assert told_before(decision, record, sharing(), done) == done


def test_a_refused_visit_offers_no_document(tmp_path: Path) -> None:
    ((decision, handed),) = told(written(tmp_path, shareable(Condition={"onsetDateTime": "2026-12-01"})))
    assert (decision.outcome, dict(handed)) == (Outcome.REFUSED, {})


@pytest.mark.parametrize("words", ["<p>Douleur</p><script>alert(1)</script>", "1 < 2 && 3 > 2", "]]>&nbsp;"])
def test_html_in_a_plain_text_stays_words(tmp_path: Path, words: str) -> None:
    (one,) = made(written(tmp_path, shareable(DocumentReference=attached(words.encode(), "text/plain"))))
    assert one.readiness.is_ready
    assert one.envelope is not None
    assert b"<script>" not in one.envelope.cda
    is_like_markup = "<p>" in words
    warned = {line.name for line in one.readiness.lines if line.verdict is Verdict.WARNS}
    assert ("cda-markup" in warned) == is_like_markup


def test_until_it_was_announced_the_document_is_hidden_from_the_person(tmp_path: Path) -> None:
    (one,) = made(written(tmp_path, shareable(announced={"valueBoolean": False})))
    assert one.readiness.is_ready
    assert one.draft.document is not None
    assert [c.code for c in one.draft.document.confidentiality] == ["N", "INVISIBLE_PATIENT"]
