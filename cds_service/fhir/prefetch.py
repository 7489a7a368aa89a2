"""What we ask an EHR for at the hook, and what its answer is worth.

Each key comes back in one of six states: absent, null, empty, in error (an OperationOutcome), partial (a `next` link),
or as data. `Look` keeps how far back a search is known to be whole: a search that filled its page is whole only back to
its oldest entry, and only if its entries really stand newest first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from cds_service.billing.facts import Address, Look
from cds_service.billing.moment import EVER, Moment
from cds_service.errors import Issue, MissingData, RequestError, Unprocessable

from .gathered import Gathered
from .loose import NOTHING, Json, many, number, one, text
from .moments import choice, moment, period
from .resources import DRAFT, READ, SEARCHED, Entry, Resources

_UTC = ZoneInfo("UTC")
_DIGITS = 5


@dataclass(frozen=True, slots=True)
class Search:
    """One search: its type, its page, and the element by whose date it is sorted, newest first."""

    kind: str
    sort: str | None = None
    count: int | None = None
    dated: str = ""

    @property
    def template(self) -> str:
        query = f"{self.kind}?patient={{{{context.patientId}}}}"
        query += f"&_sort=-{self.sort}" if self.sort else ""
        return query + (f"&_count={self.count}" if self.count else "")


SEARCHES: Mapping[str, Search] = {
    "coverage": Search("Coverage"),
    "media": Search("Media", "created", 50, "created"),
    "documents": Search("DocumentReference", "date", 50, "date"),
    "communications": Search("Communication", "sent", 50, "sent"),
    "responses": Search("QuestionnaireResponse", "authored", 20, "authored"),
    "priorEncounters": Search("Encounter", "date", 50, "period"),
    "appointments": Search("Appointment", "date", 50, "start"),
    "procedures": Search("Procedure", "date", 50, "performed"),
    "conditions": Search("Condition", "recorded-date", 50, "recordedDate"),
    "impressions": Search("ClinicalImpression", "date", 50, "date"),
    "reports": Search("DiagnosticReport", "date", 50, "effective"),
    "consents": Search("Consent", "date", 50, "dateTime"),
    "charges": Search("ChargeItem", "occurrence", 50, "occurrence"),
}

TEMPLATES: Mapping[str, str] = {
    "encounter": "Encounter/{{context.encounterId}}",
    "patient": "Patient/{{context.patientId}}",
    "practitioner": "Practitioner/{{userPractitionerId}}",
    "practitionerRole": "PractitionerRole?practitioner={{userPractitionerId}}",
    **{key: search.template for key, search in SEARCHES.items()},
}
"""What `image-review` publishes as its `prefetch`: key → template, safe for CDS Hooks 2.0."""

REQUIRED = {"encounter": "Encounter", "patient": "Patient"}
_READS = {**REQUIRED, "practitioner": "Practitioner"}
_ROLES = Search("PractitionerRole")


def from_hook(request: Json, *, fetched: Iterable[object] = ()) -> Gathered:
    """Return what a hook request holds. `fetched`: resources and Bundles read with the token, which only refine it."""
    context = one(request, "context")
    encounter, patient = _id_of(context, "encounterId", "Encounter"), _id_of(context, "patientId", "Patient")
    prefetch = one(request, "prefetch")
    entries: list[Entry] = []
    looks: dict[str, Look] = {}
    unreadable = None
    for key, kind in _READS.items():
        body = _read(prefetch, key, kind)
        if body is not None:
            entries.append(Entry(kind, body, rank=READ))
        elif key in REQUIRED:
            unreadable = unreadable or key
    for key, search in (("practitionerRole", _ROLES), *SEARCHES.items()):
        looks[key] = _search(prefetch.get(key), key, search, entries)
    for value in fetched:
        entries += _unpacked(value, SEARCHED)
    entries += _unpacked(context.get("drafts"), DRAFT)
    _check_identity(prefetch, encounter, patient)
    for entry in entries:
        if entry.rank == READ and text(entry.body, "id") is None:
            entry.body = _with_id(entry, encounter, patient)
    resources = Resources.of_patient(patient, entries, looks)
    return Gathered(resources, encounter, patient, text(context, "userId"), signing=True, unreadable=unreadable)


def _with_id(entry: Entry, encounter: str, patient: str) -> Json:
    own = {"Encounter": encounter, "Patient": patient}.get(entry.kind)
    return {**entry.body, "id": own} if own else entry.body


def _id_of(context: Json, name: str, kind: str) -> str:
    told = text(context, name)
    if told is None:
        raise RequestError(Issue("required", "expected the id of a resource", f"context.{name}"))
    return told.removeprefix(f"{kind}/")


def _read(prefetch: Json, key: str, kind: str) -> Json | None:
    """Return the resource under a read's key; None if it is null, of another type, or no resource."""
    required = key in REQUIRED
    if required and key not in prefetch:
        raise MissingData(Issue("not-found", f"expected the {kind} of the context", f"prefetch.{key}"))
    body = one(prefetch, key)
    if body.get("resourceType") == "Bundle":  # some EHRs answer a read with a search
        inside = [e for e in (one(member, "resource") for member in many(body, "entry")) if e is not NOTHING]
        body = inside[0] if len(inside) == 1 else NOTHING
    if required and text(body, "resourceType") == "OperationOutcome":
        raise MissingData(Issue("not-found", f"expected the {kind} of the context, not an error", f"prefetch.{key}"))
    return body if text(body, "resourceType") == kind else None


