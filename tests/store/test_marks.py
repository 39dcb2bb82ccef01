"""Marks: how far we got with a source."""

from adapter.store import marks
from adapter.store.engine import Store
from tests.store.samples import NOW, later


def test_a_mark_is_what_was_set_last(store: Store) -> None:
    with store.begin() as tx:
        assert marks.read(tx, "s", "caught up") is None
        marks.write(tx, "s", "caught up", {"at": "2026", "by": ["history"]}, NOW)
        marks.write(tx, "s", "caught up", {"at": "2027"}, later(1))
        marks.write(tx, "other", "caught up", 1, NOW)
        assert marks.read(tx, "s", "caught up") == {"at": "2027"}
        assert marks.all_of(tx, "s") == {"caught up": ({"at": "2027"}, later(1))}


def test_a_jump_in_event_numbers_is_a_gap_and_a_late_number_is_none(store: Store) -> None:
    with store.begin() as tx:
        seen = [list(marks.note_number(tx, "s", "sub", n, NOW)) for n in (4, 5, 8, 6, 8, 9)]
        assert seen == [[], [], [6, 7], [], [], []]
        assert list(marks.note_number(tx, "s", "another", 1, NOW)) == []
        assert marks.read(tx, "s", "number sub") == 9
