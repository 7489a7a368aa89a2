"""A stranger follows `cards/README.md` to the letter, on a copy, and the answer changes. No Python is opened.

The blocks of the README are the recipe: their first line says into which file they go. The tables of the README are
compared with what the loader understands, so that they cannot go stale.
"""

from __future__ import annotations

import csv
import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import sys
import typing
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest

from cds_service.billing.questions import QUESTIONS
from cds_service.content import load
from cds_service.content.placeholders import BY_KEY
from cds_service.content.typed import expected

from .scenario import FOLDER

ROOT = Path(__file__).resolve().parent.parent
CARDS = Path(str(files("cards")))
README = (CARDS / "README.md").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INTO = re.compile(r"# (\S+\.\w+)(: add at the end|: in place of what is there)?")
CIGNA = ["check", "fhir_fixtures/unsure_cigna/request.json", "--at", "2026-10-21T12:00", "--json"]


HEADINGS = [
    (len(h[1]), h[2], h.start(), h.end())
    for h in re.finditer(r"^(#+) (.*)$", BLOCK.sub(lambda block: " " * len(block[0]), README), re.MULTILINE)
]
"""Level, title and place of each; a comment in a block is none."""


def section(title: str) -> str:
    """Return what stands under a heading, up to the next one of its level or above."""
    level, begin = next((level, end) for level, name, _, end in HEADINGS if name == title)
    return README[begin : next((s for other, _, s, _ in HEADINGS if s > begin and other <= level), None)]


