"""Every story's pages, in process: each can be opened and signed at each of its moments, whatever the chart holds."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from cds_service.clients import DEFAULT
from cds_service.settings import Settings
from cds_service.web import create_app
from cds_service.web.demo import Decided
from cds_service.web.demo.chart import chart
from cds_service.web.demo.scenarios import FIRST, grouped, read_scenarios
from cds_service.web.demo.signing import rendered

NOW = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
PRACTICE = DEFAULT.customs.practice
STORIES = read_scenarios(files("fhir_fixtures"), PRACTICE.zone)


@pytest.fixture(scope="module")
def web() -> FlaskClient:
    app: Flask = create_app(Settings(), now=lambda: NOW)
    return app.test_client()


@pytest.mark.parametrize("name", STORIES)
def test_every_story_can_be_signed_at_each_of_its_moments(web: FlaskClient, name: str) -> None:
    story = STORIES[name]
    assert web.get(f"/demo/{name}").status_code == 200
    assert web.get(f"/demo/{name}/request.json").data == story.raw
    assert story.expected
    for expected in story.expected:
        signed = web.post(f"/demo/{name}/sign", data={"at": expected.at.isoformat()})
        assert signed.status_code == 200
        assert "What the story expects" in signed.text  # that it agrees is for test_scenarios.py to say


def test_every_story_stands_in_one_group() -> None:
    listed = [s.name for group in grouped(STORIES, "") for s in group.scenarios]
    assert sorted(listed) == sorted(STORIES)
    assert next(iter(grouped(STORIES, ""))).scenarios[0].name == FIRST


def test_a_search_looks_into_title_and_story() -> None:
    found = [s.name for group in grouped(STORIES, "Medicare RASH tuesday") for s in group.scenarios]
    assert FIRST in found
    assert len(found) < len(STORIES)


@pytest.mark.parametrize("at", ["", "yesterday", "2026-02-30T10:00", "0001-01-01", "99999-01-01T00:00", "other"])
def test_a_moment_that_is_none_is_refused_in_words(web: FlaskClient, at: str) -> None:
    answer = web.post(f"/demo/{FIRST}/sign", data={"at": at})
    assert answer.status_code == 400
    assert "This moment cannot be read" in answer.text


def test_what_is_not_there_is_an_operation_outcome(web: FlaskClient) -> None:
    answer = web.get("/demo/nowhere")
    assert (answer.status_code, answer.get_json()["resourceType"]) == (404, "OperationOutcome")


def test_a_form_too_long_is_refused(web: FlaskClient) -> None:
    assert web.post(f"/demo/{FIRST}/sign", data={"at": "x" * 200_000}).status_code == 413


@given(st.lists(st.text(max_size=20), max_size=5), st.text(max_size=20))
def test_what_the_form_carries_is_never_trusted(kept: list[str], latest: str) -> None:
    decided = Decided.of(kept, latest, {})
    again = Decided.of(list(decided.kept), "", {})
    assert again == decided


def test_markdown_passes_plain_tags_and_no_html() -> None:
    shown = rendered(
        "**Why** <b>x</b> <script>y</script> ![i](https://evil.example/p.png) [l](javascript:z) <https://a.example>"
    )
    assert "<strong>Why</strong>" in shown
    for forbidden in ("<b>", "<script", "<img", 'javascript:z"'):
        assert forbidden not in shown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["2026-13-40", "Encounter/e1"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["coding", "code", "text"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(data=st.data())
def test_no_malformed_record_breaks_the_chart(data: st.DataObject) -> None:
    request = data.draw(st.sampled_from([s.request for s in STORIES.values()]))

    def mutated(value: Any) -> Any:
        if data.draw(st.integers(0, 60)) == 0:
            return data.draw(json_values)
        if isinstance(value, dict):
            return {key: mutated(each) for key, each in value.items()}
        return [mutated(each) for each in value] if isinstance(value, list) else value

    prefetch = request.get("prefetch", request)
    assert isinstance(prefetch, dict)
    key = data.draw(st.sampled_from(sorted(prefetch)))
    broken = request | {"prefetch": {**prefetch, key: mutated(prefetch[key])}}
    assert chart(broken, PRACTICE, None, NOW).name
