"""24 business hours to answer the patient (billing_rules.md §3.5, §8.1; contract §5 *answered*).

Up to reading A in time, up to reading B a person's matter, later than B late by every reading. For a photo of Tuesday
at nine, A ends on Wednesday at nine and B (nine hours a day) on Thursday at 15:00: 8 + 9 + 7 hours.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import Fact, ReviewFacts
from cds_service.billing.moment import Moment
from cds_service.billing.questions import follow_up

from .facts import (
    AGES_LATER,
    CHICAGO,
    FEDERAL_HOLIDAYS,
    NEW_YORK,
    NOT_WHOLE,
    fact,
    image,
    look,
    moment,
    practice,
    reply,
    review,
    said,
    when,
)

TERMS = follow_up.Terms(24)
BY_A, BY_B = "2026-11-18 09:00", "2026-11-19 15:00"


def ask(facts: ReviewFacts, at: str = AGES_LATER) -> Answer:
    return follow_up.ask(facts, TERMS, when(at))


@pytest.mark.parametrize(
    ("answered", "verdict"),
    [
        ("2026-11-17 09:00", ("met", None)),  # at once
        (BY_A, ("met", None)),  # exactly 24 business hours
        ("2026-11-18 09:00:01", ("unsettled", "between")),
        (BY_B, ("unsettled", "between")),  # exactly 24 open hours
        ("2026-11-19 15:00:01", ("not-met", None)),
    ],
)
def test_an_answer_is_in_time_up_to_a_and_a_person_s_matter_up_to_b(
    answered: str, verdict: tuple[str, str | None]
) -> None:
    assert said(ask(review(answered=answered))) == verdict


@pytest.mark.parametrize(
    ("received", "by_a", "by_b"),
    [
        ("2026-11-20 16:00", "2026-11-23 16:00", "2026-11-25 13:00"),  # a Friday afternoon
        ("2026-11-21 09:00", "2026-11-24 00:00", "2026-11-25 14:00"),  # a Saturday
        ("2026-11-25 15:00", "2026-11-27 15:00", "2026-12-01 12:00"),  # the eve of Thanksgiving
        ("2026-10-30 18:00", "2026-11-02 18:00", "2026-11-04 14:00"),  # the clocks go back
        ("2027-03-12 13:00", "2027-03-15 13:00", "2027-03-17 10:00"),  # the clocks go forward
    ],
)
def test_weekends_holidays_and_the_clocks_are_counted_as_the_table_of_the_rules_says(
    received: str, by_a: str, by_b: str
) -> None:
    second = timedelta(seconds=1)
    for deadline, before, after in ((by_a, "met", "unsettled"), (by_b, "unsettled", "not-met")):
        for answered, verdict in ((when(deadline), before), (when(deadline) + second, after)):
            facts = review(received=received, answered=f"{answered:%Y-%m-%d %H:%M:%S}")
            assert ask(facts).verdict == verdict, f"{answered:%a %H:%M:%S}"


def test_a_closure_of_the_practice_s_own_gives_more_time() -> None:
    closed = practice(holidays=FEDERAL_HOLIDAYS | {date(2026, 11, 27)})
    monday: dict[str, Any] = {"received": "2026-11-25 15:00", "answered": "2026-11-30 15:00"}
    assert said(ask(review(**monday, practice=closed))) == ("met", None)
    assert said(ask(review(**monday))) == ("unsettled", "between")


def test_the_practice_s_zone_decides_and_not_the_patient_s() -> None:
    # Friday 23:30 in Chicago is Saturday in New York: there the whole of Monday is left.
    sent = Moment.exactly(datetime(2026, 11, 20, 23, 30, tzinfo=CHICAGO))
    answered = Moment.exactly(datetime(2026, 11, 23, 23, 30, 1, tzinfo=CHICAGO))
    facts = replace(
        review(received=None),
        images=(replace(image(None), received=fact(sent)),),
        replies=(replace(reply("2026-11-17"), sent=answered),),
    )
    assert ask(replace(facts, practice=practice(CHICAGO))).verdict == "unsettled"
    in_time = replace(facts.replies[0], sent=Moment.exactly(when("2026-11-23 23:59")))
    assert ask(replace(facts, replies=(in_time,))).verdict == "met"


# --- no answer yet ---


@pytest.mark.parametrize(
    ("at", "verdict"),
    [
        ("2026-11-17 09:10", ("wait", None)),
        (BY_A, ("wait", None)),
        ("2026-11-18 09:00:01", ("unsettled", "late")),
        (BY_B, ("unsettled", "late")),
        ("2026-11-19 15:00:01", ("not-met", None)),
    ],
)
def test_without_an_answer_it_waits_then_asks_then_denies(at: str, verdict: tuple[str, str | None]) -> None:
    answer = ask(review(answered=None), at)
    assert said(answer) == verdict
    assert answer.until == (when(BY_A) if verdict[0] == "wait" else None)


def test_a_denial_holds_by_every_reading_so_that_no_doubt_of_the_rule_softens_it() -> None:
    assert ask(review(answered="2026-11-19 15:00:01")).every_reading
    assert ask(review(answered=None), AGES_LATER).every_reading


@pytest.mark.parametrize("at", ["2026-11-17 09:10", "2026-11-18 10:00", AGES_LATER])
def test_where_messages_could_not_all_be_seen_no_answer_is_proved_to_be_absent(at: str) -> None:
    assert said(ask(review(answered=None, replies_looked=NOT_WHOLE), at)) == ("missing", None)
    reaching = review(answered=None, replies_looked=look("2026-11-17 09:00"))
    assert ask(reaching, at).verdict != "missing"
    too_short = review(answered=None, replies_looked=look("2026-11-17 09:01"))
    assert said(ask(too_short, at)) == ("missing", None)


# --- who answered ---


@pytest.mark.parametrize(
    "doubt", ["staff", "another clinician", "organization", "unknown sender", "voicemail", "recipient unknown"]
)
def test_an_answer_that_is_not_surely_the_reviewer_s_to_the_patient_is_for_a_person(doubt: str) -> None:
    facts = review(replies=(reply("2026-11-17 15:00", doubt=doubt),))
    assert said(ask(facts)) == ("unsettled", doubt)


def test_a_doubtful_answer_that_came_too_late_by_every_reading_denies() -> None:
    facts = review(replies=(reply("2026-11-19 15:00:01", doubt="staff"),))
    assert said(ask(facts)) == ("not-met", None)


def test_the_reviewer_s_own_answer_counts_though_staff_answered_before() -> None:
    own, staff = reply("2026-11-17 16:00"), reply("2026-11-17 10:00", doubt="staff")
    assert said(ask(review(replies=(staff, own)))) == ("met", None)


def test_the_attested_answer_is_taken_before_those_of_others() -> None:
    attested, staff = reply("2026-11-17 16:00", attested=True), reply("2026-11-17 10:00", doubt="staff")
    assert said(ask(review(replies=(staff, attested)))) == ("met", None)


def test_the_earliest_of_the_reviewer_s_own_answers_counts() -> None:
    early, late = reply("2026-11-18 08:00"), reply("2026-11-20 08:00")
    assert said(ask(review(replies=(late, early)))) == ("met", None)


def test_a_message_before_the_photo_came_answers_nothing() -> None:
    facts = review(replies=(reply("2026-11-17 08:59"),))
    assert ask(facts, "2026-11-17 12:00").verdict == "wait"


# --- when it was received ---


def test_only_the_time_of_the_picture_itself_leaves_the_receipt_to_a_person() -> None:
    taken = image(received=None, by="patient")
    facts = review(images=(replace(taken, received=Fact(moment("2026-11-17 09:00"), doubt="taken")),))
    assert said(ask(facts)) == ("unsettled", "receipt")


def test_without_any_time_of_receipt_it_is_missing() -> None:
    assert said(ask(review(received=None))) == ("missing", "receipt")


def test_the_clock_starts_with_the_first_photo_of_several() -> None:
    both = (image("2026-11-17 20:00"), image("2026-11-17 09:00"))
    assert said(ask(review(images=both, answered="2026-11-18 09:00:01"))) == ("unsettled", "between")


def test_better_photos_that_were_asked_for_start_the_clock_anew() -> None:
    both = (image("2026-11-13 09:00"), image("2026-11-17 09:00", requested_anew=True))
    assert said(ask(review(images=both, answered=BY_A))) == ("met", None)


def test_more_photos_that_nobody_asked_for_start_nothing() -> None:
    # From Friday the 13th at nine, 24 open hours (8 + 9 + 7) have passed on Tuesday at 15:00.
    both = (image("2026-11-13 09:00"), image("2026-11-17 09:00"))
    assert said(ask(review(images=both, answered=BY_A))) == ("not-met", None)


def test_a_photo_by_staff_starts_no_clock_beside_the_patient_s() -> None:
    both = (image("2026-11-13 09:00", by="staff"), image("2026-11-17 09:00"))
    assert said(ask(review(images=both, answered=BY_A))) == ("met", None)


# --- days instead of moments ---


def test_a_receipt_of_which_only_the_day_is_known_is_in_time_if_its_first_second_makes_it_so() -> None:
    # The 17th: at the earliest midnight, so A ends at the earliest on the 18th at midnight.
    assert said(ask(review(received="2026-11-17", answered="2026-11-18 00:00"))) == ("met", None)
    assert said(ask(review(received="2026-11-17", answered="2026-11-18 00:01"))) == ("unsettled", "between")


def test_an_answer_of_which_only_the_day_is_known_is_in_time_only_if_its_last_second_is() -> None:
    assert said(ask(review(answered="2026-11-17"))) == ("met", None)
    assert said(ask(review(answered="2026-11-18"))) == ("unsettled", "between")
    assert said(ask(review(answered="2026-11-19"))) == ("unsettled", "between")
    assert said(ask(review(answered="2026-11-20"))) == ("not-met", None)


# --- for every moment ---

ANSWERS = st.integers(0, 8 * 24 * 3600)


@given(ANSWERS)
@settings(max_examples=80, deadline=None)
def test_the_verdict_only_gets_worse_with_time(seconds: int) -> None:
    answered = when("2026-11-17 09:00").astimezone(NEW_YORK) + timedelta(seconds=seconds)
    verdict = ask(review(answered=f"{answered:%Y-%m-%d %H:%M:%S}")).verdict
    expected = "met" if answered <= when(BY_A) else "unsettled" if answered <= when(BY_B) else "not-met"
    assert verdict == expected


@given(ANSWERS, st.booleans())
@settings(max_examples=60, deadline=None)
def test_without_an_answer_it_is_never_a_yes(seconds: int, whole: bool) -> None:
    at = when("2026-11-17 09:00") + timedelta(seconds=seconds)
    facts = review(answered=None, replies_looked=look() if whole else NOT_WHOLE)
    assert follow_up.ask(facts, TERMS, at).verdict != "met"


@given(
    st.permutations([reply("2026-11-17 15:00"), reply("2026-11-20 10:00"), reply("2026-11-17 10:00", doubt="staff")])
)
@settings(max_examples=10, deadline=None)
def test_the_order_of_messages_changes_nothing(replies: list[object]) -> None:
    assert said(ask(review(replies=tuple(replies)))) == ("met", None)
