"""The next step towards what is wanted of a document, from what its receiver has."""

from dataclasses import replace

import pytest

from adapter.dmp.codec import of_plain, of_text, to_plain, to_text
from adapter.dmp.documents import Document
from adapter.dmp.envelopes import Action
from adapter.dmp.versions import Known, Step, away, towards
from tests.dmp.samples import HIDDEN, NORMAL
from tests.dmp.scenes import SCENES, VISIT_IN_SECTIONS

FIRST = VISIT_IN_SECTIONS
LATER = replace(FIRST, created="2026-11-21T08:00:00+01:00", sources=("https://had.example.org/fhir/Composition/2",))
OTHER = replace(LATER, title="Synthèse corrigée")
UNSEEN = replace(LATER, confidentiality=(NORMAL, HIDDEN))
SECOND = replace(FIRST, version=2)


@pytest.mark.parametrize("document", SCENES.values(), ids=SCENES)
def test_a_document_is_kept_to_the_byte(document: Document) -> None:
    assert of_text(to_text(document)) == document
    assert of_plain(to_plain(document)) == document


def test_what_is_nowhere_is_new() -> None:
    assert towards(FIRST, Known(), patches=False) == Step(Action.NEW, FIRST)


@pytest.mark.parametrize("patches", [True, False])
def test_when_and_where_it_was_read_make_no_other_version(patches: bool) -> None:
    assert towards(LATER, Known(FIRST), patches=patches) is None
    assert towards(LATER, Known(SECOND), patches=patches) is None


def test_other_content_is_the_next_version_of_the_same_set() -> None:
    assert towards(OTHER, Known(FIRST), patches=True) == Step(Action.REPLACE, replace(OTHER, version=2))
    assert towards(OTHER, Known(SECOND), patches=True) == Step(Action.REPLACE, replace(OTHER, version=3))


def test_who_may_see_it_is_patched_or_told_by_the_next_version() -> None:
    patched = replace(FIRST, confidentiality=UNSEEN.confidentiality)
    assert towards(UNSEEN, Known(FIRST), patches=True) == Step(Action.VISIBILITY, patched)
    assert towards(UNSEEN, Known(FIRST), patches=False) == Step(
        Action.VISIBILITY, replace(UNSEEN, version=2, sources=FIRST.sources)
    )


def test_a_step_without_an_answer_comes_first() -> None:
    begun = Step(Action.REPLACE, SECOND)
    assert towards(OTHER, Known(FIRST, begun=begun), patches=True) == begun
    assert away(Known(FIRST, begun=begun)) == begun


def test_what_is_taken_back_is_the_last_version() -> None:
    assert away(Known(SECOND)) == Step(Action.DELETE, SECOND)
    assert away(Known(SECOND, is_withdrawn=True)) is None
    assert away(Known()) is None


def test_a_first_version_is_not_sent_again_to_be_taken_back() -> None:
    assert away(Known(begun=Step(Action.NEW, FIRST))) == Step(Action.DELETE, FIRST)


def test_what_was_taken_back_begins_anew_in_another_set() -> None:
    step = towards(LATER, Known(SECOND, is_withdrawn=True), patches=True)
    assert step
    assert (step.action, step.document.version, step.document.replaces) == (Action.NEW, 1, None)
    assert step.document.set_id != FIRST.set_id
    assert towards(LATER, Known(step.document), patches=True) is None
