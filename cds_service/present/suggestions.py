"""What a card offers to do: charges, and the small resources that close a gap. Nothing is ever done unasked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from cds_service.billing.assessment import Assessment, Candidate, Finding
from cds_service.billing.facts import Charge, ReviewFacts
from cds_service.words import Words

from .text import plain

Json = dict[str, object]
NewId = Callable[[], str]

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
EXTENSION = "org.signoff-cds"

_STATUS = MappingProxyType({"reportable": "billable", "hold": "planned"})
_LIVE = frozenset({"planned", "billable"})
"""A charge of these statuses may still be changed; any other is settled or nothing."""

_FORM_ITEM: Mapping[str, str] = MappingProxyType(
    {
        "submission": "submitted-by",
        "adequate": "images-adequate",
        "follow_up": "answered",
        "consent": "consent",
        "look_back": "related-service",
        "look_ahead": "led-to-visit",
        "licensed": "patient-state",
    }
)
"""The item of the attestation form that closes a question's gap."""


def charge_suggestion(assessment: Assessment, facts: ReviewFacts, words: Words, new_id: NewId) -> Json | None:
    """Return the one suggestion about charges: create, replace or release; None where nothing may be offered."""
    best = assessment.best
    if best is None or best.outcome not in _STATUS or any(w.charge.settled for w in assessment.wrong_charges):
        return None
    status = _STATUS[best.outcome]
    wrong = [w.charge for w in assessment.wrong_charges if w.charge.status in _LIVE and w.charge.resource is not None]
    right = [c for c in assessment.charged if c.code == best.code]
    values = {"code": best.code, "wrong": ", ".join(dict.fromkeys(plain(c.code) for c in wrong))}
    actions = [_update(c, "entered-in-error", f"Mark {plain(c.code)} as entered in error") for c in wrong]
    if not right:
        actions.append(_create(_charge_item(best, status, facts, assessment), f"Create the charge of {best.code}"))
    elif _to_release(right, status):
        actions.extend(_update(c, status, f"Make the charge of {best.code} billable") for c in right if c.resource)
    if not actions:
        return None
    does = "replace" if wrong else "release" if right else status
    label = words.card.charge_labels[does].format_map(values)
    return {"label": label, "uuid": new_id(), "isRecommended": True, "actions": actions}


def reply_suggestion(assessment: Assessment, facts: ReviewFacts, words: Words, new_id: NewId) -> Json | None:
    """Return a draft of the answer to the patient while that is still awaited; its words are the clinician's."""
    finding = assessment.best.finding("follow_up") if assessment.best else None
    if finding is None or finding.verdict != "wait":
        return None
    draft: Json = {
        "resourceType": "Communication",
        "status": "preparation",
        "subject": {"reference": f"Patient/{facts.patient}"},
        "encounter": {"reference": f"Encounter/{facts.encounter}"},
        "recipient": [{"reference": f"Patient/{facts.patient}"}],
    }
    if facts.reviewer.value:
        draft["sender"] = {"reference": facts.reviewer.value}
    return {"label": words.card.reply, "uuid": new_id(), "actions": [_create(draft, words.card.reply)]}


def gap_suggestion(finding: Finding, facts: ReviewFacts, words: Words, public_url: str, new_id: NewId) -> Json:
    """Return what would begin to close a gap: an unanswered form item, or a task. It never answers for anyone."""
    title = words.questions[finding.question].title
    if finding.verdict == "missing" and finding.question in _FORM_ITEM:
        item = "received" if finding.answer.case == "receipt" else _FORM_ITEM[finding.question]
        label = words.card.form.format_map({"title": title.lower()})
        return {"label": label, "uuid": new_id(), "actions": [_create(_form(item, facts, public_url), label)]}
    label = words.card.task.format_map({"title": title.lower()})
    word = words.questions[finding.question].word(finding.verdict, finding.answer.case)
    return {"label": label, "uuid": new_id(), "actions": [_create(_task(word.fix or word.says, facts), label)]}


def _to_release(right: list[Charge], status: str) -> bool:
    return status == "billable" and all(c.status == "planned" for c in right)


def _charge_item(best: Candidate, status: str, facts: ReviewFacts, assessment: Assessment) -> Json:
    item: Json = {
        "resourceType": "ChargeItem",
        "status": status,
        "code": {"coding": [{"system": HCPCS if best.code[0].isalpha() else CPT, "code": best.code}]},
        "subject": {"reference": f"Patient/{facts.patient}"},
        "context": {"reference": f"Encounter/{facts.encounter}"},
        "occurrenceDateTime": assessment.on.isoformat(),
    }
    if facts.reviewer.value:
        item["performer"] = [{"actor": {"reference": facts.reviewer.value}}]
    item["quantity"] = {"value": 1}
    if facts.diagnosis.value:
        item["reason"] = [{"coding": [{"system": ICD_10_CM, "code": facts.diagnosis.value}]}]
    return item


def _form(item: str, facts: ReviewFacts, public_url: str) -> Json:
    form: Json = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": f"{public_url}/Questionnaire/image-review-attestation",
        "status": "in-progress",
        "subject": {"reference": f"Patient/{facts.patient}"},
        "encounter": {"reference": f"Encounter/{facts.encounter}"},
        "item": [{"linkId": item}],
    }
    if facts.reviewer.value:
        form["author"] = {"reference": facts.reviewer.value}
    return form


def _task(description: str, facts: ReviewFacts) -> Json:
    task: Json = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "proposal",
        "description": description,
        "for": {"reference": f"Patient/{facts.patient}"},
        "encounter": {"reference": f"Encounter/{facts.encounter}"},
    }
    if facts.reviewer.value:
        task["owner"] = {"reference": facts.reviewer.value}
    return task


def _create(resource: Json, description: str) -> Json:
    return {"type": "create", "description": description, "resource": resource}


def _update(charge: Charge, status: str, description: str) -> Json:
    return {"type": "update", "description": description, "resource": {**(charge.resource or {}), "status": status}}
