"""`cards/ERRATA.md` is whole: 37 items, each with what is right, its source, and a scenario or test that exists."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = files("cards").joinpath("ERRATA.md").read_text(encoding="utf-8")
KEYS = ["Says", "Right", "Source", "Covered"]
ITEMS = {f"E{n:02}" for n in range(1, 38)}


def items() -> dict[str, dict[str, str]]:
    found = {}
    for block in re.split(r"^### ", TEXT, flags=re.MULTILINE)[1:]:
        name, _, rest = block.partition("\n")
        found[name] = dict(re.findall(r"^- (\w+): (.+)$", rest, flags=re.MULTILINE))
    return found


@cache
def functions(path: str) -> frozenset[str]:
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(n.name for n in ast.walk(module) if isinstance(n, ast.FunctionDef))


def exists(covered: str) -> bool:
    kind, _, name = covered.strip().partition(" ")
    if kind == "scenario":
        return (ROOT / "fhir_fixtures" / name / "expected.yaml").is_file()
    if kind == "test":
        path, _, function = name.partition("::")
        return (ROOT / path).is_file() and function in functions(path)
    return False


def test_all_37_items_are_there_once() -> None:
    assert set(items()) == ITEMS
    assert len(re.findall(r"^### ", TEXT, flags=re.MULTILINE)) == 37


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_an_item_says_what_is_wrong_what_is_right_and_what_guards_it(name: str) -> None:
    item = items()[name]
    assert list(item) == KEYS
    assert all(len(item[key]) > 8 for key in KEYS)
    covered = item["Covered"]
    if covered.startswith("none: "):
        assert len(covered) > 40, "a reason why there is nothing to test"
        return
    missing = [one for one in covered.split(", ") if not exists(one)]
    assert missing == []


def test_most_are_guarded() -> None:
    unguarded = [name for name, item in items().items() if item["Covered"].startswith("none")]
    assert len(unguarded) <= 2, unguarded


def test_every_scenario_of_an_erratum_is_named() -> None:
    folders = [p.name for p in (ROOT / "fhir_fixtures").glob("erratum_e*")]
    for folder in folders:
        number = folder.split("_")[1].upper()
        assert folder in items()[number]["Covered"], folder
