"""`cards/reference/`, `cards/reference.yaml` and the work of the G codes as the code reference.

An entry may tell of a code that is not in the rulebook; a code of the rulebook may have no entry. Neither is a mistake.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from cds_service.billing.rulebook import RuleBook
from cds_service.prose import (
    Diagnosis,
    Entry,
    Faq,
    Modifier,
    PageWords,
    Place,
    Reference,
    Related,
    Specialty,
    Who,
    WorkRow,
)

from .csv_table import read_table
from .reading import each, read
from .text import Node
from .typed import fill, nearest, refuse_unknown

T = TypeVar("T")

LISTS: Mapping[str, type] = {
    "modifiers": Modifier,
    "places": Place,
    "specialties": Specialty,
    "diagnoses": Diagnosis,
    "related": Related,
    "faqs": Faq,
}
"""The sections that are lists of groups of keys, and what each group becomes."""
MAY_BE_WITHOUT = ("modifiers", "places", "specialties", "diagnoses", "related", "also_known_as")
"""The sections that may hold nothing, if `without` says why."""

_NOTHING = Node({}, "")
_CODE = re.compile(r"[0-9A-Z][0-9]{4}", re.ASCII)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.ASCII)
_PLACE = re.compile(r"[0-9]{2}", re.ASCII)
_TAXONOMY = "http://nucc.org/provider-taxonomy"
_ICD10 = re.compile(r"[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?", re.ASCII)


def load_reference(root: Path, book: RuleBook | None, problems: list[str]) -> Reference | None:
    """Load the whole reference; every mistake adds its problem. Returns None if its page words cannot be read."""
    page = _page(root, problems)
    entries: list[Entry] = []
    told: dict[str, str] = {}
    for name, node in each(root, "reference", problems):
        entry = _entry(name, node, problems)
        for code, where in node.members.get("codes", _NOTHING).members.items():
            if code in told:
                problems.append(f"{where.where}: '{code}' is told of in reference/{told[code]}.yaml already")
            told[code] = name
        _check_group(node, page, problems)
        if entry is not None:
            entries.append(entry)
    for name, node in each(root, "reference", []):
        _check_related(node, told, book, problems)
        if book is not None:
            _check_specialties(name, node, book, problems)
    work = read_table(root / "tables" / "g_code_work.csv", WorkRow, problems)
    return Reference(tuple(entries), page, work) if page else None


def _page(root: Path, problems: list[str]) -> PageWords | None:
    node = read(root, root / "reference.yaml", problems)
    return fill(PageWords, node, problems) if node else None


def _entry(name: str, node: Node, problems: list[str]) -> Entry | None:
    before = len(problems)
    if not node.members:
        problems.append(f"{node.where}: is {node.shape}; expected the keys of an entry")
        return None
    named = {field.name for field in dataclasses.fields(Entry)} - {"name"}
    refuse_unknown(node, named, problems)
    lists: dict[str, Any] = {key: _list(key, kind, node, problems) for key, kind in LISTS.items()}
    who = fill(Who, node.members.get("who", Node("", node.where)), problems)
    optional: dict[str, Any] = {
        key: Node(empty, node.where)
        for key, empty in (("without", {}), ("also_known_as", ()))
        if key not in node.members
    }
    rest = {k: v for k, v in {**optional, **node.members}.items() if k in named and k not in lists and k != "who"}
    entry = fill(Entry, Node(rest, node.where), problems, name=name, who=who, **lists)
    _check_shapes(node, problems)
    _check_empty(node, problems)
    return entry if entry is not None and len(problems) == before else None


def _list(key: str, kind: type[T], node: Node, problems: list[str]) -> tuple[T, ...]:
    found = node.members.get(key)
    if found is None:
        return ()
    if not isinstance(found.value, tuple):
        problems.append(f"{found.where}: '{key}' is {found.shape}; expected a list, each beginning with '- '")
        return ()
    made = (fill(kind, item, problems) for item in found.items)
    return tuple(item for item in made if item is not None)


def _check_shapes(node: Node, problems: list[str]) -> None:
    """Find a code, a modifier, a place or a diagnosis that cannot be one."""
    shapes = (
        ("modifiers", "modifiers", _MODIFIER, "a modifier of two characters, as GP"),
        ("places", "places", _PLACE, "a place of service of two digits, as 11"),
        ("related", "codes", _CODE, "a code of five characters"),
    )
    for section, key, pattern, wanted in shapes:
        for item in node.members.get(section, node).items:
            strange = [one for one in item.members.get(key, item).items if not pattern.fullmatch(one.text or "")]
            problems.extend(f"{one.where}: {one.shape} is none; expected {wanted}" for one in strange)
    for item in node.members.get("diagnoses", node).items:
        told = item.members.get("icd10")
        if told is not None and not _ICD10.fullmatch(told.text or ""):
            problems.append(f"{told.where}: {told.shape} is none; expected an ICD-10-CM code, as L70.0")
    for code, one in node.members.get("codes", _NOTHING).members.items():
        if not _CODE.fullmatch(code):
            problems.append(f"{one.where}: '{code}' is none; expected a code of five characters")


def _check_empty(node: Node, problems: list[str]) -> None:
    """Find a section that holds nothing and does not say why, or says why and holds something."""
    without = node.members.get("without", Node({}, node.where))
    refuse_unknown(without, MAY_BE_WITHOUT, problems)
    for key in (*LISTS, "also_known_as", "plain", "codes", "sources"):
        found = node.members.get(key)
        empty = found is None or not (found.items or found.members)
        where = found.where if found else node.where
        if empty and key not in without.members:
            reason = f", or 'without: {{{key}: why}}'" if key in MAY_BE_WITHOUT else ""
            problems.append(f"{where}: '{key}' holds nothing; expected at least one{reason}")
        elif not empty and key in without.members:
            problems.append(f"{without.members[key].where}: '{key}' is told of; expected no reason why it is not")


def _check_group(node: Node, page: PageWords | None, problems: list[str]) -> None:
    group = node.members.get("group")
    if page is not None and group is not None and group.text not in page.groups:
        hint, known = nearest(group.text or "", page.groups), ", ".join(page.groups)
        problems.append(f"{group.where}: unknown group '{group.text}'{hint}; expected one of {known}")


def _check_related(node: Node, told: Mapping[str, str], book: RuleBook | None, problems: list[str]) -> None:
    """Find a related code that has neither an entry nor rules: its link would lead nowhere."""
    own = node.members.get("codes", _NOTHING).members
    for item in node.members.get("related", node).items:
        for one in item.members.get("codes", item).items:
            code = one.text or ""
            if code in own:
                problems.append(f"{one.where}: '{code}' is the entry's own; expected another code")
            elif _CODE.fullmatch(code) and code not in told and not (book and code in book.codes):
                problems.append(f"{one.where}: '{code}' has no entry and no rules{nearest(code, told)}")


def _check_specialties(name: str, node: Node, book: RuleBook, problems: list[str]) -> None:
    """Find a taxonomy that we do not know, or whose class may not report the code."""
    who = node.members.get("who", _NOTHING).members
    classes = {c.text for c in who.get("classes", _NOTHING).items}
    for item in node.members.get("specialties", node).items:
        one = item.members.get("taxonomy")
        if one is None:
            continue
        rows = book.tables.reporters.get((_TAXONOMY, one.text or ""), ())
        if not rows:
            problems.append(f"{one.where}: taxonomy '{one.text}' is not in tables/reporters.csv; expected one that is")
        elif rows[-1].reporter not in classes:
            known = ", ".join(sorted(c for c in classes if c))
            says = f"{rows[-1].display} is of class {rows[-1].reporter}"
            problems.append(f"{one.where}: {says}, which may not report {name}; expected one of class {known}")
