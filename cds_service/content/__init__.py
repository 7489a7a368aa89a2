"""`cards/` as a rulebook and words, loaded once at the start, or the house does not open.

Every mistake is collected, so that whoever edits the folder sees all of them at once, each with file, line and what was
expected.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from cds_service.billing.rulebook import RuleBook
from cds_service.errors import ContentError
from cds_service.prose import Reference
from cds_service.words import Words

from .reference import load_reference
from .rules import lay_over, load_rules
from .sayings import check_words, load_words
from .tables import load_tables


@dataclass(frozen=True, slots=True)
class Content:
    """What the folder holds."""

    book: RuleBook
    words: Words
    reference: Reference


__all__ = ["Content", "installed", "lay_over", "load"]


def installed() -> Path:
    """Return the folder `cards/` that came with the program."""
    return Path(str(files("cards")))


def load(folder: Path | None = None) -> Content:
    """Load the installed `cards/`, or another folder of the same shape. Raises ContentError with every problem."""
    root = folder or installed()
    problems: list[str] = []
    tables = load_tables(root, problems)
    book = load_rules(root, tables, problems)
    words = load_words(root, problems)
    if book and words:
        check_words(book, words, problems)
    reference = load_reference(root, book, problems)
    if problems or book is None or words is None or reference is None:
        raise ContentError(problems)
    return Content(book, words, reference)
