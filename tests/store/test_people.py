"""Who is one person: joined by national identifiers, parted when they go or contradict."""

from concurrent.futures import ThreadPoolExecutor

from adapter.core.identity import join_key, pseudonym
from adapter.core.references import Key
from adapter.store import contents, people
from adapter.store.contents import Content
from adapter.store.engine import Store
from adapter.store.people import Placed
from tests.store.samples import INS, SECRET, SOURCE, ins, patient

ONE, TWO = ins("1550175056001"), ins("2600175056002")


def _place(store: Store, one: Content) -> Placed:
    with store.begin() as tx:
        contents.add(tx, one)
        return people.find_or_make_person(tx, one.key, SECRET)


def _people(store: Store) -> dict[tuple[str, ...], bool]:
    """Who is together, and whether that is in conflict."""
    with store.read() as tx:
        found = [people.read_person(tx, number) for number in people.all_persons(tx)]
    return {tuple(k.id for k in p.patients): p.in_conflict for p in found if p}


def test_a_patient_without_a_national_identifier_is_a_person_alone(store: Store) -> None:
    first, second = _place(store, patient("1")), _place(store, patient("2"))
    assert first.person != second.person
    assert _people(store) == {("1",): False, ("2",): False}
    with store.read() as tx:
        found = people.read_person(tx, first.person)
        assert found is not None
        assert found.pseudonym == pseudonym(SECRET, f"{SOURCE} 1")
        assert people.numbers_of(tx, [found.pseudonym, "?"]) == {found.pseudonym: first.person}
        assert people.read_person(tx, 999) is None
        assert people.person_of(tx, Key("?", "Patient", "1")) is None


def test_a_patient_placed_again_moves_nobody(store: Store) -> None:
    first = _place(store, patient("1", ONE))
    assert first.look_again == (first.person,)
    assert _place(store, patient("1", ONE)) == Placed(first.person)
    assert _place(store, patient("1", ONE, version=2)) == Placed(first.person)


def test_a_shared_national_identifier_joins_across_sources(store: Store) -> None:
    first = _place(store, patient("1", ONE))
    second = _place(store, patient("2", ONE, source="https://had.example/fhir"))
    assert second == Placed(first.person, (first.person,))
    with store.read() as tx:
        found = people.read_person(tx, first.person)
    assert found is not None
    assert found.pseudonym == pseudonym(SECRET, join_key({"system": INS, "value": ONE}))
    assert [k.id for k in found.patients] == ["2", "1"]


def test_a_chain_of_identifiers_joins_all(store: Store) -> None:
    _place(store, patient("1", ONE))
    _place(store, patient("2", TWO))
    assert _people(store) == {("1",): False, ("2",): False}
    joining = _place(store, patient("3", ONE, TWO))
    assert _people(store) == {("1", "2", "3"): False}
    assert len(joining.look_again) == 2


def test_a_join_is_undone_when_the_identifier_goes_and_both_are_looked_at(store: Store) -> None:
    joined = _place(store, patient("1", ONE))
    _place(store, patient("2", ONE))
    parted = _place(store, patient("2", version=2))
    assert _people(store) == {("1",): False, ("2",): False}
    assert parted.person != joined.person
    assert set(parted.look_again) == {joined.person, parted.person}


def test_a_patient_that_gains_an_identifier_leaves_its_old_person_to_be_looked_at(store: Store) -> None:
    old = _place(store, patient("1"))
    new = _place(store, patient("1", ONE, version=2))
    assert new.person != old.person
    assert set(new.look_again) == {old.person, new.person}
    with store.read() as tx:
        left = people.read_person(tx, old.person)
    assert left is not None
    assert left.patients == ()
    assert _people(store) == {("1",): False}


def test_patients_who_contradict_each_other_are_not_joined_and_a_correction_joins_them(store: Store) -> None:
    first = _place(store, patient("1", ONE, birthDate="1950-01-02"))
    second = _place(store, patient("2", ONE, birthDate="1951-01-02"))
    assert _people(store) == {("1",): True, ("2",): True}
    assert first.person in second.look_again
    healed = _place(store, patient("2", ONE, version=2, birthDate="1950"))
    assert _people(store) == {("1", "2"): False}
    assert healed.person == first.person
    assert len(healed.look_again) == 3


def test_a_conflict_ends_when_one_of_two_loses_the_identifier(store: Store) -> None:
    _place(store, patient("1", ONE, gender="female"))
    _place(store, patient("2", ONE, gender="male"))
    _place(store, patient("2", version=2, gender="male"))
    assert _people(store) == {("1",): False, ("2",): False}


def test_a_deleted_patient_joins_nobody(store: Store) -> None:
    _place(store, patient("1", ONE))
    _place(store, patient("2", ONE, meta={"lastUpdated": "2026-01-01T00:00:00Z"}))
    assert _people(store) == {("1", "2"): False}
    _place(store, Content(Key(SOURCE, "Patient", "2"), "gone", "", deleted_at="2027-01-01T00:00:00Z"))
    assert _people(store) == {("1",): False, ("2",): False}


def test_patients_that_arrive_at_once_are_joined_all_the_same(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: _place(store, patient(str(n), ONE)), range(8)))
    assert _people(store) == {tuple("01234567"): False}


def test_a_patient_of_whom_nothing_is_known_has_a_person_to_wait_in(store: Store) -> None:
    with store.begin() as tx:
        waiting = people.find_or_make_person(tx, Key(SOURCE, "Patient", "1"), SECRET)
    assert _place(store, patient("1")).person == waiting.person
    assert set(_place(store, patient("1", ONE, version=2)).look_again) > {waiting.person}


def test_everybody_is_listed_page_by_page(store: Store) -> None:
    numbers = [_place(store, patient(str(n))).person for n in range(5)]
    with store.read() as tx:
        first = people.all_persons(tx, limit=3)
        assert first + people.all_persons(tx, after=first[-1]) == numbers
