"""Did the reporter's own minutes within the window reach this code's tier, and not the next?

Staff's minutes never count, nor does the length of the encounter. Minutes of a colleague of the same group and
specialty are the reporter's too, with a caution. Too few are not yet a refusal while the window is open and the patient
awaits an answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met, wait
from ..assessment import Answer
from ..e_visit import awaits_answer, is_thread, minutes_in, window
from ..facts import Address, Fact, ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """Whole minutes, both inclusive; no `at_most` in the highest tier. `lowest`: fewer than this are no e-visit yet."""

    at_least: int
    at_most: int | None
    lowest: int
    days: int
    family: frozenset[str]
    messages_each_way: int
    """So many make a thread; beside an image, fewer without minutes are a review and no e-visit."""


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    within = window(facts, terms.days, terms.family) if facts.minutes else None
    spent = minutes_in(facts, within) if within else ()
    if not spent:
        looked: Fact[int] = Fact(seen_at=(Address("attestation", "minutes"),))
        one_reply = bool(facts.images) and not is_thread(facts, terms.messages_each_way)
        return not_met(looked, case="one reply") if one_reply else missing(looked)
    total = sum(m.spent.value or 0 for m in spent)
    if total < terms.lowest and terms.at_least == terms.lowest and within and at < within.ends and awaits_answer(facts):
        return wait(within.ends, *spent)
    if total < terms.at_least or (terms.at_most is not None and total > terms.at_most):
        return not_met(*spent, case="too few" if total < terms.lowest else None)
    return met(*spent, case="group" if any(m.by == "group" for m in spent) else None)
