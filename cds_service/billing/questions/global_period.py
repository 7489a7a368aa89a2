"""Does the review fall into the days after surgery that the surgery's payment already covers?

Days count from the day after the procedure. A surgical code that our table lacks, or a procedure of the reviewer's
without any code we know, may carry such days: a person must say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import ReviewFacts, Service
from ..moment import Moment


@dataclass(frozen=True, slots=True)
class Terms:
    """The longest global period there is, in days: how far back procedures must have been searched for."""

    longest: int


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    on = facts.served_on(at)
    covered: list[Service] = []
    unsure: list[tuple[Service, str]] = []
    cautions: list[tuple[Service, str]] = []
    for procedure in facts.services.seen:
        days = _days(procedure, terms)
        if days == 0 or not _within(procedure, on, days, facts):
            continue
        same, unrelated = facts.problem.same_as(procedure.problem), facts.related_service.value is False
        if procedure.by == "other":
            cautions.append((procedure, "elsewhere"))
        elif unrelated and not same:
            cautions.append((procedure, "unrelated"))
        elif unrelated:
            unsure.append((procedure, "contradicted"))
        elif procedure.by not in {"reviewer", "group"}:
            unsure.append((procedure, "by"))
        elif procedure.global_days is None:
            unsure.append((procedure, "days"))
        elif same or facts.related_service.value:
            covered.append(procedure)
        else:
            unsure.append((procedure, "problem"))
    if covered:
        return not_met(*covered)
    if unsure:
        return unsettled(*(p for p, _ in unsure), case=unsure[0][1])
    since = Moment.on(on - timedelta(days=terms.longest), facts.practice.zone).first
    if not facts.services.procedures.covers(since):
        return missing(facts.services.procedures)
    if cautions:
        return met(*(p for p, _ in cautions), case=cautions[0][1])
    return met(facts.services.procedures)


def _days(service: Service, terms: Terms) -> int:
    """Return the postoperative days to reckon with; the longest where they cannot be told."""
    if service.source != "procedure":
        return 0
    if service.global_days is not None:
        return service.global_days
    own_uncoded = service.kind is None and service.by in {"reviewer", "group"}
    return terms.longest if service.kind == "procedure" or own_uncoded else 0


def _within(service: Service, on: date, days: int, facts: ReviewFacts) -> bool:
    if service.start is None:
        return False
    zone = facts.practice.zone
    performed = service.end or service.start
    return service.start.day(zone) <= on <= performed.last_day(zone) + timedelta(days=days)
