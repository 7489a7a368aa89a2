"""The pile of resources: one patient's, each once, under one name."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from cds_service.fhir.resources import DRAFT, READ, SEARCHED, Entry, Resource, Resources

from .chart import of_patient, ref, resource

Json = dict[str, Any]


def pile(*bodies: Json | Entry) -> Resources:
    entries = [body if isinstance(body, Entry) else Entry(body["resourceType"], body) for body in bodies]
    return Resources.of_patient("p1", entries, {})


def names(resources: Resources, kind: str) -> list[str]:
    return [found.name for found in resources.of(kind)]


@pytest.mark.parametrize(
    "told",
    [
        "Media/m1",
        "Media/m1/_history/3",
        "https://ehr.example/fhir/Media/m1",
        "https://ehr.example/fhir/Media/m1/_history/3",
        "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    ],
)
def test_every_way_to_refer_to_a_resource_gives_its_one_name(told: str) -> None:
    media = Entry("Media", of_patient("Media", "m1"), "urn:uuid:6ba7b810-9dad-11d1-80b4-00c04fd430c8")
    resources = pile(media)
    assert resources.name(ref(told)) == "Media/m1"
    found = resources.follow(ref(told))
    assert found is not None
    assert found.body is media.body


def test_a_resource_without_id_goes_by_its_full_url() -> None:
    body = {"resourceType": "Practitioner"}
    resources = pile(Entry("Practitioner", body, "urn:uuid:1"))
    found = resources.follow(ref("urn:uuid:1"))
    assert found is not None
    assert found.body is body


def test_a_contained_resource_is_found_within_its_holder_only() -> None:
    holder = of_patient("Coverage", "c1", contained=[None, "x", resource("Organization", "org", name="Plan")])
    resources = pile(holder)
    within = resources.of("Coverage")[0]
    found = resources.follow(ref("#org"), within)
    assert found is not None
    assert (found.name, found.type) == ("Coverage/c1#org", "Organization")
    assert resources.follow(ref("#org")) is None
    assert resources.follow(ref("#else"), within) is None


def test_a_reference_by_identifier_finds_whom_it_identifies() -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1477523413"}
    resources = pile(resource("Practitioner", "d1", identifier=[npi]))
    assert resources.name({"identifier": npi}) == "Practitioner/d1"
    assert resources.name({"identifier": {**npi, "value": "1"}}) is None


@pytest.mark.parametrize("told", [{}, {"reference": 5}, {"reference": ""}, {"reference": "#"}, {"display": "Dr. X"}])
def test_a_reference_to_nothing_leads_nowhere(told: Json) -> None:
    assert pile().follow(told) is None


def test_resources_of_another_patient_are_dropped_and_those_that_name_none_are_kept() -> None:
    resources = pile(
        of_patient("Media", "m1"),
        resource("Media", "m2", subject=ref("Patient/p2")),
        resource("Media", "m3", subject=ref("https://ehr.example/fhir/Patient/p2/_history/1")),
        resource("Media", "m4"),
        resource("Media", "m5", subject="Patient/p2"),
        resource("Patient", "p1"),
        resource("Patient", "p2"),
        resource("Coverage", "v1", beneficiary=ref("Patient/p2")),
        resource("Claim", "x1", patient=ref("Patient/p2")),
        resource("Appointment", "a1", participant=[{"actor": ref("Patient/p2")}]),
        resource("Appointment", "a2", participant=[{"actor": ref("Patient/p2")}, {"actor": ref("Patient/p1")}]),
        resource("Appointment", "a3", participant=[{"actor": ref("Practitioner/d1")}]),
    )
    assert names(resources, "Media") == ["Media/m1", "Media/m4", "Media/m5"]
    assert names(resources, "Patient") == ["Patient/p1"]
    assert names(resources, "Coverage") == names(resources, "Claim") == []
    assert names(resources, "Appointment") == ["Appointment/a2", "Appointment/a3"]


def test_of_two_with_one_id_the_newer_counts_in_any_order() -> None:
    old = of_patient("Consent", "c1", meta={"lastUpdated": "2026-01-01T00:00:00Z"}, status="active")
    new = of_patient("Consent", "c1", meta={"lastUpdated": "2026-06-01T00:00:00-04:00"}, status="inactive")
    undated = of_patient("Consent", "c1", status="draft")
    for order in permutations([old, new, undated]):
        assert [c.body["status"] for c in pile(*order).of("Consent")] == ["inactive"]


def test_of_two_undated_with_one_id_the_same_counts_in_any_order() -> None:
    one, other = of_patient("Consent", "c1", status="active"), of_patient("Consent", "c1", status="inactive")
    assert pile(one, other).of("Consent")[0].body == pile(other, one).of("Consent")[0].body


def test_a_direct_read_counts_before_a_search_and_a_draft_before_both() -> None:
    bodies = [of_patient("Encounter", "e1", status=status) for status in ("planned", "in-progress", "finished")]
    entries = [Entry("Encounter", body, rank=rank) for body, rank in zip(bodies, (SEARCHED, READ, DRAFT), strict=True)]
    for order in permutations(entries):
        found = pile(*order).of("Encounter")
        assert [(e.body["status"], e.draft) for e in found] == [("finished", True)]
    assert pile(*entries[:2]).of("Encounter")[0].body["status"] == "in-progress"


def test_a_draft_for_another_patient_overrides_nothing() -> None:
    saved = of_patient("Encounter", "e1")
    draft = Entry("Encounter", resource("Encounter", "e1", subject=ref("Patient/p2")), rank=DRAFT)
    assert pile(saved, draft).of("Encounter")[0].body is saved


def test_an_address_names_the_resource_or_says_that_it_is_a_draft() -> None:
    address = Resource("Communication", "Communication/c1", {}).at("sent")
    assert (address.resource, address.path) == ("Communication/c1", "sent")
    assert Resource("Communication", "", {}, draft=True).at().resource == "draft Communication"


def test_an_organization_that_is_a_part_of_itself_ends_no_search() -> None:
    around = resource("Organization", "o1", partOf=ref("Organization/o1"))
    assert names(pile(around), "Organization") == ["Organization/o1"]
