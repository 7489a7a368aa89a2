"""Every scenario gives the same answer through every door: the room itself, the command, and HTTP.

HTTP is live: what it judges was gathered at that moment. The command with `--at` is a replay. Each is compared with the
room asked in that very way; what differs between the two ways is for the scenarios to say.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from click.testing import CliRunner
from flask import Flask

import cds_service.cli
import cds_service.web
from cds_service.cli import main
from cds_service.clients import load_clients
from cds_service.content import Content, load
from cds_service.present.answer import answer_json
from cds_service.review import Answered, answer
from cds_service.settings import Settings
from cds_service.web import create_app

from .scenario import FOLDER, NAMES, PUBLIC_URL, Scenario, client_file, house, scenario

Json = dict[str, Any]
Apps = dict[str, tuple[Flask, list[datetime]]]
Scenarios = Callable[[str], Scenario]
CALL = "/cds-services/image-review"
UUIDS = re.compile(rb'"uuid":"[^"]*"')


@pytest.fixture(autouse=True)
def usual_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("SIGNOFF_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def content_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command loads `cards/` at every call; here hundreds of calls share what was loaded once."""
    monkeypatch.setattr(cds_service.cli, "open_house", lambda url: replace(house(), public_url=url))


def without_ids(value: object) -> bytes:
    """Return JSON without its UUIDs, which are new each time, in an order that does not matter."""
    return UUIDS.sub(b'"uuid":""', orjson.dumps(value, option=orjson.OPT_SORT_KEYS))


def assert_same(found: object, room: bytes) -> None:
    if without_ids(found) != room:
        assert orjson.loads(without_ids(found)) == orjson.loads(room)  # to be read


@dataclass(frozen=True)
class Room:
    """What the room answered: the whole, its cards and its assessment as JSON without UUIDs, and the kinds of cards."""

    whole: bytes
    cards: bytes
    assessment: bytes | None
    kinds: list[str]


ANSWERED: dict[tuple[str, datetime, bool], Room] = {}
"""What the room answered, kept: several doors are compared with it."""


def in_the_room(told: Scenario, at: datetime, *, live: bool) -> Room:
    """Return what the room answers, in the shape of `signoff check --json`, without the UUIDs."""
    key = (told.name, at, live)
    if key not in ANSWERED:
        ANSWERED[key] = _ask_the_room(told, at, live=live)
    return ANSWERED[key]


def _ask_the_room(told: Scenario, at: datetime, *, live: bool) -> Room:
    answered: Answered = answer(
        told.gathered(),
        house().laid_over(told.client.payers),
        told.client.customs,
        at=at,
        live=live,
        quiet_holds=told.client.quiet_holds,
    )
    found: Json = {"cards": answered.cards}
    assessment: bytes | None = None
    if answered.assessment is not None and answered.facts is not None:
        found["assessment"] = answer_json(answered.assessment, answered.facts, house().words)
        assessment = without_ids(found["assessment"])
    return Room(without_ids(found), without_ids(answered.cards), assessment, kinds(answered.cards))


def arguments(told: Scenario, at: datetime, folder: Path) -> tuple[list[str], dict[str, str]]:
    """Return the command's arguments and environment for one moment of a scenario."""
    request = folder / "request.json"
    request.write_bytes(told.body)
    given = ["check", str(request), "--json", "--at", at.isoformat()]
    environment: dict[str, str] = {}
    if told.expected.get("encounter"):
        given += ["--encounter", told.expected["encounter"]]
    if told.expected.get("client"):
        environment["SIGNOFF_CLIENTS"] = str(client_file(told.expected["client"], folder / "clients.yaml"))
        given += ["--client", "ehr"]
    return given, environment


@pytest.fixture(scope="module")
def scenarios(tmp_path_factory: pytest.TempPathFactory) -> Scenarios:
    """Each scenario, read once."""
    return cache(lambda name: scenario(name, tmp_path_factory.mktemp("client")))


def extension(card: Json) -> Json | None:
    found: Json | None = card.get("extension", {}).get("org.signoff-cds.assessment")
    return found


def kinds(cards: Sequence[Mapping[str, object]]) -> list[str]:
    return ["code" if "extension" in c else "gaps" if "suggestions" in c else "not reviewed" for c in cards]


