"""Who is who: clinicians through their roles, their organizations, specialties and reporter classes.

Two references mean the same person if they lead to the same Practitioner, directly, through a PractitionerRole, or by
NPI. A person's class and specialty are what was read of them, never what was read of another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal
from zoneinfo import ZoneInfo

from cds_service.billing.facts import Address, By, Fact, Party
from cds_service.billing.tables import Tables

from .customs import Customs
from .loose import Json, codings, flag, many, one, text
from .moments import covers
from .resources import Resource, Resources
from .systems import DEGREE, NPI, NUCC, system

CLINICIANS = {"Practitioner", "PractitionerRole"}
_GROUPS = {"Organization", "CareTeam", "HealthcareService"}


@dataclass(frozen=True, slots=True)
class Who:
    """One whom a record names: the one name for all references to them, their type, and the role they were named by."""

    name: str
    type: str
    role: Resource | None = None

    @property
    def key(self) -> str:
        """Name the person in this role."""
        return f"{self.name} {self.role.name}" if self.role else self.name


@dataclass(slots=True)
class People:
    """Everyone in one pile of resources, as they were on the date of service."""

    resources: Resources
    patient: str
    tables: Tables
    customs: Customs
    on: date
    zone: ZoneInfo
    _known: dict[str, Who | None] = field(default_factory=dict)
    _roles: dict[str, list[Resource]] | None = None
    _by_npi: dict[str, str] | None = None
    _classes: dict[str, Fact[str]] = field(default_factory=dict)
    _specialties: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)

    def who(self, reference: Json, within: Resource | None = None) -> Who | None:
        """Return whom a reference names, or None."""
        told = reference.get("reference")
        if not isinstance(told, str) or told.startswith("#"):
            return self._identify(reference, within) if reference else None
        if told not in self._known:
            self._known[told] = self._identify(reference, within)
        return self._known[told]

    def _identify(self, reference: Json, within: Resource | None) -> Who | None:
        name = self.resources.name(reference, within)
        if name is None:
            number = npi_of(reference)
            return Who(self._named_by(number, f"NPI/{number}"), "Practitioner") if number else None
        resource = self.resources.follow(reference, within)
        kind = resource.type if resource else name.partition("/")[0]
        if kind == "PractitionerRole":
            return self._through_role(name, resource)
        if kind == "Practitioner" and resource is not None and (number := npi(resource.body)):
            return Who(self._named_by(number, name), kind)
        return Who(name, kind)

    def _through_role(self, name: str, role: Resource | None) -> Who:
        if role is not None:
            person = self.who(one(role.body, "practitioner"), role)
            if person is not None and person.type == "Practitioner":
                return Who(person.name, "Practitioner", role)
        return Who(name, "Practitioner", role)

    def _named_by(self, number: str, otherwise: str) -> str:
        if self._by_npi is None:
            listed = reversed(self.resources.of("Practitioner"))
            self._by_npi = {n: p.name for p in listed if p.name and (n := npi(p.body))}
        return self._by_npi.get(number, otherwise)

    def party(self, who: Who | None) -> Party | None:
        """Return what part this one plays in a message or an image; another patient plays none."""
        if who is None:
            return None
        if who.type == "Patient":
            return "patient" if who.name == self.patient else None
        if who.type == "RelatedPerson":
            return "proxy"
        if who.type in CLINICIANS:
            return "staff" if self.reporter(who).value == "none" else "clinician"
        if who.type in _GROUPS:
            return "organization"
        return "device" if who.type == "Device" else None

    def roles(self, who: Who) -> list[Resource]:
        """Return the roles in force on the date of service: the one they were named by, else all."""
        if who.role is not None:
            return [who.role] if self._is_in_force(who.role) else []
        if self._roles is None:
            self._roles = {}
            for role in self.resources.of("PractitionerRole"):
                person = self.who(one(role.body, "practitioner"), role)
                if person is not None and self._is_in_force(role):
                    self._roles.setdefault(person.name, []).append(role)
        return self._roles.get(who.name, [])

    def _is_in_force(self, role: Resource) -> bool:
        return flag(role.body, "active") is not False and covers(role.body, "period", self.on, self.zone)

    def practitioner(self, who: Who) -> Resource | None:
        """Return the Practitioner, if it was read or contained."""
        found = self.resources.find(who.name)
        if found is None and "#" in who.name:
            holder, _, inner = who.name.partition("#")
            found = self.resources.follow({"reference": f"#{inner}"}, self.resources.find(holder))
        return found if found is not None and found.type == "Practitioner" else None

    def number(self, who: Who) -> str | None:
        """Return the NPI."""
        if who.name.startswith("NPI/"):
            return who.name.removeprefix("NPI/")
        person = self.practitioner(who)
        for source in ([person] if person else []) + self.roles(who):
            if found := npi(source.body):
                return found
        return None

    def reporter(self, who: Who) -> Fact[str]:
        """Return the reporter class: by the client's file, by roles, by qualifications; conflicting ones: unknown."""
        if who.key not in self._classes:
            self._classes[who.key] = self._classify(who)
        return self._classes[who.key]

    def _classify(self, who: Who) -> Fact[str]:
        listed = self.customs.reporters.get(self.number(who) or "")
        if listed is not None:
            return Fact(listed, (Address("client file", "reporters"),))
        person = self.practitioner(who)
        found = [s for role in self.roles(who) for s in self._classes_in(role, ("specialty", "code"))]
        if not found and person:
            found = _highest(self._classes_in(person, ("qualification",)))
        if found:
            classes = {told for told, _ in found}
            return Fact(found[0][0] if len(classes) == 1 else "unknown", tuple(dict.fromkeys(a for _, a in found)))
        looked = [role.at("specialty") for role in self.roles(who)] or [Address("PractitionerRole", "specialty")]
        return Fact(seen_at=(*looked, person.at("qualification") if person else Address(who.name, "qualification")))

    def _classes_in(self, resource: Resource, members: Iterable[str]) -> list[tuple[str, Address]]:
        """Return the class of each taxonomy or degree in these members, with its address."""
        found: list[tuple[str, Address]] = []
        for member in members:
            for coding in _codings(resource, member):
                code, told = text(coding, "code"), system(coding)
                if code and told in {NUCC, DEGREE}:
                    held = self.tables.reporter(told, code, self.on) or ("unknown" if told == NUCC else None)
                    found += [(held, resource.at(member))] if held else []
        return found

    def taxonomies(self, who: Who) -> frozenset[str]:
        """Return the NUCC codes by which the class was read."""
        return frozenset(code for told, code in self.specialties(who) if told == NUCC)

    def specialties(self, who: Who) -> frozenset[tuple[str, str]]:
        """Return the specialties read: taxonomies, and what roles say in any other system."""
        if who.key not in self._specialties:
            found = {
                (told, code)
                for role in self.roles(who)
                for member in ("specialty", "code")
                for coding in _codings(role, member)
                if (told := system(coding)) and (code := text(coding, "code"))
                if told == NUCC or member == "specialty"
            }
            person = self.practitioner(who)
            if person and not any(told == NUCC for told, _ in found):
                qualified = ((system(c), text(c, "code")) for c in _codings(person, "qualification"))
                found |= {(NUCC, code) for told, code in qualified if told == NUCC and code}
            self._specialties[who.key] = frozenset(found)
        return self._specialties[who.key]

    def organizations(self, who: Who) -> frozenset[str]:
        """Return the organizations of their roles."""
        named = (self.organization(one(role.body, "organization"), role) for role in self.roles(who))
        return frozenset(name for name in named if name)

    def organization(self, reference: Json, within: Resource) -> str | None:
        """Return the organization a reference names, or the one that this is a part of, as far as that was read."""
        name = self.resources.name(reference, within) if reference else None
        for _ in range(10 if self.resources.of("Organization") else 0):
            whole = self.resources.find(name)
            above = self.resources.name(one(whole.body, "partOf"), whole) if whole else None
            if above is None:
                break
            name = above
        return name

    def relation(self, who: Who, at: frozenset[str], reviewer: Who, ours: frozenset[str]) -> By | None:
        """Return who a clinician, seen at these organizations, is to the reviewer at `ours`."""
        if who.name == reviewer.name:
            return "reviewer"
        at = at or self.organizations(who)
        specialty = self._same_specialty(who, reviewer)
        if specialty == "different" or (at and ours and not at & ours):
            return "other"
        if not at & ours:
            return None
        return "group" if specialty == "same" else "colleague"

    def _same_specialty(self, one_: Who, other: Who) -> Literal["same", "different"] | None:
        these, those = self.specialties(one_), self.specialties(other)
        if these & those:
            return "same"
        comparable = {told for told, _ in these} & {told for told, _ in those}
        return "different" if comparable else None


def _highest(held: list[tuple[str, Address]]) -> list[tuple[str, Address]]:
    """Leave out what a clinician was before: a nurse practitioner keeps her RN, a doctor a PhD."""
    able = [h for h in held if h[0] in {"E/M", "non-E/M"}]
    return able or held


def _codings(resource: Resource, member: str) -> list[Json]:
    if member == "qualification":
        return [c for held in many(resource.body, "qualification") for c in codings(held, "code")]
    return codings(resource.body, member)


def npi(body: Json) -> str | None:
    """Return the NPI among the identifiers of a resource."""
    for identifier in many(body, "identifier"):
        if system(identifier) == NPI and (value := text(identifier, "value")):
            return value
    return None


def npi_of(reference: Json) -> str | None:
    """Return the NPI that a reference gives instead of an address."""
    identifier = one(reference, "identifier")
    return text(identifier, "value") if system(identifier) == NPI else None
