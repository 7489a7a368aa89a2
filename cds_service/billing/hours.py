"""When 24 business hours have passed, by each reading of a phrase that CMS never defined.

Reading C counts every hour; A counts every hour of business days; B counts the practice's open hours. C is the
strictest, B the most generous. `billing_rules.md` §3.5 in the project's sources gives why A is taken to pass.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from .practice import Practice

LONGEST_CLOSURE = timedelta(days=400)
"""A calendar without an open hour in this time has none at all."""


class NeverOpen(ValueError):
    """The practice's calendar has no business day in over a year: a mistake in the client file."""


def clock(start: datetime, hours: int) -> datetime:
    """Return when that many hours have passed on the clock (reading C), in UTC."""
    return start.astimezone(UTC) + timedelta(hours=hours)


def on_business_days(start: datetime, hours: int, practice: Practice) -> datetime:
    """Return when that many hours of business days, day and night, have passed (reading A), in UTC."""
    return _count(start, hours, practice, time(0), time(0))


def open_hours(start: datetime, hours: int, practice: Practice) -> datetime:
    """Return when the practice has been open for that many hours (reading B), in UTC."""
    return _count(start, hours, practice, practice.opens, practice.closes)


def _count(start: datetime, hours: int, practice: Practice, opens: time, closes: time) -> datetime:
    now, left = start.astimezone(UTC), timedelta(hours=hours)
    day, last = practice.local(now).date(), practice.local(now).date() + LONGEST_CLOSURE
    while day <= last:
        if practice.is_business_day(day):
            begins = max(now, _instant(day, opens, practice))
            ends = _instant(day if closes > opens else day + timedelta(days=1), closes, practice)
            if begins < ends:
                if left <= ends - begins:
                    return begins + left
                left -= ends - begins
        day += timedelta(days=1)
    raise NeverOpen


def _instant(day: date, at: time, practice: Practice) -> datetime:
    return datetime.combine(day, at, practice.zone).astimezone(UTC)
