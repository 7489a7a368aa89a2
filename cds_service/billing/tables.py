"""Dated tables as values: what `cards/tables/*.csv` says, ready to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from .facts import Kind

Reporter = Literal["E/M", "non-E/M", "none", "unknown"]


@dataclass(frozen=True, slots=True)
class Dated:
    """A row is in force from `start` through `until` (None: still), both dates of service."""

    start: date
    until: date | None

    def covers(self, on: date) -> bool:
        return self.start <= on and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class ServiceKindRow(Dated):
    """Codes `first` to `last` (of one length, compared as text) are services of this kind."""

    first: str
    last: str
    kind: Kind
    synchronous: bool


@dataclass(frozen=True, slots=True)
class GlobalDaysRow(Dated):
    """How many days after a procedure its payment covers; None where CMS leaves it open (YYY, MMM)."""

    code: str
    days: int | None


@dataclass(frozen=True, slots=True)
class ReporterRow(Dated):
    """A NUCC taxonomy or an HL7 v2-0360 degree and the class of its holder: E/M, non-E/M, none or unknown."""

    system: str
    code: str
    display: str
    reporter: Reporter


@dataclass(frozen=True, slots=True)
class PayerNameRow(Dated):
    """How a Coverage names a payer. `where` is `type` (a code), or `name` (words found in a name, case ignored).

    It may tell the `line` of business, the carrier as `payer`, the `funding`, or several. Rows are tried in order; the
    first row that fits gives each part.
    """

    where: Literal["type", "name"]
    system: str | None
    match: str
    line: Literal["medicare", "medicare-advantage", "medicaid", "self-pay", "commercial"] | None
    payer: str | None
    funding: Literal["self-insured", "insured"] | None


@dataclass(frozen=True, slots=True)
class PriceRow(Dated):
    """Relative value units of a code; numbers of CMS.

    In a setting that CMS marks `na` the service is rarely or never done: numbers stand there, and are no price. With a
    `modifier` (26, TC, 53) they are those of a part of the service.
    """

    code: str
    status: str
    work: Decimal
    nonfacility_pe: Decimal
    facility_pe: Decimal
    malpractice: Decimal
    modifier: str | None = None
    na: Literal["nonfacility", "facility", "both"] | None = None


@dataclass(frozen=True, slots=True)
class LocalityRow(Dated):
    """Geographic practice cost indices of a Medicare locality, and the contractor (MAC) that serves it."""

    state: str
    locality: str
    name: str
    work: Decimal
    practice_expense: Decimal
    malpractice: Decimal
    carrier: str | None = None


@dataclass(frozen=True, slots=True)
class ZipRow(Dated):
    """Where CMS prices the services of a ZIP code; with `plus_four` its last four digits may tell another place."""

    zip: str
    state: str
    carrier: str
    locality: str
    plus_four: bool


@dataclass(frozen=True, slots=True)
class ConversionRow(Dated):
    """Dollars per relative value unit, for those in a qualifying alternative payment model or not."""

    qualifying_apm: bool
    factor: Decimal


@dataclass(frozen=True, slots=True)
class PhraseRow(Dated):
    """Words looked for in a record's text, case ignored, and what they are about."""

    about: Literal[
        "inadequate images", "consent to service", "consent to cost", "secure channel", "consumer app", "time entry"
    ]
    phrase: str


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables. `kind_of` and the like answer for a date of service; None where no row speaks."""

    service_kinds: tuple[ServiceKindRow, ...] = ()
    global_days: Mapping[str, tuple[GlobalDaysRow, ...]] = field(default_factory=dict)
    reporters: Mapping[tuple[str, str], tuple[ReporterRow, ...]] = field(default_factory=dict)
    payer_names: tuple[PayerNameRow, ...] = ()
    prices: Mapping[str, tuple[PriceRow, ...]] = field(default_factory=dict)
    """Of whole services."""
    part_prices: Mapping[tuple[str, str], tuple[PriceRow, ...]] = field(default_factory=dict)
    """Of parts, by code and modifier."""
    localities: Mapping[tuple[str, str], tuple[LocalityRow, ...]] = field(default_factory=dict)
    zips: Mapping[str, tuple[ZipRow, ...]] = field(default_factory=dict)
    conversions: tuple[ConversionRow, ...] = ()
    inadequate_phrases: tuple[str, ...] = ()
    consent_service_phrases: tuple[str, ...] = ()
    consent_cost_phrases: tuple[str, ...] = ()
    secure_channels: tuple[str, ...] = ()
    consumer_apps: tuple[str, ...] = ()
    time_entries: tuple[str, ...] = ()
    check_ins: frozenset[str] = frozenset()
    """The codes of the pattern of live calls."""

    def service_kind(self, code: str, on: date) -> ServiceKindRow | None:
        for row in self.service_kinds:
            if len(code) == len(row.first) and row.first <= code <= row.last and row.covers(on):
                return row
        return None

    def global_days_of(self, code: str, on: date) -> int | None:
        for row in self.global_days.get(code, ()):
            if row.covers(on):
                return row.days
        return None

    def price(self, code: str, on: date, modifier: str | None = None) -> PriceRow | None:
        """Return the relative values of a whole service, or of the part that the modifier names."""
        rows = self.part_prices.get((code, modifier), ()) if modifier else self.prices.get(code, ())
        return next((row for row in rows if row.covers(on)), None)

    def reporter(self, system: str, code: str, on: date) -> Reporter | None:
        """Return the class of a code; a row whose code ends in `*` speaks for all that begin so, the longest first."""
        named = (code, *(f"{code[:length]}*" for length in range(len(code) - 1, 1, -1)))
        for name in named:
            for row in self.reporters.get((system, name), ()):
                if row.covers(on):
                    return row.reporter
        return None
