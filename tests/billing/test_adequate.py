"""Were the images good enough? (billing_rules.md §8.2; contract §5, *without an attestation*)."""

from __future__ import annotations

from typing import Any

from cds_service.billing.assessment import Answer
from cds_service.billing.questions import adequate

from .facts import fact, note, review, said, when


def ask(**different: Any) -> Answer:
    return adequate.ask(review(**different), adequate.Terms(), when("2026-11-17 15:10"))


def test_an_interpretation_that_says_nothing_against_them_means_yes() -> None:
    assert said(ask()) == ("met", None)


def test_words_against_the_images_are_for_a_person_and_deny_nothing() -> None:
    assert said(ask(interpretations=(note(against_images=True),))) == ("unsettled", None)
    assert said(ask(interpretations=(note(), note(against_images=True)))) == ("unsettled", None)


def test_the_reviewer_s_word_decides_either_way() -> None:
    assert said(ask(images_adequate=fact(False))) == ("not-met", None)
    assert said(ask(images_adequate=fact(True))) == ("met", None)
    assert said(ask(images_adequate=fact(True), interpretations=(note(against_images=True),))) == ("met", None)


def test_without_an_interpretation_by_the_reviewer_it_is_missing() -> None:
    assert said(ask(interpretations=())) == ("missing", None)
    assert said(ask(interpretations=(note(by="another"),))) == ("missing", None)


def test_what_another_wrote_against_the_images_is_not_the_reviewer_s_word() -> None:
    assert said(ask(interpretations=(note(), note(by="another", against_images=True)))) == ("met", None)
