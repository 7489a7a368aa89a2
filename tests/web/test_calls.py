"""What a call is answered with: cards, or an OperationOutcome that says what is wrong with it."""

import gzip
import json
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from cds_service.errors import Issue
from cds_service.settings import Settings
from cds_service.web import create_app, outcomes
from cds_service.web.envelope import SCHEMA, check_shape, depth_exceeds
from cds_service.web.outcomes import MOST_ISSUES, Refused

Json = dict[str, Any]
Check = Callable[[bytes], Json]
CALL = "/cds-services/image-review"
AT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)


def post(web: FlaskClient, body: object, **headers: str) -> TestResponse:
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return web.post(CALL, data=data, headers={"Content-Type": "application/json"} | headers)


def places(outcome: Json) -> list[str]:
    return [place for issue in outcome["issue"] for place in issue.get("expression", [])]


# --- answered ---


def test_c70_every_scenario_is_answered_with_cards_of_the_promised_shape(
    web: FlaskClient, calls: dict[str, Json], answered: Check, refused: Check
) -> None:
    for name, request in calls.items():
        response = post(web, request)
        assert response.mimetype == "application/json"
        if response.status_code == 200:
            answered(response.data)
        else:
            assert response.status_code in {412, 422}, name
            refused(response.data)


def test_a_call_is_answered_as_of_the_clock_of_the_door(call: Json, answered: Check) -> None:
    response = post(create_app(Settings(), now=lambda: AT).test_client(), call)
    (card, *_) = answered(response.data)["cards"]
    told = card["extension"]["org.signoff-cds.assessment"]["at"]
    assert datetime.fromisoformat(told) == AT


def test_c35_c37_unknown_members_are_tolerated_everywhere(web: FlaskClient, call: Json, answered: Check) -> None:
    before = answered(post(web, call).data)
    call["unknown"] = {"a": [1]}
    call["context"]["unknown"] = ["x"]
    call["prefetch"]["unknown"] = 5
    call["extension"] = {"com.example": {}}
    call["fhirAuthorization"] = {"access_token": "t", "unknown": 1}
    after = answered(post(web, call).data)
    assert [card["summary"] for card in after["cards"]] == [card["summary"] for card in before["cards"]]


@pytest.mark.parametrize("name", ["fhirServer", "fhirAuthorization", "extension"])
def test_an_optional_member_may_be_null(web: FlaskClient, call: Json, name: str) -> None:
    assert post(web, call | {name: None}).status_code == 200


def test_the_other_hook_is_answered_by_the_same_service(web: FlaskClient, call: Json, answered: Check) -> None:
    signed = answered(post(web, call).data)
    discharged = answered(post(web, call | {"hook": "encounter-discharge"}).data)
    assert [card["summary"] for card in discharged["cards"]] == [card["summary"] for card in signed["cards"]]


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "application/json; charset=utf-8",
        'Application/JSON; charset="UTF-8"',
        "application/json;x=y",
    ],
)
def test_json_in_utf_8_is_read_however_it_is_announced(web: FlaskClient, call: Json, kind: str) -> None:
    assert post(web, call, **{"Content-Type": kind}).status_code == 200


def test_an_encounter_that_was_looked_for_in_vain_gets_a_card_and_never_silence(
    web: FlaskClient, call: Json, answered: Check
) -> None:
    for key in ("encounter", "patient"):
        request = deepcopy(call)
        request["prefetch"][key] = None
        (card,) = answered(post(web, request).data)["cards"]
        assert "not reviewed" in card["summary"].lower()


@pytest.mark.parametrize(
    "value", [[], "x", 5, True, [[[]]], {"resourceType": 5}, {}, {"resourceType": "Bundle", "entry": {}}]
)
def test_a_malformed_optional_key_loses_itself_and_not_the_review(
    web: FlaskClient, call: Json, answered: Check, value: object
) -> None:
    for key in set(call["prefetch"]) - {"encounter", "patient"}:
        request = deepcopy(call)
        request["prefetch"][key] = value
        response = post(web, request)
        assert response.status_code == 200, key
        assert answered(response.data)["cards"]


