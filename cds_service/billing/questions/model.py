"""Does the practice take part in the CMMI model that pays for this code, in a specialty of the model?

Participation is never guessed: only the practice's own configuration turns a model on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met
from ..assessment import Answer
from ..facts import Address, Fact, ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """How the taxonomies of the model's specialties begin."""

    specialties: frozenset[str]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    configured: Fact[str] = Fact(seen_at=(Address("client file", "cmmi_models"),))
    if not facts.models:
        return not_met(configured)
    if not facts.taxonomies:
        return missing(facts.reporter)
    fits = any(taxonomy.startswith(tuple(terms.specialties)) for taxonomy in facts.taxonomies)
    return met(configured, facts.reporter) if fits else not_met(facts.reporter, case="specialty")
