"""What is left of versions that cannot be relied on."""

from adapter.core.references import Key
from adapter.store import doubts
from adapter.store.engine import Store
from tests.store.samples import SOURCE

ONE, OTHER = Key(SOURCE, "Encounter", "1"), Key(SOURCE, "Observation", "1")


def test_each_is_noted_once_and_told_of_its_own_resource(store: Store) -> None:
    with store.begin() as tx:
        assert [doubts.note(tx, *one) for one in ((ONE, "b"), (ONE, "a"), (OTHER, "b"), (ONE, "b"))] == [
            *(True, True, True, False)
        ]
        assert list(doubts.of(tx, {ONE})) == [(ONE, "a"), (ONE, "b")]
        assert list(doubts.of(tx, {ONE, OTHER})) == [(ONE, "a"), (ONE, "b"), (OTHER, "b")]
        doubts.forget(tx, ONE)
        assert list(doubts.of(tx, {ONE, OTHER})) == [(OTHER, "b")]


def test_a_person_with_very_many_resources_is_asked_for_in_parts(store: Store) -> None:
    keys = {Key(SOURCE, "Encounter", str(number)) for number in range(40_000)}
    with store.begin() as tx:
        doubts.note(tx, Key(SOURCE, "Encounter", "39999"), "a")
        assert [key.id for key, _ in doubts.of(tx, keys)] == ["39999"]
