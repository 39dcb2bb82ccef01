"""Plans: what should exist compared with what is written; only the difference is a change.

Only the fields that we own are compared and written. What others added (their identifiers, tags, signed or
dated notes, other fields) stays, and a status that somebody moved on is not moved back. A charge that is
`billed` is never touched: `corrections` asks a person instead.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from adapter.core.desired import Desired
from adapter.core.desired.frame import coding, urn
from adapter.core.desired.tasks import correction_task
from adapter.core.handing import REASONS

Content = Mapping[str, Any]

OWNED: Mapping[str, tuple[str, ...]] = {
    "Account": ("status", "name", "subject", "coverage", "guarantor"),
    "ChargeItem": (
        *("definitionCanonical", "status", "code", "subject", "context", "occurrenceDateTime", "occurrencePeriod"),
        *("performer", "quantity", "priceOverride", "overrideReason", "enterer", "enteredDate", "account", "note"),
        "supportingInformation",
    ),
    "Communication": (
        *("status", "statusReason", "category", "topic", "subject", "encounter", "about", "sent", "recipient"),
        *("sender", "payload"),
    ),
    "Task": ("status", "intent", "code", "description", "focus", "for", "authoredOn", "requester"),
}
"""The fields that we write, by type; one that is here and no longer wanted is removed."""

VOLATILE = frozenset({"enteredDate", "sent", "authoredOn"})
"""When we wrote, not what: alone they are no change."""

_CORRECTED = frozenset({"definitionCanonical", "status", "enteredDate", "note", "supportingInformation"})
"""What a correction changes: the state and its reasons, not what had been charged."""

_CHARGED = ("code", "subject", "occurrenceDateTime", "occurrencePeriod", "performer", "quantity", "priceOverride")
"""What makes a charge another charge, for one that is billed already."""

_RANK = {"in-progress": 1, "on-hold": 1, "completed": 2, "stopped": 3, "not-done": 3, "entered-in-error": 4}
_ENDED = frozenset({"completed", "failed", "rejected", "cancelled"})


class Kind(StrEnum):
    """What a change does."""

    CREATE = "create"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Change:
    """A resource to write: `content` is all that is sent, `current` what it replaces.

    References to resources of the same plan that have no address yet are still `urn:uuid:` of our ids.
    """

    kind: Kind
    desired: Desired
    content: dict[str, Any]
    current: Content | None = None


def changes(
    desired: Iterable[Desired], written: Mapping[str, Content], base: str = "", owed: Iterable[Change] = ()
) -> tuple[Change, ...]:
    """What to write, in the order in which a target needs it; `written` holds what the target has, by our id.

    `base` is the target's address, below which its references are local. A Provenance comes last, only beside
    a change; `owed` are changes made before whose Provenance is still to be written.
    """
    wanted = tuple(desired)
    naming = _Naming(wanted, written, base)
    made = [c for d in wanted if d.type != "Provenance" and (c := _change(d, naming, written.get(d.id)))]
    told = {c.desired.id: c for c in (*owed, *made) if c.desired.id in naming}
    return (*made, *(_provenance(d, naming, told) for d in wanted if d.type == "Provenance" and told))


def corrections(desired: Iterable[Desired], written: Mapping[str, Content], base: str = "") -> tuple[Desired, ...]:
    """A Task for every charge that is billed and that we would now withdraw or charge otherwise."""
    wanted = tuple(desired)
    naming = _Naming(wanted, written, base)
    tasks = []
    for item in wanted:
        current = written.get(item.id)
        if current is not None and _is_billed(current):
            content = naming.of(item.resource)
            if lines := _corrected(content, _local(current, base), () if item.only_if_written else _CHARGED):
                tasks.append(Desired(correction_task(item.resource, lines)))
    return tuple(tasks)


def _corrected(wanted: Content, billed: Content, compared: Iterable[str]) -> list[str]:
    """What a person would have to correct, line by line, with the reasons that the charge would have noted."""
    names = [name for name in compared if not _same(wanted.get(name), billed.get(name))]
    lines = [_difference(name, billed.get(name), wanted.get(name)) for name in names]
    if wanted["status"] != "billable":
        lines.insert(0, _difference("status", "billed", wanted["status"]))
    return [*lines, *(note["text"] for note in wanted.get("note", ()))] if lines else []


class _Naming:
    """How the target is to be told of what desired resources refer to."""

    def __init__(self, wanted: Iterable[Desired], written: Mapping[str, Content], base: str) -> None:
        self.base = base
        self._names = {urn(d.id): urn(d.id) for d in wanted}
        self._names.update({urn(i): f"{content['resourceType']}/{content['id']}" for i, content in written.items()})

    def __contains__(self, our_id: str) -> bool:
        return urn(our_id) in self._names

    def name(self, our_id: str) -> str:
        """How the target names a resource of ours: its address, or our `urn:uuid:` while it has none."""
        return self._names[urn(our_id)]

    def of(self, resource: Content) -> dict[str, Any]:
        """The resource with addresses of the target, where it has them."""
        renamed: dict[str, Any] = _local(self._renamed(resource), self.base)
        return renamed

    def _renamed(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self._renamed(child) for child in node]
        if not isinstance(node, Mapping):
            return node
        text = node.get("reference")
        if isinstance(text, str) and text.startswith("urn:") and text not in self._names:
            return _logical(node, text)
        named = {name: self._renamed(child) for name, child in node.items()}
        return {**named, "reference": self._names.get(text, text)} if isinstance(text, str) else named


def _logical(reference: Content, text: str) -> dict[str, Any]:
    """A `urn:` of the input means nothing to a target as an address, and servers refuse it: it is a name there."""
    kept = {name: value for name, value in reference.items() if name != "reference"}
    return {"identifier": {"system": "urn:ietf:rfc:3986", "value": text}, **kept}


def _change(desired: Desired, naming: _Naming, current: Content | None) -> Change | None:
    content = naming.of(desired.resource)
    if current is None:
        del content["id"]
        return None if desired.only_if_written else Change(Kind.CREATE, desired, content)
    if _is_billed(current):
        return None
    content["status"] = _status(content, current)
    moved_on = content["status"] != desired.resource["status"]
    # Why it is in a state that somebody else gave it is theirs to say.
    own = [n for n in _owned(desired) if not (moved_on and n == "statusReason")]
    owned = [n for n in own if not desired.only_if_written or n in _CORRECTED]
    there = _local(current, naming.base)
    compared = [name for name in owned if name not in VOLATILE]
    if all(_same(content.get(n), _ours(n, there)) for n in compared) and _has_tags(there, content):
        return None
    return Change(Kind.UPDATE, desired, _merged(content, current, owned, moved_on), current)


def _is_billed(current: Content) -> bool:
    return current["resourceType"] == "ChargeItem" and current.get("status") == "billed"


def _owned(desired: Desired) -> list[str]:
    """The table's fields, and any that a desired resource has beyond it."""
    apart = {"resourceType", "id", "meta", "identifier"}
    return list(dict.fromkeys((*OWNED.get(desired.type, ()), *(n for n in desired.resource if n not in apart))))


