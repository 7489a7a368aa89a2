"""The reviewer's licence where the patient was (billing_rules.md §7 D13, D14; contract §4 *severity*, §5 *licence*)."""

from __future__ import annotations

import pytest

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import Fact, Licence
from cds_service.billing.questions import licensed

from .facts import fact, licence, review, said, when

HOME = fact("NY", "Patient/p1", doubt="home address")
ATTESTED = fact("NY", "QuestionnaireResponse/q1")


def ask(*licences: Licence, state: Fact[str] = ATTESTED, on: str = "2026-11-17") -> Answer:
    facts = review(licences=licences, patient_state=state, on=on)
    return licensed.ask(facts, licensed.Terms(), when("2026-11-17 15:10"))


def test_a_licence_of_the_patient_s_state_is_enough() -> None:
    assert said(ask(licence("NY"))) == ("met", None)
    assert said(ask(licence("NJ"), licence("NY"))) == ("met", None)


@pytest.mark.parametrize(
    ("start", "end", "verdict"),
    [
        (None, "2026-11-17", "met"),  # its last day is the day of the review
        (None, "2026-11-16", "unsettled"),
        ("2026-11-17", None, "met"),  # its first day
        ("2026-11-18", None, "unsettled"),
        ("2020-01-01", "2030-01-01", "met"),
    ],
)
def test_a_licence_counts_from_its_first_day_through_its_last(start: str | None, end: str | None, verdict: str) -> None:
    assert ask(licence("NY", start, end)).verdict == verdict


def test_a_licence_on_record_that_ended_or_is_for_another_state_is_for_a_person_and_never_denies() -> None:
    for other in (licence("NJ"), licence("NY", end="2026-06-30")):
        answer = ask(other)
        assert said(answer) == ("unsettled", None)
        assert not answer.warns


def test_the_client_s_own_list_denies() -> None:
    for other in (licence("NJ", vouched=True), licence("NY", end="2026-06-30", vouched=True)):
        answer = ask(other)
        assert answer.verdict == "not-met"
        assert not answer.warns


def test_the_client_s_list_is_taken_before_the_record() -> None:
    assert ask(licence("NJ", vouched=True), licence("NY")).verdict == "not-met"
    assert ask(licence("NY", vouched=True), licence("NJ")).verdict == "met"


@pytest.mark.parametrize("vouched", [True, False])
def test_while_only_the_home_address_says_where_the_patient_was_it_only_warns(vouched: bool) -> None:
    answer = ask(licence("NJ", vouched=vouched), state=HOME)
    assert answer.verdict == ("not-met" if vouched else "unsettled")
    assert answer.warns


def test_no_licence_no_state_or_a_licence_of_no_state_is_missing() -> None:
    assert said(ask()) == ("missing", None)
    assert said(ask(licence("NY"), state=Fact())) == ("missing", "state")
    assert said(ask(licence(None))) == ("missing", "issuer")


def test_a_licence_of_no_state_that_has_ended_is_for_a_person() -> None:
    assert ask(licence(None, end="2026-06-30")).verdict == "unsettled"


def test_the_order_of_licences_changes_nothing() -> None:
    several = [licence("NJ"), licence(None), licence("NY", end="2020-01-01")]
    assert said(ask(*several)) == said(ask(*reversed(several)))
