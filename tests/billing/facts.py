"""Reviews made by hand: complete and clean unless a test says otherwise.

The review: a photo of a rash (L30) comes on Tuesday 2026-11-17 at nine in New York and is answered that day at 15:00 by
the dermatologist, who saw the patient in May. Words for time are the practice's wall clock: `2026-11-17 15:00` is a
moment, `2026-11-17` the whole day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from cds_service.billing.assessment import Answer
from cds_service.billing.facts import (
    Address,
    Charge,
    ConsentOnFile,
    Fact,
    Image,
    Interpretation,
    Licence,
    Look,
    Party,
    Problem,
    Reply,
    ReviewFacts,
    Service,
    Services,
)
from cds_service.billing.moment import EVER, Moment
from cds_service.billing.practice import Practice

NEW_YORK = ZoneInfo("America/New_York")
CHICAGO = ZoneInfo("America/Chicago")
LOS_ANGELES = ZoneInfo("America/Los_Angeles")

# 5 U.S.C. 6103, as observed: written down here, so that no library is asked for what the tests expect.
FEDERAL_HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in [
        "2026-09-07",
        "2026-10-12",
        "2026-11-11",
        "2026-11-26",
        "2026-12-25",
        "2027-01-01",
        "2027-01-18",
        "2027-02-15",
        "2027-05-31",
        "2027-06-18",
    ]
)

RASH = Problem(frozenset({"L30"}), frozenset({"Condition/rash"}))
KNEE = Problem(frozenset({"M25"}), frozenset({"Condition/knee"}))
UNTOLD = Problem()

AGES_LATER = "2027-03-01 09:00"
"""A moment at which every window of the review has long closed."""


def practice(zone: ZoneInfo = NEW_YORK, **different: Any) -> Practice:
    usual = Practice(
        zone=zone,
        business_days=frozenset(range(5)),
        opens=time(8),
        closes=time(17),
        holidays=FEDERAL_HOLIDAYS,
        state="NY",
        locality="01",
        setting="nonfacility",
        place_of_service="11",
        qualifying_apm=False,
    )
    return replace(usual, **different)


def when(text: str, zone: ZoneInfo = NEW_YORK) -> datetime:
    """Return a moment of the practice's wall clock."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def moment(text: str, zone: ZoneInfo = NEW_YORK) -> Moment:
    """Return an exact moment, or the whole day where no time is told."""
    return Moment.exactly(when(text, zone)) if ":" in text else Moment.on(date.fromisoformat(text), zone)


def look(back_to: str | None = "ever", at: str = "Search") -> Look:
    """Return a search that is whole, whole back to a day, or not whole (None)."""
    if back_to is None:
        return Look((Address(at),))
    return Look((Address(at),), EVER if back_to == "ever" else when(back_to))


NOT_WHOLE = look(None)


def fact(value: Any, at: str = "Somewhere", **more: Any) -> Fact[Any]:
    return Fact(value, (Address(at),), **more)


def service(start: str | None, name: str = "s1", **different: Any) -> Service:
    """Return an office visit of the reviewer's for the rash."""
    source = different.get("source", "encounter")
    usual = Service(
        source=source,
        kind="E/M",
        by="reviewer",
        start=moment(start) if start else None,
        problem=RASH,
        seen_at=(Address(f"{source.title()}/{name}", "period"),),
        synchronous=True,
        finished=True,
    )
    if isinstance(different.get("end"), str):
        different["end"] = moment(different["end"])
    if isinstance(different.get("booked"), str):
        different["booked"] = when(different["booked"])
    return replace(usual, **different)


def booking(start: str, booked: str | None = None, name: str = "a1", **different: Any) -> Service:
    """Return an appointment with the reviewer for the rash, made at `booked`."""
    made = when(booked) if booked else None
    return service(start, name, source="appointment", finished=False, booked=made, recorded=made, **different)


def surgery(on: str, days: int | None, name: str = "p1", **different: Any) -> Service:
    """Return a procedure of the reviewer's for the rash with so many days of follow-up."""
    return service(on, name, **{"source": "procedure", "kind": "procedure", "global_days": days, **different})


