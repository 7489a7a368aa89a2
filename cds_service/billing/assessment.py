"""The answer: each code, each question put to it, the verdict, and what the verdict rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from .rulebook import Rule

if TYPE_CHECKING:
    from .facts import Address, Charge
    from .fees import Payment

Verdict = Literal["met", "not-met", "wait", "missing", "unsettled"]
Outcome = Literal["reportable", "hold", "incomplete", "unsettled", "not-reportable"]

PREFERENCE: tuple[Outcome, ...] = ("reportable", "hold", "incomplete", "unsettled")
"""Among codes of one pattern the first in content order with the first of these outcomes is the best."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question says of the facts.

    `case` names the words for a particular turn of it (`day seven`, `staff`); `until` is when waiting ends.
    `every_reading`: denied however the rule is read, so that its confidence does not matter. `warns`: this answer
    never changes the outcome, whatever the rule's severity.
    """

    verdict: Verdict
    because: tuple[Address, ...] = ()
    until: datetime | None = None
    case: str | None = None
    every_reading: bool = False
    warns: bool = False


class Finding(NamedTuple):
    """An answer under the rule that asked. `verdict` is the answer's, softened where the rule may not deny.

    A tuple, for some two hundred are made for one review.
    """

    question: str
    verdict: Verdict
    answer: Answer
    under: Rule | None

    @property
    def stops(self) -> bool:
        """Whether it may change the outcome of its code."""
        if self.answer.warns:
            return False
        if self.under is None:
            return True
        if self.verdict == "missing":
            return self.under.gap == "stop"
        if self.verdict == "not-met":
            return self.under.fault == "stop"
        return True


@dataclass(frozen=True)
class Candidate:
    """A code with every finding on it. `fits` tells whether it is of the review's own pattern of work."""

    code: str
    findings: tuple[Finding, ...]
    fits: bool

    @cached_property
    def outcome(self) -> Outcome:
        stopping = {f.verdict for f in self.findings if f.stops}
        if "not-met" in stopping:
            return "not-reportable"
        if "unsettled" in stopping or not self.fits:
            return "unsettled"
        if "missing" in stopping:
            return "incomplete"
        return "hold" if "wait" in stopping else "reportable"

    @property
    def recheck_at(self) -> datetime | None:
        """The latest moment at which a finding stops waiting."""
        return max((f.answer.until for f in self.findings if f.answer.until is not None), default=None)

    @property
    def gaps(self) -> tuple[Finding, ...]:
        """What is missing, and what is wrong but only warns."""
        return tuple(f for f in self.findings if f.verdict == "missing" or (f.verdict == "not-met" and not f.stops))

    def finding(self, question: str) -> Finding | None:
        return next((f for f in self.findings if f.question == question), None)


WrongBecause = Literal["no such code", "not taken", "not reportable", "second code"]


@dataclass(frozen=True, slots=True)
class WrongCharge:
    """A charge of this encounter that is wrong, and why."""

    charge: Charge
    because: WrongBecause
    instead: tuple[str, ...] = ()
    """What the content says to use in its place, for a code that is gone or not taken."""


@dataclass(frozen=True)
class Assessment:
    """All candidates at one moment under one edition of the rules."""

    candidates: tuple[Candidate, ...]
    at: datetime
    on: date
    """The date of service."""
    edition: str
    payer: str
    reporter: str
    charged: tuple[Charge, ...]
    not_asked: tuple[str, ...]
    reviewed_until: date
    is_review: bool
    """False for an ordinary visit without image or charge of ours, on which there is nothing to say."""
    wrong_charges: tuple[WrongCharge, ...] = ()
    modifiers: tuple[str, ...] = ()
    """The modifiers that a charge of the best code needs."""
    payment: Payment | None = None

    @cached_property
    def best(self) -> Candidate | None:
        """The code to report, or to wait, ask or look for; None if all of this pattern are out of the question."""
        fitting = [c for c in self.candidates if c.fits]
        for outcome in PREFERENCE:
            for candidate in fitting:
                if candidate.outcome == outcome:
                    return candidate
        return None

    @property
    def outcome(self) -> Outcome:
        return self.best.outcome if self.best else "not-reportable"
