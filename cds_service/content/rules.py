"""`cards/codes`, `families`, `payers` and `patterns.yaml` as the rulebook, and a practice's own payers laid over it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from cds_service.billing.questions import NOT_BUILT, QUESTIONS, VOCABULARY, exists
from cds_service.billing.rulebook import EVERYONE, OWN, Code, Confidence, Patterns, Rule, RuleBook, Severity, Source
from cds_service.billing.tables import Tables
from cds_service.errors import ContentError

from .reading import each, read
from .text import Node
from .typed import fill, nearest, refuse_unknown, understand

_VERSION_KEYS = frozenset({"from", "until", "announced", "source", "asks", "changed", "instead"})
_SEVERITIES = frozenset({"gap", "fault"})

Key = tuple[str, str, str]
Spoken = dict[Key, list[tuple[Rule, str]]]
"""Voice, code and question → its versions, each with the `file:line` where it stands."""


@dataclass(frozen=True, slots=True)
class Edition:
    """`edition.txt`: which content this is, and until when its rules were reviewed."""

    edition: str
    reviewed_until: date


@dataclass(frozen=True, slots=True)
class _SourceWritten:
    cite: str
    confidence: Confidence
    url: str | None = None
    recalled: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    terms: object
    gap: Severity
    fault: Severity


@dataclass(frozen=True, slots=True)
class _Version:
    """One dated block of a file: what it says, for which codes."""

    start: date
    until: date | None
    announced: date
    source: Source
    asks: dict[str, Node]
    codes: tuple[str, ...]
    instead: tuple[str, ...]
    changed: str
    where: str


def load_rules(root: Path, tables: Tables, problems: list[str]) -> RuleBook | None:
    """Load all dated rules. Returns None if the edition or the patterns cannot be read."""
    edition = _edition(root, problems)
    patterns = _patterns(root, problems)
    rules: Spoken = defaultdict(list)
    codes = _codes(root, rules, problems)
    for folder, voiced in (("families", False), ("payers", True)):
        for name, node in each(root, folder, problems):
            _speak(node, name if voiced else EVERYONE, rules, codes, problems)
    _no_two_voices(rules, problems)
    _all_heard(codes, rules, patterns, problems)
    if edition is None or patterns is None:
        return None
    return RuleBook(
        edition=edition.edition,
        reviewed_until=edition.reviewed_until,
        codes=codes,
        patterns=patterns,
        rules=_without_places(rules),
        tables=replace(tables, check_ins=frozenset(patterns.live)),
        questions=tuple(q for q in VOCABULARY if q in QUESTIONS),
        not_asked=NOT_BUILT,
    )


def lay_over(book: RuleBook, folder: Path) -> RuleBook:
    """Return the book with a practice's own payer content laid over ours. Raises ContentError with every mistake."""
    problems: list[str] = []
    rules: Spoken = defaultdict(list)
    for name, node in each(folder, ".", problems):
        payer = name.partition("-")[0] if name not in book.payers else name
        if payer not in book.payers:
            expected = f"a payer that we know{nearest(name, book.payers)}"
            problems.append(f"{name}.yaml:1: nobody is called '{name}'; expected {expected}")
        _speak(node, OWN + name, rules, book.codes, problems)
    _no_two_voices(rules, problems)
    if not rules and not problems:
        problems.append(f"{folder}: holds no payer's file; expected one as payers/<payer>.yaml")
    if problems:
        raise ContentError(problems)
    return replace(book, rules={**book.rules, **_without_places(rules)}, _asked={})


def _edition(root: Path, problems: list[str]) -> Edition | None:
    node = read(root, root / "edition.txt", problems)
    return fill(Edition, node, problems) if node else None


def _patterns(root: Path, problems: list[str]) -> Patterns | None:
    node = read(root, root / "patterns.yaml", problems)
    return fill(Patterns, node, problems) if node else None


def _codes(root: Path, rules: Spoken, problems: list[str]) -> dict[str, Code]:
    """Load `codes/`: what each code asks, and when it lives."""
    codes: dict[str, Code] = {}
    spans: dict[exists.Terms, exists.Terms] = {}
    for code, node in each(root, "codes", problems):
        lives: list[Rule] = []
        instead: tuple[str, ...] = ()
        for version in _versions(node, (code,), problems):
            span = exists.Terms(version.start, version.until)
            lives.append(_rule(version, code, EVERYONE, "exists", spans.setdefault(span, span)))
            instead = version.instead or instead
            _add(rules, version, EVERYONE, problems)
        codes[code] = Code(code, tuple(lives), instead)
    for path in (root / "codes").glob("*.yaml"):
        codes.setdefault(path.stem, Code(path.stem, ()))  # one that could not be read is told once, not everywhere
    return codes


def _speak(node: Node, voice: str, rules: Spoken, codes: Mapping[str, Code], problems: list[str]) -> None:
    """Add what a payer, or everyone, asks of the codes that each version names."""
    for version in _versions(node, None, problems):
        _add(rules, version, voice, problems)
        strange = [code for code in version.codes if code not in codes]
        problems.extend(f"{version.where}: code '{c}' has no file in codes/{nearest(c, codes)}" for c in strange)


