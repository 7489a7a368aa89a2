"""A plain chart to change one thing at a time: a Medicare patient's photo of Friday, answered and signed on Monday."""

from __future__ import annotations

import copy
from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings

from cds_service.billing.facts import ReviewFacts
from cds_service.billing.moment import Moment
from cds_service.billing.tables import Tables
from cds_service.clients import DEFAULT
from cds_service.content.tables import load_tables
from cds_service.fhir.customs import Customs
from cds_service.fhir.prefetch import SEARCHES, from_hook
from cds_service.fhir.read import read_review

Json = dict[str, Any]

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
NUCC = "http://nucc.org/provider-taxonomy"
DEGREE = "http://terminology.hl7.org/CodeSystem/v2-0360"
NPI = "http://hl7.org/fhir/sid/us-npi"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine draws slowly; that is no failure."""

AT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
ZONE = DEFAULT.customs.practice.zone
KEY_OF = {search.kind: key for key, search in SEARCHES.items()} | {"PractitionerRole": "practitionerRole"}


@cache
def tables() -> Tables:
    problems: list[str] = []
    loaded = load_tables(Path(str(files("cards"))), problems)
    assert problems == []
    return loaded


def ref(name: str) -> Json:
    return {"reference": name}


def concept(system: str, code: str, **more: str) -> Json:
    return {"coding": [{"system": system, "code": code, **more}]}


def searchset(*resources: Json, **more: Any) -> Json:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": r} for r in resources], **more}


def at(wall: str) -> Moment:
    """A moment on the practice's clock: `2026-11-20 16:00`."""
    return Moment.exactly(datetime.fromisoformat(wall).replace(tzinfo=ZONE))


def day(told: str) -> Moment:
    return Moment.on(date.fromisoformat(told), ZONE)


def resource(kind: str, own: str, **members: Any) -> Json:
    return {"resourceType": kind, "id": own, **members}


def of_patient(kind: str, own: str, **members: Any) -> Json:
    return resource(kind, own, subject=ref("Patient/p1"), **members)


def visit(own: str, start: str, **members: Any) -> Json:
    """A finished visit in the office with the reviewer."""
    usual: Json = {
        "status": "finished",
        "class": {"system": ACT, "code": "AMB"},
        "participant": [{"individual": ref("Practitioner/d1")}],
        "period": {"start": start},
        "serviceProvider": ref("Organization/o1"),
    }
    return of_patient("Encounter", own, **(usual | members))


def booking(own: str, start: str | None, **members: Any) -> Json:
    usual: Json = {
        "status": "booked",
        "created": "2026-11-23T17:00:00-05:00",
        "participant": [
            {"actor": ref("Patient/p1"), "status": "accepted"},
            {"actor": ref("Practitioner/d1"), "status": "accepted"},
        ],
    }
    told = {} if start is None else {"start": start}
    return resource("Appointment", own, **(usual | told | members))


def attestation(own: str = "qr1", authored: str = "2026-11-23T15:25:00-05:00", **answers: Any) -> Json:
    kinds = {bool: "valueBoolean", str: "valueString", dict: "valueCoding", int: "valueInteger"}
    items = [
        {
            "linkId": link.replace("_", "-"),
            "answer": [answer if "value" in str(answer) else {kinds[type(answer)]: answer}],
        }
        for link, answer in answers.items()
    ]
    return of_patient(
        "QuestionnaireResponse",
        own,
        questionnaire="https://signoff.example/fhir/Questionnaire/image-review-attestation|2026",
        status="completed",
        encounter=ref("Encounter/e1"),
        author=ref("Practitioner/d1"),
        authored=authored,
        item=items,
    )


