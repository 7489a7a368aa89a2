"""The states of the US by USPS letters and by name."""

from __future__ import annotations

import re

_NAMES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS",
    "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA",
    "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM",
    "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK",
    "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD",
    "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA", "washington": "WA",
    "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "puerto rico": "PR", "guam": "GU",
    "american samoa": "AS", "northern mariana islands": "MP", "virgin islands": "VI",
}  # fmt: skip
_LONGEST_NAME = 200
_LETTERS = frozenset(_NAMES.values())
_WORD = re.compile("|".join(rf"\b{name}\b" for name in sorted(_NAMES, key=len, reverse=True)), re.IGNORECASE)
_EDGE = re.compile(r"^([A-Z]{2})\b|\b([A-Z]{2})$")


def state_of(told: str) -> str | None:
    """Return the USPS letters of a state written as letters (`NY`, `US-NY`) or by its name."""
    told = " ".join(told.split())
    letters = told.upper().removeprefix("US-")
    return letters if letters in _LETTERS else _NAMES.get(told.lower())


def state_in(name: str) -> str | None:
    """Return the state that the name of a board or a department holds: `New York State Education Department`."""
    name = name[:_LONGEST_NAME]
    named = _WORD.search(name)
    if named:
        return _NAMES[named.group().lower()]
    if name.isupper() and name not in _LETTERS:  # OR, IN, ME and OK are words there
        return None
    letters = {found for edge in _EDGE.finditer(name) for found in edge.groups() if found in _LETTERS}
    return letters.pop() if len(letters) == 1 else None
