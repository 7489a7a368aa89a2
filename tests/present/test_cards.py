"""Every card of every scenario keeps the rules of CDS Hooks (cds_hooks.md C70 to C99) and of the contract (§4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from cds_service.billing.assessment import Assessment
from cds_service.billing.facts import ReviewFacts
from cds_service.present.cards import cards
from tests.scenario import NAMES, PUBLIC_URL, house, scenario

Json = dict[str, Any]
EXTENSION = "org.signoff-cds.assessment"
SCHEMA = Draft202012Validator(orjson.loads((Path(str(files("cards"))) / "schema" / "response.json").read_bytes()))


@dataclass(frozen=True)
class Shown:
    """The cards of one scenario at one moment, with what they were made from."""

    name: str
    cards: list[Json]
    assessment: Assessment | None
    facts: ReviewFacts | None


@cache
def everything() -> tuple[Shown, ...]:
    """Answer every scenario once."""
    found: list[Shown] = []
    with TemporaryDirectory() as folder:
        for number, name in enumerate(NAMES):
            own = Path(folder) / str(number)
            own.mkdir()
            told = scenario(name, own)
            for at, _ in told.moments():
                answered = told.answered(at)
                plain: list[Json] = orjson.loads(orjson.dumps(answered.cards))
                found.append(Shown(f"{name} {at:%Y-%m-%d %H:%M}", plain, answered.assessment, answered.facts))
    return tuple(found)


def every_card() -> Iterator[tuple[str, Json]]:
    for shown in everything():
        for card in shown.cards:
            yield shown.name, card


def every_suggestion() -> Iterator[tuple[str, Json]]:
    for name, card in every_card():
        for suggestion in card.get("suggestions", []):
            yield name, suggestion


def every_resource() -> Iterator[tuple[str, Json, Json]]:
    for name, suggestion in every_suggestion():
        for action in suggestion["actions"]:
            yield name, action, action["resource"]


def texts(card: Json) -> Iterator[str]:
    """Yield all that a person reads of a card."""
    yield card["summary"]
    yield card.get("detail", "")
    yield card["source"]["label"]
    yield from (reason["display"] for reason in card.get("overrideReasons", []))
    for suggestion in card.get("suggestions", []):
        yield suggestion["label"]
        yield from (action["description"] for action in suggestion["actions"])


def test_cards_of_every_kind_are_seen_for_these_tests_to_mean_something() -> None:
    kinds = {("code" if "extension" in card else "other", card["indicator"]) for _, card in every_card()}
    assert kinds >= {("code", "info"), ("code", "warning"), ("other", "info"), ("other", "warning")}
    assert {len(shown.cards) for shown in everything()} == {0, 1, 2}
    assert {resource["resourceType"] for _, _, resource in every_resource()} >= {
        "ChargeItem",
        "QuestionnaireResponse",
        "Task",
    }


def test_every_answer_is_of_the_wire_s_schema() -> None:
    for shown in everything():
        problems = [f"{shown.name}: {e.json_path} {e.message}" for e in SCHEMA.iter_errors({"cards": shown.cards})]
        assert problems == []


def test_a_summary_is_one_line_of_fewer_than_140_characters_without_markup() -> None:
    for name, card in every_card():
        assert 1 <= len(card["summary"]) < 140, name
        assert card["summary"] == " ".join(card["summary"].split()), name
        assert not re.search(r"[*_`<>{}]", card["summary"]), name


def test_no_summary_had_to_be_cut() -> None:
    assert {name for name, card in every_card() if card["summary"].endswith("…")} == set()


def test_no_card_is_critical() -> None:
    assert {card["indicator"] for _, card in every_card()} <= {"info", "warning"}


def test_the_source_has_a_label_a_topic_and_an_address_of_ours() -> None:
    for name, card in every_card():
        source = card["source"]
        assert source["label"], name
        assert set(source["topic"]) == {"system", "code", "display"}, name
        assert source["url"].startswith(PUBLIC_URL), name
        assert "icon" not in source, name


def test_every_card_and_suggestion_has_a_random_uuid_of_its_own() -> None:
    found = [card["uuid"] for _, card in every_card()] + [s["uuid"] for _, s in every_suggestion()]
    assert len(set(found)) == len(found)
    assert {UUID(one).version for one in found} == {4}


def test_a_card_says_how_suggestions_are_chosen_if_and_only_if_it_has_some() -> None:
    for name, card in every_card():
        assert ("selectionBehavior" in card) == ("suggestions" in card), name
        assert card.get("selectionBehavior", "any") in {"any", "at-most-one"}, name


def test_every_override_reason_has_system_code_and_display_once() -> None:
    for name, card in every_card():
        reasons = card.get("overrideReasons", [])
        assert all(set(r) == {"system", "code", "display"} for r in reasons), name
        codes = [r["code"] for r in reasons]
        assert len(set(codes)) == len(codes), name
        if "extension" in card or "suggestions" in card:
            assert {"disagree", "not-now"} <= set(codes), name


def test_nothing_is_empty_in_what_is_sent() -> None:
    def empty(value: Any, path: str) -> Iterator[str]:
        if value is None or value in ("", {}):
            yield path
        for key, member in value.items() if isinstance(value, dict) else ():
            yield from empty(member, f"{path}.{key}")
        if isinstance(value, list):
            for number, member in enumerate(value):
                yield from empty(member, f"{path}[{number}]")

    lists_that_say_there_is_none = re.compile(r"\.(modifiers|gaps|wrongCharges|notAsked|charged|findings|candidates)$")
    for name, card in every_card():
        assert list(empty(card, "card")) == [], name
        bare = [p for p in _empty_lists(card, "card") if not lists_that_say_there_is_none.search(p)]
        assert bare == [], name


def _empty_lists(value: Any, path: str) -> Iterator[str]:
    if value == []:
        yield path
    for key, member in value.items() if isinstance(value, dict) else ():
        yield from _empty_lists(member, f"{path}.{key}")
    if isinstance(value, list):
        for number, member in enumerate(value):
            yield from _empty_lists(member, f"{path}[{number}]")


# Words that would tell when to give care, how long to take, or what pays more.
ADVICE = re.compile(
    r"\b(schedule (a|the|an) (visit|appointment)|book (a|the|an) (visit|appointment)|delay the (visit|appointment)|"
    r"see the patient (later|after|sooner)|wait (until|before) (seeing|booking)|spend (more|at least)|"
    r"more minutes|record more|longer (visit|review)|higher|dearer|pays? more|better paid|revenue|upcode)\b",
    re.IGNORECASE,
)


def test_no_price_and_no_advice_on_care_time_or_a_dearer_code_is_shown() -> None:
    for name, card in every_card():
        for text in texts(card):
            assert "$" not in text, name
            assert not re.search(r"\bUSD\b|\bdollars?\b|\bcents?\b", text, re.IGNORECASE), f"{name}: {text}"
            assert not ADVICE.search(text), f"{name}: {text}"


def test_the_amount_that_medicare_allows_stands_in_the_extension_only() -> None:
    amounts = 0
    for shown in everything():
        for card in shown.cards:
            payment = card.get("extension", {}).get(EXTENSION, {}).get("payment")
            if payment:
                assert not [text for text in texts(card) if payment["amount"] in text], shown.name
                amounts += 1
    assert amounts


def test_no_placeholder_is_left_unfilled_and_none_is_filled_with_nothing() -> None:
    for name, card in every_card():
        for text in texts(card):
            assert not re.search(r"\{\w+\}", text), f"{name}: {text}"
            assert "None" not in text, f"{name}: {text}"
            assert not re.search(r"until\s*[:.,;)]|until\s*$|  ", text), f"{name}: {text}"


def test_the_detail_is_plain_markdown_without_html_and_without_a_link() -> None:
    reader = MarkdownIt("gfm-like", {"linkify": False, "html": True})
    for name, card in every_card():
        html = reader.render(card.get("detail", ""))
        assert set(re.findall(r"</?(\w+)", html)) <= {"p", "strong", "ul", "li", "em"}, name


def test_no_punctuation_is_doubled_in_what_is_said() -> None:
    for name, card in every_card():
        for text in texts(card):
            assert not re.search(r"\.\.(?!\.)|\?\.|;;|,,|\(\s*\)", text), f"{name}: {text}"


def test_the_machine_readable_answer_stands_on_the_code_card_only() -> None:
    for shown in everything():
        carrying = [card for card in shown.cards if "extension" in card]
        assert len(carrying) <= 1, shown.name
        assert all(set(card["extension"]) == {EXTENSION} for card in carrying), shown.name
        assert carrying == shown.cards[: len(carrying)], f"{shown.name}: the code card comes first"


# --- what the cards offer ---


def test_every_resource_we_suggest_is_valid_fhir_r4b() -> None:
    for name, _, resource in every_resource():
        model = get_fhir_model_class(resource["resourceType"])
        made = model.model_validate(resource)
        assert orjson.loads(made.model_dump_json(exclude_none=True)), name


def test_an_action_creates_or_updates_and_says_so() -> None:
    for name, action, resource in every_resource():
        assert action["type"] in {"create", "update"}, name
        assert ("id" in resource) == (action["type"] == "update"), f"{name}: only what exists has an id"
        assert action["description"], name


def charge_items() -> Iterator[tuple[Shown, Json, Json, Json]]:
    for shown in everything():
        for card in shown.cards:
            for suggestion in card.get("suggestions", []):
                for action in suggestion["actions"]:
                    if action["resource"]["resourceType"] == "ChargeItem":
                        yield shown, card, suggestion, action


def kinds_of(suggestion: Json) -> set[str]:
    return {action["resource"]["resourceType"] for action in suggestion["actions"]}


def test_a_charge_is_offered_on_the_code_card_only_and_recommended() -> None:
    for shown, card, suggestion, _ in charge_items():
        assert "extension" in card, shown.name
        assert suggestion["isRecommended"] is True, shown.name
        charging = [s for s in card["suggestions"] if "ChargeItem" in kinds_of(s)]
        assert charging == [suggestion], f"{shown.name}: one suggestion about charges"


def test_a_new_charge_is_billable_if_reportable_and_planned_if_held() -> None:
    for shown, card, _, action in charge_items():
        answered = card["extension"][EXTENSION]
        if action["type"] == "create":
            assert action["resource"]["status"] == {"reportable": "billable", "hold": "planned"}[answered["outcome"]], (
                shown.name
            )
            assert action["resource"]["code"]["coding"][0]["code"] == answered["best"], shown.name


def test_no_charge_is_offered_where_it_is_incomplete_unsettled_or_out_of_the_question() -> None:
    for shown in everything():
        for card in shown.cards:
            if "extension" in card and card["extension"][EXTENSION]["outcome"] not in {"reportable", "hold"}:
                assert not any("ChargeItem" in kinds_of(s) for s in card.get("suggestions", [])), shown.name


def test_a_new_charge_names_patient_encounter_code_day_performer_quantity_and_reason() -> None:
    seen = 0
    for shown, card, _, action in charge_items():
        if action["type"] == "create":
            assert shown.facts is not None
            resource = action["resource"]
            assert resource["subject"] == {"reference": f"Patient/{shown.facts.patient}"}, shown.name
            assert resource["context"] == {"reference": f"Encounter/{shown.facts.encounter}"}, shown.name
            assert resource["occurrenceDateTime"] == card["extension"][EXTENSION]["dateOfService"], shown.name
            assert resource["quantity"] == {"value": 1}, shown.name
            assert resource["performer"][0]["actor"]["reference"].startswith("Practitioner"), shown.name
            assert resource["reason"][0]["coding"][0]["system"] == "http://hl7.org/fhir/sid/icd-10-cm", shown.name
            seen += 1
    assert seen > 20


@pytest.mark.parametrize(("code", "system"), [("G2010", "HCPCSReleaseCodeSets"), ("9942", "ama-assn.org/go/cpt")])
def test_a_code_names_the_system_it_is_of(code: str, system: str) -> None:
    for shown, _, _, action in charge_items():
        coding = action["resource"]["code"]["coding"][0]
        if action["type"] == "create" and coding["code"].startswith(code):
            assert coding["system"].endswith(system), shown.name


def test_only_a_planned_or_billable_charge_is_ever_changed() -> None:
    for shown, _, _, action in charge_items():
        if action["type"] == "update":
            assert shown.facts is not None
            before = [c for c in shown.facts.charges if c.resource and c.resource.get("id") == action["resource"]["id"]]
            assert [c.status in {"planned", "billable"} and not c.settled for c in before] == [True], shown.name
            kept = {k: v for k, v in (before[0].resource or {}).items() if k != "status"}
            assert {k: v for k, v in action["resource"].items() if k != "status"} == kept, shown.name


def test_an_update_marks_a_wrong_charge_or_releases_the_right_one() -> None:
    for shown, card, _, action in charge_items():
        if action["type"] == "update":
            answered = card["extension"][EXTENSION]
            wrong = {w["code"] for w in answered["wrongCharges"]}
            codes = {c["code"] for c in action["resource"]["code"]["coding"]}
            assert action["resource"]["status"] == ("entered-in-error" if codes & wrong else "billable"), shown.name


def test_a_wrong_charge_is_named_on_the_code_card() -> None:
    named = 0
    for shown in everything():
        if shown.assessment is not None:
            for wrong in shown.assessment.wrong_charges:
                assert wrong.charge.code in shown.cards[0]["detail"], shown.name
                assert shown.cards[0]["indicator"] == "warning", shown.name
                named += 1
    assert named


def test_a_form_asks_one_item_and_answers_nothing_for_anyone() -> None:
    seen = 0
    for name, _, resource in every_resource():
        if resource["resourceType"] == "QuestionnaireResponse":
            assert resource["status"] == "in-progress", name
            assert resource["questionnaire"] == f"{PUBLIC_URL}/Questionnaire/image-review-attestation", name
            assert [set(item) for item in resource["item"]] == [{"linkId"}], name
            seen += 1
    assert seen


LINK_IDS = {
    *("related-service", "led-to-visit", "consent", "images-adequate", "patient-initiated", "secure-channel"),
    *("received", "answered", "first-reviewed", "soonest-available", "minutes", "patient-state"),
    *("submitted-by", "answered-by"),
}


def test_a_form_s_item_is_one_of_the_attestation() -> None:
    for name, _, resource in every_resource():
        if resource["resourceType"] == "QuestionnaireResponse":
            assert {item["linkId"] for item in resource["item"]} <= LINK_IDS, name


def test_nothing_but_a_charge_is_recommended_and_nothing_is_done_unasked() -> None:
    for name, suggestion in every_suggestion():
        is_charge = "ChargeItem" in kinds_of(suggestion)
        assert suggestion.get("isRecommended", False) is is_charge, name
    for name, card in every_card():
        assert "systemActions" not in card, name
        assert not any("autolaunchable" in link for link in card.get("links", [])), name


# --- how many, and when none ---


def test_silence_means_that_all_is_charged_and_complete_or_that_it_is_no_review() -> None:
    for shown in everything():
        if shown.cards or shown.assessment is None:
            continue
        best = shown.assessment.best
        if shown.assessment.is_review:
            assert best is not None, shown.name
            assert best.outcome in {"reportable", "hold"}, shown.name
            assert not best.gaps, shown.name
            assert not shown.assessment.wrong_charges, shown.name
            if best.outcome == "reportable":
                assert best.code in {c.code for c in shown.assessment.charged}, shown.name


def test_a_gap_card_stands_if_and_only_if_the_best_code_has_gaps() -> None:
    for shown in everything():
        if shown.assessment is None or not shown.assessment.is_review:
            continue
        best = shown.assessment.best
        gaps = [card for card in shown.cards if "extension" not in card]
        assert len(gaps) == bool(best and best.gaps), shown.name
        if gaps and best:
            assert len(gaps[0]["suggestions"]) == len(best.gaps), shown.name
            warns = "warning" if any(g.stops for g in best.gaps) else "info"
            assert gaps[0]["indicator"] == warns, shown.name


def test_a_review_that_only_waits_is_information_and_no_warning() -> None:
    for shown in everything():
        best = shown.assessment.best if shown.assessment else None
        if best and best.outcome == "hold" and shown.assessment and not shown.assessment.wrong_charges and shown.cards:
            for card in shown.cards:
                if "extension" in card:
                    assert card["indicator"] == "info", shown.name


def test_no_patient_s_name_stands_on_a_card() -> None:
    for name in NAMES:
        document = orjson.loads((Path(str(files("fhir_fixtures"))) / name / "request.json").read_bytes())
        patient = (document.get("prefetch") or {}).get("patient") or {}
        names = {n for each in patient.get("name") or [] for n in [each.get("family"), *(each.get("given") or [])] if n}
        for shown in everything():
            if shown.name.startswith(f"{name} "):
                told = " ".join(text for card in shown.cards for text in texts(card))
                assert not [n for n in names if re.search(rf"\b{re.escape(n)}\b", told)], shown.name


def test_the_same_assessment_gives_the_same_cards_but_for_their_ids() -> None:
    for shown in everything()[::25]:
        if shown.assessment is None or shown.facts is None:
            continue
        ids = [f"00000000-0000-4000-8000-{number:012}" for number in range(20)]
        once, twice = (
            cards(shown.assessment, shown.facts, house().words, PUBLIC_URL, ids=iter(ids).__next__) for _ in range(2)
        )
        assert once == twice, shown.name
