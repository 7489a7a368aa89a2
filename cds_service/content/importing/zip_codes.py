"""The ZIP codes and the localities in which CMS prices their services (ZIP5….txt): lines of 80 characters.

Columns 1–2 state, 3–7 ZIP, 8–12 carrier, 13–14 locality, 15 rural or not, 21 whether the last four digits matter, 76–80
year and quarter. What matters to ambulances and laboratories only is not taken.
"""

from __future__ import annotations

import re
from datetime import date

from cds_service.billing.tables import ZipRow

from .delivery import Asked, Delivery, until_replaced
from .source import Source

_LINE = re.compile(
    r"(?P<state>[A-Z]{2})(?P<zip>\d{5})(?P<carrier>\d{5})(?P<locality>\d{2}).{6}(?P<plus_four>[01])"
    r"(?P<four>.{4}).{50}(?P<year>\d{4})(?P<quarter>[1-4])\s*",
    re.ASCII,
)
_NINE = re.compile(r"\d{4}")


def is_zip_codes(head: str) -> bool:
    return _LINE.fullmatch(head.partition("\n")[0]) is not None


def read_zip_codes(source: Source, asked: Asked, problems: list[str]) -> Delivery | None:
    before = len(problems)
    quarter = _quarter(source.head)
    start, until = until_replaced(quarter, asked, source.name, problems)
    if start.year != quarter.year:
        problems.append(f"{source.name}: is of {quarter.year} and cannot begin on {start}; expected a day of that year")
    rows: list[ZipRow] = []
    first: dict[tuple[str, str], int] = {}
    for line, text in enumerate(source.text.splitlines(), start=1):
        if not text.strip(" \x1a"):
            continue
        said = _LINE.fullmatch(text)
        if said is None:
            problems.append(f"{source.at(line)}: expected 80 characters as CMS lays out the ZIP5 file")
            continue
        if _NINE.fullmatch(said["four"]):
            problems.append(f"{source.at(line)}: has ZIP codes of nine digits; expected the ZIP5 file")
            break
        if (of := _quarter(text)) != quarter:
            problems.append(f"{source.at(line)}: is of the quarter from {of}, the first line of that from {quarter}")
        earlier = first.setdefault((said["zip"], said["state"]), line)
        if earlier != line:
            problems.append(f"{source.at(line)}: ZIP {said['zip']} stands on line {earlier} already; expected it once")
        flag = said["plus_four"] == "1"
        rows.append(ZipRow(start, until, said["zip"], said["state"], said["carrier"], said["locality"], flag))
    title = f"ZIP codes of the quarter from {quarter}, in force from {start}"
    return Delivery(title, {"zip_localities": tuple(rows)}) if len(problems) == before else None


def _quarter(text: str) -> date:
    """Return the first day of the quarter at the end of the first line."""
    year_and_quarter = text.partition("\n")[0].strip()[-5:]
    return date(int(year_and_quarter[:4]), 3 * int(year_and_quarter[4]) - 2, 1)
