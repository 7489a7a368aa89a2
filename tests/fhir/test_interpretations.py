"""Findings and notes: by whom, when, and what they say of the images."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from cds_service.billing.facts import Interpretation

from .chart import PHOTO, Chart, at, of_patient, ref

Json = dict[str, Any]


def only(chart: Chart) -> Interpretation:
    (found,) = chart.read().interpretations
    return found


def note(own: str = "n1", **members: Any) -> Json:
    usual: Json = {
        "status": "current",
        "docStatus": "final",
        "type": {"text": "Progress note"},
        "category": [{"coding": [{"code": "clinical-note"}]}],
        "author": [ref("Practitioner/d1")],
        "date": "2026-11-23T15:28:00-05:00",
        "content": [{"attachment": {"contentType": "text/html"}}],
        "context": {"encounter": [ref("Encounter/e1")]},
    }
    return of_patient("DocumentReference", own, **(usual | members))


def report(**members: Any) -> Json:
    usual: Json = {
        "status": "final",
        "encounter": ref("Encounter/e1"),
        "resultsInterpreter": [ref("Practitioner/d1")],
        "issued": "2026-11-23T15:12:00-05:00",
        "conclusion": "Eczema.",
    }
    return of_patient("DiagnosticReport", "dr1", **(usual | members))


def test_a_completed_impression_by_the_reviewer(chart: Chart) -> None:
    found = only(chart)
    assert (found.by, found.draft, found.against_images) == ("reviewer", False, False)
    assert found.dated == at("2026-11-23 15:15")
    assert (found.seen_at.resource, found.seen_at.path) == ("ClinicalImpression/i1", "summary")


@pytest.mark.parametrize(
    "members",
    [
        {"summary": None},
        {"status": "entered-in-error"},
        {"status": None},
        {"encounter": ref("Encounter/e9")},
        {"encounter": None},
    ],
)
def test_an_impression_that_is_empty_or_not_of_this_encounter_is_none(chart: Chart, members: Json) -> None:
    assert chart.change("ClinicalImpression/i1", **members).read().interpretations == ()


def test_a_finding_alone_is_an_interpretation(chart: Chart) -> None:
    finding = [{"itemCodeableConcept": {"text": "Eczema"}}]
    assert only(chart.change("ClinicalImpression/i1", summary=None, finding=finding)).seen_at.path == "finding"


@pytest.mark.parametrize(
    ("assessor", "by"),
    [
        ("Practitioner/d1", "reviewer"),
        ("PractitionerRole/r1", "reviewer"),
        ("Practitioner/d9", "another"),
        (None, "unknown"),
    ],
)
def test_by_whom(chart: Chart, assessor: str | None, by: str) -> None:
    assert only(chart.change("ClinicalImpression/i1", assessor=ref(assessor) if assessor else None)).by == by


@pytest.mark.parametrize(
    ("status", "draft"),
    [("final", False), ("amended", False), ("corrected", False), ("preliminary", True), ("cancelled", None)],
)
def test_a_report_with_a_conclusion(chart: Chart, status: str, draft: bool | None) -> None:
    found = chart.without("ClinicalImpression/i1").put(report(status=status)).read().interpretations
    assert [f.draft for f in found] == ([] if draft is None else [draft])


def test_a_report_s_performer_speaks_where_no_interpreter_is_named(chart: Chart) -> None:
    chart.without("ClinicalImpression/i1")
    chart.put(report(resultsInterpreter=None, performer=[ref("Organization/lab"), ref("Practitioner/d1")]))
    assert only(chart).by == "reviewer"
    assert chart.put(report(conclusion=None)).read().interpretations == ()


@pytest.mark.parametrize(
    ("status", "draft"), [("final", False), ("amended", False), (None, False), ("preliminary", True)]
)
def test_a_clinical_note(chart: Chart, status: str | None, draft: bool) -> None:
    found = only(chart.without("ClinicalImpression/i1").put(note(docStatus=status)))
    assert (found.by, found.draft, found.recorded) == ("reviewer", draft, at("2026-11-23 15:28").first)


@pytest.mark.parametrize(
    "members",
    [
        {"status": "superseded"},
        {"docStatus": "entered-in-error"},
        {"content": [{"attachment": {"contentType": "image/jpeg"}}]},
        {"author": [ref("Patient/p1")]},
        {"category": None, "type": None},
        {"category": None, "content": [{"attachment": {"contentType": "application/zip"}}]},
        {"category": None, "type": {"text": "Consent form"}},
        {"context": {"encounter": [ref("Encounter/e9")]}},
    ],
    ids=str,
)
def test_a_document_that_is_no_clinical_note_of_this_encounter_is_none(chart: Chart, members: Json) -> None:
    assert chart.without("ClinicalImpression/i1").put(note(**members)).read().interpretations == ()


def test_a_note_by_its_type_and_form_and_by_its_authenticator(chart: Chart) -> None:
    chart.without("ClinicalImpression/i1")
    assert (
        only(chart.put(note(category=None, content=[{"attachment": {"contentType": "application/pdf"}}]))).by
        == "reviewer"
    )
    assert only(chart.put(note(author=None, authenticator=ref("Practitioner/d1")))).by == "reviewer"


def test_a_note_not_yet_saved_is_a_draft_and_counts_at_sign_off_only(chart: Chart) -> None:
    draft = {k: v for k, v in note().items() if k != "id"}
    chart.without("ClinicalImpression/i1").context["drafts"] = {
        "resourceType": "Bundle",
        "entry": [{"resource": draft}],
    }
    found = only(chart)
    assert found.draft
    assert found.seen_at.resource == "draft DocumentReference"


# --- words against the images ---


@pytest.mark.parametrize(
    "members",
    [
        {"summary": "The photo is TOO BLURRY to tell."},
        {"finding": [{"itemCodeableConcept": {"text": "image out of focus"}}]},
        {"finding": [{"itemCodeableConcept": {"coding": [{"display": "Image quality inadequate"}]}}]},
    ],
)
def test_words_against_the_images(chart: Chart, members: Json) -> None:
    assert only(chart.change("ClinicalImpression/i1", **members)).against_images


def test_words_in_a_note_s_own_text_count(chart: Chart) -> None:
    data = base64.b64encode(b"<p>Image too dark.</p>").decode()
    chart.without("ClinicalImpression/i1")
    assert only(chart.put(note(content=[{"attachment": {"contentType": "text/html", "data": data}}]))).against_images
    assert not only(
        chart.put(note(content=[{"attachment": {"contentType": "text/html", "data": "%%%"}}]))
    ).against_images


def test_a_clinician_s_note_at_the_photo_counts_and_the_patient_s_does_not(chart: Chart) -> None:
    chart.change("Media/m1", note=[{"text": "Blurry"}])
    assert only(chart).against_images
    chart.change("Media/m1", note=[{"text": "Sorry, blurry", "authorReference": ref("Patient/p1")}])
    assert not only(chart).against_images


def test_what_was_said_of_the_first_photo_is_not_held_against_the_better_one(chart: Chart) -> None:
    first = chart.prefetch["impressions"]["entry"][0]["resource"]
    early = first | {"id": "i0", "date": "2026-11-20T16:30:00-05:00", "summary": "Too blurry."}
    asked = {
        "reasonCode": [{"text": "Please send a new photo"}],
        "id": "c3",
        "sent": "2026-11-20T17:00:00-05:00",
    }
    answer = chart.prefetch["communications"]["entry"][1]["resource"]
    question = chart.prefetch["communications"]["entry"][0]["resource"]
    better = question | {
        "id": "c4",
        "sent": "2026-11-21T09:00:00-05:00",
        "payload": [{"contentReference": ref("Media/m2")}],
    }
    chart.put(early, answer | asked, better, PHOTO | {"id": "m2", "content": {"contentType": "image/jpeg"}})
    chart.change("Media/m1", note=[{"text": "Blurry"}])
    assert [i.against_images for i in chart.read().interpretations] == [False, False]
