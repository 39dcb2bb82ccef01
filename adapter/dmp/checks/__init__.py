"""Checks of a CDA document's bytes, by whoever made them: they know the standard, and nothing of our writer.

This is the floor that always runs; schema and schematrons of the national kit are in `adapter.dmp.kit`.
"""

from adapter.dmp.checks.bodies import BODY_LIMIT, body_faults
from adapter.dmp.checks.codes import code_faults
from adapter.dmp.checks.header import HEADER_RULES
from adapter.dmp.checks.identity import identity_faults
from adapter.dmp.checks.intervals import interval_faults
from adapter.dmp.checks.reading import Unreadable, parse
from adapter.dmp.checks.replacement import replacement_faults
from adapter.dmp.checks.rules import broken
from adapter.dmp.faults import Fault

__all__ = ["BODY_LIMIT", "check_cda"]


def check_cda(data: bytes, *, production: bool = False, body_limit: int = BODY_LIMIT) -> tuple[Fault, ...]:
    """All faults of a CDA document; in `production` an INS of a test domain is an error.

    `body_limit` is in bytes of the level-1 body, after base64.
    """
    try:
        root = parse(data)
    except Unreadable as unreadable:
        return (unreadable.fault,)
    return (
        *broken(HEADER_RULES, root),
        *identity_faults(root, production),
        *replacement_faults(root),
        *interval_faults(root),
        *code_faults(root),
        *body_faults(root, body_limit),
    )
