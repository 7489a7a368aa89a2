"""Images and videos: who sent them, when they came, and which were asked for anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from cds_service.billing.facts import Fact, Image, Interpretation, Party, first_of
from cds_service.billing.moment import EVER, Moment
from cds_service.fhir.loose import Json, each, has_code, many, one, text, words
from cds_service.fhir.moments import choice, moment
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

from .attestation import Attestation
from .messages import Message

_VISIBLE = ("image/", "video/")
ASKING = (
    "new image", "new photo", "new picture", "another image", "another photo", "another picture", "better image",
    "better photo", "better picture", "clearer", "retake", "re-take", "resubmi", "re-submi", "resend", "send again",
)  # fmt: skip
_PARTIES: dict[str, Party] = {"patient": "patient", "proxy": "proxy", "staff": "staff", "clinician": "clinician"}


@dataclass(frozen=True, slots=True)
class Carriers:
    """Which message brought an image: by its name, and by the address of its bytes."""

    by_name: dict[str, Message]
    by_url: dict[str, Message]

    def of(self, resource: Resource, attachments: list[Json]) -> Message | None:
        if resource.name in self.by_name:
            return self.by_name[resource.name]
        urls = (text(attachment, "url") for attachment in attachments)
        return next((self.by_url[url] for url in urls if url in self.by_url), None)


def read_images(
    review: Review, messages: list[Message], interpretations: tuple[Interpretation, ...], attested: Attestation
) -> tuple[tuple[Image, ...], frozenset[str]]:
    """Return the images of this review, the earliest first, and the names of messages that asked for better ones."""
    carriers = _carriers(review, messages)
    seen_urls: set[str] = set()
    found: list[tuple[Image, Message | None]] = []
    for source in (_media(review, carriers, attested), _documents(review, carriers, attested)):
        for image, message, urls in source:
            found.append((image, message))
            seen_urls |= urls
    found += _attached(messages, attested, seen_urls)
    found.sort(key=lambda pair: _order(pair[0]))
    return _asked_anew(review, found, messages, interpretations)


def is_visible(attachment: Json) -> bool | None:
    """Whether an attachment is an image or a video; None where its type is not told."""
    told = text(attachment, "contentType")
    return told.lower().startswith(_VISIBLE) if told else None


def _carriers(review: Review, messages: list[Message]) -> Carriers:
    carriers = Carriers({}, {})
    told = [m for m in messages if m.receipt is not None] + [m for m in messages if m.receipt is None]
    for message in sorted(told, key=lambda m: (m.receipt is None, m.receipt.first if m.receipt else None)):
        for payload in many(message.resource.body, "payload"):
            name = review.resources.name(one(payload, "contentReference"), message.resource)
            if name:
                carriers.by_name.setdefault(name, message)
            if url := text(one(payload, "contentAttachment"), "url"):
                carriers.by_url.setdefault(url, message)
    return carriers


def _contained(review: Review, kind: str) -> Iterator[Resource]:
    """Yield the resources of a type that messages contain and bring."""
    for communication in review.resources.of("Communication"):
        if "contained" in communication.body:
            for payload in many(communication.body, "payload"):
                found = review.resources.follow(one(payload, "contentReference"), communication)
                if found is not None and found.type == kind and "#" in found.name:
                    yield found


def _media(
    review: Review, carriers: Carriers, attested: Attestation
) -> Iterator[tuple[Image, Message | None, set[str]]]:
    for media in [*review.resources.of("Media"), *_contained(review, "Media")]:
        content = one(media.body, "content")
        carrier = carriers.of(media, [content])
        visible = is_visible(content)
        if text(media.body, "status") != "completed" or visible is False or _is_sound(media):
            continue
        if not (review.is_of_review(one(media.body, "encounter"), media) or (carrier and carrier.belongs)):
            continue
        party = review.people.party(review.people.who(one(media.body, "operator"), media))
        made = moment(media.body, "issued", review.zone)
        where = "issued" if made else "created"
        made = made or choice(media.body, "created", review.zone)
        last: Fact[Moment] = Fact(seen_at=(media.at("issued"),))
        if made:
            last = Fact(made, (media.at(where),), made.first, "not a receipt")
        image = Image(
            submitted_by=_submitter(media, "operator", party, carrier, attested),
            received=_receipt(carrier, attested, last),
            certain=visible is True,
            seen_at=media.at("content"),
            recorded=_recorded(carrier, made),
        )
        yield image, carrier, {url for url in [text(content, "url")] if url}


def _is_sound(media: Resource) -> bool:
    return has_code(media.body, "type", "audio") and "contentType" not in one(media.body, "content")


def _documents(
    review: Review, carriers: Carriers, attested: Attestation
) -> Iterator[tuple[Image, Message | None, set[str]]]:
    for document in [*review.resources.of("DocumentReference"), *_contained(review, "DocumentReference")]:
        body = document.body
        if text(body, "status") != "current" or text(body, "docStatus") == "entered-in-error":
            continue
        attachments = [one(content, "attachment") for content in many(body, "content")]
        carrier = carriers.of(document, attachments)
        context = many(one(body, "context"), "encounter")
        if not (any(review.is_of_review(e, document) for e in context) or (carrier and carrier.belongs)):
            continue
        party = _author(review, document)
        visible = [is_visible(a) for a in attachments]
        if True not in visible and not (None in visible and party in {"patient", "proxy"}):
            continue
        dated = moment(body, "date", review.zone)
        last = Fact(dated, (document.at("date"),), dated.first if dated else None)
        image = Image(
            submitted_by=_submitter(document, "author", party, carrier, attested),
            received=_receipt(carrier, attested, last),
            certain=True in visible,
            seen_at=document.at(f"content[{visible.index(True in visible or None)}].attachment"),
            recorded=_recorded(carrier, dated),
        )
        yield image, carrier, {url for a in attachments if (url := text(a, "url"))}


def _author(review: Review, document: Resource) -> Party | None:
    """Return the patient's side if any author is of it, else the first author's."""
    parties = [review.people.party(review.people.who(a, document)) for a in many(document.body, "author")]
    told = [p for p in parties if p not in {None, "device"}]
    return next((p for p in told if p in {"patient", "proxy"}), told[0] if told else None)


def _attached(messages: list[Message], attested: Attestation, seen_urls: set[str]) -> Iterator[tuple[Image, Message]]:
    for message in messages:
        if not message.belongs:
            continue
        for attachment, path in each(message.resource.body, "payload.contentAttachment", dict):
            visible = is_visible(attachment)
            sent_by_patient = message.party in {"patient", "proxy"}
            if visible is False or (visible is None and not sent_by_patient) or text(attachment, "url") in seen_urls:
                continue
            nothing: Fact[Moment] = Fact(seen_at=(message.resource.at("sent"),))
            yield (
                Image(
                    submitted_by=_submitter(message.resource, "sender", None, message, attested),
                    received=_receipt(message, attested, nothing),
                    certain=visible is True,
                    seen_at=message.resource.at(path),
                    recorded=_recorded(message, None),
                ),
                message,
            )


def _submitter(
    source: Resource, path: str, party: Party | None, carrier: Message | None, attested: Attestation
) -> Fact[Party]:
    if party is not None and party != "device":
        return Fact(party, (source.at(path),))
    silent: Fact[Party] = Fact(seen_at=(source.at(path),))
    if carrier is not None and carrier.party not in {None, "device"}:
        return Fact(carrier.party, (carrier.resource.at("sender"),))
    told: list[Fact[Party]] = [
        Fact(_PARTIES[fact.value], fact.seen_at, fact.recorded)
        for fact in attested.words("submitted-by")
        if fact.value in _PARTIES
    ]
    return first_of(told, silent)


def _receipt(carrier: Message | None, attested: Attestation, last: Fact[Moment]) -> Fact[Moment]:
    told: list[Fact[Moment]] = []
    if carrier is not None:
        for moment_, path in ((carrier.received, "received"), (carrier.sent, "sent")):
            if moment_ is not None:
                told.append(Fact(moment_, (carrier.resource.at(path),), moment_.first))
    return first_of([*told, *attested.moments("received")], last)


def _recorded(carrier: Message | None, otherwise: Moment | None) -> datetime | None:
    told = (carrier.sent or carrier.received) if carrier else None
    told = told or otherwise
    return told.first if told else None


def _order(image: Image) -> tuple[bool, datetime, str, str]:
    told = image.received.value
    return told is None, told.first if told else EVER, image.seen_at.resource, image.seen_at.path


def _asked_anew(
    review: Review,
    found: list[tuple[Image, Message | None]],
    messages: list[Message],
    interpretations: tuple[Interpretation, ...],
) -> tuple[tuple[Image, ...], frozenset[str]]:
    """Mark the images that came because the reviewer asked for better ones, and name the messages that asked.

    Besides a message that says it asks, an instruction is one, and so is what an image's message responds to, if the
    reviewer read the images only after that.
    """
    own = [i for i, _ in found if i.submitted_by.value in {"patient", "proxy"}]
    first = min((i.received.value.first for i in own if i.received.value), default=None)
    if first is None:
        return tuple(image for image, _ in found), frozenset()
    ours = _ours_after(first, messages, review)
    saying = {name: sent for name, (sent, message) in ours.items() if _asks(message, review)}
    instructing = {n: sent for n, (sent, m) in ours.items() if has_code(m.resource.body, "category", "instruction")}
    read = max((i.dated.last for i in interpretations if i.by == "reviewer" and i.dated), default=None)
    asked, instructed = min(saying.values(), default=None), min(instructing.values(), default=None)
    asking, until = set(saying), first
    marked = []
    for image, carrier in found:
        came = image.received.value
        anew = False
        if came is not None and came.first > first:
            anew = asked is not None and asked <= came.last
            if read is None or read >= came.first:
                anew = anew or (instructed is not None and instructed <= came.last)
                until = max(until, came.last)
            if read is not None and read >= came.first and carrier is not None:
                fruitful = {name for name in carrier.answers if name in ours and ours[name][0] <= came.last}
                asking |= fruitful
                anew = anew or bool(fruitful)
        marked.append(replace(image, requested_anew=True) if anew else image)
    return tuple(marked), frozenset(asking | {name for name, sent in instructing.items() if sent <= until})


def _ours_after(first: datetime, messages: list[Message], review: Review) -> dict[str, tuple[datetime, Message]]:
    """Return the reviewer's messages after the first image, each with the time it was sent."""
    reviewer = review.reviewer.name if review.reviewer else None
    return {
        m.resource.name: (m.sent.first, m)
        for m in messages
        if m.belongs and m.sender and m.sender.name == reviewer and m.sent and m.sent.first > first
    }


def _asks(message: Message, review: Review) -> bool:
    """Whether a message says that it asks for another image."""
    body = message.resource.body
    said = " ".join([*words(body, "reasonCode"), *words(body, "topic"), *words(body, "category")]).lower()
    return bool(said) and any(phrase in said for phrase in (*ASKING, *review.tables.inadequate_phrases))
