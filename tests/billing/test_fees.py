"""What Medicare allows (billing_rules.md §4.15): RVU × GPCI × conversion factor, to the cent.

The totals are those that CMS prints beside the parts: the relative value files of October 2025 and July 2026.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cds_service.billing.fees import Payment, payment
from cds_service.billing.tables import ConversionRow, LocalityRow, PriceRow, Tables
from tests.scenario import house

from .facts import practice

# Code → nonfacility and facility total of 2025, then of 2026.
CMS_TOTALS = {
    "98016": ("0.49", "0.45", "0.52", "0.39"),
    "98966": ("0.40", "0.35", "0.41", "0.31"),
    "98967": ("0.74", "0.68", "0.75", "0.60"),
    "98968": ("1.02", "0.95", "1.04", "0.87"),
    "98970": ("0.35", "0.35", "0.37", "0.31"),
    "98971": ("0.66", "0.66", "0.69", "0.57"),
    "98972": ("1.00", "0.99", "1.03", "0.87"),
    "99091": ("1.60", "1.60", "1.66", "1.42"),
    "99421": ("0.45", "0.38", "0.47", "0.33"),
    "99422": ("0.88", "0.76", "0.92", "0.67"),
    "99423": ("1.39", "1.18", "1.46", "1.05"),
    "99446": ("0.53", "0.53", "0.57", "0.48"),
    "99447": ("1.07", "1.07", "1.14", "0.96"),
    "99448": ("1.59", "1.59", "1.70", "1.43"),
    "99449": ("2.15", "2.15", "2.28", "1.90"),
    "99451": ("1.02", "1.02", "1.06", "0.90"),
    "99452": ("1.04", "1.04", "1.11", "0.93"),
    "G0136": ("0.57", "0.27", "0.60", "0.24"),
    "G0546": ("0.53", "0.53", "0.57", "0.48"),
    "G0547": ("1.07", "1.07", "1.13", "0.96"),
    "G0548": ("1.62", "1.62", "1.70", "1.43"),
    "G0549": ("2.17", "2.17", "2.29", "1.90"),
    "G0550": ("1.00", "1.00", "1.05", "0.90"),
    "G0551": ("1.05", "1.05", "1.10", "0.93"),
    "G2010": ("0.37", "0.27", "0.39", "0.24"),
    "G2250": ("0.37", "0.27", "0.39", "0.24"),
    "G2251": ("0.43", "0.38", "0.42", "0.32"),
    "G2252": ("0.79", "0.75", "0.85", "0.67"),
    "G9868": ("0.80", "0.80", "0.80", "0.80"),
    "G9869": ("1.07", "1.07", "1.07", "1.07"),
    "G9870": ("1.34", "1.34", "1.34", "1.34"),
}
# Codes of the fee schedule whose numbers CMS shows, but does not pay by (status I).
SHOWN_ONLY = {
    "98000": ("1.54", "1.35", "1.60", "1.20"),
    "98001": ("2.54", "2.33", "2.61", "2.04"),
    "98002": ("4.05", "3.78", "4.18", "3.33"),
    "98003": ("5.37", "5.08", "5.55", "4.48"),
}

MANHATTAN: dict[str, Any] = {"state": "NY", "locality": "01"}
ALABAMA: dict[str, Any] = {"state": "AL", "locality": "00"}


def tables() -> Tables:
    return house().book.tables


def allowed(code: str = "G2010", on: str = "2026-11-17", **different: Any) -> Payment | None:
    return payment(code, date.fromisoformat(on), practice(**different), tables())


def amount(code: str = "G2010", on: str = "2026-11-17", **different: Any) -> str | None:
    paid = allowed(code, on, **different)
    return str(paid.amount) if paid else None


@pytest.mark.parametrize(
    ("different", "dollars"),
    [
        (MANHATTAN, "14.69"),  # (.18 x 1.064 + .20 x 1.162 + .01 x 1.586) x 33.4009
        (ALABAMA, "12.05"),  # (.18 x 1.000 + .20 x .875 + .01 x .566) x 33.4009
        (MANHATTAN | {"setting": "facility"}, "8.87"),  # (.19152 + .05 x 1.162 + .01586) x 33.4009 = 8.8672
        (ALABAMA | {"setting": "facility"}, "7.66"),  # (.18 + .04375 + .00566) x 33.4009 = 7.6625
        (MANHATTAN | {"qualifying_apm": True}, "14.76"),  # .43978 x 33.5675 = 14.7623
        (ALABAMA | {"qualifying_apm": True}, "12.11"),  # .36066 x 33.5675 = 12.1065
    ],
)
def test_g2010_in_2026_is_worked_out_to_the_cent(different: dict[str, Any], dollars: str) -> None:
    assert amount(**different) == dollars


def test_g2250_has_the_value_of_g2010() -> None:
    assert amount("G2250") == amount("G2010") == "14.69"


def test_the_payment_tells_what_it_was_worked_out_from() -> None:
    paid = allowed(**MANHATTAN)
    assert paid == Payment("nonfacility", Decimal("0.39"), Decimal("14.69"), "NY 01", 2026)
    assert allowed(**MANHATTAN, setting="facility") == Payment(
        "facility", Decimal("0.24"), Decimal("8.87"), "NY 01", 2026
    )


@pytest.mark.parametrize(
    ("on", "known"), [("2025-12-31", False), ("2026-01-01", True), ("2026-12-31", True), ("2027-01-01", False)]
)
def test_a_year_s_indices_begin_and_end_with_the_year(on: str, known: bool) -> None:
    assert (allowed(on=on) is not None) is known


@pytest.mark.parametrize("on", ["2019-06-03", "2024-12-31", "2027-01-01", "2028-02-29"])
def test_no_price_is_made_up_for_a_year_that_is_not_loaded(on: str) -> None:
    assert allowed(on=on) is None


def test_no_price_is_made_up_for_a_place_or_code_that_is_not_loaded() -> None:
    assert allowed(state="ZZ") is None
    assert allowed(locality="77") is None
    assert allowed("99072") is None


@pytest.mark.parametrize(("year", "first"), [(2025, 0), (2026, 2)])
def test_the_parts_of_every_price_add_up_to_the_totals_that_cms_prints(year: int, first: int) -> None:
    rows = {code: found for code in tables().prices if (found := row(code, year)) is not None}
    known = CMS_TOTALS | SHOWN_ONLY
    assert set(CMS_TOTALS) <= set(rows)
    assert set(rows) <= set(known), "a price without a total to compare it with"
    for code, price in rows.items():
        printed = tuple(map(Decimal, known[code][first : first + 2]))
        assert totals(price) == printed, code


def row(code: str, year: int) -> PriceRow | None:
    found = [r for r in tables().prices[code] if r.covers(date(year, 7, 1))]
    assert len(found) <= 1, f"{code} has two prices in {year}"
    return found[0] if found else None


def totals(price: PriceRow) -> tuple[Decimal, Decimal]:
    same = price.work + price.malpractice
    return same + price.nonfacility_pe, same + price.facility_pe


def test_national_amounts_are_those_of_the_rules() -> None:
    # §4.15, without geography: 2025 by 32.3465, 2026 by 33.4009, in a qualifying model by 33.5675.
    def national(total: str, factor: str) -> str:
        return str((Decimal(total) * Decimal(factor)).quantize(Decimal("0.01")))

    factors = {(f.start.year, f.qualifying_apm): f.factor for f in tables().conversions}
    assert factors == {
        (2025, False): Decimal("32.3465"),
        (2025, True): Decimal("32.3465"),
        (2026, False): Decimal("33.4009"),
        (2026, True): Decimal("33.5675"),
    }
    assert national("0.39", "33.4009") == "13.03"
    assert national("0.24", "33.4009") == "8.02"
    assert national("0.39", "33.5675") == "13.09"
    assert national("0.37", "32.3465") == "11.97"


def test_all_the_family_is_priced_in_2026_in_both_settings_and_for_both_factors() -> None:
    assert len(CMS_TOTALS) == 31
    place = next(r for r in tables().localities["NY", "01"] if r.covers(date(2026, 7, 1)))
    factors = {f.qualifying_apm: f.factor for f in tables().conversions if f.start.year == 2026}
    for code in CMS_TOTALS:
        price = row(code, 2026)
        assert price is not None
        for setting, expense in (("nonfacility", price.nonfacility_pe), ("facility", price.facility_pe)):
            for model in (False, True):
                by_hand = (
                    price.work * place.work + expense * place.practice_expense + price.malpractice * place.malpractice
                ) * factors[model]
                paid = allowed(code, **MANHATTAN, setting=setting, qualifying_apm=model)
                assert paid is not None, code
                assert abs(paid.amount - by_hand) <= Decimal("0.005")
                assert paid.amount == paid.amount.quantize(Decimal("0.01"))


def test_a_half_cent_is_rounded_up() -> None:
    # 1.00 x 1.000 x 33.4050 is 33.405, and CMS pays 33.41, not the 33.40 of a banker.
    assert amount_of(work="1.00", factor="33.4050") == "33.41"


@pytest.mark.parametrize("status", ["B", "C", "E", "I", "J", "M", "N", "P", "X"])
def test_a_status_that_medicare_does_not_pay_by_relative_values_has_no_price(status: str) -> None:
    assert amount_of(status=status) is None


@pytest.mark.parametrize("status", ["A", "R", "T"])
def test_active_restricted_and_otherwise_unpaid_services_have_a_price(status: str) -> None:
    assert amount_of(status=status) == "33.40"


def test_a_value_left_to_the_contractor_is_no_price_of_nothing() -> None:
    assert amount_of(work="0", status="R") is None


@pytest.mark.parametrize(
    ("na", "setting", "dollars"),
    [
        ("nonfacility", "nonfacility", None),
        ("nonfacility", "facility", "33.40"),
        ("facility", "nonfacility", "33.40"),
        ("facility", "facility", None),
        ("both", "nonfacility", None),
        ("both", "facility", None),
    ],
)
def test_where_cms_says_that_it_is_not_done_there_is_no_price(na: Any, setting: Any, dollars: str | None) -> None:
    assert amount_of(na=na, setting=setting) == dollars


def test_a_part_of_a_service_is_never_taken_for_the_whole() -> None:
    assert amount_of(modifier="26") is None


def amount_of(
    *,
    work: str = "1.00",
    factor: str = "33.4009",
    status: str = "A",
    na: Any = None,
    setting: Any = "nonfacility",
    modifier: str | None = None,
) -> str | None:
    """Return what a made-up code is paid where all indices are 1."""
    year, none, one = (date(2026, 1, 1), date(2026, 12, 31)), Decimal(0), Decimal(1)
    price = PriceRow(*year, "G9999", status, Decimal(work), none, none, none, modifier, na)
    made_up = Tables(
        prices={} if modifier else {"G9999": (price,)},
        part_prices={("G9999", modifier): (price,)} if modifier else {},
        localities={("NY", "01"): (LocalityRow(*year, "NY", "01", "MANHATTAN", one, one, one),)},
        conversions=(ConversionRow(*year, qualifying_apm=False, factor=Decimal(factor)),),
    )
    paid = payment("G9999", date(2026, 7, 1), practice(**MANHATTAN, setting=setting), made_up)
    return str(paid.amount) if paid else None


def test_no_locality_or_factor_speaks_twice_for_one_day() -> None:
    for rows in tables().localities.values():
        starts = [r.start for r in rows]
        assert len(set(starts)) == len(starts)
