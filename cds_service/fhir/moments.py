"""FHIR's date, dateTime, instant and Period → `Moment`.

A time with zone is exact; one without is the practice's. At the end of daylight saving such a time happens twice, and
at its beginning some never do: then both readings of the clock are kept, the earlier as `first`, the later as `last`.
A date, a month or a year is the whole of it. What no calendar has (30 February, 24:00) is nothing.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cds_service.billing.moment import Moment

from .loose import Json, one

_SHAPE = re.compile(
    r"""(?P<year>\d{4}) (?: - (?P<month>\d\d) (?: - (?P<day>\d\d) (?: [T\ ]
        (?P<hour>[01]\d|2[0-3]) : (?P<minute>[0-5]\d) (?: : (?P<second>[0-5]\d|60) (?: [.,]\d+ )? )?
        (?P<zone> Z | [+-]\d\d:?\d\d )? )? )? )?""",
    re.ASCII | re.IGNORECASE | re.VERBOSE,
)
_DAY = len("yyyy-mm-dd")
_WITH_ZONE = len("yyyy-mm-ddThh:mm:ssZ")
_LIVING_MEMORY = range(1900, 2200)
"""Other years are what software writes for *no date* (0001-01-01, 9999-12-31), and would overflow reckoning."""


def moment(node: Json, name: str, zone: ZoneInfo) -> Moment | None:
    """Return the moment that the dateTime, instant or date under `name` tells, or None."""
    value = node.get(name)
    return read_moment(value, zone) if isinstance(value, str) else None


def read_moment(value: str, zone: ZoneInfo) -> Moment | None:
    """Return the moment that `value` tells, or None."""
    try:
        if len(value) == _DAY and value[4] == value[7] == "-":
            day = date.fromisoformat(value)
            return Moment.on(day, zone) if day.year in _LIVING_MEMORY else None
        if _is_usual(value):
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is not None and instant.year in _LIVING_MEMORY:
                instant = instant.astimezone(UTC)
                return Moment(instant, instant)
        return _unusual(value.strip(), zone)
    except (ValueError, OverflowError):
        return None


def _is_usual(value: str) -> bool:
    """Whether Python reads this as FHIR means it: extended form, no 24:00, no leap second."""
    return (
        len(value) >= _WITH_ZONE
        and value[10] == "T"
        and value[7] == "-"
        and value[11:13] != "24"
        and value[17:19] != "60"
        and value[-1] != "z"
    )


def _unusual(value: str, zone: ZoneInfo) -> Moment | None:
    shape = _SHAPE.fullmatch(value)
    if shape is None or int(shape["year"]) not in _LIVING_MEMORY:
        return None
    year, month, day = int(shape["year"]), int(shape["month"] or 1), int(shape["day"] or 1)
    if shape["hour"]:
        return _clock(shape, date(year, month, day), zone)
    if shape["day"]:
        return Moment.on(date(year, month, day), zone)
    ends = int(shape["month"] or 12)
    return Moment.on(date(year, month, 1), zone, through=date(year, ends, calendar.monthrange(year, ends)[1]))


def _clock(shape: re.Match[str], day: date, zone: ZoneInfo) -> Moment:
    leap = shape["second"] == "60"
    second = 59 if leap else int(shape["second"] or 0)
    wall = time(int(shape["hour"]), int(shape["minute"]), second)
    told = shape["zone"]
    zones = [datetime.strptime(told.upper(), "%z").tzinfo] if told else [zone, zone]
    readings = [
        datetime.combine(day, wall, in_zone).replace(fold=fold).astimezone(UTC) + timedelta(seconds=leap)
        for fold, in_zone in enumerate(zones)
    ]
    return Moment(min(readings), max(readings))


def period(node: Json, name: str, zone: ZoneInfo) -> tuple[Moment | None, Moment | None]:
    """Return the start and the end of the Period under `name`, each as far as it is told."""
    told = one(node, name)
    return moment(told, "start", zone), moment(told, "end", zone)


def choice(node: Json, name: str, zone: ZoneInfo) -> Moment | None:
    """Return when `name[x]` began, whichever of dateTime, Period, instant, date or Timing it is written as."""
    for spelling in (f"{name}DateTime", f"{name}Instant", f"{name}Date"):
        if spelling in node and (told := moment(node, spelling, zone)):
            return told
    start, end = period(node, f"{name}Period", zone)
    if start or end:
        return start or end
    for event in _events(one(node, f"{name}Timing")):
        if told := read_moment(event, zone):
            return told
    return None


def _events(timing: Json) -> list[str]:
    event = timing.get("event")
    return [e.strip() for e in (event if isinstance(event, list) else [event]) if isinstance(e, str)]


def covers(node: Json, name: str, on: date, zone: ZoneInfo) -> bool:
    """Whether the Period under `name` holds on that day; one that is not told has no end and no beginning."""
    if name not in node:
        return True
    start, end = period(node, name, zone)
    return (start is None or start.day(zone) <= on) and (end is None or on <= end.last_day(zone))
