"""Text that goes onto a card: escaped, short, in the practice's time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from cds_service.billing.practice import Practice

SUMMARY_LIMIT = 139
"""CDS Hooks wants fewer than 140 characters."""

_PUNCTUATION = re.compile(r'([\\`*_{}\[\]<>()#+\-.!|~"\'&$%^=/?@:;,])')
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\s]+")
_WORD_JOINER = "\u2060"


def plain(text: str, limit: int = 200) -> str:
    """Return text from outside on one line, without control, bidirectional or zero-width characters, cut to `limit`."""
    return _INVISIBLE.sub(" ", text).strip()[:limit].strip()


def markdown(text: str, limit: int = 200) -> str:
    """Return text from outside so that GitHub-flavoured Markdown shows it as it is, never as markup or a link."""
    escaped = _PUNCTUATION.sub(r"\\\1", plain(text, limit))
    return escaped.replace("\\@", f"\\@{_WORD_JOINER}")


def when(moment: datetime, practice: Practice) -> str:
    """Return a moment as people of the practice say it: `Tue Nov 24 15:20`."""
    local = practice.local(moment)
    return f"{local:%a %b} {local.day} {local:%H:%M}"


def say(template: str, values: Mapping[str, str]) -> str:
    """Fill the words' placeholders; a template asks only for what the content tests allow."""
    return template.format_map(values)


def summary(template: str, values: Mapping[str, str]) -> str:
    """Return a card's one line, never longer than the standard allows."""
    line = plain(say(template, values), SUMMARY_LIMIT + 1)
    return line if len(line) <= SUMMARY_LIMIT else f"{line[: SUMMARY_LIMIT - 1]}…"
