"""Did the patient have the reviewer's answer within the business hours allowed?

CMS never defined business hours. An answer is in time up to reading A (hours of business days), a person's matter up to
reading B (hours of the open practice), and late beyond it, which is late by every reading. A moment that is only a day
is in time if its last second is, and late if its first is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met, unsettled, wait
from ..assessment import Answer
from ..facts import ReviewFacts
from ..hours import on_business_days, open_hours


@dataclass(frozen=True, slots=True)
class Terms:
    """Business hours from the receipt of the submission."""

    business_hours: int


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    received, answered = facts.received, facts.answered
    if received.value is None:
        return missing(received, case="receipt")
    if received.doubt is not None:
        return unsettled(received, case="receipt")
    in_time = on_business_days(received.value.first, terms.business_hours, facts.practice)
    late = max(
        on_business_days(received.value.last, terms.business_hours, facts.practice),
        open_hours(received.value.last, terms.business_hours, facts.practice),
    )
    if answered.value is None:
        if not facts.replies_looked.covers(received.value.first):
            return missing(received, facts.replies_looked)
        if at <= in_time:
            return wait(in_time, received, facts.replies_looked)
        if at <= late:
            return unsettled(received, facts.replies_looked, case="late")
        return not_met(received, facts.replies_looked, every_reading=True)
    if answered.value.first > late:
        return not_met(received, answered, every_reading=True)
    if answered.doubt is not None:
        return unsettled(received, answered, case=answered.doubt)
    if answered.value.last > in_time:
        return unsettled(received, answered, case="between")
    return met(received, answered)
