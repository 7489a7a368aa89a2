"""A file given to `signoff check`."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.billing.moment import EVER
from cds_service.errors import RequestError
from cds_service.fhir.bundle import from_bundle
from cds_service.fhir.prefetch import SEARCHES

from .chart import ACT, CPT, ENCOUNTER, concept, of_patient, ref, resource, searchset, tables, visit

Json = dict[str, Any]


def bundle(*resources: Json, **more: Any) -> Json:
    return searchset(*resources) | {"type": "collection"} | more


def review(own: str, end: str, **more: Any) -> Json:
    return ENCOUNTER | {"id": own, "period": {"end": end}} | more


def test_a_file_is_whole_by_declaration() -> None:
    gathered = from_bundle(bundle(ENCOUNTER), None)
    assert {gathered.resources.look(key).back_to for key in SEARCHES} == {EVER}
    assert (gathered.encounter, gathered.patient, gathered.signing) == ("e1", "p1", False)


@pytest.mark.parametrize(
    "sign",
    [
        {"link": [{"relation": "next", "url": "x"}]},
        {"entry": [{"resource": ENCOUNTER}, {"resource": {"resourceType": "OperationOutcome"}}]},
        {"entry": [{"resource": ENCOUNTER}, None]},
        {"entry": [{"resource": ENCOUNTER}, {"resource": 3}]},
        {"entry": [{"resource": ENCOUNTER}, {"response": {"status": "404"}}]},
        {"entry": [{"resource": ENCOUNTER}, {"resource": searchset(link=[{"relation": "next"}])}]},
    ],
)
def test_a_file_that_says_it_lacks_something_is_not_whole(sign: Json) -> None:
    gathered = from_bundle(bundle(ENCOUNTER) | sign, None)
    assert {gathered.resources.look(key).back_to for key in SEARCHES} == {None}


def test_an_entry_that_only_reports_a_success_lacks_nothing() -> None:
    told = bundle(ENCOUNTER)
    told["entry"] += [{"response": {"status": "201 Created"}}, {"request": {"method": "DELETE", "url": "Media/m1"}}]
    assert from_bundle(told, None).resources.look("media").back_to == EVER


def test_searchsets_within_a_bundle_are_read_however_deep() -> None:
    told = bundle(searchset(ENCOUNTER), searchset(searchset(of_patient("Media", "m1"))))
    assert from_bundle(told, None).resources.find("Media/m1") is not None
    for _ in range(900):
        told = bundle(told)
    with pytest.raises(RequestError):
        from_bundle(told, None)


def test_the_named_encounter_is_reviewed_and_an_unknown_name_lists_those_there_are() -> None:
    told = bundle(ENCOUNTER, visit("v1", "2026-11-01"))
    assert from_bundle(told, "v1").encounter == "v1"
    assert from_bundle(told, "Encounter/v1").encounter == "v1"
    with pytest.raises(RequestError, match="e1, v1"):
        from_bundle(told, "v2")


def test_else_the_only_one_even_if_it_was_in_person() -> None:
    assert from_bundle(bundle(visit("v1", "2026-11-01")), None).encounter == "v1"


def test_else_the_newest_asynchronous_one() -> None:
    told = bundle(review("e1", "2026-11-02"), review("e2", "2026-11-20"), visit("v1", "2026-11-25"))
    assert from_bundle(told, None).encounter == "e2"


def test_a_live_video_visit_and_a_cancelled_review_are_no_candidates() -> None:
    live = review("e2", "2026-11-20", type=[concept(CPT, "99213")])
    gone = review("e3", "2026-11-22", status="cancelled")
    assert from_bundle(bundle(ENCOUNTER | {"period": {}}, live, gone), None, tables=tables()).encounter == "e1"


def test_a_class_of_the_client_s_own_is_mapped() -> None:
    portal = review("e2", "2026-11-20", **{"class": {"system": ACT, "code": "Portal"}})
    told = bundle(portal, visit("v1", "2026-11-25"))
    assert from_bundle(told, None, classes={"Portal": "VR"}).encounter == "e2"
    with pytest.raises(RequestError, match="e2, v1"):
        from_bundle(told, None)


def test_two_reviews_of_one_moment_must_be_told_apart_by_the_caller() -> None:
    with pytest.raises(RequestError, match="e1, e2"):
        from_bundle(bundle(review("e1", "2026-11-20"), review("e2", "2026-11-20")), None)


def test_no_encounter_no_bundle_and_no_patient_are_request_errors() -> None:
    for unusable in (bundle(), {"resourceType": "Patient"}, {}, {"resourceType": "Bundle", "entry": 5}):
        with pytest.raises(RequestError):
            from_bundle(unusable, None)
    with pytest.raises(RequestError):
        from_bundle(bundle({k: v for k, v in ENCOUNTER.items() if k != "subject"}), None)


def test_the_patient_is_the_encounter_s_subject_else_the_only_patient() -> None:
    told = bundle({k: v for k, v in ENCOUNTER.items() if k != "subject"}, resource("Patient", "p7"))
    assert from_bundle(told, None).patient == "p7"


def test_entries_known_by_their_full_url_only_are_read() -> None:
    told: Json = {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {
                "fullUrl": "urn:uuid:e",
                "resource": {k: v for k, v in ENCOUNTER.items() if k != "id"} | {"subject": ref("urn:uuid:p")},
            },
            {"fullUrl": "urn:uuid:p", "resource": {"resourceType": "Patient"}},
            {
                "fullUrl": "urn:uuid:m",
                "resource": {"resourceType": "Media", "subject": ref("urn:uuid:p"), "encounter": ref("urn:uuid:e")},
            },
            {"fullUrl": "urn:uuid:q", "resource": {"resourceType": "Patient"}},
            {"fullUrl": "urn:uuid:n", "resource": {"resourceType": "Media", "subject": ref("urn:uuid:q")}},
        ],
    }
    gathered = from_bundle(told, None)
    assert (gathered.encounter, gathered.patient) == ("e", "p")
    media = gathered.resources.of("Media")
    assert [m.name for m in media] == ["Media/m"]
    assert gathered.resources.name(ref("urn:uuid:e")) == "Encounter/e"
