"""Searches for what a person's record lacks: at the first look everything that packs read, afterwards what is missing.

What was asked is remembered, so that fifty events do not mean fifty searches, and what a source cannot notify is
asked for again with growing pauses, so that a waiting charge wakes when its document arrives.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from adapter.core.assembling import NOT_OF_A_PERSON
from adapter.core.decisions import Decision
from adapter.core.findings import State
from adapter.core.occasions import Outcome
from adapter.core.records import Record
from adapter.core.references import Key
from adapter.inbound.catching_up.found import set_aside_found
from adapter.inbound.sources import Answer, BadPaging, SourceRefuses
from adapter.inbound.subscriptions.covering import told_of
from adapter.store import asked
from adapter.store.asked import Asked, What
from adapter.store.contents import contents
from adapter.store.people import StoredPerson
from adapter.work.applying import Applier, Unsound
from adapter.work.asking import Asker, NotNow
from adapter.work.records import unknown_context
from adapter.work.surroundings import Surroundings

PAUSES = (timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6), timedelta(days=1))
"""Between two questions for the same, by how often in a row nothing came of it; the last one for ever."""
REFUSED = timedelta(hours=6)
"""How long a type is not asked for that a source refused."""
Memory = Callable[[Connection, Key], Asked | None]
_NAME = re.compile(r"(?<![A-Za-z.])[A-Z][A-Za-z]+")


@dataclass(frozen=True)
class Seeker:
    """Asks the sources on behalf of persons. `clock` is the worker's."""

    around: Surroundings
    applier: Applier
    clock: Callable[[], datetime]

    @property
    def types(self) -> frozenset[str]:
        """What is searched for by person: the types that a pack reads facts from."""
        found = {reader.spec.resource for pack in self.around.packs for reader in pack.readers}
        return frozenset(found - NOT_OF_A_PERSON - {"Patient"})

    def patient(self, key: Key, lane: str, asker: Asker) -> None:
        """Read a Patient whom something names and nobody knows; `asker` says when to try again."""
        self._read([key], lane, asker)
        self._put_off([asked.read_before], [key], asker)

    def complete(self, person: StoredPerson, record: Record, lane: str, asker: Asker) -> None:
        """Ask once for everything of a person, and for what the record points at or disputes."""
        for patient in self._askable(person):
            with self.around.store.read() as tx:
                never = self.types - set(asked.searched(tx, patient))
            self._search(patient, dict.fromkeys(never, 0), lane, asker)
        with self.around.store.read() as tx:
            lacking = unknown_context(tx, record)
        self._read(sorted(lacking), lane, asker)
        self._settle(record, lane, asker)

    def missing(
        self, person: StoredPerson, record: Record, decisions: Iterable[Decision], lane: str, asker: Asker
    ) -> None:
        """Ask for what open decisions miss, where nobody would tell us; `asker` says when to ask again."""
        needed, now = needs_of(decisions), self.clock()
        if not needed:
            return
        for patient in self._askable(person):
            with self.around.store.read() as tx:
                before = asked.searched(tx, patient)
                untold = needed & self.types - told_of(tx, self.around.name_of(patient.source), now)
            due = {name: before[name].tries + 1 for name in untold & set(before) if before[name].again_at <= now}
            self._search(patient, due, lane, asker)
            about = [Key(patient.source, name, patient.id) for name in untold]
            self._put_off([asked.searched_before, asked.refused_before], about, asker)
        self._read_again(person, record, needed - self.types, lane, asker)

    def _askable(self, person: StoredPerson) -> list[Key]:
        return [p for p in person.patients if self.around.client_of(p.source) and not p.id.startswith("urn:")]

    def _put_off(self, memories: Iterable[Memory], keys: Iterable[Key], asker: Asker) -> None:
        """Ask again when that may be; what is due and was not asked has its time from whoever kept us from asking."""
        now = self.clock()
        with self.around.store.read() as tx:
            known = [one for key in keys for memory in memories if (one := memory(tx, key))]
        for one in known:
            if one.again_at > now:
                asker.put_off(one.again_at)

    def _search(self, patient: Key, tries: dict[str, int], lane: str, asker: Asker) -> None:
        """Search types for a Patient; `tries`: how often in a row it was in vain, should it be so again."""
        with self.around.store.read() as tx:
            refused = asked.refused_types(tx, patient.source)
        now = self.clock()
        for name in sorted(tries):
            if name in refused and refused[name].again_at > now:
                continue
            found = self._found(Key(patient.source, name, patient.id), lane, asker)
            if found is None:
                break
            self._note(What.SEARCH, Key(patient.source, name, patient.id), 0 if found else tries[name])

    def _found(self, about: Key, lane: str, asker: Asker) -> bool | None:
        """Whether a search brought news; None where it could not be made or did not come to its end."""
        is_news = False
        try:
            with asker.asking(about.source) as client:
                for page in client.of_patient(about.type, about.id):
                    with self.around.store.begin() as tx:
                        for one in page:
                            is_news |= self._kept(tx, Key(about.source, about.type, str(one.get("id", ""))), one, lane)
        except NotNow:
            return None
        except BadPaging:
            return is_news
        except SourceRefuses:
            with self.around.store.begin() as tx:
                asked.note(tx, What.TYPE, Key(about.source, about.type, ""), Asked(1, self.clock() + REFUSED))
        return is_news

    def _read_again(self, person: StoredPerson, record: Record, types: frozenset[str], lane: str, asker: Asker) -> None:
        """Read what is missing in resources that no search by person finds: the Patient, doctors, places."""
        now = self.clock()
        with self.around.store.read() as tx:
            keys = {*person.patients, *(r.key for r in record.context), *unknown_context(tx, record)}
            told = {source: told_of(tx, self.around.name_of(source), now) for source in {k.source for k in keys}}
            wanted = (k for k in keys if k.type in types - told[k.source])
            chosen = sorted(k for k in wanted if self.around.client_of(k.source))
            before = {key: asked.read_before(tx, key) for key in chosen}
        fresh = [key for key in chosen if before[key] is None]
        for key in fresh:
            self._note(What.READ, key, 0)
        self._read([key for key in chosen if key not in fresh], lane, asker, is_poll=True)
        self._put_off([asked.read_before], chosen, asker)

    def _read(self, keys: Iterable[Key], lane: str, asker: Asker, is_poll: bool = False) -> None:
        """Read resources at their sources, unless that was in vain a short while ago.

        With `is_poll` a resource that is as it was counts as in vain.
        """
        for key, tries in self._due(keys):
            found = False
            try:
                answer = asker.read(key)
            except NotNow:
                continue
            except SourceRefuses:
                self._note(What.READ, key, tries)
                continue
            now = self.clock()
            with self.around.store.begin() as tx:
                if answer.gone:
                    self.applier.ask_for_looks(tx, self.applier.remove(tx, key, now), now, lane)
                elif answer.content is not None:
                    found = self._kept(tx, key, answer.content, lane)
            if is_poll or not (found or answer.gone):
                self._note(What.READ, key, 0 if found else tries)

    def _due(self, keys: Iterable[Key]) -> Iterator[tuple[Key, int]]:
        """Those that may be asked for, with how often it was in vain, should it be so again."""
        now = self.clock()
        for key in keys:
            if self.around.client_of(key.source) is None or key.id.startswith("urn:"):
                continue
            with self.around.store.read() as tx:
                before = asked.read_before(tx, key)
            if before is None or before.again_at <= now:
                yield key, before.tries + 1 if before else 0

    def _settle(self, record: Record, lane: str, asker: Asker) -> None:
        """Ask the source which of several contents is in force that no version orders (R4 http, versioning)."""
        for key, tries in self._due(sorted(record.rivals)):
            with self.around.store.read() as tx:
                known = {one.digest for one in contents(tx, key)}
            try:
                answer = asker.read(key)
            except NotNow:
                continue
            except SourceRefuses:
                answer = Answer(None)
            with self.around.store.begin() as tx:
                lanes = self._settled(tx, key, known, answer)
                self.applier.ask_for_looks(tx, lanes, self.clock(), lane)
                if lanes:
                    asked.forget(tx, What.READ, key)
            if not lanes:
                self._note(What.READ, key, tries)

    def _settled(self, tx: Connection, key: Key, known: set[str], answer: Answer) -> set[str]:
        if answer.content is None and not answer.gone:
            return set()
        try:
            return self.applier.settle(tx, key, known, answer.content, self.clock())
        except Unsound:
            return set()

    def _kept(self, tx: Connection, key: Key, content: object, lane: str) -> bool:
        """Whether a content was news; one that cannot be relied on is put aside for a person to look at."""
        if not isinstance(content, dict) or not key.id:
            return False
        try:
            lanes = self.applier.store_news(tx, key, content)
        except Unsound as error:
            set_aside_found(tx, (self.around.name_of(key.source), key.source), content, error.code, self.clock())
            self.applier.ask_for_looks(tx, error.lanes, self.clock(), lane)
            return False
        self.applier.ask_for_looks(tx, lanes, self.clock(), lane)
        return bool(lanes)

    def _note(self, what: What, key: Key, tries: int) -> None:
        again_at = self.clock() + PAUSES[min(tries, len(PAUSES) - 1)]
        with self.around.store.begin() as tx:
            asked.note(tx, what, key, Asked(tries, again_at))


def needs_of(decisions: Iterable[Decision]) -> frozenset[str]:
    """The resource types that would settle what open decisions miss."""
    opened = (d for d in decisions if d.outcome is Outcome.INCOMPLETE)
    needs = (f.needs for d in opened for f in d.findings(State.MISSING) if f.needs)
    return frozenset(name for text in needs for name in _NAME.findall(text))
