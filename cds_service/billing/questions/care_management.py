"""Does the month's care-management bundle of this clinician already include the review?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

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
    bundles = [c for c in facts.charges if c.code in terms.bundled_in and _in_month(c, on, facts)]
    own = [c for c in bundles if c.own and c.on]
    if own:
        return not_met(*own)
    unsure = [c for c in bundles if c.own is None or (c.own and c.on is None)]
    if unsure:
        return unsettled(*unsure)
    if not facts.charges_looked.covers(Moment.on(on.replace(day=1), facts.practice.zone).first):
        return missing(facts.charges_looked)
    return met(*bundles, case="elsewhere") if bundles else met(facts.charges_looked)


def _in_month(charge: Charge, on: date, facts: ReviewFacts) -> bool:
    if charge.on is None:
        return True  # of which month is not told, and absent is never nothing there
    first, last = charge.on.day(facts.practice.zone), charge.on.last_day(facts.practice.zone)
    return (on.year, on.month) in {(first.year, first.month), (last.year, last.month)}