def test_there_are_scenarios_of_both_forms() -> None:
    bundles = [n for n in NAMES if b'"Bundle"' in (FOLDER / n / "request.json").read_bytes()[:200]]
    assert len(NAMES) >= 40
    assert bundles


@pytest.mark.usefixtures("content_loaded_once")
@pytest.mark.parametrize("name", NAMES)
def test_the_command_answers_as_the_room_does(name: str, tmp_path: Path) -> None:
    told = scenario(name, tmp_path)
    for at, _ in told.moments():
        given, environment = arguments(told, at, tmp_path)
        result = CliRunner().invoke(main, given, env=environment)
        assert result.exit_code == 0, result.output
        assert result.stderr == ""
        printed = orjson.loads(result.stdout)
        assert_same(printed, in_the_room(told, at, live=False).whole)
        for card in printed["cards"]:
            if (answered := extension(card)) is not None:
                assert answered == printed["assessment"], "the code card carries the very answer"


@pytest.fixture(scope="module")
def apps() -> Iterator[Apps]:
    """One application for each client that scenarios speak of, with a clock that a test can set."""
    made: Apps = {}
    yield made
    made.clear()


@cache
def content() -> Content:
    return load()


def app_of(told: Scenario, apps: Apps, at: datetime) -> Flask:
    key = told.name if told.client.payers else yaml.safe_dump(told.expected.get("client"))
    if key not in apps:
        clock: list[datetime] = [at]
        with pytest.MonkeyPatch.context() as patch:  # the content is the same for all
            patch.setattr(cds_service.web, "load", content)
            apps[key] = (create_app(Settings(), now=lambda: clock[0], caller=told.client), clock)
    app, clock = apps[key]
    clock[0] = at
    return app


@pytest.mark.parametrize("name", NAMES)
def test_http_answers_as_the_room_does(name: str, scenarios: Scenarios, apps: Apps) -> None:
    told = scenarios(name)
    if told.is_bundle:
        refused = (
            app_of(told, apps, told.moments()[0][0])
            .test_client()
            .post(CALL, data=told.body, content_type="application/json")
        )
        assert refused.status_code == 400, "a Bundle is for the command"
        return
    for at, _ in told.moments():
        response = app_of(told, apps, at).test_client().post(CALL, data=told.body, content_type="application/json")
        assert response.status_code == 200, response.data
        cards = orjson.loads(response.data)["cards"]
        room = in_the_room(told, at, live=True)
        assert kinds(cards) == room.kinds
        assert_same(cards, room.cards)
        for card in cards:
            if (answered := extension(card)) is not None:
                assert without_ids(answered) == room.assessment


@pytest.mark.parametrize("name", NAMES)
def test_a_replay_and_a_live_call_differ_in_nothing_but_what_live_may_know(name: str, scenarios: Scenarios) -> None:
    """A live call knows of bookings that carry no date of their making; nothing else may differ."""
    told = scenarios(name)
    if b'"Appointment"' in told.body or b'"drafts"' in told.body:
        return
    for at, _ in told.moments():
        replayed = in_the_room(told, at, live=False)
        assert_same(orjson.loads(in_the_room(told, at, live=True).whole), replayed.whole)


@pytest.mark.parametrize(
    "name",
    ["medicare_photo_that_led_to_a_visit", "dialect_bundle_of_urn_uuids", "quiet_hold", "unsure_patient_was_null"],
)
def test_the_installed_command_answers_as_the_room_does(name: str, tmp_path: Path) -> None:
    told = scenario(name, tmp_path)
    at, _ = told.moments()[0]
    given, environment = arguments(told, at, tmp_path)
    signoff = Path(sys.executable).with_name("signoff")
    mine = {k: v for k, v in os.environ.items() if not k.startswith("SIGNOFF_")}
    done = subprocess.run([signoff, *given], env=mine | environment, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert_same(orjson.loads(done.stdout), in_the_room(told, at, live=False).whole)


def test_the_room_s_address_is_the_doors_own() -> None:
    assert Settings().public_url == PUBLIC_URL


def test_a_client_file_written_for_a_scenario_is_read_as_the_scenario_s_client(tmp_path: Path) -> None:
    told = next(s for n in NAMES if (s := scenario(n, tmp_path)).expected.get("client"))
    path = client_file(told.expected["client"], tmp_path / "again.yaml")
    assert load_clients(path)["ehr"].customs == told.client.customs
