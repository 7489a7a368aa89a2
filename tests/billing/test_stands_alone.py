"""One communication, one code (billing_rules.md §5, §8.5; decisions D *stands_alone*)."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import Charge
from cds_service.billing.questions import stands_alone

from .facts import NOT_WHOLE, charge, fact, look, review, said, when

# G2250 can never be right beside G2010 for one clinician (H); of the others no text says which goes (L).
RIVALS = frozenset({"G2250"})
PERHAPS = frozenset({"99421", "99422", "99423", "98970", "98971", "98972", "G2012", "98016", "G2252"})
TERMS = stands_alone.Terms("G2010", RIVALS, PERHAPS)


def ask(*charges: Charge, **different: Any) -> Answer:
    return stands_alone.ask(review(charges=charges, **different), TERMS, when("2026-11-17 15:10"))


def test_alone_it_stands() -> None:
    assert said(ask()) == ("met", None)
    assert said(ask(charge("G2010"))) == ("met", None)


@pytest.mark.parametrize("rival", sorted(RIVALS))
def test_another_code_for_the_same_communication_excludes_it(rival: str) -> None:
    assert said(ask(charge("G2010"), charge(rival, "ch2"))) == ("not-met", None)


@pytest.mark.parametrize("rival", sorted(PERHAPS))
def test_another_code_of_which_no_text_says_so_leaves_it_to_a_person(rival: str) -> None:
    assert said(ask(charge("G2010"), charge(rival, "ch2"))) == ("unsettled", "perhaps")


def test_a_rival_charged_for_another_encounter_excludes_nothing() -> None:
    assert said(ask(charge("99421", of_review=False))) == ("met", None)


def test_a_code_that_is_no_rival_excludes_nothing() -> None:
    assert said(ask(charge("J1100"))) == ("met", None)


def test_a_visit_s_code_on_an_in_person_encounter_may_mean_that_there_was_a_visit() -> None:
    assert said(ask(charge("99213", kind="E/M"), setting="in person")) == ("unsettled", "visit")
    assert said(ask(charge("99213", kind="E/M"), setting="virtual")) == ("met", None)


def test_a_live_visit_s_code_as_the_encounter_s_type_may_mean_the_same() -> None:
    assert said(ask(live=fact("99213"))) == ("unsettled", "visit")


@pytest.mark.parametrize(
    ("different", "answer"),
    [
        ({"on": "2026-11-17"}, ("unsettled", "second unit")),
        ({"on": "2026-11-17", "by": None}, ("unsettled", "second unit")),
        ({"on": "2026-11-17", "by": "group"}, ("unsettled", "second unit")),
        ({"on": "2026-11-17", "by": "other"}, ("met", None)),
        ({"on": "2026-11-16"}, ("met", None)),
        ({"on": "2026-11-18"}, ("met", None)),
    ],
)
def test_a_second_unit_on_one_day_is_for_a_person(different: dict[str, str], answer: tuple[str, str | None]) -> None:
    assert said(ask(charge("G2010", of_review=False, **different))) == answer


def test_a_search_that_is_not_whole_never_proves_that_no_other_code_was_charged() -> None:
    assert said(ask(charges_looked=NOT_WHOLE)) == ("missing", None)
    assert said(ask(charges_looked=look("2026-11-17 00:00"))) == ("met", None)
    assert said(ask(charges_looked=look("2026-11-17 00:01"))) == ("missing", None)


def test_the_order_of_charges_changes_nothing() -> None:
    three = [charge("G2250"), charge("99421", "ch2"), charge("G2010", "ch3", of_review=False, on="2026-11-17")]
    assert said(ask(*three)) == said(ask(*reversed(three))) == ("not-met", None)
