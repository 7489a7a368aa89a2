"""Is this the only code for the communication?

A charge that is itself wrong is left out before this is asked. A visit's code on an in-person encounter, or a live
visit's code as the encounter's type, means that perhaps there was a visit and no review: a person must say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import Charge, ReviewFacts
from ..moment import Moment


@dataclass(frozen=True, slots=True)
class Terms:
    """The code itself, the codes that exclude it for one communication, and those that perhaps do.

    `once_in`: so many days back the reviewer may not have reported a code of the `family` already.
    """

    code: str
    excludes: frozenset[str]
    perhaps: frozenset[str]
    once_in: int | None = None
    family: frozenset[str] = frozenset()


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    if facts.live.value is not None:
        return unsettled(facts.live, case="visit")
    visit = [c for c in facts.charges if c.of_review and c.kind == "E/M" and facts.setting == "in person"]
    if visit:
        return unsettled(*visit, case="visit")
    rivals = [c for c in facts.charges if c.of_review and c.code in terms.excludes]
    if rivals:
        return not_met(*rivals)
    maybe = [c for c in facts.charges if c.of_review and c.code in terms.perhaps]
    if maybe:
        return unsettled(*maybe, case="perhaps")
    again = [c for c in facts.charges if _is_again(c, facts, terms, at)]
    if again:
        return not_met(*again, case="again") if any(c.own for c in again) else unsettled(*again, case="again")
    second = [c for c in facts.charges if not c.of_review and c.code == terms.code and _same_day(c, facts, at)]
    if second:
        return unsettled(*second, case="second unit")
    day = Moment.on(facts.served_on(at), facts.practice.zone)
    return met(facts.charges_looked) if facts.charges_looked.covers(day.first) else missing(facts.charges_looked)


def _is_again(charge: Charge, facts: ReviewFacts, terms: Terms, at: datetime) -> bool:
    """Whether a code of the family stands charged for another encounter within the days."""
    if terms.once_in is None or charge.of_review or charge.code not in terms.family or charge.on is None:
        return False
    on, zone = facts.served_on(at), facts.practice.zone
    days = (on - charge.on.last_day(zone)).days
    return charge.own is not False and 0 <= days < terms.once_in


def _same_day(charge: Charge, facts: ReviewFacts, at: datetime) -> bool:
    zone = facts.practice.zone
    return (
        charge.on is not None
        and charge.by != "other"
        and charge.on.day(zone) <= facts.served_on(at) <= charge.on.last_day(zone)
    )
