"""Nothing of a record in an error or in the log, and no markup of a patient's in a card."""

import json
import re
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from flask.testing import FlaskClient

Json = dict[str, Any]
Check = Callable[[bytes], Json]
CALL = "/cds-services/image-review"
MARK = "ZZPHI"
CODED = re.compile(r"^(system|code|url|reference|resourceType|id|contentType|type|mode|relation|use|status)$")
TAG = re.compile(r"(?<!\\)<\s*[A-Za-z/!?]")


def marked(value: object, names: Iterator[int], name: str = "") -> Any:
    """The same JSON with a mark in every text that a rule does not read by its code."""
    if isinstance(value, dict):
        return {key: marked(member, names, key) for key, member in value.items()}
    if isinstance(value, list):
        return [marked(member, names, name) for member in value]
    if isinstance(value, str) and not CODED.match(name) and not re.match(r"^\d{4}(-\d\d)?", value):
        return f"{value} {MARK}-{next(names)}"
    return value


def counting() -> Iterator[int]:
    number = 0
    while True:
        yield (number := number + 1)


def with_marks(request: Json) -> Json:
    return request | {"prefetch": marked(request["prefetch"], counting())}


def post(web: FlaskClient, body: object) -> Any:
    return web.post(CALL, data=json.dumps(body), content_type="application/json")


def test_no_text_of_any_scenario_comes_into_the_log(web: FlaskClient, calls: dict[str, Json], log: StringIO) -> None:
    for request in calls.values():
        body = with_marks(request) if request.get("prefetch") else request
        assert post(web, body).status_code < 500
        for id_ in ("encounterId", "patientId"):
            changed = json.loads(json.dumps(body).replace(f'"{request["context"][id_]}"', f'"{MARK}-id"'))
            assert post(web, changed).status_code < 500
    lines = log.getvalue().splitlines()
    assert len(lines) >= 3 * len(calls)
    assert [line for line in lines if MARK in line] == []
    assert {json.loads(line)["event"] for line in lines} == {"call"}


def test_a_line_of_the_log_holds_what_an_operator_asks_and_nothing_else(
    web: FlaskClient, call: Json, log: StringIO
) -> None:
    post(web, call)
    line = json.loads(log.getvalue())
    assert line.keys() == {"time", "level", "event", "request", "service", "hook", "method", "route", "status", "ms"}
    assert (line["service"], line["hook"]) == ("image-review", "org.signoff-cds.encounter-sign")
    assert (line["route"], line["status"]) == ("/cds-services/<service_id>", 200)


def test_an_address_comes_into_the_log_as_its_route(web: FlaskClient, log: StringIO) -> None:
    web.get(f"/{MARK}?patient={MARK}", headers={"Referer": MARK, "User-Agent": MARK, "X-Request-Id": MARK})
    web.post(f"/cds-services/{MARK}", data=MARK)
    web.open("/healthz", method=MARK)
    assert len(log.getvalue().splitlines()) == 3
    assert MARK not in log.getvalue()


WRONG: list[Callable[[Json], object]] = [
    lambda r: r.update(hook=MARK),
    lambda r: r.update(hook={MARK: MARK}),
    lambda r: r.update(hookInstance=[MARK]),
    lambda r: r.update(context=MARK),
    lambda r: r["context"].update(userId={MARK: MARK}),
    lambda r: r["context"].update(patientId=[MARK]),
    lambda r: r["context"].update(patientId=MARK),
    lambda r: r["context"].update(encounterId=MARK),
    lambda r: r["context"].update(drafts=MARK),
    lambda r: r["context"].update(drafts={"resourceType": MARK}),
    lambda r: r.update(prefetch=MARK),
    lambda r: r["prefetch"].update(encounter=MARK),
    lambda r: r["prefetch"].update(encounter={"resourceType": "OperationOutcome", "issue": [{"diagnostics": MARK}]}),
    lambda r: r["prefetch"]["encounter"].update(subject={"reference": f"Patient/{MARK}"}),
    lambda r: r["prefetch"]["encounter"].update(id=MARK),
    lambda r: r["prefetch"]["patient"].update(id=MARK),
    lambda r: r.update(fhirAuthorization={"access_token": {MARK: 1}}),
    lambda r: r.update(fhirServer=[MARK]),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_no_error_repeats_what_it_was_sent(
    web: FlaskClient, call: Json, refused: Check, log: StringIO, wrong: Callable[[Json], object]
) -> None:
    request = with_marks(call)
    wrong(request)
    response = post(web, request)
    assert 400 <= response.status_code < 500
    refused(response.data)
    assert MARK.encode() not in response.data
    assert MARK not in str(response.headers)
    assert MARK not in log.getvalue()


@pytest.mark.parametrize("body", [f'{{"hook": "{MARK}"', f'"{MARK}" x', f"{MARK}", f'{{"{MARK}": NaN}}'])
def test_no_error_repeats_what_is_not_json(web: FlaskClient, log: StringIO, body: str) -> None:
    response = web.post(CALL, data=body, content_type="application/json")
    assert response.status_code == 400
    assert MARK.encode() not in response.data
    assert MARK not in log.getvalue()


def test_an_access_token_comes_into_nothing(web: FlaskClient, call: Json, log: StringIO) -> None:
    call |= {
        "fhirServer": "https://ehr.example/fhir",
        "fhirAuthorization": {
            "access_token": MARK,
            "token_type": "Bearer",
            "expires_in": 300,
            "scope": "patient/*.rs",
            "subject": "signoff",
        },
    }
    response = web.post(
        CALL, data=json.dumps(call), content_type="application/json", headers={"Authorization": f"Bearer {MARK}"}
    )
    assert response.status_code == 200
    assert MARK.encode() not in response.data
    assert MARK not in log.getvalue()


HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> ![x](https://evil.example/p.png) [y](javascript:alert(1))"
)


def hostile(value: object, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: hostile(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [hostile(member, name) for member in value]
    if isinstance(value, str) and not CODED.match(name) and not re.match(r"^\d{4}(-\d\d)?", value):
        return HOSTILE
    return value


def texts(card: Json) -> Iterator[str]:
    yield card["summary"]
    yield card.get("detail", "")
    yield card["source"]["label"]
    for reason in card.get("overrideReasons", []):
        yield reason["display"]
    for suggestion in card.get("suggestions", []):
        yield suggestion["label"]
        yield from (action["description"] for action in suggestion["actions"])
    yield from (link["label"] for link in card.get("links", []))


def test_markup_in_every_text_of_every_scenario_reaches_no_reader(
    web: FlaskClient, calls: dict[str, Json], answered: Check
) -> None:
    seen = 0
    for name, request in calls.items():
        if not request.get("prefetch"):
            continue
        response = post(web, request | {"prefetch": hostile(request["prefetch"])})
        if response.status_code != 200:
            continue
        for card in answered(response.data)["cards"]:
            for told in texts(card):
                seen += 1
                assert not TAG.search(told), name
                assert not re.search(r"(?<!\\)!\[", told), name
                assert "javascript:" not in told, name
                assert "](https://evil" not in told, name
            for link in (*card.get("links", []), card["source"]):
                assert "evil.example" not in link.get("url", "")
    assert seen > 500
