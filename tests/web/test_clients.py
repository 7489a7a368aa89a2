from datetime import date, time
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest

from cds_service.clients import DEFAULT, PAYERS, SERVICES, Backend, Client, load_clients
from cds_service.errors import ContentError
from cds_service.fhir.customs import LicenceOnFile
from cds_service.settings import Settings
from cds_service.web import create_app, services

CONTRACT = """\
riverside:
  issuer: https://ehr.riverside.example
  jwks: riverside-jwks.json            # a file, or jwks_url: https://…
  algorithms: [ES384, RS384]
  audiences: []                        # beyond the URL that is called
  discovery: signed                    # or open
  origins: []                          # CORS; demo adds the public sandbox
  fhir_servers: [https://ehr.riverside.example/fhir]
  private_addresses: no                # yes only where the EHR lives on a private network
  cds_hooks: "2.0"                     # "3.0" turns on today() tokens and discovery version
  hooks: {image-review: [com.riverside.note-sign]}
  encounter_classes: {Portal: VR}
  payer_map: {"123": medicare}         # by payor identifier or plan
  reporters: {"1477523413": E/M}       # by NPI
  smart: {client_id: signoff, key: smart-key.pem, frame_ancestors: ["https://ehr.riverside.example"]}
  backend: {client_id: signoff-backend, token_url: https://ehr.riverside.example/token, key: backend-key.pem}
  release: list                        # or write
  quiet_holds: no
  practice:                            # the default
    time_zone: America/New_York
    business_days: [mon, tue, wed, thu, fri]
    open: ["08:00", "17:00"]
    holidays: {country: US, closed: [2026-11-27]}
    locality: {state: NY, number: "01"}
    setting: nonfacility
    place_of_service: "11"
    qualifying_apm: no
    licences: [{npi: "1477523413", state: NY, until: 2028-06-30}]
    enrolments: [{npi: "1477523413", payers: [medicare]}]
    cmmi_models: []
    payers: payers/
"""
SMALLEST = "a:\n  issuer: https://a.example\n  jwks: a.json\n  practice: {time_zone: America/Chicago}\n"


def read(folder: Path, text: str) -> dict[str, Client]:
    path = folder / "clients.yaml"
    path.write_text(text, encoding="utf-8")
    return dict(load_clients(path))


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ContentError) as caught:
        read(folder, text)
    return [said.removeprefix(f"{folder}/") for said in caught.value.problems]


def test_the_contract_s_example_is_read_to_the_last_key(tmp_path: Path) -> None:
    client = read(tmp_path, CONTRACT)["riverside"]
    practice = client.customs.practice
    assert client.issuer == "https://ehr.riverside.example"
    assert client.jwks == tmp_path / "riverside-jwks.json"
    assert client.jwks_url is None
    assert client.algorithms == ("ES384", "RS384")
    assert (client.discovery, client.cds_hooks, client.release) == ("signed", "2.0", "list")
    assert not client.private_addresses
    assert not client.quiet_holds
    assert client.hooks == {"image-review": ("com.riverside.note-sign",)}
    assert client.customs.encounter_classes == {"Portal": "VR"}
    assert client.customs.payer_map == {"123": "medicare"}
    assert client.customs.reporters == {"1477523413": "E/M"}
    assert client.smart is not None
    assert client.smart.key == tmp_path / "smart-key.pem"
    assert client.backend == Backend(
        "signoff-backend", "https://ehr.riverside.example/token", tmp_path / "backend-key.pem"
    )
    assert practice.zone == ZoneInfo("America/New_York")
    assert practice.business_days == {0, 1, 2, 3, 4}
    assert (practice.opens, practice.closes) == (time(8), time(17))
    assert {date(2026, 11, 26), date(2026, 11, 27), date(2026, 12, 25)} <= practice.holidays
    assert (practice.state, practice.locality, practice.place_of_service) == ("NY", "01", "11")
    assert client.customs.licences == (LicenceOnFile("1477523413", "NY", date(2028, 6, 30)),)
    assert client.customs.enrolments == {"1477523413": frozenset({"medicare"})}
    assert client.payers == tmp_path / "payers"


