"""What a hook request holds: six states of a key, how far back a search is whole, whose record it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from cds_service.billing.facts import Look
from cds_service.billing.moment import EVER
from cds_service.errors import MissingData, RequestError, Unprocessable
from cds_service.fhir.prefetch import SEARCHES, TEMPLATES, from_hook

from .chart import ANSWER, ENCOUNTER, Chart, of_patient, ref, resource, searchset

Json = dict[str, Any]
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}


def look(chart: Chart, key: str) -> Look:
    return from_hook(chart.request).resources.look(key)


# --- what we ask for ---


def test_every_template_asks_for_this_patient_each_parameter_once() -> None:
    for template in TEMPLATES.values():
        asked = [name for name, _ in parse_qsl(urlsplit(template).query)]
        assert len(asked) == len(set(asked))
        assert template.count("{{") == 1


def test_the_templates_are_those_of_the_contract() -> None:
    patient = "patient={{context.patientId}}"
    assert TEMPLATES["encounter"] == "Encounter/{{context.encounterId}}"
    assert TEMPLATES["practitionerRole"] == "PractitionerRole?practitioner={{userPractitionerId}}"
    assert TEMPLATES["coverage"] == f"Coverage?{patient}"
    assert TEMPLATES["media"] == f"Media?{patient}&_sort=-created&_count=50"
    assert TEMPLATES["responses"] == f"QuestionnaireResponse?{patient}&_sort=-authored&_count=20"
    assert TEMPLATES["priorEncounters"] == f"Encounter?{patient}&_sort=-date&_count=50"


# --- the six states ---


@pytest.mark.parametrize("key", sorted(SEARCHES))
def test_an_empty_search_is_whole(chart: Chart, key: str) -> None:
    chart.prefetch[key] = {"resourceType": "Bundle", "type": "searchset", "total": 0}
    assert look(chart, key).back_to == EVER


@pytest.mark.parametrize("key", sorted(SEARCHES))
@pytest.mark.parametrize("state", ["absent", "null", "error", "junk"])
def test_an_absent_null_or_failed_search_is_never_whole(chart: Chart, key: str, state: str) -> None:
    chart.prefetch[key] = {"null": None, "error": OUTCOME, "junk": "nothing"}.get(state)
    if state == "absent":
        del chart.prefetch[key]
    assert look(chart, key).back_to is None
    assert look(chart, key).seen_at[0].resource == f"prefetch/{key}"


@pytest.mark.parametrize(
    "sign",
    [
        {"link": [{"relation": "next", "url": "https://ehr.example/next"}]},
        {"link": "next"},
        {"total": 2},
        {"total": "1"},
        {"total": None},
        {"entry": [{"resource": ANSWER}, {"resource": OUTCOME, "search": {"mode": "outcome"}}]},
        {"entry": [{"resource": ANSWER}, None]},
        {"entry": [{"resource": ANSWER}, {"fullUrl": "x"}]},
        {"entry": [{"resource": ANSWER}, {"resource": {"id": "nameless"}}]},
        {"entry": [{"resource": ANSWER}, {"resource": resource("Media", "m9")}]},
        {"entry": {"resource": ANSWER}},
    ],
    ids=str,
)
def test_a_search_that_may_lack_something_is_not_whole(chart: Chart, sign: Json) -> None:
    chart.prefetch["communications"] = searchset(ANSWER) | sign
    assert look(chart, "communications").back_to is None


def test_what_a_search_includes_beside_its_matches_is_kept_and_not_counted(chart: Chart) -> None:
    sender = {"resource": resource("Practitioner", "d9"), "search": {"mode": "include"}}
    bundle = searchset(ANSWER, total=1)
    bundle["entry"].append(sender)
    chart.prefetch["communications"] = bundle
    gathered = from_hook(chart.request)
    assert gathered.resources.look("communications").back_to == EVER
    assert gathered.resources.find("Practitioner/d9") is not None


def test_the_malformed_lose_themselves_and_not_the_search(chart: Chart) -> None:
    chart.prefetch["communications"] = {
        "resourceType": "Bundle",
        "entry": [None, 7, {"resource": []}, {"resource": ANSWER}],
    }
    assert [c.name for c in from_hook(chart.request).resources.of("Communication")] == ["Communication/c2"]


def test_unknown_keys_are_ignored(chart: Chart) -> None:
    chart.prefetch["whatever"] = searchset(of_patient("Media", "m9"))
    assert from_hook(chart.request).resources.find("Media/m9") is None


# --- a full page ---

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def page(count: int, **more: Any) -> Json:
    """Communications an hour apart, the newest first."""
    sent = [NOON - timedelta(hours=hour) for hour in range(count)]
    return searchset(*(of_patient("Communication", f"x{i}", sent=s.isoformat()) for i, s in enumerate(sent)), **more)


def test_a_page_that_is_not_full_is_whole(chart: Chart) -> None:
    chart.prefetch["communications"] = page(49)
    assert look(chart, "communications").back_to == EVER


def test_a_full_page_is_whole_back_to_its_oldest_entry_which_may_be_cut_off(chart: Chart) -> None:
    chart.prefetch["communications"] = page(50)
    found, oldest = look(chart, "communications"), NOON - timedelta(hours=49)
    assert not found.covers(oldest)
    assert found.covers(oldest + timedelta(seconds=1))
    assert not found.whole


def test_a_full_page_out_of_order_is_not_whole(chart: Chart) -> None:
    bundle = page(50)
    bundle["entry"][3], bundle["entry"][30] = bundle["entry"][30], bundle["entry"][3]
    chart.prefetch["communications"] = bundle
    assert look(chart, "communications").back_to is None


def test_a_full_page_with_an_undated_entry_is_not_whole(chart: Chart) -> None:
    bundle = page(50)
    del bundle["entry"][20]["resource"]["sent"]
    chart.prefetch["communications"] = bundle
    assert look(chart, "communications").back_to is None


def test_a_full_page_of_bare_dates_is_whole_only_from_the_day_after_the_oldest(chart: Chart) -> None:
    days = [(NOON - timedelta(days=i)).date().isoformat() for i in range(50)]
    chart.prefetch["communications"] = searchset(*(of_patient("Communication", d, sent=d) for d in days))
    found, oldest = look(chart, "communications"), NOON - timedelta(days=49)
    assert not found.covers(oldest + timedelta(hours=17))
    assert found.covers(oldest + timedelta(days=2))


def test_a_server_that_pages_smaller_than_asked_is_believed(chart: Chart) -> None:
    link = [{"relation": "self", "url": "https://ehr.example/fhir/Communication?patient=p1&_count=10&_sort=-sent"}]
    chart.prefetch["communications"] = page(10, link=link)
    assert not look(chart, "communications").whole
    chart.prefetch["communications"] = page(9, link=link)
    assert look(chart, "communications").whole


def test_encounters_are_sorted_by_their_period(chart: Chart) -> None:
    starts = [NOON - timedelta(days=i) for i in range(50)]
    visits = [of_patient("Encounter", f"v{i}", period={"start": s.isoformat()}) for i, s in enumerate(starts)]
    chart.prefetch["priorEncounters"] = searchset(*visits)
    assert look(chart, "priorEncounters").covers(NOON - timedelta(days=48))
    assert not look(chart, "priorEncounters").covers(NOON - timedelta(days=49))


# --- the required keys ---


@pytest.mark.parametrize("key", ["encounter", "patient"])
def test_a_required_key_absent_or_in_error_is_missing_data(chart: Chart, key: str) -> None:
    chart.prefetch[key] = OUTCOME
    with pytest.raises(MissingData):
        from_hook(chart.request)
    del chart.prefetch[key]
    with pytest.raises(MissingData):
        from_hook(chart.request)


@pytest.mark.parametrize("key", ["encounter", "patient"])
@pytest.mark.parametrize("value", [None, "x", [], {"resourceType": "Basic"}, {}])
def test_a_required_key_that_is_null_or_no_such_resource_is_unreadable(chart: Chart, key: str, value: object) -> None:
    chart.prefetch[key] = value
    assert from_hook(chart.request).unreadable == key


def test_no_prefetch_at_all_is_missing_data(chart: Chart) -> None:
    with pytest.raises(MissingData):
        from_hook({"hook": "x", "context": chart.context})
    with pytest.raises(MissingData):
        from_hook({"hook": "x", "context": chart.context, "prefetch": None})


def test_a_read_answered_with_a_search_of_one_is_read(chart: Chart) -> None:
    chart.prefetch["encounter"] = searchset(ENCOUNTER)
    assert from_hook(chart.request).resources.find("Encounter/e1") is not None


@pytest.mark.parametrize("context", [None, {}, {"patientId": "p1"}, {"patientId": 1, "encounterId": "e1"}])
def test_a_context_without_encounter_or_patient_is_a_request_error(chart: Chart, context: object) -> None:
    with pytest.raises(RequestError):
        from_hook({"context": context, "prefetch": chart.prefetch})


def test_ids_of_the_context_may_carry_their_type(chart: Chart) -> None:
    chart.context |= {"patientId": "Patient/p1", "encounterId": "Encounter/e1"}
    gathered = from_hook(chart.request)
    assert (gathered.patient, gathered.encounter) == ("p1", "e1")


# --- whose record ---


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("encounter", ENCOUNTER | {"id": "e2"}),
        ("encounter", ENCOUNTER | {"subject": ref("Patient/p2")}),
        ("encounter", ENCOUNTER | {"subject": ref("https://ehr.example/fhir/Patient/p2")}),
        ("patient", resource("Patient", "p2")),
    ],
)
def test_another_patient_s_encounter_cannot_be_processed(chart: Chart, key: str, value: Json) -> None:
    chart.prefetch[key] = value
    with pytest.raises(Unprocessable) as refused:
        from_hook(chart.request)
    assert "p2" not in str(refused.value)


def test_an_encounter_without_id_or_subject_is_the_one_of_the_context(chart: Chart) -> None:
    chart.prefetch["encounter"] = {k: v for k, v in ENCOUNTER.items() if k not in {"id", "subject"}}
    assert from_hook(chart.request).resources.find("Encounter/e1") is not None


# --- drafts and what was fetched ---


def test_drafts_are_marked_and_override_what_is_saved(chart: Chart) -> None:
    chart.context["drafts"] = searchset(ANSWER | {"status": "completed", "note": []}, {"resourceType": "ChargeItem"})
    resources = from_hook(chart.request).resources
    answer = resources.find("Communication/c2")
    assert answer is not None
    assert answer.draft
    assert [c.at().resource for c in resources.of("ChargeItem")] == ["draft ChargeItem"]


@pytest.mark.parametrize(
    "drafts", [None, 3, "x", [], [None], {"entry": 5}, {"resourceType": "Bundle", "entry": [None]}]
)
def test_drafts_of_any_shape_are_borne(chart: Chart, drafts: object) -> None:
    chart.context["drafts"] = drafts
    assert from_hook(chart.request).resources.find("Encounter/e1") is not None


def test_what_was_fetched_with_the_token_refines_and_proves_nothing(chart: Chart) -> None:
    del chart.prefetch["media"]
    fetched = [searchset(resource("Organization", "o1", name="Clinic")), resource("Slot", "s1"), OUTCOME, None]
    resources = from_hook(chart.request, fetched=fetched).resources
    assert resources.find("Organization/o1") is not None
    assert resources.find("Slot/s1") is not None
    assert resources.look("media").back_to is None


def test_the_call_is_the_signature(chart: Chart) -> None:
    gathered = from_hook(json.loads(json.dumps(chart.request)))
    assert gathered.signing
    assert gathered.user == "Practitioner/d1"
