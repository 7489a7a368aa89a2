"""Text from outside on a card: shown as it is, never as markup, a link or another line."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from html import unescape
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cds_service.billing.practice import Practice
from cds_service.present.text import SUMMARY_LIMIT, markdown, plain, summary, when

# Readers of Markdown differ; what an EHR uses is not known. These three cover the usual.
READERS = {
    "commonmark": MarkdownIt("commonmark"),
    "github": MarkdownIt("gfm-like", {"linkify": False}),
    "with html": MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]),
}
INVISIBLE = re.compile(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1f\x7f-\x9f]")
TAG = re.compile(r"<(?!/?(?:p|li|ul|strong|em)>)[^>]*>")


def shown(text: str, reader: str) -> str:
    """Return what a reader of Markdown shows of a list item with the text in it, as HTML."""
    return str(READERS[reader].render(f"- **Title**: before {markdown(text)} after\n"))


def visible(html: str) -> str:
    """Return the text that a person sees between *before* and *after*."""
    seen = unescape(re.sub(r"<[^>]+>", "", html))
    return seen.split("before ", 1)[1].rsplit(" after", 1)[0]


NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<b>bold</b>",
    "&lt;script&gt; &amp; &#60;b&#62; &copy;",
    "[text](javascript:alert(1))",
    "[text](https://evil.example)",
    "![image](https://evil.example/pixel.png)",
    "[a]: https://evil.example",
    "[a][b]",
    "<https://evil.example>",
    "<mailto:a@evil.example>",
    "https://evil.example/path?query=1#part",
    "www.evil.example",
    "someone@evil.example",
    "xmpp:@.A",
    "xmpp:foo@bar.baz/txt",
    "mailto:a@b.c",
    "ftp://evil.example",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "# Heading",
    "Heading\n===",
    "> quote",
    "- item\n- item",
    "1. first\n2. second",
    "* * *",
    "---",
    "***bold italic*** __bold__ _em_ ~~gone~~",
    "`code` ``more`` ```block```",
    "~~~\ncode\n~~~",
    "    code by spaces",
    "\\*already escaped\\*",
    "\\",
    "trailing backslash\\",
    "[x] done",
    "[^1]: note",
    "$E=mc^2$ $$x$$",
    ":smile: @someone #1",
    "a\u202eevil\u202c",
    "zero\u200bwidth",
    "line\u2028separator\u2029paragraph",
    "tab\tand\r\nlines",
    "null\x00byte",
]


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("text", NASTY)
def test_what_would_be_markup_is_shown_as_it_was_written(text: str, reader: str) -> None:
    html = shown(text, reader)
    assert not TAG.search(html), html
    assert INVISIBLE.sub("", visible(html)) == INVISIBLE.sub("", plain(text))


@pytest.mark.parametrize("text", NASTY)
def test_no_link_is_found_even_by_a_reader_that_looks_for_bare_ones(text: str) -> None:
    escaped = markdown(text)
    # GitHub's readers make links of `www.`, `://`, `mailto:`, `xmpp:` and addresses where no backslash stands between.
    assert not re.search(r"www\.|://|mailto:|xmpp:|[\w.+-]@\w", escaped, re.IGNORECASE)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
@example("xmpp:@.A")
@example("A@a.aa")
@example("\\`")
@example("!\\[x](y)")
@example("<!-- -->")
@example("<?php ?>")
@example("&amp")
def test_any_text_survives_and_shows_no_markup(text: str) -> None:
    for reader in READERS:
        html = shown(text, reader)
        assert not TAG.search(html), html
        assert html.count("<li>") == 1
        assert html.count("<strong>") == 1
        assert INVISIBLE.sub("", visible(html)) == INVISIBLE.sub("", plain(text))


@given(st.text(alphabet="*_`[]()<>!#|~\\-+.=:@&;\"' \n\tab1", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_heap_of_punctuation_survives_too(text: str) -> None:
    for reader in READERS:
        html = shown(text, reader)
        assert not TAG.search(html), html
        assert INVISIBLE.sub("", visible(html)) == INVISIBLE.sub("", plain(text))


@given(st.text(max_size=400), st.integers(1, 250))
@settings(max_examples=100, deadline=None)
def test_plain_text_is_one_line_of_at_most_its_limit(text: str, limit: int) -> None:
    line = plain(text, limit)
    assert len(line) <= limit
    assert line == line.strip()
    assert not re.search(r"[\r\n\t\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]", line)
    assert plain(line, limit) == line


# --- the one line of a card ---


def test_a_summary_has_its_values_filled_in() -> None:
    line = summary("{code}: does {payer} pay for it?", {"code": "G2010", "payer": "Aetna"})
    assert line == "G2010: does Aetna pay for it?"


@pytest.mark.parametrize(("length", "cut"), [(138, False), (139, False), (140, True), (141, True), (500, True)])
def test_a_summary_is_at_most_139_characters(length: int, cut: bool) -> None:
    line = summary("{payer}", {"payer": "x" * length})
    assert SUMMARY_LIMIT == 139
    assert len(line) == min(length, 139)
    assert line.endswith("…") is cut


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_a_summary_of_any_value_is_one_line_and_short_enough(value: str) -> None:
    line = summary("{payer}: ask", {"payer": value})
    assert 1 <= len(line) <= 139
    assert "\n" not in line


# --- moments ---

PRACTICE = Practice(
    zone=ZoneInfo("America/New_York"),
    business_days=frozenset(range(5)),
    opens=time(8),
    closes=time(17),
    holidays=frozenset({date(2026, 11, 26)}),
    state="NY",
    locality="01",
    setting="nonfacility",
    place_of_service="11",
    qualifying_apm=False,
)


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2026-11-24T15:20:00-05:00", "Tue Nov 24 15:20"),
        ("2026-11-24T20:20:00+00:00", "Tue Nov 24 15:20"),
        ("2026-07-04T04:05:00+00:00", "Sat Jul 4 00:05"),
        ("2026-12-01T03:00:00+00:00", "Mon Nov 30 22:00"),
        ("2026-11-01T06:30:00+00:00", "Sun Nov 1 01:30"),  # the second of the two hours
    ],
)
def test_a_moment_is_told_by_the_practice_s_clock(moment: str, said: str) -> None:
    assert when(datetime.fromisoformat(moment), PRACTICE) == said


@given(st.datetimes(datetime(2019, 1, 1), datetime(2030, 1, 1), timezones=st.just(ZoneInfo("UTC"))))  # noqa: DTZ001 - hypothesis adds the zone
@settings(max_examples=50, deadline=None)
def test_no_moment_is_longer_than_the_tests_of_summaries_reckon_with(moment: datetime) -> None:
    assert len(when(moment, PRACTICE)) <= len("Wed Nov 25 15:00")
