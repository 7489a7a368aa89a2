"""`cards/questions`, `cards/card.yaml` and the other YAML of words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cds_service.billing.assessment import PREFERENCE
from cds_service.billing.questions import QUESTIONS
from cds_service.billing.rulebook import RuleBook
from cds_service.words import CardWords, QuestionWords, Word, Words

from .placeholders import check
from .reading import each, read
from .text import Node
from .typed import fill, nearest, refuse_unknown, understand

VERDICTS = ("met", "not-met", "wait", "missing", "unsettled")
_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "summaries": (*PREFERENCE, "not-reportable"),
    "charge_labels": ("billable", "planned", "replace", "release"),
    "wrong_charge": ("no such code", "not taken", "not reportable", "second code"),
}
"""Words of the card that are chosen by a key: every key must be there."""


def load_words(root: Path, problems: list[str]) -> Words | None:
    """Load all words; a question without its words is a problem."""
    reasons = _texts(root, "override_reasons.yaml", problems)
    payers = _texts(root, "payer_titles.yaml", problems)
    questions = {name: _question(name, node, reasons, problems) for name, node in each(root, "questions", problems)}
    strange, lacking = [n for n in questions if n not in QUESTIONS], [n for n in QUESTIONS if n not in questions]
    problems.extend(f"questions/{n}.yaml: there is no question '{n}'{nearest(n, QUESTIONS)}" for n in strange)
    problems.extend(f"questions/{n}.yaml: is not there; expected the words of '{n}'" for n in lacking)
    card_node = read(root, root / "card.yaml", problems)
    card = _card(card_node, problems) if card_node else None
    return Words(questions, card, reasons, payers) if card else None


def check_words(book: RuleBook, words: Words, problems: list[str]) -> None:
    """Find what must fit together: doubt without its words, and payers that one file names and another does not."""
    doubtful = {rule.question for versions in book.rules.values() for rule in versions if not rule.source.may_deny}
    for question in sorted(doubtful & words.questions.keys()):
        verdicts = words.questions[question].verdicts
        if "not-met" in verdicts and "unsettled" not in verdicts:
            problems.append(f"questions/{question}.yaml: 'unsettled' is not there; a rule of low confidence needs it")
    called = {row.payer for row in book.tables.payer_names if row.payer} | {p for p in words.payers if p}
    for payer in sorted(called - book.payers):
        hint = nearest(payer, book.payers)
        problems.append(f"payers/{payer}.yaml: is not there, and a table or a title names '{payer}'{hint}")
    untitled = sorted(p for p in book.payers if p not in words.payers and not _is_of_state(p, words.payers))
    problems.extend(
        f"payer_titles.yaml:1: '{p}' is not there; expected how the cards call this payer" for p in untitled
    )


def _is_of_state(payer: str, known: Mapping[str, str]) -> bool:
    """Whether it is a payer's file for one state, as `medicaid-NY`."""
    name, _, state = payer.rpartition("-")
    return name in known and state.isupper()


def _card(node: Node, problems: list[str]) -> CardWords | None:
    check(node, problems)
    card = fill(CardWords, node, problems)
    for key, wanted in _SAID_BY.items():
        said = node.members.get(key)
        if said is not None:
            lacking = [w for w in wanted if w not in said.members]
            problems.extend(f"{said.where}: '{w}' is not there; expected its words under '{key}'" for w in lacking)
    return card


def _question(name: str, node: Node, reasons: Mapping[str, str], problems: list[str]) -> QuestionWords:
    refuse_unknown(node, {"title", "asks", "cases", *VERDICTS}, problems)
    verdicts = {v: _word(node.members[v], reasons, problems) for v in VERDICTS if v in node.members}
    cases = node.members.get("cases", Node({}, node.where))
    if not isinstance(cases.value, Mapping):
        problems.append(f"{cases.where}: 'cases' is {cases.shape}; expected a group of keys")
    if "met" not in verdicts:
        problems.append(f"{node.where}: 'met' is not there; expected its words")
    return QuestionWords(
        title=_text(node, "title", name, problems),
        asks=_text(node, "asks", name, problems),
        verdicts=verdicts,
        cases={case: _word(member, reasons, problems) for case, member in cases.members.items()},
    )


def _word(node: Node, reasons: Mapping[str, str], problems: list[str]) -> Word:
    check(node, problems)
    for reason in node.members.get("overrides", node).items:
        if reason.text not in reasons:
            hint = nearest(reason.text or "", reasons)
            problems.append(
                f"{reason.where}: unknown override reason '{reason.text}'{hint}; expected one that is listed"
            )
    return fill(Word, node, problems) or Word("")


def _text(node: Node, key: str, name: str, problems: list[str]) -> str:
    found = understand(str, node.members.get(key, Node("", node.where)), problems, key)
    return found or name


def _texts(root: Path, name: str, problems: list[str]) -> dict[str, str]:
    node = read(root, root / name, problems)
    if node is not None and not isinstance(node.value, Mapping):
        problems.append(f"{node.where}: is {node.shape}; expected lines of 'key: words'")
    return {key: understand(str, value, problems, key) or "" for key, value in (node.members if node else {}).items()}
