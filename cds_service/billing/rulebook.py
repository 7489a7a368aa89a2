"""The rulebook: what is asked of a code, by whom, from when, until when, and since when it was known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from .tables import Tables

EVERYONE = ""
"""The voice of a code's own file: what every payer asks."""

OWN = "own:"
"""Before a payer's name: the practice's own content on that payer, laid over ours."""

_KEPT = 4096
"""How many codes on how many dates are kept worked out."""

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

    `gap`: whether a *missing* answer stops the code or only warns; `fault`: the same of a *not-met*. `changed` says in
    words what the version changed.
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
    changed: str = ""

    def covers(self, on: date) -> bool:
        return self.start <= on and (self.until is None or on <= self.until)

    @property
    def own(self) -> bool:
        """Whether it is the practice's own word."""
        return self.payer.startswith(OWN)


@dataclass(frozen=True, slots=True)
class Code:
    """A code we know: when it exists, and what to use in its place once it does not, or where it is not taken."""

    code: str
    lives: tuple[Rule, ...]
    """Its versions, as rules of the question `exists`."""
    instead: tuple[str, ...] = ()

    def life(self, *, on: date, known: date) -> Rule | None:
        """Return the first version that makes the code exist on the date, as far as was known."""
        heard = [r for r in self.lives if r.announced <= known and r.covers(on)]
        return min(heard, key=lambda r: (r.announced, r.start)) if heard else None


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of work and their codes, in the order in which they are offered.

    An image is in a thread where both sides wrote so many messages and the reporter spent so many minutes; in a model
    where the practice takes part in one of CMMI's.
    """

    messages_each_way: int
    minutes: int
    request: tuple[str, ...] = ()
    image_in_model: tuple[str, ...] = ()
    image_in_thread: tuple[str, ...] = ()
    image: tuple[str, ...] = ()
    live: tuple[str, ...] = ()
    text: tuple[str, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """Every code that belongs to some pattern."""
        patterns = (self.request, self.image_in_model, self.image_in_thread, self.image, self.live, self.text)
        return frozenset(code for codes in patterns for code in codes)


@dataclass(frozen=True)
class RuleBook:
    """All rules, codes and tables, stamped with their edition."""

    edition: str
    reviewed_until: date
    codes: Mapping[str, Code]
    patterns: Patterns
    rules: Mapping[tuple[str, str, str], tuple[Rule, ...]]
    tables: Tables
    questions: tuple[str, ...]
    """The questions built, in reading order."""
    not_asked: tuple[str, ...]
    """Questions of the contract that are not built yet."""
    _asked: dict[tuple[str, str, str, date, date], Mapping[str, Rule]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def payers(self) -> frozenset[str]:
        """Every payer that some rule speaks for, by the name that the facts give it."""
        return frozenset(voice.removeprefix(OWN) for voice, _, _ in self.rules if voice != EVERYONE)

    def existing(self, *, on: date, known: date) -> tuple[Code, ...]:
        """Return the codes that exist on a date of service, as far as was known then."""
        return tuple(c for c in self.codes.values() if c.life(on=on, known=known))

    def rule(self, payer: str, code: str, question: str, *, on: date, known: date, state: str = "") -> Rule | None:
        """Return the payer's latest word on the question, else everyone's, else None."""
        return self.asked(payer, code, on=on, known=known, state=state).get(question)

    def asked(self, payer: str, code: str, *, on: date, known: date, state: str = "") -> Mapping[str, Rule]:
        """Return all that is asked of a code that exists, question → rule in reading order; nothing if it does not.

        What was once worked out is kept.
        """
        key = (payer, state, code, on, known)
        found = self._asked.get(key)
        if found is None:
            if len(self._asked) >= _KEPT:
                self._asked.clear()
            life = self.codes[code].life(on=on, known=known)
            heard = {q: self._heard(voices(payer, state), code, q, on, known) for q in self.questions} if life else {}
            found = {"exists": life} if life else {}
            found |= {question: rule for question, rule in heard.items() if rule is not None}
            self._asked[key] = found
        return found

    def _heard(self, speakers: tuple[str, ...], code: str, question: str, on: date, known: date) -> Rule | None:
        for voice in speakers:
            heard = [r for r in self.rules.get((voice, code, question), ()) if r.announced <= known and r.covers(on)]
            if heard:
                return max(heard, key=lambda r: r.announced)
        return None

    def calendar(self, code: str, payer: str | None = None) -> Iterable[Rule]:
        """Yield every version of what is asked of a code, by everyone and by one payer (None: by all payers)."""
        for (voice, of, _), versions in self.rules.items():
            if of == code and (payer is None or voice == EVERYONE or voice.removeprefix(OWN) == payer):
                yield from versions


def voices(payer: str, state: str) -> tuple[str, ...]:
    """Return who is heard, the first first: the practice's own word on a payer, the payer's in a state, the payer's."""
    named = (f"{payer}-{state}", payer) if state else (payer,)
    return (*(OWN + name for name in named), *named, EVERYONE)
