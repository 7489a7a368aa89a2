"""What is not known, per payer and state, and what a client's file lacks of its clinicians."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from cds_service.clients import DEFAULT
from cds_service.fhir.customs import LicenceOnFile
from cds_service.present.gaps import credential_gaps, from_memory, rule_gaps
from tests.scenario import house

ON = date(2026, 11, 23)
NPI = "1477523413"


def payers_unknown(code: str) -> dict[str, str]:
    return {g.payer: g.state for g in rule_gaps(house().book, ON, "NY", code, None)}


def test_a_payer_whose_policy_is_known_is_no_gap_and_every_other_is() -> None:
    unknown = payers_unknown("G2010")
    assert "medicare" not in unknown
    assert "medicare-advantage" not in unknown
    assert {"bcbs", "cigna", "uhc", "commercial", "unknown", "medicaid"} <= unknown.keys()


def test_medicaid_lacks_the_rule_of_the_practice_s_state() -> None:
    assert payers_unknown("G2010")["medicaid"] == "NY"
    assert payers_unknown("G2010")["cigna"] == ""


def test_a_rule_for_one_kind_of_funding_is_half_known() -> None:
    (gap,) = rule_gaps(house().book, ON, "NY", "G2010", "aetna")
    assert "self-insured" in gap.lacking


def test_a_code_that_no_longer_exists_is_asked_of_nobody() -> None:
    assert payers_unknown("G2012") == {}


def test_what_rests_on_memory_says_what_to_read() -> None:
    told = [g.lacking for g in from_memory(house().book, ON, "G2010")]
    assert any(t.startswith("global_period: from memory; read ") for t in told)
    assert any(t.startswith("follow_up: low confidence; read ") for t in told)
    assert not any(t.startswith("look_back") for t in told)


def test_a_clinician_without_licence_or_enrolment_is_told() -> None:
    customs = replace(DEFAULT.customs, reporters={NPI: "E/M"}, enrolments={"1000000004": frozenset({"aetna"})})
    told = [g.lacking for g in credential_gaps(customs, house().words.payers, ON)]
    assert f"clinician {NPI}: no licence of NY is listed" in told
    assert f"clinician {NPI}: no enrolment is listed" in told
    assert "clinician 1000000004: not enrolled with Medicare Part B" in told


def test_a_licence_is_good_through_its_last_day() -> None:
    def told(until: date | None) -> list[str]:
        customs = replace(DEFAULT.customs, licences=(LicenceOnFile(NPI, "NY", until),))
        return [g.lacking for g in credential_gaps(customs, {}, ON)]

    assert told(None) == told(ON) == []
    assert told(date(2026, 11, 22)) == [f"clinician {NPI}: the licence of NY has ended"]
