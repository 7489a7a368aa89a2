"""A record of any shape is read; what is malformed loses itself, not the review; order decides nothing."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.billing.facts import ReviewFacts
from cds_service.clients import DEFAULT
from cds_service.errors import RequestError
from cds_service.fhir.bundle import from_bundle
from cds_service.fhir.prefetch import from_hook
from cds_service.fhir.read import read_review

from .chart import (
    AT,
    CPT,
    HCPCS,
    ICD,
    KEY_OF,
    NUCC,
    Chart,
    at,
    attestation,
    booking,
    concept,
    of_patient,
    ref,
    resource,
    searchset,
    tables,
    unhurried,
    visit,
)

Json = dict[str, Any]
EXAMPLES = sorted((Path(__file__).parent.parent / "data" / "hl7_r4_examples").glob("[A-Z]*.json"))
CUSTOMS = DEFAULT.customs


def full() -> Chart:
    """A chart with something of every kind in it."""
    chart = Chart().put(
        visit("v1", "2026-11-10T09:00:00-05:00", type=[concept(CPT, "99213")], reasonCode=[concept(ICD, "L30.0")]),
        visit("v2", "2026-11-24T09:00:00-05:00", status="planned", appointment=[ref("Appointment/a1")]),
        booking("a1", "2026-11-24T09:00:00-05:00", reasonReference=[ref("Condition/k1")]),
        booking("a2", "2026-12-24T09:00:00-05:00", requestedPeriod=[{"start": "2026-12-24"}]),
        of_patient(
            "Procedure", "x1", status="completed", code=concept(CPT, "11402"), performedPeriod={"start": "2026-11-01"}
        ),
        of_patient("Condition", "k1", code=concept(ICD, "L30.9"), encounter=ref("Encounter/e1")),
        of_patient("ChargeItem", "ch1", status="billable", context=ref("Encounter/e1"), code=concept(HCPCS, "G2010")),
        of_patient(
            "DocumentReference",
            "n1",
            status="current",
            docStatus="preliminary",
            type={"text": "Note"},
            author=[ref("Practitioner/d1")],
            content=[{"attachment": {"contentType": "text/plain", "data": "b2s="}}],
            context={"encounter": [ref("Encounter/e1")]},
        ),
        of_patient("DiagnosticReport", "dr1", status="final", encounter=ref("Encounter/e1"), conclusion="Eczema"),
        resource(
            "Consent",
            "co1",
            status="active",
            scope={"coding": [{"code": "treatment"}]},
            dateTime="2026-01-19",
            policyRule={"text": "telehealth copay"},
            provision={"period": {"end": "2027"}, "data": [{"reference": ref("Encounter/e1")}]},
            text={"div": "<div>x</div>"},
        ),
        attestation(consent=True, submitted_by={"code": "patient"}, patient_state="NY"),
    )
    chart.context["drafts"] = searchset(
        {
            "resourceType": "ChargeItem",
            "status": "planned",
            "code": concept(HCPCS, "G2250"),
            "context": ref("Encounter/e1"),
        }
    )
    chart.prefetch["practitioner"]["qualification"] = [
        {"code": {"text": "License"}, "issuer": {"display": "NY Board"}, "period": {"end": "2028"}}
    ]
    return chart


FULL = full().request


def read(request: Json, fetched: tuple[Json, ...] = ()) -> ReviewFacts:
    return read_review(from_hook(request, fetched=fetched), tables=tables(), customs=CUSTOMS, gathered_at=AT)


def places(node: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a piece of JSON."""
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for name, inner in inside:
        yield (*path, name)
        yield from places(inner, (*path, name))


def with_at(request: Json, path: tuple[str | int, ...], value: object) -> Json:
    changed = copy.deepcopy(request)
    node: Any = changed
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = value
    return changed


def looked_at(facts: ReviewFacts) -> None:
    """Ask what every question asks of the facts."""
    seen = facts.seen_by(AT)
    assert seen.received.seen_at
    assert seen.answered.seen_at
    seen.served_on(AT)
    assert all(address.resource for fact in (seen.payer, seen.reporter, seen.diagnosis) for address in fact.seen_at)


