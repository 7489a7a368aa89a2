"""The command: its options, its exit codes (0 answered, 2 unusable), and no traceback and no patient's value ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import cds_service.cli
from cds_service.cli import main

from .scenario import FOLDER, house

PHOTO = FOLDER / "medicare_photo_that_led_to_a_visit" / "request.json"
ANOTHER = FOLDER / "medicare_photo_answered_same_day" / "request.json"
BUNDLE = FOLDER / "dialect_bundle_of_urn_uuids" / "request.json"
SIGN_OFF = "2026-11-23T15:30"
SIGNOFF = Path(sys.executable).with_name("signoff")

CLIENTS = """\
riverside:
  issuer: https://ehr.riverside.example
  jwks_url: https://ehr.riverside.example/jwks
  practice: {time_zone: America/Chicago}
quiet:
  issuer: https://ehr.quiet.example
  jwks_url: https://ehr.quiet.example/jwks
  quiet_holds: yes
  practice: {time_zone: America/New_York}
"""


@pytest.fixture(autouse=True)
def content_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command opens the house at every call; here all calls share one."""
    for name in [n for n in os.environ if n.startswith("SIGNOFF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(cds_service.cli, "open_house", lambda url: replace(house(), public_url=url))


def run(*given_: str | Path, stdin: bytes | str | None = None, **environment: str) -> Result:
    return CliRunner().invoke(main, [str(g) for g in given_], input=stdin, env=environment)


def answered(*given_: str | Path, stdin: bytes | None = None, **environment: str) -> dict[str, Any]:
    result = run(*given_, stdin=stdin, **environment)
    assert result.exit_code == 0, result.output[:300]
    printed: dict[str, Any] = orjson.loads(result.stdout)
    return printed


def refused(*given_: str | Path, stdin: bytes | str | None = None, **environment: str) -> str:
    """Return the message of a refusal: exit 2, nothing on stdout, no traceback."""
    result = run(*given_, stdin=stdin, **environment)
    assert result.exit_code == 2, result.output[:300]
    assert isinstance(result.exception, SystemExit)
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith(("Error: ", "Usage: "))
    return result.stderr


def request(path: Path = PHOTO) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(path.read_bytes())
    return loaded


# --- check ---


def test_json_prints_the_cards_and_the_assessment_of_the_contract() -> None:
    printed = answered("check", PHOTO, "--json", "--at", SIGN_OFF)
    assert set(printed) == {"assessment", "cards"}
    told = printed["assessment"]
    assert (told["best"], told["outcome"]) == ("G2010", "hold")
    assert told["at"] == "2026-11-23T15:30:00-05:00"
    assert told["dateOfService"] == "2026-11-23"
    assert told["recheckAt"] == "2026-11-24T15:20:00-05:00"
    assert told["payer"] == "medicare"
    assert told["reporter"] == "E/M"
    assert told["payment"]["amount"] == "14.69"
    assert {c["code"] for c in told["candidates"]} >= {"G2010", "G2250"}


def test_without_json_it_prints_the_card_and_every_finding_with_its_source() -> None:
    result = run("check", PHOTO, "--at", SIGN_OFF)
    assert result.exit_code == 0
    assert "Hold G2010 until Tue Nov 24 15:20" in result.stdout
    assert "look_ahead" in result.stdout
    assert "83 FR 59452" in result.stdout
    assert not result.stdout.startswith("{")


def test_a_quiet_answer_says_so_in_words() -> None:
    silent = FOLDER / "silent_charged_and_complete"
    at = next(line.split(": ", 1)[1] for line in (silent / "expected.yaml").read_text().splitlines() if "at: " in line)
    result = run("check", silent / "request.json", "--at", at.split("#")[0].strip())
    assert result.exit_code == 0
    assert "Nothing to say" in result.stdout


@pytest.mark.parametrize(
    ("at", "meant"),
    [
        ("2026-11-23T15:30", "2026-11-23T15:30:00-05:00"),
        ("2026-11-23 15:30", "2026-11-23T15:30:00-05:00"),
        ("2026-11-23T15:30:10", "2026-11-23T15:30:10-05:00"),
        ("2026-11-23T15:30:00-05:00", "2026-11-23T15:30:00-05:00"),
        ("2026-11-23T20:30:00Z", "2026-11-23T15:30:00-05:00"),
        ("2026-11-23T14:30:00-06:00", "2026-11-23T15:30:00-05:00"),
    ],
)
def test_a_moment_is_the_practice_s_unless_it_names_its_zone(at: str, meant: str) -> None:
    assert answered("check", PHOTO, "--json", "--at", at)["assessment"]["at"] == meant


@pytest.mark.parametrize("at", ["2026-11-23", "yesterday", "", "15:30", "2026-13-01T10:00", "2026-11-23T25:00", "now"])
def test_a_moment_that_is_none_is_refused(at: str) -> None:
    assert "--at" in refused("check", PHOTO, "--at", at)


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00", "9999-12-31T23:59", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"]
)
def test_a_moment_at_the_end_of_time_is_answered_or_refused_but_never_breaks(at: str) -> None:
    result = run("check", PHOTO, "--json", "--at", at)
    assert result.exit_code in {0, 2}
    assert result.exception is None or isinstance(result.exception, SystemExit)


