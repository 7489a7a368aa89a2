"""`cards/questions`, `cards/card.yaml` and `cards/override_reasons.yaml` as words."""

from __future__ import annotations

from pathlib import Path

from cds_service.billing.questions import QUESTIONS
from cds_service.words import CardWords, QuestionWords, Word, Words

from .reading import each, read
from .text import Node
from .typed import fill, nearest, refuse_unknown, understand

VERDICTS = ("met", "not-met", "wait", "missing", "unsettled")


def load_words(root: Path, problems: list[str]) -> Words | None:
    """Load all words; a question without its words is a problem."""
    questions = {name: _question(name, node, problems) for name, node in each(root, "questions", problems)}
    strange, lacking = [n for n in questions if n not in QUESTIONS], [n for n in QUESTIONS if n not in questions]
    problems.extend(f"questions/{n}.yaml: there is no question '{n}'{nearest(n, QUESTIONS)}" for n in strange)
    problems.extend(f"questions/{n}.yaml: is not there; expected the words of '{n}'" for n in lacking)
    reasons = _texts(root, "override_reasons.yaml", problems)
    payers = _texts(root, "payer_titles.yaml", problems)
    card_node = read(root, root / "card.yaml", problems)
    card = fill(CardWords, card_node, problems) if card_node else None
    for name, words in questions.items():
        for word in (*words.verdicts.values(), *words.cases.values()):
            problems.extend(
                f"questions/{name}.yaml: unknown override reason '{code}'{nearest(code, reasons)}"
                for code in word.overrides
                if code not in reasons
            )
    return Words(questions, card, reasons, payers) if card else None


def _question(name: str, node: Node, problems: list[str]) -> QuestionWords:
    refuse_unknown(node, {"title", "asks", "cases", *VERDICTS}, problems)
    verdicts = {v: _word(node.members[v], problems) for v in VERDICTS if v in node.members}
    cases = node.members["cases"].members if "cases" in node.members else {}
    if "met" not in verdicts:
        problems.append(f"{node.where}: 'met' is not there; expected its words")
    return QuestionWords(
        title=_text(node, "title", name, problems),
        asks=_text(node, "asks", name, problems),
        verdicts=verdicts,
        cases={case: _word(member, problems) for case, member in cases.items()},
    )


def _word(node: Node, problems: list[str]) -> Word:
    return fill(Word, node, problems) or Word("")


def _text(node: Node, key: str, name: str, problems: list[str]) -> str:
    found = understand(str, node.members.get(key, Node("", node.where)), problems, key)
    return found or name


def _texts(root: Path, name: str, problems: list[str]) -> dict[str, str]:
    node = read(root, root / name, problems)
    return {key: understand(str, value, problems, key) or "" for key, value in (node.members if node else {}).items()}
