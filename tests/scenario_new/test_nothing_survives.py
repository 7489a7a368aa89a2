"""No original value survives: markers in every string, key and number of full charts, and none in what is left."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cds_service.scenario.chart import cleaned
from cds_service.scenario.clock import Shift
from cds_service.scenario.elements import ELEMENTS
from cds_service.scenario.new import new_scenario
from cds_service.scenario.vocabulary import listed
from tests.scenario import FOLDER, NAMES, house, scenario

from .charts import ALL, DAY, MARK, at_random, full_chart, full_resource, traces

SHIFT = Shift(-7, ZoneInfo("America/New_York"), date(2026, 11, 23))
busy = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])

seeds = st.integers(0, 2**32)
"""Drawn as one number: what is made of it is too large for hypothesis to draw piece by piece."""


def clean(document: dict[str, Any]) -> dict[str, Any]:
    return cleaned(document, SHIFT, house().book.tables)[0]


@pytest.mark.parametrize("kind", ALL)
def test_of_a_resource_with_every_member_of_its_type_no_string_number_date_or_key_survives(kind: str) -> None:
    full = full_resource(kind, lambda name: f"{MARK} {name}")
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": full}]}
    kept = clean(bundle)
    assert traces(full), "the chart has no markers: this test proves nothing"
    assert traces(kept) == []
    assert DAY not in orjson.dumps(kept).decode()


@busy
@given(seeds, st.sets(st.sampled_from(ALL), min_size=1, max_size=3))
def test_whatever_a_string_is_made_of_nothing_of_it_survives(seed: int, kinds: set[str]) -> None:
    assert traces(clean(full_chart(at_random(Random(seed)), sorted(kinds)))) == []


@busy
@given(st.sampled_from(NAMES), seeds)
def test_markers_put_anywhere_into_a_real_chart_do_not_come_out(name: str, seed: int) -> None:
    random = Random(seed)
    say, share = at_random(random), random.random()

    def mark(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: v if k == "resourceType" else mark(v) for k, v in value.items()} | {say("key"): say("value")}
        if isinstance(value, list):
            return [mark(v) for v in value]
        return say("value") if isinstance(value, str) and random.random() < share else value

    marked = mark(orjson.loads((FOLDER / name / "request.json").read_bytes()))
    assert traces(clean(marked)) == []


NAMING = listed(
    """
    family given line city postalCode display text contentString title summary conclusion description name value
    subscriberId diagnostics div hookInstance fhirServer
    """
)


@busy
@given(st.sampled_from(NAMES), seeds)
def test_a_chart_full_of_names_is_read_as_it_was_and_none_is_left(name: str, seed: int) -> None:
    """`new_scenario` raises if a fact is read otherwise than it was, but for the shift and the new names."""
    random = Random(seed)

    def mark(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: mark(v, k) for k, v in value.items()} | {f"{MARK}{random.random()}": MARK}
        if isinstance(value, list):
            return [mark(v, key) for v in value]
        if not isinstance(value, str) or key not in NAMING:
            return value
        return random.choice((f"{value} {MARK}{random.random()}", f"{MARK}: {value}", f"{MARK}{random.random()}"))

    with TemporaryDirectory() as folder:
        told = scenario(name, Path(folder))
        document, encounter = mark(told.document), told.expected.get("encounter")
        moments = [at for at, _ in told.moments()]
        new = new_scenario(document, told.client, house(), encounter=encounter, moments=moments, weeks=[3, -5])
    assert traces(document), "no marker was put in: this test proves nothing"
    assert traces(orjson.loads(new.request)) == []
    assert MARK not in new.expected + "".join(new.notes)


json_ = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False) | st.just(f"{MARK}1"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["coding", "reference", "text", MARK]), inner)
    ),
    max_leaves=6,
)


@busy
@given(st.sampled_from(sorted(ELEMENTS)), st.data())
def test_what_has_another_shape_than_fhir_gives_it_neither_breaks_it_nor_survives(
    kind: str, data: st.DataObject
) -> None:
    odd = {name: data.draw(json_) for name in (*ELEMENTS[kind], "id", "meta", "contained", "text")}
    kept = clean({"resourceType": "Bundle", "entry": [{"resource": {**odd, "resourceType": kind}}]})
    assert traces(kept) == []


def test_ids_names_addresses_and_numbers_of_a_real_chart_are_nowhere_in_the_new_one() -> None:
    """Not by markers: the chart's own values, of the members that name somebody."""
    for name in NAMES[::5]:
        document = orjson.loads((FOLDER / name / "request.json").read_bytes())
        kept = orjson.dumps(clean(document)).decode()
        naming = {"family", "line", "city", "postalCode", "subscriberId", "contentString", "summary", "hookInstance"}
        told = {v for v in _under(document, naming) if len(v) > 4}
        told |= {v for identifier in _nodes(document, "identifier") for v in _under(identifier, {"value"})}
        assert [v for v in told if f'"{v}"' in kept] == [], name


def _nodes(value: Any, key: str) -> list[Any]:
    if isinstance(value, list):
        return [n for v in value for n in _nodes(v, key)]
    if not isinstance(value, dict):
        return []
    return [v for k, v in value.items() if k == key] + [n for v in value.values() for n in _nodes(v, key)]


def _under(value: Any, keys: set[str]) -> set[str]:
    """Return every string under one of these keys."""
    found: set[str] = set()
    for key in keys:
        for node in _nodes(value, key):
            found |= {n for n in (node if isinstance(node, list) else [node]) if isinstance(n, str)}
    return found
