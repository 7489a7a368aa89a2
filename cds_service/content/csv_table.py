"""A dated CSV table as rows of a dataclass: columns are its fields, `from` and `until` its dates.

A column whose field has a default may be left out. A table may be long (an imported fee schedule has tens of thousands
of rows, read at every start), so each text of a column is understood once.
"""

from __future__ import annotations

import csv
import dataclasses
import typing
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from .text import Node
from .typed import nearest, understand

T = TypeVar("T")

FIELDS = {"from": "start"}
"""What a column is called in the table, for fields whose name cannot be."""


def read_table(path: Path, row: type[T], problems: list[str]) -> tuple[T, ...]:
    """Read all rows; a wrong one adds its problem and is left out."""
    name = f"tables/{path.name}"
    if not path.is_file():
        problems.append(f"{name}: is not there; expected a CSV table")
        return ()
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError:
        problems.append(f"{name}:1: is not UTF-8; save it as CSV UTF-8")
        return ()
    place = _Place(name, lines, problems)
    made: list[T] = []
    try:
        header = next(place.reader, [])
        if not _is_header(header, row, name, problems):
            return ()
        made.extend(_rows(row, header, place))
    except csv.Error as error:
        problems.append(f"{place}: not CSV: {error}")
    return tuple(made)


def _is_header(written: Sequence[str], row: Any, name: str, problems: list[str]) -> bool:
    column_of = {field: column for column, field in FIELDS.items()}
    fields = {column_of.get(field.name, field.name): field for field in dataclasses.fields(row)}
    strange = [c for c in written if c not in fields]
    lacking = [c for c, f in fields.items() if c not in written and f.default is dataclasses.MISSING]
    twice = sorted({c for c in written if written.count(c) > 1})
    known = ", ".join(fields)
    problems.extend(f"{name}:1: unknown column '{c}'{nearest(c, fields)}; expected {known}" for c in strange)
    problems.extend(f"{name}:1: column '{c}' is not there; expected {known}" for c in lacking)
    problems.extend(f"{name}:1: column '{c}' stands twice here; expected it once" for c in twice)
    return not strange and not lacking and not twice


class _Column(dict[str, Any]):
    """What the texts of one column mean, understood when first met; one that means nothing is a problem each time."""

    def __init__(self, name: str, kind: Any, place: _Place) -> None:
        super().__init__()
        self._name, self._kind, self._plain, self._place = name, kind, kind is str, place

    def __missing__(self, text: str) -> Any:
        if self._plain and text:
            self[text] = text
            return text
        problems = self._place.problems
        before = len(problems)
        value = understand(self._kind, Node(text, str(self._place)), problems, self._name)
        if len(problems) == before:
            self[text] = value
        return value


class _Place:
    """Where the reader is in the table, and the problems met there."""

    def __init__(self, name: str, lines: Iterable[str], problems: list[str]) -> None:
        self.reader = csv.reader(lines, strict=True)
        self.problems = problems
        self._name = name

    def __str__(self) -> str:
        return f"{self._name}:{self.reader.line_num}"


def _rows(row: type[T], header: Sequence[str], place: _Place) -> Iterator[T]:
    hints = typing.get_type_hints(row)
    fields = [FIELDS.get(column, column) for column in header]
    columns = [_Column(name, hints[field], place) for name, field in zip(header, fields, strict=True)]
    problems = place.problems
    for cells in place.reader:
        if not cells:
            continue
        if len(cells) != len(columns):
            problems.append(f"{place}: has another number of cells than the header")
            continue
        before = len(problems)
        values = [column[text] for column, text in zip(columns, cells, strict=True)]
        if len(problems) == before:
            yield row(**dict(zip(fields, values, strict=True)))
