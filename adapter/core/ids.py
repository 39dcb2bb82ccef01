"""Identifiers of what we write: UUIDv5 of business keys, so that the same cause always has the same name.

The person enters as the keyed pseudonym, and a value never holds `|`, `,` or `$`, which searches would
have to escape (R4 search, escaping).
"""

from uuid import NAMESPACE_URL, UUID, uuid5

_NAMESPACE: UUID = uuid5(NAMESPACE_URL, "urn:palliative-fhir-adapter:business-keys")


def business_id(kind: str, *parts: str) -> str:
    """A stable id for a business key; parts are length-prefixed, so ("a", "bc") never equals ("ab", "c")."""
    return str(uuid5(_NAMESPACE, "".join(f"{len(part)}:{part}" for part in (kind, *parts))))