def test_a_bug_while_gathering_is_a_card_and_its_text_is_nowhere(
    web: FlaskClient, call: Json, answered: Check, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> object:
        raise KeyError("ZZPHI-name")

    monkeypatch.setattr("cds_service.web.hooks.from_hook", broken)
    response = post(web, call)
    (card,) = answered(response.data)["cards"]
    assert "not reviewed" in card["summary"].lower()
    assert b"ZZPHI" not in response.data
    assert "ZZPHI" not in log.getvalue()
    assert '"error":"KeyError"' in log.getvalue()


def test_a_bug_in_the_door_is_a_500_that_tells_nothing(
    web: FlaskClient, call: Json, refused: Check, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> object:
        raise ValueError("ZZPHI-name")

    monkeypatch.setattr("cds_service.web.hooks.read_request", broken)
    response = post(web, call)
    assert response.status_code == 500
    refused(response.data)
    assert b"ZZPHI" not in response.data
    assert "ZZPHI" not in log.getvalue()
    assert response.headers["X-Request-Id"] in log.getvalue()


# --- refused: the transport's form ---


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/xml",
        "application/fhir+xml",
        "application/fhir+json",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "",
    ],
)
def test_another_content_type_is_415(web: FlaskClient, call: Json, refused: Check, kind: str) -> None:
    response = post(web, call, **{"Content-Type": kind})
    assert response.status_code == 415
    refused(response.data)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "identity, gzip"])
def test_a_packed_body_is_415(web: FlaskClient, call: Json, refused: Check, coding: str) -> None:
    packed = gzip.compress(json.dumps(call).encode())
    response = post(web, packed, **{"Content-Encoding": coding})
    assert response.status_code == 415
    refused(response.data)


def test_a_body_said_to_be_as_it_is_is_read(web: FlaskClient, call: Json) -> None:
    assert post(web, call, **{"Content-Encoding": "identity"}).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        b" ",
        b"{",
        b"not json",
        b"{'hook': 1}",
        b'{"hook": NaN}',
        b'{"hook": Infinity}',
        b'{"hook": 1e999}',
        b'{"hook": 01}',
        b'{"a": 1,}',
        b"{} {}",
        b'{"a": 1 /* comment */}',
        b'{"hook": "\\ud800"}',
        b'\xef\xbb\xbf{"hook": "x"}',
        b'{"hook": "\xff"}',
        '{"hook": "é"}'.encode("latin-1"),
        '{"hook": "x"}'.encode("utf-16"),
        b'{"hook": "\n"}',
        b"\x00",
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"<xml/>",
    ],
)
def test_what_is_not_json_is_400(web: FlaskClient, refused: Check, body: bytes) -> None:
    response = post(web, body)
    assert response.status_code == 400
    refused(response.data)


@pytest.mark.parametrize("body", [b"null", b"[]", b"1", b'"x"', b"true", b"[{}]"])
def test_json_that_is_no_object_is_400(web: FlaskClient, refused: Check, body: bytes) -> None:
    response = post(web, body)
    assert response.status_code == 400
    assert refused(response.data)["issue"][0]["diagnostics"] == "expected an object"


@pytest.mark.parametrize("depth", [101, 200, 500, 1000])
def test_what_is_nested_too_deep_is_400(web: FlaskClient, call: Json, refused: Check, depth: int) -> None:
    text = json.dumps(call | {"extension": "DEEP"}).replace('"DEEP"', '{"a":' * depth + "1" + "}" * depth)
    response = post(web, text)
    assert response.status_code == 400
    refused(response.data)


def test_what_is_just_deep_enough_is_answered(web: FlaskClient, call: Json) -> None:
    text = json.dumps(call | {"extension": "DEEP"}).replace('"DEEP"', '{"a":' * 99 + "1" + "}" * 99)
    assert post(web, text).status_code == 200