class Stranger:
    """Someone with a copy of the repository, a text editor and a terminal."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(CARDS, folder / "cards", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "fhir_fixtures").mkdir()
        shutil.copy(FOLDER / "__init__.py", folder / "fhir_fixtures")
        shutil.copytree(FOLDER / "unsure_cigna", folder / "fhir_fixtures" / "unsure_cigna")

    def follow(self, title: str) -> None:
        """Write the files of a recipe as its blocks say, and run its commands."""
        told = section(title)
        for language, text in BLOCK.findall(told):
            if language == "sh":
                for line in text.splitlines():
                    self.run(line)
            elif into := INTO.match(text):
                self.write(into, text)
        for was, now in re.findall(r"In its `request\.json` replace `([^`]+)` by `([^`]+)`", told):
            request = self.newest_scenario() / "request.json"
            assert was in request.read_text(encoding="utf-8")
            request.write_text(request.read_text(encoding="utf-8").replace(was, now), encoding="utf-8")

    def write(self, into: re.Match[str], text: str) -> None:
        path = self.folder / into[1]
        path.parent.mkdir(exist_ok=True)
        added = text[into.end() :].lstrip("\n")
        assert path.exists() == bool(into[2]), f"{into[1]}: the recipe must say whether it is there already"
        if into[2] == ": add at the end":
            before = path.read_text(encoding="utf-8")
            added = before + ("" if before.endswith("\n") else "\n") + added
        path.write_text(added, encoding="utf-8")

    def newest_scenario(self) -> Path:
        return next(p for p in (self.folder / "fhir_fixtures").iterdir() if p.is_dir() and p.name != "unsure_cigna")

    def run(self, line: str, *, fails: bool = False) -> str:
        """Run one line of a shell, with `.venv/bin/` standing for where our command is."""
        command = line.replace(".venv/bin/", f"{shlex.quote(str(BIN))}/")
        mine = {name: value for name, value in os.environ.items() if not name.startswith("SIGNOFF_")}
        done = subprocess.run(
            ["bash", "-euc", command],
            cwd=self.folder,
            env=mine | {"PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT}"},
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr if fails else done.stdout

    def signoff(self, *given: str) -> Any:
        return orjson.loads(self.run(shlex.join([".venv/bin/signoff", *given])))

    def tests(self) -> str:
        """Run our own tests of scenarios on the copy."""
        shutil.copytree(ROOT / "tests", self.folder / "tests", ignore=shutil.ignore_patterns("__pycache__", "data"))
        shutil.copy(ROOT / "pyproject.toml", self.folder)
        (self.folder / "cds_service").symlink_to(ROOT / "cds_service")
        return self.run(".venv/bin/python -m pytest -q -p no:cacheprovider tests/test_scenarios.py")


@pytest.fixture
def stranger(tmp_path: Path) -> Stranger:
    return Stranger(tmp_path)


def outcome(printed: Any) -> tuple[str, str, str]:
    assessment = printed["assessment"]
    return assessment["payer"], assessment["best"], assessment["outcome"]


# --- the recipes ---


def test_a_new_payer_is_added_by_the_recipe_alone(stranger: Stranger) -> None:
    stranger.run("cp -r fhir_fixtures/unsure_cigna before")
    request = stranger.folder / "before" / "request.json"
    named = re.search(r"replace `([^`]+)` by `([^`]+)`", section("A new payer"))
    assert named is not None
    request.write_text(request.read_text(encoding="utf-8").replace(named[1], named[2]), encoding="utf-8")
    asked = ["check", "before/request.json", "--at", "2026-10-21T12:00", "--json"]
    assert outcome(stranger.signoff(*asked)) == ("commercial", "G2010", "unsettled"), "nobody knows the payer yet"

    stranger.follow("A new payer")

    assert "all in order" in stranger.run(".venv/bin/signoff content check")
    assert outcome(stranger.signoff(*asked)) == ("lakeside", "G2010", "reportable")
    assert "2 passed" in stranger.tests(), "the scenario of the recipe, and the one that it was copied from"
    assert "lakeside" in stranger.run(".venv/bin/signoff rules G2010 --payer lakeside")


def test_what_the_practice_s_own_contract_says_wins(stranger: Stranger) -> None:
    before = stranger.signoff(*CIGNA)
    assert outcome(before) == ("cigna", "G2010", "unsettled")

    stranger.follow("What your own contract says")

    command = next(t for lang, t in BLOCK.findall(section("What your own contract says")) if lang == "sh").strip()
    after = orjson.loads(stranger.run(f"{command} --json"))
    assert outcome(after) == ("cigna", "G2010", "reportable")
    paid = next(f for c in after["assessment"]["candidates"] for f in c["findings"] if f["question"] == "paid")
    assert paid["own"] is True
    without = stranger.signoff(*CIGNA)
    assert without["assessment"] == before["assessment"], "our own rule is untouched"


def test_a_changed_value_is_the_word_from_its_first_day_on(stranger: Stranger) -> None:
    def hours(on: str) -> int:
        book = load(stranger.folder / "cards").book
        day = next(r.start for v in book.rules.values() for r in v).fromisoformat(on)
        rule = book.rule("medicare", "G2010", "follow_up", on=day, known=day)
        assert rule is not None
        found: int = getattr(rule.terms, "business_hours")  # noqa: B009 - terms are any object
        return found

    assert (hours("2026-12-31"), hours("2027-01-01")) == (24, 24)
    stranger.follow("A date or a value changes")
    assert (hours("2026-12-31"), hours("2027-01-01")) == (24, 48)
    assert "all in order" in stranger.run(".venv/bin/signoff content check")


def test_a_state_s_medicaid_rule_is_heard_in_that_state_only(stranger: Stranger) -> None:
    stranger.follow("A state's Medicaid rule")
    assert "all in order" in stranger.run(".venv/bin/signoff content check")
    book = load(stranger.folder / "cards").book
    (ours,) = book.rules["medicaid-NY", "G2010", "paid"]
    day = ours.start
    assert book.rule("medicaid", "G2010", "paid", on=day, known=day, state="NY") is ours
    assert book.rule("medicaid", "G2010", "paid", on=day, known=day, state="NJ") is not ours


def test_a_mistake_is_told_as_the_readme_shows_it(stranger: Stranger) -> None:
    stranger.follow("A new payer")
    path = stranger.folder / "cards" / "payers" / "lakeside.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("pays:", "pay:"), encoding="utf-8")
    shown = next(text for language, text in BLOCK.findall(section("Recipes")) if language == "text").strip()
    said = stranger.run(".venv/bin/signoff content check", fails=True)
    place = re.compile(r"lakeside\.yaml:\d+")  # the first line of the block names the file
    assert place.sub("", shown) in place.sub("", said)


def test_every_block_that_names_a_file_is_in_a_recipe_that_is_followed_here() -> None:
    followed = ("A new payer", "What your own contract says", "A date or a value changes", "A state's Medicaid rule")
    found = {name for title in followed for name in written_by(section(title))}
    assert written_by(README) == found
    assert len(found) >= 7


def written_by(told: str) -> set[str]:
    return {into[1] for _, text in BLOCK.findall(told) if (into := INTO.match(text))}


# --- the tables of the README ---


def rows(title: str, columns: int) -> list[list[str]]:
    """Return the cells of the rows of a section's tables that have so many columns, without heads and code marks."""
    found: list[list[str]] = []
    lines = section(title).splitlines()
    for before, line in pairwise(["", *lines]):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and before.startswith("|") and len(cells) == columns and set(line) - set("|- "):
            found.append(cells)
    return found


