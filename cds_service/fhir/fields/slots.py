"""The reviewer's free slots, as far as any were read."""

from __future__ import annotations

from cds_service.billing.facts import Fact
from cds_service.billing.moment import Moment
from cds_service.fhir.loose import many, one, text
from cds_service.fhir.moments import moment
from cds_service.fhir.review import Review


def read_free_slots(review: Review) -> tuple[Fact[Moment], ...]:
    """Return when the reviewer had time, the earliest first."""
    found = []
    for slot in review.resources.of("Slot"):
        starts = moment(slot.body, "start", review.zone)
        if text(slot.body, "status") != "free" or starts is None or review.reviewer is None:
            continue
        schedule = review.resources.follow(one(slot.body, "schedule"), slot)
        actors = [review.people.who(a, schedule) for a in many(schedule.body, "actor")] if schedule else []
        if any(who is not None and who.name == review.reviewer.name for who in actors):
            found.append(Fact(starts, (slot.at("start"),)))
    return tuple(sorted(found, key=lambda f: (f.value.first if f.value else starts, f.seen_at[0].resource)))
