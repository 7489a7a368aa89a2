"""Was the reviewer licensed where the patient was?

A licence that has ended, or is for other states, makes a person look; only the client's own list of licences denies.
While nothing but the home address says where the patient was, this only warns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..answers import met, missing, not_met, unsettled
from ..assessment import Answer
from ..facts import Licence, ReviewFacts
from ..moment import Moment


@dataclass(frozen=True, slots=True)
class Terms:
    """Nothing to set."""


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    state, home_only = facts.patient_state, facts.patient_state.doubt is not None
    day = Moment.on(facts.served_on(at), facts.practice.zone)
    vouched = [x for x in facts.licences if x.vouched]
    licences = vouched or list(facts.licences)
    in_force = [x for x in licences if _covers(x, day)]
    if not licences or state.value is None:
        return missing(*licences, state, case="state" if licences else None)
    if any(x.state == state.value for x in in_force):
        return met(*(x for x in in_force if x.state == state.value), state)
    if vouched:
        return not_met(*vouched, state, warns=home_only)
    if any(x.state is None for x in in_force):
        return missing(*in_force, state, case="issuer")
    return unsettled(*licences, state, warns=home_only)


def _covers(licence: Licence, day: Moment) -> bool:
    begun = licence.start is None or licence.start.first <= day.last
    return begun and (licence.end is None or licence.end.last >= day.first)
