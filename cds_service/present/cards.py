"""An assessment as CDS Hooks cards: the code card, the gap card, or silence where all is charged and complete."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from cds_service.billing.assessment import Assessment, Candidate, Finding, WrongCharge
from cds_service.billing.facts import ReviewFacts
from cds_service.words import Indicator, Word, Words

from .answer import answer_json
from .suggestions import EXTENSION, NewId, charge_suggestion, gap_suggestion, reply_suggestion
from .text import markdown, plain, say, summary, when

Card = dict[str, object]

OVERRIDE_REASONS = "https://signoff-cds.org/fhir/CodeSystem/override-reason"
TOPICS = "https://signoff-cds.org/fhir/CodeSystem/topic"
_ALWAYS_OFFERED = ("disagree", "not-now")
_SETTLED_OR_BILLABLE = frozenset({"billable", "billed"})


def new_id() -> str:
    """Return a random UUID."""
    return str(uuid4())


def cards(
    assessment: Assessment,
    facts: ReviewFacts,
    words: Words,
    public_url: str,
    *,
    quiet_holds: bool = False,
    ids: NewId = new_id,
) -> list[Card]:
    """Return at most two cards; none where there is nothing to do."""
    if not assessment.is_review:
        return []
    shown: list[Card] = []
    voice = _Voice(assessment, facts, words, public_url, ids)
    if not _goes_without_saying(assessment, quiet_holds=quiet_holds):
        shown.append(voice.code_card())
    if assessment.best is not None and assessment.best.gaps:
        shown.append(voice.gap_card(assessment.best))
    return shown


def not_reviewed(words: Words, public_url: str, key: str | None, ids: NewId = new_id) -> Card:
    """Return the card for a review that could not be read: no card would mean that all is well."""
    where = f" {markdown(key)}: no resource was sent." if key else ""
    return {
        "uuid": ids(),
        "summary": words.card.not_reviewed_summary,
        "indicator": "warning",
        "detail": words.card.not_reviewed_detail + where,
        "source": _source(words, public_url, None),
    }


def _goes_without_saying(assessment: Assessment, *, quiet_holds: bool) -> bool:
    """Whether the code card has nothing to say: all is charged rightly, or it only waits and waiting is to be quiet."""
    best = assessment.best
    if best is None or assessment.wrong_charges:
        return False
    if best.outcome == "hold" and quiet_holds:
        return not best.gaps
    right = [c for c in assessment.charged if c.code == best.code]
    charged = any(c.settled or c.status in _SETTLED_OR_BILLABLE for c in right)
    return best.outcome == "reportable" and charged


def _source(words: Words, public_url: str, edition: str | None) -> dict[str, object]:
    return {
        "label": words.card.source_label.format_map({"edition": edition}) if edition else "Signoff",
        "url": f"{public_url}/codes",
        "topic": {"system": TOPICS, "code": "image-review", "display": words.card.topic_display},
    }


class _Voice:
    """Says one assessment in the words of the content."""

    def __init__(self, assessment: Assessment, facts: ReviewFacts, words: Words, public_url: str, ids: NewId) -> None:
        self.assessment, self.facts, self.words = assessment, facts, words
        self.public_url, self.ids = public_url, ids

    def code_card(self) -> Card:
        """Return the card that names the code, the outcome and why."""
        shown = self.assessment.best or _nearest(self.assessment)
        deciding = _deciding(shown) if shown else []
        card: Card = {
            "uuid": self.ids(),
            "summary": self._summary(shown, deciding),
            "indicator": self._indicator(deciding),
            "detail": self._detail(shown, deciding),
            "source": _source(self.words, self.public_url, self.assessment.edition),
        }
        charge = charge_suggestion(self.assessment, self.facts, self.words, self.ids)
        reply = reply_suggestion(self.assessment, self.facts, self.words, self.ids)
        suggestions = [s for s in (charge, reply) if s is not None]
        if suggestions:
            card["suggestions"] = suggestions
            card["selectionBehavior"] = "any"
        card["overrideReasons"] = self._override_reasons(deciding)
        card["extension"] = {f"{EXTENSION}.assessment": answer_json(self.assessment, self.facts, self.words)}
        return card

    def gap_card(self, best: Candidate) -> Card:
        """Return the card of what is missing, each gap with what would close it."""
        gaps, values = best.gaps, self._values(best, None)
        one = self._word(gaps[0]).summary if len(gaps) == 1 else None
        template = one or (self.words.card.gap_summary if len(gaps) == 1 else self.words.card.gaps_summary)
        lines = [f"**{self.words.card.gaps_title}**", ""]
        for gap in gaps:
            word = self._word(gap)
            lines.append(f"- **{self._title(gap)}**: {self._says(gap, best)}. {word.fix or ''}".rstrip())
        return {
            "uuid": self.ids(),
            "summary": summary(template, {**values, "count": str(len(gaps))}),
            "indicator": "warning" if any(g.stops for g in gaps) else "info",
            "detail": "\n".join(lines),
            "source": _source(self.words, self.public_url, self.assessment.edition),
            "suggestions": [gap_suggestion(g, self.facts, self.words, self.public_url, self.ids) for g in gaps],
            "selectionBehavior": "any",
            "overrideReasons": self._override_reasons(list(gaps)),
        }

    def _summary(self, shown: Candidate | None, deciding: list[Finding]) -> str:
        general = self.words.card.summaries[self.assessment.outcome]
        if shown is None:
            return summary(general, self._values(None, None))
        first = deciding[0] if deciding else None
        special = self._word(first).summary if first and self.assessment.outcome != "incomplete" else None
        wrong = ", ".join(dict.fromkeys(plain(w.charge.code, 10) for w in self.assessment.wrong_charges[:2]))
        before = f"{say(self.words.card.wrong_first, {'wrong': wrong})} " if wrong and self.assessment.best else ""
        return summary(before + (special or general), self._values(shown, first))

    def _indicator(self, deciding: list[Finding]) -> Indicator:
        if self.assessment.wrong_charges or any(self._word(f).indicator == "warning" for f in deciding):
            return "warning"
        return "info"

    def _detail(self, shown: Candidate | None, deciding: list[Finding]) -> str:
        paragraphs = [self._wrong(w) for w in self.assessment.wrong_charges]
        if shown is not None:
            paragraphs.append("\n".join([f"**{self.words.card.why}**", "", *self._reasons(shown, deciding)]))
        charged = {c.code for c in self.assessment.charged}
        others = [c for c in self.assessment.candidates if c is not shown and (c.fits or c.code in charged)]
        if others:
            paragraphs.append("\n".join([f"**{self.words.card.considered}**", "", *map(self._lost, others)]))
        if self.assessment.best is not None:
            modifiers = ", ".join(self.assessment.modifiers) or "none"
            place = {"place": markdown(self.facts.practice.place_of_service), "modifiers": modifiers}
            paragraphs.append(say(self.words.card.place, place))
        if self.assessment.on > self.assessment.reviewed_until:
            paragraphs.append(say(self.words.card.stale, {"date": self.assessment.reviewed_until.isoformat()}))
        return "\n\n".join(paragraphs)

    def _reasons(self, shown: Candidate, deciding: list[Finding]) -> list[str]:
        """Return a line for each finding that decides or cautions, with its evidence; the rest in one line."""
        told = [*deciding, *(f for f in shown.findings if f not in deciding and (f.answer.case or f.verdict != "met"))]
        lines = [f"- **{self._title(f)}**: {self._says(f, shown)}{self._evidence(f)}" for f in told]
        met = [self._title(f).lower() for f in shown.findings if f not in told]
        return [*lines, f"- Met: {', '.join(met)}."] if met else lines

    def _evidence(self, finding: Finding) -> str:
        seen = ", ".join(markdown(f"{a.resource} {a.path}".strip()) for a in finding.answer.because[:4])
        cite = markdown(finding.under.source.cite, 300) if finding.under else ""
        own = self.words.card.own_rule if finding.under and finding.under.own else ""
        told = "; ".join(part for part in (seen, own, cite) if part)
        return f" ({told})" if told else ""

    def _lost(self, other: Candidate) -> str:
        deciding = _deciding(other)
        why = self._says(deciding[0], other) if deciding else "another code comes first"
        return f"- {other.code}: {other.outcome}; {why}"

    def _wrong(self, wrong: WrongCharge) -> str:
        values = {"wrong": markdown(wrong.charge.code), "payer": self._payer()}
        line = say(self.words.card.wrong_charge[wrong.because], values)
        if wrong.instead:
            line += " " + say(self.words.card.instead, {"instead": " or ".join(markdown(c) for c in wrong.instead)})
        return f"{line} {say(self.words.card.settled_charge, values)}" if wrong.charge.settled else line

    def _override_reasons(self, findings: list[Finding]) -> list[dict[str, str]]:
        codes = dict.fromkeys([c for f in findings for c in self._word(f).overrides] + list(_ALWAYS_OFFERED))
        return [{"system": OVERRIDE_REASONS, "code": c, "display": self.words.override_reasons[c]} for c in codes]

    def _word(self, finding: Finding) -> Word:
        return self.words.questions[finding.question].word(finding.verdict, finding.answer.case)

    def _title(self, finding: Finding) -> str:
        return self.words.questions[finding.question].title

    def _says(self, finding: Finding, candidate: Candidate) -> str:
        return say(self._word(finding).says, self._values(candidate, finding))

    def _values(self, candidate: Candidate | None, finding: Finding | None) -> Mapping[str, str]:
        until = finding.answer.until if finding and finding.answer.until else candidate and candidate.recheck_at
        return {
            "code": candidate.code if candidate else "",
            "payer": self._payer(),
            "until": when(until, self.facts.practice) if until else "",
        }

    def _payer(self) -> str:
        return self.words.payers.get(self.assessment.payer, plain(self.assessment.payer))


def _deciding(candidate: Candidate) -> list[Finding]:
    """Return the findings that make the outcome what it is, in reading order; the longest wait first."""
    verdicts = {"not-reportable": "not-met", "unsettled": "unsettled", "incomplete": "missing", "hold": "wait"}
    verdict = verdicts.get(candidate.outcome)
    found = [f for f in candidate.findings if f.stops and f.verdict == verdict]
    return sorted(found, key=lambda f: f.answer.until != candidate.recheck_at)


def _nearest(assessment: Assessment) -> Candidate | None:
    """Return the code that came furthest before it was denied: the one whose refusal tells the reader most."""
    fitting = [c for c in assessment.candidates if c.fits]
    return max(fitting or assessment.candidates, key=_reached, default=None)


def _reached(candidate: Candidate) -> int:
    denied = (n for n, f in enumerate(candidate.findings) if f.verdict == "not-met" and f.stops)
    return next(denied, len(candidate.findings))
