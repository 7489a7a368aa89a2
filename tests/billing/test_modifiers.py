"""Modifiers and place of service (billing_rules.md §4.1, §4.2, §6.1, §6.2): a gap with its remedy, never a denial."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import Charge
from cds_service.billing.questions import modifiers

from .facts import charge, review, said, when

NEVER = frozenset({"93", "95", "GT", "GQ", "FQ", "G0", "AS", "QK", "QX"})
ASSISTANT, TELEHEALTH = frozenset({"CQ", "CO"}), frozenset({"02", "10"})
THERAPY = {"225100000X": "GP", "225X00000X": "GO", "235Z00000X": "GN"}
G2010 = modifiers.Terms("G2010", NEVER, ASSISTANT, TELEHEALTH, {})
G2250 = modifiers.Terms("G2250", NEVER, ASSISTANT, TELEHEALTH, THERAPY)
PT, OT, SLP, PSYCHOLOGIST = "225100000X", "225X00000X", "235Z00000X", "103TC0700X"


def ask(*charges: Charge, terms: modifiers.Terms = G2010, taxonomy: str = "207N00000X") -> Answer:
    facts = review(charges=charges, taxonomies=frozenset({taxonomy}))
    return modifiers.ask(facts, terms, when("2026-11-17 15:10"))


def line(code: str = "G2010", *carried: str, **different: Any) -> Charge:
    """Return a line of a claim, where modifiers can be seen."""
    return charge(code, modifiers=frozenset(carried), **different)


def test_without_a_charge_of_the_code_there_is_nothing_to_find_fault_with() -> None:
    assert said(ask()) == ("met", None)
    assert said(ask(line("99213", "95"))) == ("met", None)
    assert said(ask(line("G2010", "95", of_review=False))) == ("met", None)


@pytest.mark.parametrize("modifier", sorted(NEVER))
def test_no_telehealth_or_assistant_surgery_modifier_belongs_on_it(modifier: str) -> None:
    assert said(ask(line("G2010", modifier))) == ("not-met", None)


@pytest.mark.parametrize("modifier", ["24", "GP", "CR", "59", "GA"])
def test_other_modifiers_are_left_alone(modifier: str) -> None:
    assert said(ask(line("G2010", modifier))) == ("met", None)


@pytest.mark.parametrize("modifier", ["CQ", "CO"])
def test_a_modifier_that_an_assistant_did_it_is_for_a_person(modifier: str) -> None:
    assert said(ask(line("G2250", modifier, "GP"), terms=G2250, taxonomy=PT)) == ("unsettled", "assistant")


@pytest.mark.parametrize(
    ("place", "verdict"), [("02", "not-met"), ("10", "not-met"), ("11", "met"), ("22", "met"), (None, "met")]
)
def test_telehealth_places_of_service_do_not_belong_on_it(place: str | None, verdict: str) -> None:
    assert ask(line("G2010", place_of_service=place)).verdict == verdict


@pytest.mark.parametrize(("taxonomy", "needed"), [(PT, "GP"), (OT, "GO"), (SLP, "GN")])
def test_a_therapist_s_charge_needs_the_modifier_of_the_plan_of_care(taxonomy: str, needed: str) -> None:
    assert said(ask(line("G2250"), terms=G2250, taxonomy=taxonomy)) == ("missing", None)
    assert said(ask(line("G2250", needed), terms=G2250, taxonomy=taxonomy)) == ("met", None)
    wrong_one = ({"GP", "GO", "GN"} - {needed}).pop()
    assert said(ask(line("G2250", wrong_one), terms=G2250, taxonomy=taxonomy)) == ("missing", None)


def test_psychologists_and_physicians_need_none() -> None:
    assert said(ask(line("G2250"), terms=G2250, taxonomy=PSYCHOLOGIST)) == ("met", None)
    assert said(ask(line("G2010"), taxonomy=PT)) == ("met", None)


def test_a_charge_item_cannot_carry_modifiers_so_none_is_found_lacking() -> None:
    assert said(ask(charge("G2250"), terms=G2250, taxonomy=PT)) == ("met", None)


def test_what_a_charge_will_need_is_told_before_there_is_one() -> None:
    facts = review(taxonomies=frozenset({PT}))
    assert modifiers.advised(facts, G2250) == ("GP",)
    assert modifiers.advised(facts, G2010) == ()


def test_the_worst_of_several_lines_counts_in_any_order() -> None:
    good, bad = line("G2010"), line("G2010", "95")
    assert said(ask(good, bad)) == said(ask(bad, good)) == ("not-met", None)
