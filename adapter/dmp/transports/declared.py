"""Whether a server says that it takes documents: found out before the first is sent, not by a refusal half-way."""

from collections.abc import Mapping
from typing import Any

from adapter.outbound.errors import Lacking

_NEEDED = {"iti-65": frozenset({"DocumentReference", "List", "Binary"}), "iti-105": frozenset({"DocumentReference"})}


def check_declared(statement: Mapping[str, Any], publish: str, undeclared: frozenset[str]) -> None:
    """Raise Lacking unless the CapabilityStatement names all that `publish` needs, but for what is `undeclared`."""
    rest = [part for part in statement.get("rest", ()) if part.get("mode") == "server"]
    declared = {resource.get("type") for part in rest for resource in part.get("resource", ())}
    missing = sorted(_NEEDED[publish] - declared - undeclared)
    if missing:
        raise Lacking(f"the server does not declare {', '.join(missing)}; if it takes them, say so for this target")
    interactions = {i.get("code") for part in rest for i in part.get("interaction", ())}
    if publish == "iti-65" and interactions and "transaction" not in interactions:
        raise Lacking("the server does not declare transactions; publish with ITI-105")
