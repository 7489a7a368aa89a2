"""24 hours after, or the soonest appointment (billing_rules.md §3.4, §8.3; contract §5 *look-ahead*)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import ReviewFacts, Service
from cds_service.billing.moment import Moment
from cds_service.billing.questions import look_ahead

from .facts import (
    AGES_LATER,
    KNEE,
    NOT_WHOLE,
    UNTOLD,
    booking,
    fact,
    look,
    moment,
    review,
    said,
    service,
    surgery,
    when,
)

G2010 = look_ahead.Terms(24, frozenset({"E/M", "procedure"}))
G2250 = look_ahead.Terms(24, frozenset({"any"}))


def ask(facts: ReviewFacts, terms: look_ahead.Terms = G2010, at: str = AGES_LATER) -> Answer:
    return look_ahead.ask(facts, terms, when(at))


# --- the 24 hours: on the clock, from the answer ---


@pytest.mark.parametrize(
    ("visit", "verdict"),
    [
        ("2026-11-17 09:00", "not-met"),  # the moment the photo came
        ("2026-11-17 12:00", "not-met"),  # walked in before the answer
        ("2026-11-17 15:00", "not-met"),  # the moment of the answer
        ("2026-11-18 15:00", "not-met"),  # exactly 24 hours
        ("2026-11-18 15:00:01", "unsettled"),  # a second later: was it the soonest to be had?
    ],
)
def test_a_related_visit_from_the_receipt_to_24_hours_after_the_answer_denies(visit: str, verdict: str) -> None:
    assert ask(review(services=(service(visit),))).verdict == verdict


def test_a_visit_before_the_photo_is_left_to_the_look_back() -> None:
    assert said(ask(review(services=(service("2026-11-17 08:59:59"),)))) == ("met", None)


@pytest.mark.parametrize(
    ("at", "verdict"),
    [("2026-11-17 15:10", "wait"), ("2026-11-18 14:59:59", "wait"), ("2026-11-18 15:00", "met"), (AGES_LATER, "met")],
)
def test_until_24_hours_have_passed_only_time_can_tell(at: str, verdict: str) -> None:
    answer = ask(review(), at=at)
    assert answer.verdict == verdict
    assert answer.until == (when("2026-11-18 15:00") if verdict == "wait" else None)


def test_the_24_hours_are_hours_and_not_hands_of_the_clock() -> None:
    before_the_clocks_go_back: dict[str, Any] = {
        "received": "2026-10-31 09:00",
        "answered": "2026-10-31 15:00",
        "on": "2026-10-31",
    }
    assert ask(review(**before_the_clocks_go_back), at="2026-10-31 15:10").until == when("2026-11-01 14:00")
    before_they_go_forward: dict[str, Any] = {
        "received": "2027-03-13 09:00",
        "answered": "2027-03-13 15:00",
        "on": "2027-03-13",
    }
    assert ask(review(**before_they_go_forward), at="2027-03-13 15:10").until == when("2027-03-14 16:00")


def test_business_days_do_not_count_here() -> None:
    friday = review(received="2026-11-20 09:00", answered="2026-11-20 15:00", on="2026-11-20")
    assert ask(friday, at="2026-11-20 15:10").until == when("2026-11-21 15:00")


def test_an_answer_of_which_only_the_day_is_known_closes_24_hours_after_that_day() -> None:
    assert ask(review(answered="2026-11-17"), at="2026-11-18 20:00").until == when("2026-11-18 23:59:59")


# --- the kind ---


def test_a_procedure_counts_for_g2010_and_any_service_for_g2250() -> None:
    excision = surgery("2026-11-18 10:00", 10)
    treatment = service("2026-11-18 10:00", kind="service")
    assert said(ask(review(services=(excision,)), G2010)) == ("not-met", None)
    assert said(ask(review(services=(treatment,)), G2010)) == ("met", None)
    assert said(ask(review(services=(treatment,)), G2250)) == ("not-met", None)


def test_another_group_or_specialty_bundles_nothing() -> None:
    answer = ask(review(services=(service("2026-11-18 10:00", by="other"),)))
    assert said(answer) == ("met", "elsewhere")


@pytest.mark.parametrize(
    ("different", "case"),
    [({"by": None}, "by"), ({"by": "colleague"}, "by"), ({"kind": None}, "kind"), ({"problem": UNTOLD}, "problem")],
)
def test_a_visit_that_is_not_fully_known_is_for_a_person(different: dict[str, Any], case: str) -> None:
    answer = ask(review(services=(service("2026-11-18 10:00", **different),)))
    assert said(answer) == ("unsettled", case)


# --- what was booked when ---


def test_a_visit_booked_because_of_the_review_denies_before_it_takes_place() -> None:
    next_morning = booking("2026-11-18 09:00", "2026-11-17 16:00")
    assert said(ask(review(services=(next_morning,)), at="2026-11-17 16:30")) == ("not-met", None)


def test_a_visit_booked_before_the_photo_came_cannot_have_been_led_to_so_a_person_decides() -> None:
    booked = booking("2026-11-18 09:00", "2026-11-16 16:00")
    assert said(ask(review(services=(booked,)))) == ("unsettled", "booked before")


def test_a_visit_booked_before_the_photo_for_later_than_24_hours_is_a_caution() -> None:
    booked = booking("2026-11-19 09:00", "2026-11-16 16:00")
    assert said(ask(review(services=(booked,)))) == ("met", "booked before")
    at_the_boundary = booking("2026-11-18 15:00", "2026-11-16 16:00")
    assert said(ask(review(services=(at_the_boundary,)))) == ("unsettled", "booked before")


def test_booked_at_the_very_moment_the_photo_came_is_not_before() -> None:
    assert said(ask(review(services=(booking("2026-11-18 09:00", "2026-11-17 09:00"),)))) == ("not-met", None)
    a_second_before = booking("2026-11-18 09:00", "2026-11-17 08:59:59")
    assert said(ask(review(services=(a_second_before,)))) == ("unsettled", "booked before")


# --- the soonest that was to be had ---

FRIDAY = booking("2026-11-20 09:00", "2026-11-17 16:00")


def test_a_later_visit_of_which_nobody_says_whether_it_was_the_soonest_is_for_a_person() -> None:
    assert said(ask(review(services=(FRIDAY,)))) == ("unsettled", "soonest")


@pytest.mark.parametrize(
    ("soonest", "answer"),
    [
        ("2026-11-20 09:00", ("not-met", None)),  # this very appointment
        ("2026-11-23 09:00", ("not-met", None)),  # squeezed in before the soonest
        ("2026-11-19 09:00", ("met", "not soonest")),  # a sooner one was there to be had
        ("2026-11-20", ("not-met", None)),  # that day
        ("2026-11-19", ("met", "not soonest")),
    ],
)
def test_the_attested_soonest_appointment_settles_a_later_visit(soonest: str, answer: tuple[str, str | None]) -> None:
    assert said(ask(review(services=(FRIDAY,), soonest_available=fact(moment(soonest))))) == answer


def test_a_free_slot_before_the_visit_shows_that_it_was_not_the_soonest() -> None:
    free = (fact(moment("2026-11-19 10:00")),)
    assert said(ask(review(services=(FRIDAY,), free_slots=free))) == ("met", "not soonest")


@pytest.mark.parametrize("slot", ["2026-11-17 14:00", "2026-11-17 15:00", "2026-11-20 09:00", "2026-11-23 09:00"])
def test_a_slot_that_was_over_at_the_answer_or_comes_with_the_visit_shows_nothing(slot: str) -> None:
    free = (fact(moment(slot)),)
    assert said(ask(review(services=(FRIDAY,), free_slots=free))) == ("unsettled", "soonest")


def test_the_attested_date_is_preferred_to_slots() -> None:
    free = (fact(moment("2026-11-19 10:00")),)
    told = review(services=(FRIDAY,), free_slots=free, soonest_available=fact(moment("2026-11-20 09:00")))
    assert said(ask(told)) == ("not-met", None)


def test_the_soonest_half_does_not_matter_for_another_group_or_a_visit_attested_unrelated() -> None:
    elsewhere = replace(FRIDAY, by="other")
    assert said(ask(review(services=(elsewhere,)))) == ("met", "elsewhere")
    unrelated = review(services=(replace(FRIDAY, problem=KNEE),), led_to_visit=fact(False))
    assert said(ask(unrelated)) == ("met", None)


# --- the reviewer's word ---


def test_attested_that_it_led_to_none_settles_another_category_and_none() -> None:
    for problem in (KNEE, UNTOLD):
        told = review(services=(service("2026-11-18 10:00", problem=problem),), led_to_visit=fact(False))
        assert said(ask(told)) == ("met", None)


def test_attested_that_it_led_to_none_against_the_same_diagnosis_is_for_a_person() -> None:
    told = review(services=(service("2026-11-18 10:00"),), led_to_visit=fact(False))
    assert said(ask(told)) == ("unsettled", "contradicted")


def test_attested_that_it_led_to_a_visit_denies_though_none_was_seen() -> None:
    assert said(ask(review(led_to_visit=fact(True)))) == ("not-met", "attested")


def test_attested_that_it_led_to_a_visit_is_not_outweighed_by_a_visit_elsewhere() -> None:
    elsewhere = service("2026-11-18 10:00", by="other", problem=KNEE)
    assert ask(review(services=(elsewhere,), led_to_visit=fact(True))).verdict != "met"


def test_attested_that_it_led_to_a_visit_is_not_outweighed_by_one_booked_before() -> None:
    long_planned = booking("2027-01-05 09:00", "2026-09-01 09:00", problem=KNEE)
    assert ask(review(services=(long_planned,), led_to_visit=fact(True)), at="2026-11-19 09:00").verdict != "met"


# --- no answer yet ---


def test_before_the_answer_nothing_can_follow_and_the_follow_up_holds_the_charge() -> None:
    assert said(ask(review(answered=None), at="2026-11-17 16:00")) == ("met", "not answered")


def test_a_related_visit_before_any_answer_denies() -> None:
    walked_in = service("2026-11-17 13:00")
    assert said(ask(review(answered=None, services=(walked_in,)), at="2026-11-17 16:00")) == ("not-met", None)


# --- what was searched ---


@pytest.mark.parametrize("search", ["encounters", "procedures", "appointments"])
def test_once_24_hours_have_passed_a_search_that_is_not_whole_proves_nothing(search: str) -> None:
    cut = review(searched={search: NOT_WHOLE})
    assert said(ask(cut, at="2026-11-18 14:59")) == ("wait", None)
    assert said(ask(cut, at="2026-11-18 15:00")) == ("missing", None)


def test_a_page_that_reaches_back_to_the_receipt_is_enough() -> None:
    assert said(ask(review(searched={"appointments": look("2026-11-17 09:00")}))) == ("met", None)
    assert said(ask(review(searched={"appointments": look("2026-11-17 09:01")}))) == ("missing", None)


def test_a_caution_does_not_hide_that_a_search_was_not_whole() -> None:
    elsewhere = service("2026-11-18 10:00", by="other")
    cut = review(services=(elsewhere,), searched={"appointments": NOT_WHOLE})
    assert said(ask(cut)) == ("missing", None)


# --- for every record ---

SOME = (
    service("2026-11-17 12:00", "s1", by="other"),
    service("2026-11-18 10:00", "s2", problem=KNEE),
    booking("2026-11-18 09:00", "2026-11-16 10:00", "a1"),
    booking("2026-11-20 09:00", "2026-11-17 16:00", "a2"),
    booking("2026-12-20 09:00", "2026-11-16 10:00", "a3"),
)
MINUTES = st.integers(0, 60 * 24 * 40)


@given(st.permutations(SOME), st.integers(0, len(SOME)))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_record_changes_no_verdict(shuffled: list[Service], some: int) -> None:
    chosen = tuple(shuffled[:some])
    ordered = tuple(s for s in SOME if s in chosen)
    assert ask(review(services=chosen)).verdict == ask(review(services=ordered)).verdict


@given(MINUTES, st.sampled_from([None, True, False]), st.sampled_from([G2010, G2250]), MINUTES)
@settings(max_examples=80, deadline=None)
def test_an_unrelated_visit_to_another_group_changes_no_verdict(
    after: int, word: bool | None, terms: look_ahead.Terms, later: int
) -> None:
    start = when("2026-11-17 09:00").astimezone(UTC) + timedelta(minutes=after)
    stranger = replace(service("2026-11-18 10:00", by="other", problem=KNEE), start=Moment.exactly(start))
    at = when("2026-11-17 15:00").astimezone(UTC) + timedelta(minutes=later)
    without = look_ahead.ask(review(led_to_visit=fact(word)), terms, at)
    beside = look_ahead.ask(review(services=(stranger,), led_to_visit=fact(word)), terms, at)
    assert beside.verdict == without.verdict


@given(st.lists(st.sampled_from(SOME), unique=True), MINUTES)
@settings(max_examples=60, deadline=None)
def test_it_is_never_a_yes_before_24_hours_have_passed(services: list[Service], later: int) -> None:
    at = when("2026-11-17 15:00").astimezone(UTC) + timedelta(minutes=later)
    answer = look_ahead.ask(review(services=tuple(services)), G2010, at)
    if at < when("2026-11-18 15:00"):
        assert answer.verdict != "met"


@given(st.integers(0, 2 * 24 * 3600))
@settings(max_examples=60, deadline=None)
def test_a_related_visit_denies_exactly_until_24_hours_after_the_answer(seconds: int) -> None:
    start = when("2026-11-17 09:00").astimezone(UTC) + timedelta(seconds=seconds)
    visit = replace(service(None), start=Moment.exactly(start))
    denied = ask(review(services=(visit,))).verdict == "not-met"
    assert denied is (start <= when("2026-11-18 15:00"))
