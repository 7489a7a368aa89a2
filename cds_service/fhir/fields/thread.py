"""The thread of messages: which went each way, who began it, and over what channel."""

from __future__ import annotations

from cds_service.billing.facts import Address, Channel, Fact, first_of
from cds_service.billing.facts import Message as Told
from cds_service.billing.moment import EVER
from cds_service.fhir.loose import codings, one, text, words
from cds_service.fhir.moments import moment
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

from .attestation import Attestation
from .calls import is_spoken
from .messages import Message
from .replies import is_automatic


def read_thread(messages: list[Message]) -> tuple[Told, ...]:
    """Return the messages of this encounter between the patient and people of the practice, the earliest first."""
    told = [
        Told(when, message.inbound, message.resource.at("sent"), recorded=when.first)
        for message in messages
        if message.belongs and message.completed and message.party not in {None, "device"} and not is_automatic(message)
        if (when := message.sent or message.received) is not None
    ]
    return tuple(sorted(told, key=lambda m: (m.sent.first, m.seen_at.resource)))


def read_initiated(
    review: Review, messages: list[Message], thread: tuple[Told, ...], attested: Attestation
) -> Fact[bool]:
    """Return whether the patient began it: as attested, else by who wrote first and whether we had asked for it."""
    said = attested.said("patient-initiated")
    if thread:
        first = thread[0]
        asked = [r.at("authoredOn") for r in review.resources.of("CommunicationRequest") if _asked(review, r, first)]
        if asked or not first.inbound:
            said.append(Fact(value=False, seen_at=tuple(asked) or (first.seen_at,), recorded=first.recorded))
        elif not _answers_another(messages, first):
            said.append(Fact(value=True, seen_at=(first.seen_at,), recorded=first.recorded))
    return first_of(said, Fact(seen_at=review.looks("communications").seen_at))


def read_channel(review: Review, messages: list[Message], attested: Attestation) -> Fact[Channel]:
    """Return the channel: as attested, else the worst that any message of this encounter names."""
    said: list[Fact[Channel]] = [
        Fact("secure" if fact.value else "not secure", fact.seen_at, fact.recorded)
        for fact in attested.said("secure-channel")
    ]
    named = [(channel, m) for m in messages if m.belongs and (channel := _channel(review, m)) is not None]
    for channel in ("consumer app", "secure"):
        using = [m for told, m in named if told == channel]
        if using:
            said.append(Fact(channel, tuple(m.resource.at("medium") for m in using[:4])))
            break
    return first_of(said, Fact(seen_at=(Address("Communication", "medium"),)))


def _asked(review: Review, request: Resource, first: Told) -> bool:
    """Whether a CommunicationRequest of this encounter stood before the first message."""
    authored = moment(request.body, "authoredOn", review.zone)
    before = (authored.first if authored else EVER) <= first.sent.first
    return before and review.is_of_review(one(request.body, "encounter"), request)


def _answers_another(messages: list[Message], first: Told) -> bool:
    """Whether the first message answers one that is not the patient's own: perhaps we had asked."""
    by_name = {m.resource.name: m for m in messages}
    opening = by_name.get(first.seen_at.resource)
    if opening is None:
        return False
    return any(name not in by_name or not by_name[name].inbound for name in opening.answers)


def _channel(review: Review, message: Message) -> Channel | None:
    body = message.resource.body
    if is_spoken(message):
        return "secure"
    said = " ".join([*words(body, "medium"), *words(body, "category")]).lower()
    said += " " + " ".join(code for c in codings(body, "medium") if (code := text(c, "code"))).lower()
    if any(app in said for app in review.tables.consumer_apps):
        return "consumer app"
    return "secure" if any(secure in said for secure in review.tables.secure_channels) else None
