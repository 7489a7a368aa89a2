"""One review through the pure rooms: read, assess, present. Every door calls this and nothing else."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cds_service.billing.assess import assess
from cds_service.billing.assessment import Assessment
from cds_service.billing.facts import ReviewFacts
from cds_service.billing.rulebook import RuleBook
from cds_service.content import lay_over, load
from cds_service.fhir.customs import Customs
from cds_service.fhir.gathered import Gathered
from cds_service.fhir.read import read_review
from cds_service.present.cards import Card, cards, not_reviewed
from cds_service.words import Words

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class House:
    """What is loaded once at the start: the rules, and the words to say them in."""

    book: RuleBook
    words: Words
    public_url: str

    def laid_over(self, payers: Path | None) -> House:
        """Return the house with a practice's own payer content over ours, or itself where there is none."""
        return replace(self, book=lay_over(self.book, payers)) if payers else self


def open_house(public_url: str) -> House:
    """Load the installed content. Raises ContentError with every mistake in it."""
    content = load()
    return House(content.book, content.words, public_url)


@dataclass(frozen=True, slots=True)
class Answered:
    """The cards, and what they were made from; both None where the review could not be read."""

    cards: list[Card]
    assessment: Assessment | None = None
    facts: ReviewFacts | None = None


def answer(
    gathered: Gathered, house: House, customs: Customs, *, at: datetime, live: bool, quiet_holds: bool = False
) -> Answered:
    """Answer one review at one moment. `live`: gathered at this very moment, not a replay of an old record.

    Never raises: whatever goes wrong inside becomes a *not reviewed* card, for silence would mean that all is well.
    """
    if gathered.unreadable is not None:
        return Answered([not_reviewed(house.words, house.public_url, gathered.unreadable)])
    try:
        facts = read_review(gathered, tables=house.book.tables, customs=customs, gathered_at=at if live else None)
        assessment = assess(facts, house.book, at=at)
        shown = cards(assessment, facts, house.words, house.public_url, quiet_holds=quiet_holds)
    except Exception as error:  # noqa: BLE001 - the last wall: a bug must not look like a clean chart
        log.error("review failed", extra={"error": type(error).__name__, "where": _where(error)})  # noqa: TRY400 - its text may hold a patient's value
        return Answered([not_reviewed(house.words, house.public_url, None)])
    return Answered(shown, assessment, facts)


def _where(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"
