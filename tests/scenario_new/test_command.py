"""`signoff scenario new`: what it writes, what it says, and what it never says."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
import yaml
from click.testing import CliRunner, Result

import cds_service.cli
from cds_service.cli import main
from tests.scenario import FOLDER, client_file, house, scenario

PHOTO = FOLDER / "medicare_photo_that_led_to_a_visit" / "request.json"
SIGN_OFF = "2026-11-23T15:30"


@pytest.fixture(autouse=True)
def content_loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [n for n in os.environ if n.startswith("SIGNOFF_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(cds_service.cli, "open_house", lambda url: replace(house(), public_url=url))


def run(*given: str | Path, stdin: bytes | None = None, **environment: str) -> Result:
    return CliRunner().invoke(main, ["scenario", "new", *(str(g) for g in given)], input=stdin, env=environment)


def test_it_writes_a_folder_with_both_files(tmp_path: Path) -> None:
    out = tmp_path / "made" / "here"
    result = run(PHOTO, "--at", SIGN_OFF, "--at", "2026-11-23T17:30", "--out", out)
    assert result.exit_code == 0, result.output
    assert result.stdout.strip() == str(out)
    assert sorted(p.name for p in out.iterdir()) == ["expected.yaml", "request.json"]
    expected = yaml.load((out / "expected.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - text only
    assert expected["facts"]["payer"] == "medicare"
    assert expected["facts"]["problem"] == "L30"
    assert [a["at"][-5:] for a in expected["assessments"]] == ["15:30", "17:30"]
    assert orjson.loads((out / "request.json").read_bytes())["hook"] == "org.signoff-cds.encounter-sign"


def test_it_reads_standard_input_and_finds_the_moment_itself(tmp_path: Path) -> None:
    result = run("-", "--out", tmp_path / "new", stdin=PHOTO.read_bytes())
    assert result.exit_code == 0, result.output
    expected = yaml.load((tmp_path / "new" / "expected.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - text only
    assert expected["assessments"][0]["at"].endswith("15:28")  # the encounter's end


def test_a_scenario_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    assert run(PHOTO, "--at", SIGN_OFF, "--out", tmp_path).exit_code == 0
    before = (tmp_path / "request.json").read_bytes()
    result = run(PHOTO, "--at", SIGN_OFF, "--out", tmp_path)
    assert result.exit_code == 2
    assert "give another folder" in result.stderr
    assert (tmp_path / "request.json").read_bytes() == before


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (b"{", "not JSON"),
        (b"{}", "expected a hook request"),
        (b'{"resourceType": "Bundle"}', "expected an Encounter to review"),
        (b'{"resourceType": "Patient", "id": "ZZPHI"}', "expected a hook request"),
    ],
)
def test_what_cannot_be_used_is_told_plainly(given: bytes, says: str, tmp_path: Path) -> None:
    result = run("-", "--out", tmp_path / "new", stdin=given)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "ZZPHI" not in result.output
    assert not (tmp_path / "new").exists()


def test_a_record_that_tells_no_moment_needs_one(tmp_path: Path) -> None:
    encounter = {"resourceType": "Encounter", "id": "e", "subject": {"reference": "Patient/p"}}
    bundle = orjson.dumps({"resourceType": "Bundle", "entry": [{"resource": encounter}]})
    result = run("-", "--out", tmp_path / "new", stdin=bundle)
    assert result.exit_code == 2
    assert "--at: expected a moment" in result.stderr
    assert run("-", "--at", SIGN_OFF, "--out", tmp_path / "new", stdin=bundle).exit_code == 0


def test_a_client_s_entry_goes_with_it_by_the_made_up_npi_and_the_old_one_is_not_said(tmp_path: Path) -> None:
    found = [n for n in FOLDER.iterdir() if n.is_dir() and "reporters:" in (n / "expected.yaml").read_text()]
    told = scenario(found[0].name, tmp_path)
    clients = client_file(told.expected["client"], tmp_path / "clients.yaml")
    [(npi, kind)] = told.client.customs.reporters.items()
    at = told.expected["assessments"][0]["at"]
    out = tmp_path / "new"
    result = run(found[0] / "request.json", "--client", "ehr", "--at", at, "--out", out, SIGNOFF_CLIENTS=str(clients))
    assert result.exit_code == 0, result.output
    assert "reporters" in result.stderr
    expected = (out / "expected.yaml").read_text()
    assert npi not in result.output + expected + (out / "request.json").read_text()
    assert list(yaml.load(expected, Loader=yaml.BaseLoader)["client"]["reporters"].values()) == [kind]  # noqa: S506 - text only


def test_it_does_not_say_by_how_much_the_dates_are_shifted(tmp_path: Path) -> None:
    result = run(PHOTO, "--at", SIGN_OFF, "--out", tmp_path / "new")
    assert "week" not in result.output
