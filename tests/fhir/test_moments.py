"""FHIR dates and times as moments on the practice's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.billing.moment import Moment
from cds_service.fhir.moments import choice, covers, period, read_moment

from .chart import unhurried

NEW_YORK = ZoneInfo("America/New_York")


def utc(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("2026-11-23T15:20:00-05:00", "2026-11-23T20:20:00"),
        ("2026-11-23T20:20:00Z", "2026-11-23T20:20:00"),
        ("2026-11-23T20:20:00.250z", "2026-11-23T20:20:00"),
        ("2026-11-23T15:20:00", "2026-11-23T20:20:00"),
        ("2026-11-23T15:20-05:00", "2026-11-23T20:20:00"),
        ("2026-11-23 15:20", "2026-11-23T20:20:00"),
        ("2026-07-23T15:20:00", "2026-07-23T19:20:00"),
        ("2026-11-24T01:50:00+05:30", "2026-11-23T20:20:00"),
        ("2026-11-24T01:50:00+0530", "2026-11-23T20:20:00"),
    ],
)
def test_a_time_is_exact_and_without_zone_the_practice_s(told: str, expected: str) -> None:
    found = read_moment(told, NEW_YORK)
    assert found is not None
    assert found.exact
    assert found.first.replace(microsecond=0) == utc(expected)


def test_a_date_is_the_whole_day_of_the_practice() -> None:
    assert read_moment("2026-11-23", NEW_YORK) == Moment(utc("2026-11-23T05:00:00"), utc("2026-11-24T04:59:59"))


def test_a_month_and_a_year_are_the_whole_of_it() -> None:
    assert read_moment("2024-02", NEW_YORK) == Moment(utc("2024-02-01T05:00:00"), utc("2024-03-01T04:59:59"))
    assert read_moment("2026", NEW_YORK) == Moment(utc("2026-01-01T05:00:00"), utc("2027-01-01T04:59:59"))


def test_the_day_on_which_clocks_change_is_shorter_or_longer() -> None:
    spring, autumn = read_moment("2026-03-08", NEW_YORK), read_moment("2026-11-01", NEW_YORK)
    assert spring is not None
    assert autumn is not None
    assert spring.last - spring.first == timedelta(hours=23) - timedelta(seconds=1)
    assert autumn.last - autumn.first == timedelta(hours=25) - timedelta(seconds=1)


def test_a_time_that_happens_twice_is_kept_as_both() -> None:
    assert read_moment("2026-11-01T01:30:00", NEW_YORK) == Moment(
        utc("2026-11-01T05:30:00"), utc("2026-11-01T06:30:00")
    )
    assert read_moment("2026-11-01T01:30:00-05:00", NEW_YORK) == Moment.exactly(utc("2026-11-01T06:30:00"))


def test_a_time_that_never_happens_is_kept_by_both_clocks() -> None:
    assert read_moment("2026-03-08T02:30:00", NEW_YORK) == Moment(
        utc("2026-03-08T06:30:00"), utc("2026-03-08T07:30:00")
    )


def test_a_leap_second_is_the_second_after() -> None:
    assert read_moment("2016-12-31T23:59:60Z", NEW_YORK) == Moment.exactly(utc("2017-01-01T00:00:00"))
    assert read_moment("2016-12-31T18:59:60", NEW_YORK) == Moment.exactly(utc("2017-01-01T00:00:00"))


@pytest.mark.parametrize(
    "told",
    [
        "",
        "today",
        "2026-02-30",
        "2025-02-29T10:00:00Z",
        "2026-13-01",
        "2026-11-23T24:00:00Z",
        "2026-11-23T24:00:00",
        "2026-11-23T15:61:00Z",
        "2026-11-23T15:20:61Z",
        "2026-11-23T15:20:00+25:00",
        "2026-W48-1T15:20:00Z",
        "20261123",
        "20261123T152000Z",
        "11/23/2026",
        "0001-01-01",
        "0001-01-01T00:00:00Z",
        "9999-12-31",
        "9999-12-31T23:59:59Z",
        "2026-11-23T15:20:00Zulu",
        "\uff12\uff10\uff12\uff16-11-23",
    ],
)
def test_what_no_calendar_has_is_nothing(told: str) -> None:
    assert read_moment(told, NEW_YORK) is None


@unhurried
@given(st.text(max_size=30) | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{4})?"))
def test_no_text_can_raise(told: str) -> None:
    found = read_moment(told, NEW_YORK)
    assert found is None or found.first <= found.last


@unhurried
@given(st.datetimes(datetime(1950, 1, 1), datetime(2150, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - the offset is drawn apart
def test_every_instant_is_read_as_it_was_written(wall: datetime, minutes: int) -> None:
    sign, distance = "-" if minutes < 0 else "+", abs(minutes)
    told = f"{wall.replace(microsecond=0).isoformat()}{sign}{distance // 60:02}:{distance % 60:02}"
    found = read_moment(told, NEW_YORK)
    assert found is not None
    assert found.exact
    assert found.first == wall.replace(microsecond=0, tzinfo=UTC) - timedelta(minutes=minutes)


@unhurried
@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)))
def test_every_day_holds_its_own_noon_and_no_other(told: date) -> None:
    found = read_moment(told.isoformat(), NEW_YORK)
    assert found is not None
    assert found.day(NEW_YORK) == found.last_day(NEW_YORK) == told
    following = read_moment((told + timedelta(days=1)).isoformat(), NEW_YORK)
    assert following is not None
    assert following.first - found.last == timedelta(seconds=1)


def test_a_choice_is_read_whichever_way_it_is_written() -> None:
    noon = Moment.exactly(utc("2026-11-23T12:00:00"))
    told = "2026-11-23T12:00:00Z"
    for node in (
        {"occurrenceDateTime": told},
        {"occurrencePeriod": {"start": told}},
        {"occurrencePeriod": {"end": told}},
        {"occurrenceTiming": {"event": [told]}},
        {"occurrenceInstant": told},
    ):
        assert choice(node, "occurrence", NEW_YORK) == noon
    assert choice({"occurrenceTiming": {"event": [3]}}, "occurrence", NEW_YORK) is None


def test_a_period_tells_each_end_as_far_as_it_is_told() -> None:
    assert period({"period": {"start": "junk"}}, "period", NEW_YORK) == (None, None)
    assert period({"period": "2026"}, "period", NEW_YORK) == (None, None)


@pytest.mark.parametrize(
    ("told", "holds"),
    [
        ({}, True),
        ({"start": "2026-11-23"}, True),
        ({"start": "2026-11-24"}, False),
        ({"end": "2026-11-23"}, True),
        ({"end": "2026-11-22"}, False),
        ({"start": "2026", "end": "2026-11"}, True),
    ],
)
def test_a_period_holds_on_its_first_and_its_last_day(told: dict[str, str], holds: bool) -> None:
    assert covers({"period": told}, "period", date(2026, 11, 23), NEW_YORK) is holds
