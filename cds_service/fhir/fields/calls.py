"""A live call between reviewer and patient that stands for itself, not as the answer to something written."""

from __future__ import annotations

from cds_service.billing.facts import Fact
from cds_service.billing.moment import Moment
from cds_service.fhir.loose import codings, has_code, many
from cds_service.fhir.moments import period
from cds_service.fhir.review import Review
from cds_service.fhir.systems import billing_codes

from .messages import PATIENT, Message

SPOKEN = ("PHONE", "VIDEOCONF")


def is_spoken(message: Message) -> bool:
    return has_code(message.resource.body, "medium", *SPOKEN)


def read_live_call(review: Review, messages: list[Message]) -> Fact[Moment]:
    """Return when the call ended: by its Communication, else by the encounter's own type, which names a check-in."""
    own = sorted((m for m in messages if m.belongs and m.completed), key=lambda m: m.order)
    for message in own:
        if is_spoken(message) and _is_between(review, message):
            ended = message.sent or message.received
            return Fact(ended, (message.resource.at("medium"),), ended.first if ended else None)
        if message.inbound:
            break  # the patient wrote first: a call after that is the answer
    return _by_type(review)


def _is_between(review: Review, message: Message) -> bool:
    """Whether reviewer and patient speak with each other: one is the sender, the other a recipient."""
    if review.reviewer is None or message.sender is None:
        return False
    people = review.people
    told = [people.who(r, message.resource) for r in many(message.resource.body, "recipient")]
    parties = {people.party(who) for who in told}
    if message.sender.name == review.reviewer.name:
        return bool(parties & PATIENT)
    return message.inbound and any(who is not None and who.name == review.reviewer.name for who in told)


def _by_type(review: Review) -> Fact[Moment]:
    seen_at = (review.encounter.at("type"),)
    for code in billing_codes(codings(review.encounter.body, "type")):
        if code in review.tables.check_ins:
            start, end = period(review.encounter.body, "period", review.zone)
            return Fact(end or start, seen_at)
    return Fact(seen_at=seen_at)
