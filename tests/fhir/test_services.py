"""What else was done for the patient."""

from __future__ import annotations

from typing import Any

import pytest

from cds_service.billing.facts import Service
from cds_service.billing.moment import EVER

from .chart import CPT, ICD, NUCC, Chart, at, booking, concept, of_patient, ref, resource, visit

Json = dict[str, Any]
TUESDAY = "2026-11-24T09:00:00-05:00"


def seen(chart: Chart) -> list[Service]:
    return list(chart.read().services.seen)


def only(chart: Chart) -> Service:
    (service,) = seen(chart)
    return service


def excision(**members: Any) -> Json:
    usual: Json = {
        "status": "completed",
        "code": concept(CPT, "11402"),
        "performedDateTime": "2026-11-18T10:00:00-05:00",
        "performer": [{"actor": ref("Practitioner/d1")}],
        "reasonCode": [concept(ICD, "L30.9")],
    }
    return of_patient("Procedure", "x1", **(usual | members))


def test_the_review_itself_is_no_other_service(chart: Chart) -> None:
    own = chart.prefetch["encounter"]
    chart.prefetch["priorEncounters"]["entry"].append({"resource": own})
    chart.put(booking("a1", "2026-11-23T15:10:00-05:00"))
    chart.change("Encounter/e1", appointment=[ref("Appointment/a1")])
    chart.put(excision(encounter=ref("Encounter/e1"), code={"text": "Image review"}))
    assert seen(chart) == []


def test_a_visit_in_the_office(chart: Chart) -> None:
    service = only(chart.put(visit("v1", "2026-11-18T09:00:00-05:00", reasonCode=[concept(ICD, "L30.0")])))
    assert (service.source, service.kind, service.by) == ("encounter", "E/M", "reviewer")
    assert (service.synchronous, service.finished) == (True, True)
    assert service.start == at("2026-11-18 09:00")
    assert service.recorded == at("2026-11-18 09:00").first
    assert service.problem.categories == {"L30"}
    assert service.seen_at[0].resource == "Encounter/v1"


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_an_encounter_that_did_not_happen_is_none(chart: Chart, status: str) -> None:
    assert seen(chart.put(visit("v1", TUESDAY, status=status))) == []


def test_a_planned_encounter_counts(chart: Chart) -> None:
    assert only(chart.put(visit("v1", TUESDAY, status="planned"))).start == at("2026-11-24 09:00")


@pytest.mark.parametrize(
    ("members", "kind", "synchronous"),
    [
        ({"type": [concept(CPT, "99213")]}, "E/M", True),
        ({"class": {"code": "VR"}, "type": [concept(CPT, "99213")]}, "E/M", True),
        ({"class": {"code": "VR"}}, None, False),
        ({"class": {"code": "VR"}, "type": [concept(CPT, "99421")]}, "asynchronous", False),
        ({"class": {"code": "IMP"}}, "E/M", True),
        ({"class": {"code": "Office"}}, None, False),
        ({"class": [{"coding": [{"code": "AMB"}]}]}, "E/M", True),
        ({"type": [concept(CPT, "97110")]}, "service", True),
        ({"type": [concept(CPT, "11402"), concept(CPT, "99213")]}, "E/M", True),
        ({"participant": [{"individual": ref("Practitioner/d2")}]}, None, True),
    ],
    ids=str,
)
def test_the_kind_is_told_by_code_else_by_class_and_clinician(
    chart: Chart, members: Json, kind: str | None, synchronous: bool
) -> None:
    service = only(chart.put(visit("v1", "2026-11-18T09:00:00-05:00", **members)))
    assert (service.kind, service.synchronous) == (kind, synchronous)


def test_a_charge_of_the_encounter_tells_its_kind(chart: Chart) -> None:
    chart.put(visit("v1", "2026-11-18T09:00:00-05:00", **{"class": {"code": "VR"}}))
    chart.put(of_patient("ChargeItem", "ch", status="billed", context=ref("Encounter/v1"), code=concept(CPT, "99213")))
    assert only(chart).kind == "E/M"
    assert only(chart).codes == {"99213"}


