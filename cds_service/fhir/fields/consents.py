"""Consents: what they name, whether they are in force, and when they were given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from cds_service.billing.facts import ConsentOnFile
from cds_service.billing.moment import EVER
from cds_service.fhir.loose import has_code, many, one, text, words
from cds_service.fhir.moments import moment, period
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

TAG = re.compile(r"<[^<>]*>")
MOST_CHARACTERS = 20_000


def read_consents(review: Review) -> tuple[ConsentOnFile, ...]:
    """Return the patient's consents, the newest first; one that is not to treatment names nothing that we ask for."""
    listed = [c for c in review.resources.of("Consent") if text(c.body, "status") != "entered-in-error"]
    found = [_consent(consent, review) for consent in listed]
    return tuple(sorted(found, key=lambda c: (c.dated.first if c.dated else EVER, c.seen_at.resource), reverse=True))


def _is_to_treatment(consent: Resource) -> bool:
    body = consent.body
    return has_code(body, "scope", "treatment") or any("treatment" in w.lower() for w in words(body, "scope"))


def _consent(consent: Resource, review: Review) -> ConsentOnFile:
    body = consent.body
    provision = one(body, "provision")
    _, ends = period(provision, "period", review.zone)
    lapsed = ends is not None and ends.last_day(review.zone) < review.on
    dated = moment(body, "dateTime", review.zone)
    told = " ".join(" ".join(_words(consent)).lower().split())
    return ConsentOnFile(
        active=text(body, "status") == "active" and text(provision, "type") != "deny" and not lapsed,
        names_service_and_cost=_is_to_treatment(consent)
        and _names(told, review.tables.consent_service_phrases)
        and _names(told, review.tables.consent_cost_phrases),
        dated=dated,
        seen_at=consent.at("dateTime"),
        recorded=dated.first if dated else None,
        encounter=any(review.is_of_review(one(d, "reference"), consent) for d in many(provision, "data")),
    )


def _names(told: str, phrases: tuple[str, ...]) -> bool:
    return any(phrase in told for phrase in phrases)


def _words(consent: Resource) -> Iterator[str]:
    body = consent.body
    yield from words(body, "policyRule")
    yield from words(body, "category")
    for provision in (one(body, "provision"), *many(one(body, "provision"), "provision")):
        yield from words(provision, "code")
    for attachment in many(body, "sourceAttachment"):
        yield text(attachment, "title") or ""
    narrative = text(one(body, "text"), "div")
    if narrative:
        yield unescape(TAG.sub(" ", narrative[:MOST_CHARACTERS]))
