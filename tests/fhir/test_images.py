"""Images and videos: what counts, who sent them, when they came."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.billing.facts import Image

from .chart import ANSWER, PHOTO, QUESTION, Chart, at, attestation, day, of_patient, ref, resource

Json = dict[str, Any]


def only(chart: Chart) -> Image:
    images = chart.read().images
    assert len(images) == 1
    return images[0]


def document(own: str = "d1", **members: Any) -> Json:
    usual: Json = {
        "status": "current",
        "author": [ref("Patient/p1")],
        "date": "2026-11-20T16:05:00-05:00",
        "content": [{"attachment": {"contentType": "image/png"}}],
        "context": {"encounter": [ref("Encounter/e1")]},
    }
    return of_patient("DocumentReference", own, **(usual | members))


def test_a_patient_s_photo_carried_by_a_message(chart: Chart) -> None:
    image = only(chart)
    assert (image.certain, image.submitted_by.value) == (True, "patient")
    assert image.received.value == at("2026-11-20 16:00")
    assert image.received.seen_at[0].resource == "Communication/c1"
    assert image.recorded == at("2026-11-20 16:00").first


@pytest.mark.parametrize("kind", ["image/jpeg", "IMAGE/HEIC", "video/mp4"])
def test_images_and_videos_count(chart: Chart, kind: str) -> None:
    assert only(chart.change("Media/m1", content={"contentType": kind})).certain


@pytest.mark.parametrize("kind", ["application/pdf", "text/plain", "audio/mp3", "application/dicom"])
def test_other_attachments_are_no_images(chart: Chart, kind: str) -> None:
    assert chart.change("Media/m1", content={"contentType": kind}).read().images == ()


def test_a_media_of_untold_type_is_uncertain(chart: Chart) -> None:
    assert not only(chart.change("Media/m1", content={"url": "Binary/b1"})).certain


@pytest.mark.parametrize("status", ["entered-in-error", "not-done", "preparation", None])
def test_a_media_that_is_not_completed_is_nothing(chart: Chart, status: str | None) -> None:
    assert chart.change("Media/m1", status=status).read().images == ()


@pytest.mark.parametrize(
    ("kind", "party"),
    [
        ("Patient/p1", "patient"),
        ("RelatedPerson/mother", "proxy"),
        ("Practitioner/d9", "clinician"),
        ("PractitionerRole/r9", "clinician"),
        ("Organization/o9", "organization"),
        ("CareTeam/t9", "organization"),
    ],
)
def test_the_operator_says_who_submitted_it(chart: Chart, kind: str, party: str) -> None:
    assert only(chart.change("Media/m1", operator=ref(kind))).submitted_by.value == party


def test_without_operator_the_sender_of_the_message_submitted_it(chart: Chart) -> None:
    chart.change("Media/m1", operator=None).change("Communication/c1", sender=ref("RelatedPerson/father"))
    image = only(chart)
    assert image.submitted_by.value == "proxy"
    assert image.submitted_by.seen_at[0].path == "sender"


def test_a_device_names_nobody(chart: Chart) -> None:
    chart.change("Media/m1", operator=ref("Device/camera")).change("Communication/c1", sender=ref("Device/portal"))
    assert only(chart).submitted_by.value is None
    chart.put(attestation(submitted_by={"code": "proxy"}))
    assert only(chart).submitted_by.value == "proxy"


def test_another_patient_as_operator_is_nobody(chart: Chart) -> None:
    chart.change("Media/m1", operator=ref("Patient/p2")).change("Communication/c1", sender=None)
    assert only(chart).submitted_by.value is None


# --- when it came ---


def test_received_comes_before_sent(chart: Chart) -> None:
    chart.change("Communication/c1", received="2026-11-20T16:03:00-05:00")
    assert only(chart).received.value == at("2026-11-20 16:03")
    assert only(chart).recorded == at("2026-11-20 16:00").first


def test_then_the_attestation_then_the_media_s_own_date_which_is_in_doubt(chart: Chart) -> None:
    chart.without("Communication/c1")
    image = only(chart)
    assert image.received.value == at("2026-11-20 16:01")
    assert (image.received.doubt, image.received.seen_at[0].path) == ("not a receipt", "issued")
    chart.put(attestation(received={"valueDateTime": "2026-11-20T15:55:00-05:00"}))
    assert only(chart).received.value == at("2026-11-20 15:55")
    assert only(chart).received.doubt is None


def test_the_time_it_was_taken_is_in_doubt_too_and_no_time_is_none(chart: Chart) -> None:
    chart.without("Communication/c1").change("Media/m1", issued=None, createdDateTime="2026-11-20")
    assert only(chart).received.value == day("2026-11-20")
    assert only(chart).received.doubt == "not a receipt"
    assert only(chart.change("Media/m1", createdDateTime=None)).received.value is None


def test_a_receipt_recorded_after_the_moment_of_looking_is_not_seen(chart: Chart) -> None:
    facts = chart.read()
    assert len(facts.seen_by(at("2026-11-20 16:00").first).images) == 1
    assert facts.seen_by(at("2026-11-20 15:54").first).images == ()


# --- of this review ---


def test_a_media_of_another_encounter_counts_only_if_a_message_of_this_one_carries_it(chart: Chart) -> None:
    chart.change("Media/m1", encounter=ref("Encounter/e9"))
    assert len(chart.read().images) == 1
    chart.change("Communication/c1", encounter=ref("Encounter/e9"))
    assert chart.read().images == ()


def test_a_message_may_contain_its_photo(chart: Chart) -> None:
    photo = {k: v for k, v in PHOTO.items() if k not in {"subject", "encounter"}} | {"id": "in"}
    chart.without("Media/m1")
    chart.change("Communication/c1", contained=[photo], payload=[{"contentReference": ref("#in")}])
    assert only(chart).seen_at.resource == "Communication/c1#in"


def test_an_attachment_of_a_message_is_an_image(chart: Chart) -> None:
    chart.without("Media/m1")
    payload = [{"contentString": "Look"}, {"contentAttachment": {"contentType": "image/jpeg"}}]
    image = only(chart.change("Communication/c1", payload=payload))
    assert image.seen_at.path == "payload[1].contentAttachment"
    assert (image.submitted_by.value, image.received.value) == ("patient", at("2026-11-20 16:00"))


def test_an_unlabelled_attachment_may_be_an_image_if_the_patient_sent_it(chart: Chart) -> None:
    chart.without("Media/m1").change("Communication/c1", payload=[{"contentAttachment": {"url": "Binary/9"}}])
    assert not only(chart).certain
    assert chart.change("Communication/c1", sender=ref("Practitioner/d1")).read().images == ()


def test_a_photo_and_the_attachment_with_its_bytes_are_one(chart: Chart) -> None:
    attached = {"contentAttachment": {"contentType": "image/jpeg", "url": "Binary/b1"}}
    image = only(chart.change("Communication/c1", payload=[attached]))
    assert (image.seen_at.resource, image.received.value) == ("Media/m1", at("2026-11-20 16:00"))


def test_a_document_with_an_image_is_an_image_and_its_date_the_receipt(chart: Chart) -> None:
    chart.without("Media/m1", "Communication/c1").put(document())
    image = only(chart)
    assert (image.submitted_by.value, image.certain) == ("patient", True)
    assert (image.received.value, image.received.doubt) == (at("2026-11-20 16:05"), None)


@pytest.mark.parametrize(
    "members",
    [
        {"status": "entered-in-error"},
        {"status": "superseded"},
        {"docStatus": "entered-in-error"},
        {"content": [{"attachment": {"contentType": "application/pdf"}}]},
        {"context": {"encounter": [ref("Encounter/e9")]}},
        {"context": None},
    ],
    ids=str,
)
def test_a_document_that_is_not_current_or_no_image_or_not_of_this_encounter_is_none(
    chart: Chart, members: Json
) -> None:
    chart.without("Media/m1", "Communication/c1").put(document(**members))
    assert chart.read().images == ()


def test_among_several_authors_the_patient_counts(chart: Chart) -> None:
    chart.without("Media/m1", "Communication/c1").put(document(author=[ref("Organization/o1"), ref("Patient/p1")]))
    assert only(chart).submitted_by.value == "patient"


# --- asked for anew ---

RETAKE = ANSWER | {"id": "c3", "sent": "2026-11-20T17:00:00-05:00", "inResponseTo": [ref("Communication/c1")]}
PHOTO_2 = PHOTO | {"id": "m2", "content": {"contentType": "image/jpeg", "url": "Binary/b2"}}
QUESTION_2 = QUESTION | {
    "id": "c4",
    "sent": "2026-11-21T09:00:00-05:00",
    "inResponseTo": [ref("Communication/c3")],
    "payload": [{"contentReference": ref("Media/m2")}],
}


@pytest.mark.parametrize(
    "asking",
    [
        {"category": [{"coding": [{"code": "instruction"}]}]},
        {"reasonCode": [{"text": "Please send a new photo"}]},
        {"reasonCode": [{"coding": [{"code": "x", "display": "Image too blurry"}]}]},
        {},
    ],
)
def test_an_image_asked_for_anew_starts_the_clock_anew(chart: Chart, asking: Json) -> None:
    facts = chart.put(RETAKE | asking, PHOTO_2, QUESTION_2).read()
    assert [i.requested_anew for i in facts.images] == [False, True]
    assert facts.received.value == at("2026-11-21 09:00")
    assert [r.seen_at.resource for r in facts.replies] == ["Communication/c2"]


def test_a_second_photo_that_nobody_asked_for_starts_nothing_anew(chart: Chart) -> None:
    facts = chart.put(PHOTO_2, QUESTION_2 | {"inResponseTo": []}).read()
    assert [i.requested_anew for i in facts.images] == [False, False]
    assert facts.received.value == at("2026-11-20 16:00")


def test_a_photo_in_thanks_for_the_answer_starts_nothing_anew(chart: Chart) -> None:
    thanks = QUESTION_2 | {"sent": "2026-11-23T18:00:00-05:00", "inResponseTo": [ref("Communication/c2")]}
    facts = chart.put(PHOTO_2, thanks).read()
    assert facts.received.value == at("2026-11-20 16:00")
    assert facts.answered.value == at("2026-11-23 15:20")


def test_a_request_for_better_images_is_no_answer_even_before_they_come(chart: Chart) -> None:
    chart.change("Communication/c2", reasonCode=[{"text": "Please retake the photo"}])
    assert chart.read().replies == ()


def test_a_search_that_failed_is_told_among_the_places_looked_at(chart: Chart) -> None:
    del chart.prefetch["documents"]
    facts = chart.read()
    assert facts.images_looked.back_to is None
    assert {a.resource for a in facts.images_looked.seen_at} == {
        "prefetch/media",
        "prefetch/documents",
        "prefetch/communications",
    }


def test_another_patient_s_photo_is_not_seen(chart: Chart) -> None:
    assert chart.change("Media/m1", subject=ref("Patient/p2")).read().images == ()


def test_a_reference_to_nothing_is_borne(chart: Chart) -> None:
    chart.without("Media/m1").put(resource("Media", "m9"))
    assert chart.read().images == ()
