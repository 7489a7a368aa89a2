"""Consent (billing_rules.md §3.2): for each service in 2019; from 2020 one for a year, (DOS - 1 year, DOS]."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import ConsentOnFile, ReviewFacts
from cds_service.billing.moment import Moment
from cds_service.billing.questions import consent as question

from .facts import NEW_YORK, NOT_WHOLE, consent, fact, review, said, when

YEAR, SERVICE = question.Terms("year"), question.Terms("service")


def ask(facts: ReviewFacts, terms: question.Terms = YEAR, at: str = "2026-11-17 15:10") -> Answer:
    return question.ask(facts, terms, when(at))


@pytest.mark.parametrize(
    ("on", "given_on", "valid"),
    [
        ("2026-11-17", "2026-11-17", True),  # at the time of the service
        ("2026-11-17", "2026-11-16", True),
        ("2026-11-17", "2025-11-18", True),  # the last day that still counts
        ("2026-11-17", "2025-11-17", False),  # a year to the day: lapsed
        ("2026-11-17", "2025-11-16", False),
        ("2026-11-17", "2026-11-18", False),  # a day after the service
        ("2028-02-29", "2027-03-01", True),  # a year before Feb 29 is Feb 28
        ("2028-02-29", "2027-02-28", False),
        ("2029-02-28", "2028-02-29", True),  # a leap day within the year
        ("2029-02-28", "2028-02-28", False),
        ("2029-03-01", "2028-03-01", False),
        ("2029-03-01", "2028-03-02", True),
    ],
)
def test_one_consent_covers_the_year_after_it(on: str, given_on: str, valid: bool) -> None:
    answer = ask(review(on=on, consents=(consent(given_on),)))
    assert said(answer) == (("met", None) if valid else ("missing", "lapsed"))


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(-5, 800))
@settings(max_examples=100, deadline=None)
def test_a_consent_counts_for_a_year_and_never_twice_as_long_nor_backwards(on: date, days: int) -> None:
    dated = on - timedelta(days=days)
    met = ask(review(on=str(on), consents=(consent(str(dated)),))).verdict == "met"
    if days < 0 or days >= 366:
        assert not met
    elif days < 365:
        assert met


def test_days_are_the_practice_s_and_not_utc_s() -> None:
    # 20:00 in New York on the 17th of the year before is the 18th in UTC.
    assert said(ask(review(consents=(consent("2025-11-17 20:00"),)))) == ("missing", "lapsed")
    assert said(ask(review(consents=(consent("2025-11-18 00:00"),)))) == ("met", None)


def test_any_valid_one_of_several_is_enough_in_any_order() -> None:
    old, new, general = (
        consent("2024-01-01"),
        consent("2026-01-01"),
        consent("2026-11-01", names_service_and_cost=False),
    )
    for several in ((old, new, general), (general, old, new), (new, general, old)):
        assert said(ask(review(consents=several))) == ("met", None)


def test_an_inactive_consent_is_none() -> None:
    assert said(ask(review(consents=(consent("2026-05-04", active=False),)))) == ("missing", "lapsed")


def test_a_consent_that_does_not_name_the_service_and_its_cost_is_for_a_person() -> None:
    assert said(ask(review(consents=(consent("2026-05-04", names_service_and_cost=False),)))) == ("unsettled", None)


def test_a_consent_without_a_date_is_for_a_person() -> None:
    assert said(ask(review(consents=(consent(None),)))) == ("unsettled", "undated")


def test_no_consent_is_missing_whether_or_not_all_were_searched() -> None:
    assert said(ask(review(consents=()))) == ("missing", None)
    assert said(ask(review(consents=(), consents_looked=NOT_WHOLE))) == ("missing", None)


def test_a_valid_consent_counts_though_the_search_was_cut_short() -> None:
    assert said(ask(review(consents_looked=NOT_WHOLE))) == ("met", None)


def test_the_attestation_is_consent_enough() -> None:
    assert said(ask(review(consents=(), consent_attested=fact(True)))) == ("met", None)


def test_an_attestation_that_there_was_no_consent_is_no_consent() -> None:
    assert ask(review(consents=(), consent_attested=fact(False))).verdict == "missing"


def month(year: int, number: int, last: int) -> ConsentOnFile:
    whole = Moment.on(date(year, number, 1), NEW_YORK, through=date(year, number, last))
    return replace(consent(None), dated=whole)


def test_a_consent_of_which_only_the_month_is_known_counts_if_all_its_days_do() -> None:
    assert said(ask(review(consents=(month(2026, 5, 31),)))) == ("met", None)
    assert ask(review(consents=(month(2025, 10, 31),))).verdict == "missing"


def test_a_consent_of_this_very_month_is_not_called_lapsed() -> None:
    # It may be of the 3rd or of the 28th: a person must say.
    assert said(ask(review(consents=(month(2026, 11, 30),)))) == ("unsettled", "undated")


# --- 2019: one consent for each service ---


def test_in_2019_a_consent_of_the_day_of_the_service_is_needed() -> None:
    on = "2019-06-03"
    assert said(ask(review(on=on, consents=(consent("2019-06-03"),)), SERVICE)) == ("met", None)
    assert ask(review(on=on, consents=(consent("2019-06-02"),)), SERVICE).verdict != "met"
    assert ask(review(on=on, consents=(consent("2019-06-04"),)), SERVICE).verdict != "met"


def test_in_2019_a_consent_for_this_very_encounter_may_be_of_the_day_before() -> None:
    mine = consent("2019-06-02", encounter=True)
    assert said(ask(review(on="2019-06-03", consents=(mine,)), SERVICE)) == ("met", None)


def test_in_2019_a_consent_of_another_day_is_for_a_person_as_it_may_have_been_for_this_service() -> None:
    assert said(ask(review(on="2019-06-03", consents=(consent("2019-05-01"),)), SERVICE)) == ("unsettled", "undated")
