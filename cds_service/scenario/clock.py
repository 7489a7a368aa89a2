"""One shift for every date: whole weeks of the practice's wall clock. Births, and times in force, only by the year.

Weekdays, times of day and the days between two dates stay. A time keeps its place on the wall clock where daylight
saving moved the offset: nine in the morning stays nine in the morning. Hours that passed over a change of the clock
are then one more or one fewer than they were, as they are for anyone who reads the clock.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cds_service.billing.moment import EVER, Moment
from cds_service.fhir.moments import read_moment

_A_DAY = timedelta(days=1)
OLDEST = 89
"""Years. Whatever tells that someone is older is left out, the years too."""

_YEAR = re.compile(r"\d{4}")
_MONTH = re.compile(r"\d{4}-\d\d")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_ZONE = re.compile(r"[+-]\d\d:?\d\d$")
_NO_DATE = ("0001-01-01", "9999-12-31")
"""What software writes for no date; it is kept, and read as nothing."""


@dataclass(frozen=True, slots=True)
class Shift:
    """So many weeks later (or earlier), in the practice's zone. `on` is the date of service as it was."""

    weeks: int
    zone: ZoneInfo
    on: date

    @property
    def by(self) -> timedelta:
        return timedelta(weeks=self.weeks)

    def text(self, told: str) -> str | None:
        """Return a date, dateTime or instant shifted, as exact as it was; None for what is none or too old."""
        moment = read_moment(told, self.zone)
        told = told.strip()
        if moment is None:
            return next((day for day in _NO_DATE if told.startswith(day)), None)
        if moment.first.year < self.on.year - OLDEST:
            return None
        if _YEAR.fullmatch(told) or _MONTH.fullmatch(told):
            return self._about(moment, "%Y" if _YEAR.fullmatch(told) else "%Y-%m")
        if _DAY.fullmatch(told):
            return f"{moment.first.astimezone(self.zone).date() + self.by:%Y-%m-%d}"
        if told[-1] in "zZ":
            return _spelled(self.instant(moment.first).astimezone(UTC)).replace("+00:00", "Z")
        if _ZONE.search(told):
            return _spelled(self.instant(moment.first))
        return _spelled(moment.first.astimezone(self.zone).replace(tzinfo=None) + self.by)

    def _about(self, moment: Moment, spelling: str) -> str:
        """Shift a month or a year by its middle."""
        middle = moment.first + (moment.last - moment.first) / 2
        return f"{middle.astimezone(self.zone) + self.by:{spelling}}"

    def bound(self, told: str, *, end: bool) -> str | None:
        """Return where a time in force begins or ends, only as exactly as it takes to hold on the same side of it.

        Insurance begins with a year and a licence ends with a month: whoever sees such a day shifted can tell by how
        much. So the year is kept; the month or the day only where the date of service is beyond it and near.
        """
        moment = read_moment(told, self.zone)
        if moment is None:
            return None
        day = (moment.last if end else moment.first).astimezone(self.zone).date()
        new, on = day + self.by, self.on + self.by
        beyond = day < self.on if end else day > self.on
        for spelling in ("%Y", "%Y-%m"):
            here, there = f"{new:{spelling}}", f"{on:{spelling}}"
            if not beyond or (here < there if end else here > there):
                return here
        return f"{new:%Y-%m-%d}"

    def holds(self, start: Moment | None, end: Moment | None, on: date) -> bool:
        """Whether a time in force holds on a day."""
        begun = start is None or start.day(self.zone) <= on
        return begun and (end is None or on <= end.last_day(self.zone))

    def birth(self, told: str) -> str | None:
        """Return the year of a birth; of those older than 89, the year of someone who is 90."""
        moment = read_moment(told, self.zone)
        if moment is None:
            return None
        oldest = (self.on + self.by).year - OLDEST - 1
        return str(max((moment.first.astimezone(self.zone) + self.by).year, oldest))

    def instant(self, moment: datetime) -> datetime:
        """Return the time at which the practice's clock shows the same on the shifted day."""
        local = moment.astimezone(self.zone)
        wall = local.replace(tzinfo=None) + self.by
        return wall.replace(tzinfo=self.zone, fold=local.fold)

    def same(self, old: datetime, new: datetime) -> bool:
        """Whether `new` is `old` shifted on the practice's clock."""
        if EVER in {old, new}:
            return old == new
        if all(self._is_edge(moment) for moment in (old, new)):
            return True
        return self.instant(old).astimezone(UTC) == new.astimezone(UTC)

    def same_moment(self, old: Moment, new: Moment) -> bool:
        """Whether `new` is `old` shifted, and as exact."""
        return self.same(old.first, new.first) and self.same(old.last, new.last)

    def same_day(self, old: date, new: date) -> bool:
        """Whether `new` is `old` shifted."""
        return new - old == self.by or all(day.day == 1 or (day + _A_DAY).day == 1 for day in (old, new))

    def _is_edge(self, moment: datetime) -> bool:
        """Whether a month begins or ends here: perhaps of a date that told no day, and weeks make up no month."""
        told = {(moment + second).astimezone(self.zone) for second in (timedelta(), timedelta(seconds=1))}
        return any((t.day, t.hour, t.minute, t.second) == (1, 0, 0, 0) for t in told)


def _spelled(moment: datetime) -> str:
    return moment.isoformat()
