"""Asks a source for what an event only named: id-only events, and resources that the record refers to.

Only the configured base of a source is ever asked. 410 is a deletion; 404 is suspect and changes nothing.
"""

from datetime import datetime

from adapter.core.references import Key
from adapter.inbound.sources import Answer
from adapter.store import work
from adapter.work.applying import Applier, Unsound
from adapter.work.surroundings import Surroundings

MOST_FETCHED = 200
"""Reads of one look: a record that refers to more is judged by what is there."""


def fetch(around: Surroundings, applier: Applier, keys: set[Key], now: datetime) -> set[str]:
    """Read resources again at their sources and store them; the lanes of whoever they concern."""
    lanes: set[str] = set()
    for key in sorted(keys)[:MOST_FETCHED]:
        client = around.client_of(key.source)
        if client is None or key.id.startswith("urn:"):
            continue
        lanes |= _store(around, applier, key, client.read(key.type, key.id), now)
    return lanes


def _store(around: Surroundings, applier: Applier, key: Key, answer: Answer, now: datetime) -> set[str]:
    with around.store.begin() as tx:
        lanes: set[str] = set()
        if answer.gone:
            lanes = applier.remove(tx, key, now)
        elif answer.content is not None:
            try:
                lanes = applier.store(tx, key, answer.content)
            except Unsound:
                return set()
        work.enqueue(tx, lanes, now)
    return lanes
