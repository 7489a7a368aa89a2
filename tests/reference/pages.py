"""What the tests of the reference share: the content, and a page of a code as values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import cache

from cds_service.clients import DEFAULT
from cds_service.content import Content, load
from cds_service.present.reference import CodePage, code_page

TODAY = date(2026, 11, 21)
PRACTICE = DEFAULT.customs.practice


@cache
def content() -> Content:
    return load()


@cache
def codes() -> tuple[str, ...]:
    """Every code that has rules or a text."""
    loaded = content()
    return tuple(sorted({*loaded.book.codes, *(c for e in loaded.reference.entries for c in e.codes)}))


@cache
def page(
    code: str, on: date = TODAY, place: str = "NY-01", setting: str = "nonfacility", *, qp: bool = False
) -> CodePage:
    state, _, number = place.partition("-")
    practice = replace(
        PRACTICE,
        state=state,
        locality=number,
        setting="facility" if setting == "facility" else "nonfacility",
        qualifying_apm=qp,
    )
    loaded = content()
    found = code_page(code, loaded.book, loaded.words, loaded.reference, on=on, known=TODAY, practice=practice)
    assert found is not None
    return found