def _check_identity(prefetch: Json, encounter: str, patient: str) -> None:
    seen, person = _read(prefetch, "encounter", "Encounter"), _read(prefetch, "patient", "Patient")
    if seen is not None and text(seen, "id") not in {None, encounter}:
        raise Unprocessable(Issue("conflict", "expected the Encounter of context.encounterId", "prefetch.encounter"))
    if person is not None and text(person, "id") not in {None, patient}:
        raise Unprocessable(Issue("conflict", "expected the Patient of context.patientId", "prefetch.patient"))
    subject = Resources().name(one(seen, "subject")) if seen is not None else None
    if subject and subject.startswith("Patient/") and subject != f"Patient/{patient}":
        raise Unprocessable(Issue("conflict", "expected an Encounter of this patient", "prefetch.encounter.subject"))


def _search(value: object, key: str, search: Search, entries: list[Entry]) -> Look:
    """Take the entries of one search's Bundle, and say how far back it is whole."""
    seen_at = (Address(f"prefetch/{key}"),)
    if not isinstance(value, dict) or value.get("resourceType") != "Bundle":
        entries += [e for e in _unpacked(value, SEARCHED) if e.kind == search.kind]
        return Look(seen_at)
    whole = True
    matches: list[Json] = []
    told = value.get("entry", [])
    for member in told if isinstance(told, list) else [None]:
        if not isinstance(member, dict):
            whole = False
            continue
        body = one(member, "resource")
        kind = text(body, "resourceType")
        mode = text(one(member, "search"), "mode") if "search" in member else None
        if kind == search.kind and mode in {None, "match"}:
            matches.append(body)
        elif kind is None or kind == "OperationOutcome" or mode != "include":
            whole = False
            continue
        entries.append(Entry(kind, body, text(member, "fullUrl")))
    if not whole or _has_next(value) or ("total" in value and number(value, "total") != len(matches)):
        return Look(seen_at)
    count = _page(value, search)
    if count is None or len(matches) < count:
        return Look(seen_at, EVER)
    return Look(seen_at, _oldest(matches, search))


def _has_next(bundle: Json) -> bool:
    links = bundle.get("link", [])
    if not isinstance(links, list):
        return True  # what cannot be read may hide a next page
    return any(not isinstance(link, dict) or link.get("relation") == "next" for link in links)


def _page(bundle: Json, search: Search) -> int | None:
    """Return the size of the page: ours, or a smaller one that the server says it used."""
    for link in many(bundle, "link"):
        if link.get("relation") == "self":
            told = (text(link, "url") or "").partition("_count=")[2].partition("&")[0]
            if told.isdecimal() and len(told) <= _DIGITS:
                return min(int(told), search.count or int(told))
    return search.count


def _oldest(matches: list[Json], search: Search) -> datetime | None:
    """Return from when on a full page is whole; None if its entries do not surely stand newest first."""
    dates = [_sorted_by(body, search.dated) for body in matches]
    told = [d for d in dates if d is not None]
    if not told or len(told) < len(dates):
        return None
    pairs = list(pairwise(told))
    if not (all(a.first >= b.first for a, b in pairs) or all(a.last >= b.last for a, b in pairs)):
        return None
    # What is as old as the oldest may be cut off. A bare date is a day of the practice's zone, which is not known here.
    return told[-1].last + (timedelta(seconds=1) if told[-1].exact else timedelta(days=1))


def _sorted_by(body: Json, name: str) -> Moment | None:
    if name == "period":
        start, end = period(body, name, _UTC)
        return Moment(start.first, max(start.last, end.last)) if start and end else start
    return moment(body, name, _UTC) or choice(body, name, _UTC)


def _unpacked(value: object, rank: int) -> list[Entry]:
    """Return the resources of a Bundle, of a list, or the one resource that this is."""
    if isinstance(value, list):
        return [entry for member in value if not isinstance(member, list) for entry in _unpacked(member, rank)]
    if not isinstance(value, dict) or value.get("resourceType") == "OperationOutcome":
        return []
    if value.get("resourceType") == "Bundle":
        return [
            Entry(kind, body, text(member, "fullUrl"), rank)
            for member in many(value, "entry")
            if (kind := text(body := one(member, "resource"), "resourceType"))
            and kind not in {"Bundle", "OperationOutcome"}
        ]
    kind = text(value, "resourceType")
    return [Entry(kind, value, rank=rank)] if kind else []
