"""New rows laid over the rows that are loaded: what is the same stays, what a later file changes is closed.

A row of other numbers that began earlier ends on the day before the new one begins. One that begins within the new
row's days, or speaks for days after them, would be overwritten: that is refused, for nobody said which is right.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from cds_service.billing.tables import Dated

from .table import Key, Table

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Change:
    """What was in force on the day before, and what is from then on."""

    before: Dated
    after: Dated


@dataclass(frozen=True, slots=True)
class Overlap:
    """A row that is loaded with other numbers, for days that a new one speaks of too."""

    old: Dated
    new: Dated


@dataclass(frozen=True, slots=True)
class Layers:
    """A table after new rows were laid over it, and how each compares with what was there."""

    table: Table
    rows: tuple[Dated, ...]
    new: int
    same: int
    changed: tuple[Change, ...]
    silent: int
    """How many rows are in force on the first day of the new ones and are not spoken of by them."""
    altered: bool


def lay(table: Table, old: Iterable[Dated], new: Iterable[Dated]) -> tuple[Layers, tuple[Overlap, ...]]:
    """Lay new rows over old; if they overlap, the layers are not to be used."""
    kept: dict[Key, list[Dated]] = defaultdict(list)
    for row in old:
        kept[table.key_of(row)].append(row)
    overlaps: list[Overlap] = []
    changed: list[Change] = []
    fresh = same = 0
    altered = False
    spoken: dict[Key, date] = {}
    for row in new:
        key = table.key_of(row)
        spoken[key] = row.start
        rows = kept[key]
        before = _in_force(rows, row.start) or _in_force(rows, row.start - DAY)
        after = _laid(table, rows, row)
        if isinstance(after, Overlap):
            overlaps.append(after)
            continue
        altered |= after != rows
        kept[key] = after
        if before is None:
            fresh += 1
        elif table.values_of(before) == table.values_of(row):
            same += 1
        else:
            changed.append(Change(before, row))
    first = min(spoken.values(), default=None)
    silent = sum(1 for key, rows in kept.items() if key not in spoken and first and _in_force(rows, first))
    after_all = tuple(table.sorted(row for rows in kept.values() for row in rows))
    return Layers(table, after_all, fresh, same, tuple(changed), silent, altered), tuple(overlaps)


def _laid(table: Table, rows: list[Dated], new: Dated) -> list[Dated] | Overlap:
    touching = [row for row in rows if _meet(row, new)]
    alike = [row for row in touching if table.values_of(row) == table.values_of(new)]
    if any(row.start <= new.start and _reaches(row, new.until) for row in alike):
        return rows
    after = [row for row in rows if row not in touching]
    for row in touching:
        if row in alike:
            continue
        if row.start >= new.start or (row.until is not None and not _reaches(new, row.until)):
            return Overlap(row, new)
        after.append(replace(row, until=new.start - DAY))
    start = min(row.start for row in (new, *alike))
    open_ended = any(row.until is None for row in (new, *alike))
    until = None if open_ended else max(row.until for row in (new, *alike) if row.until)
    return [*after, replace(new, start=start, until=until)]


def _in_force(rows: Iterable[Dated], on: date) -> Dated | None:
    return next((row for row in rows if row.covers(on)), None)


def _meet(one: Dated, other: Dated) -> bool:
    return _reaches(one, other.start) and _reaches(other, one.start)


def _reaches(row: Dated, day: date | None) -> bool:
    """Whether a row is in force up to that day or longer; None is for ever."""
    return row.until is None or (day is not None and day <= row.until)
