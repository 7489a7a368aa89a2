"""Answers to the patient: the reviewer's own, the attested one, and those that a person must look at."""

from __future__ import annotations

import re
from datetime import date

from cds_service.billing.facts import Interpretation, Reply
from cds_service.billing.moment import Moment
from cds_service.fhir.loose import codings, many, text, words
from cds_service.fhir.review import Review

from .attestation import Attestation
from .messages import Message

AUTOMATIC = re.compile(r"\bauto(?:mat(?:ic|ed|ically))?\b|\bauto-?(?:repl|respon|ack)|\bout of office\b", re.IGNORECASE)


def read_replies(
    review: Review,
    messages: list[Message],
    interpretations: tuple[Interpretation, ...],
    asking: frozenset[str],
    attested: Attestation,
) -> tuple[Reply, ...]:
    """Return the messages to the patient or proxy and the attested answer, the earliest first."""
    opened = _first_read(review, interpretations)
    replies = [
        reply
        for message in messages
        if message.resource.name not in asking and (reply := _reply(review, message, opened)) is not None
    ]
    for answered in attested.moments("answered"):
        if answered.value is not None:
            doubt = _attested_doubt(attested)
            replies.append(Reply(answered.value, answered.seen_at[0], doubt, attested=True, recorded=answered.recorded))
    return tuple(sorted(replies, key=lambda r: (r.sent.first, r.seen_at.resource, r.seen_at.path)))


def _first_read(review: Review, interpretations: tuple[Interpretation, ...]) -> date | None:
    days = [i.dated.day(review.zone) for i in interpretations if i.by == "reviewer" and i.dated]
    return min(days, default=None)


def _reply(review: Review, message: Message, opened: date | None) -> Reply | None:
    if not message.belongs or not message.completed or message.party in {"patient", "proxy", "device"}:
        return None
    if message.sender is not None and message.sender.type == "Patient":
        return None
    sent = message.sent or message.received or _unsaved(review, message)
    if sent is None or (opened is not None and sent.last_day(review.zone) < opened) or is_automatic(message):
        return None
    body = message.resource.body
    named = [r for r in many(body, "recipient") if review.people.who(r, message.resource) is not None]
    told = [review.people.party(review.people.who(r, message.resource)) for r in named]
    if named and not {"patient", "proxy"} & set(told):
        return None
    doubt = _doubt(review, message) or (None if named else "recipient unknown")
    return Reply(sent, message.resource.at("sent"), doubt, recorded=sent.first)


def _unsaved(review: Review, message: Message) -> Moment | None:
    """Return the moment of signing for a draft: it goes out with the signature."""
    if message.resource.draft and review.gathered_at is not None:
        return Moment.exactly(review.gathered_at)
    return None


def _doubt(review: Review, message: Message) -> str | None:
    sender = message.sender
    if sender is None or message.party is None:
        return "unknown sender"
    if message.party == "organization":
        return "organization"
    if review.reviewer is None or sender.name != review.reviewer.name:
        return "staff" if message.party == "staff" else "another clinician"
    return "voicemail" if _is_voicemail(message) else None


def is_automatic(message: Message) -> bool:
    body = message.resource.body
    for member in ("category", "reasonCode", "topic"):
        told = [*words(body, member), *(code for c in codings(body, member) if (code := text(c, "code")))]
        if any(AUTOMATIC.search(t) for t in told):
            return True
    return False


def _is_voicemail(message: Message) -> bool:
    body = message.resource.body
    told = [*words(body, "medium"), *(code for c in codings(body, "medium") if (code := text(c, "code")))]
    return any("voicemail" in t.lower().replace(" ", "").replace("-", "") for t in told)


def _attested_doubt(attested: Attestation) -> str | None:
    by = next((fact.value for fact in attested.words("answered-by")), None)
    if by in {None, "clinician"}:
        return None
    return "staff" if by == "staff" else "unknown sender"
