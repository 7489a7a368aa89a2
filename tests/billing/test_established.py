"""The established patient: seen within three years (billing_rules.md §3.1; contract §5 *established*)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import ReviewFacts, Service
from cds_service.billing.moment import Moment
from cds_service.billing.questions import established

from .facts import KNEE, NEW_YORK, NOT_WHOLE, UNTOLD, booking, look, review, said, service, surgery, when

TERMS = established.Terms(3)
TOLERATED = established.Terms(3, "tolerated")


def ask(*visits: Service, terms: established.Terms = TERMS, **different: Any) -> Answer:
    facts: ReviewFacts = review(earlier=visits, **different)
    return established.ask(facts, terms, when("2026-11-17 15:10"))


@pytest.mark.parametrize(
    ("on", "visit", "verdict"),
    [
        ("2026-11-17", "2026-11-16 10:00", "met"),
        ("2026-11-17", "2023-11-18 10:00", "met"),
        ("2026-11-17", "2023-11-17 00:00", "met"),  # 36 months to the day
        ("2026-11-17", "2023-11-16 23:59", "not-met"),  # a day more
        ("2028-02-29", "2025-02-28 10:00", "met"),  # three years before a leap day there is none
        ("2028-02-29", "2025-02-27 10:00", "not-met"),
        ("2027-02-28", "2024-02-29 10:00", "met"),
        ("2027-03-01", "2024-02-29 10:00", "not-met"),
    ],
)
def test_a_visit_counts_for_36_months_to_the_day(on: str, visit: str, verdict: str) -> None:
    received = f"{on} 09:00"
    assert ask(service(visit), on=on, received=received).verdict == verdict


@given(st.integers(0, 3000))
@settings(max_examples=60, deadline=None)
def test_a_longer_absence_never_establishes_a_patient(days: int) -> None:
    visit = date.fromordinal(date(2026, 11, 16).toordinal() - days)
    assert (ask(service(f"{visit} 12:00")).verdict == "met") is (visit >= date(2023, 11, 17))


def test_a_visit_for_any_problem_establishes() -> None:
    for problem in (KNEE, UNTOLD):
        assert ask(service("2025-01-07 10:00", problem=problem)).verdict == "met"


def test_a_visit_to_the_same_group_and_specialty_establishes() -> None:
    assert ask(service("2025-01-07 10:00", by="group")).verdict == "met"


def test_a_visit_to_another_group_or_specialty_does_not() -> None:
    assert said(ask(service("2025-01-07 10:00", by="other"))) == ("not-met", None)


@pytest.mark.parametrize("by", ["colleague", None])
def test_a_visit_to_one_whose_specialty_was_not_read_cannot_tell(by: str | None) -> None:
    assert said(ask(service("2025-01-07 10:00", by=by))) == ("missing", "colleague")


def test_a_visit_that_was_not_finished_or_never_live_does_not_establish() -> None:
    assert ask(service("2025-01-07 10:00", finished=False)).verdict == "not-met"
    assert ask(service("2025-01-07 10:00", synchronous=False, kind="asynchronous")).verdict == "not-met"


def test_a_booking_or_a_procedure_alone_does_not_establish() -> None:
    assert ask(booking("2025-01-07 10:00"), surgery("2025-02-07 10:00", 10)).verdict == "not-met"


def test_only_what_came_before_the_photo_establishes() -> None:
    assert ask(service("2026-11-17 08:59")).verdict == "met"
    assert ask(service("2026-11-17 09:00")).verdict == "not-met"
    assert ask(service("2026-11-17 12:00")).verdict == "not-met"


def test_a_stay_that_ended_within_three_years_establishes() -> None:
    assert ask(service("2023-11-10 10:00", end="2023-11-17 10:00")).verdict == "met"
    assert ask(service("2023-11-10 10:00", end="2023-11-16 10:00")).verdict == "not-met"


def test_a_patient_is_new_only_if_all_three_years_were_searched() -> None:
    assert said(ask(searched={"encounters": look()})) == ("not-met", None)
    assert said(ask(searched={"encounters": look("2023-11-17 00:00")})) == ("not-met", None)
    assert said(ask(searched={"encounters": look("2023-11-17 00:01")})) == ("missing", None)
    assert said(ask(searched={"encounters": NOT_WHOLE})) == ("missing", None)


def test_a_visit_establishes_though_the_search_was_cut_short() -> None:
    assert ask(service("2025-01-07 10:00"), searched={"encounters": NOT_WHOLE}).verdict == "met"


def test_a_visit_of_which_only_the_year_is_known_does_not_surely_establish() -> None:
    year = Moment.on(date(2023, 1, 1), NEW_YORK, through=date(2023, 12, 31))
    assert ask(replace(service(None), start=year)).verdict != "met"
    later = Moment.on(date(2024, 1, 1), NEW_YORK, through=date(2024, 12, 31))
    assert ask(replace(service(None), start=later)).verdict == "met"


def test_new_patients_were_tolerated_in_the_public_health_emergency() -> None:
    assert said(ask(terms=TOLERATED)) == ("met", "tolerated")
    assert said(ask(terms=TOLERATED, searched={"encounters": NOT_WHOLE})) == ("met", "tolerated")
    assert said(ask(service("2025-01-07 10:00"), terms=TOLERATED)) == ("met", None)


@given(
    st.permutations(
        [
            service("2025-01-07 10:00", "s1", by="colleague"),
            service("2025-03-07 10:00", "s2"),
            service("2020-03-07 10:00", "s3"),
        ]
    )
)
@settings(max_examples=10, deadline=None)
def test_the_order_of_visits_changes_nothing(visits: list[Service]) -> None:
    assert said(ask(*visits)) == ("met", None)
