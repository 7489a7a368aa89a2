"""May this reviewer report the code: one who bills E/M, or one who may not?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """The reporter classes that may report it (`E/M`, `non-E/M`); with `taxonomies`, only those of them."""

    who: frozenset[Literal["E/M", "non-E/M"]]
    taxonomies: frozenset[str] = frozenset()


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    if facts.reporter.value is None:
        return missing(facts.reviewer, facts.reporter)
    if facts.reporter.value == "unknown":
        return unsettled(facts.reporter)
    if terms.taxonomies and not facts.taxonomies & terms.taxonomies:
        return not_met(facts.reporter)
    return met(facts.reporter) if facts.reporter.value in terms.who else not_met(facts.reporter)
