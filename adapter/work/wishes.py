"""What the outbox holds of a document for the shared record: the document itself, or that it is to be taken back.

When it was made is no wish, as for all that is written: the same document made later is the same wish.
"""

from collections.abc import Sequence

from adapter.core.desired import Desired
from adapter.dmp.codec import of_plain, to_plain
from adapter.dmp.documents import Document

_TYPE = "Document"
_CREATED = "authoredOn"

Wish = tuple[Desired, ...]
"""Empty: nothing is to be sent, and nothing taken back."""


def wish_for(document: Document) -> Wish:
    """That a receiver has this document, in whatever version; it is of the first."""
    told = to_plain(document)
    created = told.pop("created")
    return (Desired({"resourceType": _TYPE, "id": document.set_id, _CREATED: created, "document": told}),)


def withdrawal(set_id: str) -> Wish:
    """That a receiver has it no more."""
    return (Desired({"resourceType": _TYPE, "id": set_id, "status": "entered-in-error"}, only_if_written=True),)


def document_in(wish: Sequence[Desired]) -> Document | None:
    """The document that is wanted, if any; raises ValueError."""
    told = next((one.resource for one in wish if not one.only_if_written), None)
    return of_plain({**told["document"], "created": told[_CREATED]}) if told else None


def is_withdrawal(wish: Sequence[Desired]) -> bool:
    """Whether it is to be taken back."""
    return any(one.only_if_written for one in wish)
