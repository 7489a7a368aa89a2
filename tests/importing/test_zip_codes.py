from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cds_service.billing.fees import Place, locality_of
from cds_service.billing.tables import Tables
from cds_service.content.tables import load_tables

from .cms import GPCI, ZIP5, import_into, loaded, refused, zip_codes, zip_line
from .conftest import Written

NAME = "ZIP5_JUL2026.txt"
CHELSEA = ("NY", "10001", "13202", "01")


@pytest.fixture
def tables(folder: Path) -> Tables:
    import_into(folder, GPCI)
    import_into(folder, ZIP5)
    return load_tables(folder, [])


def place(zip_code: str, tables: Tables, on: date = date(2026, 11, 17)) -> Place | None:
    return locality_of(zip_code, on, tables)


def found(zip_code: str, tables: Tables) -> str | None:
    there = place(zip_code, tables)
    return f"{there.locality.state} {there.locality.locality}" if there else None


def test_a_line_becomes_a_row_that_stays_in_force(folder: Path) -> None:
    import_into(folder, ZIP5)
    (row,) = [r for r in loaded(folder, "zip_localities") if r.zip == "10001"]
    assert (row.state, row.carrier, row.locality, row.plus_four, row.start, row.until) == (
        "NY", "13202", "01", False, date(2026, 7, 1), None,
    )  # fmt: skip


def test_a_zip_code_has_the_locality_of_its_contractor_and_number(tables: Tables) -> None:
    assert found("10001", tables) == "NY 01"
    assert found("35004", tables) == "AL 00"


def test_a_suburb_in_another_state_has_the_locality_of_the_city(tables: Tables) -> None:
    # Bethesda in Maryland is of DC's locality 01; Maryland has a locality 01 too, and that is Baltimore's.
    assert found("20814", tables) == "DC 01"
    assert found("21201", tables) == "MD 01"
    assert found("96910", tables) == "HI 01", "Guam has the indices of Hawaii"


def test_a_zip_code_in_two_states_or_in_none_has_no_locality(tables: Tables) -> None:
    assert place("42223", tables) is None
    assert place("00000", tables) is None


def test_where_the_last_four_digits_decide_the_place_is_not_certain(tables: Tables) -> None:
    sure, unsure = place("10001", tables), place("59001", tables)
    assert sure is not None
    assert unsure is not None
    assert (sure.certain, unsure.certain) == (True, False)


def test_before_the_file_s_quarter_and_without_indices_of_the_year_nothing_is_known(tables: Tables) -> None:
    assert place("10001", tables, date(2026, 6, 30)) is None
    assert place("10001", tables, date(2027, 1, 1)) is None


def test_without_an_import_no_zip_code_is_known(shipped: Path) -> None:
    assert not (shipped / "tables" / "zip_localities.csv").exists()
    assert locality_of("10001", date(2026, 11, 17), load_tables(shipped, [])) is None


def test_a_later_quarter_closes_what_it_changes_and_leaves_the_rest(folder: Path, written: Written) -> None:
    import_into(folder, ZIP5)
    moved = zip_codes(("NY", "10001", "13202", "02"), ("AL", "35004", "10112", "00"), quarter="20264")
    import_into(folder, written(moved, "ZIP5_OCT2026.txt"))
    rows = {(r.zip, r.locality, str(r.start), str(r.until)) for r in loaded(folder, "zip_localities")}
    assert ("10001", "01", "2026-07-01", "2026-09-30") in rows
    assert ("10001", "02", "2026-10-01", "None") in rows
    assert ("35004", "00", "2026-07-01", "None") in rows


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (zip_codes(CHELSEA, CHELSEA), "2: ZIP 10001 stands on line 1 already"),
        (
            zip_codes(CHELSEA) + zip_line("NY", "10002", "13202", "01", quarter="20262"),
            "2: is of the quarter from 2026-04-01",
        ),
        (zip_codes(CHELSEA) + "NY10002\n", "2: expected 80 characters"),
        (zip_codes(CHELSEA)[:21] + "0001" + zip_codes(CHELSEA)[25:], "nine digits"),
    ],
)
def test_a_line_that_means_nothing_is_told(text: str, said: str, folder: Path, written: Written) -> None:
    problems = refused(folder, written(text, NAME))
    assert any(said in p for p in problems), problems


def test_it_cannot_begin_in_another_year(folder: Path) -> None:
    assert any("is of 2026" in p for p in refused(folder, ZIP5, start=date(2025, 1, 1)))
