from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .cms import DESCRIPTION, NONQPP, OF_2025, PHOTO, QPP, contents, import_into, loaded, refused, relative_values
from .conftest import Written

NAME = "PPRRVU2026_Jul_nonQPP.csv"
JULY, YEAR_END = date(2026, 7, 1), date(2026, 12, 31)


def test_the_shipped_prices_are_those_of_both_years_files(shipped: Path) -> None:
    before = [r for r in loaded(shipped, "prices") if r.code.startswith(("G20", "G22", "994", "989"))]
    for file in (NONQPP, QPP, OF_2025):
        done = import_into(shipped, file)
        assert not any(layer.changed for layer in done.layers)
    after = loaded(shipped, "prices")
    assert [r for r in before if r in after] == before


def test_a_row_becomes_a_price_global_days_and_a_conversion_factor(folder: Path) -> None:
    import_into(folder, NONQPP)
    (photo,) = [r for r in loaded(folder, "prices") if r.code == "G2010"]
    assert (photo.status, photo.work, photo.nonfacility_pe, photo.facility_pe, photo.malpractice) == (
        "A", Decimal("0.18"), Decimal("0.20"), Decimal("0.05"), Decimal("0.01"),
    )  # fmt: skip
    assert (photo.start, photo.until) == (JULY, YEAR_END), "a release speaks from its quarter to the year's end"
    factors = loaded(folder, "conversion_factors")
    assert [(f.qualifying_apm, f.factor, f.start, f.until) for f in factors] == [
        (False, Decimal("33.4009"), JULY, YEAR_END)
    ]


def test_the_second_file_of_a_year_adds_the_other_factor_only(folder: Path) -> None:
    import_into(folder, NONQPP)
    before = contents(folder)
    import_into(folder, QPP)
    after = contents(folder)
    assert {name for name in after if after[name] != before[name]} == {"tables/conversion_factors.csv"}
    factors = {f.qualifying_apm: str(f.factor) for f in loaded(folder, "conversion_factors")}
    assert factors == {False: "33.4009", True: "33.5675"}


def test_before_there_were_two_files_one_factor_is_for_all(folder: Path) -> None:
    import_into(folder, OF_2025)
    factors = {f.qualifying_apm: str(f.factor) for f in loaded(folder, "conversion_factors")}
    assert factors == {False: "32.3465", True: "32.3465"}


def test_the_columns_are_found_by_their_words_wherever_they_stand(folder: Path) -> None:
    # 2025 has no PRIC IND: the factor stands one column to the left of its place in 2026.
    import_into(folder, OF_2025)
    import_into(folder, NONQPP)
    assert {str(f.factor) for f in loaded(folder, "conversion_factors")} == {"32.3465", "33.4009"}


@pytest.mark.parametrize(
    ("code", "days"),
    [("43241", 0), ("10060", 10), ("43280", 90), ("73000", 0), ("43283", 0), ("43289", None), ("59400", None)],
)
def test_global_days_of_every_code(code: str, days: int | None, folder: Path) -> None:
    # No global period, none of its own (an add-on), the contractor decides, maternity: the last two are for a person.
    import_into(folder, NONQPP)
    assert [r.days for r in loaded(folder, "global_days") if r.code == code] == [days]


def test_global_days_stay_in_force_until_a_later_file_says_otherwise(folder: Path) -> None:
    import_into(folder, NONQPP)
    assert {(r.start, r.until) for r in loaded(folder, "global_days")} == {(JULY, None)}


def test_parts_of_a_service_are_rows_of_their_own(folder: Path) -> None:
    import_into(folder, NONQPP)
    parts = {(r.code, r.modifier): r.na for r in loaded(folder, "prices") if r.code in {"73000", "45378", "43280"}}
    assert parts == {
        ("73000", None): "facility", ("73000", "26"): None, ("73000", "TC"): "facility",
        ("45378", None): None, ("45378", "53"): None, ("43280", None): "nonfacility",
    }  # fmt: skip


def test_no_description_and_no_notice_is_ever_written(shipped: Path) -> None:
    for file in (NONQPP, QPP, OF_2025):
        import_into(shipped, file)
    for name, written in contents(shipped).items():
        assert DESCRIPTION.encode() not in written, name
        assert b"Medical Association" not in written, name


def test_the_days_may_be_chosen_within_the_year(folder: Path) -> None:
    import_into(folder, NONQPP, start=date(2026, 1, 1), until=date(2026, 9, 30))
    for name in ("prices", "conversion_factors", "global_days"):
        assert {(r.start, r.until) for r in loaded(folder, name)} == {(date(2026, 1, 1), date(2026, 9, 30))}


