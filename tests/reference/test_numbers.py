"""What Medicare allows by locality, and where a code's work stands: against figures that were worked out by hand."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from cds_service.present.dots import Named, Point, dot_chart
from tests.reference.pages import codes, content, page

# billing_rules.md §4.15: Manhattan (.18 × 1.064 + .20 × 1.162 + .01 × 1.586) × 33.4009, Alabama likewise.
AMOUNTS = [
    ("G2010", "NY-01", "nonfacility", False, "14.69"),
    ("G2010", "AL-00", "nonfacility", False, "12.05"),
    ("G2250", "NY-01", "nonfacility", False, "14.69"),
    # (.18 × 1.064 + .05 × 1.162 + .01 × 1.586) × 33.4009 = .26548 × 33.4009 = 8.8673
    ("G2010", "NY-01", "facility", False, "8.87"),
    # .43978 × 33.5675 = 14.7623
    ("G2010", "NY-01", "nonfacility", True, "14.76"),
    # work only: .80 × 1.064 × 33.4009 = 28.4308
    ("G9868", "NY-01", "nonfacility", False, "28.43"),
]


@pytest.mark.parametrize(("code", "place", "setting", "qp", "amount"), AMOUNTS)
def test_the_amount_is_right_to_the_cent(code: str, place: str, setting: str, qp: bool, amount: str) -> None:
    paid = page(code, place=place, setting=setting, qp=qp).payments
    assert paid is not None
    assert paid.chosen is not None
    assert str(paid.amount(paid.chosen)) == amount


def test_all_localities_of_2026_are_there_and_one_is_chosen() -> None:
    paid = page("G2010").payments
    assert paid is not None
    assert len(paid.rows) == 109
    assert [r.key for r in paid.rows if r.chosen] == ["NY-01"]
    assert paid.amount(paid.lowest) == min(r.nonfacility for r in paid.rows)
    assert paid.amount(paid.highest) == max(r.nonfacility for r in paid.rows)
    assert str(paid.national) == "13.03"
    for _, picture in paid.pictures:
        assert len(picture.dots) == 109
        assert sum(d.chosen for d in picture.dots) == 1


def test_the_national_amounts_of_both_years_and_factors() -> None:
    of_2026, of_2025 = page("G2010").units
    assert [(str(a.nonfacility), str(a.facility)) for a in of_2026.amounts] == [("13.03", "8.02"), ("13.09", "8.06")]
    assert {(str(a.nonfacility), str(a.facility)) for a in of_2025.amounts} == {("11.97", "8.73")}
    assert (of_2026.nonfacility, of_2026.facility) == (Decimal("0.39"), Decimal("0.24"))


@pytest.mark.parametrize(
    ("code", "on", "says"),
    [
        ("G2010", date(2025, 6, 1), "no_price"),  # no indices of 2025
        ("G2010", date(2027, 1, 1), "no_price"),
        ("G2012", date(2026, 6, 1), "gone"),
        ("98000", date(2026, 6, 1), "not_payable"),
        ("99213", date(2026, 6, 1), "no_price"),
    ],
)
def test_where_no_amount_can_be_given_the_page_says_why(code: str, on: date, says: str) -> None:
    found = page(code, on)
    assert found.payments is None
    assert found.unpaid == getattr(content().reference.page, says)


# --- rank ---


def test_the_work_of_g2010_ranks_as_counted_by_hand() -> None:
    # 181 G codes of 2025 with status A and work above zero: 7 have less than .18, 15 have .18.
    # (7 + 15) / 181 = 12.15 %. The 91st of 181 is .97; .97 / .18 = 5.39.
    rank = page("G2010").rank
    assert rank is not None
    assert (rank.year, rank.count, rank.less, rank.same, rank.more) == (2025, 181, 7, 15, 159)
    assert rank.percentile == 12
    assert (str(rank.median), str(rank.highest), rank.highest_code) == ("0.97", "20.93", "G0415")
    assert rank.against_median == "5.4 times below the median"
    assert rank.is_among


def test_the_work_of_99423_ranks_as_counted_by_hand() -> None:
    # A CPT code is held against the G codes: 79 have less than .80, one (G9868) has .80.
    # 80 / 181 = 44.2 %; .97 / .80 = 1.21.
    rank = page("99423").rank
    assert rank is not None
    assert (rank.less, rank.same, rank.percentile) == (79, 1, 44)
    assert rank.against_median == "1.2 times below the median"
    assert not rank.is_among


def test_the_ranks_agree_with_the_table_itself() -> None:
    table = files("cards").joinpath("tables", "g_code_work.csv").read_text(encoding="utf-8").splitlines()
    works = sorted(Decimal(r["work"]) for r in csv.DictReader(table) if r["status"] == "A" and Decimal(r["work"]) > 0)
    for code in codes():
        rank = page(code).rank
        if rank is None:
            continue
        assert rank.less == sum(w < rank.work for w in works), code
        assert rank.less + rank.same + rank.more == len(works) == 181
        assert rank.median == works[90]
        assert 0 <= rank.percentile <= 100


def test_a_code_without_units_of_that_year_has_no_rank() -> None:
    assert page("99441").rank is None
    assert page("G2012").rank is None


def test_the_table_of_work_holds_numbers_and_no_words() -> None:
    table = files("cards").joinpath("tables", "g_code_work.csv").read_text(encoding="utf-8").splitlines()
    rows = list(csv.DictReader(table))
    assert set(rows[0]) == {"code", "status", "work", "from", "until"}
    assert len(rows) == len({r["code"] for r in rows}) == 1268
    assert all(len(r["status"]) == 1 and Decimal(r["work"]) >= 0 for r in rows)


# --- the picture ---


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("width", [344.0, 760.0])
def test_dots_stand_in_the_picture_in_the_order_of_their_numbers(width: float, log: bool) -> None:
    points = [Point(0.1 * n, str(n), n == 7) for n in range(1, 60)]
    chart = dot_chart(
        points, [Named("chosen", 0.7, "seven"), Named("middle", 3.0, "middle")], width=width, size=8, log=log
    )
    assert len(chart.dots) == 59
    places = {d.title: d.x for d in chart.dots}
    assert all(places[str(n)] <= places[str(n + 1)] for n in range(1, 59))
    assert all(0 <= d.x <= width and 0 <= d.y <= chart.axis for d in chart.dots)
    assert len({(d.x, d.y) for d in chart.dots}) == 59
    assert all(0 <= t.x <= width for t in chart.ticks)
    chosen = next(m for m in chart.marks if m.key == "chosen")
    assert chosen.x == next(d.x for d in chart.dots if d.chosen)


def test_a_picture_of_equal_numbers_is_a_heap_in_the_middle() -> None:
    chart = dot_chart([Point(5.0, "a"), Point(5.0, "b")], [], width=300, size=8)
    assert len({d.x for d in chart.dots}) == 1
    assert 140 < chart.dots[0].x < 160
