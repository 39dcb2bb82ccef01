"""What becomes of earlier writes that nothing wants any more: the cause is gone, somebody else's, or judged anew.

Nothing is deleted: whoever read the charge must see that it was a mistake (R4 ChargeItem.status,
Communication.status, Task.status).
"""

from collections.abc import Collection, Iterable

from adapter.core.desired.build import Desired
from adapter.core.desired.splits import logical

_WITHDRAWN = {
    "ChargeItem": "entered-in-error",
    "Communication": "entered-in-error",
    "Account": "entered-in-error",
    "Task": "cancelled",
}

_JUDGED = frozenset({"ChargeItem", "Account", "Task"})


def withdrawn(group: Iterable[Desired]) -> tuple[Desired, ...]:
    """The corrections of a group that is wanted no more; what was never written stays unwritten."""
    return tuple(
        Desired({**one.resource, "status": _WITHDRAWN[one.type]}, only_if_written=True)
        for one in group
        if one.type in _WITHDRAWN
    )


def naming_successors(group: Iterable[Desired], wanted: Iterable[Desired]) -> tuple[Desired, ...]:
    """Withdrawn charges, each with the name of the one charge that took its place, where that is plain.

    A visit whose doctor becomes known is another occasion. Same Encounter and same code make a successor; where
    there are several, or no Encounter, nothing is said. ChargeItem.supportingInformation holds the name (R4 has no
    `replaces`).
    """
    fresh = [one for one in wanted if one.type == "ChargeItem" and not one.only_if_written]
    return tuple(_naming(one, [new for new in fresh if _takes_place_of(new, one)]) for one in group)


def _naming(old: Desired, successors: list[Desired]) -> Desired:
    if len(successors) != 1:
        return old
    information = [one for one in old.resource.get("supportingInformation", ()) if one.get("type") != "ChargeItem"]
    information.append(logical({}, successors[0]))
    return Desired({**old.resource, "supportingInformation": information}, old.only_if_written)


def _takes_place_of(new: Desired, old: Desired) -> bool:
    same = all(new.resource.get(name) == old.resource.get(name) for name in ("context", "code"))
    return old.type == "ChargeItem" and same and "context" in old.resource and new.id != old.id


def left_over(earlier: Iterable[Desired], group: Iterable[Desired], taken: Collection[str]) -> tuple[Desired, ...]:
    """The corrections of what a decision wanted of a target earlier and wants there no more.

    A charge, the Account that it rested on and a question that do not hold any more are withdrawn; what somebody was
    told was told. `taken`:
    the types that still go to this target; all that others take now is withdrawn here.
    """
    wanted = {one.id for one in group}
    return withdrawn(one for one in earlier if one.id not in wanted and (one.type in _JUDGED or one.type not in taken))
