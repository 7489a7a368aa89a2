"""The reviewer, the reporter's class, and who others are to the reviewer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from .chart import DEGREE, ENCOUNTER, NPI, NUCC, Chart, concept, ref, resource, visit

Json = dict[str, Any]
SNOMED = "http://snomed.info/sct"


def participants(*told: tuple[str | None, str]) -> list[Json]:
    return [
        {"individual": ref(name)} | ({"type": [{"coding": [{"code": code}]}]} if code else {}) for code, name in told
    ]


def role(own: str, person: str, **members: Any) -> Json:
    usual: Json = {"practitioner": ref(f"Practitioner/{person}"), "organization": ref("Organization/o1")}
    return resource("PractitionerRole", own, **(usual | members))


# --- the reviewer ---


@pytest.mark.parametrize(
    ("told", "reviewer"),
    [
        ((("PPRF", "Practitioner/d1"), ("ATND", "Practitioner/d2")), "d1"),
        ((("ATND", "Practitioner/d2"), (None, "Practitioner/d3")), "d2"),
        (((None, "Practitioner/d3"),), "d3"),
        ((("REF", "Practitioner/d2"), (None, "Practitioner/d3")), "d3"),
        (((None, "Practitioner/d2"), (None, "Practitioner/d3")), "d1"),
        ((("PPRF", "Practitioner/d1"), ("PPRF", "Practitioner/d0")), "d1"),
        ((("PPRF", "Practitioner/d3"), ("PPRF", "Practitioner/d2")), "d2"),
        (((None, "RelatedPerson/mother"),), "d1"),
        (((None, "Practitioner/d3"), (None, "https://ehr.example/fhir/Practitioner/d3/_history/2")), "d3"),
        ((), "d1"),
    ],
)
def test_the_reviewer_performed_or_attended_or_is_the_only_clinician_or_the_user(
    chart: Chart, told: tuple[tuple[str | None, str], ...], reviewer: str
) -> None:
    chart.change("Encounter/e1", participant=participants(*told))
    assert chart.read().reviewer.value == f"Practitioner/{reviewer}"


def test_nobody_is_the_reviewer_where_no_clinician_is_named(chart: Chart) -> None:
    chart.context["userId"] = "Patient/p1"
    facts = chart.change("Encounter/e1", participant=[]).read()
    assert facts.reviewer.value is None
    assert facts.reporter.value is None


def test_a_role_leads_to_its_person(chart: Chart) -> None:
    chart.change("Encounter/e1", participant=participants(("PPRF", "PractitionerRole/r1")))
    chart.context["userId"] = "PractitionerRole/r1"
    assert chart.read().reviewer.value == "Practitioner/d1"


def test_a_contained_practitioner_is_the_one_with_the_same_npi(chart: Chart) -> None:
    inside = {"resourceType": "Practitioner", "id": "in", "identifier": [{"system": NPI, "value": "1477523413"}]}
    chart.change("Encounter/e1", contained=[inside], participant=participants(("PPRF", "#in")))
    assert chart.read().reviewer.value == "Practitioner/d1"


def test_a_clinician_named_by_npi_alone_is_known(chart: Chart) -> None:
    named = {"individual": {"identifier": {"system": NPI, "value": "1477523413"}}}
    chart.change("Encounter/e1", participant=[named])
    assert chart.read().reviewer.value == "Practitioner/d1"
    named["individual"]["identifier"]["value"] = "1000000000"
    chart.customs = replace(chart.customs, reporters={"1000000000": "E/M"})
    assert chart.read().reporter.value == "E/M"


# --- the reporter's class ---


def test_a_specialty_says_the_class_and_where_it_was_read(chart: Chart) -> None:
    reporter = chart.read().reporter
    assert reporter.value == "E/M"
    assert (reporter.seen_at[0].resource, reporter.seen_at[0].path) == ("PractitionerRole/r1", "specialty")
    assert chart.read().taxonomies == {"207N00000X"}


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"specialty": [concept(NUCC, "225100000X")]}, "non-E/M"),
        ({"specialty": [concept(NUCC, "163W00000X")]}, "none"),
        ({"specialty": [], "code": [concept(NUCC, "207N00000X")]}, "E/M"),
        ({"specialty": [concept(f"{NUCC}|25.1", "207N00000X")]}, "E/M"),
        ({"specialty": [concept("urn:oid:2.16.840.1.113883.6.101", "207N00000X")]}, "E/M"),
        ({"specialty": [concept(NUCC, "XXXX00000X")]}, "unknown"),
        ({"specialty": [concept(NUCC, "207N00000X"), concept(NUCC, "225100000X")]}, "unknown"),
        ({"specialty": [{"text": "Dermatology"}]}, None),
        ({"specialty": [concept(SNOMED, "394582007")]}, None),
        ({"active": False}, None),
        ({"period": {"end": "2026-11-22"}}, None),
        ({"period": {"end": "2026-11-23"}}, "E/M"),
        ({"practitioner": ref("Practitioner/d2")}, None),
        ({"specialty": "dermatology"}, None),
    ],
    ids=str,
)
def test_a_role_in_force_says_the_class(chart: Chart, members: Json, expected: str | None) -> None:
    assert chart.change("PractitionerRole/r1", **members).read().reporter.value == expected


def test_conflicting_roles_are_unknown_unless_the_encounter_names_the_one(chart: Chart) -> None:
    chart.put(role("r2", "d1", specialty=[concept(NUCC, "225100000X")]))
    assert chart.read().reporter.value == "unknown"
    chart.change("Encounter/e1", participant=participants(("PPRF", "PractitionerRole/r2")))
    assert chart.read().reporter.value == "non-E/M"


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(["MD"], "E/M"), (["RN"], "none"), (["RN", "NP"], "E/M"), (["MD", "PHD"], "E/M"), (["BS"], None), ([], None)],
)
def test_a_degree_says_the_class_where_no_role_does(chart: Chart, degrees: list[str], expected: str | None) -> None:
    held = [{"code": concept(f"{DEGREE}/2.7", degree)} for degree in degrees]
    chart.without("PractitionerRole/r1").prefetch["practitioner"]["qualification"] = held
    assert chart.read().reporter.value == expected


def test_the_client_s_own_list_comes_first(chart: Chart) -> None:
    chart.customs = replace(chart.customs, reporters={"1477523413": "non-E/M"})
    assert chart.read().reporter.value == "non-E/M"


def test_a_reviewer_who_was_not_read_is_unknown_and_never_of_the_user_s_class(chart: Chart) -> None:
    chart.change("Encounter/e1", participant=participants(("PPRF", "Practitioner/d2")))
    assert chart.read().reporter.value is None
    assert chart.read().taxonomies == frozenset()


# --- who others are to the reviewer ---

COLLEAGUE = [{"individual": ref("Practitioner/d2")}]


def by(chart: Chart, **members: Any) -> str | None:
    (service,) = chart.put(visit("v1", "2026-11-18T09:00:00-05:00", **members)).read().services.seen
    return service.by


def test_the_reviewer_is_known_through_a_role_too(chart: Chart) -> None:
    assert by(chart) == "reviewer"
    assert by(chart, participant=[{"individual": ref("PractitionerRole/r1")}]) == "reviewer"


@pytest.mark.parametrize(
    ("specialty", "expected"),
    [
        ([concept(NUCC, "207N00000X")], "group"),
        ([concept(NUCC, "207Q00000X")], "other"),
        ([concept(SNOMED, "394582007")], "colleague"),
        ([], "colleague"),
    ],
)
def test_a_colleague_of_the_organization_is_told_by_specialty(chart: Chart, specialty: Json, expected: str) -> None:
    chart.put(role("r2", "d2", specialty=specialty))
    assert by(chart, participant=COLLEAGUE) == expected


def test_a_clinician_of_another_organization_is_another(chart: Chart) -> None:
    elsewhere = ref("Organization/o2")
    assert by(chart, participant=COLLEAGUE, serviceProvider=elsewhere) == "other"
    assert by(chart, participant=[], serviceProvider=elsewhere) == "other"


def test_without_a_known_organization_nobody_can_tell(chart: Chart) -> None:
    assert by(chart, participant=COLLEAGUE, serviceProvider=None) is None
    assert by(chart, participant=[]) is None


def test_without_a_provider_the_role_s_organization_counts(chart: Chart) -> None:
    chart.put(role("r2", "d2"))
    assert by(chart, participant=COLLEAGUE, serviceProvider=None) == "colleague"
    chart.put(role("r2", "d2", organization=ref("Organization/o2")))
    assert by(chart, participant=COLLEAGUE, serviceProvider=None) == "other"
    chart.put({k: v for k, v in ENCOUNTER.items() if k != "serviceProvider"})
    assert by(chart, participant=COLLEAGUE, serviceProvider=ref("Organization/o1")) == "colleague"


def test_a_department_is_of_its_organization(chart: Chart) -> None:
    chart.put(resource("Organization", "dept", partOf=ref("Organization/o1")))
    assert by(chart, participant=COLLEAGUE, serviceProvider=ref("Organization/dept")) == "colleague"


def test_the_closest_of_several_counts(chart: Chart) -> None:
    assert by(chart, participant=[*COLLEAGUE, {"individual": ref("Practitioner/d1")}]) == "reviewer"
