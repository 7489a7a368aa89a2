"""Minutes that clinicians spent: attested for an encounter, else entered one by one.

The length of an encounter is never minutes, and an Observation is a time entry only if it says so: a patient's minutes
of exercise are minutes too.
"""

from __future__ import annotations

from collections import defaultdict

from cds_service.billing.facts import Fact, Minutes, first_of
from cds_service.billing.moment import Moment
from cds_service.fhir.loose import Json, codings, many, number, one, text, words
from cds_service.fhir.moments import choice, moment, period
from cds_service.fhir.people import CLINICIANS
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

from .attestation import answers_of, attestations

_FINAL = {"final", "amended", "corrected"}
_MINUTE = {"min", "mins", "minute", "minutes"}
_A_DAY = 24 * 60


def read_minutes(review: Review) -> tuple[Minutes, ...]:
    """Return all minutes, of this encounter and of others; an attestation of an encounter stands for its entries."""
    attested = _attested(review)
    covered = {m.encounter for m in attested if m.by == "reviewer"}
    entered = [m for m in _entered(review) if not (m.encounter in covered and m.by == "reviewer")]
    return tuple(sorted([*attested, *entered], key=lambda m: (m.encounter, m.seen_at[0].resource)))


def _attested(review: Review) -> list[Minutes]:
    """Return the reviewer's attested minutes of each encounter, the latest answer first."""
    by_encounter: dict[str, list[Fact[int]]] = defaultdict(list)
    for response, authored, items in attestations(review, of_review=False):
        encounter = review.resources.name(one(response.body, "encounter"), response)
        if encounter:
            by_encounter[encounter] += answers_of(response, authored, items, "minutes", _whole)
    return [
        Minutes(first_of(told, Fact()), "reviewer", _id(encounter), _began(encounter, review))
        for encounter, told in by_encounter.items()
        if told
    ]


def _entered(review: Review) -> list[Minutes]:
    found = []
    for entry in review.resources.of("Observation"):
        spent = _spent(entry, review)
        encounter = review.resources.name(one(entry.body, "encounter"), entry)
        if spent is None or encounter is None:
            continue
        named = [who for r in many(entry.body, "performer") if (who := review.people.who(r, entry)) is not None]
        by = review.by([who for who in named if who.type in CLINICIANS], frozenset())
        on = choice(entry.body, "effective", review.zone)
        recorded = moment(entry.body, "issued", review.zone) or on
        fact = Fact(spent, (entry.at("valueQuantity"),), recorded.first if recorded else None)
        found.append(Minutes(fact, by if named else None, _id(encounter), on))
    return found


def _spent(entry: Resource, review: Review) -> int | None:
    """Return the minutes of an Observation that says it is a time entry."""
    if text(entry.body, "status") not in _FINAL:
        return None
    said = " ".join(words(entry.body, "code")).lower()
    said += " ".join(code for c in codings(entry.body, "code") if (code := text(c, "code"))).lower()
    if not any(phrase in said for phrase in review.tables.time_entries):
        return None
    quantity = one(entry.body, "valueQuantity")
    unit = (text(quantity, "code") or text(quantity, "unit") or "").lower()
    value = quantity.get("value")
    if unit not in _MINUTE or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 < value < _A_DAY else None


def _whole(answer: Json) -> int | None:
    value = number(answer, "valueInteger")
    return value if value is not None and value >= 0 else None


def _began(encounter: str, review: Review) -> Moment | None:
    known = review.resources.find(encounter)
    return period(known.body, "period", review.zone)[0] if known else None


def _id(name: str) -> str:
    return name.rpartition("/")[2]
