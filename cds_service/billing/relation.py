"""Does another service belong to this review: of a kind that counts, by the same group, for the same problem?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .facts import Fact, ReviewFacts, Service

Counted = Literal["E/M", "procedure", "service", "asynchronous", "any"]
"""A kind of service as a rule lists it; `any`: every service counts."""

Bond = Literal["related", "unknown", "elsewhere", "apart"]


@dataclass(frozen=True, slots=True)
class Relation:
    """`related` bundles; `elsewhere` (another group or specialty) only cautions; `apart` is nothing to the review.

    `case` says what makes it `unknown`: `kind`, `by`, `problem`, `contradicted`, `asynchronous`.
    """

    bond: Bond
    case: str | None = None


def relation(service: Service, facts: ReviewFacts, counted: frozenset[Counted], attested: Fact[bool]) -> Relation:
    """Weigh one service. `attested` is the reviewer's word whether such a service is related."""
    counts_all = "any" in counted
    if service.kind is not None and not counts_all and service.kind not in counted:
        return Relation("apart")
    same = facts.problem.same_as(service.problem)
    if not same and attested.value is False:
        return Relation("apart")
    if service.by == "other":
        return Relation("elsewhere")
    if same and attested.value is False:
        return Relation("unknown", "contradicted")
    if not same and attested.value is None:
        return Relation("unknown", "problem")
    if service.by not in {"reviewer", "group"}:
        return Relation("unknown", "by")
    if service.kind is None and not counts_all:
        return Relation("unknown", "kind")
    if service.kind == "asynchronous" or (service.kind is None and not service.synchronous and _is_visit(service)):
        return Relation("unknown", "asynchronous")
    return Relation("related")


def _is_visit(service: Service) -> bool:
    return service.source == "encounter"
