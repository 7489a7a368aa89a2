"""The five verdicts as functions, so that a question reads: `return not_met(answered, service)`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from .assessment import Answer, Verdict
from .facts import Address


class Seen(Protocol):
    """Anything that tells where it was seen."""

    @property
    def seen_at(self) -> Address | tuple[Address, ...]: ...


def met(*because: Seen, case: str | None = None) -> Answer:
    """Answer yes; a `case` is a caution to go with it."""
    return _answer("met", because, case=case)


def not_met(*because: Seen, case: str | None = None, every_reading: bool = False, warns: bool = False) -> Answer:
    """Answer no; `every_reading` when it is no however the rule is read."""
    return _answer("not-met", because, case=case, every_reading=every_reading, warns=warns)


def missing(*because: Seen, case: str | None = None, warns: bool = False) -> Answer:
    """Answer that the record does not say, and where it was looked for."""
    return _answer("missing", because, case=case, warns=warns)


def unsettled(*because: Seen, case: str | None = None, warns: bool = False) -> Answer:
    """Answer that a person must say."""
    return _answer("unsettled", because, case=case, warns=warns)


def wait(until: datetime, *because: Seen) -> Answer:
    """Answer that only time can tell."""
    return _answer("wait", because, until=until)


def _answer(
    verdict: Verdict,
    because: Sequence[Seen],
    *,
    until: datetime | None = None,
    case: str | None = None,
    every_reading: bool = False,
    warns: bool = False,
) -> Answer:
    addresses: dict[Address, None] = {}
    for seen in because:
        where = seen.seen_at
        addresses.update(dict.fromkeys((where,) if isinstance(where, Address) else where))
    return Answer(verdict, tuple(addresses), until, case, every_reading, warns)
