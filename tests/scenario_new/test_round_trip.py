"""A scenario made of a scenario is read, judged and answered as the first one is, at the shifted moments."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from cds_service.clients import DEFAULT, load_clients
from cds_service.fhir.strict import lint
from cds_service.scenario.new import WEEKS, NewScenario, new_scenario
from tests.scenario import FOLDER, NAMES, Scenario, client_file, house, scenario
from tests.test_scenarios import _check

ENTRIES = (
    "payer_map",
    "reporters",
    "licences",
    "encounter_classes",
    "practices",
    "quiet_holds",
    "enrolments",
    "payers/",
)


def _telling(key: str) -> list[str]:
    return [name for name in NAMES if f"{key}" in (FOLDER / name / "expected.yaml").read_text().partition("facts:")[0]]


DIALECTS = [name for name in NAMES if name.startswith(("dialect_", "real_"))]
SAMPLE = sorted({*NAMES[::24], *DIALECTS[::4], *(name for key in ENTRIES for name in _telling(f"{key}")[:2])})
NO_OTHER_WEEK_IS_LIKE_IT = {"clocks_go_back_during_the_24_hours", "signed_before_the_answer_was_sent"}


def made(told: Scenario) -> NewScenario:
    """Make the scenario, with the lot drawn alike at every run."""
    lot = [sign * number for number in range(1, WEEKS + 1) for sign in (1, -1)]
    Random(told.name).shuffle(lot)
    moments, encounter = [at for at, _ in told.moments()], told.expected.get("encounter")
    return new_scenario(told.document, told.client, house(), encounter=encounter, moments=moments, weeks=lot)


def read_back(new: NewScenario, tmp_path: Path, payers: Path | None) -> Scenario:
    """Read the two files as the tests of the scenarios do."""
    expected: dict[str, Any] = yaml.load(new.expected, Loader=yaml.BaseLoader)  # noqa: S506 - text only
    different = copy.deepcopy(expected.get("client", {}))
    if payers is not None:
        different.setdefault("practice", {})["payers"] = str(payers)
    client = DEFAULT
    if different:
        client = load_clients(client_file(different, tmp_path / "new.yaml"), house().book.payers)["ehr"]
    return Scenario("new", new.request, expected, client)


def shifted(told: Any, by: timedelta) -> Any:
    """Shift whatever looks like a date in the expectations."""
    if isinstance(told, dict):
        return {key: shifted(value, by) for key, value in told.items()}
    try:
        moment = datetime.fromisoformat(told)
    except (TypeError, ValueError):
        return told
    return f"{moment + by:%Y-%m-%d %H:%M}" if ":" in told else f"{moment + by:%Y-%m-%d}"


@pytest.mark.parametrize("name", SAMPLE)
def test_it_meets_the_expectations_of_the_first(name: str, tmp_path: Path) -> None:
    told = scenario(name, tmp_path)
    new = made(told)
    again = read_back(new, tmp_path, told.client.payers)
    if not lint(told.document):
        assert lint(again.document) == []
    was = [at.replace(tzinfo=None) for at, _ in told.moments()]
    now = [datetime.fromisoformat(a["at"]) for a in again.expected["assessments"]]
    by = now[0] - was[0]
    assert by
    assert by % timedelta(weeks=1) == timedelta(0)
    assert [at - by for at in now] == was
    if name in NO_OTHER_WEEK_IS_LIKE_IT:
        assert "not judged as the record was" in new.notes[0]
        return
    wanted = {**told.expected, "facts": shifted(told.expected.get("facts") or {}, by)}
    for (at, _), (_, expected) in zip(again.moments(), told.moments(), strict=True):
        _check(
            Scenario("new", new.request, again.expected | {"facts": wanted["facts"]}, again.client),
            at,
            shifted(expected, by),
        )
    for (at, expected), (_, first) in zip(again.moments(), told.moments(), strict=True):
        if first.get("cards") == ["not reviewed"]:
            assert "facts" not in again.expected
            continue
        _check(again, at, expected)  # the facts that it filled in itself


def test_the_sample_is_large_and_has_every_key_of_a_client_s_entry() -> None:
    assert len(SAMPLE) >= 40
    assert [key for key in ENTRIES if not _telling(key)] == []


def test_a_person_must_still_say_what_is_right(tmp_path: Path) -> None:
    told = scenario("medicare_photo_that_led_to_a_visit", tmp_path)
    again = read_back(made(told), tmp_path, None)
    assert again.expected["story"] == ""
    assert again.expected["basis"] == []
    assert all(set(a) == {"at"} for a in again.expected["assessments"])


def test_two_scenarios_of_one_record_are_shifted_differently(tmp_path: Path) -> None:
    told = scenario("medicare_photo_answered_same_day", tmp_path)
    new = [new_scenario(told.document, told.client, house()) for _ in range(8)]
    days = {read_back(n, tmp_path, None).expected["facts"]["date of service"] for n in new}
    assert len(days) > 1
    assert told.expected["facts"]["date of service"] not in days
