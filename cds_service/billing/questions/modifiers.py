"""Are the modifiers and the place of service of the charge right?

They are asked of a charge of this very code; with none there is nothing to find fault with. A ChargeItem of R4 cannot
carry either, so none is found lacking there. A wrong or lacking one is a gap with its remedy: it denies nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import Charge, ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """Which modifiers and places do not belong there.

    `assistant`: those that say an assistant did the work. `unrelated_only`: those that say surgery's days do not cover
    it, true only where that is attested. `own_place`: places that must be the practice's own. `therapy`: reporter's
    taxonomy → modifier it needs.
    """

    code: str
    never: frozenset[str]
    assistant: frozenset[str]
    place_never: frozenset[str]
    therapy: Mapping[str, str]
    unrelated_only: frozenset[str] = frozenset()
    own_place: frozenset[str] = frozenset()


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    charges = [c for c in facts.charges if c.of_review and c.code == terms.code]
    by_assistant = [c for c in charges if _carried(c) & terms.assistant]
    if by_assistant:
        return unsettled(*by_assistant, case="assistant")
    wrong = [c for c in charges if _carried(c) & terms.never]
    if wrong:
        return not_met(*wrong)
    related = [c for c in charges if _carried(c) & terms.unrelated_only]
    if related and facts.related_service.value is not False:
        return not_met(*related, case="unrelated")
    elsewhere = [c for c in charges if c.place_of_service in terms.place_never]
    if elsewhere:
        return not_met(*elsewhere, case="place")
    own = facts.practice.place_of_service
    strange = [
        c for c in charges if c.place_of_service in terms.own_place and own in terms.own_place - {c.place_of_service}
    ]
    if strange:
        return not_met(*strange, case="own place")
    needed = frozenset(advised(facts, terms))
    lacking = [c for c in charges if c.modifiers is not None and not needed <= c.modifiers]
    return missing(*lacking) if lacking else met(*charges)


def advised(facts: ReviewFacts, terms: Terms) -> tuple[str, ...]:
    """Return the modifiers that a charge of this code by this reporter needs."""
    return tuple(sorted({terms.therapy[t] for t in facts.taxonomies if t in terms.therapy}))


def _carried(charge: Charge) -> frozenset[str]:
    return charge.modifiers or frozenset()
