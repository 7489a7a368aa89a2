"""A dated CSV table as rows of a dataclass: columns are its fields, `from` and `until` its dates.

A column whose field has a default may be left out. A table may be long (an imported fee schedule has tens of thousands
of rows, read at every start), so each text of a column is understood once.
"""

from __future__ import annotations

import csv
import dataclasses
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

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
    reader = csv.reader(lines, strict=True)
    made: list[T] = []
    try:
        header = next(reader, [])
        if not _is_header(header, row, name, problems):
            return ()
        columns = _Columns(row, header, name)
        for cells in reader:
            if cells:
                one = columns.row(cells, reader.line_num, problems)
                if one is not None:
                    made.append(one)
    except csv.Error as error:
        problems.append(f"{name}:{reader.line_num}: not CSV: {error}")
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


class _Columns(Generic[T]):
    """What the cells of a row mean, column by column."""

    def __init__(self, row: type[T], header: Sequence[str], name: str) -> None:
        hints = typing.get_type_hints(row)
        fields = [FIELDS.get(column, column) for column in header]
        understood: list[dict[str, Any]] = [{} for _ in fields]
        self._make, self._name = row, name
        self._columns = [
            (field, column, hints[field], hints[field] is str, known)
            for field, column, known in zip(fields, header, understood, strict=True)
        ]

    def row(self, cells: Sequence[str], line: int, problems: list[str]) -> T | None:
        if len(cells) != len(self._columns):
            problems.append(f"{self._name}:{line}: has another number of cells than the header")
            return None
        values: dict[str, Any] = {}
        before = len(problems)
        for (field, column, kind, plain, known), text in zip(self._columns, cells, strict=True):
            if plain and text:
                values[field] = text
            elif text in known:
                values[field] = known[text]
            else:
                told = len(problems)
                values[field] = understand(kind, Node(text, f"{self._name}:{line}"), problems, column)
                if len(problems) == told:
                    known[text] = values[field]
        return self._make(**values) if len(problems) == before else None
