"""Consent, payer, diagnosis, charges, attestation, licences, and the encounter itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cds_service.billing.facts import ConsentOnFile
from cds_service.fhir.customs import LicenceOnFile, Site

from .chart import (
    ACT,
    CPT,
    HCPCS,
    ICD,
    NPI,
    Chart,
    at,
    attestation,
    concept,
    day,
    of_patient,
    ref,
    resource,
    visit,
)

Json = dict[str, Any]
SOPT = "https://nahdo.org/sopt"

# --- consent ---

BOTH = "I agree to communication technology-based services and to cost sharing."


def consent(**members: Any) -> Json:
    usual: Json = {
        "status": "active",
        "scope": {"coding": [{"code": "treatment"}]},
        "patient": ref("Patient/p1"),
        "dateTime": "2026-01-19",
        "policyRule": {"text": BOTH},
    }
    return resource("Consent", "k1", **(usual | members))


def consented(chart: Chart, **members: Any) -> ConsentOnFile:
    (found,) = chart.put(consent(**members)).read().consents
    return found


def test_a_consent_names_both_the_service_and_its_cost(chart: Chart) -> None:
    found = consented(chart)
    assert (found.active, found.names_service_and_cost, found.dated) == (True, True, day("2026-01-19"))


@pytest.mark.parametrize(
    "members",
    [
        {"policyRule": None, "category": [{"text": BOTH}]},
        {"policyRule": None, "provision": {"code": [{"coding": [{"display": BOTH}]}]}},
        {"policyRule": None, "sourceAttachment": {"title": BOTH}},
        {"policyRule": None, "text": {"div": f"<div><p>{BOTH.replace(' ', '</b> <b>')}</p></div>"}},
        {"policyRule": {"text": "Virtual check-in"}, "category": [{"text": "copay may apply"}]},
    ],
)
def test_wherever_it_says_so(chart: Chart, members: Json) -> None:
    assert consented(chart, **members).names_service_and_cost


@pytest.mark.parametrize("told", ["Telehealth", "Copay", "General consent to treatment", ""])
def test_only_one_of_them_is_not_enough(chart: Chart, told: str) -> None:
    assert not consented(chart, policyRule={"text": told}).names_service_and_cost


@pytest.mark.parametrize(
    "members",
    [
        {"status": "inactive"},
        {"status": None},
        {"provision": {"type": "deny"}},
        {"provision": {"period": {"end": "2026-11-22"}}},
    ],
)
def test_an_inactive_denied_or_lapsed_consent_is_not_active(chart: Chart, members: Json) -> None:
    assert not consented(chart, **members).active
    assert consented(chart, status="active", provision={"period": {"end": "2026-11-23"}}).active


@pytest.mark.parametrize("scope", [{"coding": [{"code": "patient-privacy"}]}, {"coding": [{"code": "research"}]}, None])
def test_a_consent_to_something_else_names_nothing_that_we_ask_for(chart: Chart, scope: Json | None) -> None:
    told = chart.put(consent(scope=scope)).read().consents
    assert [(c.active, c.names_service_and_cost) for c in told] == [(True, False)]


def test_a_consent_for_this_very_encounter(chart: Chart) -> None:
    assert consented(chart, provision={"data": [{"reference": ref("Encounter/e1")}]}).encounter
    assert not consented(chart).encounter


# --- payer ---


def payer(chart: Chart, **members: Any) -> tuple[str | None, str | None]:
    facts = chart.change("Coverage/cov1", **members).read()
    return facts.payer.value, facts.funding.value


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({}, "medicare"),
        ({"payor": [{"display": "Humana Medicare Advantage"}]}, "medicare-advantage"),
        ({"payor": [{"display": "Aetna Life"}]}, "aetna"),
        ({"payor": [{"display": "BCBSNC"}]}, "bcbs"),
        ({"payor": [{"display": "UnitedHealthcare"}]}, "uhc"),
        ({"payor": [{"display": "Sunshine Health Plan"}]}, "unknown"),
        ({"payor": [], "type": concept(SOPT, "1")}, "medicare"),
        ({"payor": [], "type": concept(SOPT, "5")}, "commercial"),
        ({"payor": [{"display": "Aetna"}], "type": concept(SOPT, "5")}, "aetna"),
        ({"payor": [{"display": "Aetna"}], "type": concept(SOPT, "11")}, "medicare-advantage"),
        ({"payor": [{"display": "Plan"}], "class": [{"name": "Medicare Part B"}]}, "medicare"),
        ({"payor": [ref("Patient/p1")]}, "self-pay"),
        ({"payor": [ref("#org")], "contained": [resource("Organization", "org", name="Cigna")]}, "cigna"),
        ({"payor": [ref("Organization/aetna")]}, "aetna"),
    ],
    ids=str,
)
def test_line_of_business_first_carrier_second(chart: Chart, members: Json, expected: str) -> None:
    chart.fetched.append(resource("Organization", "aetna", name="AETNA Inc."))
    assert payer(chart, **members)[0] == expected


def test_a_part_of_a_word_is_no_name(chart: Chart) -> None:
    assert payer(chart, payor=[{"display": "Part Care Coverage of the Nonmedicare"}])[0] == "unknown"


def test_funding_is_read_beside_the_payer(chart: Chart) -> None:
    assert payer(chart, payor=[{"display": "Aetna"}], **{"class": [{"name": "Acme self-insured plan"}]}) == (
        "aetna",
        "self-insured",
    )
    assert payer(chart, **{"class": [{"name": "ASO"}]}) == ("aetna", "self-insured")
    assert payer(chart, **{"class": [{"name": "Gold"}]}) == ("aetna", None)


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"status": "cancelled"}, None),
        ({"status": "entered-in-error"}, None),
        ({"period": {"end": "2026-11-22"}}, None),
        ({"period": {"start": "2026-11-23"}}, "medicare"),
        ({"beneficiary": ref("Patient/p2")}, None),
    ],
)
def test_only_an_active_coverage_on_the_date_of_service_counts(
    chart: Chart, members: Json, expected: str | None
) -> None:
    assert payer(chart, **members)[0] == expected


def second(chart: Chart, **members: Any) -> Chart:
    usual: Json = {"status": "active", "beneficiary": ref("Patient/p1"), "payor": [{"display": "Aetna"}]}
    return chart.put(resource("Coverage", "cov2", **(usual | members)))


def test_the_first_by_order_pays(chart: Chart) -> None:
    assert payer(second(chart, order=1), order=2)[0] == "aetna"
    assert payer(second(chart, order=2), order=1)[0] == "medicare"
    assert payer(second(chart), order=1)[0] == "medicare"


def test_a_tie_of_different_payers_is_unknown_and_of_the_same_is_none(chart: Chart) -> None:
    assert payer(second(chart))[0] == "unknown"
    assert payer(second(chart, order=1), order=1)[0] == "unknown"
    assert payer(second(chart, payor=[{"display": "Medicare"}]), order=1)[0] == "medicare"


def test_the_account_s_priority_comes_before_order(chart: Chart) -> None:
    listed = [{"coverage": ref("Coverage/cov2"), "priority": 1}, {"coverage": ref("Coverage/cov1"), "priority": 2}]
    chart.fetched.append(resource("Account", "acc", status="active", subject=[ref("Patient/p1")], coverage=listed))
    assert payer(second(chart, order=2), order=1)[0] == "aetna"


@pytest.mark.parametrize(
    "members",
    [
        {"payor": [{"identifier": {"value": "123"}}]},
        {"payor": [ref("Organization/123")]},
        {"payor": [ref("Organization/o7")]},
        {"payor": [ref("#in")], "contained": [resource("Organization", "in", identifier=[{"value": "123"}])]},
        {"class": [{"type": {"coding": [{"code": "plan"}]}, "value": "123"}]},
    ],
)
def test_the_client_s_map_comes_first(chart: Chart, members: Json) -> None:
    chart.customs = replace(chart.customs, payer_map={"123": "medicaid"})
    chart.fetched.append(resource("Organization", "o7", identifier=[{"value": "123"}]))
    assert payer(chart, **members)[0] == "medicaid"


def test_a_subscriber_number_is_no_plan(chart: Chart) -> None:
    chart.customs = replace(chart.customs, payer_map={"123": "medicaid"})
    held = [{"type": {"coding": [{"code": "sequence"}]}, "value": "123"}]
    assert payer(chart, subscriberId="123", **{"class": held})[0] == "medicare"


def test_no_coverage_says_where_it_was_looked_for(chart: Chart) -> None:
    fact = chart.without("Coverage/cov1").read().payer
    assert (fact.value, fact.seen_at[0].resource) == (None, "prefetch/coverage")


# --- diagnosis ---


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({}, "L30.9"),
        ({"reasonCode": [concept("urn:oid:2.16.840.1.113883.6.90", "l309")]}, "L309"),
        ({"reasonCode": [concept(ICD, "rash")]}, None),
        ({"reasonCode": [{"text": "Rash"}]}, None),
        ({"reasonCode": [concept("http://snomed.info/sct", "271807003")]}, None),
        ({"reasonCode": None, "diagnosis": [{"condition": ref("Condition/k1")}]}, "L40.0"),
        ({"reasonCode": None, "reasonReference": [ref("Condition/k1")]}, "L40.0"),
        ({"reasonCode": None, "reasonReference": [ref("Condition/k9")]}, None),
        ({"reasonCode": None}, None),
    ],
    ids=str,
)
def test_a_diagnosis_is_an_icd_10_cm_code(chart: Chart, members: Json, code: str | None) -> None:
    chart.put(of_patient("Condition", "k1", code=concept(ICD, "L40.0")))
    assert chart.change("Encounter/e1", **members).read().diagnosis.value == code


def test_a_condition_of_the_encounter_serves_where_the_encounter_says_nothing(chart: Chart) -> None:
    chart.change("Encounter/e1", reasonCode=None)
    chart.put(of_patient("Condition", "k1", encounter=ref("Encounter/e1"), code=concept(ICD, "L40.0")))
    facts = chart.read()
    assert facts.diagnosis.value == "L40.0"
    assert facts.problem.categories == {"L40"}


def test_a_refuted_condition_supports_nothing(chart: Chart) -> None:
    chart.change("Encounter/e1", reasonCode=None, reasonReference=[ref("Condition/k1")])
    refuted = {"coding": [{"code": "refuted"}]}
    chart.put(of_patient("Condition", "k1", verificationStatus=refuted, code=concept(ICD, "L40.0")))
    assert chart.read().diagnosis.value is None
    assert not chart.read().problem


# --- charges ---


def item(own: str = "ch1", **members: Any) -> Json:
    usual: Json = {
        "status": "billable",
        "context": ref("Encounter/e1"),
        "code": concept(HCPCS, "g2010"),
        "occurrenceDateTime": "2026-11-23",
        "performer": [{"actor": ref("Practitioner/d1")}],
    }
    return of_patient("ChargeItem", own, **(usual | members))


def claim(**members: Any) -> Json:
    line: Json = {
        "productOrService": concept(HCPCS, "G2010"),
        "modifier": [{"coding": [{"code": "gp"}]}],
        "locationCodeableConcept": {"coding": [{"code": "11"}]},
        "servicedDate": "2026-11-23",
        "encounter": [ref("Encounter/e1")],
    }
    usual: Json = {"status": "active", "use": "claim", "patient": ref("Patient/p1"), "provider": ref("Practitioner/d1")}
    return resource("Claim", "cl1", **(usual | {"item": [None, "x", line]} | members))


def test_a_charge_item_of_this_encounter(chart: Chart) -> None:
    (charge,) = chart.put(item()).read().charges
    assert (charge.code, charge.of_review, charge.by, charge.on) == ("G2010", True, "reviewer", day("2026-11-23"))
    assert (charge.settled, charge.modifiers, charge.place_of_service) == (False, None, None)
    assert charge.resource is not None
    assert charge.resource["id"] == "ch1"


@pytest.mark.parametrize(("status", "settled"), [("planned", False), ("billable", False), ("billed", True)])
def test_a_billed_charge_is_settled(chart: Chart, status: str, settled: bool) -> None:
    (charge,) = chart.put(item(status=status)).read().charges
    assert charge.settled is settled


@pytest.mark.parametrize("status", ["entered-in-error", "aborted", "not-billable"])
def test_a_charge_that_will_not_be_billed_is_none(chart: Chart, status: str) -> None:
    assert chart.put(item(status=status)).read().charges == ()


def test_a_charge_of_another_encounter_is_the_patient_s(chart: Chart) -> None:
    (charge,) = chart.put(item(context=ref("Encounter/e9"), performer=None)).read().charges
    assert (charge.of_review, charge.by) == (False, None)


def test_a_line_of_a_claim_tells_modifiers_and_place(chart: Chart) -> None:
    chart.fetched.append(claim())
    (charge,) = chart.read().charges
    assert charge.modifiers == frozenset({"GP"})
    assert (charge.place_of_service, charge.settled, charge.by) == ("11", True, "reviewer")
    assert (charge.seen_at.path, charge.of_review, charge.resource) == ("item[2]", True, None)


@pytest.mark.parametrize(
    "members", [{"status": "cancelled"}, {"status": "entered-in-error"}, {"use": "predetermination"}]
)
def test_a_claim_that_is_none_charges_nothing(chart: Chart, members: Json) -> None:
    chart.fetched.append(claim(**members))
    assert chart.read().charges == ()


def test_a_draft_charge_counts_at_signing(chart: Chart) -> None:
    draft = {k: v for k, v in item().items() if k != "id"}
    chart.context["drafts"] = {"resourceType": "Bundle", "entry": [{"resource": draft}]}
    (charge,) = chart.read().charges
    assert charge.seen_at.resource == "draft ChargeItem"


@pytest.mark.parametrize("code", [{"text": "G2010"}, concept("http://snomed.info/sct", "99213"), {"coding": "G2010"}])
def test_a_charge_without_a_billing_code_is_none(chart: Chart, code: Json) -> None:
    assert chart.put(item(code=code)).read().charges == ()
    assert [c.code for c in chart.put(item(code={"coding": [{"code": "G2010"}]})).read().charges] == ["G2010"]


# --- attestation ---


def test_the_latest_answer_wins_and_the_one_before_it_had_been_said(chart: Chart) -> None:
    chart.put(attestation("a", "2026-11-23T15:00:00-05:00", consent=False, related_service=False))
    chart.put(attestation("b", "2026-11-23T16:00:00-05:00", consent=True))
    facts = chart.read()
    assert (facts.consent_attested.value, facts.related_service.value) == (True, False)
    assert facts.seen_by(at("2026-11-23 15:30").first).consent_attested.value is False
    assert facts.seen_by(at("2026-11-23 14:30").first).consent_attested.value is None


@pytest.mark.parametrize(
    "members",
    [
        {"status": "in-progress"},
        {"status": "entered-in-error"},
        {"encounter": ref("Encounter/e9")},
        {"encounter": None},
        {"author": ref("Practitioner/d9")},
        {"author": None},
        {"author": None, "source": ref("Patient/p1")},
        {"questionnaire": "https://else.example/Questionnaire/intake"},
        {"questionnaire": None},
    ],
    ids=str,
)
def test_what_is_no_attestation_of_the_reviewer_is_not_heard(chart: Chart, members: Json) -> None:
    chart.put({k: v for k, v in (attestation(consent=True) | members).items() if v is not None})
    assert chart.read().consent_attested.value is None


def test_the_reviewer_may_attest_as_source_or_in_a_role(chart: Chart) -> None:
    told = attestation(consent=True)
    chart.put({k: v for k, v in told.items() if k != "author"} | {"source": ref("Practitioner/d1")})
    assert chart.read().consent_attested.value is True
    assert chart.put(told | {"author": ref("PractitionerRole/r1")}).read().consent_attested.value is True


def test_a_nested_answer_is_found(chart: Chart) -> None:
    inner = {"linkId": "led-to-visit", "answer": [{"valueBoolean": False}]}
    told = attestation() | {"item": [{"linkId": "group", "item": [inner]}]}
    fact = chart.put(told).read().led_to_visit
    assert (fact.value, fact.seen_at[0].resource, fact.seen_at[0].path) == (
        False,
        "QuestionnaireResponse/qr1",
        "led-to-visit",
    )


def test_an_answer_of_another_type_is_none_and_says_where_it_was_looked_for(chart: Chart) -> None:
    fact = chart.put(attestation(consent="yes")).read().consent_attested
    assert (fact.value, fact.seen_at[0].resource, fact.seen_at[0].path) == (None, "prefetch/responses", "consent")


def test_the_soonest_appointment_may_be_a_day(chart: Chart) -> None:
    told = attestation(soonest_available={"valueDate": "2026-11-25"})
    assert chart.put(told).read().soonest_available.value == day("2026-11-25")


# --- licences ---

PLAN_NET = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/practitioner-qualification"


def licensed(chart: Chart, **held: Any) -> list[str | None]:
    chart.prefetch["practitioner"]["qualification"] = [held]
    return [licence.state for licence in chart.read().licences]


@pytest.mark.parametrize(
    ("held", "states"),
    [
        ({"code": {"text": "Medical licence"}, "issuer": {"display": "New York State Education Department"}}, ["NY"]),
        ({"code": {"coding": [{"code": "LIC"}]}, "issuer": {"display": "NJ Board of Medicine"}}, ["NJ"]),
        ({"code": {"text": "License"}, "issuer": {"display": "WEST VIRGINIA BOARD OF MEDICINE"}}, ["WV"]),
        ({"code": {"text": "License"}, "issuer": {"display": "BOARD OF OSTEOPATHY OR"}}, [None]),
        ({"code": {"text": "License"}, "issuer": ref("#board")}, ["VT"]),
        ({"code": {"text": "License"}, "issuer": {"identifier": {"value": "US-CT"}}}, [None]),
        ({"code": {"text": "License"}, "issuer": {"identifier": {"value": "CT"}}}, ["CT"]),
        ({"code": {"text": "License"}}, [None]),
        ({"code": {"text": "Doctor of Medicine"}}, []),
    ],
    ids=str,
)
def test_a_licence_is_for_the_state_of_its_issuer(chart: Chart, held: Json, states: list[str | None]) -> None:
    board = resource("Organization", "board", address=[{"state": "Vermont"}])
    chart.prefetch["practitioner"]["contained"] = [board]
    assert licensed(chart, **held) == states


def test_a_licence_is_for_the_states_where_it_says_it_is_valid(chart: Chart) -> None:
    valid = [{"url": "whereValid", "valueCodeableConcept": {"coding": [{"code": s}]}} for s in ("NY", "US-NJ")]
    extension = [{"url": PLAN_NET, "extension": [*valid, {"url": "status", "valueCode": "active"}]}]
    assert licensed(chart, extension=extension, issuer={"display": "Ohio Board"}) == ["NJ", "NY"]


def test_a_licence_keeps_its_time_and_the_client_vouches_for_its_own(chart: Chart) -> None:
    chart.customs = replace(chart.customs, licences=(LicenceOnFile("1477523413", "NY", date(2028, 6, 30)),))
    licensed(chart, code={"text": "License"}, period={"end": "2026-06-30"})
    vouched, on_record = chart.read().licences
    assert (vouched.vouched, vouched.state, vouched.end) == (True, "NY", day("2028-06-30"))
    assert (on_record.vouched, on_record.end) == (False, day("2026-06-30"))


def test_the_patient_was_where_it_was_attested_else_at_home_which_is_a_doubt(chart: Chart) -> None:
    home = chart.read().patient_state
    assert (home.value, home.doubt) == ("NY", "home address")
    there = chart.put(attestation(patient_state="fl")).read().patient_state
    assert (there.value, there.doubt) == ("FL", None)


@pytest.mark.parametrize(
    ("address", "state"),
    [
        ([{"use": "old", "state": "NY"}, {"use": "home", "state": "New Jersey"}], "NJ"),
        ([{"use": "temp", "state": "FL"}, {"use": "home", "state": "NY"}], "NY"),
        ([{"use": "home", "state": "NY", "period": {"end": "2025"}}], None),
        ([{"state": "Ontario"}], None),
        ("NY", None),
    ],
    ids=str,
)
def test_home_is_the_address_of_today(chart: Chart, address: object, state: str | None) -> None:
    chart.prefetch["patient"]["address"] = address
    assert chart.read().patient_state.value == state


# --- the encounter itself ---


@pytest.mark.parametrize(
    ("told", "served"),
    [
        ({"start": "2026-11-20T16:00:00-05:00", "end": "2026-11-23T23:30:00-05:00"}, date(2026, 11, 23)),
        ({"end": "2026-11-24T04:30:00Z"}, date(2026, 11, 23)),
        ({"start": "2026-11-20"}, date(2026, 11, 20)),
        ({}, None),
        ("today", None),
    ],
    ids=str,
)
def test_the_date_of_service_is_the_practice_s_day_of_the_end_else_of_the_start(
    chart: Chart, told: object, served: date | None
) -> None:
    assert chart.change("Encounter/e1", period=told).read().date_of_service.value == served


@pytest.mark.parametrize(
    ("told", "setting"),
    [
        ({"code": "VR"}, "virtual"),
        ({"code": "AMB"}, "in person"),
        ({"code": "EMER"}, "in person"),
        ({"code": "Portal"}, "virtual"),
        ({"code": "Odd"}, None),
        ([{"coding": [{"code": "VR"}]}], "virtual"),
        ("VR", None),
    ],
    ids=str,
)
def test_the_setting_is_by_class_and_the_client_s_map(chart: Chart, told: object, setting: str | None) -> None:
    chart.customs = replace(chart.customs, encounter_classes={"Portal": "VR"})
    assert chart.change("Encounter/e1", **{"class": told}).read().setting == setting


def test_a_visit_code_in_the_encounter_s_type_says_it_was_live(chart: Chart) -> None:
    assert chart.read().live.value is None
    assert chart.change("Encounter/e1", type=[concept(CPT, "99213")]).read().live.value == "99213"
    assert chart.change("Encounter/e1", type=[concept(HCPCS, "G2010")]).read().live.value is None


def test_a_site_of_the_client_is_told_by_organization_or_location(chart: Chart) -> None:
    west = replace(chart.customs.practice, zone=ZoneInfo("America/Los_Angeles"))
    usual = chart.customs.practice
    for site, at_site in [
        (Site("Organization/o1", None, west), True),
        (Site("o1", None, west), True),
        (Site(None, "l1", west), True),
        (Site("o1", "l1", west), True),
        (Site("o1", "l2", west), False),
        (Site("o2", None, west), False),
        (Site(None, None, west), False),
    ]:
        chart.customs = replace(chart.customs, sites=(site,))
        chart.change("Encounter/e1", location=[{"location": ref("Location/l1")}])
        assert chart.read().practice == (west if at_site else usual), site


def test_a_service_in_a_class_of_the_client_s_own(chart: Chart) -> None:
    chart.customs = replace(chart.customs, encounter_classes={"Office": "AMB"})
    told = visit("v1", "2026-11-18", **{"class": {"system": ACT, "code": "Office"}})
    assert chart.put(told).read().services.seen[0].synchronous


def test_an_npi_on_the_role_serves_where_the_practitioner_has_none(chart: Chart) -> None:
    del chart.prefetch["practitioner"]
    chart.change("PractitionerRole/r1", identifier=[{"system": NPI, "value": "1477523413"}])
    chart.customs = replace(chart.customs, reporters={"1477523413": "none"})
    assert chart.read().reporter.value == "none"
