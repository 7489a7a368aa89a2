"""The practice whose clock, calendar and place of business the rules speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Practice:
    """One practice as its EHR's entry in the client file describes it. Times are the practice's wall clock."""

    zone: ZoneInfo
    business_days: frozenset[int]
    """Weekdays, Monday is 0."""
    opens: time
    closes: time
    """`time(0)` as `closes` is the midnight that ends the day."""
    holidays: frozenset[date]
    state: str
    locality: str
    setting: Literal["nonfacility", "facility"]
    place_of_service: str
    qualifying_apm: bool

    def is_business_day(self, day: date) -> bool:
        return day.weekday() in self.business_days and day not in self.holidays

    def local(self, moment: datetime) -> datetime:
        return moment.astimezone(self.zone)
