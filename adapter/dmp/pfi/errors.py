"""Why a document cannot be told as a message."""

from adapter.core.errors import Permanent


class NotForPfi(Permanent):
    """What the volet asks for is not in the document."""

    code = "not-for-pfi"
