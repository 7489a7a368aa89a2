"""Was it sent over a secure channel?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..answers import met, missing, not_met
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """Whether consumer apps, which are not secure, are `refused`, or `tolerated` while enforcement rests."""

    consumer_apps: Literal["refused", "tolerated"]


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    channel = facts.channel
    if channel.value is None:
        return missing(channel)
    if channel.value == "secure":
        return met(channel)
    if channel.value == "consumer app" and terms.consumer_apps == "tolerated":
        return met(channel, case="tolerated")
    return not_met(channel)
