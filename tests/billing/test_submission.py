"""Did the patient send an image? (billing_rules.md §1 steps 2 and 3; decisions D *submission*)."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import Image
from cds_service.billing.questions import submission

from .facts import NOT_WHOLE, image, look, review, said, when

TERMS = submission.Terms(30)


def ask(*images: Image, **different: Any) -> Answer:
    return submission.ask(review(images=images, **different), TERMS, when("2026-11-17 15:10"))


@pytest.mark.parametrize("by", ["patient", "proxy"])
def test_a_photo_by_the_patient_or_proxy_is_the_patient_s_own(by: Any) -> None:
    assert said(ask(image(by=by))) == ("met", None)


@pytest.mark.parametrize("by", ["clinician", "staff", "organization", "device"])
def test_a_photo_by_anyone_else_is_not(by: Any) -> None:
    assert said(ask(image(by=by))) == ("not-met", "not the patient's")


def test_one_photo_by_the_patient_is_enough_beside_others() -> None:
    assert said(ask(image(by="staff"), image(by="patient"), image(by=None))) == ("met", None)


def test_a_photo_by_nobody_named_is_missing_its_sender_and_denies_nothing() -> None:
    assert said(ask(image(by=None))) == ("missing", "sender")
    assert said(ask(image(by="staff"), image(by=None))) == ("missing", "sender")


def test_a_file_of_an_unknown_kind_is_missing_its_kind() -> None:
    assert said(ask(image(certain=False))) == ("missing", "content type")


def test_without_an_image_it_denies_only_if_thirty_days_were_searched() -> None:
    assert said(ask()) == ("not-met", None)
    assert said(ask(images_looked=NOT_WHOLE)) == ("missing", None)
    assert said(ask(images_looked=look("2026-10-18 00:00"))) == ("not-met", None)
    assert said(ask(images_looked=look("2026-10-18 00:01"))) == ("missing", None)


def test_a_photo_counts_though_the_search_was_cut_short() -> None:
    assert said(ask(image(), images_looked=NOT_WHOLE)) == ("met", None)
