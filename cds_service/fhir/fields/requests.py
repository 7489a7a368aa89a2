"""One clinician asking another: who the reviewer is in it, and how the answer went."""

from __future__ import annotations

from cds_service.billing.facts import Fact, Report, Role, first_of
from cds_service.fhir.loose import many, one, text
from cds_service.fhir.moments import moment
from cds_service.fhir.people import CLINICIANS, Who
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

from .calls import is_spoken
from .messages import Message

_NEVER = {"entered-in-error", "revoked", "draft"}


def read_request(review: Review, messages: list[Message]) -> tuple[Fact[Role], tuple[Report, ...]]:
    """Return the reviewer's part in a request, and what was answered to the clinician who asked."""
    silent: Fact[Role] = Fact(seen_at=review.looks("communications").seen_at)
    if review.reviewer is None:
        return silent, ()
    told: list[Fact[Role]] = []
    askers: set[str] = set()
    met_here = _correspondents(review, messages)
    for request in review.resources.of("ServiceRequest"):
        role, others = _role_in(review, request, met_here)
        if role is not None:
            authored = moment(request.body, "authoredOn", review.zone)
            told.append(Fact(role, (request.at("requester"),), authored.first if authored else None))
            askers |= others
    opening = _asking_message(review, messages)
    if opening is not None and opening.sender is not None:
        told.append(Fact("consultant", (opening.resource.at("sender"),), opening.order[0]))
        askers.add(opening.sender.name)
    if not told:
        return silent, ()
    return first_of(told, silent), _reports(review, messages, askers)


def _role_in(review: Review, request: Resource, met_here: set[str]) -> tuple[Role | None, set[str]]:
    """Return the reviewer's part in a ServiceRequest and the other clinicians in it; none if it is no such request.

    One of another encounter counts only if its requester writes or is written to in this one: an old referral is none.
    """
    people, reviewer = review.people, review.reviewer
    if reviewer is None or text(request.body, "status") in _NEVER:
        return None, set()
    requester = people.who(one(request.body, "requester"), request)
    performers = [w for r in many(request.body, "performer") if (w := people.who(r, request)) is not None]
    others = [w for w in performers if w.type in CLINICIANS and w.name != reviewer.name]
    here = review.is_of_review(one(request.body, "encounter"), request) or _is_basis(review, request)
    if requester is None or requester.type not in CLINICIANS:
        return None, set()
    if requester.name == reviewer.name:
        return ("requester", {w.name for w in others}) if here and others else (None, set())
    asked = any(w.name == reviewer.name for w in performers) and requester.name in met_here
    return ("consultant", {requester.name}) if here or asked else (None, set())


def _correspondents(review: Review, messages: list[Message]) -> set[str]:
    """Return the clinicians who send or receive messages of this encounter."""
    named = [who for m in messages if m.belongs for who in (m.sender, *_recipients(review, m))]
    return {who.name for who in named if who is not None and who.type in CLINICIANS}


def _is_basis(review: Review, request: Resource) -> bool:
    based = many(review.encounter.body, "basedOn") + many(review.encounter.body, "reasonReference")
    return bool(request.name) and any(review.resources.name(r, review.encounter) == request.name for r in based)


def _asking_message(review: Review, messages: list[Message]) -> Message | None:
    """Return the first message of this encounter, if another clinician sent it to the reviewer."""
    dated = [m for m in messages if m.belongs and m.completed and (m.sent or m.received)]
    if not dated:
        return None
    first = min(dated, key=lambda m: m.order)
    sender = first.sender
    if (
        sender is None
        or sender.type not in CLINICIANS
        or review.reviewer is None
        or sender.name == review.reviewer.name
    ):
        return None
    named = _recipients(review, first)
    return first if any(w.name == review.reviewer.name for w in named) else None


def _reports(review: Review, messages: list[Message], askers: set[str]) -> tuple[Report, ...]:
    found = []
    for message in messages:
        when = message.sent or message.received
        if review.reviewer is None or message.sender is None or when is None or not message.completed:
            continue
        names = {w.name for w in _recipients(review, message)}
        to_asker = message.sender.name == review.reviewer.name and bool(names & askers)
        call = message.sender.name in askers and review.reviewer.name in names and is_spoken(message)
        if to_asker or call:
            found.append(Report(when, is_spoken(message), message.resource.at("sent"), when.first))
    return tuple(sorted(found, key=lambda r: (r.sent.first, r.seen_at.resource)))


def _recipients(review: Review, message: Message) -> list[Who]:
    named = many(message.resource.body, "recipient")
    return [who for r in named if (who := review.people.who(r, message.resource)) is not None]
