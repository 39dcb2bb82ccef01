"""The patient, the stay and the sender, as fields of PID, PV1 and PRT.

Data types after IHE PAM, national extension France, as the ANS's own examples show them (ansforge/hl7V2-exemples,
Vague 2/Trans_Doc-CDA-HL7V2); PID-3 holds the same identifiers as the CDA.
"""

from collections.abc import Iterator

from adapter.dmp.documents import Document, Identifier, Organization, Patient, Professional, Stay
from adapter.dmp.pfi.fields import field, timestamp

_NIR, _NIA, _TEST, _DEMO = (f"1.2.250.1.213.1.4.{last}" for last in (8, 9, 10, 11))
_INS_AUTHORITIES = {_NIR: "NIR", _NIA: "NIA", _TEST: "NIR", _DEMO: "NIR"}
_PROFESSIONALS, _STRUCTURES = "1.2.250.1.71.4.2.1", "1.2.250.1.71.4.2.2"
_NATIONAL_ID_TYPES = {"8": "RPPS", "0": "ADELI"}
_FINESS_TYPES = frozenset({"FINEJ", "FINEG"})
_SEX = {"male": "M", "female": "F", "other": "O"}


def identifiers(patient: Patient) -> Iterator[str]:
    """PID-3: the INS, then the local numbers."""
    yield _cx(patient.ins, f"ASIP-SANTE-INS-{_INS_AUTHORITIES.get(patient.ins.oid, 'NIR')}", "INS")
    for local in patient.local:
        yield _cx(local, None, local.type_code or "PI")


def names(patient: Patient) -> Iterator[str]:
    """PID-5: the birth name (L) with the first given name and all of them, then the name in use (D)."""
    first = patient.first_given or patient.birth_given
    yield field(patient.birth_name, first, patient.birth_given, None, None, None, "L")
    if patient.used_name or patient.used_given:
        yield field(patient.used_name or patient.birth_name, patient.used_given or first, None, None, None, None, "D")


def sex(patient: Patient) -> str:
    """PID-8, HL7 table 0001."""
    return _SEX.get(patient.gender, "U")


def birth_place(patient: Patient) -> str:
    """PID-11: the INSEE code of the place of birth (BDL), or nothing."""
    code = patient.birth_place
    return field(None, None, None, None, None, None, "BDL", None, code) if code else ""


def visit(stay: Stay) -> str:
    """PV1-19."""
    return _cx(stay.identifier, None, stay.identifier.type_code or "VN")


def stay_times(stay: Stay) -> tuple[str, str]:
    """PV1-44 and PV1-45, where known."""
    start, end = (timestamp(time) if time else "" for time in (stay.start, stay.end))
    return start, end


def sender(document: Document) -> tuple[str, str]:
    """PRT-5 and PRT-8: the author, at whose request the DMP is fed, and the structure that they work for."""
    return _person(document.author), _organization(document.author.organization or document.custodian)


def _person(given: Professional) -> str:
    national = given.identifier.oid == _PROFESSIONALS
    authority = ("ASIP-SANTE-PS" if national else None, given.identifier.oid, "ISO")
    type_code = _NATIONAL_ID_TYPES.get(given.identifier.value[:1], "") if national else given.identifier.type_code
    head = (given.identifier.value, given.family, given.given, None, None, given.prefix, None, None)
    return field(*head, authority, "D", None, None, type_code)


def _organization(given: Organization) -> str:
    """A FINESS goes without the `1` that makes it an idNatSt, as the volet's examples have it."""
    own = given.identifier
    finess = own.type_code in _FINESS_TYPES
    number = own.value[1:] if finess and len(own.value) == 10 else own.value
    authority = ("ASIP-SANTE-ST" if own.oid == _STRUCTURES else None, own.oid, "ISO")
    kind = own.type_code if finess else None
    return field(given.name, None, None, None, None, authority, kind, None, None, number)


def _cx(given: Identifier, namespace: str | None, type_code: str) -> str:
    return field(given.value, None, None, (namespace, given.oid, "ISO"), type_code)
