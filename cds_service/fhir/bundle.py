"""A file given to `signoff check`: a Bundle of any type, one patient's NDJSON, or searchsets within a Bundle.

It is whole by declaration, unless it says otherwise: a `next` link, an OperationOutcome, an entry that cannot be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cds_service.billing.facts import Address, Look
from cds_service.billing.moment import EVER
from cds_service.billing.tables import Tables
from cds_service.errors import Issue, RequestError

from .gathered import Gathered
from .loose import Json, codings, many, one, text
from .moments import period
from .prefetch import SEARCHES
from .resources import Entry, Resources
from .systems import billing_codes

_UTC = ZoneInfo("UTC")
_UUID = "urn:uuid:"
_MOST_NESTED = 100


def from_bundle(
    bundle: Json,
    encounter: str | None,
    *,
    classes: Mapping[str, str] | None = None,
    tables: Tables | None = None,
) -> Gathered:
    """Return what a Bundle holds about one review.

    The encounter is the one named, else the only one, else the newest asynchronous one: virtual by its class or by the
    client's `classes`, and of no type that `tables` knows to be live.
    """
    if text(bundle, "resourceType") != "Bundle":
        raise RequestError(Issue("invalid", "expected a Bundle", "resourceType"))
    entries, whole = _flatten(bundle)
    reviewed = _choose(entries, (encounter or "").removeprefix("Encounter/"), classes or {}, tables or Tables())
    patient = _patient_of(reviewed, entries)
    looks = {key: Look((Address(s.kind),), EVER if whole else None) for key, s in SEARCHES.items()}
    resources = Resources.of_patient(patient, entries, looks)
    return Gathered(resources, text(reviewed, "id") or "", patient)


def _flatten(bundle: Json) -> tuple[list[Entry], bool]:
    """Return all entries of a Bundle and of the Bundles in it, and whether nothing says that some are lacking."""
    entries: list[Entry] = []
    whole = True
    bundles = [(bundle, 0)]
    while bundles:
        current, depth = bundles.pop()
        whole = whole and not any(text(link, "relation") == "next" for link in many(current, "link"))
        told = current.get("entry", [])
        for member in told if isinstance(told, list) else [None]:
            if not isinstance(member, dict):
                whole = False
                continue
            body = one(member, "resource")
            kind = text(body, "resourceType")
            if kind == "Bundle" and depth < _MOST_NESTED:
                bundles.append((body, depth + 1))
            elif kind is None or kind in {"Bundle", "OperationOutcome"}:
                whole = whole and kind is None and _is_done(member)
            else:
                entries.append(_entry(kind, body, text(member, "fullUrl")))
    return entries, whole


def _entry(kind: str, body: Json, full_url: str | None) -> Entry:
    """Return an entry; a resource that goes by its fullUrl alone is given that as its id."""
    if full_url and text(body, "id") is None and full_url.startswith(_UUID):
        body = {**body, "id": full_url.removeprefix(_UUID)}
    return Entry(kind, body, full_url)


def _is_done(member: Json) -> bool:
    """Whether an entry without a resource only reports that something was done: a deletion, an accepted write."""
    if "resource" in member:
        return False
    status = text(one(member, "response"), "status")
    return "request" in member if status is None else status.startswith("2")


def _choose(entries: list[Entry], named: str, classes: Mapping[str, str], tables: Tables) -> Json:
    found: dict[str, Json] = {}
    for entry in entries:
        own = text(entry.body, "id")
        if own and entry.kind == "Encounter":
            found[own] = entry.body
    if named:
        if named in found:
            return found[named]
        raise RequestError(Issue("not-found", f"no such Encounter; there are: {_list(found)}", "encounter"))
    if len(found) == 1:
        return next(iter(found.values()))
    asynchronous = [(_ended(e), own) for own, e in found.items() if _is_asynchronous(e, classes, tables)]
    ranked = sorted(asynchronous, reverse=True)
    if ranked and (len(ranked) == 1 or ranked[0][0] > ranked[1][0]):
        return found[ranked[0][1]]
    if not found:
        raise RequestError(Issue("not-found", "expected an Encounter to review", "entry"))
    says = f"name the Encounter to review; there are: {_list(found)}"
    raise RequestError(Issue("multiple-matches", says, "encounter"))


def _list(found: Mapping[str, Json]) -> str:
    return ", ".join(sorted(found)) or "none"


def _is_asynchronous(encounter: Json, classes: Mapping[str, str], tables: Tables) -> bool:
    if text(encounter, "status") in {"cancelled", "entered-in-error"}:
        return False
    codes = [c for coding in codings(encounter, "class") if (c := text(coding, "code"))]
    if not any(classes.get(c, c) == "VR" for c in codes):
        return False
    start, _ = period(encounter, "period", _UTC)
    on = start.day(_UTC) if start else date.max
    rows = (tables.service_kind(code, on) for code in billing_codes(codings(encounter, "type")))
    return not any(row is not None and row.synchronous for row in rows)


def _ended(encounter: Json) -> datetime:
    start, end = period(encounter, "period", _UTC)
    told = end or start
    return told.first if told else EVER


def _patient_of(encounter: Json, entries: list[Entry]) -> str:
    """Return the id of the encounter's subject, else of the only Patient."""
    patients = {own: entry.full_url for entry in entries if entry.kind == "Patient" and (own := text(entry.body, "id"))}
    told = text(one(encounter, "subject"), "reference")
    for own, url in patients.items():
        if told is not None and told == url:
            return own
    subject = Resources().name(one(encounter, "subject"))
    if subject and subject.startswith("Patient/"):
        return subject.removeprefix("Patient/")
    if len(patients) == 1:
        return next(iter(patients))
    raise RequestError(Issue("required", "expected an Encounter that names its patient", "Encounter.subject"))
