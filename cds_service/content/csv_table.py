"""A dated CSV table as rows of a dataclass: columns are its fields, `from` and `until` its dates."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TypeVar

from .text import Node
from .typed import fill

T = TypeVar("T")


def read_table(path: Path, row: type[T], problems: list[str]) -> tuple[T, ...]:
    """Read all rows; a wrong one adds its problem and is left out."""
    name = f"tables/{path.name}"
    if not path.is_file():
        problems.append(f"{name}: is not there; expected a CSV table")
        return ()
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines, strict=True)
        made = [_row(row, cells, f"{name}:{reader.line_num}", problems) for cells in reader]
    return tuple(r for r in made if r is not None)


def _row(row: type[T], cells: dict[str, str | None], where: str, problems: list[str]) -> T | None:
    if None in cells or None in cells.values():
        problems.append(f"{where}: has another number of cells than the header")
        return None
    named = {{"from": "start"}.get(key, key): Node(value or "", where) for key, value in cells.items()}
    return fill(row, Node(named, where), problems)
