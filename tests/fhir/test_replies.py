"""Answers to the patient."""

from __future__ import annotations

from typing import Any

import pytest

from .chart import ANSWER, DEGREE, NUCC, Chart, at, attestation, concept, ref, resource

Json = dict[str, Any]


def doubts(chart: Chart) -> list[str | None]:
    return [reply.doubt for reply in chart.read().replies]


def test_the_reviewer_s_own_message_settles_it(chart: Chart) -> None:
    (reply,) = chart.read().replies
    assert (reply.sent, reply.doubt, reply.attested) == (at("2026-11-23 15:20"), None, False)
    assert (reply.seen_at.resource, reply.seen_at.path) == ("Communication/c2", "sent")


@pytest.mark.parametrize(
    ("sender", "doubt"),
    [
        ("Practitioner/d1", None),
        ("PractitionerRole/r1", None),
        ("Practitioner/d9", "another clinician"),
        ("Organization/o1", "organization"),
        ("CareTeam/t1", "organization"),
        ("Practitioner/nurse", "staff"),
    ],
)
def test_the_sender_settles_it_or_leaves_a_doubt(chart: Chart, sender: str, doubt: str | None) -> None:
    chart.fetched.append(resource("Practitioner", "nurse", qualification=[{"code": concept(DEGREE, "RN")}]))
    assert doubts(chart.change("Communication/c2", sender=ref(sender))) == [doubt]


def test_a_message_by_nobody_or_to_nobody_named_is_in_doubt(chart: Chart) -> None:
    assert doubts(chart.change("Communication/c2", recipient=None)) == ["recipient unknown"]
    assert doubts(chart.change("Communication/c2", sender={"display": "Clinic"})) == ["unknown sender"]


@pytest.mark.parametrize(
    "members",
    [
        {"sender": ref("Device/gateway")},
        {"category": [{"text": "Automatic acknowledgement"}]},
        {"category": [{"coding": [{"code": "auto-acknowledgement"}]}]},
        {"topic": {"text": "Auto-reply"}},
        {"reasonCode": [{"text": "out of office"}]},
        {"status": "in-progress"},
        {"status": "entered-in-error"},
        {"sent": None},
        {"recipient": [ref("Practitioner/d9")]},
        {"recipient": [ref("Patient/p2")]},
        {"sender": ref("RelatedPerson/mother")},
        {"encounter": ref("Encounter/e9"), "inResponseTo": [ref("Communication/c77")]},
        {"sent": "2026-11-22T23:00:00-05:00"},
    ],
    ids=str,
)
def test_what_is_no_answer_is_ignored(chart: Chart, members: Json) -> None:
    assert chart.change("Communication/c2", **members).read().replies == ()


def test_an_automobile_is_nothing_automatic(chart: Chart) -> None:
    assert doubts(chart.change("Communication/c2", topic={"text": "Automobile accident"})) == [None]


@pytest.mark.parametrize("medium", [{"text": "Voice mail"}, {"coding": [{"code": "VOICEMAIL"}]}])
def test_a_voicemail_is_in_doubt(chart: Chart, medium: Json) -> None:
    assert doubts(chart.change("Communication/c2", medium=[medium])) == ["voicemail"]


def test_an_answer_to_the_proxy_counts(chart: Chart) -> None:
    assert doubts(chart.change("Communication/c2", recipient=[ref("RelatedPerson/mother")])) == [None]


def test_an_answer_without_encounter_counts_in_response_to_one_of_this(chart: Chart) -> None:
    assert doubts(chart.change("Communication/c2", encounter=None)) == [None]


def test_an_answer_on_the_day_of_the_reading_counts_though_written_before_the_note(chart: Chart) -> None:
    assert doubts(chart.change("ClinicalImpression/i1", date="2026-11-23T23:00:00-05:00")) == [None]
    assert doubts(chart.change("ClinicalImpression/i1", date="2026-11-24")) == []


def test_the_attested_time_counts_and_says_by_whom(chart: Chart) -> None:
    chart.without("Communication/c2")
    told = {"valueDateTime": "2026-11-23T15:05:00-05:00"}
    for by, doubt in (({"code": "clinician"}, None), ({"code": "staff"}, "staff")):
        (reply,) = chart.put(attestation(answered=told, answered_by=by)).read().replies
        assert (reply.attested, reply.doubt, reply.sent) == (True, doubt, at("2026-11-23 15:05"))
        assert reply.recorded == at("2026-11-23 15:25").first
    (reply,) = chart.put(attestation(answered=told)).read().replies
    assert reply.doubt is None


def test_a_draft_answer_goes_out_with_the_signature(chart: Chart) -> None:
    draft = {k: v for k, v in ANSWER.items() if k not in {"id", "sent"}}
    chart.without("Communication/c2").context["drafts"] = {"resourceType": "Bundle", "entry": [{"resource": draft}]}
    (reply,) = chart.read().replies
    assert reply.sent == at("2026-11-23 15:30")
    assert reply.seen_at.resource == "draft Communication"
    chart.gathered_at = None
    assert chart.read().replies == ()


def test_a_nurse_by_taxonomy_is_staff(chart: Chart) -> None:
    role = resource(
        "PractitionerRole", "rn", practitioner=ref("Practitioner/n1"), specialty=[concept(NUCC, "163W00000X")]
    )
    assert doubts(chart.put(role).change("Communication/c2", sender=ref("Practitioner/n1"))) == ["staff"]
