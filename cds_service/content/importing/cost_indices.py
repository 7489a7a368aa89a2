"""The geographic practice cost indices by locality (GPCI….csv, Addendum E of the final rule)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from cds_service.billing.tables import LocalityRow

from .cells import find_columns, number
from .delivery import Asked, Delivery, in_year
from .source import Source

_INDEX = re.compile(r"(\d{4}) (PW|PE|MP) GPCI(.*)", re.IGNORECASE)
_WORK = re.compile(r"\d{4} PW GPCI", re.IGNORECASE)
_TITLE = re.compile(r"CY ?(\d{4})", re.IGNORECASE)
_STATE = re.compile(r"[A-Z]{2}", re.ASCII)

COLUMNS = {
    "carrier": "MEDICARE ADMINISTRATIVE CONTRACTOR (MAC)",
    "state": "STATE",
    "locality": "LOCALITY NUMBER",
    "name": "LOCALITY NAME",
    "work": "PW GPCI",
    "practice_expense": "PE GPCI",
    "malpractice": "MP GPCI",
}
INDICES = ("work", "practice_expense", "malpractice")


def is_cost_indices(head: str) -> bool:
    return "," in head and COLUMNS["locality"] in head.upper() and _WORK.search(head) is not None


def read_cost_indices(source: Source, asked: Asked, problems: list[str]) -> Delivery | None:
    """Read the indices; the work index is the one with the floor of 1.0, where the file has one without it too."""
    before = len(problems)
    rows = list(source.rows())
    header = next((i for i, (_, cells) in enumerate(rows) if COLUMNS["locality"] in map(str.upper, cells)), None)
    if header is None:
        problems.append(f"{source.name}: has no header; expected a row with {COLUMNS['locality']}")
        return None
    line, labels = rows[header]
    year = _year(source, line, labels, [c for _, cells in rows[:header] for c in cells], problems)
    columns = find_columns([_label(written) for written in labels], COLUMNS, source.at(line), problems)
    if year is None or columns is None:
        return None
    start, until = in_year(year, date(year, 1, 1), asked, source.name, problems)
    places: list[LocalityRow] = []
    first: dict[tuple[str, str], int] = {}
    for row_line, cells in rows[header + 1 :]:
        if not any(cells[1:]):  # below the table stand notes, in the first cell
            continue
        place = _place(row_line, cells, columns, (start, until), source, problems)
        if place is None:
            continue
        where = f"{source.at(row_line)}: {place.state} {place.locality}"
        earlier = first.setdefault((place.state, place.locality), row_line)
        if earlier != row_line:
            problems.append(f"{where}: stands on line {earlier} already; expected it once")
        places.append(place)
    if not places and len(problems) == before:
        problems.append(f"{source.name}: has no localities; expected rows below the header")
    if len(problems) > before:
        return None
    return Delivery(f"cost indices of {year}, from {start} until {until}", {"localities": tuple(places)})


def _label(written: str) -> str:
    """Return the label without year and floor; an index without the floor is none of ours."""
    index = _INDEX.fullmatch(written)
    if index is None or "WITHOUT" in index[3].upper():
        return written
    return f"{index[2]} GPCI"


def _year(source: Source, line: int, labels: Sequence[str], above: Sequence[str], problems: list[str]) -> int | None:
    titled = {int(found[1]) for text in above if (found := _TITLE.search(text))}
    years = titled | {int(index[1]) for label in labels if (index := _INDEX.fullmatch(label))}
    if len(years) == 1:
        return years.pop()
    said = " and ".join(map(str, sorted(years))) or "none"
    problems.append(f"{source.at(line)}: the year of title and columns is {said}; expected one year")
    return None


def _place(
    line: int,
    cells: Sequence[str],
    columns: dict[str, int],
    dates: tuple[date, date],
    source: Source,
    problems: list[str],
) -> LocalityRow | None:
    if len(cells) <= max(columns.values()):
        problems.append(f"{source.at(line)}: has {len(cells)} cells; expected those of the header")
        return None
    said = {name: cells[place] for name, place in columns.items()}
    carrier, locality = said["carrier"].zfill(5), said["locality"].zfill(2)
    where = f"{source.at(line)}: {said['state']} {locality}"
    before = len(problems)
    if not (_STATE.fullmatch(said["state"]) and _digits(carrier, 5) and _digits(locality, 2) and said["name"]):
        problems.append(f"{where}: expected a MAC of five digits, a state, a locality of two digits, and its name")
    indices = {name: value for name in INDICES if (value := number(said[name]))}
    lacking = [name for name in INDICES if name not in indices]
    problems.extend(f"{where}: '{said[n]}' is no {COLUMNS[n]}; expected a number above 0" for n in lacking)
    if len(problems) > before:
        return None
    name = said["name"].rstrip("* ")  # stars point to notes below the table
    work, expense, malpractice = (indices[n] for n in INDICES)
    return LocalityRow(*dates, said["state"], locality, name, work, expense, malpractice, carrier)


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()