PLACES = sorted(places(FULL), key=str)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["", "x", "#", "#x", "/", "Patient/p1", "Practitioner/d1", "2026-11", "0001-01-01", "9999-12-31"])
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["reference", "coding", "code", "start", "value", "id"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@unhurried
@given(st.lists(st.tuples(st.sampled_from(PLACES), anything), min_size=1, max_size=3))
def test_no_change_to_any_member_can_raise(changes: list[tuple[tuple[str | int, ...], object]]) -> None:
    request = FULL
    for path, value in changes:
        try:
            request = with_at(request, path, value)
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has taken this place away
    try:
        gathered = from_hook(request)
    except RequestError:
        return
    looked_at(read_review(gathered, tables=tables(), customs=CUSTOMS, gathered_at=AT))


@pytest.mark.parametrize("value", [None, [], {}, "", "junk", 0, True, [[]], [None], {"reference": []}], ids=repr)
def test_no_single_value_at_any_place_can_raise(value: object) -> None:
    for path in PLACES:
        try:
            gathered = from_hook(with_at(FULL, path, value))
        except RequestError:
            continue
        looked_at(read_review(gathered, tables=tables(), customs=CUSTOMS, gathered_at=AT))


@unhurried
@given(st.randoms(use_true_random=False))
def test_the_order_of_entries_decides_nothing(random: Any) -> None:
    shuffled = copy.deepcopy(FULL)
    for bundle in shuffled["prefetch"].values():
        if "entry" in bundle:
            random.shuffle(bundle["entry"])
    assert read(shuffled) == read(FULL)


@unhurried
@given(st.randoms(use_true_random=False))
def test_the_order_of_a_file_decides_nothing(random: Any) -> None:
    entries = [e for b in FULL["prefetch"].values() for e in b.get("entry", [{"resource": b}])]
    mixed = copy.deepcopy(entries)
    random.shuffle(mixed)

    def of(told: list[Json]) -> ReviewFacts:
        gathered = from_bundle({"resourceType": "Bundle", "entry": told}, None, tables=tables())
        return read_review(gathered, tables=tables(), customs=CUSTOMS, gathered_at=None)

    assert of(mixed) == of(entries)


def test_reading_changes_nothing_in_the_request() -> None:
    before = copy.deepcopy(FULL)
    read(FULL)
    assert before == FULL


def test_a_malformed_resource_loses_itself_and_not_the_review() -> None:
    request = copy.deepcopy(FULL)
    for bundle in request["prefetch"].values():
        if "entry" in bundle:
            bundle["entry"] += [{"resource": {"resourceType": "Media", "id": {}, "content": [[]], "subject": 3}}, None]
    facts, whole = read(request), read(FULL)
    assert facts.images == whole.images
    assert facts.replies == whole.replies
    assert facts.payer == whole.payer
    assert facts.images_looked.back_to is None


def test_the_facts_of_a_plain_review() -> None:
    facts = Chart().read()
    assert (facts.encounter, facts.patient, facts.at_sign_off, facts.setting) == ("e1", "p1", True, "virtual")
    assert (facts.payer.value, facts.reporter.value, facts.reviewer.value) == ("medicare", "E/M", "Practitioner/d1")
    assert (facts.received.value, facts.answered.value) == (at("2026-11-20 16:00"), at("2026-11-23 15:20"))
    assert facts.problem.categories == {"L30"}
    assert facts.signed.value == at("2026-11-23 15:30")
    assert facts.images_looked.whole
    assert facts.services.encounters.whole


def test_a_file_is_signed_by_a_final_note_else_by_the_end_of_the_finished_encounter() -> None:
    chart = Chart()

    def signed(*dropped: str, **members: Any) -> ReviewFacts:
        changed = Chart().without(*dropped).change("Encounter/e1", **members)
        entries = [e for b in changed.prefetch.values() for e in b.get("entry", [{"resource": b}])]
        gathered = from_bundle({"resourceType": "Bundle", "entry": entries}, None)
        return read_review(gathered, tables=tables(), customs=chart.customs, gathered_at=None)

    assert signed().signed.value == at("2026-11-23 15:15")
    assert signed().seen_by(at("2026-11-23 15:00").first).signed.value is None
    assert signed("ClinicalImpression/i1").signed.value == at("2026-11-23 15:30")
    assert signed("ClinicalImpression/i1", status="in-progress").signed.value is None
    assert not signed().at_sign_off


def test_no_fact_shows_a_value_where_it_may_be_logged() -> None:
    assert repr(Chart().read().payer) == "Fact(at Coverage/cov1 payor[0])"


# --- HL7's own examples ---


def adopted(node: Any, key: str = "") -> Any:
    """The same example as if it were our patient's and of our encounter."""
    if isinstance(node, dict):
        return {name: adopted(inner, name) for name, inner in node.items()}
    if isinstance(node, list):
        return [adopted(inner, key) for inner in node]
    if key == "reference" and isinstance(node, str):
        for kind, ours in (
            ("Patient", "Patient/p1"),
            ("Encounter", "Encounter/e1"),
            ("Practitioner", "Practitioner/d1"),
        ):
            if node.startswith(f"{kind}/"):
                return ours
    return node


def test_enough_examples_are_here() -> None:
    assert len(EXAMPLES) == 122


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_of_hl7_is_read(path: Path) -> None:
    example: Json = json.loads(path.read_bytes())
    for told in (example, adopted(example)):
        chart = Chart()
        kind = told["resourceType"]
        if kind in KEY_OF:
            chart.prefetch[KEY_OF[kind]]["entry"].append({"resource": told})
        else:
            chart.fetched.append(told)
        looked_at(chart.read())
        if kind == "Practitioner":
            chart.prefetch["practitioner"] = told | {"id": "d1"}
        if kind == "Encounter":
            chart.prefetch["encounter"] = told | {"id": "e1", "subject": ref("Patient/p1")}
        if kind == "Patient":
            chart.prefetch["patient"] = told | {"id": "p1"}
        looked_at(chart.read())


def test_all_examples_of_hl7_together_are_read() -> None:
    told = [json.loads(path.read_bytes()) for path in EXAMPLES]
    for pile in (told, [adopted(example) for example in told]):
        looked_at(read(Chart().request, tuple(pile)))


def test_a_specialty_the_table_does_not_know_is_for_a_person() -> None:
    chart = Chart().change("PractitionerRole/r1", specialty=[concept(NUCC, "000X00000X")])
    assert chart.read().reporter.value == "unknown"


# --- too much of it ---


@pytest.mark.parametrize("depth", [300, 900])
def test_a_record_nested_too_deep_is_borne(depth: int) -> None:
    deep: Any = "x"
    for _ in range(depth):
        deep = {"item": [deep], "extension": [deep]} if depth < 400 and not isinstance(deep, dict) else {"item": [deep]}
    for kind, key in KEY_OF.items():
        chart = full()
        bundle = chart.prefetch[key]
        bundle["entry"] += [
            {"resource": {"resourceType": kind, **deep}},
            {"resource": {"resourceType": kind, "a": deep}},
        ]
        bundle["entry"] += [{"resource": resource(kind, "same", a=deep)}, {"resource": resource(kind, "same", b=deep)}]
        looked_at(chart.read())


def test_eight_times_the_messages_visits_and_photos_take_eight_times_the_work() -> None:
    def calls(count: int) -> int:
        chart = full()
        when = "2026-11-21T09:00:00-05:00"
        photo = {"contentAttachment": {"contentType": "image/jpeg"}}
        usual: Json = {"status": "completed", "encounter": ref("Encounter/e1"), "sent": when, "payload": [photo]}
        senders = [ref("Patient/p1"), ref("Practitioner/d1")]
        for i in range(count):
            chart.prefetch["communications"]["entry"].append(
                {"resource": of_patient("Communication", f"m{i}", sender=senders[i % 2], **usual)}
            )
            chart.prefetch["appointments"]["entry"].append({"resource": booking(f"b{i}", when)})
            chart.prefetch["priorEncounters"]["entry"].append({"resource": visit(f"w{i}", when)})
        counted = 0

        def count_one(_frame: object, event: str, _arg: object) -> None:
            nonlocal counted
            counted += event in {"call", "c_call"}

        sys.setprofile(count_one)
        try:
            looked_at(chart.read())
        finally:
            sys.setprofile(None)
        return counted

    assert calls(800) < 8.5 * calls(100)