def test_without_at_it_is_judged_as_of_now() -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    at = datetime.fromisoformat(answered("check", PHOTO, "--json")["assessment"]["at"])
    assert before <= at <= datetime.now(UTC)


def test_a_dash_reads_standard_input() -> None:
    from_file = answered("check", PHOTO, "--json", "--at", SIGN_OFF)["assessment"]
    assert answered("check", "-", "--json", "--at", SIGN_OFF, stdin=PHOTO.read_bytes())["assessment"] == from_file


def test_a_bundle_is_answered_and_its_encounter_may_be_named() -> None:
    assert answered("check", BUNDLE, "--json")["assessment"]["candidates"]
    said = refused("check", BUNDLE, "--encounter", "nobody")
    assert "Encounter" in said
    assert "there are" in said


def test_a_hook_request_names_its_own_encounter() -> None:
    own = request()["context"]["encounterId"]
    assert run("check", PHOTO, "--encounter", own, "--at", SIGN_OFF).exit_code == 0
    assert "--encounter" in refused("check", PHOTO, "--encounter", "another")


# --- clients ---


@pytest.fixture
def clients(tmp_path: Path) -> str:
    path = tmp_path / "clients.yaml"
    path.write_text(CLIENTS)
    return str(path)


def test_a_client_s_practice_is_judged_by(clients: str) -> None:
    printed = answered("check", PHOTO, "--json", "--at", SIGN_OFF, "--client", "riverside", SIGNOFF_CLIENTS=clients)
    assert printed["assessment"]["at"] == "2026-11-23T15:30:00-06:00"


def test_a_client_that_wants_quiet_holds_is_not_shown_one(clients: str) -> None:
    given_ = ("check", FOLDER / "quiet_hold" / "request.json", "--json", "--at", "2026-11-03T12:00")
    loud, quiet = answered(*given_), answered(*given_, "--client", "quiet", SIGNOFF_CLIENTS=clients)
    if loud["assessment"]["outcome"] == "hold":
        assert loud["cards"]
        assert quiet["cards"] == []


def test_a_client_that_is_not_there_is_named_with_those_that_are(clients: str) -> None:
    said = refused("check", PHOTO, "--client", "lakeside", SIGNOFF_CLIENTS=clients)
    assert "lakeside" in said
    assert "riverside" in said
    assert "SIGNOFF_CLIENTS" in refused("check", PHOTO, "--client", "riverside")


def test_a_wrong_client_file_or_setting_is_told_plainly(tmp_path: Path) -> None:
    wrong = tmp_path / "clients.yaml"
    wrong.write_text("riverside: {issuer: x}\n")
    assert "clients.yaml:1" in refused("check", PHOTO, "--client", "riverside", SIGNOFF_CLIENTS=str(wrong))
    nowhere = str(tmp_path / "nowhere.yaml")
    assert "nowhere.yaml" in refused("check", PHOTO, "--client", "riverside", SIGNOFF_CLIENTS=nowhere)
    assert "SIGNOFF_COLOUR" in refused("check", PHOTO, SIGNOFF_COLOUR="blue")


