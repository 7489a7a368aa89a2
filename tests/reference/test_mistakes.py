"""Every mistake in `cards/reference/` stops the start, told with file, line and what was expected."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from cds_service.content import load
from cds_service.content.reference import load_reference
from cds_service.errors import ContentError
from cds_service.prose import Reference
from tests.reference.pages import content

ENTRY = """\
codes: {G2010: }
title: A photo
group: images
also_known_as: [photo review]
plain:
  - A patient sends a photo.
example: Somebody sends one.
who:
  classes: [E/M]
  may: Some.
  may_not: Others.
modifiers:
  - {modifiers: ["95"], use: never, why: It is not live.}
places:
  - {places: ["02"], use: never, why: It is no telehealth.}
specialties:
  - {taxonomy: 207N00000X, why: rashes}
diagnoses:
  - {icd10: L70.0, says: acne, why: control}
related:
  - {codes: [G2250], how: Its sister.}
faqs:
  - {ask: Why so, answer: Because.}
sources:
  - Somewhere
"""
NAME = "reference/G2010.yaml"
PLACE = re.compile(r"^[\w./-]+(:\d+)?: ")

Broken = Callable[[str], list[str]]


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    """What the reference is made of, and nothing else: the rules are those that are shipped."""
    shipped = Path(str(files("cards")))
    for kept in ("reference.yaml", "tables/g_code_work.csv"):
        (tmp_path / kept).parent.mkdir(exist_ok=True)
        shutil.copy(shipped / kept, tmp_path / kept)
    (tmp_path / "reference").mkdir()
    (tmp_path / NAME).write_text(ENTRY)
    return tmp_path


def problems_of(cards: Path) -> list[str]:
    problems: list[str] = []
    load_reference(cards, content().book, problems)
    assert all(PLACE.match(p) for p in problems)
    return problems


@pytest.fixture
def broken(cards: Path) -> Broken:
    def load_it(text: str) -> list[str]:
        (cards / NAME).write_text(text)
        return problems_of(cards)

    return load_it


def loaded(cards: Path, text: str) -> Reference:
    (cards / NAME).write_text(text)
    problems: list[str] = []
    reference = load_reference(cards, content().book, problems)
    assert problems == []
    assert reference is not None
    return reference


def test_a_mistake_stops_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "cards"
    shutil.copytree(Path(str(files("cards"))), folder, ignore=shutil.ignore_patterns("__pycache__", "*.py", "schema"))
    text = (folder / NAME).read_text(encoding="utf-8")
    (folder / NAME).write_text(text.replace("group: images", "group: photos"), encoding="utf-8")
    with pytest.raises(ContentError, match=r"^reference/G2010\.yaml:4: unknown group 'photos'"):
        load(folder)


def line(problem: str) -> int:
    return int(problem.split(":")[1])


# What is written in place of what → the line of the mistake, and words that its message must hold.
MISTAKES = [
    ("title: A photo", "titel: A photo", 2, ("unknown key 'titel'", "did you mean 'title'")),
    ("title: A photo", "title: ", 2, ("'title'", "expected text")),
    ("group: images", "group: image", 3, ("unknown group 'image'", "did you mean 'images'", "e-visits")),
    ("codes: {G2010: }", "codes: {G201: }", 1, ("'G201'", "five characters")),
    ("codes: {G2010: }", "codes: {}", 1, ("'codes' holds nothing",)),
    ("[photo review]", "photo review", 4, ("'also_known_as'", "expected a list")),
    ("[photo review]", "[]", 4, ("'also_known_as' holds nothing", "without")),
    ("classes: [E/M]", "classes: [EM]", 9, ("'classes' is 'EM'", "E/M or non-E/M")),
    ("  may: Some.\n", "", 8, ("'may' is not there",)),
    ('["95"]', '["195"]', 13, ("'195' is none", "two characters")),
    ("use: never, why: It is not", "use: nevre, why: It is not", 13, ("'nevre'", "never or when or usual")),
    ("why: It is not live.", "because: It is not live.", 13, ("unknown key 'because'",)),
    ('["02"]', "[2]", 15, ("'2' is none", "two digits")),
    ("207N00000X", "207N00000Z", 17, ("'207N00000Z'", "tables/reporters.csv")),
    ("207N00000X", '"225100000X"', 17, ("Physical Therapist", "non-E/M", "may not report")),
    ("L70.0", "L700.", 19, ("'L700.'", "ICD-10-CM")),
    ("[G2250]", "[G2251X]", 21, ("'G2251X' is none",)),
    ("[G2250]", '["99999"]', 21, ("'99999' has no entry and no rules",)),
    ("[G2250]", "[G2010]", 21, ("the entry's own",)),
    ("  - {codes: [G2250], how: Its sister.}", "  {codes: [G2250]}", 20, ("'related' is a group of keys", "list")),
    ("faqs:\n  - {ask: Why so, answer: Because.}\n", "", 1, ("'faqs' holds nothing",)),
    ("sources:", "without: {faqs: none}\nsources:", 24, ("unknown key 'faqs'",)),
    ("sources:", "without: {places: none}\nsources:", 24, ("'places' is told of",)),
    ("example: Somebody", "\texample: Somebody", 7, ("not YAML", "tabs")),
    ("example:", "title: again\nexample:", 7, ("'title' stands twice",)),
]


@pytest.mark.parametrize(("right", "wrong", "at", "says"), MISTAKES, ids=[w.strip()[:30] for _, w, _, _ in MISTAKES])
def test_a_mistake_is_told_with_its_line(
    broken: Broken, right: str, wrong: str, at: int, says: tuple[str, ...]
) -> None:
    assert right in ENTRY
    problems = broken(ENTRY.replace(right, wrong, 1))
    told = [p for p in problems if p.startswith(NAME) and all(s in p for s in says)]
    assert told, problems
    assert line(told[0]) == at


def test_several_mistakes_are_told_at_once(broken: Broken) -> None:
    problems = broken(ENTRY.replace("group: images", "group: x").replace("L70.0", "acne").replace('"95"', '"9"'))
    assert len(problems) >= 3


def test_a_code_told_of_twice(cards: Path) -> None:
    (cards / "reference" / "other.yaml").write_text(ENTRY)
    assert problems_of(cards) == ["reference/other.yaml:1: 'G2010' is told of in reference/G2010.yaml already"]


def test_page_words_that_are_not_there(cards: Path) -> None:
    (cards / "reference.yaml").unlink()
    assert any(p.startswith("reference.yaml: cannot be read") for p in problems_of(cards))


def test_a_page_word_that_is_forgotten(cards: Path) -> None:
    words = (cards / "reference.yaml").read_text()
    (cards / "reference.yaml").write_text(re.sub(r"^gone: .*\n", "", words, flags=re.MULTILINE))
    assert any("'gone' is not there" in p for p in problems_of(cards))


def test_work_that_is_no_number(cards: Path) -> None:
    with (cards / "tables" / "g_code_work.csv").open("a") as table:
        table.write("G9999,A,much,2025-01-01,2025-12-31\n")
    assert problems_of(cards) == ["tables/g_code_work.csv:1270: 'work' is 'much'; expected a number"]


def test_a_text_may_tell_of_a_code_that_is_not_in_the_book(cards: Path) -> None:
    told = loaded(cards, ENTRY.replace("codes: {G2010: }", 'codes: {"12345": }'))
    assert told.entry("12345") is not None
    assert "12345" not in content().book.codes


def test_a_section_may_be_empty_with_a_reason(cards: Path) -> None:
    text = ENTRY.replace('places:\n  - {places: ["02"], use: never, why: It is no telehealth.}\n', "")
    told = loaded(cards, text + "without: {places: nobody asks}\n").entry("G2010")
    assert told is not None
    assert told.places == ()
    assert told.without == {"places": "nobody asks"}
