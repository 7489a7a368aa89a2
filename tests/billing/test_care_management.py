"""Advanced primary care management of the same month (billing_rules.md §5): G0556 to G0558."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import Charge
from cds_service.billing.questions import care_management

from .facts import NOT_WHOLE, charge, look, moment, review, said, when

TERMS = care_management.Terms(frozenset({"G0556", "G0557", "G0558"}))


def ask(*charges: Charge, at: str = "2026-11-17 15:10", **different: Any) -> Answer:
    return care_management.ask(review(charges=charges, **different), TERMS, when(at))


def month_of(on: str | None, code: str = "G0556", **different: Any) -> Charge:
    return charge(code, on=moment(on) if on else None, of_review=False, **different)


@pytest.mark.parametrize("code", ["G0556", "G0557", "G0558"])
def test_the_same_clinician_s_bundle_of_the_month_includes_the_review(code: str) -> None:
    assert said(ask(month_of("2026-11-02", code))) == ("not-met", None)


@pytest.mark.parametrize(
    ("charged", "verdict"),
    [
        ("2026-11-01", "not-met"),  # the first of the month
        ("2026-11-30", "not-met"),  # its last day, after the review
        ("2026-10-31", "met"),
        ("2026-12-01", "met"),
        ("2025-11-17", "met"),  # the same month of another year
    ],
)
def test_the_calendar_month_of_the_date_of_service_counts(charged: str, verdict: str) -> None:
    assert ask(month_of(charged)).verdict == verdict


def test_the_month_is_the_practice_s_and_not_utc_s() -> None:
    # 23:00 on 31 October in New York is 1 November in UTC.
    assert ask(month_of("2026-10-31 23:00")).verdict == "met"
    assert ask(month_of("2026-11-30 23:00")).verdict == "not-met"


def test_another_clinician_s_bundle_does_not_include_it() -> None:
    assert said(ask(month_of("2026-11-02", own=False, by="group"))) == ("met", "elsewhere")


def test_a_bundle_by_nobody_named_is_for_a_person() -> None:
    assert said(ask(month_of("2026-11-02", own=None, by=None))) == ("unsettled", None)


def test_an_own_bundle_weighs_more_than_one_by_nobody_named() -> None:
    own, unnamed = month_of("2026-11-02"), month_of("2026-11-03", own=None)
    assert ask(own, unnamed).verdict == ask(unnamed, own).verdict == "not-met"


def test_other_charges_are_no_care_management() -> None:
    assert said(ask(month_of("2026-11-02", "99490"), month_of("2026-11-02", "99213"))) == ("met", None)


def test_a_bundle_without_a_date_is_not_taken_to_be_of_another_month() -> None:
    assert ask(month_of(None)).verdict == "unsettled"


def test_the_whole_month_so_far_must_have_been_searched() -> None:
    assert said(ask(charges_looked=NOT_WHOLE)) == ("missing", None)
    assert said(ask(charges_looked=look("2026-11-01 00:00"))) == ("met", None)
    assert said(ask(charges_looked=look("2026-11-01 00:01"))) == ("missing", None)


def test_another_clinician_s_bundle_does_not_make_a_cut_search_whole() -> None:
    assert said(ask(month_of("2026-11-02", own=False), charges_looked=NOT_WHOLE)) == ("missing", None)


@given(st.dates(date(2026, 1, 1), date(2027, 12, 31)))
@settings(max_examples=60, deadline=None)
def test_only_one_month_of_the_calendar_is_the_month(charged: date) -> None:
    included = ask(month_of(str(charged))).verdict == "not-met"
    assert included is ((charged.year, charged.month) == (2026, 11))
