"""What allows a document to be put into the DMP (dossier médical partagé, the French shared record).

Nothing is an occasion here and nothing is charged: other packs say which documents are for sharing, and these
criteria say whether the person's record may be fed, and whether the person may see the text yet.
"""

from collections.abc import Iterable

from adapter.core.findings import Finding
from adapter.core.looks import Look
from adapter.core.occasions import Occasion

from .criteria import announced, dmp_open, identity, non_opposition


def occasions(_look: Look) -> Iterable[Occasion]:
    """None: this pack judges no visit."""
    return ()


def readiness(look: Look) -> Iterable[Finding]:
    """Whether the person's DMP may be fed; `announced` holds up nothing, it hides the text from the person."""
    return (identity(look), dmp_open(look), non_opposition(look), announced(look))
