"""What one EHR does its own way, as the owner of its entry in the client file told us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from cds_service.billing.practice import Practice


@dataclass(frozen=True, slots=True)
class LicenceOnFile:
    """A licence that the client's file vouches for."""

    npi: str
    state: str
    until: date | None


@dataclass(frozen=True, slots=True)
class Site:
    """A practice of the client that is not the usual one: where the encounter names this organization or location."""

    organization: str | None
    location: str | None
    practice: Practice


@dataclass(frozen=True, slots=True)
class Customs:
    """The client's practice, sites, maps and licences. Keys are used as the record writes them."""

    practice: Practice
    sites: tuple[Site, ...] = ()
    payer_map: Mapping[str, str] = field(default_factory=dict)
    """Payor identifier or plan → payer."""
    reporters: Mapping[str, str] = field(default_factory=dict)
    """NPI → reporter class."""
    encounter_classes: Mapping[str, str] = field(default_factory=dict)
    """Local Encounter.class code → HL7 v3 ActCode (AMB, VR …)."""
    licences: tuple[LicenceOnFile, ...] = ()
    cmmi_models: frozenset[str] = frozenset()
    enrolments: Mapping[str, frozenset[str]] | None = None
    """NPI → payers that the clinician is enrolled with; None where the file lists no enrolments."""
