"""A pile of resources, indexed once: by type, by reference, by fullUrl; of one patient only.

Two resources of one type and id are one: a draft overrides what is saved, the newer `meta.lastUpdated` the older, a
direct read a search. Everything is kept in the order of its name, so that no answer depends on the order of entries.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from cds_service.billing.facts import Address, Look
from cds_service.billing.moment import EVER

from .loose import NOTHING, Json, many, one, text
from .moments import moment
from .systems import system

SEARCHED, READ, DRAFT = range(3)
"""How an entry came to us; a higher rank overrides a lower."""

_UTC = ZoneInfo("UTC")
_OF_PATIENT = ("subject", "patient", "beneficiary")
_IDENTIFIABLE = {"Patient", "Practitioner", "PractitionerRole", "RelatedPerson", "Organization", "Coverage"}


@dataclass(slots=True, eq=False)
class Entry:
    """A resource as it came: its type, its JSON, its fullUrl, and its rank."""

    kind: str
    body: Json
    full_url: str | None = None
    rank: int = SEARCHED


@dataclass(slots=True, eq=False, repr=False)
class Resource:
    """One resource: its type, its name (`Communication/c1`, or empty), its JSON, and whether it is not yet saved."""

    type: str
    name: str
    body: Json
    draft: bool = False

    def at(self, path: str = "") -> Address:
        """Return the address of a path in it."""
        return Address(self.name or (f"draft {self.type}" if self.draft else self.type), path)


@dataclass(slots=True, eq=False, repr=False)
class Resources:
    """All resources of one patient, and how far back each search is whole."""

    _named: dict[str, Resource] = field(default_factory=dict)
    _typed: dict[str, list[Resource]] = field(default_factory=dict)
    _urls: dict[str, str] = field(default_factory=dict)
    _identified: dict[tuple[str | None, str], str] | None = None
    _looks: Mapping[str, Look] = field(default_factory=dict)

    @classmethod
    def of_patient(cls, patient: str, entries: Iterable[Entry], looks: Mapping[str, Look]) -> Resources:
        """Index the entries of this patient (an id) and those that name no patient; drop those of another."""
        pile = cls(_looks=looks)
        ours = f"Patient/{patient}"
        best: dict[str, Entry] = {}
        nameless: list[Entry] = []
        for entry, name in [(entry, pile._enter(entry)) for entry in entries]:
            if pile._is_of_another(entry, name, ours):
                continue
            if not name:
                nameless.append(entry)
            elif name not in best or _overrides(entry, best[name]):
                best[name] = entry
        for name, entry in sorted(best.items()):
            pile._keep(entry, name)
        for entry in sorted(nameless, key=_spelling) if len(nameless) > 1 else nameless:
            pile._keep(entry, "")
        return pile

    def _enter(self, entry: Entry) -> str:
        """Return the entry's name, and remember its fullUrl by it."""
        own = text(entry.body, "id")
        name = f"{entry.kind}/{own}" if own else ""
        if entry.full_url:
            if name:
                self._urls[entry.full_url] = name
            elif entry.full_url.startswith("urn:"):
                name = entry.full_url
        return name

    def _keep(self, entry: Entry, name: str) -> None:
        resource = Resource(entry.kind, name, entry.body, entry.rank == DRAFT)
        if name:
            self._named[name] = resource
        self._typed.setdefault(entry.kind, []).append(resource)

    def _is_of_another(self, entry: Entry, name: str, ours: str) -> bool:
        if entry.kind == "Patient":
            return name.startswith("Patient/") and name != ours
        body = entry.body
        subject = body.get("subject")
        if isinstance(subject, dict) and subject.get("reference") == ours:
            return False
        references = [r for member in _OF_PATIENT if member in body for r in many(body, member)]
        if entry.kind == "Appointment":
            references += [one(p, "actor") for p in many(body, "participant")]
        named = [n for r in references if (n := self.name(r)) is not None and n.startswith("Patient/")]
        return bool(named) and ours not in named

    def of(self, kind: str) -> list[Resource]:
        """Return all resources of this type, in the order of their names."""
        return self._typed.get(kind, [])

    def find(self, name: str | None) -> Resource | None:
        """Return the resource of this name."""
        return self._named.get(name) if name else None

    def look(self, search: str) -> Look:
        """Return how far back the search is whole."""
        return self._looks.get(search) or Look((Address(search),))

    def name(self, reference: Json, within: Resource | None = None) -> str | None:
        """Return the one name (`Practitioner/p1`) for all ways to refer to a resource; contained: `Claim/c1#x`."""
        told = reference.get("reference")
        if isinstance(told, str):
            return told if told in self._named else self._spelled_out(told.strip(), reference, within)
        return self._by_identifier(one(reference, "identifier")) if "identifier" in reference else None

    def _spelled_out(self, told: str, reference: Json, within: Resource | None) -> str | None:
        if told.startswith("#"):
            if within is None:
                return None
            return within.name + told if told != "#" else within.name
        if told in self._urls:
            return self._urls[told]
        if told.count("/") == 1:
            return told
        told = told.partition("/_history/")[0]
        head, _, last = told.rpartition("/")
        if head:
            return f"{head.rpartition('/')[2]}/{last}"
        kind = text(reference, "type")
        return told or None if told.startswith("urn:") or kind is None else f"{kind}/{told}"

    def _by_identifier(self, identifier: Json) -> str | None:
        value = text(identifier, "value")
        if value is None:
            return None
        if self._identified is None:
            self._identified = {
                (system(i), v): resource.name
                for kind in _IDENTIFIABLE
                for resource in reversed(self.of(kind))
                if resource.name
                for i in many(resource.body, "identifier")
                if (v := text(i, "value"))
            }
        return self._identified.get((system(identifier), value))

    def follow(self, reference: Json, within: Resource | None = None) -> Resource | None:
        """Return what a reference points to, if it is here: contained, by fullUrl, absolute, versioned or relative."""
        told = text(reference, "reference")
        if within is not None and told and told.startswith("#"):
            for contained in many(within.body, "contained"):
                kind = text(contained, "resourceType")
                if kind and text(contained, "id") == told[1:]:
                    return Resource(kind, within.name + told, contained, within.draft)
            return None
        return self.find(self.name(reference, within))


def _overrides(entry: Entry, other: Entry) -> bool:
    if (entry.rank == DRAFT) != (other.rank == DRAFT):
        return entry.rank == DRAFT
    ours, theirs = _updated(entry), _updated(other)
    if ours != theirs:
        return ours > theirs
    if entry.rank != other.rank:
        return entry.rank > other.rank
    return _spelling(entry) > _spelling(other)


def _updated(entry: Entry) -> datetime:
    meta = one(entry.body, "meta")
    told = moment(meta, "lastUpdated", _UTC) if meta is not NOTHING else None
    return told.first if told else EVER


def _spelling(entry: Entry) -> str:
    """Return something to order entries by that tells them apart."""
    try:
        return json.dumps(entry.body, sort_keys=True)
    except (RecursionError, TypeError, ValueError):
        return ""
