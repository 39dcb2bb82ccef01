"""The MDM message of an envelope: MSH, EVN, PID, PV1, ORC and OBR, TXA, the CDA with its sender, MetaDMPMSS rows.

Only the fields that the volet lists are filled: it asks so, that message and CDA cannot contradict each other.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hl7apy.consts import VALIDATION_LEVEL  # type: ignore[import-untyped]  # has no types
from hl7apy.core import Message  # type: ignore[import-untyped]  # has no types
from hl7apy.exceptions import HL7apyException  # type: ignore[import-untyped]  # has no types

from adapter.core.ids import business_id
from adapter.dmp.documents import Document
from adapter.dmp.envelopes import Action, Envelope
from adapter.dmp.pfi import people
from adapter.dmp.pfi.errors import NotForPfi
from adapter.dmp.pfi.fields import field, timestamp
from adapter.dmp.pfi.metadata import TABLE, YES_NO, rows
from adapter.dmp.pfi.profiles import OBSERVATION, STRUCTURE, mdm_profile

VOLET = ("2.1", "CISIS_CDA_HL7_V2")
_CODING_SYSTEMS = {"2.16.840.1.113883.6.1": "LN", "1.2.250.1.213.1.1.4.12": "TRE_A05"}
_CONTROL_ID_LENGTH = 20
"""The length of MSH-10 in HL7 v2.5."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """How an action is told: the event, ORC-1 and the OBX-11 of the CDA, which a PFI checks against one another."""

    event: str
    order: str
    status: str


_NEW, _REPLACED, _DELETED = _Kind("T02", "NW", "F"), _Kind("T10", "RO", "C"), _Kind("T04", "CA", "D")
_KINDS = {
    Action.NEW: _NEW,
    Action.REPLACE: _REPLACED,
    Action.VISIBILITY: _REPLACED,
    Action.DELETE: _DELETED,
}


@dataclass(frozen=True, slots=True)
class Correspondents:
    """Who sends and who receives (MSH-3 to MSH-6), P, T or D (MSH-11), and the version of HL7 that the PFI reads.

    The volet 2.1 has MDM in 2.6; with 2.5 codes are of the type CE and the CDA is `TEXT`, as its ORU^R01 has them.
    """

    sending_application: str
    sending_facility: str
    receiving_application: str
    receiving_facility: str
    processing: Literal["P", "T", "D"] = "P"
    version: Literal["2.5", "2.6"] = "2.5"


def control_id(envelope: Envelope) -> str:
    """MSH-10: the same for the same document, action and visibility, so that a receiver knows a repeated message."""
    labels = sorted(f"{label.oid} {label.code}" for label in envelope.document.confidentiality)
    own = business_id("document-message", envelope.document.unique_id, envelope.action, *labels)
    return own.replace("-", "")[:_CONTROL_ID_LENGTH]


def mdm(envelope: Envelope, between: Correspondents) -> bytes:
    """The message, ER7 in UTF-8. Raises NotForPfi where the document lacks what the volet requires."""
    try:
        message = _filled(envelope, between)
        message.validate()
    except HL7apyException as error:
        raise NotForPfi("the message does not fit its HL7 structure") from error
    text: str = message.to_er7()
    return f"{text}\r".encode()


def _filled(envelope: Envelope, between: Correspondents) -> Any:
    profile, version = mdm_profile(between.version), between.version
    message = Message(STRUCTURE, reference=profile, version=version, validation_level=VALIDATION_LEVEL.TOLERANT)
    kind = _KINDS[envelope.action]
    _header(message.msh, envelope, between, kind)
    _put(message.add_segment("EVN"), {2: timestamp(envelope.document.created)})
    _patient(message.add_segment("PID"), envelope.document)
    _visit(message.add_segment("PV1"), envelope.document)
    order = message.add_group(f"{STRUCTURE}_COMMON_ORDER")
    _put(order.add_segment("ORC"), {1: kind.order})
    _put(order.add_segment("OBR"), {4: _type(envelope.document)})
    _document(message.add_segment("TXA"), envelope.document, kind)
    _content(message.add_group(OBSERVATION), envelope, between, kind)
    for number, row in enumerate(rows(envelope), start=2):
        _row(message.add_group(OBSERVATION).add_segment("OBX"), number, row, between)
    return message


def _put(segment: Any, fields: Mapping[int, str]) -> None:
    """Fill fields by their number; one without content is left out, and validation misses it where it is required."""
    for number, content in fields.items():
        if content:
            segment.add_field(f"{segment.name}_{number}").value = content


def _header(msh: Any, envelope: Envelope, between: Correspondents, kind: _Kind) -> None:
    fields = {
        3: field(between.sending_application),
        4: field(between.sending_facility),
        5: field(between.receiving_application),
        6: field(between.receiving_facility),
        9: field("MDM", kind.event, STRUCTURE),
        10: control_id(envelope),
        11: between.processing,
        17: "FRA",
        18: "UNICODE UTF-8",
        21: field(*VOLET),
    }
    # hl7apy has put the time of day there.
    msh.msh_7 = timestamp(envelope.document.created)
    _put(msh, fields)


def _patient(pid: Any, document: Document) -> None:
    patient = document.patient
    for identifier in people.identifiers(patient):
        _put(pid, {3: identifier})
    for name in people.names(patient):
        _put(pid, {5: name})
    born = {7: timestamp(patient.birth_date), 8: people.sex(patient), 11: people.birth_place(patient)}
    _put(pid, {**born, 32: "VALI"})


def _visit(pv1: Any, document: Document) -> None:
    start, end = people.stay_times(document.stay)
    _put(pv1, {2: field(document.stay.patient_class), 19: people.visit(document.stay), 44: start, 45: end})


def _document(txa: Any, document: Document, kind: _Kind) -> None:
    before = document.replaces_oid if kind is _REPLACED else ""
    if before is None:
        raise NotForPfi("a PFI replaces a document, or changes its visibility, with the next version only")
    named = {2: field(document.type.code), 3: "TEXT", 12: document.unique_oid, 13: before}
    _put(txa, {1: "1", **named, 17: "AU"})


def _content(observation: Any, envelope: Envelope, between: Correspondents, kind: _Kind) -> None:
    text = "TEXT" if between.version == "2.5" else "text"
    content = field(None, text, "XML", "Base64", b64encode(envelope.cda).decode("ascii"))
    _put(observation.add_segment("OBX"), {1: "1", 2: "ED", 3: _type(envelope.document), 5: content, 11: kind.status})
    person, organization = people.sender(envelope.document)
    sent_by = {4: field("SB", "Send by", "participation"), 5: person, 8: organization}
    _put(observation.add_segment("PRT"), {2: "UC", **sent_by})


def _row(obx: Any, number: int, row: tuple[str, str, str], between: Correspondents) -> None:
    code, label, said = row
    coded = "CE" if between.version == "2.5" else "CWE"
    _put(obx, {1: str(number), 2: coded, 3: field(code, label, TABLE), 5: field(said, None, YES_NO), 11: "F"})


def _type(document: Document) -> str:
    system = _CODING_SYSTEMS.get(document.type.oid)
    if system is None:
        raise NotForPfi("a PFI takes document types of LOINC and TRE_A05 only")
    return field(document.type.code, document.type.display, system)
