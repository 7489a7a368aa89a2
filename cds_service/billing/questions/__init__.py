"""The questions, in the order in which they are read and asked. Each is a module with `Terms` and `ask`.

To add one: its module, its line here, its words in `cards/questions/`, and `asks:` in the codes concerned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any, Protocol

from ..assessment import Answer
from ..facts import ReviewFacts
from . import (
    adequate,
    care_management,
    channel,
    consent,
    diagnosis,
    enrolled,
    established,
    exists,
    follow_up,
    global_period,
    initiated,
    interpretation,
    licensed,
    look_ahead,
    look_back,
    minutes,
    model,
    modifiers,
    paid,
    reporter,
    requested,
    signed,
    stands_alone,
    submission,
    window,
)


class Ask(Protocol):
    """The whole of the extension point: facts, terms and the moment in; an answer out, or None: not asked."""

    def __call__(self, facts: ReviewFacts, terms: Any, at: datetime) -> Answer | None: ...


VOCABULARY: tuple[str, ...] = (
    "exists",
    "paid",
    "reporter",
    "established",
    "submission",
    "initiated",
    "adequate",
    "interpretation",
    "follow_up",
    "consent",
    "look_back",
    "look_ahead",
    "minutes",
    "window",
    "global_period",
    "care_management",
    "stands_alone",
    "licensed",
    "enrolled",
    "diagnosis",
    "channel",
    "modifiers",
    "model",
    "requested",
    "signed",
)
"""Every question there is to be, in reading order."""

_BUILT: tuple[ModuleType, ...] = (
    exists,
    paid,
    reporter,
    established,
    submission,
    initiated,
    adequate,
    interpretation,
    follow_up,
    consent,
    look_back,
    look_ahead,
    minutes,
    window,
    global_period,
    care_management,
    stands_alone,
    licensed,
    enrolled,
    diagnosis,
    channel,
    modifiers,
    model,
    requested,
    signed,
)

QUESTIONS: Mapping[str, ModuleType] = {m.__name__.rpartition(".")[2]: m for m in _BUILT}
"""The questions that are built."""

NOT_BUILT: tuple[str, ...] = tuple(q for q in VOCABULARY if q not in QUESTIONS)

ASKS: Mapping[str, Ask] = {name: module.ask for name, module in QUESTIONS.items()}
