"""What the client's entry says that bears on this record, under the record's new names: `client:` of expected.yaml.

Only keys that a review is read or judged by; what is as in the contract's own practice is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, time, timedelta
from typing import Any

from cds_service.billing.practice import Practice
from cds_service.clients import DEFAULT, WEEKDAYS, Client
from cds_service.fhir.customs import Site
from cds_service.fhir.moments import read_moment

from .clock import Shift
from .names import Names
from .vocabulary import WORDS

_NEAR = timedelta(days=30)
"""Closed days farther than this from the date of service bear on nothing."""

NOBODY = "9999999995"
"""An NPI that no one has: keeps a list of enrolments from being empty, which would mean that there is no list."""


def entry_of(client: Client, names: Names, shift: Shift, *, closed: bool) -> dict[str, Any]:
    """Return the entry; nothing where it says what the contract's practice says.

    `closed`: with the days near the date of service on which the practice is closed. A day that the whole town knows
    tells by how much it was shifted, so they are left out where they decide nothing.
    """
    customs, usual = client.customs, DEFAULT.customs.practice
    told: dict[str, Any] = {
        "quiet_holds": "yes" if client.quiet_holds else None,
        "encounter_classes": {**_codes(customs.encounter_classes, names)},
        "payer_map": {new: payer for old, payer in customs.payer_map.items() for new in names.renamed(old)},
        "reporters": {new: customs.reporters[old] for old, new in names.npis().items() if old in customs.reporters},
        "practice": _practice(customs.practice, usual, shift if closed else None)
        | _of_clinicians(client, names, shift),
        "practices": [
            {"match": match, **_practice(site.practice, customs.practice, shift if closed else None)}
            for site in customs.sites
            for match in _matches(site, names)
        ],
    }
    return {key: value for key, value in told.items() if value}


def _codes(classes: Mapping[str, str], names: Names) -> dict[str, str]:
    return {new: ours for old, ours in classes.items() for new in ([old] if old in WORDS else names.renamed(old))}


def _matches(site: Site, names: Names) -> list[dict[str, str]]:
    """Return what a site is now matched by; nothing if the record does not have it."""
    found: list[dict[str, str]] = [{}]
    for key, told in (("organization", site.organization), ("location", site.location)):
        if told is not None:
            found = [{**match, key: new} for match in found for new in names.renamed(told)]
    return found


def _of_clinicians(client: Client, names: Names, shift: Shift) -> dict[str, Any]:
    customs, npis = client.customs, names.npis()
    told: dict[str, Any] = {}
    licences = [
        {"npi": npis[held.npi], "state": held.state, **_until(held.until, shift)}
        for held in customs.licences
        if held.npi in npis
    ]
    if licences:
        told["licences"] = licences
    if customs.enrolments is not None:
        listed = [{"npi": npis[npi], "payers": sorted(held)} for npi, held in customs.enrolments.items() if npi in npis]
        told["enrolments"] = listed or [{"npi": NOBODY, "payers": []}]
    if customs.cmmi_models:
        told["cmmi_models"] = sorted(customs.cmmi_models)
    return told


def _until(until: date | None, shift: Shift) -> dict[str, str]:
    """Return the end of a licence that had ended, only as exactly as it takes; one in force has none."""
    if until is None or until >= shift.on:
        return {}
    told = shift.bound(until.isoformat(), end=True) or ""
    last = read_moment(told, shift.zone)
    return {"until": f"{last.last_day(shift.zone)}"} if last else {}


def _practice(practice: Practice, usual: Practice, shift: Shift | None) -> dict[str, Any]:
    """Return what one practice does otherwise than another, as the client file writes it; with `shift`, closed days."""
    differs = {f.name for f in fields(Practice) if getattr(practice, f.name) != getattr(usual, f.name)}
    told: dict[str, Any] = {}
    if "zone" in differs:
        told["time_zone"] = practice.zone.key
    if "business_days" in differs:
        told["business_days"] = [WEEKDAYS[day] for day in sorted(practice.business_days)]
    if {"opens", "closes"} & differs:
        closes = "24:00" if practice.closes == time(0) else f"{practice.closes:%H:%M}"
        told["open"] = [f"{practice.opens:%H:%M}", closes]
    if shift is not None and (days := _closed(practice, usual, shift)):
        told["holidays"] = {"closed": [(day + shift.by).isoformat() for day in days]}
    if {"state", "locality"} & differs:
        told["locality"] = {"state": practice.state, "number": practice.locality}
    for name in {"setting", "place_of_service"} & differs:
        told[name] = getattr(practice, name)
    if "qualifying_apm" in differs:
        told["qualifying_apm"] = "yes" if practice.qualifying_apm else "no"
    return told


def _closed(practice: Practice, usual: Practice, shift: Shift) -> list[date]:
    return sorted(day for day in practice.holidays - usual.holidays if abs(day - shift.on) <= _NEAR)


def is_closed_near(client: Client, shift: Shift) -> bool:
    """Whether some practice of the client is closed, near the date of service, on a day when the contract's is not."""
    practices = (client.customs.practice, *(site.practice for site in client.customs.sites))
    return any(_closed(practice, DEFAULT.customs.practice, shift) for practice in practices)


def says_of_clinicians(client: Client, names: Names) -> list[str]:
    """Return the keys of the client's entry that speak of an NPI that this record has."""
    customs, npis = client.customs, names.npis()
    listed = {
        "reporters": set(customs.reporters),
        "practice.licences": {held.npi for held in customs.licences},
        "practice.enrolments": set(customs.enrolments or ()),
    }
    return [key for key, numbers in listed.items() if numbers & set(npis)]


def holidays_lacking(client: Client, shift: Shift) -> bool:
    """Whether near the date of service the client works on a holiday that the contract's practice keeps."""
    lacking = DEFAULT.customs.practice.holidays - client.customs.practice.holidays
    return any(abs(day - shift.on) <= _NEAR for day in lacking)
