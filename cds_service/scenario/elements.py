"""The allow-list: for every type of resource, what is kept of it and how. Nothing else is.

On the list is what a reader of `fhir/` reads, and what FHIR R4B requires of a resource that has it. A type that is not
on the list leaves only its place, as a `Basic` resource with nothing in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds_service.fhir.loose import Json, text

from .keep import (
    Keeping,
    Members,
    address,
    attachment,
    birth,
    concept,
    constant,
    count,
    dated,
    flag,
    free,
    group,
    identifier,
    in_force,
    issuer,
    members,
    minutes,
    modifier,
    narrative,
    organization_name,
    period,
    person_name,
    place,
    plan,
    qualification_extension,
    ref,
    reference,
    when,
    word,
)
from .vocabulary import REMOVED, listed

ATTESTATION = "/Questionnaire/image-review-attestation"
_QUESTIONNAIRES = "https://signoff.example.org"
_LINKS = listed(
    """
    related-service led-to-visit consent images-adequate patient-initiated secure-channel received answered
    first-reviewed soonest-available minutes patient-state submitted-by answered-by
    """
)
_WHO_OR_STATE = frozenset({"patient", "proxy", "staff", "clinician"})


def _questionnaire(_keeping: Keeping, value: Any) -> str | None:
    """Keep that it is our attestation form; which other form it is does not matter."""
    if not isinstance(value, str):
        return None
    ours = value.strip().partition("|")[0].endswith(ATTESTATION)
    return _QUESTIONNAIRES + (ATTESTATION if ours else "/Questionnaire/another")


def _link(_keeping: Keeping, value: Any) -> str | None:
    if not isinstance(value, str):
        return None
    return value.strip() if value.strip() in _LINKS else REMOVED


def _answer_words(keeping: Keeping, value: Any) -> str | None:
    """Keep a word of our form, or a state."""
    if not isinstance(value, str) or not value.strip():
        return None
    if value.strip() in _WHO_OR_STATE:
        return value.strip()
    return keeping.phrases.said("state", value) or REMOVED


def _item(keeping: Keeping, value: Any) -> Json | None:
    """Keep an answer to our form; of any other item only what of our form stands in it."""
    if not isinstance(value, dict):
        return None
    inside: Members = {"item": _item}
    ours = text(value, "linkId") in _LINKS
    answers = {**_ANSWER, **inside} if ours else inside
    kept = members(keeping, value, {"linkId": _link, **inside, "answer": group(answers)})
    return kept if ours or len(kept) > 1 else None


_ANSWER: Members = {
    "valueBoolean": flag,
    **dated("value"),
    "valueInteger": count,
    "valueString": _answer_words,
    "valueCode": word,
    "valueCoding": concept("state", codes="state", bare=True),
}

_IDENTIFIED: Members = {"identifier": identifier, "active": flag}
_BILLED = concept(billed=True)
_OF_PATIENT: Members = {"subject": ref, "encounter": ref}

_QUALIFICATION = group(
    {
        "extension": qualification_extension,
        "identifier": identifier,
        "code": concept("licence", codes="licence"),
        "period": in_force,
        "issuer": issuer,
    }
)

ELEMENTS: Mapping[str, Members] = {
    "Account": {"status": word, "subject": ref, "coverage": group({"coverage": ref, "priority": count})},
    "Appointment": {
        "status": word,
        "serviceType": _BILLED,
        "reasonCode": concept(),
        "reasonReference": ref,
        "start": when,
        "end": when,
        "created": when,
        "participant": group({"type": concept(), "actor": ref, "required": word, "status": word}),
        "requestedPeriod": period,
    },
    "CareTeam": {},
    "ChargeItem": {
        "status": word,
        "code": _BILLED,
        "subject": ref,
        "context": ref,
        **dated("occurrence"),
        "performer": group({"actor": ref}),
        "performingOrganization": ref,
        "quantity": group({"value": count}),
        "enteredDate": when,
    },
    "Claim": {
        "status": word,
        "type": concept(),
        "use": word,
        "patient": ref,
        "created": when,
        "provider": ref,
        "priority": concept(),
        "careTeam": group({"sequence": count, "provider": ref}),
        "diagnosis": group({"sequence": count, "diagnosisCodeableConcept": concept(), "diagnosisReference": ref}),
        "insurance": group({"sequence": count, "focal": flag, "coverage": ref}),
        "item": group(
            {
                "sequence": count,
                "careTeamSequence": count,
                "diagnosisSequence": count,
                "productOrService": _BILLED,
                "modifier": modifier,
                **dated("serviced"),
                "locationCodeableConcept": place,
                "quantity": group({"value": count}),
                "encounter": ref,
            }
        ),
    },
    "ClinicalImpression": {
        "status": word,
        **_OF_PATIENT,
        **dated("effective"),
        "date": when,
        "assessor": ref,
        "summary": free("images"),
        "finding": group(
            {"itemCodeableConcept": concept("images"), "itemReference": ref, "basis": free("images")},
            empty={"basis": REMOVED},
        ),
    },
    "Communication": {
        "inResponseTo": ref,
        "status": word,
        "category": concept("channel", codes="channel"),
        "medium": concept("medium", codes="medium"),
        **_OF_PATIENT,
        "topic": concept("topic", codes="topic"),
        "sent": when,
        "received": when,
        "recipient": ref,
        "sender": ref,
        "reasonCode": concept("topic", codes="topic"),
        "payload": group(
            {"contentString": free("nothing"), "contentAttachment": attachment(), "contentReference": ref},
            empty={"contentString": REMOVED},
        ),
    },
    "CommunicationRequest": {"status": word, **_OF_PATIENT, "authoredOn": when, "requester": ref},
    "Condition": {
        "clinicalStatus": concept(),
        "verificationStatus": concept(),
        "category": concept(),
        "code": concept(),
        **_OF_PATIENT,
        "recordedDate": when,
    },
    "Consent": {
        "text": narrative,
        "status": word,
        "scope": concept("scope"),
        "category": concept("consent"),
        "patient": ref,
        "dateTime": when,
        "sourceAttachment": attachment("consent"),
        "sourceReference": ref,
        "policy": constant({"uri": "https://ehr.example.org/policy"}),
        "policyRule": concept("consent"),
        "provision": group(
            {
                "type": word,
                "period": in_force,
                "code": concept("consent"),
                "data": group({"meaning": word, "reference": ref}),
                "provision": group({"type": word, "period": in_force, "code": concept("consent")}),
            }
        ),
    },
    "Coverage": {
        "status": word,
        "type": concept("payer"),
        "beneficiary": ref,
        "period": in_force,
        "payor": reference("payer"),
        "class": group({"type": concept(), "value": plan, "name": free("payer")}),
        "order": count,
    },
    "Device": {},
    "DiagnosticReport": {
        "status": word,
        "code": concept(),
        **_OF_PATIENT,
        **dated("effective"),
        "issued": when,
        "performer": ref,
        "resultsInterpreter": ref,
        "conclusion": free("images"),
    },
    "DocumentReference": {
        "status": word,
        "docStatus": word,
        "type": concept("note"),
        "category": concept("note"),
        "subject": ref,
        "date": when,
        "author": ref,
        "authenticator": ref,
        "description": free("images"),
        "content": group({"attachment": attachment()}),
        "context": group({"encounter": ref}),
    },
    "Encounter": {
        "status": word,
        "class": concept(bare=True),
        "type": _BILLED,
        "subject": ref,
        "basedOn": ref,
        "participant": group({"type": concept(), "individual": ref}),
        "appointment": ref,
        "period": period,
        "reasonCode": concept(),
        "reasonReference": ref,
        "diagnosis": group({"condition": ref, "use": concept(), "rank": count}),
        "account": ref,
        "location": group({"location": ref}),
        "serviceProvider": ref,
    },
    "HealthcareService": {},
    "Location": {"identifier": identifier, "address": address},
    "Media": {
        "status": word,
        "type": concept(),
        **_OF_PATIENT,
        **dated("created"),
        "issued": when,
        "operator": ref,
        "content": attachment(),
        "note": group({"authorReference": ref, "text": free("images")}),
    },
    "Observation": {
        "status": word,
        "code": concept("time", codes="time"),
        **_OF_PATIENT,
        **dated("effective"),
        "issued": when,
        "performer": ref,
        "valueQuantity": minutes,
    },
    "OperationOutcome": {"issue": group({"severity": word, "code": word})},
    "Organization": {
        **_IDENTIFIED,
        "name": organization_name,
        "alias": organization_name,
        "address": address,
        "partOf": ref,
    },
    "Patient": {**_IDENTIFIED, "name": person_name, "birthDate": birth, "address": address},
    "Practitioner": {**_IDENTIFIED, "name": person_name, "qualification": _QUALIFICATION},
    "PractitionerRole": {
        **_IDENTIFIED,
        "period": in_force,
        "practitioner": ref,
        "organization": ref,
        "code": concept(),
        "specialty": concept(),
    },
    "Procedure": {
        "status": word,
        "code": _BILLED,
        **_OF_PATIENT,
        **dated("performed"),
        "performer": group({"actor": ref, "onBehalfOf": ref}),
        "reasonCode": concept(),
        "reasonReference": ref,
    },
    "QuestionnaireResponse": {
        "questionnaire": _questionnaire,
        "status": word,
        **_OF_PATIENT,
        "authored": when,
        "author": ref,
        "source": ref,
        "item": _item,
    },
    "RelatedPerson": {**_IDENTIFIED, "patient": ref, "name": person_name},
    "Schedule": {"active": flag, "actor": ref},
    "ServiceRequest": {
        "status": word,
        "intent": word,
        "code": _BILLED,
        **_OF_PATIENT,
        "authoredOn": when,
        "requester": ref,
        "performer": ref,
    },
    "Slot": {"schedule": ref, "status": word, "start": when, "end": when},
}

NOT_LISTED: Json = {"code": {"text": REMOVED}}
"""What `Basic` must have."""
