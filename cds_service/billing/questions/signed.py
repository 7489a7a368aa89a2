"""Has the reviewer signed?

An encounter that was cancelled or entered in error cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """Nothing to set."""


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    if facts.void.value is not None:
        return not_met(facts.void)
    if facts.at_sign_off or facts.signed.value is not None:
        return met(facts.signed)
    return missing(facts.signed)
