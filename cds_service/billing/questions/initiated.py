"""Did the patient, or the patient's proxy, begin it?

An image that was asked for is still the patient's submission, with a caution; an e-visit must be the patient's idea.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..answers import met, missing, not_met
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """What it means that the practice had asked: `noted` as a caution, or `refused`."""

    asked_for: Literal["noted", "refused"]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    if facts.initiated.value is None:
        return missing(facts.initiated)
    if facts.initiated.value:
        return met(facts.initiated)
    return not_met(facts.initiated) if terms.asked_for == "refused" else met(facts.initiated, case="asked for")
