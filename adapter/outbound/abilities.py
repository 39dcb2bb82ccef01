"""What a target says that it can do, as far as writing depends on it (R4 CapabilityStatement.rest)."""

from dataclasses import dataclass

from adapter.core.errors import AdapterError
from adapter.core.plans import OWNED
from adapter.outbound.targets import AnyTarget

WRITTEN = frozenset(OWNED)
"""The types that are written by conditional update."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """`transactions` is None where the target does not say; `lacks_update` are types that it says it has no
    conditional update for.
    """

    transactions: bool | None = None
    lacks_update: frozenset[str] = frozenset()


def abilities_of(target: AnyTarget) -> Abilities:
    """Ask the target; one that does not answer this may answer the rest."""
    try:
        statement = target.capabilities()
    except AdapterError:
        return Abilities()
    rest = [r for r in statement.get("rest") or () if r.get("mode") == "server"]
    codes = {i.get("code") for r in rest for i in r.get("interaction", ())}
    lacking = {e.get("type") for r in rest for e in r.get("resource", ()) if e.get("conditionalUpdate") is False}
    return Abilities("transaction" in codes if codes else None, WRITTEN & lacking)
