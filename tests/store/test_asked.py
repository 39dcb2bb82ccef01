"""What was asked is remembered apart for each patient, resource, type and source."""

from datetime import UTC, datetime, timedelta

from adapter.core.references import Key
from adapter.store import asked
from adapter.store.asked import Asked, What
from adapter.store.engine import Store

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
A, B = "https://a.example.org/fhir", "https://b.example.org/fhir"


def test_each_question_is_remembered_by_itself(store: Store) -> None:
    first, later = Asked(0, NOW), Asked(3, NOW + timedelta(hours=6))
    with store.begin() as tx:
        asked.note(tx, What.SEARCH, Key(A, "Observation", "p1"), first)
        asked.note(tx, What.READ, Key(A, "Observation", "p1"), later)
        asked.note(tx, What.TYPE, Key(A, "Goal", ""), first)
        asked.note(tx, What.SOURCE, Key(A, "", ""), first)
    with store.read() as tx:
        assert asked.searched(tx, Key(A, "Patient", "p1")) == {"Observation": first}
        assert asked.searched_before(tx, Key(A, "Observation", "p1")) == first
        assert asked.read_before(tx, Key(A, "Observation", "p1")) == later
        assert asked.refused_types(tx, A) == {"Goal": first}
        assert asked.refused_before(tx, Key(A, "Goal", "p1")) == first
        assert asked.silent(tx, A) == first
        assert asked.searched(tx, Key(B, "Patient", "p1")) == {}
        assert asked.silent(tx, B) is None


def test_the_last_answer_counts_and_may_be_forgotten(store: Store) -> None:
    key = Key(A, "Practitioner", "d1")
    for tries in range(3):
        with store.begin() as tx:
            asked.note(tx, What.READ, key, Asked(tries, NOW))
    with store.read() as tx:
        assert asked.read_before(tx, key) == Asked(2, NOW)
    with store.begin() as tx:
        asked.forget(tx, What.READ, key)
        assert asked.read_before(tx, key) is None
