"""Is the reviewer enrolled with the payer?

Asked only where the client's file lists enrolments: without any, silence means nothing.
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


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer | None:
    enrolled = facts.enrolled_with
    if enrolled is None:
        return None
    if enrolled.value is None:
        return missing(enrolled)
    return met(enrolled) if facts.payer.value in enrolled.value else not_met(enrolled, facts.payer)