def _all_heard(codes: Mapping[str, Code], rules: Spoken, patterns: Patterns | None, problems: list[str]) -> None:
    """Find a code that no payer speaks of, and a pattern's code that we do not know."""
    voiced = {code for payer, code, question in rules if payer != EVERYONE and question == "paid"}
    unheard = "expected at least one payer to say whether it is paid"
    problems.extend(f"payers: no file speaks of '{code}'; {unheard}" for code in codes if code not in voiced)
    named = patterns.codes if patterns else frozenset()
    strange = sorted(code for code in named if code not in codes)
    problems.extend(f"patterns.yaml: '{code}' has no file in codes/{nearest(code, codes)}" for code in strange)


def _versions(node: Node, codes: tuple[str, ...] | None, problems: list[str]) -> Iterator[_Version]:
    """Yield the dated blocks of a file; a payer's file names its codes in each."""
    if not isinstance(node.value, tuple):
        problems.append(f"{node.where}: is {node.shape}; expected a list of versions, each beginning with '- from:'")
    keys = _VERSION_KEYS if codes else _VERSION_KEYS | {"codes"}
    for block in node.items:
        before = len(problems)
        refuse_unknown(block, keys, problems)
        start = _required(block, "from", date, problems)
        announced = _required(block, "announced", date, problems)
        until = understand(date | None, block.members.get("until", Node("", block.where)), problems, "until")
        written = fill(_SourceWritten, block.members.get("source", Node("", block.where)), problems)
        named = codes or _required(block, "codes", tuple[str, ...], problems)
        asks = block.members.get("asks", Node({}, block.where))
        if not isinstance(asks.value, Mapping):
            problems.append(f"{asks.where}: 'asks' is {asks.shape}; expected a group of questions")
        if start and until and until < start:
            where = block.members["until"].where
            problems.append(f"{where}: 'until' is before 'from'; expected a later date or nothing")
        instead = understand(tuple[str, ...], block.members.get("instead", Node((), block.where)), problems, "instead")
        changed = understand(str | None, block.members.get("changed", Node("", block.where)), problems, "changed") or ""
        if len(problems) == before and written is not None:
            source = Source(written.cite, written.url, written.confidence, written.recalled)
            yield _Version(start, until, announced, source, dict(asks.members), named, instead, changed, block.where)
        else:
            for question, terms in asks.members.items():
                _terms(question, terms, ("",), problems)


def _required(block: Node, key: str, kind: Any, problems: list[str]) -> Any:
    return understand(kind, block.members.get(key, Node("", block.where)), problems, key)


def _add(rules: Spoken, version: _Version, payer: str, problems: list[str]) -> None:
    for question, node in version.asks.items():
        for code, asked in _terms(question, node, version.codes, problems).items():
            rule = _rule(version, code, payer, question, asked.terms, asked.gap, asked.fault)
            rules[payer, code, question].append((rule, version.where))


def _terms(question: str, node: Node, codes: tuple[str, ...], problems: list[str]) -> dict[str, _Asked]:
    """Return what is asked of each code; codes that are asked the same share one object."""
    if question not in QUESTIONS:
        hint = " (it is not built yet)" if question in NOT_BUILT else nearest(question, QUESTIONS)
        known = ", ".join(QUESTIONS)
        problems.append(f"{node.where}: unknown question '{question}'{hint}; expected one of {known}")
        return {}
    if node.value != "" and not isinstance(node.value, Mapping):
        problems.append(f"{node.where}: '{question}' is {node.shape}; expected a group of keys, as {{}}")
        return {}
    gap = understand(Severity, node.members.get("gap", Node("stop", node.where)), problems, "gap")
    fault = understand(Severity, node.members.get("fault", Node("stop", node.where)), problems, "fault")
    terms = QUESTIONS[question].Terms
    written = Node({k: v for k, v in node.members.items() if k not in _SEVERITIES}, node.where)
    if "code" in terms.__dataclass_fields__:
        made = {code: fill(terms, written, problems, code=code) for code in codes}
    else:
        made = dict.fromkeys(codes, fill(terms, written, problems))
    return {code: _Asked(told, gap, fault) for code, told in made.items() if told is not None}


def _rule(
    version: _Version,
    code: str,
    payer: str,
    question: str,
    terms: object,
    gap: Severity = "stop",
    fault: Severity = "stop",
) -> Rule:
    dates = (version.start, version.until, version.announced)
    return Rule(code, payer, question, *dates, version.source, terms, gap, fault, version.changed)


def _without_places(rules: Spoken) -> dict[Key, tuple[Rule, ...]]:
    """Return the rules alone; terms that are equal become one object, so that an answer to them can be shared."""
    kept: dict[tuple[str, object], object] = {}

    def shared(rule: Rule) -> Rule:
        try:
            return replace(rule, terms=kept.setdefault((rule.question, rule.terms), rule.terms))
        except TypeError:  # terms with a group of keys in them cannot be looked up
            return rule

    return {key: tuple(shared(rule) for rule, _ in versions) for key, versions in rules.items()}


def _no_two_voices(rules: Spoken, problems: list[str]) -> None:
    """Find two versions announced on one day for one date: neither could be the latest word."""
    for (_, code, question), versions in rules.items():
        for (one, _), (other, where) in combinations(versions, 2):
            if one.announced == other.announced and (one.covers(other.start) or other.covers(one.start)):
                says = f"two versions announced on {one.announced} both speak of '{question}' of {code}"
                problems.append(f"{where}: {says}; expected one")
