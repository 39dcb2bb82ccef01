"""Every payload in the data folder: what it tells, and how its news reaches the record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from adapter.fhir.json_text import dumps, loads
from tests.inbound.wire import DATA, sent
from tests.service.visits import ATHENA, EXAMPLE, HAD, SERVERS, Content, Visit


class How(Enum):
    """How a payload comes to change a charge, or why it rightly does not."""

    CONTENT = auto()
    """It carries the resource; the source is not asked."""
    READING = auto()
    """It names the resource, which is read at the source."""
    CATCHING_UP = auto()
    """It says only that something happened; the source is asked for everything new."""
    TELLS_NOTHING = auto()
    """It speaks of the subscription, not of a resource: nothing is stored as an event."""
    NOT_READ = auto()
    """It carries what no pack reads: among others what we write ourselves, come back as an echo."""


class Untouched(Enum):
    """Why an example just as it was published makes no charge, where nothing else is known and no one can be asked."""

    TELLS_NOTHING = auto()
    NOT_READ = auto()
    ONLY_NAMED = auto()
    """The resource would have to be read, at a server that nobody configured."""
    NOBODY_KNOWN = auto()
    """It is kept and waits for its person, whom nobody has told of yet."""


@dataclass(frozen=True)
class Row:
    """One payload: what the visit waits for until it comes, and what the example itself comes to."""

    how: How
    untouched: Untouched
    visit: Visit = EXAMPLE
    waits_for: str = "Encounter"


_SILENT = Row(How.TELLS_NOTHING, Untouched.TELLS_NOTHING)
_ONLY_NAMED = Row(How.READING, Untouched.ONLY_NAMED)
_EMPTY = Row(How.CATCHING_UP, Untouched.TELLS_NOTHING)
# The example's own Encounter is virtual and in progress: no visit at home.
_FULL = Row(How.CONTENT, Untouched.NOT_READ)
_OTHER = Row(How.NOT_READ, Untouched.NOT_READ)
_ECHO = Row(How.NOT_READ, Untouched.NOT_READ, HAD)

_GUIDE = {
    "handshake": _SILENT,
    "heartbeat": _SILENT,
    "error": _SILENT,
    "empty": _EMPTY,
    "empty-with-auth": _EMPTY,
    "id-only": _ONLY_NAMED,
    "id-only-with-auth": _ONLY_NAMED,
    "id-only-with-query": _ONLY_NAMED,
    "full-resource": _FULL,
    "full-resource-with-query": _FULL,
    "multi-resource": _FULL,
}
_OURS = ("auditevent", "chargeitem-billable", "chargeitem-not-billable", "chargeitemdefinition", "communication",
         "measurereport", "provenance", "task")  # fmt: skip

ROWS: dict[str, Row] = {
    **{f"backport/{v}/Bundle-{v}-notification-{n}.json": row for n, row in _GUIDE.items() for v in ("r4", "r4b")},
    # A status without its Bundle that lists an event of an empty payload.
    "backport/r4/Parameters-r4-notification-status.json": _EMPTY,
    "backport/r4b/SubscriptionStatus-r4b-notification-status.json": _EMPTY,
    **{
        f"backport/{version}/Subscription-subscription-{name}.json": _OTHER
        for name in ("admission", "multi-resource", "zulip")
        for version in ("r4", "r4b")
    },
    "backport/r4/Basic-r4-encounter-complete.json": _OTHER,
    "backport/r4b/SubscriptionTopic-r4b-encounter-complete.json": _OTHER,
    **{f"dialects/{name}.json": _ECHO for name in _OURS},
    # Its Account could serve to read other resources of the person.
    "dialects/writeback-transaction.json": Row(How.NOT_READ, Untouched.NOBODY_KNOWN, HAD),
    "dialects/notif-handshake.json": _SILENT,
    "dialects/notif-backport-idonly.json": Row(How.READING, Untouched.ONLY_NAMED, HAD),
    **{
        f"dialects/notif-{name}.json": Row(How.CONTENT, Untouched.NOBODY_KNOWN, HAD)
        for name in ("backport-full", "hapi-r4", "ms-experimental")
    },
    **{
        f"dialects/notif-{name}.json": Row(How.READING, Untouched.ONLY_NAMED, ATHENA, "Patient")
        for name in ("athena-eventsInNotification", "r4b-subscriptionstatus")
    },
    "dialects/encounter.json": Row(How.CONTENT, Untouched.NOBODY_KNOWN, HAD),
    "dialects/pdsm-iti105-vsp.json": Row(How.CONTENT, Untouched.NOBODY_KNOWN, HAD, "DocumentReference"),
}
FILES = sorted(path.relative_to(DATA).as_posix() for path in DATA.rglob("*.json"))

HEADERS = {"dialects/notif-ms-experimental.json": {"Content_Type": "text/plain; charset=utf-8"}}
"""What a sender says besides the body; others say application/fhir+json."""


def payload(name: str, base: str, news: Sequence[Content] = ()) -> bytes:
    """A file's bytes with the source's address for the example's; `news` take the place of the example's resources."""
    by_type = {one["resourceType"]: one for one in news}
    text = dumps(_in_place(loads(sent(name)), by_type)) if news else sent(name).decode()
    for server in SERVERS:
        text = text.replace(server, base)
    return text.encode()


def _in_place(node: Any, news: Mapping[str, Content]) -> Any:
    """The payload with the news for the resources of their types, every other member and entry where it was."""
    if isinstance(node, list):
        return [_in_place(child, news) for child in node]
    if not isinstance(node, dict):
        return node
    if node.get("resourceType") in news:
        return news[node["resourceType"]]
    return {name: _in_place(child, news) for name, child in node.items()}


OUTCOME = (
    b'{"resourceType":"OperationOutcome","issue":'
    b'[{"severity":"information","code":"informational","diagnostics":"stored"}]}'
)


def reply_to(name: str) -> bytes:
    """What the sender must read, to the byte: for a Bundle a Bundle with an entry for each of its own."""
    content = loads(sent(name))
    if content["resourceType"] != "Bundle":
        return OUTCOME
    entries = b",".join([b'{"response":{"status":"200"}}'] * len(content["entry"]))
    return b'{"resourceType":"Bundle","type":"transaction-response","entry":[' + entries + b"]}"
