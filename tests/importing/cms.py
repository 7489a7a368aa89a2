"""Files in the layouts that CMS publishes, made of given numbers: what the tests import."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from cds_service.content.importing import Asked, Imported, import_file
from cds_service.content.importing.folder import read
from cds_service.content.importing.table import TABLES
from cds_service.errors import ContentError

FILES = Path(__file__).with_name("files")
NONQPP = FILES / "PPRRVU2026_Jul_nonQPP.csv"
QPP = FILES / "PPRRVU2026_Jul_QPP.csv"
OF_2025 = FILES / "PPRRVU2025_Oct.csv"
GPCI = FILES / "GPCI2026.csv"
ZIP5 = FILES / "ZIP5_JUL2026.txt"

DESCRIPTION = "NOT TAKEN, EVER"
"""What stands where CMS has the AMA's words."""

NOTICE = (
    "CPT codes and descriptions only are copyright {} American Medical Association.  All Rights Reserved.  "
    "Applicable FARS/DFARS Apply. "
)

# The header's last five rows, from column 0; PRIC IND is of 2026 and later.
HEADER = (
    ("",) * 29 + ("NON-FACILITY", "FACILITY", ""),
    ("", "", "", "", "NOT USED") + ("",) * 21 + ("PHYSICIAN", "", "DIAGNOSTIC", "PE USED", "PE USED", "MP USED"),
    ("", "", "", "", "FOR", "", "", "NON-FAC", "", "FACILITY ") + ("",) * 16
    + ("SUPERVISION OF", "", "IMAGING", "FOR OPPS", "FOR OPPS", "FOR OPPS"),
    ("", "", "", "STATUS", "MEDICARE ", "WORK", "NON-FAC", "NA", "FACILITY", "NA", "MP", "NON-FACILITY", "FACILITY",
     "PCTC", "GLOB", "PRE", "INTRA", "POST", "MULT", "BILAT", "ASST", "CO-", "TEAM", "PRIC", "ENDO", "CONV",
     "DIAGNOSTIC", "CALCULATION", "FAMILY", "PAYMENT", "PAYMENT", "PAYMENT"),
    ("HCPCS", "MOD", "DESCRIPTION", "CODE", "PAYMENT", "RVU", "PE RVU", "INDICATOR", "PE RVU", "INDICATOR", "RVU",
     "TOTAL", "TOTAL", "IND", "DAYS", "OP", "OP", "OP", "PROC", "SURG", "SURG", "SURG", "SURG", "IND", "BASE", "FACTOR",
     "PROCEDURES", "FLAG", "INDICATOR", "AMOUNT", "AMOUNT", "AMOUNT"),
)  # fmt: skip
PRIC_IND = 23


@dataclass(frozen=True)
class Value:
    """One row of a relative value file."""

    code: str
    work: str = "0.00"
    nonfacility_pe: str = "0.00"
    facility_pe: str = "0.00"
    malpractice: str = "0.00"
    status: str = "A"
    modifier: str = ""
    days: str = "XXX"
    nonfacility_na: str = ""
    facility_na: str = ""
    factor: str = ""
    totals: tuple[str, str] | None = None
    """What stands as totals, where it shall not be the sums."""

    def sums(self) -> tuple[str, str]:
        same = Decimal(self.work) + Decimal(self.malpractice)
        return str(same + Decimal(self.nonfacility_pe)), str(same + Decimal(self.facility_pe))

    def cells(self, factor: str) -> tuple[str, ...]:
        return (
            self.code, self.modifier, DESCRIPTION, self.status, "", self.work, self.nonfacility_pe, self.nonfacility_na,
            self.facility_pe, self.facility_na, self.malpractice, *(self.totals or self.sums()),
            "0", self.days, "0.00", "0.00", "0.00", "0", "0", "0", "0", "0", "9", "", self.factor or factor,
            "09", "0", "99", "0.00", "0.00", "0.00",
        )  # fmt: skip


PHOTO = Value("G2010", "0.18", "0.20", "0.05", "0.01")


def relative_values(
    values: Iterable[Value] = (PHOTO,),
    year: int = 2026,
    release: str = "July",
    released: str = "06/30/2026",
    factor: str = "33.4009",
) -> str:
    """Return a PPRRVU csv."""
    preamble = [
        f"{year} National Physician Fee Schedule Relative Value File {release} Release",
        NOTICE.format(year - 1),
        f"Dental codes (D codes) are copyright {year} American Dental Association.  All Rights Reserved.",
        " ",
        f"RELEASED {released}",
    ]
    rows: list[Sequence[str]] = [("", "", text) + ("",) * 29 for text in preamble]
    rows += [*HEADER, *(value.cells(factor) for value in values)]
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(
        row if year > 2025 else [*row[:PRIC_IND], *row[PRIC_IND + 1 :]] for row in rows
    )
    return out.getvalue()


def cost_indices(rows: Iterable[tuple[str, ...]], year: int = 2026) -> str:
    """Return a GPCI csv (Addendum E); a row is MAC, state, locality, name, and the three indices."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    title = f"ADDENDUM E. FINAL CY {year} GEOGRAPHIC PRACTICE COST INDICES (GPCIs) BY STATE AND MEDICARE LOCALITY"
    writer.writerow([title, *[""] * 6])
    writer.writerow([""] * 7)
    writer.writerow([
        "Medicare Administrative Contractor (MAC)", "State", "Locality Number", "Locality Name",
        f"{year} PW GPCI (with 1.0 Floor)***", f"{year} PE GPCI", f"{year} MP GPCI",
    ])  # fmt: skip
    writer.writerows(rows)
    for note in ("MAC Assignments as of November 22, 2023", "", "*Work GPCI reflects a 1.5 floor in Alaska."):
        writer.writerow([note, *[""] * 6])
    return out.getvalue()


def zip_line(
    state: str, zip_code: str, carrier: str, locality: str, plus_four: str = "0", quarter: str = "20263"
) -> str:
    """Return one line of a ZIP5 text."""
    return f"{state}{zip_code}{carrier}{locality} Z9   {plus_four} A{'':52}{quarter}\n"


def zip_codes(*lines: tuple[str, str, str, str] | tuple[str, str, str, str, str], quarter: str = "20263") -> str:
    return "".join(zip_line(*line[:4], line[4] if len(line) > 4 else "0", quarter) for line in lines)


# --- imports ---

NAMES = ("prices", "global_days", "conversion_factors", "localities", "zip_localities")


def import_into(folder: Path, file: Path, **asked: Any) -> Imported:
    return import_file(file, folder, Asked(**asked))


def refused(folder: Path, file: Path, **asked: Any) -> list[str]:
    """Import what must be refused; nothing may have changed. Return the problems."""
    before = contents(folder)
    try:
        done = import_into(folder, file, **asked)
    except ContentError as error:
        assert contents(folder) == before, "refused, and yet something was written"
        return error.problems
    raise AssertionError("\n".join(["was taken", *done.lines()]))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def loaded(folder: Path, name: str) -> list[Any]:
    return [replace(row) for row in read(folder / "tables", TABLES[name])]
