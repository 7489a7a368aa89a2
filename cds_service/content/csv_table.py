"""A dated CSV table as rows of a dataclass: columns are its fields, `from` and `until` its dates."""

from __future__ import annotations

import csv
import dataclasses
from pathlib import Path
from typing import Any, TypeVar

from .text import Node
from .typed import fill, nearest

T = TypeVar("T")

_FIELDS = {"from": "start"}
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
    reader = csv.DictReader(lines, strict=True)
    made: list[T] = []
    try:
        if not _is_header(reader.fieldnames, row, name, problems):
            return ()
        for cells in reader:
            one = _row(row, cells, f"{name}:{reader.line_num}", problems)
            if one is not None:
                made.append(one)
    except csv.Error as error:
        problems.append(f"{name}:{reader.line_num}: not CSV: {error}")
    return tuple(made)


def _is_header(names: Any, row: Any, name: str, problems: list[str]) -> bool:
    written = list(names or ())
    columns = [
        next((c for c, f in _FIELDS.items() if f == field.name), field.name) for field in dataclasses.fields(row)
    ]
    strange, lacking = [c for c in written if c not in columns], [c for c in columns if c not in written]
    known = ", ".join(columns)
    problems.extend(f"{name}:1: unknown column '{c}'{nearest(c, columns)}; expected {known}" for c in strange)
    problems.extend(f"{name}:1: column '{c}' is not there; expected {known}" for c in lacking)
    return not strange and not lacking


def _row(row: type[T], cells: dict[str, str | None], where: str, problems: list[str]) -> T | None:
    if None in cells or None in cells.values():
        problems.append(f"{where}: has another number of cells than the header")
        return None
    named = {_FIELDS.get(column, column): Node(value or "", where) for column, value in cells.items()}
    return fill(row, Node(named, where), problems)
