"""Did the reviewer write down what the images show?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, unsettled
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """Nothing to set."""


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    own = [i for i in facts.interpretations if i.by == "reviewer"]
    if own:
        return met(*own)
    if facts.interpretations:
        return unsettled(*facts.interpretations, case="another's")
    return missing(facts.interpretations_looked)
