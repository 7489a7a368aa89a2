import json
import re

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from cds_service.web.pages import EXAMPLES


@pytest.fixture
def page(web: FlaskClient) -> str:
    response = web.get("/hooks/encounter-sign")
    assert (response.status_code, response.mimetype) == (200, "text/html")
    return response.get_data(as_text=True)


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_it_has_the_metadata_that_cds_hooks_asks_of_a_hook(page: str) -> None:
    assert re.search(r"specificationVersion \d\.\d", text(page))
    assert re.search(r"hookVersion \d+\.\d+\.\d+", text(page))
    assert "hookMaturity 0 - Draft" in text(page)


def test_the_context_stands_in_the_table_that_cds_hooks_asks_for(page: str) -> None:
    told = text(page)
    assert "Field Optionality Prefetch Token Type Description" in told
    for name in ("userId", "patientId", "encounterId"):
        assert f"{name} REQUIRED Yes string" in told
    assert "drafts OPTIONAL No object" in told


@pytest.mark.parametrize("heading", ["Workflow", "Context", "Examples", "Change Log"])
def test_it_has_the_sections_that_cds_hooks_asks_for(page: str, heading: str) -> None:
    assert f"<h2>{heading}</h2>" in page


def test_its_examples_are_contexts_that_we_accept(schemas: dict[str, Draft202012Validator]) -> None:
    assert len(EXAMPLES) == 2
    for _, example in EXAMPLES:
        request = {"hook": "org.signoff-cds.encounter-sign", "hookInstance": "x", **json.loads(example)}
        schemas["hook-request"].validate(request)


def test_the_hook_version_of_the_page_is_the_newest_of_its_change_log(page: str) -> None:
    told = text(page)
    version = re.search(r"hookVersion (\S+)", told)
    assert version is not None
    assert f"Version Description {version[1]} " in told


def test_it_is_made_for_a_phone_and_loads_nothing_from_elsewhere(page: str, web: FlaskClient) -> None:
    assert 'content="width=device-width, initial-scale=1"' in page
    assert '<html lang="en">' in page
    assert re.findall(r'<(?:link|script|img)[^>]+(?:href|src)="([^"]+)"', page) == [
        "/static/pages/icon.svg",
        "/static/pages/hook.css",
    ]
    for name, kind in (("icon.svg", "image/svg+xml"), ("hook.css", "text/css")):
        with web.get(f"/static/pages/{name}") as loaded:
            assert (loaded.status_code, loaded.mimetype) == (200, kind)
