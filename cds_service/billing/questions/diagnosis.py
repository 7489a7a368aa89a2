"""Is the problem told with an ICD-10-CM code, as a claim needs it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """Nothing to set."""


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    return met(facts.diagnosis) if facts.diagnosis.value else missing(facts.diagnosis)
