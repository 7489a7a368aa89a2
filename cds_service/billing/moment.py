"""A moment as a record tells it: to the second, or only to the day, the month or the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CLOCKS_DIFFER = timedelta(minutes=5)
"""What is dated up to this long after the moment of looking counts as seen: clocks differ."""

EVER = datetime.min.replace(tzinfo=UTC)
"""Before every record."""


@dataclass(frozen=True, slots=True)
class Moment:
    """From `first` to `last`, both in UTC; equal where the record gives a time, apart where it gives a whole day.

    In UTC because Python adds and compares two times of one zone by the wall clock, which daylight saving moves.
    """

    first: datetime
    last: datetime

    @classmethod
    def exactly(cls, instant: datetime) -> Moment:
        """Return the instant itself; it must be aware."""
        instant = instant.astimezone(UTC)
        return cls(instant, instant)

    @classmethod
    def on(cls, day: date, zone: ZoneInfo, *, through: date | None = None) -> Moment:
        """Return the whole of `day`, or of all days to `through`, in `zone`."""
        opens = datetime.combine(day, time(), zone)
        after = datetime.combine((through or day) + timedelta(days=1), time(), zone)
        return cls(opens.astimezone(UTC), after.astimezone(UTC) - timedelta(seconds=1))

    @property
    def exact(self) -> bool:
        return self.first == self.last

    def day(self, zone: ZoneInfo) -> date:
        """Return the calendar day on which it began in `zone`."""
        return self.first.astimezone(zone).date()

    def last_day(self, zone: ZoneInfo) -> date:
        """Return the calendar day on which it ended in `zone`."""
        return self.last.astimezone(zone).date()


def years_before(day: date, years: int) -> date:
    """Return the same day so many years earlier; of a leap day, February 28."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def is_recorded(recorded: datetime | None, at: datetime) -> bool:
    """Whether what was recorded then could be seen at `at`; what has no date was always there."""
    return recorded is None or recorded <= at + CLOCKS_DIFFER