def test_a_therapist_s_visit_is_of_unknown_kind(chart: Chart) -> None:
    chart.change("PractitionerRole/r1", specialty=[concept(NUCC, "225100000X")])
    assert only(chart.put(visit("v1", "2026-11-18T09:00:00-05:00"))).kind is None


# --- appointments ---


def test_a_booking_is_recorded_when_it_was_created(chart: Chart) -> None:
    service = only(chart.put(booking("a1", TUESDAY)))
    assert (service.source, service.kind, service.by) == ("appointment", "E/M", "reviewer")
    assert service.booked == service.recorded == at("2026-11-23 17:00").first
    facts = chart.read()
    assert facts.seen_by(at("2026-11-23 15:30").first).services.seen == ()
    assert len(facts.seen_by(at("2026-11-23 17:30").first).services.seen) == 1


def test_an_undated_booking_is_known_from_its_start_in_a_replay_and_from_now_on_live(chart: Chart) -> None:
    chart.put(booking("a1", TUESDAY, created=None))
    assert only(chart).recorded == chart.gathered_at
    assert only(chart).booked is None
    chart.gathered_at = None
    assert only(chart).recorded == at("2026-11-24 09:00").first
    chart.gathered_at = at("2026-12-01 09:00").first
    assert only(chart).recorded == at("2026-11-24 09:00").first


@pytest.mark.parametrize("status", ["cancelled", "noshow", "entered-in-error"])
def test_a_booking_that_will_not_happen_is_none(chart: Chart, status: str) -> None:
    assert seen(chart.put(booking("a1", TUESDAY, status=status))) == []


def test_a_clinician_who_declined_does_not_attend(chart: Chart) -> None:
    declined = [{"actor": ref("Practitioner/d1"), "status": "declined"}]
    assert only(chart.put(booking("a1", TUESDAY, participant=declined))).by is None


def test_a_visit_and_its_booking_are_one_service(chart: Chart) -> None:
    chart.put(booking("a1", TUESDAY), visit("v1", TUESDAY, appointment=[ref("Appointment/a1")]))
    service = only(chart)
    assert (service.source, service.booked) == ("encounter", at("2026-11-23 17:00").first)
    assert service.recorded == at("2026-11-23 17:00").first


def test_a_visit_that_starts_with_a_booking_of_its_clinician_is_that_booking(chart: Chart) -> None:
    chart.put(booking("a1", TUESDAY), visit("v1", "2026-11-24T14:00:00Z"))
    assert only(chart).booked is not None
    assert len(seen(chart.put(booking("a2", "2026-11-24T09:30:00-05:00")))) == 2


def test_two_bookings_of_one_time_are_not_both_one_visit_s(chart: Chart) -> None:
    chart.put(booking("a1", TUESDAY), booking("a2", TUESDAY), visit("v1", TUESDAY))
    assert len(seen(chart)) == 2


def test_a_visit_of_a_cancelled_booking_stands_for_itself(chart: Chart) -> None:
    chart.put(booking("a1", TUESDAY, status="cancelled"), visit("v1", TUESDAY, appointment=[ref("Appointment/a1")]))
    assert only(chart).booked is None


# --- without a date ---


def test_an_encounter_or_procedure_without_a_start_may_be_any_time(chart: Chart) -> None:
    chart.change("Encounter/e1").put(visit("v1", "junk"), excision(performedDateTime=None))
    services = chart.read().services
    assert services.seen == ()
    assert services.encounters.back_to is None
    assert services.procedures.back_to is None
    assert services.appointments.back_to == EVER


@pytest.mark.parametrize("status", ["proposed", "pending", "waitlist"])
def test_an_appointment_only_wished_for_has_no_time_yet(chart: Chart, status: str) -> None:
    services = chart.put(booking("a1", None, status=status)).read().services
    assert services.seen == ()
    assert services.appointments.back_to == EVER