@pytest.mark.parametrize(
    "asked",
    [{"start": date(2025, 12, 31)}, {"until": date(2027, 1, 1)}, {"start": date(2027, 1, 1)},
     {"start": date(2026, 9, 1), "until": date(2026, 8, 31)}],
)  # fmt: skip
def test_days_of_another_year_and_an_end_before_the_beginning_are_refused(asked: dict[str, date], folder: Path) -> None:
    assert any(NONQPP.name in problem for problem in refused(folder, NONQPP, **asked))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"totals": ("0.40", "0.24")}, "11: G2010: 0.18 + 0.20 + 0.01 is 0.39, but the non-facility total is 0.40"),
        ({"totals": ("0.39", "0.23")}, "11: G2010: 0.18 + 0.05 + 0.01 is 0.24, but the facility total is 0.23"),
        ({"work": "0.181", "totals": ("0.39", "0.24")}, "0.181 + 0.20 + 0.01 is 0.391, but"),
        ({"work": "-0.18", "totals": ("0.03", "0.00")}, "11: G2010: '-0.18' is no WORK RVU; expected a number"),
        ({"work": "", "totals": ("0.21", "0.06")}, "'' is no WORK RVU"),
        ({"work": "NaN", "totals": ("NaN", "NaN")}, "'NaN' is no WORK RVU"),
        ({"code": "100"}, "11: 100: is no code"),
        ({"days": "90"}, "'90' are no global days; expected one of 000, 010, 090"),
        ({"status": ""}, "'' is no status code"),
        ({"modifier": "2"}, "'2' is no modifier"),
        ({"facility_na": "N"}, "'N' is no facility indicator"),
        ({"factor": "0.0000"}, "conversion factor is 0"),
    ],
)
def test_what_does_not_add_up_is_told_with_its_row_and_code(
    wrong: dict[str, Any], said: str, folder: Path, written: Written
) -> None:
    problems = refused(folder, written(relative_values([replace(PHOTO, **wrong)]), NAME))
    assert any(said in p for p in problems), problems
    assert problems[-1] == "nothing was changed"


def test_a_conversion_factor_that_differs_within_the_file_is_refused(folder: Path, written: Written) -> None:
    text = relative_values([PHOTO, replace(PHOTO, code="G2250", factor="33.5675")])
    problems = refused(folder, written(text, NAME))
    assert problems[0] == f"{NAME}:12: G2250: the conversion factor is 33.5675, in the rows above 33.4009"


def test_a_code_that_stands_twice_is_refused_and_its_parts_are_not_that(folder: Path, written: Written) -> None:
    parts = [PHOTO, replace(PHOTO, modifier="26"), replace(PHOTO, modifier="TC")]
    import_into(folder, written(relative_values(parts), NAME))
    assert any("line 11 already" in p for p in refused(folder, written(relative_values([PHOTO, PHOTO]), NAME)))


@pytest.mark.parametrize("label", ["WORK", "GLOB", "CONV", "MOD", "MP", "NA", "STATUS"])
def test_a_column_that_is_not_there_is_named(label: str, folder: Path, written: Written) -> None:
    text = relative_values().replace(f",{label},", ",SOMETHING,")
    assert any("is not there; expected it once" in p for p in refused(folder, written(text, NAME)))


@pytest.mark.parametrize(
    ("found", "instead", "said"),
    [
        ("July Release", "Summer Release", "January, April, July or October"),
        ("RELEASED 06/30/2026", "", "day of release"),
        ("06/30/2026", "06/31/2026", "day of release"),
        ("06/30/2026", "06/30/2024", "day of release"),
        ("HCPCS,MOD", "CODE,MOD", "no header"),
        ("09,0,99,0.00,0.00,0.00", "09,0,99", "cells; expected 32"),
    ],
)
def test_a_file_that_is_cut_or_changed_is_refused(
    found: str, instead: str, said: str, folder: Path, written: Written
) -> None:
    text = relative_values()
    assert found in text
    assert any(said in p for p in refused(folder, written(text.replace(found, instead), NAME)))


def test_a_file_without_codes_is_refused(folder: Path, written: Written) -> None:
    assert any("has no codes" in p for p in refused(folder, written(relative_values([]), NAME)))


def test_where_two_factors_are_loaded_a_name_that_says_neither_is_refused(shipped: Path, written: Written) -> None:
    problems = refused(shipped, written(relative_values(), "rvu.csv"))
    assert any("nonQPP or QPP" in p for p in problems)


def test_a_factor_other_than_the_loaded_one_is_refused(shipped: Path, written: Written) -> None:
    # The July file is of the other clinicians, and was given the wrong name.
    text = relative_values(factor="33.5675")
    problems = refused(shipped, written(text, NAME), start=date(2026, 1, 1))
    assert any("conversion_factors.csv" in p and "factor 33.4009 → 33.5675" in p for p in problems)


def test_many_problems_are_counted_and_not_poured_out(folder: Path, written: Written) -> None:
    wrong = [replace(PHOTO, code=f"G{n:04}", totals=("9.99", "9.99")) for n in range(500)]
    problems = refused(folder, written(relative_values(wrong), NAME))
    assert len(problems) < 30
    assert "and 980 more" in problems


def test_a_file_of_another_time_keeps_its_places_for_the_lines_it_names(folder: Path, written: Written) -> None:
    # A description may hold a comma, a quotation mark, a line break, or a letter of Windows.
    text = relative_values([PHOTO, replace(PHOTO, code="G2250", totals=("1.00", "1.00"))])
    text = re.sub('"NOT TAKEN, EVER"', '"5"" OR LESS,\r\nNA\u00efVE"', text)
    path = written("", NAME)
    path.write_bytes(text.encode("cp1252"))
    assert refused(folder, path)[0].startswith(f"{NAME}:14: G2250: ")
