"""Whatever is done to a valid call, it is answered: with cards of the right shape, or with an OperationOutcome."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cds_service.web.envelope import SCHEMA, check_shape, depth_exceeds, parse
from cds_service.web.outcomes import Refused

Json = dict[str, Any]
Path_ = tuple[str | int, ...]
CALL = "/cds-services/image-review"
TAG = re.compile(r"(?<!\\)<\s*[A-Za-z/!?]")

DATES = [
    "2026-11-23",
    "2026-02-30",
    "2026-13",
    "2026-11-23T15:30:00",
    "2026-11-23T25:61:00Z",
    "9999-12-31",
    "0001-01-01",
]
TEXTS = [
    "",
    " ",
    "<script>alert(1)</script>",
    "<b>x</b>",
    "\u202e\x00",
    "x" * 5000,
    "Patient/other",
    "#x",
    "urn:uuid:1",
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(TEXTS + DATES),
)
ANYTHING = st.recursive(
    ODD,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(
                st.sampled_from(["resourceType", "id", "entry", "resource", "coding", "reference"]), st.text(max_size=8)
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=8,
)


@cache
def stories() -> tuple[Json, ...]:
    found = [json.loads(path.read_bytes()) for path in sorted(Path(str(files("fhir_fixtures"))).glob("*/request.json"))]
    return tuple(request for request in found if "hook" in request)


def members(value: object, at: Path_ = ()) -> list[Path_]:
    """Where every member and element of some JSON stands."""
    pairs: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = list(enumerate(value))
    return [place for key, each in pairs for place in ((*at, key), *members(each, (*at, key)))]


@st.composite
def mutated(draw: st.DrawFn) -> Json:
    request = deepcopy(draw(st.sampled_from(stories())))
    for _ in range(draw(st.integers(1, 4))):
        places = members(request)
        if not places:
            break
        *way, end = draw(st.sampled_from(places))
        last: Any = end
        holder: Any = request
        for key in way:
            holder = holder[key]
        match draw(st.sampled_from(["delete", "replace", "duplicate", "move"])):
            case "delete":
                del holder[last]
            case "replace":
                holder[last] = draw(ANYTHING)
            case "duplicate" if isinstance(holder, list):
                holder.insert(0, deepcopy(holder[last]))
            case "duplicate":
                holder[last] = [holder[last], deepcopy(holder[last])]
            case _:
                other: Any = request
                try:
                    for key in draw(st.sampled_from(places)):
                        other = other[key]
                    holder[last] = deepcopy(other)
                except (KeyError, IndexError, TypeError):
                    pass  # an earlier mutation took it away
    return request


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(request=mutated())
def test_no_mutation_gives_a_5xx_a_wrong_shape_or_a_tag(
    request: Json, web: FlaskClient, answered: Callable[[bytes], Json], refused: Callable[[bytes], Json]
) -> None:
    response = web.post(CALL, data=json.dumps(request), content_type="application/json")
    assert response.status_code in {200, 400, 412, 413, 422}
    if response.status_code != 200:
        refused(response.data)
        return
    for card in answered(response.data)["cards"]:
        told = [card["summary"], card.get("detail", ""), *(each["label"] for each in card.get("suggestions", []))]
        assert not [text for text in told if TAG.search(text)]


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(request=st.one_of(mutated(), ANYTHING))
def test_the_fast_check_and_the_one_that_explains_agree(request: object) -> None:
    fits = Draft202012Validator(SCHEMA).is_valid(request)
    if fits:
        assert check_shape(request) is request
    else:
        with pytest.raises(Refused) as caught:
            check_shape(request)
        assert all(issue.says for issue in caught.value.issues)


def depth(value: object) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(depth, inside), default=0)


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=ANYTHING, around=st.integers(0, 40))
def test_depth_is_counted_as_anybody_would(value: object, around: int) -> None:
    for at in range(around):
        value = [1, value] if at % 2 else {"a": value, "b": []}
    read = parse(json.dumps(value).encode())
    assert not depth_exceeds(read, depth(read))
    assert depth(read) == 0 or depth_exceeds(read, depth(read) - 1)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=st.binary(max_size=200))
def test_no_bytes_give_a_5xx(body: bytes, web: FlaskClient, refused: Callable[[bytes], Json]) -> None:
    response = web.post(CALL, data=body, content_type="application/json")
    assert 400 <= response.status_code < 500
    refused(response.data)


def test_the_schema_uses_only_what_both_checks_understand() -> None:
    known = {"$schema", "$id", "$ref", "$defs", "title", "description", "type", "required", "properties"}
    known |= {"minLength", "const"}

    def keywords(schema: Json) -> set[str]:
        inside = [*schema.get("properties", {}).values(), *schema.get("$defs", {}).values()]
        return set(schema).union(*(keywords(each) for each in inside)) if inside else set(schema)

    assert keywords(dict(SCHEMA)) <= known
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        fastjsonschema.compile(dict(SCHEMA))({})
