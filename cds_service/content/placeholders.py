"""Which `{…}` may stand in which words: those that are filled in when the words are said."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from types import MappingProxyType

from .text import Node
from .typed import nearest

FINDING = frozenset({"code", "payer", "until"})
_WRONG = frozenset({"wrong", "payer"})

BY_KEY: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "says": FINDING,
        "summary": FINDING,
        "summaries": FINDING,
        "source_label": frozenset({"edition"}),
        "gap_summary": FINDING | {"count"},
        "gaps_summary": FINDING | {"count"},
        "charge_labels": frozenset({"code", "wrong"}),
        "wrong_charge": _WRONG,
        "settled_charge": _WRONG,
        "wrong_first": frozenset({"wrong"}),
        "instead": frozenset({"instead"}),
        "stale": frozenset({"date"}),
        "place": frozenset({"place", "modifiers"}),
        "form": frozenset({"title"}),
        "task": frozenset({"title"}),
    }
)
"""Key of the words → what is filled in; nothing in any other."""


def check(node: Node, problems: list[str], key: str = "") -> None:
    """Add a problem for every placeholder that nobody fills, in the words under a node."""
    if node.text is not None:
        problems.extend(_unfilled(node, node.text, BY_KEY.get(key, frozenset())))
    for item in node.items:
        check(item, problems, key)
    for name, member in node.members.items():
        check(member, problems, key if key in BY_KEY else name)


def _unfilled(node: Node, words: str, filled: frozenset[str]) -> list[str]:
    expected = ", ".join(f"{{{f}}}" for f in sorted(filled)) or "none"
    try:
        named = [name for _, name, _, _ in Formatter().parse(words) if name is not None]
    except ValueError:
        return [f"{node.where}: a brace does not close; expected placeholders as {{code}}, and {{{{ for a brace"]
    strange = [name for name in named if name not in filled]
    return [f"{node.where}: nobody fills '{{{n}}}'{nearest(n, filled)} here; expected {expected}" for n in strange]
