"""Whether two records are read and judged as one and the same, but for the shift of dates and the new names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any

from cds_service.billing.facts import Licence, Look, ReviewFacts
from cds_service.billing.moment import EVER, Moment
from cds_service.billing.practice import Practice
from cds_service.review import Answered

from .clock import Shift
from .names import Names
from .vocabulary import UNKNOWN, WORDS


@dataclass(frozen=True, slots=True)
class Sameness:
    """What may differ: every date by the shift, every name as it was renamed."""

    names: Names
    shift: Shift

    def otherwise_read(self, old: ReviewFacts | None, new: ReviewFacts | None) -> list[str]:
        """Return the facts that are not the same; the practice is no fact of the record."""
        if old is None or new is None:
            return [] if old is new else ["whether it can be read at all"]
        return [
            f.name
            for f in fields(ReviewFacts)
            if f.name != "practice" and not self.same(getattr(old, f.name), getattr(new, f.name))
        ]

    def otherwise_judged(self, old: Answered, new: Answered) -> list[str]:
        """Return the codes that are not judged the same, and whatever else the answers say differently."""
        if old.assessment is None or new.assessment is None:
            return [] if old.assessment is new.assessment else ["whether it can be judged at all"]
        before, after = dict(_judged(old)), dict(_judged(new))
        return sorted(key for key in before | after if not self.same(before.get(key), after.get(key)))

    def same(self, old: Any, new: Any) -> bool:
        """Whether two values are the same, or one is the other shifted and renamed."""
        if type(old) is not type(new):
            return False
        if isinstance(old, str):
            return self.names.same(old, new)
        if isinstance(old, datetime):
            return self.shift.same(old, new)
        if isinstance(old, date):
            return self.shift.same_day(old, new)
        if isinstance(old, Moment):
            return self.shift.same_moment(old, new)
        if isinstance(old, Look):
            return self._same_reach(old, new)
        if isinstance(old, Licence):
            return self._same_licence(old, new)
        if isinstance(old, tuple):
            return len(old) == len(new) and all(self.same(a, b) for a, b in zip(old, new, strict=True))
        if isinstance(old, frozenset):
            return len(old) == len(new) and all(any(self.same(a, b) for b in new) for a in old)
        if is_dataclass(old) and not isinstance(old, Practice):
            return all(self._same_member(f.name, old, new) for f in fields(old) if f.compare)
        return bool(old == new)

    def _same_licence(self, old: Licence, new: Licence) -> bool:
        """Whether two licences are for one state and both hold, or neither, on the date of service."""
        told = ((x.state, x.vouched, x.seen_at) for x in (old, new))
        was = self.shift.holds(old.start, old.end, self.shift.on)
        return self.same(*told) and was == self.shift.holds(new.start, new.end, self.shift.on + self.shift.by)

    def _same_reach(self, old: Look, new: Look) -> bool:
        """Whether two searches reach as far back: by days of UTC, for whoever reads a page knows no practice yet."""
        if not self.same(old.seen_at, new.seen_at) or (old.back_to is None) != (new.back_to is None):
            return False
        if old.back_to is None or new.back_to is None or EVER in {old.back_to, new.back_to}:
            return old.back_to == new.back_to
        return new.back_to - old.back_to == self.shift.by or self.same(old.back_to, new.back_to)

    def _same_member(self, name: str, old: Any, new: Any) -> bool:
        was, now = getattr(old, name), getattr(new, name)
        return (name == "status" and now == UNKNOWN and was not in WORDS) or self.same(was, now)


def _judged(answered: Answered) -> Iterator[tuple[str, Any]]:
    assessment = answered.assessment
    if assessment is None:
        return
    yield "payer", assessment.payer
    yield "best", assessment.best.code if assessment.best else None
    yield "charged", tuple(c.code for c in assessment.charged)
    yield "wrong charges", tuple((w.charge.code, w.because) for w in assessment.wrong_charges)
    yield "cards", tuple(str(card["indicator"]) for card in answered.cards)
    for candidate in assessment.candidates:
        findings = tuple((f.question, f.verdict, f.answer.case, f.answer.until) for f in candidate.findings)
        yield candidate.code, (candidate.outcome, candidate.fits, findings)
