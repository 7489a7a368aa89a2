"""An instant is an instant: in whichever zone's offset an EHR writes it, the answer is the same."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from cds_service.review import Answered

from .scenario import NAMES, Scenario, scenario

WRITTEN = re.compile(rb'"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))"')
OFFSETS = (timedelta(0), timedelta(hours=5, minutes=30), timedelta(hours=-11), timedelta(hours=14))
SOME = NAMES[::8]
"""Every eighth scenario: all would only say the same again."""


def rewritten(told: Scenario, offset: timedelta) -> Scenario:
    def elsewhere(found: re.Match[bytes]) -> bytes:
        instant = datetime.fromisoformat(found[1].decode())
        return b'"' + instant.astimezone(timezone(offset)).isoformat().encode() + b'"'

    return Scenario(told.name, WRITTEN.sub(elsewhere, told.body), told.expected, told.client)


def findings(answered: Answered) -> object:
    if answered.assessment is None:
        return None
    return [
        (c.code, c.outcome, [(f.question, f.verdict, f.answer.case, f.answer.until) for f in c.findings])
        for c in answered.assessment.candidates
    ]


@pytest.mark.parametrize("name", SOME)
def test_the_offset_of_the_record_changes_no_finding(name: str, tmp_path: Path) -> None:
    told = scenario(name, tmp_path)
    for at, _ in told.moments():
        usual = findings(told.answered(at))
        for offset in OFFSETS:
            assert findings(rewritten(told, offset).answered(at)) == usual
