"""`/codes` and `/codes/{code}`: every page renders and is whole, as HTML and as JSON; the search; the command."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

import cds_service.web
from cds_service.cli import main
from cds_service.content import Content
from cds_service.settings import Settings
from cds_service.web import create_app
from tests.reference.pages import codes, content

AT = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
JSON = {"Accept": "application/json"}
VOID = {"meta", "link", "input", "br", "img", "use", "path", "line", "circle", "rect"}


@cache
def app() -> Flask:
    return create_app(Settings(), now=lambda: AT)


@pytest.fixture
def client() -> FlaskClient:
    return app().test_client()


def html(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    assert answer.mimetype == "text/html"
    return answer.get_data(as_text=True)


def read(client: FlaskClient, path: str) -> Any:
    answer = client.get(path, headers=JSON)
    assert answer.status_code == 200, path
    assert answer.mimetype == "application/json"
    return json.loads(answer.data)


class Page(HTMLParser):
    """Whether tags close in order, ids are there once, links within the page lead somewhere, no section is empty."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: set[str] = set()
        self.labels: set[str] = set()
        self.problems: list[str] = []
        self.sections: list[list[str]] = []
        self.cells: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if told.get("id"):
            self.ids.append(str(told["id"]))
        if (told.get("href") or "").startswith("#") and tag == "a":
            self.targets.add(str(told["href"])[1:])
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.labels.update((told.get(name) or "").split())
        for name in told:
            if name == "style" or name.startswith("on"):
                self.problems.append(f"<{tag} {name}>")
        if tag in {"section", "dd", "li", "td"}:
            self.sections.append([tag])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> out of order")
        if tag in {"section", "dd", "li", "td"}:
            kind, *words = self.sections.pop()
            if self.sections:
                self.sections[-1].extend(words)
            least = 2 if kind == "section" else 1
            if kind != "td" and len([w for w in words if w.strip()]) < least:
                self.problems.append(f"an empty {kind}")

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self.sections:
            self.sections[-1].append(data)

    def found(self) -> list[str]:
        twice = [f"id {name} stands twice" for name, count in Counter(self.ids).items() if count > 1]
        lost = [f"#{target} leads nowhere" for target in (self.targets | self.labels) - set(self.ids)]
        return [*self.problems, *twice, *lost, *(f"<{tag}> is not closed" for tag in self.open)]


def whole(text: str) -> None:
    page = Page()
    page.feed(text.replace("<!doctype html>", ""))
    assert page.found() == []
    words = " ".join(page.text)
    assert not re.search(r"\bNone\b|frozenset|Decimal\(|\{\w+\}|datetime", words)


@pytest.mark.parametrize("code", codes())
def test_every_page_is_whole(client: FlaskClient, code: str) -> None:
    text = html(client, f"/codes/{code}")
    whole(text)
    entry = content().reference.entry(code)
    assert entry is not None, "every code of the book has a text"
    for section in ("plain", "payment", "modifiers", "specialties", "diagnoses", "related", "questions", "sources"):
        assert f'id="{section}"' in text
    if code in content().book.codes:
        for section in ("asks", "changes", "payers"):
            assert f'id="{section}"' in text
    else:
        assert content().reference.page.not_judged in text


@pytest.mark.parametrize("code", codes())
def test_every_page_is_json_too(client: FlaskClient, code: str) -> None:
    page = read(client, f"/codes/{code}")
    assert page["code"] == code
    needed = {"title", "edition", "date", "judged", "exists", "asks", "changes", "calendar", "units", "payment"}
    needed |= {"payers", "related", "plain", "who", "modifiers", "placesOfService", "questions", "sources"}
    assert needed <= page.keys()
    assert page["judged"] == (code in content().book.codes)
    assert "null" not in json.dumps(page)
    for version in page["calendar"]:
        assert {"question", "says", "askedBy", "from", "announced", "state", "source", "confidence"} <= version.keys()


