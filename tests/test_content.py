"""The shipped content is complete: sources, words for all that can be said, scenarios for all that can be answered."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from cds_service.billing.assess import HEARSAY
from cds_service.billing.questions import QUESTIONS
from cds_service.billing.rulebook import EVERYONE, Rule
from cds_service.present.text import SUMMARY_LIMIT
from cds_service.words import QuestionWords, Word

from .scenario import NAMES, house, scenario

ROOT = Path(__file__).resolve().parent.parent
BILLING = ROOT / "cds_service" / "billing"
CARDS = Path(str(files("cards")))
VERDICTS = {"met": "met", "not_met": "not-met", "missing": "missing", "unsettled": "unsettled", "wait": "wait"}

# --- what the Python can say ---


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def strings(node: ast.AST) -> set[str]:
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return (
        node.func.id
        if isinstance(node.func, ast.Name)
        else node.func.attr
        if isinstance(node.func, ast.Attribute)
        else ""
    )


def cases_in(module: ast.Module) -> Iterator[str]:
    """Yield every case that a module names: `case=…`, `Relation(…, case)`, and pairs of a service and its case."""
    for node in ast.walk(module):
        if isinstance(node, ast.keyword) and node.arg == "case":
            yield from strings(_value(node.value))
        elif called(node) == "Relation" and isinstance(node, ast.Call):
            yield from (s for argument in node.args[1:] for s in strings(argument))
        elif called(node) == "append" and isinstance(node, ast.Call):
            for argument in node.args:
                if isinstance(argument, ast.Tuple) and len(argument.elts) > 1:
                    yield from strings(_value(argument.elts[1]))


def _value(node: ast.expr) -> ast.expr:
    """Leave out what an `… if … else …` compares with: only its two ends are said."""
    if isinstance(node, ast.IfExp):
        return ast.Tuple([_value(node.body), _value(node.orelse)])
    return ast.Tuple([]) if isinstance(node, ast.Compare) else node


@cache
def reached(path: Path) -> frozenset[Path]:
    """Return a question's module and the modules of the core that weigh services for it."""
    found = {path}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.level:
            name = (node.module or "").split(".")[0]
            helper = BILLING / f"{name}.py"
            if name in {"relation", "days_before", "e_visit"} and helper != path:
                found |= reached(helper)
    return frozenset(found)


# A reply in doubt is the case itself; contract §5 *answered* names them.
REPLIES = {"staff", "another clinician", "organization", "unknown sender", "voicemail", "recipient unknown"}
FROM_FACTS = {"follow_up": REPLIES}
FROM_ASSESS = {"paid": {"no content"}}


def cases(question: str) -> set[str]:
    found = {case for path in reached(BILLING / "questions" / f"{question}.py") for case in cases_in(tree(path))}
    return found | FROM_FACTS.get(question, set()) | FROM_ASSESS.get(question, set())


def verdicts(question: str) -> set[str]:
    """Return the verdicts that a question can give, and *unsettled* where a source of ours may not carry its denial."""
    module = tree(BILLING / "questions" / f"{question}.py")
    found = {VERDICTS[name] for node in ast.walk(module) if (name := called(node)) in VERDICTS}
    if question == "paid":
        found.add("unsettled")  # of a payer without content, in assess
    return found | ({"unsettled"} if "not-met" in found and doubtful(question) else set())


def rules() -> list[Rule]:
    return [rule for versions in house().book.rules.values() for rule in versions]


def doubtful(question: str) -> bool:
    return any(r.question == question and not r.source.may_deny for r in rules())


def words(question: str) -> QuestionWords:
    return house().words.questions[question]


def all_words() -> list[tuple[str, Word]]:
    return [
        (f"{name} {key}", word)
        for name, said in house().words.questions.items()
        for key, word in [*said.verdicts.items(), *((f"case {case}", word) for case, word in said.cases.items())]
    ]


# --- rules ---


def test_every_rule_names_its_source_and_how_sure_it_is() -> None:
    for rule in rules():
        where = (rule.code, rule.payer, rule.question, rule.start)
        assert len(rule.source.cite) > 10, where
        assert rule.source.confidence in {"high", "medium", "low"}, where
        assert rule.source.url is None or rule.source.url.startswith("https://"), where


def test_every_version_says_what_changed() -> None:
    for path in [*CARDS.glob("codes/*.yaml"), *CARDS.glob("payers/*.yaml"), *CARDS.glob("families/*.yaml")]:
        for version in yaml.load(path.read_text(), Loader=yaml.BaseLoader):  # noqa: S506 - text only
            assert version.get("changed", "").strip(), f"{path.name} {version['from']}"


