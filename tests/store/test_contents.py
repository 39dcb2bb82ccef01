"""Contents and the names that they go by, resolved when asked."""

from dataclasses import replace

import pytest
import sqlalchemy as sa

from adapter.core.references import Key
from adapter.store import contents, mentions
from adapter.store.engine import Store, open_store
from tests.databases import Postgres
from tests.store.samples import INS, SOURCE, ins, patient, visit

P1, P2 = Key(SOURCE, "Patient", "1"), Key(SOURCE, "Patient", "2")
NUMBER = ins("1550175056001")
OTHER = "https://had.example/fhir"


def test_every_version_is_kept_once(store: Store) -> None:
    with store.begin() as tx:
        assert contents.add(tx, patient("1")) is True
        assert contents.add(tx, patient("1")) is False
        assert contents.add(tx, patient("1", version=2)) is True
        deletion = contents.Content(P1, "gone", "", deleted_at="2026-11-21T12:00:00Z", event=7)
        contents.add(tx, deletion)
        found = contents.contents(tx, P1)
    assert found == [patient("1"), patient("1", version=2), deletion]


def test_a_patients_contents_are_those_that_name_it(store: Store) -> None:
    mine, other = visit("v1", ("key", SOURCE, "1")), visit("v2", ("key", SOURCE, "2"))
    with store.begin() as tx:
        for one in (patient("1"), mine, other):
            contents.add(tx, one)
        assert contents.contents_of_patient(tx, P1) == [mine, patient("1")]


def test_an_alias_names_a_patient_even_if_it_comes_late(store: Store) -> None:
    named = visit("v1", ("urn", "urn:uuid:a", ""))
    with store.begin() as tx:
        contents.add(tx, named)
        assert contents.patient_named(tx, SOURCE, named.subject) is None
        contents.add(tx, patient("1"), aliases=["urn:uuid:a"])
        assert contents.contents_of_patient(tx, P1) == [named, patient("1")]
        assert contents.patient_named(tx, SOURCE, named.subject) == P1
        contents.add(tx, patient("2"), aliases=["urn:uuid:a"])
        assert contents.patient_named(tx, SOURCE, named.subject) is None
        assert contents.contents_of_patient(tx, P1) == [patient("1")]
        assert contents.patients_by_same_names(tx, P2) == [P1]


def test_a_local_identifier_names_a_patient_of_its_own_source_only(store: Store) -> None:
    local = ("identifier", "urn:local", "7")
    with store.begin() as tx:
        contents.add(tx, patient("1"), identifiers=[("urn:local", "7")])
        assert contents.patient_named(tx, SOURCE, local) == P1
        assert contents.patient_named(tx, OTHER, local) is None
        contents.add(tx, visit("v1", local, OTHER))
        assert contents.contents_of_patient(tx, P1) == [patient("1")]


def test_a_national_identifier_names_a_patient_anywhere_and_several_are_one_person(store: Store) -> None:
    national = ("identifier", INS, NUMBER)
    with store.begin() as tx:
        contents.add(tx, patient("1"), identifiers=[(INS, NUMBER)])
        assert contents.patient_named(tx, OTHER, national) == P1
        contents.add(tx, patient("2"), identifiers=[(INS, NUMBER)])
        assert contents.patient_named(tx, OTHER, national) == P1


def test_keys_are_found_by_what_is_known_of_an_identifier(store: Store) -> None:
    with store.begin() as tx:
        contents.add(tx, patient("1"), identifiers=[("a", "7"), ("b", "7")])
        contents.add(tx, visit("v1", ("", "", "")), identifiers=[("a", "7")])
        v1 = Key(SOURCE, "Encounter", "v1")
        assert contents.keys_of_identifier(tx, None, None, "7") == [v1, P1]
        assert contents.keys_of_identifier(tx, "Patient", None, "7") == [P1]
        assert contents.keys_of_identifier(tx, None, "b", "7") == [P1]
        assert contents.keys_of_identifier(tx, None, "b", "8") == []


def test_who_rests_on_a_doctor_is_found_through_what_is_nobodys(store: Store) -> None:
    doctor, role = Key(SOURCE, "Practitioner", "d"), Key(SOURCE, "PractitionerRole", "r")
    with store.begin() as tx:
        for one in (visit("v1", ("key", SOURCE, "1")), visit("v2", ("key", SOURCE, "2"))):
            contents.add(tx, one)
        contents.add(tx, contents.Content(role, "r", "{}"), identifiers=[("urn:role", "9")])
        mentions.note_mentions(tx, role, [("key", SOURCE, "Practitioner/d")])
        mentions.note_mentions(tx, Key(SOURCE, "Encounter", "v1"), [("identifier", "urn:role", "9")])
        mentions.note_mentions(tx, Key(SOURCE, "Encounter", "v2"), [("key", SOURCE, "PractitionerRole/r")] * 2)
        assert mentions.patients_resting_on(tx, doctor) == [P1, P2]
        assert mentions.patients_resting_on(tx, Key(SOURCE, "Practitioner", "other")) == []


def test_what_was_kept_without_its_subject_gets_it(store: Store) -> None:
    mine = visit("v1", ("key", SOURCE, "1"))
    with store.begin() as tx:
        assert contents.add(tx, replace(mine, subject=("", "", ""), calls=False)) is True
        assert contents.contents_of_patient(tx, P1) == []
        assert contents.add(tx, mine) is True
        assert contents.contents_of_patient(tx, P1) == [mine]
        assert contents.add(tx, replace(mine, subject=("", "", ""))) is False
        assert contents.contents_of_patient(tx, P1) == [mine]


def test_what_is_kept_already_is_told_from_what_was_kept_unread() -> None:
    told, doctor = visit("v1", ("key", SOURCE, "1")), replace(visit("d", ("", "", "")), event=1)
    unread = replace(told, subject=("", "", ""), event=None)
    assert contents.is_kept([told], told)
    assert contents.is_kept([told, doctor], doctor)
    assert not contents.is_kept([], told)
    assert not contents.is_kept([replace(told, digest="other")], told)
    assert not contents.is_kept([unread], told)
    # A doctor has no subject: only an event says that the names were kept too.
    assert not contents.is_kept([replace(doctor, event=None)], doctor)
    assert not contents.is_kept([replace(told, subject=("", "", ""), event=1)], told)


def test_a_doctor_who_is_kept_already_is_waited_for_by_nobody(server: Postgres) -> None:
    store, doctor = open_store(server.database()), replace(visit("d", ("", "", "")), event=1)
    with store.begin() as tx:
        contents.add(tx, doctor)
    with store.begin() as one, store.begin() as other:
        for tx in (one, other):
            tx.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
            assert contents.is_kept(contents.contents(tx, doctor.key), doctor)
        contents.add(one, doctor)
        with pytest.raises(sa.exc.OperationalError, match="lock timeout"):
            contents.add(other, doctor)
    store.close()
