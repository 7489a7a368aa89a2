"""`expected.yaml`: the facts as they were read, the moments, and blanks where a person must say what is right.

An expectation that was copied from the program proves nothing, so none is written. The facts are what was read: whoever
finishes the scenario compares them with the record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from cds_service.billing.assessment import Assessment
from cds_service.billing.e_visit import OWN_GROUP, window
from cds_service.billing.facts import ReviewFacts
from cds_service.billing.moment import Moment
from cds_service.billing.questions.window import Terms
from cds_service.review import Answered

NONE = "none"
_WIDTH = 118


class _Plain(yaml.SafeDumper):
    """Writes text without quotes wherever it can: it is read back as text only."""


_Plain.yaml_implicit_resolvers = {}


def expected_yaml(
    answers: Sequence[tuple[datetime, Answered]], zone: ZoneInfo, *, client: Mapping[str, Any], encounter: str | None
) -> str:
    """Return the file: what was read at each of these moments, told in this zone, and blanks."""
    lines = [
        "# Made from a real record: names are made up, dates shifted. What follows the facts is for a person to write,",
        "# from the rules and their sources, never from the program's output.",
        "story: ''  # for a reader who bills: what happened, in plain words",
        "basis: []  # the questions or rules that decide it",
    ]
    if client:
        lines.append(_dumped({"client": client}))
    if encounter is not None:
        lines.append(_dumped({"encounter": encounter}))
    if facts := facts_as_read(answers):
        written = (_dumped({word: told}, flow=isinstance(told, list)) for word, told in facts.items())
        lines += ["facts:", *(f"  {line}" for line in written)]
    lines.append("assessments:  # at each moment: the outcome of each code that matters, best, findings, cards …")
    lines += [f"- at: {at.astimezone(zone):%Y-%m-%d %H:%M:%S}".removesuffix(":00") for at, _ in answers]
    return "\n".join(lines) + "\n"


def _dumped(value: Mapping[str, Any], *, flow: bool = False) -> str:
    """Write keys and values one below the other, or one key with its list on one line."""
    written = yaml.dump(
        dict(value), Dumper=_Plain, default_flow_style=flow, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
    return written.strip().removeprefix("{").removesuffix("}") if flow else written.rstrip("\n")


def facts_as_read(answers: Sequence[tuple[datetime, Answered]]) -> dict[str, Any]:
    """Return what was read, by the words of `facts:`; a word that is told differently at two moments is left out."""
    told = [_told(at, a.facts.seen_by(at), a.assessment) for at, a in answers if a.facts and a.assessment]
    if not told:
        return {}
    last = told[-1]
    return {word: last[word] for word in last if all(_agrees(word, t, last) for t in told)}


def _agrees(word: str, earlier: Mapping[str, Any], last: Mapping[str, Any]) -> bool:
    """Whether a moment says the same as the last, or has not yet what comes later."""
    return earlier.get(word) == last[word] or (word in {"received", "answered"} and earlier.get(word) == NONE)


def _told(at: datetime, facts: ReviewFacts, assessment: Assessment) -> dict[str, Any]:
    senders = sorted({i.submitted_by.value or NONE for i in facts.images if i.certain}) or [NONE]
    categories = sorted(facts.problem.categories) or [NONE]
    spent = [m.spent.value or 0 for m in facts.minutes if m.by in OWN_GROUP]
    reporter = facts.reporter.value
    told: dict[str, Any] = {
        "payer": facts.payer.value or NONE,
        "funding": facts.funding.value or NONE,
        "reporter": "none-class" if reporter == "none" else reporter or NONE,
        "received": _moment(facts.received.value, facts),
        "answered": _moment(facts.answered.value, facts),
        "problem": categories[0] if len(categories) == 1 else categories,
        "date of service": facts.served_on(at).isoformat(),
        "submitted by": senders[0] if len(senders) == 1 else senders,
        "images": str(sum(i.certain for i in facts.images)),
        "charged": list(dict.fromkeys(c.code for c in assessment.charged)),
    }
    if spent:
        told["minutes"] = str(sum(spent))
        told["window start"] = _window(facts, assessment)
    if facts.initiated.value is not None:
        told["initiated"] = "yes" if facts.initiated.value else "no"
    return {word: value for word, value in told.items() if value is not None}


def _moment(moment: Moment | None, facts: ReviewFacts) -> str:
    if moment is None:
        return NONE
    local = facts.practice.local(moment.first)
    return f"{local:%Y-%m-%d %H:%M}" if moment.exact else f"{local:%Y-%m-%d}"


def _window(facts: ReviewFacts, assessment: Assessment) -> str | None:
    """Return when the e-visit's window began, by the terms of the first code that asked."""
    for candidate in assessment.candidates:
        for finding in candidate.findings:
            if finding.under is not None and isinstance(finding.under.terms, Terms):
                opened = window(facts, finding.under.terms.days, finding.under.terms.family)
                return _moment(opened.start if opened else None, facts)
    return None
