"""A PDSm server: ITI-65 or ITI-105 for what is new or replaces, PATCH for what is hidden, shown or withdrawn.

Nothing is sent before the server was asked for what it has under our unique id: after an answer that was lost, the
next try finds the document there and sends nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from adapter.core.errors import Permanent
from adapter.dmp.documents import oid_of
from adapter.dmp.envelopes import Action, Envelope
from adapter.dmp.fhir.document_references import fingerprint, iti105
from adapter.dmp.fhir.elements import entry_uuid, unique_id
from adapter.dmp.fhir.patches import Wanted, fhirpath_patch, json_patch
from adapter.dmp.fhir.submissions import iti65
from adapter.dmp.transports.declared import check_declared
from adapter.dmp.transports.roads import NoVersionBefore, OtherContent, Receipt
from adapter.outbound.answers import Stored
from adapter.outbound.conditions import condition, token
from adapter.outbound.errors import Conflict, SearchIgnored, SeveralMatches

_TYPE = "DocumentReference"


class PdsmTarget(Protocol):
    """What is needed of a FHIR server; `adapter.outbound.client.Target` has it."""

    def capabilities(self) -> dict[str, Any]:
        """The CapabilityStatement."""

    def search(self, type_name: str, parameters: Mapping[str, str]) -> list[dict[str, Any]]:
        """The matches of a search."""

    def transaction(self, bundle: Mapping[str, Any]) -> list[Stored]:
        """All entries or none; where they were stored, in their order."""

    def create(self, content: Mapping[str, Any], unless: str | None = None) -> Stored:
        """Create a resource, unless one that meets the condition is there."""

    def patch(self, reference: str, content: Mapping[str, Any] | list[Any], version: str | None = None) -> Stored:
        """Change a resource, if it still is in this version."""


@dataclass(frozen=True, slots=True)
class Ways:
    """How a server wants it. `source_oid` is the OID of our system, as the server's operator knows it.

    `undeclared` names resource types that it takes without saying so in its CapabilityStatement.
    """

    source_oid: str
    publish: Literal["iti-65", "iti-105"] = "iti-65"
    patch: Literal["fhirpath", "json"] = "fhirpath"
    undeclared: frozenset[str] = frozenset()


class PdsmServer:
    """Hands over to one server."""

    def __init__(self, target: PdsmTarget, ways: Ways) -> None:
        self._target, self._ways = target, ways
        self._checked = False

    def hand_over(self, envelope: Envelope) -> Receipt:
        """Publish, replace, change visibility or withdraw, as far as the server is not there yet.

        Raises Lacking where the server does not declare what is needed, NoVersionBefore, OtherContent, SearchIgnored,
        SeveralMatches, and what the target raises.
        """
        self._check()
        document = envelope.document
        if envelope.action is Action.VISIBILITY:
            return self._bring(self._there(document.unique_id), Wanted(labels=document.confidentiality))
        if envelope.action is Action.DELETE:
            return self._bring(self._there(document.unique_id), Wanted(status="superseded"))
        if envelope.action is Action.REPLACE and document.replaces is None:
            raise NoVersionBefore("the document replaces none: it is the first version")
        return self._published(envelope)

    def _published(self, envelope: Envelope) -> Receipt:
        document = envelope.document
        before = self._there(document.replaces) if envelope.action is Action.REPLACE and document.replaces else None
        receipt = self._found(envelope) or self._sent(envelope, before)
        if before and before["status"] == "current" and (receipt.again or self._ways.publish == "iti-105"):
            self._bring(before, Wanted(status="superseded"))
        return receipt

    def _sent(self, envelope: Envelope, before: Mapping[str, Any] | None) -> Receipt:
        place = _place(before) if before else None
        own = envelope.document.unique_id
        if self._ways.publish == "iti-105":
            content = iti105(envelope.document, envelope.cda, envelope.document_class, place)
            stored = self._target.create(content, condition(entry_uuid(own)))
        else:
            bundle = iti65([envelope], self._ways.source_oid, {own: place} if place else None)
            stored = self._target.transaction(bundle)[1]
        return Receipt(stored.reference or _place(self._there(own)), stored.version)

    def _found(self, envelope: Envelope) -> Receipt | None:
        there = self._search(envelope.document.unique_id)
        if there is None:
            return None
        hashes = {content.get("attachment", {}).get("hash") for content in there.get("content", ())}
        if not hashes & {None, fingerprint(envelope.cda)}:
            raise OtherContent("the server has another content under our unique id")
        return Receipt(_place(there), _version(there), again=True)

    def _bring(self, current: Mapping[str, Any], wanted: Wanted) -> Receipt:
        """Patch the description from what it is to what is wanted, if it still is in the version that was read."""
        change = json_patch(current, wanted) if self._ways.patch == "json" else fhirpath_patch(current, wanted)
        if not (change if isinstance(change, list) else change.get("parameter")):
            return Receipt(_place(current), _version(current), again=True)
        try:
            stored = self._target.patch(_place(current), change, _version(current))
        except SeveralMatches as error:
            raise Conflict("PATCH DocumentReference: it changed since it was read") from error
        return Receipt(_place(current), stored.version)

    def _there(self, own: str) -> dict[str, Any]:
        found = self._search(own)
        if found is None:
            raise NoVersionBefore("the server has no document under our unique id")
        return found

    def _search(self, own: str) -> dict[str, Any] | None:
        """The description of the document with this unique id, by both identifiers that may be searched."""
        ours = unique_id(oid_of(own))
        tokens = [token(one["system"], one["value"]) for one in (ours, entry_uuid(own))]
        found = self._target.search(_TYPE, {"identifier": ",".join(tokens)})
        matches = [resource for resource in found if _is(resource, ours)]
        if found and not matches:
            raise SearchIgnored(f"{_TYPE}: the search for an identifier found others")
        if len(matches) > 1:
            raise SeveralMatches(f"{_TYPE}: {len(matches)} have our unique id; remove all but one")
        return matches[0] if matches else None

    def _check(self) -> None:
        if self._checked:
            return
        try:
            statement = self._target.capabilities()
        except Permanent:
            # It says nothing of itself: the first transaction will show.
            statement = None
        if statement is not None:
            check_declared(statement, self._ways.publish, self._ways.undeclared)
        self._checked = True


def _is(resource: Mapping[str, Any], ours: Mapping[str, str]) -> bool:
    own = resource.get("masterIdentifier", {})
    return bool(own.get("system") == ours["system"] and own.get("value") == ours["value"])


def _place(resource: Mapping[str, Any]) -> str:
    return f"{_TYPE}/{resource['id']}"


def _version(resource: Mapping[str, Any]) -> str | None:
    version: str | None = resource.get("meta", {}).get("versionId")
    return version