@pytest.mark.parametrize(
    ("value", "deep"),
    [
        (1, 0),
        ("x", 0),
        ([], 1),
        ({}, 1),
        ([[]], 2),
        ({"a": [1, {"b": {}}]}, 4),
        ([[], [[]], []], 3),
        ({"a": "{[{["}, 1),
    ],
)
def test_depth_counts_arrays_and_objects_and_no_brackets_in_texts(value: object, deep: int) -> None:
    assert not depth_exceeds(value, deep)
    assert deep == 0 or depth_exceeds(value, deep - 1)


def test_a_large_body_is_413(web: FlaskClient, refused: Check) -> None:
    response = post(web, b" " * (9 * 1024 * 1024))
    assert response.status_code == 413
    assert "8388608" in refused(response.data)["issue"][0]["diagnostics"]


def test_the_limits_are_those_of_the_settings(call: Json, refused: Check) -> None:
    size = len(json.dumps(call))
    for settings, status in (
        (Settings(max_body_bytes=size), 200),
        (Settings(max_body_bytes=size - 1), 413),
        (Settings(max_depth=8), 400),
        (Settings(max_resources=5), 413),
    ):
        response = post(create_app(settings).test_client(), call)
        assert response.status_code == status
        if status != 200:
            refused(response.data)


def test_too_many_resources_are_413_wherever_they_stand(web: FlaskClient, call: Json, refused: Check) -> None:
    many = {"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Media"}}] * 5001}
    for request in (
        call | {"prefetch": call["prefetch"] | {"media": many}},
        call | {"context": call["context"] | {"drafts": many | {"type": "collection"}}},
        call | {"prefetch": call["prefetch"] | {"unknown": many["entry"]}},
    ):
        response = post(web, request)
        assert response.status_code == 413
        assert "5000 resources" in refused(response.data)["issue"][0]["diagnostics"]


def test_a_body_without_a_length_is_411(web: FlaskClient, refused: Check) -> None:
    response = web.post(CALL, content_type="application/json")
    assert response.status_code == 411
    refused(response.data)


# --- refused: the shape of the request ---


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (lambda r: r.pop("hook"), "hook", "missing"),
        (lambda r: r.pop("hookInstance"), "hookInstance", "missing"),
        (lambda r: r.pop("context"), "context", "missing"),
        (lambda r: r["context"].pop("userId"), "context.userId", "missing"),
        (lambda r: r["context"].pop("patientId"), "context.patientId", "missing"),
        (lambda r: r["context"].pop("encounterId"), "context.encounterId", "missing"),
        (lambda r: r.update(hook=5), "hook", "a text"),
        (lambda r: r.update(hook=""), "hook", "not empty"),
        (lambda r: r.update(hookInstance=None), "hookInstance", "a text"),
        (lambda r: r.update(context=[]), "context", "an object"),
        (lambda r: r.update(context="x"), "context", "an object"),
        (lambda r: r["context"].update(patientId=7), "context.patientId", "a text"),
        (lambda r: r["context"].update(encounterId=["e1"]), "context.encounterId", "a text"),
        (lambda r: r["context"].update(drafts=[]), "context.drafts", "an object or null"),
        (lambda r: r["context"].update(drafts={"resourceType": "ChargeItem"}), "context.drafts.resourceType", "Bundle"),
        (lambda r: r.update(prefetch=[]), "prefetch", "an object or null"),
        (lambda r: r.update(prefetch="x"), "prefetch", "an object or null"),
        (lambda r: r["prefetch"].update(encounter="x"), "prefetch.encounter", "an object or null"),
        (lambda r: r["prefetch"].update(patient=[]), "prefetch.patient", "an object or null"),
        (lambda r: r.update(fhirServer=5), "fhirServer", "a text or null"),
        (lambda r: r.update(fhirAuthorization="Bearer x"), "fhirAuthorization", "an object or null"),
        (lambda r: r.update(fhirAuthorization={}), "fhirAuthorization.access_token", "missing"),
        (lambda r: r.update(fhirAuthorization={"access_token": 1}), "fhirAuthorization.access_token", "a text"),
        (lambda r: r.update(extension=[]), "extension", "an object or null"),
    ],
)
def test_a_missing_or_mistyped_member_is_400_with_its_place(
    web: FlaskClient, call: Json, refused: Check, change: Callable[[Json], object], place: str, words: str
) -> None:
    change(call)
    response = post(web, call)
    assert response.status_code == 400
    outcome = refused(response.data)
    assert places(outcome) == [place]
    assert outcome["issue"][0]["diagnostics"].startswith(f"/{place.replace('.', '/')}: expected")
    assert words in outcome["issue"][0]["diagnostics"]