LAST_VISIT = service("2026-05-04 10:00", "last-visit", problem=KNEE)


def image(received: str | None = "2026-11-17 09:00", by: Party | None = "patient", **different: Any) -> Image:
    told = fact(moment(received), "Communication/c1") if received else Fact(seen_at=(Address("Communication/c1"),))
    return replace(Image(fact(by, "Media/m1"), told, certain=True, seen_at=Address("Media/m1")), **different)


def reply(sent: str, **different: Any) -> Reply:
    return replace(Reply(moment(sent), Address("Communication/c2", "sent")), **different)


def consent(dated: str | None, **different: Any) -> ConsentOnFile:
    """Return an active consent that names the service and its cost."""
    told = moment(dated) if dated else None
    usual = ConsentOnFile(
        active=True, names_service_and_cost=True, dated=told, seen_at=Address("Consent/n1", "dateTime")
    )
    return replace(usual, **different)


def note(**different: Any) -> Interpretation:
    return replace(Interpretation("reviewer", Address("DiagnosticReport/r1", "conclusion")), **different)


def charge(code: str, name: str = "ch1", **different: Any) -> Charge:
    """Return a charge of this review by the reviewer."""
    usual = Charge(
        code=code,
        seen_at=Address(f"ChargeItem/{name}", "code"),
        status="billable",
        of_review=True,
        on=moment("2026-11-17"),
        by="reviewer",
        own=True,
    )
    if isinstance(different.get("on"), str):
        different["on"] = moment(different["on"])
    return replace(usual, **different)


def licence(state: str | None, start: str | None = None, end: str | None = None, **different: Any) -> Licence:
    """Return a licence that the Practitioner resource shows."""
    return replace(
        Licence(
            state,
            moment(start) if start else None,
            moment(end) if end else None,
            vouched=False,
            seen_at=Address("Practitioner/d1", "qualification"),
        ),
        **different,
    )


def review(
    *,
    received: str | None = "2026-11-17 09:00",
    answered: str | None = "2026-11-17 15:00",
    on: str = "2026-11-17",
    services: tuple[Service, ...] = (),
    earlier: tuple[Service, ...] = (LAST_VISIT,),
    searched: dict[str, Look] | None = None,
    **different: Any,
) -> ReviewFacts:
    """Return a complete review; `services` stand beside the `earlier` ones, `searched` beside whole searches."""
    whole = {"encounters": look(at="Encounter"), "procedures": look(at="Procedure"), "appointments": look(at="Appt")}
    usual = ReviewFacts(
        encounter="e1",
        patient="p1",
        practice=practice(),
        at_sign_off=True,
        setting="virtual",
        date_of_service=fact(date.fromisoformat(on), "Encounter/e1"),
        payer=fact("medicare", "Coverage/k1"),
        reviewer=fact("Practitioner/d1", "Encounter/e1"),
        reporter=fact("E/M", "PractitionerRole/d1"),
        taxonomies=frozenset({"207N00000X"}),
        images=(image(received),),
        images_looked=look(at="Media"),
        replies=(reply(answered),) if answered else (),
        replies_looked=look(at="Communication"),
        interpretations=(note(),),
        interpretations_looked=look(at="DiagnosticReport"),
        consents=(consent("2026-05-04"),),
        consents_looked=look(at="Consent"),
        diagnosis=fact("L30.9", "Encounter/e1"),
        problem=RASH,
        services=Services((*earlier, *services), **(whole | (searched or {}))),
        charges_looked=look(at="ChargeItem"),
        licences=(licence("NY"),),
        patient_state=fact("NY", "Patient/p1"),
    )
    return replace(usual, **different)


def said(answer: Answer) -> tuple[str, str | None]:
    """Return the verdict and its case."""
    return answer.verdict, answer.case


def seen(answer: Answer) -> set[str]:
    """Return the resources that an answer cites."""
    return {address.resource for address in answer.because}
