"""The words in free text that decide something when it is read: those that the readers look for, and no others.

Each kind of text is searched as its reader searches it, so that what was found in the original is found in what is
left of it, and nothing else is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from cds_service.billing.tables import Tables
from cds_service.fhir.fields.coverage import plain, wanted_words
from cds_service.fhir.fields.images import ASKING
from cds_service.fhir.fields.licences import LICENCE
from cds_service.fhir.fields.replies import AUTOMATIC
from cds_service.fhir.fields.states import state_in, state_of

About = Literal[
    "nothing",
    "consent",
    "scope",
    "images",
    "channel",
    "topic",
    "medium",
    "time",
    "note",
    "payer",
    "licence",
    "state",
    "board",
]
"""What a text is read for."""

_NOT_A_LETTER = re.compile(r"[\s-]")


@dataclass(frozen=True, slots=True)
class Phrases:
    """What each kind of text is searched for, by the tables of the content and by the readers' own words."""

    tables: Tables

    def said(self, about: About, *texts: str | None) -> str | None:
        """Return what these texts say that decides something, or None."""
        search = _SEARCHES.get(about)
        found = [phrase for told in texts if told and search for phrase in search(self.tables, told)]
        longest = [p for p in dict.fromkeys(found) if not any(p != other and p in other for other in found)]
        return "; ".join(longest) or None


def _within(told: str, phrases: Iterable[str]) -> list[str]:
    return [phrase for phrase in phrases if phrase in told]


def _spaced(told: str) -> str:
    return " ".join(told.lower().split())


def _consent(tables: Tables, told: str) -> list[str]:
    return _within(_spaced(told), (*tables.consent_cost_phrases, *tables.consent_service_phrases))


def _images(tables: Tables, told: str) -> list[str]:
    return _within(_spaced(told), tables.inadequate_phrases)


def _channel(tables: Tables, told: str) -> list[str]:
    return _within(told.lower(), (*tables.consumer_apps, *tables.secure_channels))


def _topic(tables: Tables, told: str) -> list[str]:
    """Say what a message is about: an automatic answer, or a wish for other images."""
    asking = _within(told.lower(), (*ASKING, *tables.inadequate_phrases))
    return asking + (["automatic"] if AUTOMATIC.search(told) else [])


def _category(tables: Tables, told: str) -> list[str]:
    return _topic(tables, told) + _channel(tables, told)


def _medium(tables: Tables, told: str) -> list[str]:
    voicemail = "voicemail" in _NOT_A_LETTER.sub("", told.lower())
    return _channel(tables, told) + (["voicemail"] if voicemail else [])


def _payer(tables: Tables, told: str) -> list[str]:
    name = f" {plain(told)}  "
    return [row.match for row in tables.payer_names if row.where == "name" and wanted_words(row.match) in name]


def _board(_tables: Tables, told: str) -> list[str]:
    state = state_in(told)
    return [f"Licensing board {state}"] if state else []


def _state(_tables: Tables, told: str) -> list[str]:
    state = state_of(told)
    return [state] if state else []


_SEARCHES: dict[About, Callable[[Tables, str], list[str]]] = {
    "consent": _consent,
    "scope": lambda _tables, told: _within(told.lower(), ("treatment",)),
    "images": _images,
    "channel": _category,
    "topic": _topic,
    "medium": _medium,
    "time": lambda tables, told: _within(told.lower(), tables.time_entries),
    "note": lambda _tables, told: _within(told.lower(), ("consent",)),
    "payer": _payer,
    "licence": lambda _tables, told: ["licence"] if LICENCE.search(told) else [],
    "state": _state,
    "board": _board,
}