def test_every_place_that_is_wrong_is_named_once(web: FlaskClient, refused: Check) -> None:
    outcome = refused(post(web, {"context": {"userId": 1}, "prefetch": []}).data)
    assert sorted(places(outcome)) == sorted(
        ["context.encounterId", "context.patientId", "context.userId", "hook", "hookInstance", "prefetch"]
    )


def test_an_outcome_shows_so_many_issues_and_says_how_many_more_there_are() -> None:
    issues = json.loads(outcomes.body(Issue("value", f"no {at}") for at in range(MOST_ISSUES + 5)))["issue"]
    assert len(issues) == MOST_ISSUES + 1
    assert issues[-1] == {"severity": "information", "code": "informational", "diagnostics": "5 more are not shown"}


def test_c31_a_hook_that_this_service_does_not_answer_is_400(web: FlaskClient, call: Json, refused: Check) -> None:
    for hook in ("patient-view", "order-sign", "org.signoff-cds.encounter-sign ", "ENCOUNTER-DISCHARGE", "ZZPHI"):
        response = post(web, call | {"hook": hook})
        assert response.status_code == 400
        assert places(refused(response.data)) == ["hook"]
        assert b"encounter-discharge" in response.data
        assert b"ZZPHI" not in response.data


@pytest.mark.parametrize("prefetch", ["absent", None, {}])
def test_c46_no_prefetch_and_no_way_to_fetch_is_412(
    web: FlaskClient, call: Json, refused: Check, prefetch: object
) -> None:
    del call["prefetch"]
    response = post(web, call if prefetch == "absent" else call | {"prefetch": prefetch})
    assert response.status_code == 412
    assert places(refused(response.data)) == ["prefetch.encounter"]


@pytest.mark.parametrize("key", ["encounter", "patient"])
def test_c43_a_required_key_that_is_absent_or_an_error_is_412(
    web: FlaskClient, call: Json, refused: Check, key: str
) -> None:
    error = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "exception"}]}
    for value in ("absent", error):
        request = deepcopy(call)
        request["prefetch"][key] = value
        if value == "absent":
            del request["prefetch"][key]
        response = post(web, request)
        assert response.status_code == 412
        assert places(refused(response.data)) == [f"prefetch.{key}"]


def test_another_patient_s_encounter_is_422(web: FlaskClient, call: Json, refused: Check) -> None:
    call["prefetch"]["encounter"]["subject"] = {"reference": "Patient/ZZPHI-other"}
    response = post(web, call)
    assert response.status_code == 422
    assert places(refused(response.data)) == ["prefetch.encounter.subject"]
    assert b"ZZPHI" not in response.data


def test_the_fast_check_and_the_one_that_explains_agree_on_every_scenario(
    calls: dict[str, Json], schemas: dict[str, Draft202012Validator]
) -> None:
    for request in calls.values():
        schemas["hook-request"].validate(request)
        assert check_shape(request) is request
        for name in SCHEMA["required"]:
            broken = {key: value for key, value in request.items() if key != name}
            assert not schemas["hook-request"].is_valid(broken)
            with pytest.raises(Refused):
                check_shape(broken)


