"""The Communications of a review: who wrote to whom, when, and in answer to what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cds_service.billing.facts import Party
from cds_service.billing.moment import EVER, Moment
from cds_service.fhir.loose import many, one, text
from cds_service.fhir.moments import moment
from cds_service.fhir.people import Who
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

PATIENT = frozenset({"patient", "proxy"})
_NOTHING_SAID = {"entered-in-error", "not-done", "preparation"}


@dataclass(frozen=True, slots=True)
class Message:
    """One Communication. `belongs`: of this encounter, or in response to one that is."""

    resource: Resource
    sender: Who | None
    party: Party | None
    sent: Moment | None
    received: Moment | None
    answers: frozenset[str]
    belongs: bool
    completed: bool

    @property
    def receipt(self) -> Moment | None:
        """When it came: received, else sent."""
        return self.received or self.sent

    @property
    def inbound(self) -> bool:
        """From the patient or proxy."""
        return self.party in PATIENT

    @property
    def order(self) -> tuple[datetime, str]:
        """Sort messages by when they went out; undated ones first."""
        told = self.sent or self.received
        return (told.first if told else EVER, self.resource.name)


def read_messages(review: Review) -> list[Message]:
    """Return all messages of the patient's record that were really said."""
    communications = [c for c in review.resources.of("Communication") if text(c.body, "status") not in _NOTHING_SAID]
    own = {c.name for c in communications if c.name and review.is_of_review(one(c.body, "encounter"), c)}
    return [_message(c, own, review) for c in communications]


def _message(communication: Resource, own: set[str], review: Review) -> Message:
    body = communication.body
    sender = review.people.who(one(body, "sender"), communication)
    named = (review.resources.name(r, communication) for r in many(body, "inResponseTo"))
    answers = frozenset(name for name in named if name)
    return Message(
        resource=communication,
        sender=sender,
        party=review.people.party(sender),
        sent=moment(body, "sent", review.zone),
        received=moment(body, "received", review.zone),
        answers=answers,
        belongs=review.is_of_review(one(body, "encounter"), communication) or not answers.isdisjoint(own),
        completed=text(body, "status") == "completed",
    )
