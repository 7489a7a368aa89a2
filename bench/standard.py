"""The standard request: a scenario of ours as an EHR would send it today.

Scenarios are indented for people and dated for ever. Here one is sent without the indentation, and moved by whole weeks
to the last few days: a server looks at *now*, and a review that lies in its future would leave it nothing to do.
"""

import re
import sys
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import orjson

FIXTURES = Path(__file__).resolve().parent.parent / "fhir_fixtures"
DATE = re.compile(rb"(?<![\d-])(?:19|20)\d\d-\d\d-\d\d(?![\d-])")
WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Standard:
    name: str
    body: bytes
    resources: int


def standard(name: str, today: date) -> Standard:
    folder = FIXTURES / name
    try:
        asked = orjson.loads((folder / "request.json").read_bytes())
        expected = (folder / "expected.yaml").read_text(encoding="utf-8")
    except OSError as error:
        sys.exit(f"bench: no such scenario: {error}")
    looked = re.search(r"\bat:\s*[\"']?(\d{4}-\d\d-\d\d)", expected)
    if looked is None:
        sys.exit(f"bench: {name}/expected.yaml has no moment `at`")
    weeks = (today - date.fromisoformat(looked.group(1)) - timedelta(days=1)) // WEEK
    return Standard(name, moved(orjson.dumps(asked), weeks * WEEK), resources_in(asked))


def moved(body: bytes, by: timedelta) -> bytes:
    def move(found: re.Match[bytes]) -> bytes:
        try:
            return (date.fromisoformat(found.group().decode()) + by).isoformat().encode()
        except ValueError:  # an impossible date stays one
            return found.group()

    return DATE.sub(move, body)


def resources_in(value: object) -> int:
    """Count what has a resourceType, Bundles aside, wherever it stands."""
    if isinstance(value, list):
        return sum(resources_in(item) for item in value)
    if isinstance(value, dict):
        own = isinstance(value.get("resourceType"), str) and value["resourceType"] != "Bundle"
        return own + sum(resources_in(item) for item in value.values())
    return 0