def test_a_payer_s_silence_is_never_taken_for_high_confidence() -> None:
    for rule in rules():
        if rule.question == "paid" and getattr(rule.terms, "pays", None) == "ask":
            assert rule.source.confidence != "high", (rule.code, rule.payer, rule.start)


def test_a_rule_that_is_known_from_memory_alone_denies_nothing() -> None:
    # billing_rules.md §0: every RECALL rule must be checked before it may deny.
    assert all(not rule.source.may_deny for rule in rules() if rule.source.recalled)
    for code in ("G2010", "G2250"):
        assert not any(r.source.may_deny for r in house().book.rules[EVERYONE, code, "global_period"])


# --- words ---


@pytest.mark.parametrize("question", QUESTIONS)
def test_there_are_words_for_every_verdict_that_a_question_can_give(question: str) -> None:
    assert verdicts(question) - set(words(question).verdicts) == set()


@pytest.mark.parametrize("question", QUESTIONS)
def test_there_are_words_for_every_case_that_the_python_can_produce(question: str) -> None:
    assert cases(question) - set(words(question).cases) == set()


@pytest.mark.parametrize("question", QUESTIONS)
def test_there_are_no_words_that_nothing_can_say(question: str) -> None:
    assert set(words(question).cases) - cases(question) - {HEARSAY} == set()
    assert set(words(question).verdicts) - verdicts(question) == set()


def test_what_the_tests_believe_of_the_python_is_not_empty() -> None:
    assert {"by", "kind", "problem", "contradicted", "asynchronous", "elsewhere"} <= cases("look_back")
    assert {"soonest", "booked before", "attested", "not answered"} <= cases("look_ahead")
    assert verdicts("look_ahead") == {"met", "not-met", "wait", "missing", "unsettled"}
    assert cases("diagnosis") == set()


def test_what_is_missing_unsettled_or_wrong_has_a_summary_and_says_what_would_help() -> None:
    for name, said in house().words.questions.items():
        for verdict, word in said.verdicts.items():
            if verdict != "met":
                assert word.summary, f"{name} {verdict}"
                assert word.fix, f"{name} {verdict}"


def test_every_question_has_its_own_title() -> None:
    titles = [said.title for said in house().words.questions.values()]
    assert len(set(titles)) == len(titles)
    assert all(said.asks.endswith("?") for said in house().words.questions.values())


# The longest of each: a code, a payer as the cards call it, a moment, a count, a title of a question.
LONGEST = {
    "code": "G2010",
    "payer": max(house().words.payers.values(), key=len),
    "until": "Wed Nov 25 15:00",
    "count": "12",
    "date": "2026-12-31",
}


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def summaries() -> list[tuple[str, str]]:
    card = house().words.card
    fixed = [*card.summaries.items(), ("one gap", card.gap_summary), ("gaps", card.gaps_summary)]
    return [*fixed, ("not reviewed", card.not_reviewed_summary), *((n, w.summary) for n, w in all_words() if w.summary)]


def test_every_summary_fits_on_a_card_with_the_longest_values() -> None:
    long = {name: line for name, text in summaries() if len(line := text.format_map(LONGEST)) > SUMMARY_LIMIT}
    assert SUMMARY_LIMIT == 139
    assert long == {}


def test_a_summary_fits_also_behind_the_name_of_a_wrong_charge() -> None:
    prefix = house().words.card.wrong_first.format_map({"wrong": "99213"})
    long = {n: line for n, text in summaries() if len(line := prefix + text.format_map(LONGEST)) > SUMMARY_LIMIT}
    long.pop("not reviewed", None)  # there nothing was read, so nothing is wrong
    assert long == {}


def test_only_known_placeholders_stand_in_the_words() -> None:
    for name, word in all_words():
        assert placeholders(word.says) <= {"payer", "until", "code"}, name
        assert placeholders(word.summary or "") <= {"payer", "until", "code"}, name
        assert placeholders(word.fix or "") == set(), f"{name}: nothing is filled into what would help"
    for _, text in summaries():
        assert placeholders(text) <= set(LONGEST)
    for said in house().words.questions.values():
        assert placeholders(said.title) == placeholders(said.asks) == set()


def test_a_moment_is_named_only_where_there_is_one() -> None:
    for name, said in house().words.questions.items():
        for verdict, word in said.verdicts.items():
            if verdict != "wait":
                assert "until" not in placeholders(word.says) | placeholders(word.summary or ""), f"{name} {verdict}"


