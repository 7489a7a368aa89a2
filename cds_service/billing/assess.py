"""Put every question to every code: the one function that each door calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from . import e_visit
from .answers import unsettled
from .assessment import Answer, Assessment, Candidate, Finding
from .facts import ReviewFacts
from .fees import Payment, payment
from .questions import ASKS, modifiers, submission
from .rulebook import Rule, RuleBook
from .wrong_charges import wrong_charges

STANDS_ALONE = "stands_alone"

HEARSAY = "hearsay"
"""The case of a denial that its source may not carry."""

OPENING = frozenset({"exists", "paid", "reporter"})
"""A code that these deny is not for this day, payer or reviewer at all: nothing more is asked of it."""

WAY_OF_WORKING = frozenset({"submission", "minutes", "requested", "model"})
"""What tells one pattern of work from another: asked first of a code of another pattern, which is never best."""


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
    answered: dict[tuple[str, int, bool], Answer | None] = field(default_factory=dict)
    """What was answered already, by question and terms: many codes ask the same, and equal terms are one object."""

    def candidates(self) -> tuple[Candidate, ...]:
        """Return every code that exists on the date, and one that is charged though it does not; the fitting first."""
        charged = {c.code for c in self.facts.charges if c.of_review}
        fitting = self._fitting()
        order = dict.fromkeys([*fitting, *self.book.codes])
        asked = {code: self._asked(code) for code in order if code in self.book.codes}
        judged = {code: rules for code, rules in asked.items() if rules or code in charged}
        alone = [self._alone(code, rules, fits=code in fitting) for code, rules in judged.items()]
        wrong = {c.code for c in alone if c.code in charged and self._is_wrong(c)}
        standing = tuple(c for c in self.facts.charges if not (c.of_review and c.code in wrong))
        beside = replace(self.facts, charges=standing) if wrong else self.facts
        return tuple(self._beside_others(c, judged[c.code].get(STANDS_ALONE), beside) for c in alone)

    def _is_wrong(self, candidate: Candidate) -> bool:
        """Whether a charge of this code is surely wrong: denied, or of another pattern of work than the review's."""
        other_pattern = not candidate.fits and candidate.code in self.book.patterns.codes
        return other_pattern or candidate.outcome == "not-reportable"

    def advised_modifiers(self, code: str) -> tuple[str, ...]:
        rule = self._asked(code).get("modifiers")
        return modifiers.advised(self.facts, rule.terms) if rule and isinstance(rule.terms, modifiers.Terms) else ()

    def payment(self, code: str) -> Payment | None:
        """Return Medicare's allowed amount; of another payer we know none."""
        if self.facts.payer.value != "medicare":
            return None
        return payment(code, self.on, self.facts.practice, self.book.tables)

    def _fitting(self) -> tuple[str, ...]:
        """Return the codes of the review's pattern of work, the first that fits.

        Without an image it is text if minutes are told, or if the record was searched far enough to say there is none.
        """
        facts, patterns = self.facts, self.book.patterns
        minutes = e_visit.minutes_here(facts)
        model = patterns.image_in_model if facts.models else ()
        if facts.request.value is not None:
            return (*model, *patterns.request)
        if any(i.certain for i in facts.images):
            in_thread = minutes >= patterns.minutes and e_visit.is_thread(facts, patterns.messages_each_way)
            return (*model, *(patterns.image_in_thread if in_thread else patterns.image))
        if facts.images:
            return patterns.image
        if facts.live_call.value is not None:
            return patterns.live
        return patterns.text if minutes or self._surely_no_image() else patterns.image

    def _surely_no_image(self) -> bool:
        rules = (self._asked(code).get("submission") for code in self.book.patterns.image)
        terms = next((r.terms for r in rules if r and isinstance(r.terms, submission.Terms)), None)
        return terms is not None and submission.surely_none(self.facts, terms, self.at)

    def _alone(self, code: str, rules: Mapping[str, Rule], *, fits: bool) -> Candidate:
        """Put every question but `stands_alone`.

        Of a code that is not for this payer, reviewer or pattern of work no more is asked than it takes to deny it.
        """
        asked: Mapping[str, Rule | None] = rules
        if not rules:
            lives = self.book.codes[code].lives
            asked = {"exists": min(lives, key=lambda version: abs((version.start - self.on).days))}
        elif "paid" not in rules:
            asked = {"exists": rules["exists"], "paid": None, **rules}
        first = asked if fits else {q: asked[q] for q in asked if q in OPENING or q in WAY_OF_WORKING}
        findings = self._findings(first, fits=fits)
        if not fits and not (findings[-1].verdict == "not-met" and findings[-1].stops):
            findings = self._findings(asked, fits=fits)
        return Candidate(code, findings, fits=fits)

    def _findings(self, asked: Mapping[str, Rule | None], *, fits: bool) -> tuple[Finding, ...]:
        """Ask in order, and no further than a denial that leaves nothing to ask."""
        findings: list[Finding] = []
        for question, rule in asked.items():
            finding = None if question == STANDS_ALONE else self._finding(question, rule, self.facts)
            if finding is not None:
                findings.append(finding)
                if finding.verdict == "not-met" and finding.stops and (question in OPENING or not fits):
                    break
        return tuple(findings)

    def _beside_others(self, candidate: Candidate, rule: Rule | None, beside: ReviewFacts) -> Candidate:
        """Add whether it stands alone: a charge that is itself wrong does not count against another code."""
        last = candidate.findings[-1]
        if rule is None or (last.verdict == "not-met" and (last.question in OPENING or not candidate.fits)):
            return candidate
        finding = self._finding(STANDS_ALONE, rule, beside)
        if finding is None:
            return candidate
        order = self.book.questions.index
        findings = sorted((*candidate.findings, finding), key=lambda f: order(f.question))
        return replace(candidate, findings=tuple(findings))

    def _asked(self, code: str) -> Mapping[str, Rule]:
        payer, state = self.facts.payer.value or "unknown", self.facts.practice.state
        return self.book.asked(payer, code, on=self.on, known=self.known, state=state)

    def _finding(self, question: str, rule: Rule | None, facts: ReviewFacts) -> Finding | None:
        if rule is None:
            return Finding(question, "unsettled", unsettled(facts.payer, case="no content"), None)
        key = (question, id(rule.terms), facts is self.facts)
        if key not in self.answered:
            self.answered[key] = ASKS[question](facts, rule.terms, self.at)
        answer = self.answered[key]
        if answer is None:
            return None
        if answer.verdict == "not-met" and not answer.every_reading and not rule.source.may_deny:
            return Finding(question, "unsettled", replace(answer, verdict="unsettled", case=HEARSAY), rule)
        return Finding(question, answer.verdict, answer, rule)