def plain(cell: str) -> str:
    return cell.replace("`", "")


def left_out(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
        return "must be there"
    words = {True: "yes", False: "no", None: "nothing"}
    if isinstance(field.default, bool | None):
        return words[field.default]
    return str(field.default) if field.default else "an empty list"


def test_the_table_of_terms_is_what_the_questions_understand() -> None:
    understood: list[list[str]] = []
    for question, module in QUESTIONS.items():
        hints = typing.get_type_hints(module.Terms)
        terms = [f for f in dataclasses.fields(module.Terms) if f.name != "code"]
        if question != "exists":
            understood += [[question, f.name, expected(hints[f.name]), left_out(f)] for f in terms]
            understood += [] if terms else [[question, "–", "–", "–"]]
    told = rows("The questions and their terms", 5)
    assert [[plain(cell) for cell in row[:4]] for row in told] == understood
    assert all(row[4].endswith((".", ".)")) for row in told)


def test_the_table_of_tables_has_every_table_and_every_column() -> None:
    there = {}
    for path in CARDS.glob("tables/*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            there[path.stem] = next(csv.reader(file))
    told = {plain(name): plain(columns).split(", ") for name, columns, _, _ in rows("The tables", 4)}
    assert told == there


def test_the_table_of_placeholders_is_what_is_filled_in() -> None:
    told = {
        key: {name.strip("{}") for name in plain(filled).split(", ")}
        for keys, filled in rows("The words", 2)
        for key in plain(keys).split(", ")
    }
    assert told == {key: set(names) for key, names in BY_KEY.items()}


def test_the_list_of_what_is_where_has_everything_in_the_folder() -> None:
    there = {p.name for p in CARDS.iterdir()} - {"README.md", "__init__.py", "__pycache__"}
    listed = README[: README.index("## How to read a rule")]
    assert {link.rstrip("/") for link in re.findall(r"\]\(([^)]+)\)", listed)} == there


def test_the_example_of_a_rule_is_one_that_is_understood(stranger: Stranger) -> None:
    example = next(text for _, text in BLOCK.findall(section("How to read a rule")))
    path = stranger.folder / "cards" / "payers" / "example.yaml"
    path.write_text(example, encoding="utf-8")
    with (stranger.folder / "cards" / "payer_titles.yaml").open("a", encoding="utf-8") as titles:
        titles.write("example: an example\n")
    (rule,) = load(stranger.folder / "cards").book.rules["example", "G2010", "established"]
    assert rule.source.may_deny
