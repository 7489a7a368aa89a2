from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from .cms import GPCI, contents, cost_indices, import_into, loaded, refused
from .conftest import Written

NAME = "GPCI2026.csv"
MANHATTAN = ("13202", "NY", "01", "MANHATTAN", "1.064", "1.162", "1.586")
ALASKA = ("02102", "AK", "01", "ALASKA*", "1.5", "1.065", "0.551")


def test_a_row_becomes_a_locality_of_the_year(folder: Path) -> None:
    import_into(folder, GPCI)
    (row,) = [r for r in loaded(folder, "localities") if r.state == "NY"]
    assert (row.locality, row.name, row.carrier, row.start, row.until) == (
        "01", "MANHATTAN", "13202", date(2026, 1, 1), date(2026, 12, 31),
    )  # fmt: skip
    assert (row.work, row.practice_expense, row.malpractice) == (Decimal("1.064"), Decimal("1.162"), Decimal("1.586"))


def test_stars_and_notes_are_no_part_of_the_table(folder: Path) -> None:
    import_into(folder, GPCI)
    rows = loaded(folder, "localities")
    assert len(rows) == 9
    assert not any("*" in r.name for r in rows)
    assert {r.name for r in rows if r.state == "HI"} == {"HAWAII, GUAM"}


def test_the_shipped_localities_are_those_of_the_file(shipped: Path) -> None:
    before = contents(shipped)
    import_into(shipped, GPCI)
    assert contents(shipped) == before


def test_of_two_work_indices_the_one_with_the_floor_is_taken(folder: Path, written: Written) -> None:
    text = cost_indices([("10112", "AL", "00", "ALABAMA", "1.000", "0.875", "0.566")])
    text = text.replace("2026 PE GPCI", "2026 PW GPCI (without 1.0 Floor),2026 PE GPCI").replace(
        "1.000,", "1.000,0.979,"
    )
    import_into(folder, written(text, NAME))
    assert [str(r.work) for r in loaded(folder, "localities")] == ["1.000"]


def test_zeros_that_a_spreadsheet_took_away_are_given_back(folder: Path, written: Written) -> None:
    import_into(folder, written(cost_indices([("2102", "AK", "1", "ALASKA*", "1.5", "1.065", "0.551")]), NAME))
    assert [(r.carrier, r.locality) for r in loaded(folder, "localities")] == [("02102", "01")]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([MANHATTAN, MANHATTAN], "5: NY 01: stands on line 4 already"),
        ([("13202", "NY", "01", "MANHATTAN", "", "1.162", "1.586")], "4: NY 01: '' is no PW GPCI"),
        ([("13202", "NY", "01", "MANHATTAN", "1.064", "0", "1.586")], "'0' is no PE GPCI"),
        ([("13202", "New York", "01", "MANHATTAN", "1", "1", "1")], "expected a MAC of five digits"),
        ([("13202", "NY", "01", "MANHATTAN", "1")], "has 5 cells"),
        ([], "has no localities"),
    ],
)
def test_a_row_that_means_nothing_is_told(
    rows: list[tuple[str, ...]], said: str, folder: Path, written: Written
) -> None:
    problems = refused(folder, written(cost_indices(rows), NAME))
    assert any(said in p for p in problems), problems


def test_a_year_that_differs_within_the_file_is_refused(folder: Path, written: Written) -> None:
    text = cost_indices([MANHATTAN]).replace("2026 MP", "2025 MP")
    assert any("2025 and 2026" in p for p in refused(folder, written(text, NAME)))


def test_a_column_that_is_not_there_is_named(folder: Path, written: Written) -> None:
    text = cost_indices([MANHATTAN]).replace("2026 MP GPCI", "2026 Malpractice")
    assert any("'MP GPCI' is not there" in p for p in refused(folder, written(text, NAME)))


def test_indices_speak_of_their_own_year_only(folder: Path) -> None:
    assert any("is of 2026" in p for p in refused(folder, GPCI, start=date(2025, 1, 1)))


def test_other_indices_for_days_that_are_loaded_are_refused(shipped: Path, written: Written) -> None:
    text = cost_indices([(*MANHATTAN[:6], "1.600"), ALASKA])
    problems = refused(shipped, written(text, NAME))
    assert problems[0].startswith("localities.csv: NY 01 is loaded from 2026-01-01 until 2026-12-31 with other numbers")
    assert "malpractice 1.586 → 1.600" in problems[0]
