"""The code reference as values: what `cards/reference/` tells of each code, and the work of all G codes beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cds_service.billing.tables import Dated, Reporter

Use = Literal["never", "when", "usual"]
"""Of a modifier or a place of service: never with this code; only when the words say so; what is usual."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who may report the code. `classes` are the reporter classes; the rest is said in words."""

    classes: tuple[Reporter, ...]
    may: str
    may_not: str


@dataclass(frozen=True, slots=True)
class Modifier:
    """One modifier, or several that are told of together."""

    modifiers: tuple[str, ...]
    use: Use
    why: str


@dataclass(frozen=True, slots=True)
class Place:
    """One place of service, or several that are told of together."""

    places: tuple[str, ...]
    use: Use
    why: str


@dataclass(frozen=True, slots=True)
class Specialty:
    """A NUCC taxonomy code and why it is seen with the code; its name comes from `tables/reporters.csv`."""

    taxonomy: str
    why: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """An ICD-10-CM code as an example, in our own short words."""

    icd10: str
    says: str
    why: str


@dataclass(frozen=True, slots=True)
class Related:
    """Codes that are close, and how they relate."""

    codes: tuple[str, ...]
    how: str


@dataclass(frozen=True, slots=True)
class Faq:
    """What people ask, and the answer."""

    ask: str
    answer: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What one file tells: of one code, or of several that differ in little."""

    name: str
    codes: Mapping[str, str | None]
    """Code → what sets it apart from the others of the entry."""
    title: str
    group: str
    also_known_as: tuple[str, ...]
    plain: tuple[str, ...]
    example: str
    who: Who
    modifiers: tuple[Modifier, ...]
    places: tuple[Place, ...]
    specialties: tuple[Specialty, ...]
    diagnoses: tuple[Diagnosis, ...]
    related: tuple[Related, ...]
    faqs: tuple[Faq, ...]
    sources: tuple[str, ...]
    without: Mapping[str, str]
    """Section → why it holds nothing."""


@dataclass(frozen=True, slots=True)
class PageWords:
    """The words that are the same on every page of the reference."""

    groups: Mapping[str, str]
    """Group → its title, in the order of the list."""
    statuses: Mapping[str, str]
    """Status of the fee schedule → what it means."""
    classes: Mapping[str, str]
    """Reporter class → who that is."""
    about: str
    payment: str
    no_price: str
    not_payable: str
    gone: str
    ranking: str
    diagnoses: str
    payers: str
    silence: str
    """What is said of a payer of which nothing is known."""
    self_pay: str
    """What is said of a patient who pays, where no rule says more."""
    not_judged: str
    no_words: str


@dataclass(frozen=True, slots=True)
class WorkRow(Dated):
    """The work of a G code, and its status in the fee schedule; numbers of CMS."""

    code: str
    status: str
    work: Decimal


@dataclass(frozen=True, slots=True)
class Reference:
    """All entries, the words around them, and the work of all G codes."""

    entries: tuple[Entry, ...]
    page: PageWords
    work: tuple[WorkRow, ...]

    def entry(self, code: str) -> Entry | None:
        return next((e for e in self.entries if code in e.codes), None)