def test_the_json_of_g2010(client: FlaskClient) -> None:
    page = read(client, "/codes/g2010?locality=AL-00")
    assert page["payment"]["chosen"] == {
        "locality": "AL-00",
        "name": "Alabama",
        "nonfacility": "12.05",
        "facility": "7.66",  # (.18 + .05 × .875 + .01 × .566) × 33.4009 = 7.6625
    }
    assert len(page["payment"]["localities"]) == 109
    assert page["rank"]["percentile"] == 12
    assert page["rank"]["among"] == 181
    assert page["units"][0] | {"national": []} == {
        "from": "2026-01-01",
        "until": "2026-12-31",
        "status": "A",
        "work": "0.18",
        "nonfacilityPracticeExpense": "0.20",
        "facilityPracticeExpense": "0.05",
        "malpractice": "0.01",
        "nonfacility": "0.39",
        "facility": "0.24",
        "national": [],
    }
    payers = {p["payer"]: p["pays"] for p in page["payers"]}
    assert payers["medicare"] == "yes"
    assert payers["aetna"] == "no"
    assert payers["cigna"] == "ask"


def test_the_page_answers_by_what_is_accepted(client: FlaskClient) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept, kind in ((browser, "text/html"), ("*/*", "text/html"), ("application/json", "application/json")):
        for path in ("/codes", "/codes/G2010"):
            answer = client.get(path, headers={"Accept": accept})
            assert answer.mimetype == kind
            assert "Accept" in answer.headers["Vary"]
            assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/codes/G9999", 404),
        ("/codes/G2010?date=yesterday", 400),
        ("/codes?date=2026-13-01", 400),
        ("/codes/G2010?locality=XX-99", 400),
        ("/codes/G2010?setting=moon", 400),
        ("/codes/G2010?qp=perhaps", 400),
    ],
)
def test_what_cannot_be_shown_is_refused_in_json(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert json.loads(answer.data)["resourceType"] == "OperationOutcome"
    assert b"yesterday" not in answer.data
    assert b"XX-99" not in answer.data


def test_setting_and_qp_change_the_amount(client: FlaskClient) -> None:
    assert "$14.69" in html(client, "/codes/G2010")
    assert "<b>$8.87</b> in NY 01" in html(client, "/codes/G2010?setting=facility")
    assert "<b>$14.76</b> in NY 01" in html(client, "/codes/G2010?qp=yes")
    assert "<b>$12.05</b> in AL 00" in html(client, "/codes/G2010?locality=AL-00")


def test_a_code_that_has_ended_says_so_and_shows_its_last_day(client: FlaskClient) -> None:
    text = html(client, "/codes/99441")
    assert "ended on Dec 31, 2024" in text
    assert 'href="/codes/98016"' in text
    assert "What it asks on Dec 31, 2024" in text


# --- the list and its search ---


def test_the_list_has_every_code_once(client: FlaskClient) -> None:
    whole(html(client, "/codes"))
    listed = [one["code"] for one in read(client, "/codes")["codes"]]
    assert sorted(listed) == sorted(codes())


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        ("photo", {"G2010", "G2250"}, {"98016"}),
        ("PHOTO therapist", {"G2250"}, {"99441"}),
        ("99421", {"99421"}, {"G2061"}),
        ("L70.0", {"G2010"}, {"99452"}),
        ("check-in", {"98016", "G2251", "G2252", "G2012"}, {"99451"}),
        ("pyogenic granuloma", {"G2010"}, {"G2250"}),
    ],
)
def test_the_search_finds(client: FlaskClient, words: str, inside: set[str], outside: set[str]) -> None:
    found = read(client, "/codes?q=" + words.replace(" ", "+"))
    listed = {one["code"] for one in found["codes"]}
    assert inside <= listed
    assert not outside & listed
    assert found["query"] == words
    whole(html(client, "/codes?q=" + words.replace(" ", "+")))