ENCOUNTER = of_patient(
    "Encounter",
    "e1",
    status="finished",
    **{"class": {"system": ACT, "code": "VR"}},
    participant=[{"type": [{"coding": [{"code": "PPRF"}]}], "individual": ref("Practitioner/d1")}],
    period={"start": "2026-11-23T15:10:00-05:00", "end": "2026-11-23T15:30:00-05:00"},
    reasonCode=[concept(ICD, "L30.9")],
    serviceProvider=ref("Organization/o1"),
)
PATIENT = resource("Patient", "p1", address=[{"use": "home", "state": "NY"}])
DOCTOR = resource("Practitioner", "d1", identifier=[{"system": NPI, "value": "1477523413"}])
ROLE = resource(
    "PractitionerRole",
    "r1",
    active=True,
    practitioner=ref("Practitioner/d1"),
    organization=ref("Organization/o1"),
    specialty=[concept(NUCC, "207N00000X")],
)
COVERAGE = resource(
    "Coverage",
    "cov1",
    status="active",
    beneficiary=ref("Patient/p1"),
    payor=[{"display": "Medicare Part B"}],
)
PHOTO = of_patient(
    "Media",
    "m1",
    status="completed",
    encounter=ref("Encounter/e1"),
    operator=ref("Patient/p1"),
    issued="2026-11-20T16:01:00-05:00",
    content={"contentType": "image/jpeg", "url": "Binary/b1"},
)
QUESTION = of_patient(
    "Communication",
    "c1",
    status="completed",
    encounter=ref("Encounter/e1"),
    sender=ref("Patient/p1"),
    sent="2026-11-20T16:00:00-05:00",
    payload=[{"contentReference": ref("Media/m1")}],
)
ANSWER = of_patient(
    "Communication",
    "c2",
    status="completed",
    encounter=ref("Encounter/e1"),
    inResponseTo=[ref("Communication/c1")],
    sender=ref("Practitioner/d1"),
    recipient=[ref("Patient/p1")],
    sent="2026-11-23T15:20:00-05:00",
)
FINDING = of_patient(
    "ClinicalImpression",
    "i1",
    status="completed",
    encounter=ref("Encounter/e1"),
    assessor=ref("Practitioner/d1"),
    date="2026-11-23T15:15:00-05:00",
    summary="Eczema.",
)


class Chart:
    """The request of one sign-off; `put` adds or replaces resources, `without` takes some away."""

    def __init__(self) -> None:
        self.context: Json = {"userId": "Practitioner/d1", "patientId": "p1", "encounterId": "e1"}
        self.prefetch: Json = {
            "encounter": ENCOUNTER,
            "patient": PATIENT,
            "practitioner": DOCTOR,
            "practitionerRole": searchset(ROLE),
            **{key: searchset() for key in SEARCHES},
        }
        self.fetched: list[Json] = []
        self.customs: Customs = DEFAULT.customs
        self.gathered_at: datetime | None = AT
        self.put(COVERAGE, PHOTO, QUESTION, ANSWER, FINDING)
        self.prefetch = copy.deepcopy(self.prefetch)

    def put(self, *resources: Json) -> Chart:
        for added in resources:
            kind, own = added["resourceType"], added.get("id")
            if kind == "Encounter" and own == "e1":
                self.prefetch["encounter"] = added
            elif kind in KEY_OF:
                entries = self.prefetch[KEY_OF[kind]]["entry"]
                entries[:] = [e for e in entries if own is None or e["resource"].get("id") != own]
                entries.append({"resource": added})
            else:
                self.fetched.append(added)
        return self

    def without(self, *names: str) -> Chart:
        for name in names:
            kind, own = name.split("/")
            entries = self.prefetch[KEY_OF[kind]]["entry"]
            entries[:] = [e for e in entries if e["resource"].get("id") != own]
        return self

    def change(self, name: str, **members: Any) -> Chart:
        """Give a resource other members; None takes a member away."""
        kind, own = name.split("/")
        found = self._find(kind, own)
        changed = {**found, **members}
        return self.put({k: v for k, v in changed.items() if v is not None})

    def _find(self, kind: str, own: str) -> Json:
        if name_is_the_encounter(kind, own):
            found: Json = self.prefetch["encounter"]
            return found
        entries = self.prefetch[KEY_OF[kind]]["entry"]
        return next(dict(e["resource"]) for e in entries if e["resource"].get("id") == own)

    @property
    def request(self) -> Json:
        return {"hook": "org.signoff-cds.encounter-sign", "context": self.context, "prefetch": self.prefetch}

    def read(self) -> ReviewFacts:
        gathered = from_hook(self.request, fetched=self.fetched)
        return read_review(gathered, tables=tables(), customs=self.customs, gathered_at=self.gathered_at)


def name_is_the_encounter(kind: str, own: str) -> bool:
    return kind == "Encounter" and own == "e1"
