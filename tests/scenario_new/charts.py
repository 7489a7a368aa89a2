"""Charts full of markers: every member that FHIR R4B knows of every type, and whatever else a string may be made of."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from cds_service.fhir.prefetch import SEARCHES
from cds_service.scenario.elements import ELEMENTS
from cds_service.scenario.keep import PLAN_NET

Json = dict[str, Any]

MARK = "ZZPHI"
NUMBER = 5551234567
DAY = "2026-11-23"
DEEPEST = 5
NOT_LISTED = ("Immunization", "AllergyIntolerance", "ImagingStudy", "Person", "Binary", "Task", "ExplanationOfBenefit")
_TYPE = re.compile(r"abc\.(\w+)Type\b")


def full_resource(kind: str, say: Callable[[str], str]) -> Json:
    """Return a resource with every member that R4B gives its type, several levels deep; `say` writes each string."""
    return {**_full(kind, say, 0), "resourceType": kind}


def _full(kind: str, say: Callable[[str], str], depth: int) -> Json:
    if kind == "Extension":
        return _extension(say, depth)
    told: Json = {}
    for name, shape, inner in _members(kind):
        if inner in {"Resource", "FHIRPrimitiveExtension"}:
            continue
        if inner and depth < DEEPEST:
            value: Any = _full(inner, say, depth + 1)
        elif inner:
            continue
        elif "datetime" in shape or "date" in shape:
            value = f"{DAY}T15:30:00-05:00" if "datetime" in shape else DAY
        else:
            value = True if "bool" in shape else NUMBER if "int" in shape or "Decimal" in shape else say(name)
        told[name] = [value] if "List[" in shape else value
    return told | {f"{MARK}key": say("key"), f"_{MARK}": {"extension": [{"url": say("url")}]}}


def _extension(say: Callable[[str], str], depth: int) -> Json:
    """Return an extension: with all fifty kinds of value in each, a chart would be too large to be gone through."""
    concept = {
        "coding": [{"system": say("system"), "code": say("code"), "display": say("display")}],
        "text": say("text"),
    }
    told: Json = {
        "url": say("url"),
        "valueString": say("value"),
        "valueCode": say("code"),
        "valueCodeableConcept": concept,
    }
    if depth < DEEPEST - 1:
        told["extension"] = [_extension(say, DEEPEST - 1)]
    return told | {f"{MARK}key": say("key"), "valueReference": {"reference": say("reference")}}


@cache
def _members(kind: str) -> tuple[tuple[str, str, str], ...]:
    """Return each member with its type as text and, where that is a type of FHIR's, its name."""
    fields = get_fhir_model_class(kind).model_fields
    found = []
    for name, field in fields.items():
        alias = field.alias or name
        shape = str(field.annotation)
        inner = _TYPE.search(shape)
        if alias not in {"resourceType", "fhir_comments"} and not (
            kind in {"Reference", "Identifier"} and name == "assigner"
        ):
            found.append((alias, shape, inner[1] if inner else ""))
    return tuple(found)


def full_chart(say: Callable[[str], str], kinds: list[str]) -> Json:
    """Return a hook request whose every search and draft holds these resources, with contained ones in them."""

    def entry(kind: str) -> Json:
        inside = [full_resource("Organization", say), full_resource("Practitioner", say)]
        return {
            "fullUrl": say("fullUrl"),
            "resource": {**full_resource(kind, say), "contained": inside},
            "search": {"mode": say("mode"), MARK: say("key")},
            "request": {"method": say("method"), "url": say("url")},
            "response": {"status": say("status"), "location": say("url"), "etag": say("etag")},
        }

    def bundle(kinds: list[str]) -> Json:
        links = [{"relation": say("relation"), "url": say("url")}, say("link")]
        told = {"resourceType": "Bundle", "type": say("type"), "id": say("id"), "link": links, "total": NUMBER}
        return told | {
            "entry": [*(entry(k) for k in kinds), say("entry"), {"fullUrl": say("fullUrl")}],
            MARK: say("key"),
        }

    searches = {key: bundle([search.kind, *kinds]) for key, search in SEARCHES.items() if search.kind in kinds}
    return {
        "hook": say("hook"),
        "hookInstance": say("hookInstance"),
        "fhirServer": say("url"),
        "fhirAuthorization": {"access_token": say("token"), "subject": say("subject")},
        "context": {
            **{name: say(name) for name in ("userId", "patientId", "encounterId", MARK)},
            "drafts": bundle(kinds),
        },
        "prefetch": {
            "encounter": full_resource("Encounter", say),
            "patient": full_resource("Patient", say),
            "practitioner": full_resource("Practitioner", say),
            "practitionerRole": say("string"),
            **searches,
            MARK: bundle(kinds),
        },
        "extension": {MARK: say("key")},
    }