def test_a_booked_appointment_without_a_start_may_be_any_time(chart: Chart) -> None:
    assert chart.put(booking("a1", None)).read().services.appointments.back_to is None
    asked = booking("a1", None, requestedPeriod=[{"start": TUESDAY}])
    assert only(chart.put(asked)).start == at("2026-11-24 09:00")


# --- procedures ---


def test_a_procedure_brings_its_global_days(chart: Chart) -> None:
    service = only(chart.put(excision()))
    assert (service.source, service.kind, service.by, service.global_days) == ("procedure", "procedure", "reviewer", 10)
    assert service.problem.categories == {"L30"}


def test_a_procedure_without_a_code_we_know_is_of_unknown_kind(chart: Chart) -> None:
    service = only(chart.put(excision(code={"text": "Excision"})))
    assert (service.kind, service.global_days) == (None, None)


@pytest.mark.parametrize("status", ["not-done", "entered-in-error"])
def test_a_procedure_that_was_not_done_is_none(chart: Chart, status: str) -> None:
    assert seen(chart.put(excision(status=status))) == []


def test_a_procedure_takes_date_and_clinician_from_its_encounter(chart: Chart) -> None:
    chart.put(visit("v1", "2026-11-18T09:00:00-05:00"))
    chart.put(excision(performedDateTime=None, performer=None, encounter=ref("Encounter/v1")))
    _, procedure = sorted(seen(chart), key=lambda s: s.source)
    assert (procedure.by, procedure.start) == ("reviewer", at("2026-11-18 09:00"))


def test_surgery_under_the_review_s_own_encounter_is_seen(chart: Chart) -> None:
    assert only(chart.put(excision(encounter=ref("Encounter/e1")))).kind == "procedure"


# --- problems ---


def test_a_problem_is_read_through_conditions_too(chart: Chart) -> None:
    chart.put(of_patient("Condition", "k1", code=concept(ICD, "L40.0")))
    service = visit("v1", TUESDAY, diagnosis=[{"condition": ref("https://ehr.example/fhir/Condition/k1")}])
    problem = only(chart.put(service)).problem
    assert problem.categories == {"L40"}
    assert problem.conditions == {"Condition/k1"}


def test_a_condition_that_was_not_read_still_tells_two_of_one_problem(chart: Chart) -> None:
    chart.change("Encounter/e1", reasonCode=None, reasonReference=[ref("Condition/k9")])
    facts = chart.put(visit("v1", TUESDAY, reasonReference=[ref("Condition/k9/_history/2")])).read()
    assert facts.problem.same_as(facts.services.seen[0].problem)


def test_a_booking_s_reason_serves_a_visit_without_one(chart: Chart) -> None:
    chart.put(booking("a1", TUESDAY, reasonCode=[concept(ICD, "L30.9")]), visit("v1", TUESDAY))
    assert only(chart).problem.categories == {"L30"}


# --- slots ---


def test_free_slots_are_the_reviewer_s_own(chart: Chart) -> None:
    chart.fetched += [
        resource("Schedule", "s1", actor=[ref("Practitioner/d1")]),
        resource("Schedule", "s2", actor=[ref("Practitioner/d2")]),
        resource("Slot", "1", schedule=ref("Schedule/s1"), status="free", start=TUESDAY),
        resource("Slot", "2", schedule=ref("Schedule/s1"), status="busy", start=TUESDAY),
        resource("Slot", "3", schedule=ref("Schedule/s2"), status="free", start=TUESDAY),
        resource("Slot", "4", schedule=ref("Schedule/s1"), status="free"),
        resource("Slot", "5", schedule=ref("Schedule/s9"), status="free", start=TUESDAY),
    ]
    assert [slot.value for slot in chart.read().free_slots] == [at("2026-11-24 09:00")]
