"""The parts of a new scenario: the shift, the names, the phrases, the codes that are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.fhir.fields.coverage import plain, wanted_words
from cds_service.fhir.fields.interpretations import speaks_against
from cds_service.fhir.moments import read_moment
from cds_service.scenario.chart import cleaned
from cds_service.scenario.clock import Shift
from cds_service.scenario.names import Names
from cds_service.scenario.phrases import Phrases
from cds_service.scenario.vocabulary import REMOVED, UNKNOWN, is_published
from tests.scenario import house

ZONE = ZoneInfo("America/New_York")
ON = date(2026, 11, 23)
TABLES = house().book.tables
PHRASES = Phrases(TABLES)


# --- the shift ---


@pytest.mark.parametrize(
    ("told", "weeks", "becomes"),
    [
        ("2026-11-23T15:30:00-05:00", 1, "2026-11-30T15:30:00-05:00"),
        ("2026-11-23T15:30:00-05:00", -10, "2026-09-14T15:30:00-04:00"),  # summer time: the clock shows the same
        ("2026-11-23T20:30:00Z", -10, "2026-09-14T19:30:00Z"),
        ("2026-11-23T21:30:00.250+01:00", 1, "2026-11-30T15:30:00.250000-05:00"),  # another zone is nobody's business
        ("2026-11-23T15:30", 1, "2026-11-30T15:30:00"),
        ("2026-11-23", 2, "2026-12-07"),
        ("2026-11", 2, "2026-11"),
        ("2026", -52, "2025"),
        ("9999-12-31", 5, "9999-12-31"),
        ("0001-01-01T00:00:00Z", 5, "0001-01-01"),
        ("1931-05-05", 1, None),  # whatever tells that someone is older than 89
        ("next week", 1, None),
    ],
)
def test_a_date_is_shifted_by_weeks_of_the_wall_clock(told: str, weeks: int, becomes: str | None) -> None:
    assert Shift(weeks, ZONE, ON).text(told) == becomes


instants = st.datetimes(datetime(2020, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
weeks_ = st.integers(-52, 52).filter(bool)


@given(instants, weeks_, st.sampled_from(["Z", "-05:00", "+05:30"]))
def test_weekday_and_time_of_day_stay(instant: datetime, weeks: int, spelling: str) -> None:
    zone = UTC if spelling == "Z" else datetime.strptime(spelling, "%z").tzinfo
    told = instant.replace(microsecond=0).astimezone(zone).isoformat().replace("+00:00", "Z")
    becomes = Shift(weeks, ZONE, ON).text(told)
    assert becomes is not None
    old, new = read_moment(told, ZONE), read_moment(becomes, ZONE)
    assert old is not None
    assert new is not None
    was, now = old.first.astimezone(ZONE), new.first.astimezone(ZONE)
    if now.hour == was.hour:  # an hour that does not exist on the new day is read as the next
        assert f"{was:%A %H:%M:%S}" == f"{now:%A %H:%M:%S}"
        assert now.date() - was.date() == timedelta(weeks=weeks)
    else:
        assert f"{now:%m}" == "03"


@pytest.mark.parametrize(
    ("born", "becomes"), [("1957-06-13", "1957"), ("1990", "1990"), ("1921-02-03", "1936"), ("x", None)]
)
def test_of_a_birth_the_year_stays_and_of_the_very_old_not_even_that(born: str, becomes: str | None) -> None:
    assert Shift(1, ZONE, ON).birth(born) == becomes


# --- the names ---


@given(st.lists(st.text("aB09-.", min_size=1, max_size=6), min_size=2, max_size=30, unique=True), st.data())
def test_new_ids_sort_as_the_old_did(ids: list[str], data: st.DataObject) -> None:
    uuids = {i for i in ids if data.draw(st.booleans())}
    names = Names()

    def ask() -> dict[str, str]:
        return {i: names.reference(f"urn:uuid:{i}" if i in uuids else f"Media/{i}") for i in ids}

    ask()
    names.settle()
    ask()
    new = {i: names.of("id", i) for i in ids}
    assert sorted(ids) == sorted(ids, key=new.__getitem__)
    assert len(set(new.values())) == len(ids)


def test_one_id_is_renamed_alike_in_every_way_of_referring_to_it() -> None:
    spellings = [
        "Patient/7",
        "https://a.org/fhir/Patient/7",
        "https://a.org/fhir/Patient/7/_history/3",
        "7",
        "urn:uuid:7",
    ]
    names = Names()
    [names.reference(s) for s in spellings]
    names.settle()
    own = names.of("id", "7")
    assert [names.reference(s) for s in spellings] == [
        f"Patient/{own}",
        f"https://ehr.example.org/fhir/Patient/{own}",
        f"https://ehr.example.org/fhir/Patient/{own}/_history/1",
        own,
        f"urn:uuid:{own}",
    ]
    assert names.reference("#") == "#"


def test_a_made_up_npi_has_its_check_digit_and_begins_as_no_npi_does() -> None:
    names = Names()
    for number in ("1234567893", "1999999984"):
        names.of("npi", number)
    names.settle()
    for number in names.npis().values():
        assert number.startswith("9")
        digits = [int(d) for d in "80840" + number]
        doubled = [d * 2 if place % 2 else d for place, d in enumerate(reversed(digits))]
        assert sum(d // 10 + d % 10 for d in doubled) % 10 == 0


# --- the phrases ---

fillers = st.text("abcdefghij .,-", max_size=8)


@given(st.lists(st.tuples(fillers, st.sampled_from(TABLES.inadequate_phrases)), max_size=4))
def test_what_is_left_of_a_finding_speaks_against_the_images_as_the_finding_did(parts: list[tuple[str, str]]) -> None:
    class Read:
        tables = TABLES

    told = " ".join(word for part in parts for word in part)
    reading: Any = Read()
    assert speaks_against(reading, [PHRASES.said("images", told) or REMOVED]) == speaks_against(reading, [told])


names_ = [row.match for row in TABLES.payer_names if row.where == "name"]


@given(
    st.lists(st.sampled_from([*names_, "Choice", "of", "New York", "plan", "part"]), max_size=5),
    st.sampled_from([" ", "-", ", "]),
)
def test_what_is_left_of_a_payer_s_name_names_the_same_payers(parts: list[str], between: str) -> None:
    def found(told: str) -> set[str]:
        return {name for name in names_ if wanted_words(name) in f" {plain(told)}  "}

    told = between.join(parts).title()
    assert found(PHRASES.said("payer", told) or REMOVED) == found(told)


@pytest.mark.parametrize(
    "about", ["consent", "images", "channel", "topic", "medium", "time", "note", "payer", "licence", "board"]
)
@pytest.mark.parametrize(
    "made_up", [REMOVED, UNKNOWN, "local-0001", "ID-0002", "PLAN-0003", "https://ehr.example.org/codes/0001"]
)
def test_what_stands_in_for_a_text_says_nothing(about: Any, made_up: str) -> None:
    assert PHRASES.said(about, made_up) is None


@pytest.mark.parametrize(
    ("about", "told", "left"),
    [
        ("consent", "I, John Smith, agree to Telehealth  services and any COPAY", "copay; telehealth"),
        ("images", "Sent by Mary: too  blurry, please resubmit", "too blurry; resubmit"),
        ("medium", "Dr. Jones's Voice Mail", "voicemail"),
        ("channel", "MyChart message (auto-reply)", "automatic; mychart"),
        ("payer", "Smith Family Medicare Part B", "medicare part b"),
        ("board", "New York State Education Department", "Licensing board NY"),
        ("nothing", "cost sharing", None),
    ],
)
def test_of_a_text_the_phrases_that_decide_are_left(about: Any, told: str, left: str | None) -> None:
    assert PHRASES.said(about, told) == left


# --- the codes ---

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"


@pytest.mark.parametrize(
    ("system", "code", "kept"),
    [
        (SNOMED, "448337001", True),
        (SNOMED, "448337002", False),
        (LOINC, "11506-3", True),
        (LOINC, "11506-4", False),
        ("http://nucc.org/provider-taxonomy", "207N00000X", True),
        ("http://nucc.org/provider-taxonomy", "555-12-3456", False),
        ("http://hl7.org/fhir/sid/icd-10-cm", "L30.9", True),
        ("http://www.ama-assn.org/go/cpt", "99213", True),
        ("http://www.ama-assn.org/go/cpt", "John Smith", False),
        ("https://nahdo.org/sopt", "111", True),
        ("https://nahdo.org/sopt", "555123", False),
        (None, "99213", False),
        (None, "VR", True),
    ],
)
def test_a_code_is_kept_for_being_one_of_its_system_s(system: str | None, code: str, kept: bool) -> None:
    coding = {"code": code} | ({"system": system} if system else {})
    assert is_published(coding, TABLES) is kept


def test_what_is_not_listed_leaves_its_place_and_a_search_that_was_not_whole_stays_so() -> None:
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": 3,
        "link": [
            {"relation": "self", "url": "https://x.org/Media?patient=123&_count=25"},
            {"relation": "next", "url": "x"},
        ],
        "entry": [{"resource": {"resourceType": "Immunization", "id": "i1"}}, None, {"resource": "x"}],
    }
    kept = cleaned(bundle, Shift(1, ZONE, ON), TABLES)[0]
    assert kept["link"][0]["url"].endswith("?_count=25")
    assert [link["relation"] for link in kept["link"]] == ["self", "next"]
    assert kept["entry"][0]["resource"]["resourceType"] == "Basic"
    assert kept["entry"][1] is None
    assert kept["total"] == 3


@pytest.mark.parametrize(
    ("told", "end", "becomes"),
    [
        ("2026-01-01", False, "2025"),  # begins with a year: shifted as a day, it would tell the shift
        ("2026-12-31", True, "2026"),
        ("2019-06-30", True, "2019"),
        ("2026-10-31", True, "2026-08"),  # ended before the date of service, in the same year
        ("2026-11-22", True, "2026-09-13"),  # on the day before
        ("2026-11-24", False, "2026-09-15"),
        ("2027-06-01", False, "2027"),
    ],
)
def test_a_time_in_force_is_told_only_as_exactly_as_it_takes(told: str, end: bool, becomes: str) -> None:
    shift = Shift(-10, ZONE, ON)
    assert shift.bound(told, end=end) == becomes


days = st.dates(date(2020, 1, 1), date(2032, 12, 31))


@given(days, days, days, weeks_)
def test_a_time_in_force_still_holds_or_not_on_the_date_of_service(
    start: date, end: date, on: date, weeks: int
) -> None:
    shift = Shift(weeks, ZONE, on)

    def held(bound: str, end: str, on: date) -> bool:
        return shift.holds(read_moment(bound, ZONE), read_moment(end, ZONE), on)

    was = held(start.isoformat(), end.isoformat(), on)
    begins, ends = shift.bound(start.isoformat(), end=False), shift.bound(end.isoformat(), end=True)
    assert begins
    assert ends
    assert held(begins, ends, on + shift.by) == was
