"""Writes what one decision wants: look at what is there, write the difference, and look again after a failure.

After an answer that tells nothing (a time-out, a cut connection, an error of the server) the resources are
read again: what is as wanted counts as written, and only the rest is sent again.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapter.core.desired import Desired
from adapter.core.errors import Temporary
from adapter.core.plans import Change, Kind, changes, corrections
from adapter.outbound.abilities import WRITTEN, abilities_of
from adapter.outbound.answers import Stored
from adapter.outbound.errors import Conflict, Lacking, SeveralMatches, VersionConflict
from adapter.outbound.sequences import noting, write_one_by_one
from adapter.outbound.targets import AnyTarget
from adapter.outbound.transactions import transaction_of

STALE_TRIES = 3

Group = Sequence[Desired]
"""What one decision wants."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a group: the changes made, what was as wanted, and where all of it is, by our id.

    `for_elsewhere` are Tasks that this target does not take.
    """

    changes: tuple[Change, ...]
    unchanged: tuple[Desired, ...]
    confirmed: Mapping[str, Stored]
    for_elsewhere: tuple[Desired, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How to write: tries after failures that may pass, the longest wait between them in seconds, and what the
    target cannot do, whatever it says of itself. `takes_tasks`: whether questions to a person go to it as well.
    """

    tries: int = 4
    longest_wait: float = 120.0
    no_transactions: bool = False
    no_conditional_update: bool = False
    takes_tasks: bool = True


class Writer:
    """Writes groups to one target; `sleep` waits a number of seconds."""

    def __init__(self, target: AnyTarget, sleep: Callable[[float], object], manner: Manner = Manner()) -> None:
        self._target, self._sleep, self._manner = target, sleep, manner
        self._transactions: bool | None = None
        self._lacks_update: frozenset[str] = frozenset()
        self._asked = False

    def write(
        self,
        group: Group,
        confirmed: Mapping[str, str | None] | None = None,
        may_send: Callable[[], object] = lambda: None,
    ) -> Written:
        """Bring the target to what a group wants; raises Temporary after bounded tries, or Permanent.

        `may_send` is asked before anything is sent; what it raises ends the write.

        `confirmed` is given where an earlier write was cut off: the versions that the target confirmed before it, by
        our id. What is as wanted in another version was written by it, and its Provenance may be owed.
        """
        sent: dict[str, Change] = {}
        failures = stale = 0
        while True:
            try:
                return self._try(group, sent, confirmed, may_send)
            except _Stale as error:
                stale += 1
                if stale > STALE_TRIES:
                    raise VersionConflict("the target's version changed with every try") from error
            except Temporary as error:
                wait = error.retry_after if error.retry_after is not None else 2.0**failures
                failures += 1
                if failures >= self._manner.tries or wait > self._manner.longest_wait:
                    raise
                self._sleep(wait)

    def _try(
        self,
        group: Group,
        sent: dict[str, Change],
        confirmed: Mapping[str, str | None] | None,
        may_send: Callable[[], object],
    ) -> Written:
        written = self._read(group)
        tasks = corrections(group, written, self._target.base_url)
        here, elsewhere = (tasks, ()) if self._manner.takes_tasks else ((), tasks)
        written.update(self._read(here))
        wanted = (*group, *here)
        owed = self._owing({**_cut_off(group, written, confirmed), **sent})
        plan = changes(wanted, written, self._target.base_url, owed)
        if plan:
            may_send()
        answers = self._send(plan, sent, bool(owed)) if plan else {}
        places = {our_id: _where(resource) for our_id, resource in written.items()} | answers
        unchanged = tuple(d for d in wanted if d.id in written and d.id not in sent)
        return Written(tuple(sent.values()), unchanged, places, elsewhere)

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
                    what = f"{desired.type}: {len(found)} have our identifier; remove all but one"
                    raise SeveralMatches(what, desired.id)
                if found:
                    written[desired.id] = found[0]
        return written

    def _send(self, plan: Sequence[Change], sent: dict[str, Change], resumes: bool) -> dict[str, Stored]:
        try:
            if self._takes_transactions():
                return self._transact(plan, sent)
            return write_one_by_one(self._target, plan, sent, resumes)
        except (Conflict, SeveralMatches) as error:
            raise _Stale from error

    def _transact(self, plan: Sequence[Change], sent: dict[str, Change]) -> dict[str, Stored]:
        try:
            with noting(sent, plan):
                bundle = transaction_of(plan, self._target.base_url, self._lacks_update)
                answers = self._target.transaction(bundle)
        except Lacking:
            if self._transactions is not None:
                raise
            self._transactions = False
            return write_one_by_one(self._target, plan, sent)
        return {change.desired.id: answer for change, answer in zip(plan, answers, strict=True)}

    def _takes_transactions(self) -> bool:
        """What the target says of itself; where it says nothing, the first transaction shows it."""
        if not self._asked:
            abilities = abilities_of(self._target)
            self._transactions = False if self._manner.no_transactions else abilities.transactions
            self._lacks_update = WRITTEN if self._manner.no_conditional_update else abilities.lacks_update
            self._asked = True
        return self._transactions is not False


class _Stale(Exception):
    """What was read is no longer what is there."""


def _cut_off(group: Group, written: Mapping[str, Any], confirmed: Mapping[str, str | None] | None) -> dict[str, Change]:
    """What a write before this one has changed without our having heard of it."""
    if confirmed is None:
        return {}
    there = [one for one in group if one.id in written]
    news = [one for one in there if one.id not in confirmed or confirmed[one.id] != _where(written[one.id]).version]
    kinds = {one.id: Kind.UPDATE if one.id in confirmed else Kind.CREATE for one in news}
    return {one.id: Change(kinds[one.id], one, written[one.id]) for one in news}


def _where(resource: Mapping[str, Any]) -> Stored:
    return Stored(f"{resource['resourceType']}/{resource['id']}", resource.get("meta", {}).get("versionId"))
