"""The words of each type of resource: what a person wrote, paragraph by paragraph, and nothing lost in silence."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.dmp.faults import Severity
from adapter.dmp.making.gaps import Gaps
from adapter.dmp.making.texts import Part, parts_of, words_of

XHTML = "http://www.w3.org/1999/xhtml"


def div(inner: str) -> str:
    return f'<div xmlns="{XHTML}">{inner}</div>'


def said(content: dict[str, Any]) -> tuple[list[Part], list[str]]:
    """The parts of a resource, and the codes of what is wrong."""
    gaps = Gaps()
    return parts_of(content, content["resourceType"], gaps), [fault.code for fault in gaps.found]


def spoken(narrative: str) -> tuple[tuple[str, ...], list[str]]:
    gaps = Gaps()
    return words_of(narrative, "text", gaps), [fault.code for fault in gaps.found]


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("plain", ("plain",)),
        ("<p>one</p><p>two</p>", ("one", "two")),
        ("one<br/>two", ("one", "two")),
        ("<ul><li>a</li><li>b <b>bold</b> c</li></ul>tail", ("a", "b bold c", "tail")),
        ("<table><tr><th>x</th><th>y</th></tr><tr><td>1</td><td>2</td></tr></table>", ("x | y", "1 | 2")),
        ("<p>a &amp; b &lt; c</p>", ("a & b < c",)),
        ("<p>a&nbsp;b &eacute;</p>", ("a b é",)),
        ("<p> \n  spread \n over  lines </p>", ("spread over lines",)),
        ("<!-- a remark --><p>words</p>", ("words",)),
        ("", ()),
    ],
)
def test_a_narrative_is_its_paragraphs(inner: str, words: tuple[str, ...]) -> None:
    assert spoken(div(inner)) == (words, [])


@pytest.mark.parametrize("name", ["script", "style", "iframe", "object", "embed", "form", "SCRIPT"])
def test_active_content_is_refused_whole(name: str) -> None:
    assert spoken(div(f"<p>words</p><{name}>alert(1)</{name}>")) == ((), ["active-content"])


@pytest.mark.parametrize(
    "broken",
    [
        "<div>",
        "no markup",
        "<div><p></div>",
        f'<!DOCTYPE div [<!ENTITY x "y">]><div xmlns="{XHTML}">&x;</div>',
        '<?xml version="1.0" encoding="UTF-8"?><div>é</div>',
        "<div>&unknown;</div>",
        "<div>\x01</div>",
    ],
)
def test_what_is_no_xhtml_is_a_gap(broken: str) -> None:
    assert spoken(broken) == ((), ["bad-narrative"])


def test_an_image_is_left_out_and_said() -> None:
    gaps = Gaps()
    assert words_of(div('<p>see <img src="#x" alt="x"/> here</p>'), "text", gaps) == ("see here",)
    assert [(f.code, f.severity) for f in gaps.found] == [("image-left-out", Severity.WARNING)]


@given(st.text())
def test_any_text_in_a_narrative_gives_words_or_a_gap(text: str) -> None:
    for narrative in (text, div(text)):
        words, found = spoken(narrative)
        assert all(word == " ".join(word.split()) for word in words)
        assert set(found) <= {"bad-narrative", "active-content", "image-left-out"}


def test_a_composition_gives_its_sections_at_any_depth() -> None:
    inner = {"title": "Inner", "text": {"div": div("deep")}}
    sections = [
        {"title": "Outer", "text": {"div": div("flat")}, "section": [inner]},
        {"text": {"div": div("untitled")}},
    ]
    parts, found = said({"resourceType": "Composition", "section": sections})
    assert parts == [("Outer", ("flat",)), ("Inner", ("deep",)), (None, ("untitled",))]
    assert found == []


def test_a_section_with_entries_and_no_words_is_left_out_and_said() -> None:
    section = {"title": "Problems", "entry": [{"reference": "Condition/c"}]}
    assert said({"resourceType": "Composition", "section": [section]}) == ([], ["section-without-words"])


def test_an_impression_gives_description_summary_and_notes() -> None:
    content = {"resourceType": "ClinicalImpression", "description": "d", "summary": "s", "note": [{"text": "n"}]}
    assert said(content) == ([(None, ("d", "s", "n"))], [])


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"valueString": "calm"}, ("calm", "n")),
        ({"valueCodeableConcept": {"text": "calm"}}, ("calm", "n")),
        ({"valueCodeableConcept": {"coding": [{}, {"display": "calm"}]}}, ("calm", "n")),
        ({}, ("n",)),
    ],
)
def test_an_observation_gives_its_value_and_notes_under_its_name(value: dict[str, Any], words: tuple[str, ...]) -> None:
    content = {"resourceType": "Observation", "code": {"text": "Evaluation"}, "note": [{"text": "n"}], **value}
    assert said(content) == ([("Evaluation", words)], [])


def test_a_plan_gives_what_is_to_be_done_and_says_what_must_not() -> None:
    details = [
        {"description": "visit"},
        {"code": {"coding": [{"display": "weigh"}]}},
        {"description": "lift", "doNotPerform": True},
        {"description": "dropped", "status": "cancelled"},
        {"description": "stopped", "status": "stopped"},
        {},
    ]
    plan = {
        "resourceType": "CarePlan",
        "title": "Plan",
        "description": "d",
        "activity": [{"detail": d} for d in details],
    }
    assert said(plan) == ([("Plan", ("d", "visit", "weigh", "À ne pas faire: lift"))], [])


def test_an_activity_that_only_refers_elsewhere_gives_no_words() -> None:
    assert said({"resourceType": "CarePlan", "activity": [{"reference": {"reference": "Task/1"}}]}) == ([], [])


@pytest.mark.parametrize(("status", "given"), [("active", True), ("completed", True), ("rejected", False)])
def test_a_goal_gives_its_words_unless_it_was_dropped(status: str, given: bool) -> None:
    goal = {"resourceType": "Goal", "lifecycleStatus": status, "description": {"text": "walk"}}
    assert said(goal) == ([(None, ("walk",))] if given else [], [])


def test_other_types_give_no_words() -> None:
    assert said({"resourceType": "Condition", "note": [{"text": "n"}]}) == ([], [])
