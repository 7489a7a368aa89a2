"""What can name nobody: words of FHIR's own value sets, published code systems, types, and shapes of codes.

A word is kept for being on a list here, or for having the shape of a code of a system on a list here.
"""

from __future__ import annotations

import re

from cds_service.billing.tables import Tables
from cds_service.fhir.loose import Json, text
from cds_service.fhir.systems import CPT, DEGREE, HCPCS, ICD_10_CM, NPI, NUCC, billing_codes, diagnoses, system


def listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


REMOVED = "removed"
"""Stands where a text was whose being there matters. It holds no phrase that any reader looks for."""

UNKNOWN = "unknown"
"""Stands for a word that no list here has."""

WORDS = listed(
    """
    active inactive cancelled canceled draft entered-in-error final amended corrected appended preliminary registered
    partial completed in-progress not-done on-hold stopped preparation suspended unknown planned arrived triaged
    onleave finished current superseded proposed pending booked fulfilled noshow checked-in waitlist accepted declined
    tentative needs-action rejected billable billed not-billable aborted revoked retired requested received ready
    failed issued deferred opened closed busy free busy-unavailable busy-tentative order plan proposal option directive
    original-order reflex-order filler-order instance-order intent-not-certain professional institutional oral
    pharmacy vision claim preauthorization predetermination normal stat deferred routine urgent asap
    home work temp old mobile billing usual official secondary nickname anonymous maiden postal physical both
    match include outcome self next previous first last prev
    document message transaction transaction-response batch batch-response history searchset collection
    GET HEAD POST PUT DELETE PATCH
    fatal error warning information invalid structure required value invariant security login expired forbidden
    suppressed processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid extension
    too-costly business-rule conflict transient lock-error no-store exception timeout incomplete throttled
    informational success
    permit deny instance related dependents authoredby treatment research patient-privacy adr dnr acd
    OPTIN OPTOUT OPTINR OPTOUTE
    AMB EMER FLD HH IMP ACUTE NONAC NONACUTE OBSENC PRENC SS VR
    ADM ATND CALLBCK CON DIS ESC REF REFT WIT PPRF SPRF PART TRANS AUT INF
    ELECTRONIC PHYSICAL REMOTE WRITTEN EMAILWRIT FAXWRIT HANDWRIT MAILWRIT ONLINEWRIT TYPEWRIT VERBAL DICTATE FACE
    PHONE VIDEOCONF
    alert notification reminder instruction
    image video audio
    clinical-note problem-list-item encounter-diagnosis health-concern
    confirmed provisional differential refuted unconfirmed recurrence relapse remission resolved
    AD DD CC CM pre-op post-op
    group subgroup subplan class subclass sequence rxbin rxpcn rxid rxgroup
    spouse parent child other common injured none
    doctor nurse pharmacist researcher teacher ict medical
    LIC LN MD MD-license MR NPI PRN EI PLAC FILL SB MC TAX XX DR SS
    patient proxy staff clinician
    pat prov maint meds-inc mature-minor
    min mins minute minutes h
    """
)

TYPES = listed(
    """
    Account AllergyIntolerance Appointment AppointmentResponse Basic Binary BodyStructure Bundle CarePlan CareTeam
    ChargeItem Claim ClaimResponse ClinicalImpression Communication CommunicationRequest Composition Condition Consent
    Coverage CoverageEligibilityRequest CoverageEligibilityResponse Device DeviceRequest DiagnosticReport
    DocumentReference Encounter EpisodeOfCare ExplanationOfBenefit FamilyMemberHistory Flag Goal Group
    HealthcareService ImagingStudy Immunization ImmunizationRecommendation InsurancePlan Invoice List Location Media
    Medication MedicationAdministration MedicationDispense MedicationRequest MedicationStatement MessageHeader
    NutritionOrder Observation OperationOutcome Organization Patient Person PlanDefinition Practitioner
    PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup RiskAssessment
    Schedule ServiceRequest Slot Specimen Substance Task VisionPrescription
    """
)
"""Types that a reference may name."""

