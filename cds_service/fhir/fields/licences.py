"""Where the reviewer may practise, and where the patient was."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cds_service.billing.facts import Address, Fact, Licence, first_of
from cds_service.billing.moment import Moment
from cds_service.fhir.loose import Json, codings, has_code, many, one, text, words
from cds_service.fhir.moments import covers, period
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

from .attestation import Attestation
from .states import state_in, state_of

_EXTENSION = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/practitioner-qualification"
_LICENCE_CODES = ("LIC", "LN", "MD-license")
LICENCE = re.compile(r"\blicen[cs]", re.IGNORECASE)


def read_licences(review: Review) -> tuple[Licence, ...]:
    """Return the reviewer's licences: those that the client vouches for, and those on record."""
    if review.reviewer is None:
        return ()
    found = []
    npi = review.people.number(review.reviewer)
    for listed in review.customs.licences:
        if listed.npi == npi:
            until = Moment.on(listed.until, review.zone) if listed.until else None
            found.append(Licence(listed.state, None, until, vouched=True, seen_at=Address("client file", "licences")))
    person = review.people.practitioner(review.reviewer)
    for index, held in enumerate(many(person.body, "qualification") if person else []):
        if person is not None and _is_licence(held):
            start, end = period(held, "period", review.zone)
            where = person.at(f"qualification[{index}]")
            states = sorted(set(_states(held, person, review)))
            found += [
                Licence(state, start, end, vouched=False, seen_at=where)
                for state in (*states, *([] if states else [None]))
            ]
    return tuple(found)


def _is_licence(held: Json) -> bool:
    if _plan_net(held) or has_code(held, "code", *_LICENCE_CODES):
        return True
    if any(LICENCE.search(w) for w in words(held, "code")):
        return True
    return any(has_code(i, "type", "LN", "MD", "LIC") for i in many(held, "identifier"))


def _plan_net(held: Json) -> list[Json]:
    return [e for e in many(held, "extension") if text(e, "url") == _EXTENSION]


def _states(held: Json, person: Resource, review: Review) -> Iterator[str]:
    """Yield the states a licence is for: where it says it is valid, else where its issuer is."""
    valid = [inner for e in _plan_net(held) for inner in many(e, "extension") if text(inner, "url") == "whereValid"]
    told = [code for v in valid for c in codings(v, "valueCodeableConcept") if (code := text(c, "code"))]
    told += [w for v in valid for w in words(v, "valueCodeableConcept")]
    for v in valid:
        located = review.resources.follow(one(v, "valueReference"), person)
        told += [s for s in [text(one(located.body, "address"), "state") if located else None] if s]
    found = [state for t in told if (state := state_of(t))]
    yield from found or _issued_in(one(held, "issuer"), person, review)


def _issued_in(issuer: Json, person: Resource, review: Review) -> Iterator[str]:
    known = review.resources.follow(issuer, person)
    for address in many(known.body, "address") if known else []:
        if state := state_of(text(address, "state") or ""):
            yield state
            return
    told = [text(known.body, "name") if known else None, text(issuer, "display")]
    told += [text(one(issuer, "identifier"), "value")]
    for name in told:
        if name and (state := state_in(name)):
            yield state
            return


def read_patient_state(review: Review, attested: Attestation) -> Fact[str]:
    """Return the state the patient was in: as attested, else of the home address, which is a doubt."""
    told = [
        Fact(state, fact.seen_at, fact.recorded)
        for fact in attested.words("patient-state")
        if fact.value and (state := state_of(fact.value))
    ]
    return first_of(told, _home(review))


def _home(review: Review) -> Fact[str]:
    patient = review.resources.find(review.patient)
    if patient is None:
        return Fact(seen_at=(Address(review.patient, "address.state"),))
    lived = [
        (text(a, "use") not in {"home", None}, index, state)
        for index, a in enumerate(many(patient.body, "address"))
        if text(a, "use") not in {"old", "billing"}
        and covers(a, "period", review.on, review.zone)
        and (state := state_of(text(a, "state") or ""))
    ]
    if not lived:
        return Fact(seen_at=(patient.at("address.state"),))
    _, index, state = min(lived)
    return Fact(state, (patient.at(f"address[{index}].state"),), doubt="home address")


def read_enrolment(review: Review) -> Fact[frozenset[str]] | None:
    """Return the payers that the reviewer is enrolled with; None where the client's file lists no enrolments."""
    listed = review.customs.enrolments
    if listed is None:
        return None
    number = review.people.number(review.reviewer) if review.reviewer else None
    return Fact(listed.get(number or ""), (Address("client file", "enrolments"),))
