"""What Medicare allows for a code: relative value units × geographic indices × conversion factor.

Before the reductions for other clinicians than physicians, and before sequestration and coinsurance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from .practice import Practice
from .tables import Tables

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Payment:
    """An allowed amount in dollars, exact to the cent, and what it was worked out from."""

    setting: str
    rvu: Decimal
    amount: Decimal
    locality: str
    year: int


def payment(code: str, on: date, practice: Practice, tables: Tables) -> Payment | None:
    """Return the allowed amount of a date of service, or None where no fee schedule of that date is loaded."""
    price = next((r for r in tables.prices.get(code, ()) if r.covers(on)), None)
    place = next((r for r in tables.localities.get((practice.state, practice.locality), ()) if r.covers(on)), None)
    factor = next((r for r in tables.conversions if r.covers(on) and r.qualifying_apm == practice.qualifying_apm), None)
    if price is None or place is None or factor is None:
        return None
    expense = price.facility_pe if practice.setting == "facility" else price.nonfacility_pe
    adjusted = price.work * place.work + expense * place.practice_expense + price.malpractice * place.malpractice
    return Payment(
        setting=practice.setting,
        rvu=price.work + expense + price.malpractice,
        amount=(adjusted * factor.factor).quantize(CENT, ROUND_HALF_UP),
        locality=f"{place.state} {place.locality}",
        year=on.year,
    )
