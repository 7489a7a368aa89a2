import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from cds_service.fhir.prefetch import TEMPLATES
from cds_service.web.services import SERVICES

SANDBOX = "https://sandbox.cds-hooks.org"
TOKENS = {"{{context.patientId}}", "{{context.encounterId}}", "{{userPractitionerId}}"}


@pytest.fixture
def listed(web: FlaskClient) -> list[dict[str, Any]]:
    response = web.get("/cds-services")
    assert (response.status_code, response.mimetype) == (200, "application/json")
    services: list[dict[str, Any]] = response.get_json()["services"]
    return services


def test_c10_to_c16_discovery_has_the_shape_of_2_0_1(
    web: FlaskClient, schemas: dict[str, Draft202012Validator]
) -> None:
    schemas["discovery"].validate(web.get("/cds-services").get_json())


def test_c02_c03_nothing_in_discovery_is_null_or_empty(web: FlaskClient) -> None:
    def leaves(value: object) -> list[object]:
        if isinstance(value, dict):
            return [value, *(leaf for each in value.values() for leaf in leaves(each))]
        if isinstance(value, list):
            return [value, *(leaf for each in value for leaf in leaves(each))]
        return [value]

    assert all(leaf not in (None, "", [], {}) for leaf in leaves(web.get("/cds-services").get_json()))


def test_c18_one_id_is_listed_under_each_of_its_hooks(listed: list[dict[str, Any]]) -> None:
    assert [(entry["id"], entry["hook"]) for entry in listed] == [
        ("image-review", "org.signoff-cds.encounter-sign"),
        ("image-review", "encounter-discharge"),
    ]


def test_what_is_not_built_yet_is_not_listed() -> None:
    assert [service.id for service in SERVICES] == ["image-review"]


def test_c14_the_prefetch_is_that_of_the_reading_room(listed: list[dict[str, Any]]) -> None:
    assert all(entry["prefetch"] == dict(TEMPLATES) for entry in listed)
    assert list(listed[0]["prefetch"])[:2] == ["encounter", "patient"]


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES.keys())
def test_c50_to_c53_a_template_is_safe_for_2_0(template: str) -> None:
    assert set(re.findall(r"\{\{.*?\}\}", template)) <= TOKENS
    assert "today()" not in template
    assert "_include" not in template
    names = re.findall(r"[?&]([^=&]+)=", template)
    assert len(names) == len(set(names)), "the public sandbox joins a repeated parameter with a comma"


def test_c15_it_says_what_it_needs_in_words(listed: list[dict[str, Any]]) -> None:
    assert "encounter" in listed[0]["usageRequirements"]


def test_c16_no_version_is_told_to_a_2_0_client(listed: list[dict[str, Any]]) -> None:
    assert not {"version", "hookVersion"} & {name for entry in listed for name in entry}


def test_head_is_the_same_without_a_body(web: FlaskClient) -> None:
    response = web.head("/cds-services")
    assert (response.status_code, response.data) == (200, b"")
    assert response.mimetype == "application/json"


# --- browsers ---


@pytest.mark.parametrize("path", ["/cds-services", "/cds-services/image-review"])
def test_c140_the_public_sandbox_may_ask_first_and_learns_what_it_may_send(web: FlaskClient, path: str) -> None:
    asked = {
        "Origin": SANDBOX,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    response = web.options(path, headers=asked)
    assert (response.status_code, response.data) == (204, b"")
    assert "Content-Type" not in response.headers
    assert response.headers["Access-Control-Allow-Origin"] == SANDBOX
    assert response.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Access-Control-Allow-Private-Network" not in response.headers
    assert "Origin" in response.headers["Vary"]


def test_a_public_page_may_call_loopback_if_its_origin_may_call_at_all(web: FlaskClient) -> None:
    for origin, allowed in ((SANDBOX, True), ("https://evil.example", False)):
        asked = {"Origin": origin, "Access-Control-Request-Private-Network": "true"}
        response = web.options("/cds-services", headers=asked)
        assert ("Access-Control-Allow-Private-Network" in response.headers) is allowed


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "*",
        "https://evil.example",
        "http://sandbox.cds-hooks.org",
        "https://sandbox.cds-hooks.org.evil.example",
        "https://sandbox.cds-hooks.org:8443",
        "https://evil.example/https://sandbox.cds-hooks.org",
        "HTTPS://SANDBOX.CDS-HOOKS.ORG",
    ],
)
def test_no_other_origin_is_let_in(web: FlaskClient, origin: str) -> None:
    for response in (
        web.get("/cds-services", headers={"Origin": origin}),
        web.options("/cds-services/image-review", headers={"Origin": origin}),
    ):
        assert not [name for name in response.headers.keys() if name.startswith("Access-Control-")]  # noqa: SIM118


def test_a_browser_may_read_an_error_too(web: FlaskClient) -> None:
    response = web.post("/cds-services/image-review", data="{", headers={"Origin": SANDBOX})
    assert response.status_code == 415
    assert response.headers["Access-Control-Allow-Origin"] == SANDBOX


def test_options_without_an_origin_says_which_methods_there_are(web: FlaskClient) -> None:
    response = web.options("/cds-services/image-review")
    assert (response.status_code, response.data) == (204, b"")
    assert {method.strip() for method in response.headers["Allow"].split(",")} == {"OPTIONS", "POST"}
