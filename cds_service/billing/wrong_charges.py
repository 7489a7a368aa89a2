"""Which charges of this encounter are wrong, and why?"""

from __future__ import annotations

from .assessment import Assessment, WrongBecause, WrongCharge
from .facts import Charge, ReviewFacts
from .rulebook import RuleBook

_SURE = frozenset({"reportable", "hold", "incomplete"})
"""Only beside a best code of one of these outcomes is another code surely a second one for one communication."""


def wrong_charges(assessment: Assessment, facts: ReviewFacts, book: RuleBook) -> tuple[WrongCharge, ...]:
    """Return the wrong charges of the encounter in the order of the record."""
    named = ((charge, _why(charge, assessment, facts, book)) for charge in assessment.charged)
    sure = assessment.best is not None and assessment.best.outcome in _SURE
    return tuple(
        WrongCharge(charge, because, () if sure else _instead(charge, because, book))
        for charge, because in named
        if because is not None
    )


def _instead(charge: Charge, because: WrongBecause, book: RuleBook) -> tuple[str, ...]:
    """Return what the content names in its place, for where no better code of this review is sure."""
    code = book.codes.get(charge.code)
    return code.instead if code and because in {"no such code", "not taken"} else ()


def _why(charge: Charge, assessment: Assessment, facts: ReviewFacts, book: RuleBook) -> WrongBecause | None:
    best = assessment.best
    candidate = next((c for c in assessment.candidates if c.code == charge.code), None)
    if candidate is not None and candidate.outcome == "not-reportable":
        denied = {f.question for f in candidate.findings if f.verdict == "not-met" and f.stops}
        if "exists" in denied:
            return "no such code"
        return "not taken" if "paid" in denied else "not reportable"
    if best is None or best.code == charge.code or best.outcome not in _SURE:
        return None
    is_visit = charge.code not in book.codes and facts.setting == "in person"
    return None if is_visit else "second code"
