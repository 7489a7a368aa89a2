"""Every folder of `fhir_fixtures/` is read, judged and answered as its `expected.yaml` says."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from cds_service.billing.assessment import Assessment
from cds_service.billing.e_visit import OWN_GROUP, window
from cds_service.billing.facts import ReviewFacts
from cds_service.billing.moment import Moment
from cds_service.review import Answered

from .scenario import NAMES, Scenario, house, scenario

FACT_WORDS = {
    "payer",
    "funding",
    "reporter",
    "received",
    "answered",
    "problem",
    "date of service",
    "submitted by",
    "images",
    "charged",
    "minutes",
    "initiated",
    "window start",
}
EVISITS = frozenset({"99421", "99422", "99423", "98970", "98971", "98972", "G2061", "G2062", "G2063"})
ASSESSMENT_WORDS = {"at", "best", "recheck at", "findings", "cards", "charge", "wrong charges"}


@pytest.mark.parametrize("name", NAMES)
def test_it_is_answered_as_the_rules_say(name: str, tmp_path: Path) -> None:
    told = scenario(name, tmp_path)
    assert told.expected["story"].strip()
    assert told.expected["basis"]
    for at, expected in told.moments():
        assert set(expected) - ASSESSMENT_WORDS <= set(house().book.codes), "a word of expected.yaml that no test reads"
        _check(told, at, expected)


def _check(told: Scenario, at: datetime, expected: dict[str, Any]) -> None:
    answered = told.answered(at)
    wrong: list[str] = []
    if "cards" in expected:
        _same(wrong, "cards", _cards(answered), expected["cards"])
    if "charge" in expected:
        _same(wrong, "charge", _charge(answered), expected["charge"])
    if expected.get("cards") != ["not reviewed"]:
        assert answered.assessment is not None, f"{at}: not reviewed"
        assert answered.facts is not None
        _check_facts(wrong, answered.facts.seen_by(at), answered.assessment, told.expected.get("facts") or {}, at)
        _check_assessment(wrong, answered.assessment, expected, answered.facts)
    assert not wrong, f"{at:%Y-%m-%d %H:%M}: " + "; ".join(wrong)


def _check_facts(
    wrong: list[str], facts: ReviewFacts, assessment: Assessment, expected: dict[str, Any], at: datetime
) -> None:
    assert set(expected) <= FACT_WORDS, "a word of facts: that no test reads"
    images = [i for i in facts.images if i.certain]
    senders = sorted({i.submitted_by.value or "none" for i in images}) or ["none"]
    own = [m.spent.value or 0 for m in facts.minutes if m.by in OWN_GROUP]
    seen: dict[str, Any] = {
        "payer": facts.payer.value or "none",
        "funding": facts.funding.value or "none",
        "reporter": {None: "none", "none": "none-class"}.get(facts.reporter.value, facts.reporter.value),
        "date of service": facts.served_on(at).isoformat(),
        "submitted by": senders[0] if len(senders) == 1 else senders,
        "images": str(len(images)),
        "minutes": str(sum(own)) if own else "none",
        "initiated": {True: "yes", False: "no", None: "none"}[facts.initiated.value],
        "charged": list(dict.fromkeys(c.code for c in assessment.charged)),
    }
    for word, value in expected.items():
        if word in {"received", "answered"}:
            _same_moment(wrong, word, getattr(facts, word).value, value, facts, at)
        elif word == "window start":
            opened = window(facts, 7, EVISITS)
            _same_moment(wrong, word, opened.start if opened else None, value, facts, at)
        elif word == "problem":
            wanted = set() if value == "none" else {value} if isinstance(value, str) else set(value)
            _same(wrong, word, set(facts.problem.categories), wanted)
        else:
            _same(wrong, word, seen[word], value)


def _same_moment(
    wrong: list[str], word: str, found: Moment | None, expected: str, facts: ReviewFacts, at: datetime
) -> None:
    """Compare at the precision that the scenario gives; what the record says later than `at` is not there yet."""
    if expected == "none":
        _same(wrong, word, found, None)
        return
    zone = facts.practice.zone
    if datetime.fromisoformat(expected).replace(tzinfo=zone) > at and found is None:
        return
    spelling = "%Y-%m-%d %H:%M" if ":" in expected else "%Y-%m-%d"
    shown = f"{found.first.astimezone(zone):{spelling}}" if found else None
    _same(wrong, word, shown, expected)


def _check_assessment(wrong: list[str], assessment: Assessment, expected: dict[str, Any], facts: ReviewFacts) -> None:
    by_code = {c.code: c for c in assessment.candidates}
    for code in expected.keys() - ASSESSMENT_WORDS:
        found = by_code[code].outcome if code in by_code else "none"
        _same(wrong, code, found, expected[code])
    if "best" in expected:
        _same(wrong, "best", assessment.best.code if assessment.best else "none", expected["best"])
    if "recheck at" in expected:
        until = assessment.best.recheck_at if assessment.best else None
        shown = f"{facts.practice.local(until):%Y-%m-%d %H:%M}" if until else "none"
        _same(wrong, "recheck at", shown, expected["recheck at"])
    for code, findings in (expected.get("findings") or {}).items():
        candidate = by_code.get(code)
        for question, verdict in findings.items():
            finding = candidate.finding(question) if candidate else None
            if finding is None and candidate and candidate.findings[-1].verdict == "not-met":
                continue  # after a denial nothing more need be asked
            _same(wrong, f"{code} {question}", finding.verdict if finding else "not asked", verdict)
    if "wrong charges" in expected:
        wanted = [] if expected["wrong charges"] == "none" else expected["wrong charges"]
        _same(wrong, "wrong charges", [w.charge.code for w in assessment.wrong_charges], wanted)


def _cards(answered: Answered) -> list[str] | str:
    kinds = []
    for card in answered.cards:
        if "extension" in card:
            kinds.append("code")
        else:
            kinds.append("not reviewed" if answered.assessment is None else "gaps")
    return kinds or "silent"


def _charge(answered: Answered) -> str:
    for card in answered.cards:
        for suggestion in card.get("suggestions", []):  # type: ignore[attr-defined] # a card is plain JSON
            for resource in (action["resource"] for action in suggestion["actions"]):
                if resource["resourceType"] == "ChargeItem" and resource["status"] != "entered-in-error":
                    return str(resource["status"])
    return "none"


def _same(wrong: list[str], word: str, found: object, expected: object) -> None:
    if found != expected:
        wrong.append(f"{word} is {found}, not {expected}")
