"""Which services lie in the days before a review, counted from two days: the review's own and the inquiry's.

A related service in the days before the review is `related`; before the inquiry only, or of an uncertain day, `unsure`.
Whether the last day itself counts is not written anywhere: it is a caution.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from .facts import Fact, ReviewFacts, Service
from .moment import Moment
from .relation import Counted, relation
from .tally import Tally

Place = Literal["inside", "last day", "perhaps", "outside"]


@dataclass(frozen=True, slots=True)
class Days:
    """So many calendar days back from two days of the practice, ending before `until`."""

    count: int
    review: date
    inquiry: date
    until: datetime


def weigh(facts: ReviewFacts, days: Days, kinds: frozenset[Counted]) -> Tally:
    """Weigh every service that lies in the days."""
    tally = Tally()
    for service in facts.services.seen:
        by_review = _place(service, days.review, days, facts)
        by_inquiry = _place(service, days.inquiry, days, facts)
        if by_review == by_inquiry == "outside":
            continue
        tie = relation(service, facts, kinds, attested(service, facts))
        if tie.bond == "apart":
            continue
        if tie.bond == "elsewhere":
            tally.cautions.append((service, "elsewhere"))
        elif not {"inside", "perhaps"} & {by_review, by_inquiry}:
            tally.cautions.append((service, "last day"))
        elif tie.bond == "unknown":
            tally.unsure.append((service, tie.case or "problem"))
        elif by_review == "inside":
            tally.related.append(service)
        else:
            tally.unsure.append((service, "receipt" if by_inquiry == "inside" else "date"))
    return tally


def attested(service: Service, facts: ReviewFacts) -> Fact[bool]:
    """Return the reviewer's word on a service: it came before the images, or it followed them."""
    received = facts.received.value
    followed = received and service.start and service.start.first >= received.first
    if followed and facts.related_service.value is None:
        return facts.led_to_visit
    return facts.related_service


def _place(service: Service, anchor: date, days: Days, facts: ReviewFacts) -> Place:
    """Say where a service lies; a stay that began earlier and ended within the days is for a person."""
    if service.start is None:
        return "outside"
    zone = facts.practice.zone
    furthest = (anchor - service.start.day(zone)).days
    nearest = (anchor - service.start.last_day(zone)).days
    if nearest == 0 and _too_late(service.start, days):
        return "outside"
    if nearest >= 0 and furthest < days.count:
        return "inside"
    if nearest == furthest == days.count:
        return "last day"
    if nearest < days.count and furthest >= 0:
        return "perhaps"
    ended = (anchor - service.end.last_day(zone)).days if service.end else nearest
    return "perhaps" if nearest > days.count > ended else "outside"


def _too_late(start: Moment, days: Days) -> bool:
    return start.exact and start.first > days.until
