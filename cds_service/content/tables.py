"""`cards/tables/*.csv` as the tables of the rulebook."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from pathlib import Path
from typing import TypeVar

from cds_service.billing.tables import (
    ConversionRow,
    Dated,
    GlobalDaysRow,
    LocalityRow,
    PayerNameRow,
    PhraseRow,
    PriceRow,
    ReporterRow,
    ServiceKindRow,
    Tables,
    ZipRow,
)

from .csv_table import read_table

R = TypeVar("R", bound=Dated)
K = TypeVar("K", bound=Hashable)

IMPORTED = "zip_localities"
"""The table that is there only once a file of CMS was imported; without it no ZIP code is known."""


def load_tables(root: Path, problems: list[str]) -> Tables:
    """Load all tables; every wrong row adds its problem."""

    def rows(name: str, row: type[R]) -> tuple[R, ...]:
        return read_table(root / "tables" / f"{name}.csv", row, problems)

    phrases = rows("phrases", PhraseRow)
    prices = rows("prices", PriceRow)
    return Tables(
        service_kinds=rows("service_kinds", ServiceKindRow),
        global_days=_by(rows("global_days", GlobalDaysRow), lambda r: r.code),
        reporters=_by(rows("reporters", ReporterRow), lambda r: (r.system, r.code)),
        payer_names=rows("payer_names", PayerNameRow),
        prices=_by((r for r in prices if not r.modifier), lambda r: r.code),
        part_prices=_by((r for r in prices if r.modifier), lambda r: (r.code, r.modifier or "")),
        localities=_by(rows("localities", LocalityRow), lambda r: (r.state, r.locality)),
        zips=_by(rows(IMPORTED, ZipRow) if (root / "tables" / f"{IMPORTED}.csv").is_file() else (), lambda r: r.zip),
        conversions=rows("conversion_factors", ConversionRow),
        inadequate_phrases=_phrases(phrases, "inadequate images"),
        consent_service_phrases=_phrases(phrases, "consent to service"),
        consent_cost_phrases=_phrases(phrases, "consent to cost"),
        secure_channels=_phrases(phrases, "secure channel"),
        consumer_apps=_phrases(phrases, "consumer app"),
        time_entries=_phrases(phrases, "time entry"),
    )


def _by(rows: Iterable[R], key: Callable[[R], K]) -> dict[K, tuple[R, ...]]:
    grouped: dict[K, list[R]] = defaultdict(list)
    for row in rows:
        grouped[key(row)].append(row)
    return {k: tuple(v) for k, v in grouped.items()}


def _phrases(rows: Iterable[PhraseRow], about: str) -> tuple[str, ...]:
    return tuple(row.phrase.lower() for row in rows if row.about == about)
