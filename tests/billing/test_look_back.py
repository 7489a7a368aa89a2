"""Seven days before: related services (billing_rules.md §3.3, §8.3; contract §5 *look-back*)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import ReviewFacts, Service
from cds_service.billing.moment import Moment
from cds_service.billing.questions import look_back

from .facts import (
    AGES_LATER,
    CHICAGO,
    KNEE,
    LAST_VISIT,
    NEW_YORK,
    NOT_WHOLE,
    RASH,
    UNTOLD,
    booking,
    fact,
    image,
    look,
    practice,
    reply,
    review,
    said,
    seen,
    service,
    surgery,
    when,
)

G2010 = look_back.Terms(7, frozenset({"E/M"}))
G2250 = look_back.Terms(7, frozenset({"any"}))


def ask(facts: ReviewFacts, terms: look_back.Terms = G2010, at: str = "2026-11-17 15:10") -> Answer:
    return look_back.ask(facts, terms, when(at))


# --- how many days ---


@pytest.mark.parametrize(
    ("visit", "verdict"),
    [
        ("2026-11-17 08:00", ("not-met", None)),  # the same day, before the photo
        ("2026-11-16 10:00", ("not-met", None)),
        ("2026-11-11 00:00", ("not-met", None)),  # day 6, its first minute
        ("2026-11-10 23:59", ("met", "last day")),  # day 7, its last minute
        ("2026-11-10 00:00", ("met", "last day")),  # day 7, its first minute
        ("2026-11-09 23:59", ("met", None)),  # day 8, its last minute
        ("2026-11-09 10:00", ("met", None)),
    ],
)
def test_a_related_visit_denies_up_to_day_six_and_day_seven_is_a_caution(
    visit: str, verdict: tuple[str, str | None]
) -> None:
    assert said(ask(review(services=(service(visit),)))) == verdict


@given(st.integers(0, 60), st.integers(0, 23))
@settings(max_examples=60, deadline=None)
def test_days_are_counted_on_the_calendar_at_any_hour(days: int, hour: int) -> None:
    visit = service(f"{date(2026, 11, 17) - timedelta(days=days)} {hour:02}:30")
    answer = ask(review(received="2026-11-17 23:40", answered="2026-11-17 23:50", services=(visit,)))
    assert said(answer) == (("not-met", None) if days < 7 else ("met", "last day") if days == 7 else ("met", None))


def test_days_are_those_of_the_practice_s_zone_and_not_of_utc() -> None:
    # 23:30 in New York on the 9th is already the 10th in UTC: the practice's day 8.
    assert said(ask(review(services=(service("2026-11-09 23:30"),)))) == ("met", None)


def test_the_same_instant_is_another_day_for_a_practice_farther_west() -> None:
    visit = service("2026-11-11 00:30")  # still the evening of the 10th in Chicago
    assert said(ask(review(services=(visit,)))) == ("not-met", None)
    assert said(ask(review(services=(visit,), practice=practice(CHICAGO)))) == ("met", "last day")


def test_day_seven_over_the_end_of_daylight_saving_is_still_day_seven() -> None:
    around: dict[str, Any] = {"received": "2026-11-03 09:00", "answered": "2026-11-03 15:00", "on": "2026-11-03"}
    assert said(ask(review(**around, services=(service("2026-10-27 09:00"),)))) == ("met", "last day")
    assert said(ask(review(**around, services=(service("2026-10-28 09:00"),)))) == ("not-met", None)


# --- two anchors: the review and the receipt ---


def test_a_visit_in_the_days_before_the_receipt_only_is_for_a_person() -> None:
    late = review(received="2026-11-13 16:00", on="2026-11-17", services=(service("2026-11-08 10:00"),))
    assert said(ask(late)) == ("unsettled", "receipt")


def test_a_visit_on_day_seven_before_the_receipt_only_is_a_caution() -> None:
    late = review(received="2026-11-13 16:00", on="2026-11-17", services=(service("2026-11-06 10:00"),))
    assert said(ask(late)) == ("met", "last day")


def test_a_visit_on_day_eight_before_the_receipt_is_outside_both() -> None:
    late = review(received="2026-11-13 16:00", on="2026-11-17", services=(service("2026-11-05 10:00"),))
    assert said(ask(late)) == ("met", None)


def test_a_visit_on_day_seven_before_the_review_and_inside_the_receipt_s_week_is_for_a_person() -> None:
    late = review(received="2026-11-13 16:00", on="2026-11-17", services=(service("2026-11-10 10:00"),))
    assert said(ask(late)) == ("unsettled", "receipt")


def test_a_visit_between_the_receipt_and_the_review_denies() -> None:
    late = review(received="2026-11-13 16:00", on="2026-11-17", services=(service("2026-11-16 10:00"),))
    assert said(ask(late)) == ("not-met", None)


def test_a_visit_later_on_the_day_of_the_review_is_left_to_the_look_ahead() -> None:
    assert said(ask(review(services=(service("2026-11-17 16:00"),)), at="2026-11-18 09:00")) == ("met", None)


# --- what kind, by whom, for what ---


def test_only_a_visit_counts_for_g2010_and_any_service_for_g2250() -> None:
    treatment = service("2026-11-14 10:00", kind="service")
    assert said(ask(review(services=(treatment,)), G2010)) == ("met", None)
    assert said(ask(review(services=(treatment,)), G2250)) == ("not-met", None)


def test_a_related_procedure_is_no_visit_for_g2010_but_a_service_for_g2250() -> None:
    excision = surgery("2026-11-14 10:00", 10)
    assert said(ask(review(services=(excision,)), G2010)) == ("met", None)
    assert said(ask(review(services=(excision,)), G2250)) == ("not-met", None)


def test_an_earlier_photo_review_is_no_visit_for_g2010_and_for_g2250_a_person_decides() -> None:
    earlier = service("2026-11-14 10:00", kind="asynchronous", synchronous=False)
    assert said(ask(review(services=(earlier,)), G2010)) == ("met", None)
    assert said(ask(review(services=(earlier,)), G2250)) == ("unsettled", "asynchronous")


def test_a_colleague_of_the_same_group_and_specialty_counts_as_the_reviewer() -> None:
    assert said(ask(review(services=(service("2026-11-14 10:00", by="group"),)))) == ("not-met", None)


def test_another_group_or_specialty_bundles_nothing_and_is_a_caution() -> None:
    assert said(ask(review(services=(service("2026-11-14 10:00", by="other"),)))) == ("met", "elsewhere")


@pytest.mark.parametrize("by", [None, "colleague"])
def test_a_related_visit_by_one_whose_group_or_specialty_is_not_known_is_for_a_person(by: str | None) -> None:
    assert said(ask(review(services=(service("2026-11-14 10:00", by=by),)))) == ("unsettled", "by")


def test_a_related_service_of_an_unknown_kind_is_for_a_person_where_only_visits_count() -> None:
    assert said(ask(review(services=(service("2026-11-14 10:00", kind=None),)), G2010)) == ("unsettled", "kind")


def test_another_category_is_never_taken_to_be_another_problem() -> None:
    assert said(ask(review(services=(service("2026-11-14 10:00", problem=KNEE),)))) == ("unsettled", "problem")
    assert said(ask(review(services=(service("2026-11-14 10:00", problem=UNTOLD),)))) == ("unsettled", "problem")


def test_the_same_condition_is_the_same_problem_whatever_the_category() -> None:
    same = replace(KNEE, conditions=RASH.conditions)
    assert said(ask(review(services=(service("2026-11-14 10:00", problem=same),)))) == ("not-met", None)


# --- the reviewer's word ---


def test_attested_unrelated_settles_another_category_and_none() -> None:
    word = fact(False, "QuestionnaireResponse/q1")
    for problem in (KNEE, UNTOLD):
        answer = ask(review(services=(service("2026-11-14 10:00", problem=problem),), related_service=word))
        assert said(answer) == ("met", None)


def test_attested_unrelated_against_the_same_diagnosis_is_for_a_person() -> None:
    word = fact(False, "QuestionnaireResponse/q1")
    answer = ask(review(services=(service("2026-11-14 10:00"),), related_service=word))
    assert said(answer) == ("unsettled", "contradicted")


def test_attested_related_denies_a_visit_of_another_category() -> None:
    word = fact(True, "QuestionnaireResponse/q1")
    answer = ask(review(services=(service("2026-11-14 10:00", problem=KNEE),), related_service=word))
    assert said(answer) == ("not-met", None)


def test_attested_related_denies_though_no_service_was_seen() -> None:
    assert said(ask(review(related_service=fact(True)))) == ("not-met", "attested")


def test_attested_related_is_not_outweighed_by_a_visit_elsewhere() -> None:
    elsewhere = service("2026-11-14 10:00", by="other", problem=KNEE)
    assert ask(review(services=(elsewhere,), related_service=fact(True))).verdict == "not-met"


# --- what was searched ---


@pytest.mark.parametrize("search", ["encounters", "procedures"])
def test_a_search_that_is_not_whole_never_proves_that_nothing_was_there(search: str) -> None:
    assert said(ask(review(searched={search: NOT_WHOLE}))) == ("missing", None)


def test_appointments_need_not_be_whole_to_look_back() -> None:
    assert said(ask(review(searched={"appointments": NOT_WHOLE}))) == ("met", None)


def test_a_page_that_reaches_back_beyond_the_week_is_enough() -> None:
    assert said(ask(review(searched={"encounters": look("2026-11-10 00:00")}))) == ("met", None)
    assert said(ask(review(searched={"encounters": look("2026-11-10 00:01")}))) == ("missing", None)


def test_the_week_before_the_receipt_must_have_been_searched_too() -> None:
    late: dict[str, Any] = {"received": "2026-11-13 16:00", "on": "2026-11-17"}
    assert said(ask(review(**late, searched={"encounters": look("2026-11-06 00:00")}))) == ("met", None)
    assert said(ask(review(**late, searched={"encounters": look("2026-11-08 00:00")}))) == ("missing", None)


def test_a_related_visit_denies_even_where_the_search_is_not_whole() -> None:
    answer = ask(review(services=(service("2026-11-14 10:00"),), searched={"encounters": NOT_WHOLE}))
    assert said(answer) == ("not-met", None)
    assert seen(answer) == {"Encounter/s1"}


# --- dates that are not exact, and stays ---


def test_a_visit_of_which_only_the_month_is_known_is_for_a_person() -> None:
    month = Moment.on(date(2026, 11, 1), NEW_YORK, through=date(2026, 11, 30))
    assert said(ask(review(services=(replace(service(None), start=month),)))) == ("unsettled", "date")


def test_a_stay_that_ended_within_the_week_is_for_a_person() -> None:
    stay = service("2026-11-02 10:00", end="2026-11-14 12:00")
    assert said(ask(review(services=(stay,)))) == ("unsettled", "date")


def test_a_stay_that_ended_before_the_week_is_outside() -> None:
    stay = service("2026-11-02 10:00", end="2026-11-09 12:00")
    assert said(ask(review(services=(stay,)))) == ("met", None)


def test_a_stay_that_began_before_the_week_and_goes_on_beyond_the_review_is_not_overlooked() -> None:
    stay = service("2026-11-02 10:00", end="2026-11-19 12:00")
    assert said(ask(review(services=(stay,)), at="2026-11-20 09:00")) == ("unsettled", "date")


# --- order and strangers ---

SOME = (
    service("2026-11-14 10:00", "s1", problem=KNEE),
    service("2026-11-13 10:00", "s2", by="other"),
    service("2026-11-10 10:00", "s3"),
    service("2026-11-05 10:00", "s4"),
    surgery("2026-11-12 10:00", 10, "p1"),
    booking("2026-11-30 10:00", "2026-11-17 16:00", "a1"),
)


@given(st.permutations(SOME), st.integers(0, len(SOME)))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_record_changes_nothing(shuffled: list[Service], some: int) -> None:
    chosen = tuple(shuffled[:some])
    ordered = tuple(s for s in SOME if s in chosen)
    mixed, plain = ask(review(services=chosen)), ask(review(services=ordered))
    assert mixed.verdict == plain.verdict
    assert seen(mixed) == seen(plain)


@given(st.integers(0, 400), st.sampled_from([None, True, False]), st.sampled_from([G2010, G2250]))
@settings(max_examples=60, deadline=None)
def test_an_unrelated_visit_to_another_group_never_denies(days: int, word: bool | None, terms: look_back.Terms) -> None:
    stranger = service(f"{date(2026, 11, 17) - timedelta(days=days)} 08:30", "stranger", by="other", problem=KNEE)
    without = ask(review(related_service=fact(word)), terms)
    beside = ask(review(services=(stranger,), related_service=fact(word)), terms)
    assert beside.verdict == without.verdict


@given(st.lists(st.sampled_from(SOME), unique=True))
@settings(max_examples=60, deadline=None)
def test_a_search_that_is_not_whole_never_makes_a_yes(services: list[Service]) -> None:
    cut = review(services=tuple(services), searched={"encounters": NOT_WHOLE})
    assert ask(cut).verdict != "met"


def test_the_visit_that_established_the_patient_half_a_year_ago_is_nothing_here() -> None:
    answer = ask(review(earlier=(replace(LAST_VISIT, problem=RASH),)), at=AGES_LATER)
    assert said(answer) == ("met", None)


def test_better_images_asked_for_anew_move_the_receipt_and_with_it_the_week() -> None:
    anew = image("2026-11-19 09:00", requested_anew=True)
    facts = review(received="2026-11-13 09:00", on="2026-11-19", answered=None, services=(service("2026-11-07 10:00"),))
    facts = replace(facts, images=(*facts.images, anew), replies=(reply("2026-11-19 15:00"),))
    assert said(ask(facts, at="2026-11-19 15:10")) == ("met", None)
