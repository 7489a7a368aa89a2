"""Findings and notes of this encounter: by whom, when, and whether their words speak against the images."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Literal

from cds_service.billing.facts import Image, Interpretation
from cds_service.billing.moment import EVER, Moment
from cds_service.fhir.loose import Json, each, has_code, many, one, text, words
from cds_service.fhir.moments import choice, moment
from cds_service.fhir.people import CLINICIANS
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

_FINAL = {"final", "amended", "corrected", "appended"}
_UNFINISHED = {"registered", "partial", "preliminary"}
_WRITTEN = ("text/", "application/pdf", "application/rtf", "application/xhtml", "application/xml", "application/hl7")
MOST_CHARACTERS = 100_000  # of base64: a multiple of four


def read_interpretations(review: Review) -> tuple[Interpretation, ...]:
    """Return all interpretations of this encounter, the earliest first."""
    found = [*_impressions(review), *_reports(review), *_notes(review)]
    return tuple(sorted(found, key=lambda i: (i.dated.first if i.dated else EVER, i.seen_at.resource)))


def _impressions(review: Review) -> Iterator[Interpretation]:
    for impression in review.resources.of("ClinicalImpression"):
        body = impression.body
        status = text(body, "status")
        if status not in {"completed", "in-progress"} or not review.is_of_review(one(body, "encounter"), impression):
            continue
        summary = text(body, "summary")
        findings = many(body, "finding")
        if summary is None and not findings:
            continue
        said = [summary, *(t for f in findings for t in (*words(f, "itemCodeableConcept"), text(f, "basis")))]
        written = moment(body, "date", review.zone)
        yield _interpretation(
            review,
            impression,
            "summary" if summary else "finding",
            authors=many(body, "assessor"),
            said=said,
            when=(choice(body, "effective", review.zone) or written, written),
            draft=status == "in-progress",
        )


def _reports(review: Review) -> Iterator[Interpretation]:
    for report in review.resources.of("DiagnosticReport"):
        body = report.body
        status, conclusion = text(body, "status"), text(body, "conclusion")
        if conclusion is None or status not in _FINAL | _UNFINISHED:
            continue
        if review.is_of_review(one(body, "encounter"), report):
            written = moment(body, "issued", review.zone)
            yield _interpretation(
                review,
                report,
                "conclusion",
                authors=many(body, "resultsInterpreter") or many(body, "performer"),
                said=[conclusion],
                when=(written or choice(body, "effective", review.zone), written),
                draft=status in _UNFINISHED,
            )


def _notes(review: Review) -> Iterator[Interpretation]:
    for note in review.resources.of("DocumentReference"):
        body = note.body
        status = text(body, "docStatus")
        if text(body, "status") != "current" or status == "entered-in-error" or not _is_note(note):
            continue
        if not any(review.is_of_review(e, note) for e in many(one(body, "context"), "encounter")):
            continue
        authors = many(body, "author")
        parties = {review.people.party(review.people.who(a, note)) for a in authors}
        if parties & {"patient", "proxy"}:
            continue
        written = moment(body, "date", review.zone)
        yield _interpretation(
            review,
            note,
            "author",
            authors=authors or many(body, "authenticator"),
            said=[text(body, "description"), *_inline(body)],
            when=(written, written),
            draft=status is not None and status not in _FINAL,
        )


def _is_note(note: Resource) -> bool:
    """Whether a document is a clinical note: by its category, else by a type and a written attachment."""
    body = note.body
    types = [t.lower() for t, _ in each(body, "content.attachment.contentType", str)]
    if any(t.startswith(("image/", "video/", "audio/")) for t in types):
        return False
    if has_code(body, "category", "clinical-note"):
        return True
    named = " ".join([*words(body, "type"), *words(body, "category")]).lower()
    return bool(many(body, "type")) and "consent" not in named and any(t.startswith(_WRITTEN) for t in types)


def _inline(body: Json) -> Iterator[str]:
    """Yield the words of plain attachments that the document itself holds."""
    for attachment, _ in each(body, "content.attachment", dict):
        if (text(attachment, "contentType") or "").lower().startswith("text/"):
            told = "".join((text(attachment, "data") or "").split())
            try:
                yield base64.b64decode(told[:MOST_CHARACTERS]).decode("utf-8", "ignore")
            except (binascii.Error, ValueError):
                continue


def _interpretation(
    review: Review,
    source: Resource,
    path: str,
    *,
    authors: list[Json],
    said: Iterable[str | None],
    when: tuple[Moment | None, Moment | None],
    draft: bool,
) -> Interpretation:
    """Return an interpretation; `when` it was made, and when it was written down."""
    dated, written = when
    recorded = written or dated
    return Interpretation(
        by=_by(review, source, authors),
        seen_at=source.at(path),
        dated=dated,
        draft=draft or source.draft,
        against_images=speaks_against(review, said),
        recorded=recorded.first if recorded else None,
    )


def _by(review: Review, source: Resource, authors: list[Json]) -> Literal["reviewer", "another", "unknown"]:
    named = [who for a in authors if (who := review.people.who(a, source)) and who.type in CLINICIANS]
    if review.reviewer and any(who.name == review.reviewer.name for who in named):
        return "reviewer"
    return "another" if named else "unknown"


def speaks_against(review: Review, said: Iterable[str | None]) -> bool:
    """Whether words hold a phrase that speaks against the images."""
    spoken = " ".join(" ".join(t for t in said if t).lower().split())
    return bool(spoken) and any(phrase in spoken for phrase in review.tables.inadequate_phrases)


def weigh_images(
    review: Review, interpretations: tuple[Interpretation, ...], images: tuple[Image, ...]
) -> tuple[Interpretation, ...]:
    """Return the interpretations as they bear on the images that count: those asked for anew, if there are any.

    What was said of the earlier images no longer speaks against the new; what a clinician noted at an image does.
    """
    anew = [i for i in images if i.requested_anew]
    noted = any(_noted_against(review, image) for image in anew or images)
    since = min((i.received.value.first for i in anew if i.received.value), default=EVER)
    weighed = []
    for interpretation in interpretations:
        outdated = interpretation.dated is not None and interpretation.dated.last < since
        against = (interpretation.against_images and not outdated) or (noted and not outdated)
        changed = against != interpretation.against_images
        weighed.append(replace(interpretation, against_images=against) if changed else interpretation)
    return tuple(weighed)


def _noted_against(review: Review, image: Image) -> bool:
    media = review.resources.find(image.seen_at.resource)
    if media is None or media.type != "Media" or "note" not in media.body:
        return False
    notes = [
        text(note, "text")
        for note in many(media.body, "note")
        if review.people.party(review.people.who(one(note, "authorReference"), media)) not in {"patient", "proxy"}
    ]
    return speaks_against(review, notes)
