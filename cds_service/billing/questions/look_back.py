"""Did the review grow out of a related service in the days before?

The days are counted back from the review and from the receipt of the images, for CMS names neither. A related service
in the days before the review denies; in the days before the receipt only, a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..days_before import Days, weigh
from ..facts import ReviewFacts
from ..moment import Moment
from ..relation import Counted


@dataclass(frozen=True, slots=True)
class Terms:
    """Calendar days back, and the kinds of service that count (`any` for all)."""

    days: int
    after: frozenset[Counted]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    review, received = facts.served_on(at), facts.received.value
    answered = facts.answered.value or facts.live_call.value or facts.report.value
    receipt = received.day(facts.practice.zone) if received else review
    tally = weigh(facts, Days(terms.days, review, receipt, answered.last if answered else at), terms.after)
    if tally.related:
        return not_met(*tally.related)
    if facts.related_service.value and not tally.unsure:
        return not_met(facts.related_service, case="attested")
    if tally.unsure:
        return unsettled(*(service for service, _ in tally.unsure), case=tally.unsure[0][1])
    since = Moment.on(min(review, receipt) - timedelta(days=terms.days), facts.practice.zone).first
    searched = facts.services.encounters.with_(facts.services.procedures)
    if not searched.covers(since):
        return missing(searched)
    if tally.cautions:
        return met(*(service for service, _ in tally.cautions), case=tally.cautions[0][1])
    return met(searched)
