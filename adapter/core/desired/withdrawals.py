"""What becomes of earlier writes whose occasion is no more: the cause was deleted, or is somebody else's.

Nothing is deleted: whoever read the charge must see that it was a mistake (R4 ChargeItem.status,
Communication.status, Task.status).
"""

from collections.abc import Iterable
from typing import Any

from adapter.core.desired.build import Desired

_WITHDRAWN = {
    "ChargeItem": "entered-in-error",
    "Communication": "entered-in-error",
    "Account": "entered-in-error",
    "Task": "cancelled",
}


def withdrawn(group: Iterable[Desired]) -> tuple[Desired, ...]:
    """The corrections of a group that is wanted no more; what was never written stays unwritten."""
    return tuple(
        Desired({**one.resource, "status": _WITHDRAWN[one.type]}, only_if_written=True)
        for one in group
        if one.type in _WITHDRAWN
    )


def is_withdrawn(group: Iterable[Desired]) -> bool:
    """Whether a group only corrects."""
    charges: list[dict[str, Any]] = [one.resource for one in group if one.type in _WITHDRAWN]
    return bool(charges) and all(c.get("status") == _WITHDRAWN[c["resourceType"]] for c in charges)