def _status(wanted: Content, current: Content) -> Any:
    """The wanted status, unless somebody moved the resource beyond it.

    A Task that ended is open again when the question is another one, and one that did not can be cancelled.
    Whether an Account is open is for those who keep accounts; whether it should be there at all, for us.
    """
    there, ours = current.get("status"), wanted["status"]
    match wanted["resourceType"]:
        case "Account":
            return ours if there in (None, "active", "entered-in-error") else there
        case "Communication":
            is_moved_on = there and not _is_ours(current) and _RANK.get(there, 0) >= _RANK.get(ours, 0)
            return there if is_moved_on else ours
        case "Task":
            if ours == "cancelled":
                return there if there in _ENDED else ours
            asked_again = there in _ENDED and not _same(wanted.get("description"), current.get("description"))
            return ours if asked_again or there in (None, "draft") else there
    return ours


def _is_ours(current: Content) -> bool:
    """Whether it was we who said that it was not done, and why: then it may be done after all."""
    codings = current.get("statusReason", {}).get("coding", ())
    is_our_reason = any(str(coding.get("system")).endswith(f"/CodeSystem/{REASONS}") for coding in codings)
    return is_our_reason and current.get("status") == "not-done"


def _ours(name: str, content: Content) -> Any:
    """Our part of a field: of the notes, those that nobody signed or dated."""
    if name != "note":
        return content.get(name)
    return [note for note in content.get("note", ()) if not _is_signed(note)] or None


