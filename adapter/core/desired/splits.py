"""What one decision wants, split among the targets that take its types.

A target cannot resolve the address of a resource that another one holds: there our resource is named by its
identifier (R4 Reference.identifier). A Provenance goes with what it is about.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from adapter.core.desired.build import Desired
from adapter.core.desired.frame import urn

Split = dict[str, tuple[Desired, ...]]
"""By target, what goes there."""


def split(group: Iterable[Desired], target_of: Callable[[str], str]) -> Split:
    """Each resource at the target of its type, in the group's order; one Provenance a target, about what is there."""
    wanted = tuple(group)
    places = {urn(one.id): target_of(one.type) for one in wanted if one.type != "Provenance"}
    return {target: _share(wanted, places, target) for target in dict.fromkeys(places.values())}


def logical(reference: Mapping[str, Any], named: Desired) -> dict[str, Any]:
    """A reference to a resource of ours that only says which one it is."""
    identifier = named.resource["identifier"][0]
    kept = {name: value for name, value in reference.items() if name not in ("reference", "type", "identifier")}
    return {"type": named.type, "identifier": {n: identifier[n] for n in ("system", "value")}, **kept}


def with_logical(node: Any, elsewhere: Mapping[str, Desired]) -> Any:
    """A copy in which resources of ours, by their `urn:uuid:`, are named by identifier."""
    if isinstance(node, list):
        return [with_logical(child, elsewhere) for child in node]
    if not isinstance(node, Mapping):
        return node
    text = node.get("reference")
    if isinstance(text, str) and text in elsewhere:
        return logical(node, elsewhere[text])
    return {name: with_logical(child, elsewhere) for name, child in node.items()}


def _share(wanted: tuple[Desired, ...], places: Mapping[str, str], target: str) -> tuple[Desired, ...]:
    elsewhere = {urn(one.id): one for one in wanted if places.get(urn(one.id), target) != target}
    shares = [one for one in wanted if places.get(urn(one.id)) == target]
    told = [share for one in wanted if one.type == "Provenance" for share in _about(one, places, target)]
    return tuple(Desired(with_logical(o.resource, elsewhere), o.only_if_written) for o in (*shares, *told))


def _about(provenance: Desired, places: Mapping[str, str], target: str) -> list[Desired]:
    """The Provenance of what is at one target; none where it is about nothing there."""
    targets = [one for one in provenance.resource["target"] if places.get(one["reference"]) == target]
    about = Desired({**provenance.resource, "target": targets}, provenance.only_if_written)
    return [about] if targets else []
