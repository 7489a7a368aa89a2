"""What every reader of one review needs at hand: the encounter, the people, the day, the tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from cds_service.billing.facts import By, Fact, Look, Setting
from cds_service.billing.practice import Practice
from cds_service.billing.tables import Tables

from .customs import Customs, Site
from .gathered import Gathered
from .loose import Json, codings, has_code, many, one, text
from .moments import period
from .people import CLINICIANS, People, Who
from .resources import Resource, Resources

IN_PERSON = {"AMB", "EMER", "IMP", "ACUTE", "NONACUTE", "OBSENC", "SS", "HH", "FLD"}
VIRTUAL = "VR"
_BYSTANDERS = ("REF", "REFT", "ESC", "CALLBCK", "WIT")
"""Participation types of clinicians who did not see the patient: referrers, escorts, contacts, witnesses."""


@dataclass(slots=True)
class Review:
    """One review, as far as it must be known before anything else of it is read."""

    resources: Resources
    encounter: Resource
    patient: str
    practice: Practice
    zone: ZoneInfo
    on: date
    """The date of service; the last day of all where even that is not told."""
    date_of_service: Fact[date]
    tables: Tables
    customs: Customs
    people: People
    signing: bool
    gathered_at: datetime | None
    reviewer: Who | None = None
    organizations: frozenset[str] = frozenset()
    """Where the reviewer worked: the encounter's provider, else the organizations of the reviewer's roles."""

    @classmethod
    def of(cls, gathered: Gathered, tables: Tables, customs: Customs, gathered_at: datetime | None) -> Review:
        resources = gathered.resources
        name = f"Encounter/{gathered.encounter}"
        encounter = resources.find(name) or Resource("Encounter", name, {})
        practice = _practice(encounter, resources, customs)
        served = _date_of_service(encounter, practice.zone)
        on = served.value or (gathered_at.astimezone(practice.zone).date() if gathered_at else date.max)
        patient = f"Patient/{gathered.patient}"
        people = People(resources, patient, tables, customs, on, practice.zone)
        review = cls(
            resources=resources,
            encounter=encounter,
            patient=patient,
            practice=practice,
            zone=practice.zone,
            on=on,
            date_of_service=served,
            tables=tables,
            customs=customs,
            people=people,
            signing=gathered.signing,
            gathered_at=gathered_at,
        )
        user = people.who({"reference": gathered.user}) if gathered.user else None
        review.reviewer = _reviewer(encounter, people, user)
        review.organizations = review.where(encounter)
        if not review.organizations and review.reviewer:
            review.organizations = people.organizations(review.reviewer)
        return review

    def where(self, encounter: Resource) -> frozenset[str]:
        """Return the organization that provided an encounter."""
        name = self.people.organization(one(encounter.body, "serviceProvider"), encounter)
        return frozenset({name}) if name else frozenset()

    def is_of_review(self, reference: Json, within: Resource) -> bool:
        """Whether a reference points to the encounter under review."""
        name = self.encounter.name
        return reference.get("reference") == name or self.resources.name(reference, within) == name

    def by(self, clinicians: list[Who], where: frozenset[str]) -> By | None:
        """Return who provided a service: the closest to the reviewer among those named, unless one is unknown."""
        if self.reviewer is None:
            return None
        if not clinicians:
            return "other" if where and self.organizations and not where & self.organizations else None
        if any(who.name == self.reviewer.name for who in clinicians):
            return "reviewer"
        found = {self.people.relation(w, where, self.reviewer, self.organizations) for w in clinicians}
        for closest in ("group", "colleague", None, "other"):
            if closest in found:
                return closest
        return None

    def setting_of(self, encounter: Resource) -> Setting | None:
        """Return whether an encounter was in person or virtual, by its class and the client's map of classes."""
        for coding in codings(encounter.body, "class"):
            code = text(coding, "code")
            if code:
                code = self.customs.encounter_classes.get(code, code)
                if code in IN_PERSON:
                    return "in person"
                if code == VIRTUAL:
                    return "virtual"
        return None

    def looks(self, *searches: str) -> Look:
        """Return how far back all of these searches are whole."""
        first, *others = (self.resources.look(search) for search in searches)
        return first.with_(*others) if others else first


def clinicians(encounter: Resource, people: People, *types: str) -> list[Who]:
    """Return the clinicians who took part in an encounter, once each; with `types`, in that participation only."""
    found: dict[str, Who] = {}
    for participant in many(encounter.body, "participant"):
        if has_code(participant, "type", *types) if types else not has_code(participant, "type", *_BYSTANDERS):
            who = people.who(one(participant, "individual"), encounter)
            if who is not None and who.type in CLINICIANS:
                found.setdefault(who.name, who)
    return list(found.values())


def _reviewer(encounter: Resource, people: People, user: Who | None) -> Who | None:
    """Return the primary performer or attender, else the only clinician, else the user."""
    user = user if user is not None and user.type in CLINICIANS else None
    for types in (("PPRF",), ("ATND",), ()):
        named = clinicians(encounter, people, *types)
        if len(named) == 1:
            return named[0]
        if named and user and (same := [w for w in named if w.name == user.name]):
            return same[0]
        if named and types:
            return min(named, key=lambda w: w.name)
    return user


def _date_of_service(encounter: Resource, zone: ZoneInfo) -> Fact[date]:
    start, end = period(encounter.body, "period", zone)
    if end is not None:
        return Fact(end.last_day(zone), (encounter.at("period.end"),))
    return Fact(start.day(zone) if start else None, (encounter.at("period.start"),))


def _practice(encounter: Resource, resources: Resources, customs: Customs) -> Practice:
    if not customs.sites:
        return customs.practice
    organization = _called(one(encounter.body, "serviceProvider"), encounter, resources)
    located = many(encounter.body, "location")
    locations = {n for place in located for n in _called(one(place, "location"), encounter, resources)}
    for site in customs.sites:
        if _is_at(site, organization, locations):
            return site.practice
    return customs.practice


def _called(reference: Json, within: Resource, resources: Resources) -> set[str]:
    """Return all that a reference may be called in the client's file: reference, id, identifier."""
    name = resources.name(reference, within)
    known = resources.follow(reference, within)
    identifiers = [*many(reference, "identifier"), *(many(known.body, "identifier") if known else [])]
    return {
        *(n for n in (name, name.rpartition("/")[2] if name else None, text(reference, "reference")) if n),
        *(value for i in identifiers if (value := text(i, "value"))),
    }


def _is_at(site: Site, organization: set[str], locations: set[str]) -> bool:
    asked = [(site.organization, organization), (site.location, locations)]
    asked = [(wanted, told) for wanted, told in asked if wanted is not None]
    return bool(asked) and all(wanted in told for wanted, told in asked)