def _is_signed(note: Content) -> bool:
    return any(name in note for name in ("authorString", "authorReference", "time"))


def _has_tags(current: Content, wanted: Content) -> bool:
    """Whether our tags mean the same; their display holds a digest of settings, which alone is no change."""
    ours = _tags(wanted)
    systems = {tag.get("system") for tag in ours}
    there = [tag for tag in _tags(current) if tag.get("system") in systems]
    meant = [[tuple(tag.get(n) for n in ("system", "version", "code")) for tag in tags] for tags in (ours, there)]
    return meant[0] == meant[1]


def _tags(content: Content) -> list[Content]:
    return list(content.get("meta", {}).get("tag", ()))


def _merged(wanted: Content, current: Content, owned: Iterable[str], moved_on: bool) -> dict[str, Any]:
    """The current content with our fields as we want them, or gone."""
    merged = {name: value for name, value in current.items() if not (name == "text" and _is_generated(value))}
    merged["meta"] = _meta(wanted, current)
    for name in owned:
        value = wanted.get(name)
        if name == "note":
            value = [*(n for n in current.get("note", ()) if _is_signed(n)), *(value or ())]
        elif name in VOLATILE and (moved_on or value is None):
            value = current.get(name)
        merged[name] = value
    return {name: value for name, value in merged.items() if value not in (None, [])}


def _is_generated(narrative: Content) -> bool:
    """A narrative made from the content that is about to change; the server makes another."""
    return narrative.get("status") == "generated"


def _meta(wanted: Content, current: Content) -> dict[str, Any]:
    ours = _tags(wanted)
    systems = {tag.get("system") for tag in ours}
    others = [tag for tag in _tags(current) if tag.get("system") not in systems]
    kept = {n: v for n, v in current.get("meta", {}).items() if n not in ("versionId", "lastUpdated")}
    return {**kept, "tag": [*others, *ours]}


def _provenance(desired: Desired, naming: _Naming, told: Mapping[str, Change]) -> Change:
    """The Provenance of what really changed."""
    content = naming.of(desired.resource)
    del content["id"]
    content["target"] = [{"reference": naming.name(our_id)} for our_id in told]
    if all(change.kind is Kind.UPDATE for change in told.values()):
        content["activity"] = coding(content["activity"]["coding"][0]["system"], "UPDATE")
    return Change(Kind.CREATE, desired, content)


def _difference(name: str, there: Any, wanted: Any) -> str:
    return f"{name}: {_shown(there)} → {_shown(wanted)}"


def _shown(value: Any) -> str:
    """Codes and amounts only: what else differs may name a person."""
    if isinstance(value, Mapping) and "value" in value:
        return f"{value['value']} {value.get('currency') or value.get('unit') or ''}".strip()
    return value if isinstance(value, str) else "…"


def _local(node: Any, base: str) -> Any:
    """A copy in which references below the base are relative."""
    if isinstance(node, list):
        return [_local(child, base) for child in node]
    if not isinstance(node, Mapping):
        return node
    copied = {name: _local(child, base) for name, child in node.items()}
    text = copied.get("reference")
    if base and isinstance(text, str):
        copied["reference"] = text.removeprefix(f"{base}/")
    return copied


def _same(wanted: Any, there: Any) -> bool:
    """Whether a server's value says what we want: numbers by value, and what servers add to elements aside."""
    if isinstance(wanted, Mapping) and isinstance(there, Mapping):
        added = {name for name in there if name in ("id", "extension", "display") or name.startswith("_")}
        names = wanted.keys() | (there.keys() - added)
        return all(_same_member(name, wanted.get(name), there.get(name)) for name in names)
    if isinstance(wanted, list) and isinstance(there, list):
        return len(wanted) == len(there) and all(map(_same, wanted, there))
    if isinstance(wanted, int | Decimal) and isinstance(there, int | Decimal):
        return isinstance(wanted, bool) == isinstance(there, bool) and wanted == there
    return bool(wanted == there)


def _same_member(name: str, wanted: Any, there: Any) -> bool:
    """As `_same`; a server may keep references without the version that they named (HAPI does)."""
    if name == "reference" and isinstance(wanted, str) and isinstance(there, str) and "/_history/" not in there:
        wanted = wanted.partition("/_history/")[0]
    return _same(wanted, there)
