"""Is the patient an established one: seen by this reviewer, or the same group and specialty, in the years before?

A visit to a colleague whose specialty was not read proves nothing either way, so it is *missing*, not *not-met*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..answers import met, missing, not_met
from ..assessment import Answer
from ..facts import ReviewFacts, Service
from ..moment import Moment, years_before


@dataclass(frozen=True, slots=True)
class Terms:
    """`years` back from the date of service; `new_patients` are `refused`, or `tolerated` while enforcement rests."""

    years: int
    new_patients: Literal["refused", "tolerated"] = "refused"


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    on = facts.served_on(at)
    zone = facts.practice.zone
    since = Moment.on(years_before(on, terms.years), zone).first
    received = facts.received.value
    before = received.first if received else Moment.on(on, zone).first
    visits = [s for s in facts.services.seen if _is_visit(s, since, before)]
    for visit in visits:
        if visit.by in {"reviewer", "group"} and _is_surely(visit, since, before):
            return met(visit)
    if terms.new_patients == "tolerated":
        return met(facts.services.encounters, case="tolerated")
    untold = [v for v in visits if v.by != "other"]
    if untold:
        return missing(*untold, case="colleague")
    if not facts.services.encounters.covers(since):
        return missing(facts.services.encounters)
    return not_met(facts.services.encounters)


def _is_visit(service: Service, since: datetime, before: datetime) -> bool:
    if service.source != "encounter" or not (service.synchronous and service.finished) or service.start is None:
        return False
    ended = service.end or service.start
    return ended.last >= since and service.start.first < before


def _is_surely(visit: Service, since: datetime, before: datetime) -> bool:
    """Whether it lies in the years however its dates are read."""
    start, ended = visit.start, visit.end or visit.start
    return start is not None and ended is not None and ended.first >= since and start.last < before
