"""Does the month's care-management bundle of this clinician already include the review?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import Charge, ReviewFacts
from ..moment import Moment


@dataclass(frozen=True, slots=True)
class Terms:
    """The codes whose calendar month includes this one."""

    bundled_in: frozenset[str]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    on = facts.served_on(at)
    zone = facts.practice.zone
    month = (on.year, on.month)
    bundles = [
        c
        for c in facts.charges
        if c.code in terms.bundled_in and c.on and month in {_month(c, first=True, facts=facts), _month(c, first=False, facts=facts)}
    ]
    own = [c for c in bundles if c.own]
    if own:
        return not_met(*own)
    unsure = [c for c in bundles if c.own is None]
    if unsure:
        return unsettled(*unsure)
    if not facts.charges_looked.covers(Moment.on(on.replace(day=1), zone).first):
        return missing(facts.charges_looked)
    return met(*bundles, case="elsewhere") if bundles else met(facts.charges_looked)


def _month(charge: Charge, *, first: bool, facts: ReviewFacts) -> tuple[int, int] | None:
    if charge.on is None:
        return None
    day = charge.on.day(facts.practice.zone) if first else charge.on.last_day(facts.practice.zone)
    return day.year, day.month
