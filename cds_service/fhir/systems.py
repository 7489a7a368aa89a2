"""Code systems under all the names that records give them, and the codes we look for in them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .loose import Json, text

NUCC = "http://nucc.org/provider-taxonomy"
DEGREE = "http://terminology.hl7.org/CodeSystem/v2-0360"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
NPI = "http://hl7.org/fhir/sid/us-npi"
CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"

_ALSO_CALLED = {
    "urn:oid:2.16.840.1.113883.6.101": NUCC,
    "http://www.nucc.org/provider-taxonomy": NUCC,
    "urn:oid:2.16.840.1.113883.18.220": DEGREE,
    "http://hl7.org/fhir/v2/0360": DEGREE,
    "urn:oid:2.16.840.1.113883.6.90": ICD_10_CM,
    "http://hl7.org/fhir/sid/icd-10-cm/us": ICD_10_CM,
    "urn:oid:2.16.840.1.113883.4.6": NPI,
    "urn:oid:2.16.840.1.113883.6.12": CPT,
    "urn:oid:2.16.840.1.113883.6.285": HCPCS,
    "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets": HCPCS,
    "https://www.cms.gov/Medicare/Coding/MedHCPCSGenInfo": HCPCS,
    "http://www.cms.gov/Medicare/Coding/MedHCPCSGenInfo": HCPCS,
    "https://bluebutton.cms.gov/resources/codesystem/hcpcs": HCPCS,
    "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes": HCPCS,
    "http://terminology.hl7.org/CodeSystem/hcpcs-Level-II": HCPCS,
}
_OURS = frozenset({NUCC, DEGREE, ICD_10_CM, NPI, CPT, HCPCS})
_CODE = re.compile(r"[A-Z0-9][0-9]{3}[A-Z0-9]", re.ASCII)
_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?", re.ASCII)


def system(coding: Json) -> str | None:
    """Return the system of a Coding or Identifier by the name we use, without version or trailing slash."""
    told = coding.get("system")
    if not isinstance(told, str):
        return None
    if told in _OURS:
        return told
    told = told.strip()
    told = told.partition("|")[0].rstrip("/")
    if told.startswith(DEGREE):  # HL7's own examples write …/v2-0360/2.7
        return DEGREE
    return _ALSO_CALLED.get(told, told) or None


def billing_codes(codings: Iterable[Json]) -> list[str]:
    """Return the CPT and HCPCS codes; a code without system counts if it looks like one."""
    found = []
    for coding in codings:
        code = text(coding, "code")
        if code and system(coding) in {CPT, HCPCS, None} and _CODE.fullmatch(code := code.upper()):
            found.append(code)
    return found


def diagnoses(codings: Iterable[Json]) -> list[str]:
    """Return the codes that are ICD-10-CM by system and by form."""
    found = []
    for coding in codings:
        code = text(coding, "code")
        if code and system(coding) == ICD_10_CM and _DIAGNOSIS.fullmatch(code := code.upper()):
            found.append(code)
    return found


def coded(codings: Iterable[Json], wanted: str) -> list[str]:
    """Return the codes of one system."""
    return [code for coding in codings if system(coding) == wanted and (code := text(coding, "code"))]
