"""Were the images good enough to be interpreted?

An interpretation that says nothing against them is taken to mean yes. Words against them make a person look, for words
cannot be weighed here; only the reviewer's own attestation denies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """Nothing to set."""


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    attested = facts.images_adequate
    if attested.value is not None:
        return met(attested) if attested.value else not_met(attested)
    own = [i for i in facts.interpretations if i.by == "reviewer"]
    against = [i for i in own if i.against_images]
    if against:
        return unsettled(*against)
    return met(*own) if own else missing(attested)
