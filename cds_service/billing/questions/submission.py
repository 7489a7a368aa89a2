"""Did the patient, or the patient's proxy, send an image or video?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..answers import met, missing, not_met
from ..assessment import Answer
from ..facts import ReviewFacts
from ..moment import Moment


@dataclass(frozen=True, slots=True)
class Terms:
    """How many days before the date of service images must have been searched for before none is taken for none."""

    searched_days: int


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    if facts.own_images:
        return met(*(i.submitted_by for i in facts.own_images))
    if any(not i.certain for i in facts.images):
        return missing(*facts.images, case="content type")
    if any(i.submitted_by.value is None for i in facts.images):
        return missing(*(i.submitted_by for i in facts.images), case="sender")
    if facts.images:
        return not_met(*(i.submitted_by for i in facts.images), case="not the patient's")
    return not_met(facts.images_looked) if surely_none(facts, terms, at) else missing(facts.images_looked)


def surely_none(facts: ReviewFacts, terms: Terms, at: datetime) -> bool:
    """Whether the record was searched far enough to say that there is no image."""
    day = Moment.on(facts.served_on(at) - timedelta(days=terms.searched_days), facts.practice.zone)
    return facts.images_looked.covers(day.first)
