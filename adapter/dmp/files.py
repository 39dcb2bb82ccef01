"""A document as files, in every form that a road would take, so that a person can see it before any road is set."""

from collections.abc import Iterator

from adapter.dmp.envelopes import Envelope
from adapter.dmp.fhir.document_references import iti105
from adapter.dmp.fhir.submissions import iti65
from adapter.dmp.pfi.messages import Correspondents, mdm
from adapter.fhir.json_text import dumps


def files_of(envelope: Envelope, source_oid: str | None, between: Correspondents | None) -> Iterator[tuple[str, bytes]]:
    """Names and contents; a name is the document's own id, which tells nothing of a person.

    Without `source_oid` there is no ITI-65, without `between` no HL7 v2 message. Raises NotForPfi.
    """
    name = envelope.document.unique_id
    yield f"{name}.cda.xml", envelope.cda
    if source_oid:
        yield f"{name}.iti65.json", _json(iti65([envelope], source_oid))
    yield f"{name}.iti105.json", _json(iti105(envelope.document, envelope.cda, envelope.document_class))
    if between:
        yield f"{name}.hl7", mdm(envelope, between)


def _json(resource: dict[str, object]) -> bytes:
    return f"{dumps(resource)}\n".encode()
