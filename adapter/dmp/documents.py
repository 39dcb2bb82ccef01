"""What a document for the shared record holds, whatever form it takes on the wire.

Times are FHIR dateTime texts with their offset, as the record has them; ids are UUIDs of business keys; `oid`s have no
`urn:oid:` before them (CI-SIS, Structuration minimale de documents de santé; PDSm).
"""

from dataclasses import dataclass
from uuid import UUID

from adapter.core.ids import business_id


@dataclass(frozen=True, slots=True)
class Concept:
    """A code of a code system, both as an OID (CDA) and as a URI (FHIR)."""

    code: str
    oid: str
    uri: str
    display: str


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier of a national or local system; `type_code` as FR Core types it (INS-NIR, PI, RPPS, …)."""

    oid: str
    value: str
    type_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patient:
    """The person under their INS (qualified national identity) and its traits, and the local ids (IPP)."""

    ins: Identifier
    local: tuple[Identifier, ...] = ()
    birth_name: str
    birth_given: str
    first_given: str | None = None
    used_name: str | None = None
    used_given: str | None = None
    gender: str
    birth_date: str
    birth_place: str | None = None
    """INSEE code of the commune or country of birth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """A structure under its national id (idNatSt: `1` + FINESS, `3` + SIRET, …)."""

    identifier: Identifier
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Professional:
    """Who wrote or answers for a document, under the national id (idNatPS: `8` + RPPS, …)."""

    identifier: Identifier
    family: str
    given: str | None = None
    prefix: str | None = None
    profession: Concept
    organization: Organization | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What the document reports: the visit, the follow-up or the plan, with its time and who did it."""

    code: Concept | None
    start: str
    end: str | None = None
    performer: Professional


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """The encounter in which it happened, and in what kind of structure."""

    identifier: Identifier
    start: str | None = None
    end: str | None = None
    facility_type: Concept
    organization: Organization | None = None
    patient_class: str = "N"
    """HL7 table 0004 (I, O, E, R, N): what a PFI reads in PV1-2; N where nobody says more."""


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a level-2 body: plain paragraphs, never markup."""

    title: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A level-1 body: the source's own PDF/A or plain text, byte for byte."""

    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One version of a document. `sources` are the references that its content was read from."""

    set_id: str
    version: int = 1
    type: Concept
    title: str
    created: str
    language: str = "fr-FR"
    practice_setting: Concept
    confidentiality: tuple[Concept, ...]
    patient: Patient
    author: Professional
    custodian: Organization
    legal_authenticator: Professional
    act: Act
    stay: Stay
    body: tuple[Section, ...] | Attachment
    sources: tuple[str, ...] = ()

    @property
    def unique_id(self) -> str:
        """The UUID of this version: the same on every road (DMP, MSSanté), so that receivers can tell copies."""
        return version_id(self.set_id, self.version)

    @property
    def replaces(self) -> str | None:
        """The unique id of the version before; None for the first."""
        return version_id(self.set_id, self.version - 1) if self.version > 1 else None

    @property
    def unique_oid(self) -> str:
        """`unique_id` as an OID, which XDS, PDSm, TXA-12 and the DMP want without an extension."""
        return oid_of(self.unique_id)

    @property
    def replaces_oid(self) -> str | None:
        """`replaces` as an OID; None for the first version."""
        return oid_of(self.replaces) if self.replaces else None


def version_id(set_id: str, version: int) -> str:
    """The UUID of one version of a document."""
    return business_id("document-version", set_id, str(version))


def oid_of(uuid: str) -> str:
    """The OID of a UUID: its integer below 2.25 (ITU-T X.667, 7)."""
    return f"2.25.{UUID(uuid).int}"
