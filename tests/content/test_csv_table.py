"""A long table is read fast, and its mistakes are told as well as those of a short one."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

import pytest

from cds_service.billing.tables import Dated
from cds_service.content.csv_table import read_table


@dataclass(frozen=True, slots=True)
class Row(Dated):
    code: str
    amount: Decimal
    days: int | None
    kind: Literal["whole", "part"]
    paid: bool
    modifier: str | None = None


HEADER = "code,amount,days,kind,paid,from,until\n"
GOOD = "G2010,0.18,10,whole,yes,2026-01-01,\n"


def read(tmp_path: Path, text: str) -> tuple[tuple[Row, ...], list[str]]:
    path, problems = tmp_path / "rows.csv", list[str]()
    path.write_text(text, newline="")
    return read_table(path, Row, problems), problems


def test_a_column_with_a_default_may_be_left_out(tmp_path: Path) -> None:
    (row,), problems = read(tmp_path, HEADER + GOOD)
    assert not problems
    assert (row.code, row.amount, row.days, row.kind, row.paid, row.until, row.modifier) == (
        "G2010", Decimal("0.18"), 10, "whole", True, None, None,
    )  # fmt: skip
    (row,), _ = read(tmp_path, "modifier," + HEADER + "26," + GOOD)
    assert row.modifier == "26"


@pytest.mark.parametrize(
    ("good", "wrong", "said"),
    [
        ("G2010", "", "'code' is nothing; expected text"),
        ("0.18", "much", "'amount' is 'much'; expected a number"),
        ("0.18", "", "'amount' is nothing; expected a number"),
        (",10,", ",ten,", "'days' is 'ten'; expected a whole number"),
        ("whole", "half", "'kind' is 'half'; expected whole or part"),
        ("yes", "true", "'paid' is 'true'; expected yes or no"),
        ("2026-01-01", "", "'from' is nothing; expected a date as year-month-day"),
    ],
)
def test_a_mistake_that_stands_in_many_rows_is_told_of_each(good: str, wrong: str, said: str, tmp_path: Path) -> None:
    bad = GOOD.replace(good, wrong, 1)
    rows, problems = read(tmp_path, HEADER + GOOD + bad + GOOD + bad)
    assert len(rows) == 2
    assert [p.partition(": ")[0] for p in problems] == ["tables/rows.csv:3", "tables/rows.csv:5"]
    assert all(said in p for p in problems)


def test_a_column_that_stands_twice_is_told(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, "code," + HEADER + "G2250," + GOOD)
    assert not rows
    assert any("'code' stands twice" in p for p in problems)


def test_an_empty_line_is_no_row_and_lines_are_counted_as_they_stand(tmp_path: Path) -> None:
    rows, problems = read(tmp_path, HEADER + GOOD + "\n" + GOOD.replace("yes", "maybe"))
    assert len(rows) == 1
    assert [p.partition(": ")[0] for p in problems] == ["tables/rows.csv:4"]
