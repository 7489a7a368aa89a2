"""The words of the answer, as `cards/` gives them: per question and verdict, and for the card as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Indicator = Literal["info", "warning"]


@dataclass(frozen=True, slots=True)
class Word:
    """What is said of a verdict. `says` goes into the reasons, `fix` tells what would close the gap or settle it.

    `summary` is the card's one line when this finding decides it. `{code}`, `{payer}` and `{until}` are filled in.
    """

    says: str
    summary: str | None = None
    fix: str | None = None
    indicator: Indicator = "info"
    overrides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """A question's title, its wording, its word for each verdict, and the words of particular cases."""

    title: str
    asks: str
    verdicts: Mapping[str, Word]
    cases: Mapping[str, Word]

    def word(self, verdict: str, case: str | None) -> Word:
        """Return the verdict's word; what a particular case says takes its place member by member."""
        word = self.verdicts[verdict]
        special = self.cases.get(case) if case else None
        if special is None:
            return word
        return Word(
            special.says,
            special.summary or word.summary,
            special.fix or word.fix,
            word.indicator,
            special.overrides or word.overrides,
        )


@dataclass(frozen=True, slots=True)
class CardWords:
    """The fixed words of the cards."""

    source_label: str
    topic_display: str
    summaries: Mapping[str, str]
    """By outcome."""
    gap_summary: str
    gaps_summary: str
    not_reviewed_summary: str
    not_reviewed_detail: str
    charge_labels: Mapping[str, str]
    """By what the suggestion does: `billable`, `planned`, `replace`, `release`."""
    wrong_charge: Mapping[str, str]
    """By why a charge is wrong."""
    settled_charge: str
    wrong_first: str
    """Put before the summary of a card that names a wrong charge."""
    instead: str
    """Put behind a wrong charge for which the content names another code."""
    own_rule: str
    why: str
    considered: str
    gaps_title: str
    stale: str
    place: str
    form: str
    """The labels of suggestions: open the attestation form, draft the reply, note a task."""
    reply: str
    task: str


@dataclass(frozen=True, slots=True)
class Words:
    """All words."""

    questions: Mapping[str, QuestionWords]
    card: CardWords
    override_reasons: Mapping[str, str]
    """Code → display."""
    payers: Mapping[str, str]
    """Payer → how we call it."""
