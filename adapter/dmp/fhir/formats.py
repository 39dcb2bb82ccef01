"""The formatCode of a CDA, derived from its body as the ANS's own tables do.

ASS_A12 (media type of a nonXMLBody to formatCode, 5.0.0) and JDV_J10 (1.1.0), ansforge/IG-terminologie-de-sante.
"""

from adapter.dmp.documents import Attachment, Concept, Document

_IHE = ("1.3.6.1.4.1.19376.1.2.3", "https://mos.esante.gouv.fr/NOS/TRE_A11-IheFormatCode/FHIR/TRE-A11-IheFormatCode")
_OF_OURS = (
    "1.2.250.1.213.1.1.4.2.282",
    "https://mos.esante.gouv.fr/NOS/TRE_A06-FormatCodeComplementaire/FHIR/TRE-A06-FormatCodeComplementaire",
)
_PDF = Concept("urn:ihe:iti:xds-sd:pdf:2008", *_IHE, "Document à corps non structuré en Pdf/A-1")
_TEXT = Concept("urn:ihe:iti:xds-sd:text:2008", *_IHE, "Document à corps non structuré en texte brut")
_SECTIONS = Concept("urn:asipSante:modelesHorsProfils:2011", *_OF_OURS, "Document non référencé IHE ou CI-SIS")


def format_code(document: Document) -> Concept:
    """The format of the document's CDA; sections under Structuration minimale are a model of no IHE or CI-SIS volet."""
    if not isinstance(document.body, Attachment):
        return _SECTIONS
    return _PDF if document.body.content_type == "application/pdf" else _TEXT
