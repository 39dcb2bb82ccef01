"""What is handed over on any road: one document, in which form, and what shall become of it."""

from dataclasses import dataclass
from enum import StrEnum

from adapter.dmp.documents import Concept, Document


class Action(StrEnum):
    """What the receiver is asked to do."""

    NEW = "new"
    REPLACE = "replace"
    VISIBILITY = "visibility"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Envelope:
    """A document with its CDA (bytes) and the class that its type gives (ASS_X04).

    `VISIBILITY` brings what is shown and hidden to the document's `confidentiality`, `DELETE` withdraws it. A PFI
    changes visibility by replacing: there the document is the next version of the one to be shown or hidden.
    """

    document: Document
    cda: bytes
    document_class: Concept
    action: Action = Action.NEW