# --- refused: the route ---


@pytest.mark.parametrize(
    "path",
    [
        "/nope",
        "/cds-services/",
        "/cds-services/image-review/",
        "/cds-services/image-review/feedback",
        "/cds-services/../etc/passwd",
        "/dashboard",
        "/smart/launch",
        "/metrics",
        "/.well-known/jwks.json",
        "/hooks/",
        "/static/nope.css",
    ],
)
def test_what_is_not_there_is_404_and_no_page(web: FlaskClient, refused: Check, path: str) -> None:
    for accept in ("application/json", "text/html"):
        response = web.get(path, headers={"Accept": accept})
        assert response.status_code in {404, 405}
        assert response.mimetype == "application/json"
        refused(response.data)


def test_an_unknown_service_is_404_whatever_is_sent_to_it(web: FlaskClient, call: Json, refused: Check) -> None:
    for name in ("nope", "image-review-booking", "Image-Review", "%3Cscript%3E", "image-review%00"):
        for body in (json.dumps(call), "not json"):
            response = web.post(f"/cds-services/{name}", data=body)
            assert response.status_code == 404
            assert b"script" not in response.data
            refused(response.data)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/cds-services/image-review", {"OPTIONS", "POST"}),
        ("PUT", "/cds-services/image-review", {"OPTIONS", "POST"}),
        ("DELETE", "/cds-services/image-review", {"OPTIONS", "POST"}),
        ("POST", "/cds-services", {"GET", "HEAD", "OPTIONS"}),
        ("PATCH", "/healthz", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/cds-services", {"GET", "HEAD", "OPTIONS"}),
    ],
)
def test_another_method_is_405_and_says_which_there_are(
    web: FlaskClient, refused: Check, method: str, path: str, allowed: set[str]
) -> None:
    response = web.open(path, method=method)
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == allowed
    refused(response.data)


def test_no_host_is_refused_and_none_is_believed(web: FlaskClient, call: Json) -> None:
    for host in ("evil.example", "10.0.0.7:9999", "localhost", "ehr.example:443"):
        response = post(web, call, Host=host)
        assert response.status_code == 200
        assert b"evil" not in response.data
        assert web.get("/healthz", headers={"Host": host}).status_code == 200
        assert b"evil" not in web.get("/hooks/encounter-sign", headers={"Host": host}).data


# --- every answer ---


def test_a_redirect_names_no_host(web: FlaskClient) -> None:
    response = web.get("/demo", headers={"Host": "evil.example"})
    assert response.headers.get("Location", "/demo/") == "/demo/"


def test_every_answer_is_guarded_by_its_headers(app: Flask, call: Json) -> None:
    web = app.test_client()
    answers = [
        *(web.get(path) for path in ("/cds-services", "/healthz", "/readyz", "/nope", "/hooks/encounter-sign")),
        post(web, call),
        post(web, "{"),
    ]
    for response in answers:
        headers = response.headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert len(headers["X-Request-Id"]) == 32
        assert "Set-Cookie" not in headers
    assert len({response.headers["X-Request-Id"] for response in answers}) == len(answers)


def test_the_probes_say_that_we_live_and_are_ready(web: FlaskClient) -> None:
    assert web.get("/healthz").get_json() == {"status": "ok"}
    assert web.get("/readyz").get_json() == {"status": "ready"}


def test_a_house_in_which_no_review_can_be_done_is_not_ready(
    refused: Check, log: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> object:
        raise RuntimeError("ZZPHI")

    monkeypatch.setattr("cds_service.web.pages.from_hook", broken)
    web = create_app(Settings()).test_client()
    response = web.get("/readyz")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    refused(response.data)
    assert web.get("/healthz").status_code == 200
    assert "warm-up failed" in log.getvalue()
    assert "ZZPHI" not in log.getvalue()
