"""What else was done for the patient: Encounters, Procedures and Appointments other than the review itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from cds_service.billing.facts import By, Kind, Look, Service, Services
from cds_service.billing.moment import EVER, Moment
from cds_service.fhir.loose import Json, codings, many, one, text
from cds_service.fhir.moments import choice, moment, period
from cds_service.fhir.people import CLINICIANS, Who
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review, clinicians
from cds_service.fhir.systems import billing_codes

from .charges import kind_of
from .problems import problem_of

_NOT_DONE = {"cancelled", "entered-in-error", "not-done", "noshow"}
_ONLY_WISHED = {"proposed", "pending", "waitlist"}
_WEIGHT: dict[Kind | None, int] = {"E/M": 0, "procedure": 1, "service": 2, "asynchronous": 3, None: 4}


@dataclass(slots=True)
class _Reading:
    """The services read so far, and the searches in which one without any date was seen."""

    review: Review
    charged: dict[str, set[str]]
    booked: dict[tuple[str, Moment], list[Resource]]
    seen: list[Service] = field(default_factory=list)
    undated: set[str] = field(default_factory=set)
    merged: set[str] = field(default_factory=set)


def read_services(review: Review) -> Services:
    """Return all services, the earliest first, and how far each search is whole."""
    appointments = [a for a in review.resources.of("Appointment") if text(a.body, "status") not in _NOT_DONE]
    reading = _Reading(review, _charged(review), _booked(appointments, review))
    for encounter in review.resources.of("Encounter"):
        if encounter.name != review.encounter.name and text(encounter.body, "status") not in _NOT_DONE:
            _encounter(encounter, reading)
    own = {review.resources.name(r, review.encounter) for r in many(review.encounter.body, "appointment")}
    for appointment in appointments:
        if appointment.name not in reading.merged and (not appointment.name or appointment.name not in own):
            _appointment(appointment, reading)
    for procedure in review.resources.of("Procedure"):
        if text(procedure.body, "status") not in _NOT_DONE:
            _procedure(procedure, reading)
    reading.seen.sort(key=lambda s: (s.start.first if s.start else EVER, s.seen_at[0].resource))
    return Services(
        tuple(reading.seen),
        encounters=_whole(review.looks("priorEncounters"), "Encounter", reading.undated),
        procedures=_whole(review.looks("procedures"), "Procedure", reading.undated),
        appointments=_whole(review.looks("appointments"), "Appointment", reading.undated),
    )


def _whole(look: Look, kind: str, undated: set[str]) -> Look:
    return Look(look.seen_at) if kind in undated else look


def _charged(review: Review) -> dict[str, set[str]]:
    """Return the codes charged for each encounter."""
    found: dict[str, set[str]] = {}
    for item in review.resources.of("ChargeItem"):
        if text(item.body, "status") not in {"entered-in-error", "aborted", "not-billable"}:
            name = review.resources.name(one(item.body, "context"), item)
            found.setdefault(name or "", set()).update(billing_codes(codings(item.body, "code")))
    for claim in review.resources.of("Claim"):
        if text(claim.body, "status") not in {"cancelled", "entered-in-error"}:
            for line in many(claim.body, "item"):
                for reference in many(line, "encounter"):
                    name = review.resources.name(reference, claim)
                    found.setdefault(name or "", set()).update(billing_codes(codings(line, "productOrService")))
    return found


def _booked(appointments: list[Resource], review: Review) -> dict[tuple[str, Moment], list[Resource]]:
    """Return the Appointments by clinician and start, each list in reverse, to be popped from."""
    found: dict[tuple[str, Moment], list[Resource]] = {}
    for appointment in reversed(appointments):
        start = _starts(appointment, review)
        for who in _attending(appointment, review) if start and appointment.name else ():
            if start:
                found.setdefault((who.name, start), []).append(appointment)
    return found


def _attending(appointment: Resource, review: Review) -> list[Who]:
    found: dict[str, Who] = {}
    for participant in many(appointment.body, "participant"):
        if text(participant, "status") != "declined":
            who = review.people.who(one(participant, "actor"), appointment)
            if who is not None and who.type in CLINICIANS:
                found.setdefault(who.name, who)
    return list(found.values())


def _weigh(codes: set[str], on: Moment | None, review: Review) -> tuple[Kind | None, bool]:
    """Return the weightiest kind among the codes, and whether any of them is a live service."""
    weightiest, any_live = None, False
    for code in codes:
        kind, live = kind_of(code, on, review)
        any_live = any_live or live
        if _WEIGHT[kind] < _WEIGHT[weightiest]:
            weightiest = kind
    return weightiest, any_live


def _has_em_clinician(named: list[Who], by: By | None, review: Review) -> bool:
    if by == "reviewer" and review.reviewer is not None:
        return review.people.reporter(review.reviewer).value == "E/M"
    return any(review.people.reporter(who).value == "E/M" for who in named)


def _encounter(encounter: Resource, reading: _Reading) -> None:
    review = reading.review
    start, end = period(encounter.body, "period", review.zone)
    named = clinicians(encounter, review.people)
    booking = _booking(encounter, start, named, reading)
    booked = moment(booking.body, "created", review.zone) if booking else None
    start = start or (_starts(booking, review) if booking else None)
    if start is None:
        reading.undated.add("Encounter")
        return
    if not named and booking:
        named = _attending(booking, review)
    by = review.by(named, review.where(encounter))
    codes = set(billing_codes(codings(encounter.body, "type"))) | reading.charged.get(encounter.name, set())
    kind, live = _weigh(codes, start, review)
    in_person = review.setting_of(encounter) == "in person"
    if kind is None and in_person and _has_em_clinician(named, by, review):
        kind = "E/M"
    problem = problem_of(encounter, review)
    reading.seen.append(
        Service(
            source="encounter",
            kind=kind,
            by=by,
            start=start,
            problem=problem if problem or booking is None else problem_of(booking, review),
            seen_at=(encounter.at("period.start"), *([booking.at("created")] if booking else [])),
            end=end,
            synchronous=in_person or live,
            finished=text(encounter.body, "status") == "finished",
            booked=booked.first if booked else None,
            recorded=min(booked.first, start.first) if booked else start.first,
            codes=frozenset(codes),
        )
    )


def _booking(encounter: Resource, start: Moment | None, named: list[Who], reading: _Reading) -> Resource | None:
    """Return the Appointment of an Encounter: the one it names, else one that starts with it, for its clinician."""
    review = reading.review
    for reference in many(encounter.body, "appointment"):
        found = review.resources.follow(reference, encounter)
        if found is not None and found.type == "Appointment" and text(found.body, "status") not in _NOT_DONE:
            reading.merged.add(found.name)
            return found
    for who in named if start else ():
        waiting = reading.booked.get((who.name, start), []) if start else []
        while waiting:
            appointment = waiting.pop()
            if appointment.name not in reading.merged:
                reading.merged.add(appointment.name)
                return appointment
    return None


def _starts(appointment: Resource, review: Review) -> Moment | None:
    start = moment(appointment.body, "start", review.zone)
    return start or period(appointment.body, "requestedPeriod", review.zone)[0]


def _appointment(appointment: Resource, reading: _Reading) -> None:
    review = reading.review
    start = _starts(appointment, review)
    if start is None:
        if text(appointment.body, "status") not in _ONLY_WISHED:
            reading.undated.add("Appointment")
        return
    created = moment(appointment.body, "created", review.zone)
    named = _attending(appointment, review)
    by = review.by(named, frozenset())
    codes = set(billing_codes(codings(appointment.body, "serviceType")))
    kind, _ = _weigh(codes, start, review)
    if kind is None and _has_em_clinician(named, by, review):
        kind = "E/M"
    reading.seen.append(
        Service(
            source="appointment",
            kind=kind,
            by=by,
            start=start,
            problem=problem_of(appointment, review),
            seen_at=(appointment.at("start"), *([appointment.at("created")] if created else [])),
            end=moment(appointment.body, "end", review.zone),
            synchronous=True,
            finished=text(appointment.body, "status") == "fulfilled",
            booked=created.first if created else None,
            recorded=created.first if created else _known_since(start, review),
            codes=frozenset(codes),
        )
    )


def _known_since(start: Moment, review: Review) -> datetime:
    """Return since when a booking without a date of its own was known: from its start, or from our seeing it."""
    return min(start.first, review.gathered_at) if review.gathered_at else start.first


def _procedure(procedure: Resource, reading: _Reading) -> None:
    review = reading.review
    held_in = review.resources.follow(one(procedure.body, "encounter"), procedure)
    start = choice(procedure.body, "performed", review.zone)
    if start is None and held_in is not None and held_in.type == "Encounter":
        start = period(held_in.body, "period", review.zone)[0]
    codes = set(billing_codes(codings(procedure.body, "code")))
    kind, live = _weigh(codes, start, review)
    if review.is_of_review(one(procedure.body, "encounter"), procedure) and not live and kind != "procedure":
        return  # the review itself, written down as a procedure
    if start is None:
        reading.undated.add("Procedure")
        return
    named, where = _performers(procedure, held_in, review)
    _, end = period(procedure.body, "performedPeriod", review.zone)
    on = start.day(review.zone)
    reading.seen.append(
        Service(
            source="procedure",
            kind=kind,
            by=review.by(named, where),
            start=start,
            problem=problem_of(procedure, review),
            seen_at=(procedure.at("performed"),),
            end=end,
            synchronous=live or kind == "procedure",
            finished=text(procedure.body, "status") == "completed",
            recorded=start.first,
            codes=frozenset(codes),
            global_days=_global_days(codes, on, review),
        )
    )


def _performers(procedure: Resource, held_in: Resource | None, review: Review) -> tuple[list[Who], frozenset[str]]:
    """Return who performed a procedure and where: by its own words, else by its encounter's."""
    people = review.people
    performers = many(procedure.body, "performer")
    named = [w for p in performers if (w := people.who(one(p, "actor"), procedure)) and w.type in CLINICIANS]
    behalf: list[Json] = [one(p, "onBehalfOf") for p in performers]
    where = frozenset(name for r in behalf if (name := people.organization(r, procedure)))
    if held_in is not None and held_in.type == "Encounter":
        return named or clinicians(held_in, people), where or review.where(held_in)
    return named, where


def _global_days(codes: set[str], on: date, review: Review) -> int | None:
    told = [days for code in codes if (days := review.tables.global_days_of(code, on)) is not None]
    return max(told, default=None)
