"""Cells of a CSV file of CMS, found by the words of its header."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

_NUMBER = re.compile(r"\d{1,6}(\.\d{0,6})?|\.\d{1,6}", re.ASCII)


def number(text: str) -> Decimal | None:
    """Return a plain number, or None; CMS writes `.18`, `0.18` and `1` alike."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def find_columns(
    labels: Sequence[str], wanted: Mapping[str, str], where: str, problems: list[str]
) -> dict[str, int] | None:
    """Return where each wanted column stands, by its exact label; every one that is not there once is a problem."""
    found: dict[str, int] = {}
    for name, label in wanted.items():
        places = [i for i, written in enumerate(labels) if written.upper() == label]
        if len(places) == 1:
            found[name] = places[0]
        else:
            amount = "is not there" if not places else f"stands {len(places)} times"
            problems.append(f"{where}: the column '{label}' {amount}; expected it once, as CMS ships the file")
    return found if len(found) == len(wanted) else None
