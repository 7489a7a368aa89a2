"""The window of an e-visit, seven days from the first personal review, and the minutes spent within it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .facts import Fact, Minutes, ReviewFacts, Service
from .moment import Moment

OWN_GROUP = frozenset({"reviewer", "group"})
"""Those whose work counts as the reporter's: the same group and specialty reports as one."""


@dataclass(frozen=True, slots=True)
class Window:
    """From the first review until `ends`, in UTC. `opened` may be a whole day; the end follows its last second."""

    opened: Fact[Moment]
    start: Moment
    ends: datetime
    encounters: frozenset[str]
    """The ids of the e-visit encounters in it, this one included."""

    def holds(self, moment: Moment) -> bool:
        return self.start.first <= moment.first and moment.last < self.ends

    def touches(self, moment: Moment) -> bool:
        """Whether a moment of which only the day is known may lie in it."""
        return moment.last >= self.start.first and moment.first < self.ends


def window(facts: ReviewFacts, days: int, family: frozenset[str]) -> Window | None:
    """Return the window that this encounter belongs to; None if nothing tells when it began.

    An attested first review opens it; else the first e-visit encounter that is not in the window of one before.
    """
    if facts.first_reviewed.value is not None:
        return _opened(facts.first_reviewed, facts.first_reviewed.value, days, facts, frozenset({facts.encounter}))
    if facts.started.value is None:
        return None
    own = _opened(facts.started, facts.started.value, days, facts, frozenset({facts.encounter}))
    current: Window | None = None
    for visit in sorted(_earlier(facts, family), key=lambda s: s.start.first if s.start else own.ends):
        if visit.start is None:
            continue
        if current is None or not current.holds(visit.start):
            current = _opened(Fact(visit.start, visit.seen_at), visit.start, days, facts, frozenset())
        current = Window(current.opened, current.start, current.ends, current.encounters | {_id(visit)})
    if current is None or not current.holds(facts.started.value):
        return own
    return Window(current.opened, current.start, current.ends, current.encounters | own.encounters)


def minutes_in(facts: ReviewFacts, within: Window) -> tuple[Minutes, ...]:
    """Return the minutes of the reporter's group for this encounter and for others in the window."""
    return tuple(
        m
        for m in facts.minutes
        if m.by in OWN_GROUP and (m.encounter in within.encounters or (m.on is not None and within.holds(m.on)))
    )


def minutes_here(facts: ReviewFacts) -> int:
    """Return the minutes of the reporter's group for this encounter alone."""
    return sum(m.spent.value or 0 for m in facts.minutes if m.by in OWN_GROUP and m.encounter == facts.encounter)


def is_thread(facts: ReviewFacts, each_way: int) -> bool:
    inbound = sum(m.inbound for m in facts.messages)
    return inbound >= each_way and len(facts.messages) - inbound >= each_way


def awaits_answer(facts: ReviewFacts) -> bool:
    """Whether the last message is the patient's."""
    return bool(facts.messages) and max(facts.messages, key=lambda m: m.sent.first).inbound


def _earlier(facts: ReviewFacts, family: frozenset[str]) -> list[Service]:
    started = facts.started.value
    return [
        s
        for s in facts.services.seen
        if s.source == "encounter"
        and s.by in OWN_GROUP
        and s.codes & family
        and s.start is not None
        and started is not None
        and s.start.first <= started.first
    ]


def _opened(opened: Fact[Moment], start: Moment, days: int, facts: ReviewFacts, encounters: frozenset[str]) -> Window:
    """Open a window: it ends so many days later at the same time of the practice's clock."""
    local = facts.practice.local(start.last) + timedelta(days=days)
    return Window(opened, start, local.astimezone(UTC), encounters)


def _id(visit: Service) -> str:
    return visit.seen_at[0].resource.rpartition("/")[2] if visit.seen_at else ""
