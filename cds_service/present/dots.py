"""Many numbers as a heap of dots over an axis, and a few of them named: geometry only, for an SVG of classes.

Numbers are drawn, not reckoned with, so they are floats here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIDE = 14.0
"""Room left and right of the axis."""
ROW = 17.0
"""Height of a line of labels."""
STEPS = (0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
PER_TICK = 62.0
"""Width that a tick and its label need at least."""
POWERS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


@dataclass(frozen=True, slots=True)
class Point:
    """A number, what it stands for, and whether it is the chosen one."""

    value: float
    title: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    """A number with a label of its own: `key` is its look."""

    key: str
    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line from its label down to the axis, or to its dot."""

    key: str
    x: float
    bottom: float
    label: str
    label_y: float
    anchor: str


@dataclass(frozen=True, slots=True)
class DotChart:
    width: float
    height: float
    radius: float
    axis: float
    dots: tuple[Dot, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    low: float
    high: float
    width: float
    logarithmic: bool

    def at(self, value: float) -> float:
        low, high, told = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, value))
        share = (told - low) / (high - low) if high > low else 0.5
        return SIDE + share * (self.width - 2 * SIDE)


def dot_chart(
    points: Sequence[Point], named: Sequence[Named], *, width: float, size: float, unit: str = "", log: bool = False
) -> DotChart:
    """Return the picture of some numbers; `log` is for numbers above zero. Dots that would overlap are heaped."""
    values = [p.value for p in points] + [n.value for n in named]
    axis = _Axis(min(values), max(values), width, log)
    columns = max(1, int((width - 2 * SIDE) / size))
    heaps: dict[int, list[Point]] = {}
    for point in sorted(points, key=lambda p: (p.value, not p.chosen)):
        column = min(columns - 1, int((axis.at(point.value) - SIDE) / (width - 2 * SIDE) * columns))
        heaps.setdefault(column, []).append(point)
    tallest = max(map(len, heaps.values()))
    top = ROW * len(named) + 4
    floor = top + tallest * size + 4
    dots = tuple(
        Dot(SIDE + (column + 0.5) / columns * (width - 2 * SIDE), floor - (n + 0.5) * size, p.title, p.chosen)
        for column, heap in sorted(heaps.items())
        for n, p in enumerate(sorted(heap, key=lambda p: not p.chosen))
    )
    here = next((d for d in dots if d.chosen), None)
    marks = tuple(
        _mark(one, axis.at(one.value) if one.key != "chosen" or here is None else here.x, width, floor, line)
        for line, one in enumerate(named)
    )
    return DotChart(width, floor + 22, size / 2 - 0.6, floor, dots, _ticks(axis, unit), marks)


def _mark(one: Named, x: float, width: float, floor: float, line: int) -> Mark:
    third = width / 3
    anchor = "start" if x < third else "end" if x > 2 * third else "middle"
    return Mark(one.key, x, floor, one.label, ROW * line + 12, anchor)


def _ticks(axis: _Axis, unit: str) -> tuple[Tick, ...]:
    if axis.logarithmic:
        return tuple(Tick(axis.at(v), f"{unit}{v:g}") for v in POWERS if axis.low <= v <= axis.high)
    most = max(2.0, axis.width / PER_TICK)
    step = next((s for s in STEPS if (axis.high - axis.low) / s <= most), STEPS[-1])
    first = math.ceil(axis.low / step)
    values = [n * step for n in range(first, math.floor(axis.high / step) + 1)]
    digits = 0 if step >= 1 else 2
    return tuple(Tick(axis.at(v), f"{unit}{v:.{digits}f}") for v in values)
