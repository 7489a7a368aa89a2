"""JSON of any shape, read without surprises: what is not of the expected type is as if it were not there.

Records are malformed in every way there is: a string where an object should be, a list where FHIR has one member, null
among the members. No reader in this room touches JSON but through these functions, so none can raise.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

Json = dict[str, Any]
T = TypeVar("T")

NOTHING: Json = {}
"""Stands for an object that is not there; never written to."""


def text(node: Json, name: str) -> str | None:
    """Return the words under `name`, or None where there are none."""
    value = node.get(name)
    return value.strip() or None if isinstance(value, str) else None


def flag(node: Json, name: str) -> bool | None:
    """Return the yes or no under `name`."""
    value = node.get(name)
    return value if isinstance(value, bool) else None


def number(node: Json, name: str) -> int | None:
    """Return the whole number under `name`; true and false are none."""
    value = node.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def one(node: Json, name: str) -> Json:
    """Return the (first) object under `name`, or an empty one."""
    value = node.get(name)
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        for member in value:
            if isinstance(member, dict):
                return member
    return NOTHING


def many(node: Json, name: str) -> list[Json]:
    """Return the objects under `name`; a single object counts as a list of one."""
    value = node.get(name)
    if value is None:
        return []
    if isinstance(value, list):
        return [member for member in value if isinstance(member, dict)]
    return [value] if isinstance(value, dict) else []


def each(node: Json, path: str, kind: type[T]) -> Iterator[tuple[T, str]]:
    """Yield every value of this `kind` at the end of `path` with where it stands: `payload[1].contentString`."""
    yield from _walk(node, tuple(path.split(".")), kind, "")


def _walk(value: object, names: tuple[str, ...], kind: type[T], where: str) -> Iterator[tuple[T, str]]:
    if isinstance(value, list):
        for index, member in enumerate(value):
            if not isinstance(member, list):  # FHIR knows no list of lists
                yield from _walk(member, names, kind, f"{where}[{index}]")
    elif names:
        if isinstance(value, dict) and names[0] in value:
            yield from _walk(value[names[0]], names[1:], kind, f"{where}.{names[0]}" if where else names[0])
    elif isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        yield value, where


def codings(node: Json, name: str) -> list[Json]:
    """Return all Coding objects of the CodeableConcepts (or bare Codings) under `name`."""
    found: list[Json] = []
    for concept in many(node, name) if name in node else ():
        inner = concept.get("coding")
        if isinstance(inner, list):
            found += [coding for coding in inner if isinstance(coding, dict)]
        else:
            found.append(inner if isinstance(inner, dict) else concept)
    return found


def words(node: Json, name: str) -> list[str]:
    """Return what the CodeableConcepts (or bare Codings) under `name` say to a human reader."""
    said: list[str] = []
    for concept in many(node, name):
        said += [t for t in (text(concept, "text"), text(concept, "display")) if t]
        said += [t for coding in many(concept, "coding") if (t := text(coding, "display"))]
    return said


def has_code(node: Json, name: str, *wanted: str) -> bool:
    """Whether a Coding under `name` has one of these codes, whatever its system."""
    if name not in node:
        return False
    for coding in codings(node, name):
        code = coding.get("code")
        if isinstance(code, str) and code.strip() in wanted:
            return True
    return False
