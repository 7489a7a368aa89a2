"""Put every question to every code: the one function that each door calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from .answers import unsettled
from .assessment import Assessment, Candidate, Finding
from .facts import ReviewFacts
from .fees import Payment, payment
from .questions import ASKS, modifiers, submission
from .rulebook import Code, Rule, RuleBook
from .wrong_charges import wrong_charges

HEARSAY = "hearsay"
"""The case of a denial that its source may not carry."""

OPENING = frozenset({"paid", "reporter"})
"""A code that these deny is not for this payer or reviewer at all: nothing more is asked of it."""


def assess(facts: ReviewFacts, book: RuleBook, *, at: datetime) -> Assessment:
    """Judge one review as it looked at `at`: the rules then announced, and what the record had said by then.

    The date of service chooses the rule in force; `at` chooses everything that depends on when we look.
    """
    seen = facts.seen_by(at)
    sitting = _Sitting(seen, book, at, seen.served_on(at), seen.practice.local(at).date())
    charged = tuple(c for c in seen.charges if c.of_review)
    assessment = Assessment(
        candidates=sitting.candidates(),
        at=at,
        on=sitting.on,
        edition=book.edition,
        payer=seen.payer.value or "unknown",
        reporter=seen.reporter.value or "unknown",
        charged=charged,
        not_asked=book.not_asked,
        reviewed_until=book.reviewed_until,
        is_review=bool(seen.images) or seen.setting != "in person" or any(c.code in book.codes for c in charged),
    )
    best = assessment.best
    return replace(
        assessment,
        wrong_charges=wrong_charges(assessment, seen, book),
        modifiers=sitting.advised_modifiers(best.code) if best else (),
        payment=sitting.payment(best.code) if best else None,
    )


@dataclass(frozen=True, slots=True)
class _Sitting:
    """One review at one moment under one book: what every question is asked with."""

    facts: ReviewFacts
    book: RuleBook
    at: datetime
    on: date
    known: date

    def candidates(self) -> tuple[Candidate, ...]:
        """Return every code that exists on the date, and one that is charged though it does not."""
        charged = {c.code for c in self.facts.charges if c.of_review}
        pattern = self._pattern()
        alone = {
            code.code: Candidate(code.code, self._findings(code), fits=code.pattern == pattern)
            for code in self.book.codes.values()
            if code.code in charged or code.life(on=self.on, known=self.known)
        }
        wrong = {c for c in charged if c in alone and alone[c].outcome == "not-reportable"}
        return tuple(self._beside_others(candidate, wrong) for candidate in alone.values())

    def advised_modifiers(self, code: str) -> tuple[str, ...]:
        rule = self._rule(code, "modifiers")
        return modifiers.advised(self.facts, rule.terms) if rule and isinstance(rule.terms, modifiers.Terms) else ()

    def payment(self, code: str) -> Payment | None:
        """Return Medicare's allowed amount; of another payer we know none."""
        if self.facts.payer.value != "medicare":
            return None
        return payment(code, self.on, self.facts.practice, self.book.tables)

    def _pattern(self) -> str:
        """Return the pattern of work. Without an image it is *text* only where the record was searched far enough."""
        if self.facts.images:
            return "image"
        for code in self.book.existing(on=self.on, known=self.known):
            rule = self._rule(code.code, "submission")
            if rule and isinstance(rule.terms, submission.Terms):
                return "text" if submission.surely_none(self.facts, rule.terms, self.at) else "image"
        return "image"

    def _findings(self, code: Code) -> tuple[Finding, ...]:
        life = code.life(on=self.on, known=self.known)
        if life is None:
            nearest = min(code.lives, key=lambda version: abs((version.start - self.on).days))
            return (self._finding("exists", nearest),)
        findings = [self._finding("exists", life)]
        for question in self.book.questions:
            rule = self._rule(code.code, question)
            if rule and question != "stands_alone":
                findings.append(self._finding(question, rule))
            elif question == "paid":
                findings.append(Finding("paid", "unsettled", unsettled(self.facts.payer, case="no content"), None))
            if question in OPENING and findings[-1].verdict == "not-met":
                break
        return tuple(findings)

    def _beside_others(self, candidate: Candidate, wrong: set[str]) -> Candidate:
        """Add whether it stands alone: a charge that is itself wrong does not count against another code."""
        rule = self._rule(candidate.code, "stands_alone")
        if rule is None or candidate.findings[-1].question in {"exists", *OPENING}:
            return candidate
        standing = tuple(c for c in self.facts.charges if not (c.of_review and c.code in wrong))
        finding = self._finding("stands_alone", rule, replace(self.facts, charges=standing))
        order = self.book.questions.index
        findings = sorted((*candidate.findings, finding), key=lambda f: order(f.question))
        return replace(candidate, findings=tuple(findings))

    def _rule(self, code: str, question: str) -> Rule | None:
        voice = self.facts.payer.value or "unknown"
        return self.book.rule(voice, code, question, on=self.on, known=self.known)

    def _finding(self, question: str, rule: Rule, facts: ReviewFacts | None = None) -> Finding:
        answer = ASKS[question](facts or self.facts, rule.terms, self.at)
        if answer.verdict == "not-met" and not answer.every_reading and not rule.source.may_deny:
            return Finding(question, "unsettled", replace(answer, verdict="unsettled", case=HEARSAY), rule)
        return Finding(question, answer.verdict, answer, rule)
