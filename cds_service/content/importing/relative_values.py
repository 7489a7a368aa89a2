"""The relative value file of the Physician Fee Schedule (PPRRVU….csv): prices, global days, the conversion factor.

The file begins with a title, the notices of the AMA and the ADA, the day of release, and a header of several rows whose
words, read from top to bottom, name a column; new columns come in between from year to year. Taken are codes and
numbers only. The descriptions are the AMA's: their column is never looked at.

From 2026 CMS ships the file twice, for clinicians in a qualifying alternative payment model (QPP) and for the others
(nonQPP); they differ in the conversion factor, and only the name tells which is which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from cds_service.billing.tables import ConversionRow, GlobalDaysRow, PriceRow

from .cells import find_columns, number
from .delivery import Asked, Delivery, in_year
from .source import Source

_TITLE = re.compile(r"(\d{4}) National Physician Fee Schedule Relative Value File (\w+) Release", re.IGNORECASE)
_RELEASED = re.compile(r"RELEASED (\d\d?/\d\d?/\d{4})", re.IGNORECASE)
_CODE = re.compile(r"[A-Z0-9]{5}", re.ASCII)
_MODIFIER = re.compile(r"([A-Z0-9]{2})?", re.ASCII)
_STATUS = re.compile(r"[A-Z]", re.ASCII)

QUARTERS = {"january": 1, "april": 4, "july": 7, "october": 10}
"""The releases of a year, and the month from which each speaks."""

COLUMNS = {
    "code": "HCPCS",
    "modifier": "MOD",
    "status": "STATUS CODE",
    "work": "WORK RVU",
    "nonfacility_pe": "NON-FAC PE RVU",
    "nonfacility_na": "NON-FAC NA INDICATOR",
    "facility_pe": "FACILITY PE RVU",
    "facility_na": "FACILITY NA INDICATOR",
    "malpractice": "MP RVU",
    "nonfacility_total": "NON-FACILITY TOTAL",
    "facility_total": "FACILITY TOTAL",
    "global_days": "GLOB DAYS",
    "factor": "CONV FACTOR",
}
NUMBERS = ("work", "nonfacility_pe", "facility_pe", "malpractice", "nonfacility_total", "facility_total", "factor")
SETTINGS = (("nonfacility", "non-facility"), ("facility", "facility"))

NOT_DONE: Mapping[tuple[bool, bool], Literal["nonfacility", "facility", "both"] | None] = {
    (False, False): None,
    (True, False): "nonfacility",
    (False, True): "facility",
    (True, True): "both",
}
"""The settings marked NA, by whether the non-facility and the facility are."""

HEADER_ROWS = 5
"""The most rows a header has, the one with HCPCS being the last."""

DAYS = {"000": 0, "010": 10, "090": 90, "XXX": 0, "ZZZ": 0, "YYY": None, "MMM": None}
"""XXX: no global period; ZZZ: none of its own, it goes with another; YYY: for the contractor to say; MMM: maternity."""


@dataclass(slots=True)
class _Found:
    prices: list[PriceRow] = field(default_factory=list)
    days: list[GlobalDaysRow] = field(default_factory=list)
    factor: Decimal | None = None
    first: dict[tuple[str, str], int] = field(default_factory=dict)
    """On which line each code, with its modifier, stands."""


def is_relative_values(head: str) -> bool:
    return _TITLE.search(head) is not None and "," in head.partition("\n")[0]


def read_relative_values(
    source: Source, asked: Asked, factors: Sequence[ConversionRow], problems: list[str]
) -> Delivery | None:
    """Read the file; `factors` are the conversion factors that are loaded."""
    before = len(problems)
    title = _title(source, problems)
    if title is None:
        return None
    year, quarter, released = title
    start = date(year, QUARTERS[quarter], 1)
    first, last = in_year(year, start, asked, source.name, problems)
    models = _models(source, start, factors, problems)
    found = _Found()
    for line, cells in _rows(source, problems):
        _read(line, cells, source, (first, last, asked.until), found, problems)
    if not found.prices and len(problems) == before:
        problems.append(f"{source.name}: has no codes; expected rows below the header")
    if len(problems) > before or found.factor is None:
        return None
    conversions = tuple(ConversionRow(first, last, model, found.factor) for model in models)
    which = (
        "for all" if len(models) > 1 else "in qualifying models" if True in models else "outside of qualifying models"
    )
    return Delivery(
        f"relative values of {quarter.capitalize()} {year} (released {released}), from {first} until {last}, "
        f"conversion factor {found.factor} {which}",
        {"prices": tuple(found.prices), "global_days": tuple(found.days), "conversion_factors": conversions},
    )


def _title(source: Source, problems: list[str]) -> tuple[int, str, date] | None:
    title, released = _TITLE.search(source.head), _RELEASED.search(source.head)
    quarter = title[2].lower() if title else ""
    if title is None or quarter not in QUARTERS:
        problems.append(f"{source.at(1)}: expected a title that names the January, April, July or October release")
        return None
    try:
        day = datetime.strptime(released[1], "%m/%d/%Y").date() if released else None  # noqa: DTZ007 - a day only
    except ValueError:
        day = None
    year = int(title[1])
    if day is None or day.year not in {year - 1, year}:
        problems.append(f"{source.name}: expected the day of release above the header, in {year - 1} or {year}")
        return None
    return year, quarter, day


def _models(source: Source, start: date, factors: Sequence[ConversionRow], problems: list[str]) -> tuple[bool, ...]:
    """Return for whom the factor is: in a qualifying model, not in one, or both where CMS makes no difference yet."""
    name = source.name.lower().replace("-", "").replace("_", "")
    if "nonqp" in name:
        return (False,)
    if "qp" in name:
        return (True,)
    newest = max((row.start for row in factors if row.start <= start), default=None)
    if len({row.factor for row in factors if row.start == newest}) > 1:
        problems.append(
            f"{source.name}: there are two conversion factors, and the name does not say which this is; expected a "
            "name as CMS gives it, with nonQPP or QPP in it"
        )
    return (False, True)


def _rows(source: Source, problems: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the cells that we take, by our names, of every row below the header."""
    above: list[Sequence[str]] = []
    columns: dict[str, int] | None = None
    width = 0
    for line, cells in source.rows():
        if columns is None:
            above.append(cells)
            if cells[0].upper() == COLUMNS["code"]:
                labels = [_label(above[-HEADER_ROWS:], i) for i in range(len(cells))]
                columns, width = find_columns(labels, COLUMNS, source.at(line), problems), len(cells)
                if columns is None:
                    return
        elif len(cells) != width:
            problems.append(f"{source.at(line)}: has {len(cells)} cells; expected {width}, as the header has")
        else:
            yield line, {name: cells[place] for name, place in columns.items()}
    if columns is None:
        problems.append(f"{source.name}: has no header; expected a row that begins with {COLUMNS['code']}")


