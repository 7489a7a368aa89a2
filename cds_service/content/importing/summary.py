"""What an import did, in lines for the person who asked for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .layers import Change, Layers
from .table import Table

SHOWN = 20
"""How many changed values are told one by one."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of one import."""

    titles: tuple[str, ...]
    """Each file that was read, in words."""
    passed_over: tuple[str, ...]
    """The files of an archive that are of no kind we read."""
    layers: tuple[Layers, ...]
    tables: Path

    @property
    def altered(self) -> bool:
        return any(layer.altered for layer in self.layers)

    def lines(self) -> Iterator[str]:
        yield from self.titles
        if self.passed_over:
            yield f"passed over: {', '.join(self.passed_over)}"
        for layer in self.layers:
            counts = f"{layer.new:,} new, {len(layer.changed):,} changed, {layer.same:,} as loaded"
            silent = f"; {layer.silent:,} loaded before are not spoken of and stay" if layer.silent else ""
            yield f"{layer.table.file}: {counts}{silent}"
            yield from _shown(layer.table, layer.changed)
        if self.altered:
            yield f"written to {self.tables}"
            yield "now write a new edition in edition.txt, so that assessments tell which numbers they saw"
        else:
            yield "nothing to write: all of it is loaded already"


def _shown(table: Table, changes: Iterable[Change]) -> Iterator[str]:
    told = [f"  {table.named(c.after)} from {c.after.start}: {differences(table, c)}" for c in changes]
    yield from told[:SHOWN]
    if len(told) > SHOWN:
        yield f"  and {len(told) - SHOWN:,} more"


def differences(table: Table, change: Change) -> str:
    """Return which values differ, before and after."""
    pairs = zip(table.values, table.values_of(change.before), table.values_of(change.after), strict=True)
    return ", ".join(f"{name} {_said(old)} → {_said(new)}" for name, old, new in pairs if old != new)


def _said(value: object) -> str:
    return "nothing" if value is None else str(value)
