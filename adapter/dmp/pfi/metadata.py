"""The rows of table MetaDMPMSS: what the PFI shall do with the document, each Y or N, all required, in this order.

ansforge/IG-hl7v2-volet-transmission-document-cda-r2, input/pagecontent/meta-dmp-mss.md and profils-messages.md.
"""

from collections.abc import Iterator

from adapter.dmp.envelopes import Action, Envelope

TABLE = "MetaDMPMSS"
YES_NO = "expandedYes-NoIndicator"
_LABELS = {
    "MASQUE_PS": "Masqué aux professionnels de Santé",
    "INVISIBLE_PATIENT": "Document Non Visible par le patient",
    "INVISIBLE_REP_LEGAUX": "Non visible par les représentants Légaux du patient",
    "CONNEXION_SECRETE": "Connexion Secrete",
    "MODIF_CONF_CODE": "Modification Confidentiality Code",
    "DESTDMP": "Destinataire DMP",
    "DESTMSSANTEPS": "Destinataire (Professionnel de Santé, organisation ou BAL applicative)",
    "DESTMSSANTEPAT": "Destinataire Patient",
    "ACK_RECEPTION": "Accusé de réception",
    "ACK_LECTURE_MSS": "Accusé de lecture",
}
_CONFIDENTIALITY = {
    "MASQUE_PS": "MASQUE_PS",
    "INVISIBLE_PATIENT": "INVISIBLE_PATIENT",
    # The v2 table spells it shorter than JDV_J08: it allows 20 signs.
    "INVISIBLE_REPRESENTANTS_LEGAUX": "INVISIBLE_REP_LEGAUX",
}


def rows(envelope: Envelope) -> Iterator[tuple[str, str, str]]:
    """Code, label and Y or N of each row.

    The DMP is the only receiver that we ask for; nothing is mailed (MSSanté), and no ZAM message is asked for,
    because nothing here would receive it.
    """
    asked = {_CONFIDENTIALITY[c.code] for c in envelope.document.confidentiality if c.code in _CONFIDENTIALITY}
    asked.add("DESTDMP")
    if envelope.action is Action.VISIBILITY:
        asked.add("MODIF_CONF_CODE")
    for code, label in _LABELS.items():
        yield code, label, "Y" if code in asked else "N"