ALL = [*ELEMENTS, *NOT_LISTED]

_SPELLINGS = (
    *(
        "{m}",
        "{m}",
        "{m} {m}",
        "Patient/{m}",
        "{m}/{m}",
        "Patient/{m}/_history/{m}",
        "#{m}",
        "urn:uuid:{m}",
        "urn:oid:{m}",
    ),
    *("urn:{m}", "https://{m}/fhir/Encounter/{m}", "http://{m}", "Patient?identifier={m}|{m}", "{m}?_count={m}"),
    *(
        "text/plain; {m}",
        "text/{m}",
        "image/{m}",
        "application/pdf+{m}",
        "cost sharing {m} telehealth",
        "{m} too blurry",
    ),
    *("Medicare Part B {m}", "{m} self-insured", "New York Board {m}", "NY", "US-{m}", "{m} licence", "auto-reply {m}"),
    *("voice-mail {m}", "sms{m}", "portal {m}", "time spent {m}", "consent {m}", "for treatment {m}", "resubmit: {m}"),
    *("http://loinc.org", "http://loinc.org|{m}", "http://snomed.info/sct", "http://hl7.org/fhir/sid/us-npi", "{m}min"),
    *("http://www.ama-assn.org/go/cpt", "http://hl7.org/fhir/sid/icd-10-cm", "http://nucc.org/provider-taxonomy"),
    *(
        "https://nahdo.org/sopt",
        "https://nahdo.org/sopt/",
        "http://terminology.hl7.org/CodeSystem/{m}",
        "G2010",
        "L30.9",
    ),
    *(
        "http://terminology.hl7.org/CodeSystem/v2-0360/{m}",
        "completed",
        "active",
        "self",
        "match",
        "min",
        "Organization",
    ),
    *(
        PLAN_NET,
        PLAN_NET + "{m}",
        "whereValid",
        "status",
        "minutes",
        "patient-state",
        "submitted-by",
        "2{m}",
        "200 {m}",
    ),
    *("https://{m}/Questionnaire/image-review-attestation|{m}", "2026-11-23", "2026-11-23 {m}", "9999-12-31 {m}"),
    *("<div>{m} copay</div>", "<div>telehealth &amp; {m}</div>", "<{m}>", "base64", "{m}\n{m}", "\x00{m}", "Z{m}Z"),
)


def at_random(random: Random) -> Callable[[str], str]:
    """Return a writer of strings that each hold a marker or open a door for one."""
    written = iter(range(10**9))

    def say(_name: str) -> str:
        mark = f"{random.choice((MARK, MARK.lower()))}{next(written)}"
        spelled = random.choice(_SPELLINGS).replace("{m}", mark)
        return base64.b64encode(mark.encode()).decode() if spelled == "base64" else spelled

    return say


def traces(document: Any) -> list[str]:
    """Return every string and key in which a marker survives, in base64 too."""
    if isinstance(document, dict):
        return [t for key, value in document.items() for part in (key, value) for t in traces(part)]
    if isinstance(document, list):
        return [t for value in document for t in traces(value)]
    if isinstance(document, int) and not isinstance(document, bool):
        return [str(document)] if abs(document) >= NUMBER else []
    if not isinstance(document, str):
        return []
    unpacked = b""
    if len(document) % 4 == 0 and re.fullmatch(r"[A-Za-z0-9+/]+=*", document):
        unpacked = base64.b64decode(document)
    return [document] if MARK.lower() in document.lower() or MARK.lower().encode() in unpacked.lower() else []