def test_a_search_without_a_find_says_so(client: FlaskClient) -> None:
    text = html(client, "/codes?q=xyzzy")
    assert "No code speaks of that" in text
    assert read(client, "/codes?q=xyzzy")["codes"] == []


def test_what_is_searched_for_is_never_markup(client: FlaskClient) -> None:
    text = html(client, "/codes?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E%7B%7B7*7%7D%7D")
    assert "<script>" not in text
    assert "49" not in re.findall(r"value=\"([^\"]*)\"", text)[0]


# --- content that is not whole ---


def test_rules_without_words_and_words_without_rules_are_both_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    full = content()
    bare = replace(full.reference, entries=tuple(e for e in full.reference.entries if e.name != "G2010"), work=())
    lean = Content(full.book, full.words, bare)
    monkeypatch.setattr(cds_service.web, "load", lambda: lean)
    client = create_app(Settings(), now=lambda: AT).test_client()
    text = html(client, "/codes/G2010")
    whole(text)
    assert full.reference.page.no_words in text
    assert "What it asks on" in text
    assert 'id="rank"' not in text
    page = read(client, "/codes/G2010")
    assert "rank" not in page
    assert "plain" not in page
    whole(html(client, "/codes"))


# --- the command ---


def test_the_command_lists_all_codes() -> None:
    told = CliRunner().invoke(main, ["codes"])
    assert told.exit_code == 0
    assert all(code in told.output for code in codes())


@pytest.mark.parametrize("code", codes())
def test_the_command_tells_of_every_code(code: str) -> None:
    lines = list(_lines(code))
    assert lines[0].startswith(code)
    assert all(len(line) <= 160 for line in lines)
    assert not re.search(r"\bNone\b|frozenset", "\n".join(lines))


def _lines(code: str) -> list[str]:
    from cds_service.present.reference_text import page_lines  # noqa: PLC0415 - only here
    from tests.reference.pages import page  # noqa: PLC0415 - only here

    return list(page_lines(page(code), content().reference))


def test_the_command_tells_the_amount_of_a_locality() -> None:
    told = CliRunner().invoke(main, ["codes", "g2010", "--date", "2026-11-21", "--locality", "AL-00"])
    assert told.exit_code == 0
    assert "$12.05 nonfacility" in told.output
    assert "percentile 12 of 181 G codes of 2025" in told.output


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["codes", "G9999"], "there is no code G9999"),
        (["codes", "G2010", "--locality", "XX-1"], "there is no XX-1 here; expected one of AK-01"),
        (["codes", "--date", "soon"], "soon"),
    ],
)
def test_the_command_says_what_it_expected(arguments: list[str], says: str) -> None:
    told = CliRunner().invoke(main, arguments)
    assert told.exit_code == 2
    assert says in told.output


def test_the_styles_are_served_in_every_mode(client: FlaskClient) -> None:
    for name in ("demo.css", "codes.css", "signoff.svg"):
        with client.get(f"/static/codes/{name}") as answer:
            assert answer.status_code == 200


def test_colours_are_tokens_of_the_shared_palette() -> None:
    static = files("cds_service.web").joinpath("static")
    css = static.joinpath("codes.css").read_text(encoding="utf-8")
    known = set(re.findall(r"--([a-z-]+):", static.joinpath("demo.css").read_text(encoding="utf-8")))
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b|rgb\(", css)
    assert set(re.findall(r"var\(--([a-z-]+)\)", css)) <= known


def test_templates_hold_no_styles_scripts_or_trusted_markup() -> None:
    for template in files("cds_service.web").joinpath("templates", "codes").iterdir():
        source = template.read_text(encoding="utf-8")
        for forbidden in (r"\|\s*safe", r"\bstyle=", r"<style", r"\son[a-z]+=", r"<script", "Markup"):
            assert not re.search(forbidden, source), f"{template.name}: {forbidden}"