def test_a_client_of_three_keys_has_the_defaults_of_the_contract(tmp_path: Path) -> None:
    client = read(tmp_path, SMALLEST)["a"]
    assert client.customs.practice.zone == ZoneInfo("America/Chicago")
    usual, mine = DEFAULT.customs.practice, client.customs.practice
    assert mine.holidays == usual.holidays
    assert (mine.opens, mine.closes, mine.state, mine.locality) == (usual.opens, usual.closes, "NY", "01")
    assert client.algorithms == ("ES384", "RS384")
    assert (client.origins, client.fhir_servers, client.hooks, client.smart, client.backend) == ((), (), {}, None, None)


def test_the_default_practice_has_no_licences_enrolments_or_closures() -> None:
    practice = DEFAULT.customs.practice
    assert DEFAULT.customs.licences == ()
    assert DEFAULT.customs.enrolments is None
    assert date(2026, 11, 26) in practice.holidays
    assert date(2026, 11, 27) not in practice.holidays
    assert (practice.zone.key, practice.setting, practice.place_of_service) == ("America/New_York", "nonfacility", "11")


@pytest.mark.parametrize(
    ("day", "kept"),
    [
        ("2026-07-03", True),  # the Fourth is a Saturday: kept on the Friday
        ("2027-07-05", True),  # a Sunday: kept on the Monday
        ("2026-06-19", True),
        ("2020-06-19", False),  # Juneteenth began in 2021
        ("2026-10-12", True),  # Columbus Day
        ("2026-11-11", True),
        ("2026-04-03", False),  # Good Friday is none
        ("2021-12-31", True),  # New Year's Day of 2022, a Saturday
        ("2015-01-01", True),
        ("2045-12-25", True),
    ],
)
def test_the_usual_holidays_are_the_federal_ones_as_they_are_kept(day: str, kept: bool) -> None:
    assert (date.fromisoformat(day) in DEFAULT.customs.practice.holidays) is kept


def test_yaml_is_read_as_text(tmp_path: Path) -> None:
    client = read(
        tmp_path,
        SMALLEST.replace(
            "{time_zone: America/Chicago}",
            "{time_zone: UTC, place_of_service: 02, locality: {state: NY, number: 01}, cmmi_models: [on, 1e3, 00100]}",
        )
        + "  payer_map: {00123: medicare, on: aetna, 2026-01-01: cigna}\n",
    )["a"]
    assert (client.customs.practice.place_of_service, client.customs.practice.locality) == ("02", "01")
    assert client.customs.payer_map == {"00123": "medicare", "on": "aetna", "2026-01-01": "cigna"}
    assert client.customs.cmmi_models == {"on", "1e3", "00100"}


def test_an_override_takes_the_rest_from_the_usual_practice(tmp_path: Path) -> None:
    text = SMALLEST.replace("time_zone: America/Chicago", 'time_zone: America/Chicago, open: ["09:00", "24:00"]')
    client = read(
        tmp_path,
        text
        + dedent("""\
          practices:
          - match: {organization: Organization/west}
            time_zone: America/Los_Angeles
            holidays: {closed: [2026-12-24]}
            licences: [{npi: "1477523413", state: CA}]
          - {match: {location: Location/ward}, setting: facility, place_of_service: "22", business_days: [sat, sun]}
        """)
        .replace("\n", "\n  ")
        .replace("practices", "  practices", 1),
    )["a"]
    west, ward = client.customs.sites
    assert (west.organization, west.location) == ("Organization/west", None)
    assert west.practice.zone == ZoneInfo("America/Los_Angeles")
    assert (west.practice.opens, west.practice.closes) == (time(9), time(0))
    assert {date(2026, 12, 24), date(2026, 12, 25)} <= west.practice.holidays
    assert ward.practice.zone == ZoneInfo("America/Chicago")
    assert (ward.practice.setting, ward.practice.place_of_service) == ("facility", "22")
    assert ward.practice.business_days == {5, 6}
    assert date(2026, 12, 24) not in ward.practice.holidays
    assert client.customs.licences == (LicenceOnFile("1477523413", "CA", None),)


