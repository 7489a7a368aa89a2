"""Services sorted by what they mean for a review."""

from __future__ import annotations

from dataclasses import dataclass, field

from .facts import Service


@dataclass(frozen=True, slots=True)
class Tally:
    """Services by what they mean, those in doubt and those that only caution with the case that says why."""

    related: list[Service] = field(default_factory=list)
    unsure: list[tuple[Service, str]] = field(default_factory=list)
    cautions: list[tuple[Service, str]] = field(default_factory=list)
