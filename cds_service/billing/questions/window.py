"""Is it the one e-visit of its seven days, with no visit for the problem before or within them?

A related visit within the window takes the e-visit in; one in the days before the inquiry had it included already.
Until the window ends a visit may still come, and minutes may still be added.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..answers import met, missing, not_met, unsettled, wait
from ..assessment import Answer
from ..days_before import Days, weigh
from ..e_visit import OWN_GROUP, Window
from ..e_visit import window as window_of
from ..facts import Charge, ReviewFacts
from ..moment import Moment
from ..relation import Counted, relation
from ..tally import Tally


@dataclass(frozen=True, slots=True)
class Terms:
    """Days of the window and days before it, the codes that share one window, and the kinds of visit that count."""

    days: int
    family: frozenset[str]
    absorbed_by: frozenset[Counted]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    within = window_of(facts, terms.days, terms.family)
    if within is None:
        return missing(facts.first_reviewed, facts.started)
    zone = facts.practice.zone
    opened = within.start.day(zone)
    inquiry = min((m.sent.day(zone) for m in facts.messages if m.inbound), default=opened)
    tally = weigh(facts, Days(terms.days, opened, inquiry, within.start.last), terms.absorbed_by)
    before = bool(tally.related)
    _weigh_within(facts, terms, within, tally)
    if tally.related:
        return not_met(*tally.related, case="before" if before else "absorbed")
    charged = [c for c in facts.charges if _is_second(c, terms, within)]
    if any(c.by in OWN_GROUP for c in charged):
        return not_met(*(c for c in charged if c.by in OWN_GROUP), case="second")
    if tally.unsure:
        return unsettled(*(service for service, _ in tally.unsure), case=tally.unsure[0][1])
    unsure = [c for c in charged if c.by != "other"]
    if unsure:
        return unsettled(*unsure, case="second")
    if at < within.ends:
        return wait(within.ends, within.opened)
    since = Moment.on(min(opened, inquiry) - timedelta(days=terms.days), zone).first
    searched = facts.services.encounters.with_(facts.services.appointments)
    if not searched.covers(since):
        return missing(searched)
    if tally.cautions:
        return met(*(service for service, _ in tally.cautions), case=tally.cautions[0][1])
    return met(within.opened, searched)


def _weigh_within(facts: ReviewFacts, terms: Terms, within: Window, tally: Tally) -> None:
    for service in facts.services.seen:
        if service.start is None or service.start.first <= within.start.last or not within.touches(service.start):
            continue
        tie = relation(service, facts, terms.absorbed_by, facts.led_to_visit)
        if tie.bond == "elsewhere":
            tally.cautions.append((service, "elsewhere"))
        elif tie.bond == "unknown":
            tally.unsure.append((service, tie.case or "problem"))
        elif tie.bond == "related":
            if within.holds(service.start):
                tally.related.append(service)
            else:
                tally.unsure.append((service, "date"))


def _is_second(charge: Charge, terms: Terms, within: Window) -> bool:
    """Whether an e-visit stands charged for another encounter of the window."""
    elsewhere = not charge.of_review and charge.code in terms.family
    return elsewhere and charge.on is not None and within.touches(charge.on)
