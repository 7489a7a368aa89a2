"""What Medicare allows for a code: relative value units × geographic indices × conversion factor.

Before the reductions for other clinicians than physicians, and before sequestration and coinsurance. Where the fee
schedule of a date is not loaded there is no price: one is never carried over from another year.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from .practice import Practice
from .tables import LocalityRow, Tables

CENT = Decimal("0.01")

PAID = frozenset({"A", "R", "T"})
"""The status codes that Medicare pays by relative values: active, of restricted coverage, paid if nothing else is."""


@dataclass(frozen=True, slots=True)
class Payment:
    """An allowed amount in dollars, exact to the cent, and what it was worked out from."""

    setting: str
    rvu: Decimal
    amount: Decimal
    locality: str
    year: int


@dataclass(frozen=True, slots=True)
class Place:
    """A Medicare locality by a ZIP code; not `certain` where CMS decides by the ZIP's last four digits."""

    locality: LocalityRow
    certain: bool


def payment(code: str, on: date, practice: Practice, tables: Tables) -> Payment | None:
    """Return the allowed amount of a date of service.

    None where no fee schedule of that date is loaded, where Medicare does not pay the code by relative values (another
    status, or values left to the contractor), and where CMS says that it is not done in the practice's setting.
    """
    price = tables.price(code, on)
    place = next((r for r in tables.localities.get((practice.state, practice.locality), ()) if r.covers(on)), None)
    factor = next((r for r in tables.conversions if r.covers(on) and r.qualifying_apm == practice.qualifying_apm), None)
    if price is None or place is None or factor is None or price.status not in PAID:
        return None
    if price.na in {practice.setting, "both"}:
        return None
    expense = price.facility_pe if practice.setting == "facility" else price.nonfacility_pe
    rvu = price.work + expense + price.malpractice
    if not rvu:
        return None
    adjusted = price.work * place.work + expense * place.practice_expense + price.malpractice * place.malpractice
    return Payment(
        setting=practice.setting,
        rvu=rvu,
        amount=(adjusted * factor.factor).quantize(CENT, ROUND_HALF_UP),
        locality=f"{place.state} {place.locality}",
        year=on.year,
    )


def locality_of(zip_code: str, on: date, tables: Tables) -> Place | None:
    """Return the locality of a five-digit ZIP code; None where it is not known, or lies in two states.

    The contractor and its number name a locality; the state does not: the suburbs of Washington, DC, in Maryland are of
    the locality of DC, while Maryland has one of the same number.
    """
    here = [row for row in tables.zips.get(zip_code, ()) if row.covers(on)]
    if len({(row.carrier, row.locality) for row in here}) != 1:
        return None
    for rows in tables.localities.values():
        for row in rows:
            if (row.carrier, row.locality) == (here[0].carrier, here[0].locality) and row.covers(on):
                return Place(row, certain=not any(z.plus_four for z in here))
    return None
