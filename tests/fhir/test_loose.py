"""Reading JSON of any shape."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cds_service.fhir.loose import codings, each, flag, has_code, many, number, one, text, words

from .chart import unhurried

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=20,
)


@unhurried
@given(st.dictionaries(st.sampled_from(["a", "coding", "code", "text"]), anything, max_size=4))
def test_no_json_of_any_shape_can_raise(node: dict[str, Any]) -> None:
    for name in ("a", "coding", "code", "text"):
        assert isinstance(text(node, name), str | None)
        assert isinstance(number(node, name), int | None)
        assert isinstance(flag(node, name), bool | None)
        assert isinstance(one(node, name), dict)
        assert all(isinstance(member, dict) for member in many(node, name))
        assert all(isinstance(coding, dict) for coding in codings(node, name))
        assert all(isinstance(word, str) for word in words(node, name))
        assert has_code(node, name, "x") in {True, False}
        assert all(isinstance(value, str) for value, _ in each(node, f"{name}.a.b", str))


def test_a_value_of_another_type_is_as_if_it_were_not_there() -> None:
    node = {"status": ["final"], "active": "true", "order": True, "period": "today"}
    assert text(node, "status") is None
    assert flag(node, "active") is None
    assert number(node, "order") is None
    assert one(node, "period") == {}
    assert many(node, "period") == []


def test_blank_text_is_no_text() -> None:
    assert text({"display": "  "}, "display") is None
    assert text({"code": " G2010 "}, "code") == "G2010"


def test_a_single_object_counts_as_a_list_of_one_and_null_members_as_none() -> None:
    assert many({"payor": {"display": "x"}}, "payor") == [{"display": "x"}]
    assert many({"payor": [None, {"display": "x"}, 3]}, "payor") == [{"display": "x"}]
    assert one({"payor": [None, {"display": "x"}]}, "payor") == {"display": "x"}


def test_a_value_is_told_with_the_place_where_it_stands() -> None:
    node = {"participant": [{"individual": None}, {"individual": {"reference": "Practitioner/d1"}}]}
    assert list(each(node, "participant.individual.reference", str)) == [
        ("Practitioner/d1", "participant[1].individual.reference")
    ]


def test_a_boolean_is_no_number() -> None:
    assert list(each({"a": [True, 1]}, "a", int)) == [(1, "a[1]")]
    assert list(each({"a": [True, 1]}, "a", bool)) == [(True, "a[0]")]


def test_a_bare_coding_is_read_like_a_concept() -> None:
    assert codings({"class": {"code": "VR"}}, "class") == [{"code": "VR"}]
    assert words({"type": [{"text": "Photo", "coding": [{"display": "Image"}]}]}, "type") == ["Photo", "Image"]