@pytest.mark.parametrize(
    ("right", "wrong", "line", "told"),
    [
        ("issuer: https", "isuer: https", 2, ["riverside.isuer", "did you mean issuer"]),
        ("  issuer: https://ehr.riverside.example\n", "", 1, ["issuer, which is required"]),
        ("  jwks: riverside-jwks.json ", "  # ", 1, ["either jwks or jwks_url"]),
        ("jwks: riverside-jwks.json", "jwks: a.json\n  jwks_url: https://x.example/jwks", 1, ["either jwks or"]),
        ("jwks: riverside-jwks.json", "jwks_url: http://x.example/jwks", 3, ["jwks_url", "https://"]),
        ("[ES384, RS384]", "[ES384, HS256]", 4, ["algorithms[1]", "RS384", "did you mean"]),
        ("[ES384, RS384]", "[]", 4, ["at least 1"]),
        ("[ES384, RS384]", "ES384", 4, ["a list"]),
        ("discovery: signed", "discovery: sigend", 6, ["signed, open", "did you mean signed"]),
        ("origins: []", "origins: [https://x.example/path]", 7, ["origins[0]", "without a path"]),
        ("origins: []", "origins: ['*']", 7, ["origins[0]"]),
        ("private_addresses: no", "private_addresses: false", 9, ["yes or no"]),
        ('cds_hooks: "2.0"', 'cds_hooks: "2"', 10, ["2.0, 3.0"]),
        ("{image-review: [com", "{image-reviews: [com", 11, ["did you mean image-review"]),
        ("[com.riverside.note-sign]", "com.riverside.note-sign", 11, ["a list"]),
        ("{Portal: VR}", "{Portal: VIRT}", 12, ["encounter_classes.Portal", "AMB"]),
        ("medicare}         #", "medicre}         #", 13, ["payer_map.123", "did you mean medicare"]),
        ('"1477523413": E/M', "'147752341': E/M", 14, ["ten digits"]),
        ('"1477523413": E/M', "'1477523413': EM", 14, ["E/M, non-E/M, none, unknown"]),
        ("client_id: signoff, key: smart", "key: smart", 15, ["client_id, which is required"]),
        ("smart: {client_id", "smart: {clientid", 15, ["did you mean client_id"]),
        ("token_url: https:", "token_url: http:", 16, ["https://"]),
        ("release: list", "release: auto", 17, ["list, write"]),
        ("quiet_holds: no", "quiet_holds: No", 18, ["yes or no"]),
        ("America/New_York", "America/NewYork", 20, ["did you mean America/New_York"]),
        ("America/New_York", "America", 20, ["a time zone"]),
        ("America/New_York", "../../etc/passwd", 20, ["a time zone"]),
        ("    time_zone: America/New_York\n", "", 19, ["time_zone, which is required"]),
        ("[mon, tue, wed, thu, fri]", "[monday]", 21, ["business_days[0]", "did you mean mon"]),
        ("[mon, tue, wed, thu, fri]", "[]", 21, ["at least 1"]),
        ('["08:00", "17:00"]', '["17:00", "08:00"]', 22, ["later than it opens"]),
        ('["08:00", "17:00"]', '["8am", "5pm"]', 22, ["08:00"]),
        ('["08:00", "17:00"]', '["08:00"]', 22, ["when it closes"]),
        ("country: US", "country: USA", 23, ["did you mean US"]),
        ("[2026-11-27]", "[2026-02-30]", 23, ["closed[0]", "a date"]),
        ("[2026-11-27]", "[27.11.2026]", 23, ["a date"]),
        ("state: NY, number", "state: New York, number", 24, ["two letters"]),
        ('number: "01"', "number: 1", 24, ["two digits"]),
        (', number: "01"', "", 24, ["number, which is required"]),
        ("nonfacility", "non-facility", 25, ["did you mean nonfacility"]),
        ('place_of_service: "11"', "place_of_service: office", 26, ["two digits"]),
        ("qualifying_apm: no", "qualifying_apm: true", 27, ["yes or no"]),
        ("state: NY, until: 2028-06-30", "until: 2028-06-30", 28, ["licences[0]", "state, which is required"]),
        ("until: 2028", "till: 2028", 28, ["licences[0].till", "did you mean until"]),
        ("payers: [medicare]", "payers: [medicaire]", 29, ["enrolments[0].payers[0]", "did you mean medicare"]),
        ("payers: payers/", "payer: payers/", 31, ["practice.payer", "did you mean payers"]),
        ("payers: payers/", "payers:", 31, ["a text"]),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_line_and_what_was_expected(
    tmp_path: Path, right: str, wrong: str, line: int, told: list[str]
) -> None:
    assert CONTRACT.count(right) == 1
    said = problems(tmp_path, CONTRACT.replace(right, wrong))
    one = next(problem for problem in said if all(words in problem for words in told))
    assert one.startswith(f"clients.yaml:{line}: riverside")
    assert "expected" in one


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = (
        CONTRACT.replace("issuer:", "isuer:").replace("NY, number", "ny, number").replace("release: list", "release: x")
    )
    assert len(problems(tmp_path, text)) == 4  # isuer is unknown, and issuer is missing


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "at least one client"),
        ("# nothing yet\n", "at least one client"),
        ("[a, b]", "at least one client"),
        ("a: 1", "the keys issuer"),
        ("a:\n", "the keys issuer"),
        ("a: [1", "YAML"),
        ("a: {b: 1, b: 2}", "twice"),
        ("a:\n\tb: 1", "YAML"),
        (SMALLEST + SMALLEST.replace("a:", "b:", 1), "another issuer than that of a"),
        (SMALLEST + "  practices: [{match: {}, setting: facility}]\n", "organization or location"),
        (SMALLEST + "  practices: [{setting: facility}]\n", "match, which is required"),
    ],
)
def test_a_file_that_is_no_list_of_clients_is_refused(tmp_path: Path, text: str, told: str) -> None:
    assert any(told in said for said in problems(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"none\.yaml"):
        load_clients(tmp_path / "none.yaml")


def test_a_wrong_file_of_clients_stops_the_start(tmp_path: Path) -> None:
    (tmp_path / "clients.yaml").write_text("a: {}", encoding="utf-8")
    with pytest.raises(ContentError, match="issuer"):
        create_app(Settings(clients=tmp_path / "clients.yaml"))


def test_a_client_s_hooks_and_origins_are_served(tmp_path: Path) -> None:
    path = tmp_path / "clients.yaml"
    path.write_text(CONTRACT.replace("origins: []", "origins: [https://ehr.riverside.example]"), encoding="utf-8")
    web = create_app(Settings(clients=path)).test_client()
    listed = web.get("/cds-services", headers={"Origin": "https://ehr.riverside.example"})
    assert [entry["hook"] for entry in listed.json["services"]] == [  # type: ignore[index]
        "org.signoff-cds.encounter-sign",
        "encounter-discharge",
        "com.riverside.note-sign",
    ]
    assert listed.headers["Access-Control-Allow-Origin"] == "https://ehr.riverside.example"


def test_the_file_knows_every_service_that_is_served() -> None:
    assert {service.id for service in services.SERVICES} <= set(SERVICES)
    assert len(PAYERS) == 10
