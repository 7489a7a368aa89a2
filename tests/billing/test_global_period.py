"""After surgery (billing_rules.md §8.4): 10 or 90 days, counted from the day after it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import Service
from cds_service.billing.questions import global_period

from .facts import KNEE, NOT_WHOLE, UNTOLD, booking, fact, look, moment, review, said, service, surgery, when

TERMS = global_period.Terms(90)


def ask(*procedures: Service, **different: Any) -> Answer:
    return global_period.ask(review(services=procedures, **different), TERMS, when("2026-11-17 15:10"))


@pytest.mark.parametrize(
    ("on", "days", "verdict"),
    [
        ("2026-11-17 08:00", 10, "not-met"),  # the day of the surgery itself
        ("2026-11-12 10:00", 10, "not-met"),  # day 5
        ("2026-11-07 10:00", 10, "not-met"),  # day 10
        ("2026-11-06 23:59", 10, "met"),  # day 11
        ("2026-08-19 10:00", 90, "not-met"),  # day 90
        ("2026-08-18 23:59", 90, "met"),  # day 91
        ("2026-11-16 10:00", 0, "met"),  # a procedure without days of follow-up
    ],
)
def test_days_are_counted_from_the_day_after_the_surgery(on: str, days: int, verdict: str) -> None:
    assert said(ask(surgery(on, days))) == (verdict, None)


@given(st.integers(0, 120), st.sampled_from([0, 10, 90]))
@settings(max_examples=80, deadline=None)
def test_the_period_is_as_long_as_the_table_says(ago: int, days: int) -> None:
    on = date(2026, 11, 17) - timedelta(days=ago)
    covered = ask(surgery(f"{on} 12:00", days)).verdict == "not-met"
    assert covered is (days > 0 and ago <= days)


def test_surgery_after_the_review_covers_nothing() -> None:
    assert said(ask(surgery("2026-11-18 10:00", 10))) == ("met", None)


def test_a_surgery_over_several_days_is_counted_from_its_last() -> None:
    assert ask(surgery("2026-11-05 10:00", 10, end="2026-11-07 09:00")).verdict == "not-met"
    assert ask(surgery("2026-11-05 10:00", 10, end="2026-11-06 09:00")).verdict == "met"


def test_the_same_group_and_specialty_is_covered_as_the_surgeon_is() -> None:
    assert said(ask(surgery("2026-11-12 10:00", 10, by="group"))) == ("not-met", None)


def test_another_group_or_specialty_did_the_surgery_so_it_is_a_caution() -> None:
    assert said(ask(surgery("2026-11-12 10:00", 10, by="other"))) == ("met", "elsewhere")


@pytest.mark.parametrize("by", [None, "colleague"])
def test_a_surgeon_whose_group_is_not_known_is_for_a_person(by: str | None) -> None:
    assert said(ask(surgery("2026-11-12 10:00", 10, by=by))) == ("unsettled", "by")


@pytest.mark.parametrize("problem", [KNEE, UNTOLD])
def test_another_or_no_diagnosis_is_for_a_person_until_attested(problem: object) -> None:
    excision = surgery("2026-11-12 10:00", 10, problem=problem)
    assert said(ask(excision)) == ("unsettled", "problem")
    assert said(ask(excision, related_service=fact(False))) == ("met", "unrelated")
    assert said(ask(excision, related_service=fact(True))) == ("not-met", None)


def test_attested_unrelated_against_the_same_diagnosis_is_for_a_person() -> None:
    assert said(ask(surgery("2026-11-12 10:00", 10), related_service=fact(False))) == ("unsettled", "contradicted")


def test_a_surgery_whose_days_are_not_in_the_table_is_for_a_person() -> None:
    assert said(ask(surgery("2026-11-12 10:00", None))) == ("unsettled", "days")
    assert said(ask(surgery("2026-08-19 10:00", None))) == ("unsettled", "days")  # it may have had ninety
    assert said(ask(surgery("2026-08-18 10:00", None))) == ("met", None)


def test_a_procedure_that_is_known_to_be_no_surgery_covers_nothing() -> None:
    assert said(ask(surgery("2026-11-12 10:00", None, kind="service"))) == ("met", None)


def test_visits_and_bookings_have_no_days_of_follow_up() -> None:
    assert said(ask(service("2026-11-12 10:00"), booking("2026-11-13 10:00"))) == ("met", None)


def test_ninety_days_must_have_been_searched_to_say_that_there_was_none() -> None:
    assert said(ask(searched={"procedures": NOT_WHOLE})) == ("missing", None)
    assert said(ask(searched={"procedures": look("2026-08-19 00:00")})) == ("met", None)
    assert said(ask(searched={"procedures": look("2026-08-19 00:01")})) == ("missing", None)


def test_a_caution_does_not_hide_that_the_search_was_not_whole() -> None:
    elsewhere = surgery("2026-11-12 10:00", 10, by="other")
    assert said(ask(elsewhere, searched={"procedures": NOT_WHOLE})) == ("missing", None)


def test_what_is_covered_weighs_more_than_what_is_unsure_in_any_order() -> None:
    covered, unsure = surgery("2026-11-12 10:00", 10), surgery("2026-11-12 10:00", None, "p2")
    assert said(ask(covered, unsure)) == said(ask(unsure, covered)) == ("not-met", None)


def test_a_surgery_of_which_only_the_day_is_known_counts_by_that_day() -> None:
    on_day_ten = replace(surgery("2026-11-07 10:00", 10), start=moment("2026-11-07"))
    on_day_eleven = replace(surgery("2026-11-06 10:00", 10), start=moment("2026-11-06"))
    assert ask(on_day_ten).verdict == "not-met"
    assert ask(on_day_eleven).verdict == "met"
