"""Does this payer pay for the code?

A payer whose policy we do not know is *unsettled*: a contract or a phone call decides, never silence. A rule for one
kind of funding (self-insured or insured) says nothing about the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import ReviewFacts


@dataclass(frozen=True, slots=True)
class Terms:
    """What the payer does.

    `ask`: its policy is not known to us. `funding`: the rule is only about plans funded so. `check_plan`: the payer
    must pay, but its plans may add conditions.
    """

    pays: Literal["yes", "no", "ask"]
    funding: Literal["self-insured", "insured"] | None = None
    check_plan: bool = False


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    if facts.payer.value is None:
        return missing(facts.payer)
    if terms.funding is not None and facts.funding.value != terms.funding:
        return unsettled(facts.payer, facts.funding, case="funding")
    if terms.pays == "ask":
        return unsettled(facts.payer)
    if terms.pays == "no":
        return not_met(facts.payer, facts.funding)
    return met(facts.payer, case="plan" if terms.check_plan else None)