def _label(rows: Sequence[Sequence[str]], column: int) -> str:
    return " ".join(row[column] for row in rows if column < len(row) and row[column])


def _read(
    line: int,
    cells: dict[str, str],
    source: Source,
    dates: tuple[date, date, date | None],
    found: _Found,
    problems: list[str],
) -> None:
    start, until, days_until = dates
    code, modifier = cells["code"], cells["modifier"]
    where = f"{source.at(line)}: {code} {modifier}".rstrip()
    before = len(problems)
    problems.extend(f"{where}: {wrong}" for wrong in _wrong(cells))
    values = {name: value for name in NUMBERS if (value := number(cells[name])) is not None}
    if len(problems) > before:
        return
    for setting, said in SETTINGS:
        total, terms = values[f"{setting}_total"], [values[t] for t in ("work", f"{setting}_pe", "malpractice")]
        if sum(terms) != total:
            shown = " + ".join(map(str, terms))
            problems.append(f"{where}: {shown} is {sum(terms)}, but the {said} total is {total}; expected them equal")
    if found.factor is not None and values["factor"] != found.factor:
        problems.append(f"{where}: the conversion factor is {values['factor']}, in the rows above {found.factor}")
    found.factor = found.factor or values["factor"]
    earlier = found.first.setdefault((code, modifier), line)
    if earlier != line:
        problems.append(f"{where}: stands on line {earlier} already; expected it once")
    parts = (values["work"], values["nonfacility_pe"], values["facility_pe"], values["malpractice"])
    na = NOT_DONE[bool(cells["nonfacility_na"]), bool(cells["facility_na"])]
    found.prices.append(PriceRow(start, until, code, cells["status"], *parts, modifier or None, na))
    if not modifier:
        found.days.append(GlobalDaysRow(start, days_until, code, DAYS[cells["global_days"]]))


def _wrong(cells: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with single cells."""
    if not _CODE.fullmatch(cells["code"]):
        yield "is no code; expected five letters and digits (a spreadsheet takes leading zeros away)"
    if not _MODIFIER.fullmatch(cells["modifier"]):
        yield f"'{cells['modifier']}' is no modifier; expected two letters or digits, or nothing"
    if not _STATUS.fullmatch(cells["status"]):
        yield f"'{cells['status']}' is no status code; expected one letter"
    if cells["global_days"] not in DAYS:
        yield f"'{cells['global_days']}' are no global days; expected one of {', '.join(DAYS)}"
    for setting, said in SETTINGS:
        if cells[f"{setting}_na"] not in {"", "NA"}:
            yield f"'{cells[f'{setting}_na']}' is no {said} indicator; expected NA or nothing"
    for name in NUMBERS:
        if number(cells[name]) is None:
            yield f"'{cells[name]}' is no {COLUMNS[name]}; expected a number"
    if number(cells["factor"]) == 0:
        yield "the conversion factor is 0; expected dollars"
