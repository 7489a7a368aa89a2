"""May this reviewer report the code: one who bills E/M, or one who may not?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """The reporter classes that may report it: `E/M`, `non-E/M`."""

    who: frozenset[str]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    if facts.reporter.value is None:
        return missing(facts.reviewer, facts.reporter)
    if facts.reporter.value == "unknown":
        return unsettled(facts.reporter)
    return met(facts.reporter) if facts.reporter.value in terms.who else not_met(facts.reporter)