def test_the_words_of_the_card_name_only_what_is_filled_in() -> None:
    card = house().words.card
    assert set(card.summaries) == {"reportable", "hold", "incomplete", "unsettled", "not-reportable"}
    assert set(card.charge_labels) == {"billable", "planned", "replace", "release"}
    assert set(card.wrong_charge) == {"no such code", "not taken", "not reportable", "second code"}
    for text in card.charge_labels.values():
        assert placeholders(text) <= {"code", "wrong"}
    for text in (*card.wrong_charge.values(), card.settled_charge, card.wrong_first):
        assert placeholders(text) <= {"wrong", "payer"}
    for text in (card.form, card.task, card.reply):
        assert placeholders(text) <= {"title"}
    assert placeholders(card.place) == {"place", "modifiers"}
    assert placeholders(card.stale) == {"date"}
    assert placeholders(card.source_label) == {"edition"}


# --- plain words, and nobody else's ---


def texts() -> Iterator[tuple[str, str]]:
    for name, word in all_words():
        yield from ((name, text) for text in (word.says, word.summary, word.fix) if text)
    yield from ((f"title of {n}", f"{w.title}. {w.asks}") for n, w in house().words.questions.items())
    yield from house().words.override_reasons.items()
    yield from house().words.payers.items()
    card = house().words.card
    for name in card.__slots__:
        value = getattr(card, name)
        yield from ((name, text) for text in ([value] if isinstance(value, str) else value.values()))


# Words that tell nothing, or that sell, or that speak of what pays more.
NOT_PLAIN = re.compile(
    r"\b(utili[sz]e|leverage|seamless|robust|optimi[sz]e|maximi[sz]e|revenue|reimburse|upcode|higher-paying|pays more|"
    r"in order to|please|kindly|simply|just|ensure that|prior to|obtain|facilitate|erroneous)\b",
    re.IGNORECASE,
)


def test_words_are_plain_and_well_spaced() -> None:
    fragments = {"wrong_first", "instead"}  # put before and behind a sentence
    for name, text in texts():
        assert text == text.strip() or name in fragments, name
        assert "  " not in text, name
        assert not NOT_PLAIN.search(text), f"{name}: {text}"
        assert "$" not in text, f"{name}: no price"
        assert "<" not in text, f"{name}: no markup"
        assert "!" not in text, f"{name}: no shouting"


def test_what_is_said_goes_into_a_sentence_and_what_would_help_is_one() -> None:
    for name, word in all_words():
        assert not word.says.endswith("."), f"{name}: the card adds the full stop"
        assert word.fix is None or word.fix.endswith("."), name
        assert word.summary is None or not word.summary.endswith("."), name


# Turns of phrase of CPT's copyrighted descriptors. HCPCS Level II text is public, and not quoted here either.
DESCRIPTORS = re.compile(
    r"online digital evaluation and management service, for|cumulative time during the 7 days|"
    r"interprofessional telephone/internet|verbal and written report to the patient|"
    r"synchronous audio-(video|only) visit for the evaluation|medically appropriate history and/or examination|"
    r"qualified nonphysician health care professional|digitally stored and/or transmitted by the patient|"
    r"not originating from a related|office or other outpatient visit for the evaluation",
    re.IGNORECASE,
)


def test_no_descriptor_of_the_ama_stands_anywhere() -> None:
    kinds = {".yaml", ".csv", ".txt", ".md", ".py", ".html", ".json"}
    folders = (CARDS, ROOT / "cds_service", ROOT / "fhir_fixtures")
    paths = [p for folder in folders for p in folder.rglob("*") if p.suffix in kinds and p.is_file()]
    assert len(paths) > 100
    found = {
        str(p.relative_to(ROOT)) for p in paths if DESCRIPTORS.search(p.read_text(encoding="utf-8", errors="replace"))
    }
    assert found == set()


# --- scenarios ---

# What a question can say, but no scenario can show, and why.
NOT_SHOWN: dict[tuple[str, str], str] = {}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """Every verdict of every question in any scenario, worked out once."""
    found: set[tuple[str, str]] = set()
    for name in NAMES:
        told = scenario(name, tmp_path_factory.mktemp("client"))
        for at, _ in told.moments():
            answered = told.answered(at)
            if answered.assessment is not None:
                found |= {(f.question, f.verdict) for c in answered.assessment.candidates for f in c.findings}
    return found


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_verdict_that_a_question_can_give_is_shown_in_a_scenario(
    question: str, shown: set[tuple[str, str]]
) -> None:
    # A denial that none of the rules may carry shows as unsettled.
    may = any(r.source.may_deny for r in rules() if r.question == question) or question in {"exists", "follow_up"}
    possible = {v for v in verdicts(question) if v != "not-met" or may}
    lacking = {v for v in possible if (question, v) not in shown and (question, v) not in NOT_SHOWN}
    assert lacking == set()


def test_what_is_said_not_to_be_shown_is_not_shown(shown: set[tuple[str, str]]) -> None:
    assert {key for key in NOT_SHOWN if key in shown} == set()
