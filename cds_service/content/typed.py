"""What the text in a file means, as the dataclass that it fills says.

A class names its keys, which are required, and the type of each; nothing else is understood here. Words are used for
truth (`yes`, `no`), ISO dates for days, and a list for several.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import types
import typing
from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, TypeVar, get_args, get_origin

from .text import Node

T = TypeVar("T")

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

_hints: dict[type, dict[str, Any]] = {}


def fill(cls: type[T], node: Node, problems: list[str], **given: object) -> T | None:
    """Make a `cls` of a group of keys; fields `given` are not written there. Problems are added, not raised."""
    hints = _hints.setdefault(cls, typing.get_type_hints(cls))
    fields = {f.name: f for f in dataclasses.fields(cls) if f.name not in given}  # type: ignore[arg-type] # T is a dataclass
    before = len(problems)
    if not isinstance(node.value, Mapping) and node.value != "":
        problems.append(f"{node.where}: expected the keys {_listed(fields)}, found {node.shape}")
        return None
    refuse_unknown(node, fields, problems)
    values: dict[str, object] = dict(given)
    for name, field in fields.items():
        if name in node.members:
            values[name] = understand(hints[name], node.members[name], problems, name)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            problems.append(f"{node.where}: '{name}' is not there; expected {expected(hints[name])}")
    return cls(**values) if len(problems) == before else None


def refuse_unknown(node: Node, known: Collection[str], problems: list[str]) -> None:
    """Add a problem for every key that is not known, with the nearest that is."""
    problems.extend(
        f"{member.where}: unknown key '{key}'{nearest(key, known)}; expected {_listed(known)}"
        for key, member in node.members.items()
        if key not in known
    )


def understand(kind: Any, node: Node, problems: list[str], name: str) -> Any:
    """Return the value of that type that the text means; a problem is added if it means none."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        if node.value == "":
            return None
        return understand(next(a for a in args if a is not type(None)), node, problems, name)
    if origin in {frozenset, tuple}:
        if not isinstance(node.value, tuple):
            problems.append(f"{node.where}: '{name}' is {node.shape}; expected a list of {expected(args[0])}")
            return None
        return origin(understand(args[0], item, problems, name) for item in node.items)
    if origin is Mapping:
        if not isinstance(node.value, Mapping):
            problems.append(f"{node.where}: '{name}' is {node.shape}; expected a group of keys")
            return None
        return {key: understand(args[1], item, problems, key) for key, item in node.members.items()}
    try:
        return _scalar(kind, args, node.text)
    except (ValueError, InvalidOperation):
        problems.append(f"{node.where}: '{name}' is {node.shape}; expected {expected(kind)}")
        return None


def _scalar(kind: Any, args: tuple[Any, ...], text: str | None) -> Any:
    if not text:
        raise ValueError
    if get_origin(kind) is Literal:
        if text not in args:
            raise ValueError
        return text
    if kind is bool:
        return {"yes": True, "no": False}.get(text) if text in {"yes", "no"} else _refuse()
    if kind is int:
        return int(text) if text.isascii() and text.lstrip("-").isdigit() else _refuse()
    if kind is date:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else _refuse()
    if kind is Decimal:
        number = Decimal(text)
        return number if number.is_finite() else _refuse()
    return text


def _refuse() -> None:
    raise ValueError


def expected(kind: Any) -> str:
    """Return what a value of this type looks like, in words."""
    origin, args = get_origin(kind), get_args(kind)
    if origin in {typing.Union, types.UnionType}:
        return f"{expected(next(a for a in args if a is not type(None)))} or nothing"
    if origin in {frozenset, tuple}:
        return f"a list of {expected(args[0])}"
    if origin is Mapping:
        return "a group of keys"
    if origin is Literal:
        return " or ".join(str(a) for a in args)
    words = {bool: "yes or no", int: "a whole number", date: "a date as year-month-day", Decimal: "a number"}
    return words.get(kind, "text")


def nearest(word: str, known: typing.Iterable[str]) -> str:
    """Return ` (did you mean …?)` if a known word is close, else nothing."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean '{close[0]}'?)" if close else ""


def _listed(names: typing.Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "no keys"
