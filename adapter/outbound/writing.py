"""Writes what one decision wants: look at what is there, write the difference, and look again after a failure.

After an answer that tells nothing (a time-out, a cut connection, an error of the server) the resources are
read again: what is as wanted counts as written, and only the rest is sent again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapter.core.desired import Desired
from adapter.core.errors import AdapterError, Temporary
from adapter.core.plans import Change, changes, corrections
from adapter.outbound.answers import Stored
from adapter.outbound.errors import Conflict, Lacking, SeveralMatches, VersionConflict
from adapter.outbound.sequences import noting, write_one_by_one
from adapter.outbound.targets import AnyTarget
from adapter.outbound.transactions import transaction_of

TRIES = 4
STALE_TRIES = 3
LONGEST_WAIT = 120.0

Group = Sequence[Desired]
"""What one decision wants."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a group: the changes made, what was as wanted, and where all of it is, by our id."""

    changes: tuple[Change, ...]
    unchanged: tuple[Desired, ...]
    confirmed: Mapping[str, Stored]


class Writer:
    """Writes groups to one target; `sleep` waits a number of seconds."""

    def __init__(self, target: AnyTarget, sleep: Callable[[float], object]) -> None:
        self._target = target
        self._sleep = sleep
        self._transactions: bool | None = None
        self._asked = False

    def write(self, group: Group) -> Written:
        """Bring the target to what a group wants; raises Temporary after bounded tries, or Permanent."""
        sent: dict[str, Change] = {}
        failures = stale = 0
        while True:
            try:
                return self._try(group, sent)
            except _Stale as error:
                stale += 1
                if stale > STALE_TRIES:
                    raise VersionConflict("the target's version changed with every try") from error
            except Temporary as error:
                wait = error.retry_after if error.retry_after is not None else 2.0**failures
                failures += 1
                if failures >= TRIES or wait > LONGEST_WAIT:
                    raise
                self._sleep(wait)

    def _try(self, group: Group, sent: dict[str, Change]) -> Written:
        written = self._read(group)
        tasks = corrections(group, written, self._target.base_url)
        written.update(self._read(tasks))
        wanted = (*group, *tasks)
        plan = changes(wanted, written, self._target.base_url, self._owing(sent))
        answers = self._send(plan, sent) if plan else {}
        confirmed = {our_id: _where(resource) for our_id, resource in written.items()} | answers
        unchanged = tuple(d for d in wanted if d.id in written and d.id not in sent)
        return Written(tuple(sent.values()), unchanged, confirmed)

    def _owing(self, sent: Mapping[str, Change]) -> list[Change]:
        """What an earlier try wrote, for the Provenance that it did not come to; a transaction leaves none behind."""
        if not sent or self._takes_transactions():
            return []
        return [change for change in sent.values() if change.desired.type != "Provenance"]

    def _read(self, group: Iterable[Desired]) -> dict[str, Any]:
        written = {}
        for desired in group:
            identifiers = desired.resource.get("identifier")
            if identifiers:
                own = identifiers[0]
                found = self._target.search_by_identifier(desired.type, own["system"], own["value"])
                if len(found) > 1:
                    raise SeveralMatches(f"{desired.type}: {len(found)} have our identifier; remove all but one")
                if found:
                    written[desired.id] = found[0]
        return written

    def _send(self, plan: Sequence[Change], sent: dict[str, Change]) -> dict[str, Stored]:
        try:
            if self._takes_transactions():
                return self._transact(plan, sent)
            return write_one_by_one(self._target, plan, sent)
        except (Conflict, SeveralMatches) as error:
            raise _Stale from error

    def _transact(self, plan: Sequence[Change], sent: dict[str, Change]) -> dict[str, Stored]:
        try:
            with noting(sent, plan):
                answers = self._target.transaction(transaction_of(plan, self._target.base_url))
        except Lacking:
            if self._transactions is not None:
                raise
            self._transactions = False
            return write_one_by_one(self._target, plan, sent)
        return {change.desired.id: answer for change, answer in zip(plan, answers, strict=True)}

    def _takes_transactions(self) -> bool:
        """What the target says of itself; where it says nothing, the first transaction shows it."""
        if not self._asked:
            self._transactions = _says_transactions(self._target)
            self._asked = True
        return self._transactions is not False


class _Stale(Exception):
    """What was read is no longer what is there."""


def _where(resource: Mapping[str, Any]) -> Stored:
    return Stored(f"{resource['resourceType']}/{resource['id']}", resource.get("meta", {}).get("versionId"))


def _says_transactions(target: AnyTarget) -> bool | None:
    try:
        rest = target.capabilities().get("rest") or [{}]
    except AdapterError:
        return None
    codes = {i.get("code") for r in rest if r.get("mode") == "server" for i in r.get("interaction", ())}
    return "transaction" in codes if codes else None
