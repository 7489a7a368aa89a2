"""Did the review lead to a service so soon that it belongs to it: within hours, or as soon as one was to be had?

From the receipt of the images to the end of the hours after the answer a related service denies. A visit booked before
the images came cannot have been led to: a person decides, and later than the hours it is only a caution. A known later
visit for the same or an unknown problem matters for its second half, *the soonest available appointment*: by the
attested date, else by a free slot before it, else a person decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..answers import met, missing, not_met, unsettled, wait
from ..assessment import Answer
from ..facts import Fact, ReviewFacts, Service
from ..moment import Moment
from ..relation import Counted, Relation, relation
from ..tally import Tally


@dataclass(frozen=True, slots=True)
class Terms:
    """Clock hours after the answer, and the kinds of service that count (`any` for all)."""

    hours: int
    before: frozenset[Counted]
    after: Literal["answer", "call", "report"] = "answer"
    """What the hours follow: the answer to the patient, a live call, or the answer to the clinician who asked."""


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    received, answered = facts.received, _answered(facts, terms)
    opens = received.value or answered.value
    if opens is None:
        return met(answered, case="not answered")
    closes = answered.value.last + timedelta(hours=terms.hours) if answered.value else None
    tally = Tally()
    for service in facts.services.seen:
        if service.start is None or service.start.last < opens.first:
            continue
        tie = relation(service, facts, terms.before, _attested(service, facts, answered))
        if tie.bond == "apart" or (closes is None and service.start.first > at):
            continue
        if tie.bond == "elsewhere":
            tally.cautions.append((service, "elsewhere"))
        elif closes is None or service.start.first <= closes:
            _weigh_soon(service, tie, facts, closes or at, tally)
        else:
            _weigh_later(service, tie, facts, answered, tally)
    return _verdict(facts, tally, answered, closes, at)


def _weigh_soon(service: Service, tie: Relation, facts: ReviewFacts, closes: datetime, tally: Tally) -> None:
    start, received = service.start, facts.received.value
    if start is None:
        return
    if tie.bond == "unknown":
        tally.unsure.append((service, tie.case or "problem"))
    elif _booked_before(service, facts):
        tally.unsure.append((service, "booked before"))
    elif start.last > closes or (received is not None and start.first < received.first):
        tally.unsure.append((service, "date"))
    else:
        tally.related.append(service)


def _weigh_later(service: Service, tie: Relation, facts: ReviewFacts, answered: Fact[Moment], tally: Tally) -> None:
    """Weigh a visit after the hours: was it the soonest that could be had?"""
    soonest, start = facts.soonest_available.value, service.start
    if start is None:
        return
    if _booked_before(service, facts):
        tally.cautions.append((service, "booked before"))
    elif soonest is not None and start.first > soonest.last:
        tally.cautions.append((service, "not soonest"))
    elif soonest is not None and tie.bond == "related":
        tally.related.append(service)
    elif soonest is None and tie.case != "contradicted" and _free_slot_before(service, facts, answered):
        tally.cautions.append((service, "not soonest"))
    else:
        tally.unsure.append((service, "soonest" if tie.bond == "related" else tie.case or "soonest"))


def _verdict(facts: ReviewFacts, tally: Tally, answered: Fact[Moment], closes: datetime | None, at: datetime) -> Answer:
    services = facts.services
    if tally.related:
        return not_met(answered, *tally.related)
    if facts.led_to_visit.value and not tally.unsure and not any(case == "not soonest" for _, case in tally.cautions):
        return not_met(facts.led_to_visit, case="attested")
    if tally.unsure:
        return unsettled(answered, *(s for s, _ in tally.unsure), case=tally.unsure[0][1])
    if closes is None:
        return met(answered, case="not answered")
    if at < closes:
        return wait(closes, answered)
    searched = services.encounters.with_(services.appointments, services.procedures)
    start = facts.received.value or answered.value
    if start is None or not searched.covers(start.first):
        return missing(searched)
    if tally.cautions:
        return met(answered, *(s for s, _ in tally.cautions), case=tally.cautions[0][1])
    return met(answered, searched)


def _attested(service: Service, facts: ReviewFacts, answered: Fact[Moment]) -> Fact[bool]:
    """Return the reviewer's word: `led-to-visit`; for a service before the answer, `related-service` serves as well."""
    between = answered.value and service.start and service.start.first <= answered.value.first
    if facts.led_to_visit.value is None and between:
        return facts.related_service
    return facts.led_to_visit


def _booked_before(service: Service, facts: ReviewFacts) -> bool:
    received = facts.received.value
    return received is not None and service.booked is not None and service.booked < received.first


def _free_slot_before(service: Service, facts: ReviewFacts, answered: Fact[Moment]) -> bool:
    if answered.value is None or service.start is None:
        return False
    slots = [slot.value for slot in facts.free_slots if slot.value is not None]
    return any(answered.value.last < slot.first < service.start.first for slot in slots)


def _answered(facts: ReviewFacts, terms: Terms) -> Fact[Moment]:
    return {"answer": facts.answered, "call": facts.live_call, "report": facts.report}[terms.after]