# --- strict ---


def test_strict_passes_what_is_valid_and_says_so_beside_the_answer() -> None:
    result = run("check", PHOTO, "--strict", "--json", "--at", SIGN_OFF)
    assert result.exit_code == 0
    assert "valid FHIR R4B" in result.stderr
    assert orjson.loads(result.stdout)["assessment"]["best"] == "G2010"


def test_strict_names_every_error_with_its_path_and_no_value() -> None:
    document = request()
    document["prefetch"]["patient"]["birthDate"] = "MARTHA-1958"
    document["prefetch"]["encounter"]["status"] = ["SECRET"]
    document["prefetch"]["encounter"]["colour"] = "SECRET"
    said = refused("check", "-", "--strict", stdin=orjson.dumps(document))
    assert "prefetch.patient.birthDate: " in said
    assert "prefetch.encounter.status" in said
    assert "prefetch.encounter.colour: " in said
    assert "SECRET" not in said
    assert "MARTHA" not in said


def test_strict_names_errors_in_the_entries_of_searches_and_drafts() -> None:
    document = request()
    key = next(k for k, v in document["prefetch"].items() if v and v.get("entry"))
    document["prefetch"][key]["entry"][0]["resource"]["id"] = "not an id!"
    document["context"]["drafts"] = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": {"resourceType": "Nonsense"}}],
    }
    said = refused("check", "-", "--strict", stdin=orjson.dumps(document))
    assert f"prefetch.{key}.entry[0].resource.id: " in said
    assert "context.drafts.entry[0].resource: no resource type of FHIR R4B" in said


def test_without_strict_the_same_request_is_answered() -> None:
    document = request()
    document["prefetch"]["patient"]["birthDate"] = "MARTHA-1958"
    assert (
        answered("check", "-", "--json", "--at", SIGN_OFF, stdin=orjson.dumps(document))["assessment"]["best"]
        == "G2010"
    )


# --- unusable input ---


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"not json at all", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not JSON"),
        (b'{"a": 1}\n{"a": 2}', "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b"[" * 5000 + b"]" * 5000, "not JSON"),
        (b"[]", "JSON object"),
        (b'"hook"', "JSON object"),
        (b"null", "JSON object"),
        (b"{}", "hook request"),
        (b'{"resourceType": "Patient", "id": "p1"}', "hook request"),
        (b'{"resourceType": 7}', "hook request"),
        (b'{"resourceType": "Bundle"}', "Encounter"),
        (b'{"resourceType": "Bundle", "entry": "x"}', "Encounter"),
        (b'{"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Encounter", "id": "e1"}}]}', "patient"),
        (b'{"hook": "org.signoff-cds.encounter-sign"}', "context"),
        (b'{"hook": "org.signoff-cds.encounter-sign", "context": []}', "context"),
    ],
)
def test_input_that_cannot_be_used_is_refused_with_what_was_expected(given_: bytes, said: str) -> None:
    message = refused("check", "-", stdin=given_)
    assert said in message
    assert "expected" in message


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused("check", tmp_path / "nowhere.json")
    assert "cannot be read" in refused("check", tmp_path)


def test_a_wrong_option_is_refused() -> None:
    assert "--jsn" in refused("check", PHOTO, "--jsn")
    assert "FILE" in refused("check")


def test_no_value_of_the_patient_stands_in_a_refusal() -> None:
    document = request()
    document["prefetch"]["patient"]["name"] = [{"family": "SECRETNAME"}]
    document["prefetch"]["encounter"]["subject"] = {"reference": "Patient/another", "display": "SECRETNAME"}
    assert "SECRETNAME" not in refused("check", "-", stdin=orjson.dumps(document))


