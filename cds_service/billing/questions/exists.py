"""Does the code exist on the date of service?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from ..answers import met, not_met
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """One version's life: dates of service, inclusive."""

    start: date
    until: date | None


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    on = facts.served_on(at)
    if terms.start <= on and (terms.until is None or on <= terms.until):
        return met(facts.date_of_service)
    return not_met(facts.date_of_service)
