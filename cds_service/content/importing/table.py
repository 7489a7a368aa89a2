"""The tables that files of CMS fill: what names a row, what it says, and how it is written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from cds_service.billing.tables import ConversionRow, Dated, GlobalDaysRow, LocalityRow, PriceRow, ZipRow
from cds_service.content.csv_table import FIELDS

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: rows of the same `key` tell the same thing for other days; the `values` are what they tell."""

    name: str
    row: type[Dated]
    key: tuple[str, ...]
    values: tuple[str, ...]
    words: tuple[str, ...] = ()
    """Columns that are told and not compared: names."""
    places: Mapping[str, int] = field(default_factory=dict)
    """The decimal places that a number is written with, at least."""

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    def key_of(self, row: Dated) -> Key:
        return tuple(getattr(row, name) for name in self.key)

    def values_of(self, row: Dated) -> Key:
        return tuple(getattr(row, name) for name in self.values)

    def named(self, row: Dated) -> str:
        """Return a row's key in words."""
        if self.row is ConversionRow:
            return f"qualifying model: {_text(getattr(row, self.key[0]))}"
        return " ".join(_text(part) for part in self.key_of(row) if part is not None)

    def sorted(self, rows: Iterable[Dated]) -> list[Dated]:
        """Return the rows in the one order in which they are written."""
        return sorted(rows, key=lambda row: (*(str(part or "") for part in self.key_of(row)), row.start))

    def written(self, rows: Iterable[Dated]) -> str:
        """Return the table as text."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        fields = (*self.key, *self.words, *self.values)
        writer.writerow([*fields, "from", "until"])
        for row in self.sorted(rows):
            cells = [_text(getattr(row, name), self.places.get(name, 0)) for name in fields]
            writer.writerow([*cells, _text(getattr(row, FIELDS["from"])), _text(row.until)])
        return out.getvalue()


def _text(value: object, places: int = 0) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        plain = value.normalize()
        exponent = plain.as_tuple().exponent
        shown = max(places, -exponent if isinstance(exponent, int) else 0)
        return f"{plain:.{shown}f}"
    return str(value)


RVU = ("work", "nonfacility_pe", "facility_pe", "malpractice")
GPCI = ("work", "practice_expense", "malpractice")

TABLES = {
    table.name: table
    for table in (
        Table("prices", PriceRow, ("code", "modifier"), ("status", *RVU, "na"), places=dict.fromkeys(RVU, 2)),
        Table("global_days", GlobalDaysRow, ("code",), ("days",)),
        Table("conversion_factors", ConversionRow, ("qualifying_apm",), ("factor",), places={"factor": 4}),
        Table(
            "localities",
            LocalityRow,
            ("state", "locality"),
            ("carrier", *GPCI),
            words=("name",),
            places=dict.fromkeys(GPCI, 3),
        ),
        Table("zip_localities", ZipRow, ("zip", "state"), ("carrier", "locality", "plus_four")),
    )
}
