"""Did the review grow out of a related service in the days before?

The days are counted back from the review and from the receipt of the images, for CMS names neither. A related service
in the days before the review denies; in the days before the receipt only, a person decides. Whether the last day itself
counts is not written anywhere: it is met with a caution. A service of which only the month is known, or a stay that
began earlier and ended within the days, is for a person too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import Fact, ReviewFacts, Service
from ..moment import Moment
from ..relation import relation

Place = Literal["inside", "last day", "perhaps", "outside"]


@dataclass(frozen=True, slots=True)
class Terms:
    """Calendar days back, and the kinds of service that count (`any` for all)."""

    days: int
    after: frozenset[str]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    review, received = facts.served_on(at), facts.received
    receipt = received.value.day(facts.practice.zone) if received.value else review
    unsure: list[tuple[Service, str]] = []
    cautions: list[tuple[Service, str]] = []
    related: list[Service] = []
    for service in facts.services.seen:
        by_review = _place(service, review, terms.days, facts, at)
        by_receipt = _place(service, receipt, terms.days, facts, at)
        if by_review == by_receipt == "outside":
            continue
        tie = relation(service, facts, terms.after, attested(service, facts))
        if tie.bond == "apart":
            continue
        if tie.bond == "elsewhere":
            cautions.append((service, "elsewhere"))
        elif "inside" not in {by_review, by_receipt} and "perhaps" not in {by_review, by_receipt}:
            cautions.append((service, "last day"))
        elif tie.bond == "unknown":
            unsure.append((service, tie.case or "problem"))
        elif by_review == "inside":
            related.append(service)
        else:
            unsure.append((service, "receipt" if by_receipt == "inside" else "date"))
    if related:
        return not_met(*related)
    if facts.related_service.value and not unsure:
        return not_met(facts.related_service, case="attested")
    if unsure:
        return unsettled(*(service for service, _ in unsure), case=unsure[0][1])
    since = Moment.on(min(review, receipt) - timedelta(days=terms.days), facts.practice.zone).first
    searched = facts.services.encounters.with_(facts.services.procedures)
    if not searched.covers(since):
        return missing(searched)
    if cautions:
        return met(*(service for service, _ in cautions), case=cautions[0][1])
    return met(searched)


def attested(service: Service, facts: ReviewFacts) -> Fact[bool]:
    """Return the reviewer's word on a service: it came before the images, or it followed them."""
    received = facts.received.value
    followed = received and service.start and service.start.first >= received.first
    if followed and facts.related_service.value is None:
        return facts.led_to_visit
    return facts.related_service


def _place(service: Service, anchor: date, days: int, facts: ReviewFacts, at: datetime) -> Place:
    if service.start is None:
        return "outside"
    zone = facts.practice.zone
    furthest = (anchor - service.start.day(zone)).days
    nearest = (anchor - service.start.last_day(zone)).days
    if nearest == 0 and _after_review(service.start, facts, at):
        return "outside"
    if nearest >= 0 and furthest < days:
        return "inside"
    if nearest == furthest == days:
        return "last day"
    if nearest < days and furthest >= 0:
        return "perhaps"
    ended = (anchor - service.end.last_day(zone)).days if service.end else nearest
    return "perhaps" if nearest > days and 0 <= ended < days else "outside"


def _after_review(start: Moment, facts: ReviewFacts, at: datetime) -> bool:
    answered = facts.answered.value
    return start.exact and start.first > (answered.last if answered else at)
