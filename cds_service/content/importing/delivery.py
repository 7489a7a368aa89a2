"""What one file of CMS delivers: dated rows for our tables, and for which days they speak."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.billing.tables import Dated


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user said of a file beside its name: the days for which it shall speak."""

    start: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """The rows by the name of their table, and the file in words."""

    title: str
    rows: Mapping[str, tuple[Dated, ...]]


def in_year(year: int, start: date, asked: Asked, where: str, problems: list[str]) -> tuple[date, date]:
    """Return the days for which the values of one year speak: those asked for, else from `start` to the year's end."""
    first, last = asked.start or start, asked.until or date(year, 12, 31)
    wrong = [day for day in (first, last) if day.year != year]
    problems.extend(f"{where}: is of {year} and says nothing of {day}; expected days of {year}" for day in wrong)
    _in_order(first, last, where, problems)
    return first, last


def until_replaced(start: date, asked: Asked, where: str, problems: list[str]) -> tuple[date, date | None]:
    """Return the days of what stays in force until a later file says otherwise."""
    first = asked.start or start
    _in_order(first, asked.until, where, problems)
    return first, asked.until


def _in_order(first: date, last: date | None, where: str, problems: list[str]) -> None:
    if last is not None and last < first:
        problems.append(f"{where}: would speak from {first} until {last}; expected the end after the beginning")
