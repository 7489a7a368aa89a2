"""Did the patient agree, within the year before, to technology-based services and to sharing their cost?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from ..answers import met, missing, unsettled
from ..assessment import Answer
from ..facts import ConsentOnFile, ReviewFacts
from ..moment import years_before


@dataclass(frozen=True, slots=True)
class Terms:
    """One consent covers a `year` of services, or one `service` only."""

    covers: Literal["year", "service"]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    if facts.consent_attested.value:
        return met(facts.consent_attested)
    on = facts.served_on(at)
    fitting = [c for c in facts.consents if c.active and c.names_service_and_cost]
    for consent in fitting:
        if _is_valid(consent, terms, on, facts):
            return met(consent)
    undated = [c for c in fitting if terms.covers == "service" or _is_perhaps_valid(c, on, facts)]
    if undated:
        return unsettled(*undated, case="undated")
    others = [c for c in facts.consents if c.active and not c.names_service_and_cost]
    if others:
        return unsettled(*others)
    if facts.consents:
        return missing(*facts.consents, case="lapsed")
    return missing(facts.consent_attested, facts.consents_looked)


def _is_valid(consent: ConsentOnFile, terms: Terms, on: date, facts: ReviewFacts) -> bool:
    if consent.dated is None:
        return False
    zone = facts.practice.zone
    first, last = consent.dated.day(zone), consent.dated.last_day(zone)
    if terms.covers == "service":
        return first == last == on or (consent.encounter and last <= on)
    return last <= on and first > years_before(on, 1)


def _is_perhaps_valid(consent: ConsentOnFile, on: date, facts: ReviewFacts) -> bool:
    """Whether some day on which it may have been given would do."""
    if consent.dated is None:
        return True
    zone = facts.practice.zone
    return consent.dated.day(zone) <= on and consent.dated.last_day(zone) > years_before(on, 1)
