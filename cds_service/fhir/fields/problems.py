"""What a review or a service was about, and the diagnosis that supports it."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.billing.facts import Address, Fact, Problem
from cds_service.fhir.loose import Json, codings, has_code, many, one
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review
from cds_service.fhir.systems import diagnoses

_NOT_SO = ("refuted", "entered-in-error")


def problem_of(source: Resource, review: Review) -> Problem:
    """Return the reasons of an Encounter, Procedure or Appointment: categories and Conditions."""
    categories = {_category(code) for code in diagnoses(codings(source.body, "reasonCode"))}
    conditions: set[str] = set()
    for reference, _ in _references(source):
        name = review.resources.name(reference, source)
        if name and name.partition("/")[0] not in {"Procedure", "Observation", "ImmunizationRecommendation"}:
            known = review.resources.follow(reference, source)
            if known is not None and not _is_so(known):
                continue
            conditions.add(name)
            categories |= {_category(code) for code in diagnoses(codings(known.body, "code"))} if known else set()
    return Problem(frozenset(categories), frozenset(conditions))


def read_diagnosis(review: Review) -> tuple[Fact[str], Problem]:
    """Return an ICD-10-CM code that supports the review, and all that the review was about."""
    problem = problem_of(review.encounter, review)
    for code in diagnoses(codings(review.encounter.body, "reasonCode")):
        return Fact(code, (review.encounter.at("reasonCode"),)), problem
    for reference, path in _references(review.encounter):
        known = review.resources.follow(reference, review.encounter)
        if known is not None and _is_so(known):
            for code in diagnoses(codings(known.body, "code")):
                return Fact(code, (review.encounter.at(path), known.at("code"))), problem
    found = [(code, c) for c in _of_encounter(review) for code in diagnoses(codings(c.body, "code"))]
    if not problem:
        categories, conditions = {_category(code) for code, _ in found}, {c.name for _, c in found if c.name}
        problem = Problem(frozenset(categories), frozenset(conditions))
    if found:
        code, condition = found[0]
        return Fact(code, (condition.at("code"),)), problem
    looked = (review.encounter.at("reasonCode"), review.encounter.at("diagnosis"), *review.looks("conditions").seen_at)
    return Fact(seen_at=tuple(Address(a.resource, a.path) for a in looked)), problem


def _references(source: Resource) -> Iterator[tuple[Json, str]]:
    for reference in many(source.body, "reasonReference"):
        yield reference, "reasonReference"
    for diagnosis in many(source.body, "diagnosis"):
        yield one(diagnosis, "condition"), "diagnosis"


def _is_so(condition: Resource) -> bool:
    """Whether this is a Condition that nobody has refuted."""
    return condition.type == "Condition" and not has_code(condition.body, "verificationStatus", *_NOT_SO)


def _of_encounter(review: Review) -> list[Resource]:
    return [
        c for c in review.resources.of("Condition") if review.is_of_review(one(c.body, "encounter"), c) and _is_so(c)
    ]


def _category(code: str) -> str:
    return code[:3]
