"""Did one clinician ask another for an opinion, and did the answer come in the way this code is for?

The consultant's codes are for who was asked, spoken ones only where a call joined the two; the requester's are for who
asked. A request that nobody saw may still stand in a record that was not read, so none is *missing*, unless the patient
began it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ..answers import met, missing, not_met
from ..assessment import Answer
from ..facts import ReviewFacts, Role
from ..moment import Moment


@dataclass(frozen=True, slots=True)
class Terms:
    """The reviewer's part, and for a consultant whether the answer is spoken and written, or written alone."""

    role: Role
    answer: Literal["spoken", "written"] | None = None


def ask(facts: ReviewFacts, terms: Terms, at: datetime) -> Answer:
    request = facts.request
    if request.value is None:
        return not_met(facts.initiated, case="patient") if facts.initiated.value else missing(request)
    if request.value != terms.role:
        return not_met(request, case="role")
    if terms.role == "requester":
        return met(request)
    spoken = [r for r in facts.reported if r.spoken]
    written = [r for r in facts.reported if not r.spoken]
    notes = [i for i in facts.interpretations if i.by == "reviewer"]
    if terms.answer == "spoken" and not spoken:
        day = Moment.on(facts.served_on(at), facts.practice.zone)
        searched = facts.replies_looked.covers(day.first)
        return not_met(request, *written, case="in writing only") if searched else missing(facts.report, case="answer")
    if terms.answer == "spoken":
        return met(request, *spoken)
    if not written and not (spoken and notes):
        return missing(facts.report, case="answer")
    return met(request, *written, *notes)
