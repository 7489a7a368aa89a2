"""The schemas of the wire allow what the specification's examples show, and refuse what it forbids."""

from copy import deepcopy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

Json = dict[str, Any]
CARD: Json = {
    "uuid": "4e0a3a1e-3065-4ab7-9e43-7c0d2ba5a2a4",
    "summary": "Hold G2010 until Tuesday 15:20",
    "detail": "Why",
    "indicator": "info",
    "source": {"label": "Signoff", "topic": {"code": "image-review", "system": "https://x.example", "display": "x"}},
    "suggestions": [
        {
            "label": "Charge",
            "uuid": "4e0a3a1e-3065-4ab7-9e43-7c0d2ba5a2a5",
            "isRecommended": True,
            "actions": [{"type": "create", "description": "x", "resource": {"resourceType": "ChargeItem"}}],
        }
    ],
    "selectionBehavior": "at-most-one",
    "overrideReasons": [{"code": "a", "system": "https://x.example", "display": "A"}],
    "links": [{"label": "Why", "url": "http://127.0.0.1:8000/reviews/x", "type": "absolute"}],
    "extension": {"org.signoff-cds.assessment": {"outcome": "hold"}},
}


def changed(path: str, value: object) -> Json:
    card = deepcopy(CARD)
    at: Any = card
    *names, last = path.split(".")
    for name in names:
        at = at[int(name)] if name.isdecimal() else at[name]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return {"cards": [card]}


def test_a_full_card_and_no_card_are_allowed(schemas: dict[str, Draft202012Validator]) -> None:
    schemas["response"].validate({"cards": [CARD]})
    schemas["response"].validate({"cards": []})


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"cards": None},
        {"cards": [CARD] * 3},
        {"cards": [], "systemActions": []},
        changed("uuid", ...),
        changed("uuid", "not-a-uuid"),
        changed("summary", "x" * 140),
        changed("summary", ""),
        changed("detail", ""),
        changed("detail", None),
        changed("indicator", "critical"),
        changed("source.topic", ...),
        changed("source.topic.system", ...),
        changed("source.url", "relative"),
        changed("selectionBehavior", ...),
        changed("selectionBehavior", "all"),
        changed("suggestions", []),
        changed("suggestions.0.uuid", ...),
        changed("suggestions.0.actions", []),
        changed("suggestions.0.actions.0.description", ...),
        changed("suggestions.0.actions.0.type", "delete"),
        changed("suggestions.0.actions.0.resource", {}),
        changed("overrideReasons", []),
        changed("overrideReasons.0.display", ...),
        changed("links", []),
        changed("links.0.url", "javascript:alert(1)"),
        changed("links.0.appContext", "x"),
        changed("links.0.autolaunchable", True),
        changed("extension", {}),
        changed("extension", {"org.example.other": 1}),
    ],
)
def test_c70_to_c99_what_a_response_may_not_be(schemas: dict[str, Draft202012Validator], response: Json) -> None:
    assert not schemas["response"].is_valid(response)


ACCEPTED: Json = {
    "card": "c",
    "outcome": "accepted",
    "acceptedSuggestions": [{"id": "s"}],
    "outcomeTimestamp": "2026-11-21T10:05:31Z",
}
OVERRIDDEN: Json = {
    "card": "c",
    "outcome": "overridden",
    "overrideReason": {"reason": {"code": "a", "system": "https://x.example"}, "userComment": "free"},
    "outcomeTimestamp": "2026-11-21T10:06:02.123+01:00",
}


@pytest.mark.parametrize(
    ("item", "allowed"),
    [
        (ACCEPTED, True),
        (OVERRIDDEN, True),
        ({name: value for name, value in OVERRIDDEN.items() if name != "overrideReason"}, True),
        (OVERRIDDEN | {"overrideReason": {"userComment": "x"}}, True),
        (ACCEPTED | {"unknown": 1}, True),
        (OVERRIDDEN | {"overrideReason": {}}, False),
        ({name: value for name, value in ACCEPTED.items() if name != "acceptedSuggestions"}, False),
        (ACCEPTED | {"acceptedSuggestions": []}, False),
        (ACCEPTED | {"outcome": "ignored"}, False),
        (ACCEPTED | {"outcomeTimestamp": "yesterday"}, False),
        (ACCEPTED | {"card": ""}, False),
    ],
)
def test_c111_to_c113_feedback(schemas: dict[str, Draft202012Validator], item: Json, allowed: bool) -> None:
    assert schemas["feedback"].is_valid({"feedback": [item]}) is allowed
    assert not schemas["feedback"].is_valid({"feedback": []})


@pytest.mark.parametrize(
    ("entry", "allowed"),
    [
        ({"hook": "h", "id": "i", "description": "d"}, True),
        ({"hook": "h", "id": "i", "description": "d", "prefetch": {}}, False),
        ({"hook": "h", "id": "i", "description": ""}, False),
        ({"hook": "h", "id": "a/b", "description": "d"}, False),
        ({"hook": "h", "description": "d"}, False),
        ({"hook": "h", "id": "i", "description": "d", "title": None}, False),
        ({"hook": "h", "id": "i", "description": "d", "version": "3.0.0"}, False),
    ],
)
def test_c11_to_c16_discovery(schemas: dict[str, Draft202012Validator], entry: Json, allowed: bool) -> None:
    assert schemas["discovery"].is_valid({"services": [entry]}) is allowed
    assert schemas["discovery"].is_valid({"services": []})
