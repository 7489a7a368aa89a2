"""24 business hours by three readings.

What is expected of New York is the table of `billing_rules.md` §8.1. The same instants for practices in Chicago and Los
Angeles were worked out by hand: reading A moves by no more than the calendar does (an instant on a business day gives
the same instant a business day later; one on a closed day gives the end of the first business day, by that practice's
midnight), reading C is always the instant a day later, and reading B was counted off open day by open day (nine hours
each). All were then compared with `businesstimedelta`, which shares no code with us.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import businesstimedelta
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.hours import NeverOpen, clock, on_business_days, open_hours
from cds_service.billing.practice import Practice

from .facts import CHICAGO, FEDERAL_HOLIDAYS, LOS_ANGELES, NEW_YORK, practice, when

DAY_AFTER_THANKSGIVING = date(2026, 11, 27)
CLOSED_ON_FRIDAY = FEDERAL_HOLIDAYS | {DAY_AFTER_THANKSGIVING}

# Received, reading A, reading B, reading C: New York, by §8.1.
IN_NEW_YORK: dict[str, tuple[str, ...]] = {
    "an ordinary Monday": ("2026-11-16 10:00", "2026-11-17 10:00", "2026-11-18 16:00", "2026-11-17 10:00"),
    "a Friday afternoon": ("2026-11-20 16:00", "2026-11-23 16:00", "2026-11-25 13:00", "2026-11-21 16:00"),
    "a Saturday": ("2026-11-21 09:00", "2026-11-24 00:00", "2026-11-25 14:00", "2026-11-22 09:00"),
    "the eve of Thanksgiving": ("2026-11-25 15:00", "2026-11-27 15:00", "2026-12-01 12:00", "2026-11-26 15:00"),
    "clocks go back": ("2026-10-30 18:00", "2026-11-02 18:00", "2026-11-04 14:00", "2026-10-31 18:00"),
    "clocks go forward": ("2027-03-12 13:00", "2027-03-15 13:00", "2027-03-17 10:00", "2027-03-13 13:00"),
    "Christmas Eve": ("2026-12-24 12:00", "2026-12-28 12:00", "2026-12-30 09:00", "2026-12-25 12:00"),
}
EVE_CLOSED = ("2026-11-25 15:00", "2026-11-30 15:00", "2026-12-02 12:00", "2026-11-26 15:00")

# The same instants, on the clocks of a practice one and three hours behind: received, A, B.
IN_CHICAGO: dict[str, tuple[str, ...]] = {
    "an ordinary Monday": ("2026-11-16 09:00", "2026-11-17 09:00", "2026-11-18 15:00"),
    "a Friday afternoon": ("2026-11-20 15:00", "2026-11-23 15:00", "2026-11-25 12:00"),
    "a Saturday": ("2026-11-21 08:00", "2026-11-24 00:00", "2026-11-25 14:00"),
    "the eve of Thanksgiving": ("2026-11-25 14:00", "2026-11-27 14:00", "2026-12-01 11:00"),
    "clocks go back": ("2026-10-30 17:00", "2026-11-02 17:00", "2026-11-04 14:00"),
    "clocks go forward": ("2027-03-12 12:00", "2027-03-15 12:00", "2027-03-17 09:00"),
    "Christmas Eve": ("2026-12-24 11:00", "2026-12-28 11:00", "2026-12-29 17:00"),
}
IN_LOS_ANGELES: dict[str, tuple[str, ...]] = {
    "an ordinary Monday": ("2026-11-16 07:00", "2026-11-17 07:00", "2026-11-18 14:00"),
    "a Friday afternoon": ("2026-11-20 13:00", "2026-11-23 13:00", "2026-11-25 10:00"),
    "a Saturday": ("2026-11-21 06:00", "2026-11-24 00:00", "2026-11-25 14:00"),
    "the eve of Thanksgiving": ("2026-11-25 12:00", "2026-11-27 12:00", "2026-12-01 09:00"),
    "clocks go back": ("2026-10-30 15:00", "2026-11-02 15:00", "2026-11-04 12:00"),
    "clocks go forward": ("2027-03-12 10:00", "2027-03-15 10:00", "2027-03-16 16:00"),
    "Christmas Eve": ("2026-12-24 09:00", "2026-12-28 09:00", "2026-12-29 15:00"),
}


@pytest.mark.parametrize(("received", "by_a", "by_b", "by_c"), IN_NEW_YORK.values(), ids=IN_NEW_YORK.keys())
def test_the_table_of_the_rules_holds_in_new_york(received: str, by_a: str, by_b: str, by_c: str) -> None:
    start = when(received)
    assert on_business_days(start, 24, practice()) == when(by_a)
    assert open_hours(start, 24, practice()) == when(by_b)
    assert clock(start, 24) == when(by_c)


def test_a_closure_of_the_practice_s_own_moves_the_deadline_of_a_holiday_week() -> None:
    received, by_a, by_b, by_c = EVE_CLOSED
    closed = practice(holidays=CLOSED_ON_FRIDAY)
    assert on_business_days(when(received), 24, closed) == when(by_a)
    assert open_hours(when(received), 24, closed) == when(by_b)
    assert clock(when(received), 24) == when(by_c)


@pytest.mark.parametrize(
    ("zone", "table"), [(CHICAGO, IN_CHICAGO), (LOS_ANGELES, IN_LOS_ANGELES)], ids=["Chicago", "Los Angeles"]
)
@pytest.mark.parametrize("name", IN_NEW_YORK)
def test_the_same_instant_is_counted_on_the_practice_s_own_calendar(
    zone: ZoneInfo, table: dict[str, tuple[str, ...]], name: str
) -> None:
    received, by_a, by_b = (when(text, zone) for text in table[name])
    assert received == when(IN_NEW_YORK[name][0]), "the table has another instant"
    assert on_business_days(received, 24, practice(zone)) == by_a
    assert open_hours(received, 24, practice(zone)) == by_b


def test_late_on_friday_in_california_is_saturday_in_new_york_and_the_practice_s_zone_wins() -> None:
    sent = when("2026-11-20 22:30", LOS_ANGELES)
    assert on_business_days(sent, 24, practice(NEW_YORK)) == when("2026-11-24 00:00", NEW_YORK)
    assert on_business_days(sent, 24, practice(LOS_ANGELES)) == when("2026-11-23 22:30", LOS_ANGELES)
    # 23:30 … 00:30: in Chicago it is half past midnight on Saturday.
    assert on_business_days(sent, 24, practice(CHICAGO)) == when("2026-11-24 00:00", CHICAGO)


# --- daylight saving: hours are elapsed hours, not hands of the clock ---


def test_a_practice_that_works_on_sunday_has_25_hours_on_the_day_the_clocks_go_back() -> None:
    every_day = practice(business_days=frozenset(range(7)))
    assert on_business_days(when("2026-10-31 18:00"), 24, every_day) == when("2026-11-01 17:00")


def test_a_practice_that_works_on_sunday_has_23_hours_on_the_day_the_clocks_go_forward() -> None:
    every_day = practice(business_days=frozenset(range(7)))
    assert on_business_days(when("2027-03-13 18:00"), 24, every_day) == when("2027-03-14 19:00")


def test_both_halves_of_the_hour_that_comes_twice_are_told_apart() -> None:
    # In UTC, for Python never calls a time of such an hour equal to one of another zone.
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=0).astimezone(UTC)
    second = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1).astimezone(UTC)
    every_day = practice(business_days=frozenset(range(7)))
    assert on_business_days(first, 1, every_day) == second
    assert clock(first, 1) == second


def test_24_clock_hours_over_the_end_of_daylight_saving_end_an_hour_earlier_by_the_clock() -> None:
    assert clock(when("2026-10-31 18:00"), 24) == when("2026-11-01 17:00")
    assert clock(when("2027-03-13 18:00"), 24) == when("2027-03-14 19:00")


# --- days that do not count ---


@pytest.mark.parametrize(
    ("received", "deadline", "why"),
    [
        ("2026-11-11 09:00", "2026-11-13 00:00", "on Veterans Day: the whole of Thursday, to its end"),
        ("2026-11-10 23:59", "2026-11-12 23:59", "a minute before Veterans Day"),
        ("2026-12-31 16:00", "2027-01-04 16:00", "New Year's Day is a Friday"),
        ("2027-06-17 12:00", "2027-06-21 12:00", "Juneteenth 2027 is a Saturday, kept on the Friday"),
        ("2026-11-13 00:00", "2026-11-14 00:00", "the first second of a Friday: its last second is in time"),
        ("2026-11-13 23:59:59", "2026-11-16 23:59:59", "the last second of a Friday"),
    ],
)
def test_reading_a_skips_weekends_and_federal_holidays(received: str, deadline: str, why: str) -> None:
    assert on_business_days(when(received), 24, practice()) == when(deadline), why


@pytest.mark.parametrize(
    ("received", "deadline", "why"),
    [
        ("2026-11-16 07:59", "2026-11-18 14:00", "before it opens: 9 + 9 + 6 hours"),
        ("2026-11-16 08:00", "2026-11-18 14:00", "as it opens"),
        ("2026-11-16 17:00", "2026-11-19 14:00", "as it closes: nothing is left of that day"),
        ("2026-11-16 16:59", "2026-11-19 13:59", "a minute before it closes"),
    ],
)
def test_reading_b_counts_open_hours_only(received: str, deadline: str, why: str) -> None:
    assert open_hours(when(received), 24, practice()) == when(deadline), why


def test_a_practice_open_to_midnight_counts_its_evenings() -> None:
    # Monday 20:00 to 24:00 is four hours; twelve on Tuesday make sixteen; eight on Wednesday from noon make 20:00.
    evenings = practice(opens=time(12), closes=time(0))
    assert open_hours(when("2026-11-16 20:00"), 24, evenings) == when("2026-11-18 20:00")


def test_a_practice_that_is_never_open_is_a_mistake_and_not_an_endless_count() -> None:
    with pytest.raises(NeverOpen):
        on_business_days(when("2026-11-16 10:00"), 24, practice(business_days=frozenset()))
    with pytest.raises(NeverOpen):
        open_hours(when("2026-11-16 10:00"), 24, practice(business_days=frozenset()))


def test_a_practice_open_one_day_a_week_has_long_weeks_but_deadlines() -> None:
    mondays = practice(business_days=frozenset({0}))
    assert on_business_days(when("2026-11-16 10:00"), 24, mondays) == when("2026-11-23 10:00")
    # 7 + 9 hours on two Mondays; eight more on the third, 30 November, from eight o'clock.
    assert open_hours(when("2026-11-16 10:00"), 24, mondays) == when("2026-11-30 16:00")


# --- what holds for every moment ---

ZONES = st.sampled_from([NEW_YORK, CHICAGO, LOS_ANGELES])
INSTANTS = st.datetimes(datetime(2026, 9, 1), datetime(2027, 6, 1), timezones=st.just(UTC)).map(  # noqa: DTZ001 - hypothesis adds the zone
    lambda t: t.replace(microsecond=0)
)
HOURS = st.integers(0, 72)
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(INSTANTS, st.timedeltas(timedelta(0), timedelta(days=5)), HOURS, ZONES)
def test_who_receives_later_may_answer_later(start: datetime, later: timedelta, hours: int, zone: ZoneInfo) -> None:
    place = practice(zone)
    assert on_business_days(start, hours, place) <= on_business_days(start + later, hours, place)
    assert open_hours(start, hours, place) <= open_hours(start + later, hours, place)


@FEW
@given(INSTANTS, st.integers(1, 48), st.integers(1, 48), ZONES)
def test_hours_may_be_counted_in_two_parts(start: datetime, some: int, more: int, zone: ZoneInfo) -> None:
    place = practice(zone)
    for count in (on_business_days, open_hours):
        assert count(count(start, some, place), more, place) == count(start, some + more, place)


@FEW
@given(INSTANTS, st.integers(1, 72), ZONES)
def test_c_is_the_strictest_and_b_the_most_generous(start: datetime, hours: int, zone: ZoneInfo) -> None:
    place = practice(zone)
    assert clock(start, hours) <= on_business_days(start, hours, place) <= open_hours(start, hours, place)


@FEW
@given(INSTANTS, st.integers(-14, 14), ZONES)
def test_the_offset_in_which_the_ehr_writes_a_moment_changes_nothing(
    start: datetime, offset: int, zone: ZoneInfo
) -> None:
    written = start.astimezone(timezone(timedelta(hours=offset)))
    assert on_business_days(written, 24, practice(zone)) == on_business_days(start, 24, practice(zone))
    assert open_hours(written, 24, practice(zone)) == open_hours(start, 24, practice(zone))
    assert clock(written, 24) == clock(start, 24)


@FEW
@given(INSTANTS, st.integers(1, 48), ZONES)
def test_a_deadline_falls_into_time_that_counts(start: datetime, hours: int, zone: ZoneInfo) -> None:
    place = practice(zone)
    # The midnight that ends a day belongs to it, so the last second before the deadline is looked at.
    by_a = place.local(on_business_days(start, hours, place) - timedelta(seconds=1))
    by_b = place.local(open_hours(start, hours, place) - timedelta(seconds=1))
    assert place.is_business_day(by_a.date())
    assert place.is_business_day(by_b.date())
    assert time(8) <= by_b.time() < time(17)


def oracle(start: datetime, hours: int, place: Practice, opens: time, closes: time) -> datetime:
    """Return when businesstimedelta says that the hours have passed. It wants zones of pytz, which it brings."""
    zone = businesstimedelta.pytz.timezone(place.zone.key)
    open_days = businesstimedelta.WorkDayRule(
        start_time=opens, end_time=closes, working_days=sorted(place.business_days), tz=zone
    )
    beyond = date(2030, 1, 1)  # it must always find a next holiday
    closed = businesstimedelta.HolidayRule(dict.fromkeys(place.holidays | {beyond}, "closed"), tz=zone)
    rules = businesstimedelta.Rules([open_days, closed])
    passed: datetime = start + businesstimedelta.BusinessTimeDelta(rules, hours=hours)
    return passed


@FEW
@given(INSTANTS, st.integers(1, 48), ZONES)
def test_businesstimedelta_counts_the_same_open_hours(start: datetime, hours: int, zone: ZoneInfo) -> None:
    place = practice(zone)
    assert open_hours(start, hours, place) == oracle(start, hours, place, time(8), time(17))


@FEW
@given(INSTANTS, st.integers(1, 48), ZONES)
def test_businesstimedelta_counts_the_same_business_days(start: datetime, hours: int, zone: ZoneInfo) -> None:
    # It knows no day that ends at midnight: its days are a microsecond short, at most three of them here.
    place = practice(zone)
    theirs = oracle(start, hours, place, time(0), time.max)
    assert abs(on_business_days(start, hours, place) - theirs) < timedelta(seconds=1)


@pytest.mark.parametrize("zone", [NEW_YORK, CHICAGO, LOS_ANGELES], ids=str)
@pytest.mark.parametrize("name", IN_NEW_YORK)
def test_businesstimedelta_agrees_with_every_row_of_the_tables(name: str, zone: ZoneInfo) -> None:
    start = when(IN_NEW_YORK[name][0])
    table = {NEW_YORK: IN_NEW_YORK, CHICAGO: IN_CHICAGO, LOS_ANGELES: IN_LOS_ANGELES}[zone]
    place = practice(zone)
    assert oracle(start, 24, place, time(8), time(17)) == when(table[name][2], zone)
    assert abs(oracle(start, 24, place, time(0), time.max) - when(table[name][1], zone)) < timedelta(seconds=1)
