"""One document as the bytes of a CDA R2 document: the same document gives the same bytes."""

from lxml import etree

from adapter.dmp.cda import body, context, header, people
from adapter.dmp.cda.writing import element
from adapter.dmp.documents import Document


def to_cda(document: Document) -> bytes:
    """The document in CDA R2, UTF-8, without DOCTYPE. Raises NotWritten.

    What the document lacks is left out or of unknown value, never made up: `check_cda` names it.
    """
    root = element(
        "ClinicalDocument",
        *header.elements(document),
        people.record_target(document.patient),
        people.author(document.author, document.created),
        people.custodian(document.custodian),
        people.legal_authenticator(document.legal_authenticator, document.created),
        context.documentation_of(document.act, document.practice_setting),
        context.replaced(document),
        context.component_of(document.stay),
        body.component(document.body),
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)
