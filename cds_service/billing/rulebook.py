"""The rulebook: what is asked of a code, by whom, from when, until when, and since when it was known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from .tables import Tables

EVERYONE = ""
"""The voice of a code's own file: what every payer asks."""

Confidence = Literal["high", "medium", "low"]
Severity = Literal["stop", "warn"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule stands written and how sure we are. `recalled`: known from the text, which could not be re-read."""

    cite: str
    url: str | None
    confidence: Confidence
    recalled: bool

    @property
    def may_deny(self) -> bool:
        """We never deny on hearsay: low confidence, or memory alone."""
        return self.confidence in {"high", "medium"} and not self.recalled


@dataclass(frozen=True, slots=True)
class Rule:
    """One version of what a payer asks of a code in one question. `start` and `until` are dates of service, inclusive.

    `gap`: whether a *missing* answer stops the code or only warns; `fault`: the same of a *not-met*.
    """

    code: str
    payer: str
    question: str
    start: date
    until: date | None
    announced: date
    source: Source
    terms: object
    gap: Severity = "stop"
    fault: Severity = "stop"

    def covers(self, on: date) -> bool:
        return self.start <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Code:
    """A code we know: whether it exists on a date, and the pattern of work it belongs to."""

    code: str
    pattern: str
    lives: tuple[Rule, ...]
    """Its versions, as rules of the question `exists`."""

    def life(self, *, on: date, known: date) -> Rule | None:
        """Return the first version that makes the code exist on the date, as far as was known."""
        heard = [r for r in self.lives if r.announced <= known and r.covers(on)]
        return min(heard, key=lambda r: (r.announced, r.start)) if heard else None


@dataclass(frozen=True, slots=True)
class RuleBook:
    """All rules, codes (in content order) and tables, stamped with their edition."""

    edition: str
    reviewed_until: date
    codes: Mapping[str, Code]
    rules: Mapping[tuple[str, str, str], tuple[Rule, ...]]
    tables: Tables
    questions: tuple[str, ...]
    """The questions built, in reading order."""
    not_asked: tuple[str, ...]
    """Questions of the contract that are not built yet."""

    def existing(self, *, on: date, known: date) -> tuple[Code, ...]:
        """Return the codes that exist on a date of service, as far as was known then."""
        return tuple(c for c in self.codes.values() if c.life(on=on, known=known))

    def rule(self, payer: str, code: str, question: str, *, on: date, known: date) -> Rule | None:
        """Return the payer's latest word on the question, else everyone's, else None."""
        for voice in (payer, EVERYONE):
            heard = [r for r in self.rules.get((voice, code, question), ()) if r.announced <= known and r.covers(on)]
            if heard:
                return max(heard, key=lambda r: r.announced)
        return None

    def calendar(self, code: str, payer: str | None = None) -> Iterable[Rule]:
        """Yield every version of what is asked of a code, by everyone and by one payer (None: by all payers)."""
        for (voice, of, _), versions in self.rules.items():
            if of == code and (payer is None or voice in {payer, EVERYONE}):
                yield from versions
