"""Exact JSON: what was written is what is read, and what was written twice is seen."""

import copy
import pickle
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapter.fhir.json_text import BadJson, ExactDecimal, Flawed, dumps, flaws_in, loads, loads_reporting

NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,12})\.[0-9]{1,12}([eE][+-]?[0-9]{1,3})?", fullmatch=True)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.decimals(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(NUMBERS)
def test_any_decimal_keeps_its_text(text: str) -> None:
    assert dumps(loads(f'{{"value":{text}}}')) == f'{{"value":{text}}}'


@given(VALUES)
def test_what_is_written_is_read_again(value: object) -> None:
    again = loads(dumps(value))
    assert dumps(again) == dumps(value)
    assert again == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        value = loads(data)
    except BadJson:
        return
    assert loads(dumps(value)) == value


def test_money_is_a_decimal_with_its_text() -> None:
    value = loads(b'{"value":60.10,"count":3}')
    assert value == {"value": Decimal("60.10"), "count": 3}
    assert str(value["value"]) == "60.10"
    assert isinstance(value["count"], int)


@pytest.mark.parametrize("text", ["1e2", "1E-22", "0.00000010", "-0.0", "1.0E+2"])
def test_a_text_that_python_would_change_is_kept(text: str) -> None:
    value = loads(text)
    assert value == Decimal(text)
    assert dumps(value) == text
    assert str(copy.deepcopy(value)) == text
    assert str(pickle.loads(pickle.dumps(value))) == text  # noqa: S301


def test_only_odd_texts_need_a_type_of_their_own() -> None:
    assert type(loads("60.10")) is Decimal
    assert type(loads("1e2")) is ExactDecimal


def test_key_order_accents_and_spaces() -> None:
    assert dumps({"b": 1, "a": ["é", "日本"]}) == '{"b":1,"a":["é","日本"]}'


def test_a_byte_order_mark_is_tolerated() -> None:
    assert loads(b'\xef\xbb\xbf{"a":1}') == {"a": 1}
    assert loads('\ufeff{"a":1}') == {"a": 1}


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        (b'{"a":"\xff"}', "invalid UTF-8", "byte 6"),
        (b'\xef\xbb\xbf{"a":"\xff"}', "invalid UTF-8", "byte 9"),
        (b'{"a": 1,\n "b": }', "expecting value", "line 2, column 7"),
        (b'{"a":1,}', "illegal trailing comma before end of object", "line 1, column 7"),
        (b'{"a":1} x', "extra data", "line 1, column 9"),
        (b"", "expecting value", "line 1, column 1"),
        (b'{"a":"x\ny"}', "invalid control character", "line 1, column 8"),
        (b'{"a":NaN}', "NaN is no JSON number", "line 1, column 6"),
        (b'{"a":Infinity}', "Infinity is no JSON number", "line 1, column 6"),
        (b'{"a":-Infinity}', "-Infinity is no JSON number", "line 1, column 6"),
        (b"[" * 100_000, "nested more than 200 levels deep", "level 201"),
        (b"[" * 201 + b"]" * 201, "nested more than 200 levels deep", "level 201"),
        (b'{"a":' * 201 + b"1" + b"}" * 201, "nested more than 200 levels deep", "level 201"),
        (b"1" * 5000, "a number with more digits than can be read", "an unknown place"),
        (b"1e99999999999999999999", "a number with more digits than can be read", "an unknown place"),
        (b'"\\ud800"', "half a surrogate pair, which is no character", "a \\u escape"),
        ("\ud800", "half a surrogate pair, which is no character", "character 0"),
    ],
    ids=range(17),
)
def test_what_is_no_json_is_named_with_its_place(text: bytes | str, what: str, place: str) -> None:
    with pytest.raises(BadJson) as caught:
        loads(text)
    assert (caught.value.what, caught.value.place) == (what, place)
    assert str(caught.value) == f"{what} at {place}"


def test_the_error_does_not_carry_the_document() -> None:
    with pytest.raises(BadJson) as caught:
        loads('{"family": "Canary", }')
    assert "Canary" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_two_hundred_levels_and_many_brackets_are_allowed() -> None:
    assert dumps(loads("[" * 200 + "]" * 200)) == "[" * 200 + "]" * 200
    assert len(loads("[" + ",".join(["{}"] * 5000) + "]")) == 5000


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert loads('"\\ud83d\\ude00"') == "😀"


BUNDLE = """{"resourceType":"Bundle","entry":[
 {"resource":{"resourceType":"Patient","id":"a","name":[{"family":"x"},{"family":"y","family":"z"}]}},
 {"resource":{"resourceType":"Encounter","id":"b","period":{"start":"1","end":"2"}}},
 {"resource":{"resourceType":"Encounter","status":"a","status":"b","period":{"start":"1","end":"2","start":"3"}}}
]}"""


def test_duplicate_keys_are_reported_and_the_last_value_kept() -> None:
    value, names = loads_reporting(BUNDLE)
    assert sorted(names) == ["family", "start", "status"]
    assert value["entry"][2]["resource"]["period"]["start"] == "3"
    assert loads(BUNDLE) == value


def test_which_resource_holds_the_duplicate() -> None:
    value, _ = loads_reporting(BUNDLE)
    found = [flaws_in(entry["resource"]) for entry in value["entry"]]
    assert found == [["name[1].family"], [], ["status", "period.start"]]
    assert flaws_in(value) == [
        "entry[0].resource.name[1].family",
        "entry[2].resource.status",
        "entry[2].resource.period.start",
    ]


def test_a_flawed_object_is_still_an_object() -> None:
    value = loads('{"a":1,"a":2,"b":3}')
    assert isinstance(value, Flawed)
    assert value.duplicates == ["a"]
    assert dumps(value) == '{"a":2,"b":3}'
    assert flaws_in(copy.deepcopy(value)) == ["a"]
    assert flaws_in(pickle.loads(pickle.dumps(value))) == ["a"]  # noqa: S301


def test_without_duplicates_nothing_is_reported() -> None:
    value, names = loads_reporting('{"a":{"a":1},"b":[{"a":1},{"a":2}]}')
    assert names == []
    assert type(value) is dict
    assert flaws_in(value) == []


def test_not_a_number_is_never_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps({"a": float("nan")})
    with pytest.raises(ValueError, match="not JSON compliant"):
        dumps([float("inf")])