def test_an_id_that_looks_like_markup_breaks_no_table() -> None:
    document = orjson.dumps(request())
    charted = request()
    message = next(
        e["resource"]
        for e in charted["prefetch"]["communications"]["entry"]
        if e["resource"].get("id") and e["resource"].get("sent")
    )
    marked = document.replace(f'"{message["id"]}"'.encode(), b'"[/red][bold]x"')
    result = run("check", "-", "--at", SIGN_OFF, stdin=marked)
    assert result.exit_code == 0, repr(result.exception)
    assert "[/red][bold]x" in result.stdout


def test_a_source_or_word_in_brackets_is_shown_as_it_is() -> None:
    result = run("rules", "G2010")
    assert result.exit_code == 0


# --- no mutation breaks it ---

JUNK = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.just([]), st.just({}), st.just([[]]))


@given(st.data())
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_put_into_a_request_it_is_answered_or_refused(data: st.DataObject) -> None:
    document = request(ANOTHER)
    spot: Any = document
    for _ in range(data.draw(st.integers(1, 8))):
        keys = list(spot) if isinstance(spot, dict) else list(range(len(spot)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if isinstance(spot[key], dict | list) and spot[key] and data.draw(st.booleans()):
            spot = spot[key]
        else:
            spot[key] = data.draw(JUNK)
            break
    result = run("check", "-", "--at", SIGN_OFF, stdin=json.dumps(document).encode())
    assert result.exit_code in {0, 2}, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception


# --- rules and content ---


def test_rules_shows_every_code_with_dates_terms_and_sources() -> None:
    result = run("rules")
    assert result.exit_code == 0
    for said in ("G2010", "G2250", "look_back", "2019-01-01", "2021-01-01", "2018-11-23", "83 FR 59452"):
        assert said in result.stdout


def test_rules_of_one_code_and_payer_shows_only_what_they_and_everyone_ask() -> None:
    result = run("rules", "G2010", "--payer", "medicare")
    assert result.exit_code == 0
    assert "G2250 (edition" not in result.stdout
    assert "medicare" in result.stdout
    assert "everyone" in result.stdout
    assert "aetna" not in result.stdout


def test_rules_of_a_code_or_payer_that_is_not_there_is_refused_with_those_that_are() -> None:
    assert "G2010" in refused("rules", "G9999")
    assert "medicare" in refused("rules", "G2010", "--payer", "nobody")


def test_content_check_counts_what_is_in_order() -> None:
    result = run("content", "check")
    assert result.exit_code == 0
    assert result.stdout.startswith("edition ")
    assert "all in order" in result.stdout


def test_content_check_lists_every_mistake_of_a_folder(tmp_path: Path) -> None:
    said = refused("content", "check", tmp_path)
    assert "edition.txt" in said
    assert "card.yaml" in said
    assert len(said.splitlines()) > 5
    assert "nowhere" in refused("content", "check", tmp_path / "nowhere")


@pytest.mark.parametrize(
    "given_", [["--help"], ["check", "--help"], ["rules", "-h"], ["content", "-h"], ["serve", "-h"]]
)
def test_help_is_there(given_: list[str]) -> None:
    result = run(*given_)
    assert result.exit_code == 0
    assert "Usage" in result.stdout


def test_the_version_is_told() -> None:
    assert "signoff" in run("--version").stdout


# --- the installed command ---


def shell(*given_: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    mine = {k: v for k, v in os.environ.items() if not k.startswith("SIGNOFF_")}
    return subprocess.run([SIGNOFF, *given_], input=stdin, env=mine, capture_output=True, check=False, timeout=60)


def test_the_installed_command_exits_with_0_when_it_answered() -> None:
    done = shell("check", PHOTO, "--json", "--at", SIGN_OFF)
    assert (done.returncode, done.stderr) == (0, b"")
    assert orjson.loads(done.stdout)["assessment"]["best"] == "G2010"


def test_the_installed_command_exits_with_2_and_one_message_when_it_cannot() -> None:
    done = shell("check", "-", stdin=b"nonsense")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(b"Error: ")
    assert b"Traceback" not in done.stderr