PLACE_OF_SERVICE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
_HL7 = "http://terminology.hl7.org/CodeSystem/"
_SYSTEMS = frozenset(
    {
        *(CPT, DEGREE, HCPCS, ICD_10_CM, NPI, NUCC, PLACE_OF_SERVICE, LOINC, SNOMED),
        "http://unitsofmeasure.org",
        "https://www.usps.com/",
        "http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category",
        "http://hl7.org/fhir/us/core/CodeSystem/condition-category",
        *(
            _HL7 + name
            for name in listed("""
            v2-0203 v3-ActCode v3-ParticipationMode v3-ParticipationType v3-ActReason v3-NullFlavor
            appointment-cancellation-reason claim-type communication-category condition-category condition-clinical
            condition-ver-status consentaction consentscope coverage-class coverage-selfpay diagnosis-role
            encounter-type ex-diagnosistype media-type operation-outcome practitioner-role processpriority
            service-category service-type subscriber-relationship
            """)
        ),
    }
)

_TAXONOMY = re.compile(r"[0-9]{3}[0-9A-Z]{6}X", re.ASCII)
_LOINC_NUMBER = re.compile(r"([0-9]{3,5})-([0-9])", re.ASCII)
_CONCEPT_NUMBER = re.compile(r"[1-9][0-9]{5,17}", re.ASCII)
_FIVES = (
    "0123456789", "1576283094", "5803796142", "8916043527", "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip
"""The rows by which Verhoeff's check digit permutes a digit, by its place from the right."""


def known_system(coding: Json, tables: Tables) -> str | None:
    """Return the system of a Coding or Identifier if it is a published one, as it was written or by our name for it."""
    told, ours = text(coding, "system"), system(coding)
    known = _SYSTEMS | {row.system for row in tables.payer_names if row.system} | {s for s, _ in tables.reporters}
    if told is not None and told in known:
        return told
    if ours is not None and ours in known:
        return ours if told != f"{ours}/" else told
    return None


def is_published(coding: Json, tables: Tables) -> bool:
    """Whether the code is a word of a list here, or a code of its published system by every sign that it gives."""
    code, named = text(coding, "code") or "", system(coding)
    if code in WORDS or diagnoses([coding]):
        return True
    if named in {CPT, HCPCS}:
        return bool(billing_codes([coding]))
    if named == NUCC:
        return _TAXONOMY.fullmatch(code) is not None
    if named == LOINC:
        return _is_loinc(code)
    if named == SNOMED:
        return _CONCEPT_NUMBER.fullmatch(code) is not None and _is_verhoeff(code)
    told = text(coding, "system") or ""
    listed = any(
        row.where == "type" and (row.system or "", row.match) == (told, code.upper()) for row in tables.payer_names
    )
    return listed or (named or "", code) in tables.reporters


def _is_loinc(code: str) -> bool:
    """Whether the last digit checks the others, as Regenstrief's do (from the right, every other one doubled)."""
    found = _LOINC_NUMBER.fullmatch(code)
    if found is None:
        return False
    total = 0
    for place, digit in enumerate(reversed(found[1])):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return int(found[2]) == -total % 10


def _is_verhoeff(number: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = _dihedral(check, int(_FIVES[place % 8][int(digit)]))
    return check == 0


def _dihedral(one: int, other: int) -> int:
    """Multiply in the group of the turns (0 to 4) and flips (5 to 9) of a pentagon."""
    turned = (one + (other if one < 5 else -other)) % 5  # noqa: PLR2004 - a pentagon has five corners
    return turned + 5 * ((one >= 5) != (other >= 5))  # noqa: PLR2004


_MEDIA_TYPES = listed(
    """
    image/jpeg image/jpg image/png image/heic image/heif image/gif image/webp image/tiff image/bmp image/svg+xml
    video/mp4 video/quicktime video/webm video/mpeg audio/mpeg audio/mp4 audio/wav audio/ogg text/plain text/html
    text/rtf text/xml application/pdf application/rtf application/xhtml+xml application/xml application/hl7-v3+xml
    application/hl7-cda+xml application/dicom application/msword application/octet-stream application/json
    """
)
_STANDING_FOR = {
    "image/": "image/jpeg",
    "video/": "video/mp4",
    "audio/": "audio/mpeg",
    "text/": "text/plain",
    "application/pdf": "application/pdf",
    "application/rtf": "application/rtf",
    "application/xhtml": "application/xhtml+xml",
    "application/xml": "application/xml",
    "application/hl7": "application/hl7-v3+xml",
}


def media_type(told: str) -> str:
    """Return a media type that is read as this one is."""
    plain = told.lower()
    if plain in _MEDIA_TYPES:
        return plain
    return next(
        (known for begins, known in _STANDING_FOR.items() if plain.startswith(begins)), "application/octet-stream"
    )
