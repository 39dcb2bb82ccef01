"""R5 consents, coverages and documents are read as valid R4 ones, and never as more than they grant."""

import pytest

from tests.fhir.r5_samples import ABSENT, PATIENT, PERIOD, concept, mapped, to


def test_consent() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "Consent",
            "status": "active",
            "subject": PATIENT,
            "date": "2026-03-01",
            "period": {"start": "2026-03-01"},
            "grantor": [{"reference": "RelatedPerson/1"}],
            "grantee": [{"reference": "Organization/1"}],
            "manager": [{"reference": "Organization/2"}],
            "controller": [{"reference": "Organization/3"}],
            "regulatoryBasis": [concept("law")],
            "policyBasis": {"url": "https://example.org/policy"},
            "decision": "permit",
            "verification": [{"verified": True, "verificationDate": ["2026-03-01", "2026-03-02"]}],
            "provision": [
                {
                    "actor": [{"reference": {"reference": "Organization/9"}, "role": concept("IRCP")}],
                    "resourceType": [{"code": "Observation"}],
                    "documentType": [{"code": "application/pdf"}],
                    "provision": [{"purpose": [{"code": "ETREAT"}]}],
                },
                {"actor": [{"reference": {"reference": "Organization/8"}}]},
            ],
        }
    )
    assert resource == {
        "resourceType": "Consent",
        "status": "active",
        "patient": PATIENT,
        "dateTime": "2026-03-01",
        "performer": [{"reference": "RelatedPerson/1"}],
        "organization": [{"reference": "Organization/2"}],
        "policyRule": concept("law"),
        "policy": [{"uri": "https://example.org/policy"}],
        "scope": ABSENT,
        "category": [ABSENT],
        "verification": [{"verified": True, "verificationDate": "2026-03-01"}],
        "provision": {
            "type": "permit",
            "period": {"start": "2026-03-01"},
            "provision": [
                {
                    "type": "deny",
                    "actor": [{"reference": {"reference": "Organization/9"}, "role": concept("IRCP")}],
                    "class": [{"code": "application/pdf"}, {"code": "Observation"}],
                    "provision": [{"type": "permit", "purpose": [{"code": "ETREAT"}]}],
                },
                {"type": "deny", "actor": [{"reference": {"reference": "Organization/8"}, "role": ABSENT}]},
            ],
        },
    }
    assert set(dropped) == {"grantee", "controller", "verification[0].verificationDate[1]"}


@pytest.mark.parametrize("status", ["not-done", "unknown"])
def test_a_consent_that_is_not_known_to_be_given_never_reads_as_active(status: str) -> None:
    resource, dropped = mapped({"resourceType": "Consent", "status": status, "subject": PATIENT})
    assert resource["status"] == "inactive"
    assert dropped == [f"status: {status} read as inactive"]
    assert "provision" not in resource


def test_document_reference() -> None:
    attachment = {"contentType": "application/pdf", "size": "12345", "pages": 3}
    resource, dropped = mapped(
        {
            "resourceType": "DocumentReference",
            "status": "current",
            "docStatus": "corrected",
            "version": "2",
            "subject": PATIENT,
            "context": [{"reference": "Encounter/1"}, {"reference": "Appointment/1"}],
            "event": [{"concept": concept("visit")}, to("Procedure/1")],
            "facilityType": concept("HOSP"),
            "practiceSetting": concept("palliative"),
            "period": PERIOD,
            "attester": [
                {"mode": concept("personal"), "party": {"reference": "Practitioner/1"}},
                {"mode": concept("legal"), "party": {"reference": "Practitioner/2"}},
                {"mode": concept("legal")},
            ],
            "relatesTo": [
                {"code": concept("replaces"), "target": {"reference": "DocumentReference/2"}},
                {"code": concept("summarizes"), "target": {"reference": "DocumentReference/3"}},
            ],
            "content": [
                {
                    "attachment": attachment,
                    "profile": [
                        {"valueUri": "urn:x"},
                        {"valueCoding": {"code": "one"}},
                        {"valueCoding": {"code": "two"}},
                    ],
                },
                {"attachment": {"size": "99999999999"}},
            ],
        }
    )
    assert resource == {
        "resourceType": "DocumentReference",
        "status": "current",
        "docStatus": "amended",
        "subject": PATIENT,
        "context": {
            "encounter": [{"reference": "Encounter/1"}],
            "event": [concept("visit")],
            "facilityType": concept("HOSP"),
            "period": PERIOD,
            "practiceSetting": concept("palliative"),
        },
        "authenticator": {"reference": "Practitioner/2"},
        "relatesTo": [{"code": "replaces", "target": {"reference": "DocumentReference/2"}}],
        "content": [{"attachment": {"contentType": "application/pdf", "size": 12345}, "format": {"code": "one"}}],
    }
    assert set(dropped) == {
        "docStatus: corrected read as amended",
        "version",
        "context.encounter[1]",
        "context.event[1].reference",
        "attester[0]",
        "attester[2]",
        "relatesTo[1].code",
        "relatesTo[1]",
        "content[0].attachment.pages",
        "content[0].format[1]",
        "content[0].profile",
        "content[1].attachment.size",
        "content[1].attachment",
        "content[1]",
    }


def test_a_document_with_nobody_to_name_has_no_authenticator() -> None:
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "attester": [{"mode": concept("legal"), "time": "2026-03-01"}],
        "content": [{"attachment": {"url": "https://example.org/1"}}],
    }
    resource, dropped = mapped(document)
    assert "authenticator" not in resource
    assert dropped == ["attester[0]"]


def test_coverage() -> None:
    resource, dropped = mapped(
        {
            "resourceType": "Coverage",
            "status": "active",
            "kind": "insurance",
            "beneficiary": PATIENT,
            "subscriberId": [{"value": "A1"}, {"value": "B2"}],
            "insurer": {"reference": "Organization/1"},
            "paymentBy": [{"party": {"reference": "RelatedPerson/1"}, "responsibility": "half"}],
            "class": [
                {"type": concept("group"), "value": {"value": "CB135"}},
                {"type": concept("x"), "value": {"use": "usual"}},
            ],
        }
    )
    assert resource == {
        "resourceType": "Coverage",
        "status": "active",
        "beneficiary": PATIENT,
        "subscriberId": "A1",
        "payor": [{"reference": "Organization/1"}, {"reference": "RelatedPerson/1"}],
        "class": [{"type": concept("group"), "value": "CB135"}],
    }
    assert dropped == ["paymentBy[0].responsibility", "kind", "subscriberId[1]", "class[1].value", "class[1]"]


def test_a_coverage_without_a_payer_says_that_none_is_known() -> None:
    coverage = {"resourceType": "Coverage", "status": "active", "kind": "other", "beneficiary": PATIENT}
    assert mapped(coverage)[0]["payor"] == [ABSENT]
