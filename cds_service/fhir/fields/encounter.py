"""The encounter under review itself: whether it was signed, and whether its type says it was a live visit."""

from __future__ import annotations

from cds_service.billing.facts import Address, Fact, Interpretation, first_of
from cds_service.billing.moment import Moment
from cds_service.fhir.loose import codings, text
from cds_service.fhir.moments import period
from cds_service.fhir.review import Review
from cds_service.fhir.systems import billing_codes


def read_signed(review: Review, interpretations: tuple[Interpretation, ...]) -> Fact[Moment]:
    """Return when the reviewer signed: with the call, else with a final note, else by the finished encounter's end."""
    if review.signing:
        called = Moment.exactly(review.gathered_at) if review.gathered_at else None
        return Fact(called, (Address("hook"),))
    final = [
        Fact(i.dated, (i.seen_at,), i.recorded)
        for i in interpretations
        if i.by == "reviewer" and not i.draft and i.dated is not None
    ]
    return first_of(final, _finished(review))


def _finished(review: Review) -> Fact[Moment]:
    _, end = period(review.encounter.body, "period", review.zone)
    seen_at = (review.encounter.at("period.end"),)
    if end is None or text(review.encounter.body, "status") != "finished":
        return Fact(seen_at=seen_at)
    return Fact(end, seen_at, end.first)


def read_live(review: Review) -> Fact[str]:
    """Return a code of the encounter's own type that stands for a live visit; a check-in is none."""
    seen_at = (review.encounter.at("type"),)
    for code in billing_codes(codings(review.encounter.body, "type")):
        row = review.tables.service_kind(code, review.on)
        if row is not None and row.synchronous and code not in review.tables.check_ins:
            return Fact(code, seen_at)
    return Fact(seen_at=seen_at)


def read_started(review: Review) -> Fact[Moment]:
    """Return when the encounter began."""
    start, _ = period(review.encounter.body, "period", review.zone)
    return Fact(start, (review.encounter.at("period.start"),))


def read_void(review: Review) -> Fact[str]:
    """Return the status of an encounter that never was."""
    status = text(review.encounter.body, "status")
    seen_at = (review.encounter.at("status"),)
    return Fact(status if status in {"cancelled", "entered-in-error"} else None, seen_at)
