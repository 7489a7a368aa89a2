"""The house keeps its rules: who imports what, where dates and words may stand, what is named how."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from cds_service.settings import NAMES

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "cds_service"
BILLING = HOUSE / "billing"


def modules(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def where(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def name_of_call(node: ast.AST) -> str | None:
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return node.func.id
    return node.func.attr if isinstance(node.func, ast.Attribute) else None


def test_enough_of_the_house_is_seen_for_these_tests_to_mean_something() -> None:
    assert len(modules(BILLING)) >= 20
    assert len(modules(HOUSE)) >= 30
    assert len(templates()) >= 3


# --- the core ---


def imports_of(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Every module that a file imports, by its full name; a relative import is resolved."""
    package = [*path.relative_to(ROOT).parent.parts]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            yield ".".join([*above, *([node.module] if node.module else [])]), node


def test_the_core_imports_the_standard_library_only() -> None:
    strangers = [
        f"{where(path, node)} imports {name}"
        for path in modules(BILLING)
        for name, node in imports_of(path)
        if name.split(".")[0] not in sys.stdlib_module_names and not f"{name}.".startswith("cds_service.billing.")
    ]
    assert strangers == []


def test_the_core_opens_no_file_and_reads_no_clock() -> None:
    doors = {"open", "now", "utcnow", "today", "monotonic", "getenv", "read_text", "read_bytes", "urlopen"}
    world = {"os", "pathlib", "socket", "subprocess", "time", "urllib.request", "http.client", "logging", "random"}
    calls = [
        f"{where(path, node)} calls {name_of_call(node)}()"
        for path in modules(BILLING)
        for node in ast.walk(tree(path))
        if name_of_call(node) in doors
    ]
    imports = [
        f"{where(path, node)} imports {name}"
        for path in modules(BILLING)
        for name, node in imports_of(path)
        if name in world
    ]
    assert calls + imports == []


QUESTIONS = [path for path in modules(BILLING / "questions") if not path.name.startswith("_")]


def test_every_question_of_the_first_edition_is_there() -> None:
    assert len(QUESTIONS) >= 15


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_a_question_s_docstring_asks_something(path: Path) -> None:
    docstring = ast.get_docstring(tree(path)) or ""
    first_paragraph = docstring.split("\n\n")[0].strip()
    assert first_paragraph.endswith("?"), f"{path.stem} begins: {first_paragraph!r}"


# --- law is content ---

# 2019-01-01 in any string, and date(2019, …) or datetime(2019, …) in any call. Docstrings may tell of a date.
LAW_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)")
FIRST_YEAR, LAST_YEAR = 1900, 2099


def docstrings_of(module: ast.Module) -> set[int]:
    """The nodes of docstrings, and of other bare strings, which Python throws away."""
    return {
        id(node.value)
        for node in ast.walk(module)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def dates_of_law(path: Path) -> Iterator[str]:
    module = tree(path)
    told = docstrings_of(module)
    for node in ast.walk(module):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield from (f"{where(path, node)} has {found}" for found in LAW_DATE.findall(node.value))
        elif (
            name_of_call(node) in {"date", "datetime"}
            and isinstance(node, ast.Call)
            and node.args
            and isinstance(node.args[0], ast.Constant)
            and isinstance(node.args[0].value, int)
            and FIRST_YEAR <= node.args[0].value <= LAST_YEAR
        ):
            yield f"{where(path, node)} has {ast.unparse(node)}"


def test_no_date_of_law_stands_in_python() -> None:
    assert [found for path in modules(HOUSE) for found in dates_of_law(path)] == []


# --- names ---

EMPTY_WORDS = re.compile(r"(?:Manager|Handler|Helper|Helpers|Util|Utils|Base)$")


def test_no_class_has_a_name_that_says_nothing() -> None:
    empty = [
        f"{where(path, node)} {node.name}"
        for path in modules(HOUSE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and EMPTY_WORDS.search(node.name)
    ]
    assert empty == []


def test_only_the_command_prints() -> None:
    printed = [
        where(path, node)
        for path in modules(HOUSE)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
        if path.relative_to(HOUSE).parts[0] not in {"cli.py", "cli"}
    ]
    assert printed == []


# --- settings ---


def test_every_setting_stands_in_env_example_and_nothing_else_does() -> None:
    text = (ROOT / "deploy" / "env.example").read_text(encoding="utf-8")
    shown = re.findall(r"^#?\s*(SIGNOFF_[A-Z0-9_]+)=", text, flags=re.MULTILINE)
    assert len(shown) == len(set(shown)), "a setting stands twice in deploy/env.example"
    assert set(shown) == set(NAMES)
    assert len(shown) >= 3


# --- pages ---


def templates() -> list[Path]:
    return sorted(path for path in (HOUSE / "web" / "templates").rglob("*") if path.is_file())


FORBIDDEN_IN_TEMPLATES = {
    "unescaped text": re.compile(r"\|\s*safe\b|\bMarkup\(|\{%-?\s*autoescape\s+false", re.IGNORECASE),
    "an inline handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=", re.IGNORECASE),
    "an inline style": re.compile(r"<style\b|<[a-z][^>]*\sstyle\s*=", re.IGNORECASE),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc\s*=)|javascript:", re.IGNORECASE),
    "something from another host": re.compile(
        r"""<(?:script|link|img|iframe)\b[^>]*\s(?:src|href)\s*=\s*["']?(?:https?:)?//""", re.IGNORECASE
    ),
}


@pytest.mark.parametrize("forbidden", FORBIDDEN_IN_TEMPLATES)
def test_no_template_has(forbidden: str) -> None:
    pattern = FORBIDDEN_IN_TEMPLATES[forbidden]
    found = [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1} {match.group()!r}"
        for path in templates()
        for text in [path.read_text(encoding="utf-8")]
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_python_marks_no_text_as_safe() -> None:
    """One place may: where the demo has cleaned the Markdown of a card with nh3, in the same expression."""
    marked = [
        f"{where(path, node)} {ast.unparse(node)}"
        for path in modules(HOUSE)
        for node in ast.walk(tree(path))
        if name_of_call(node) in {"Markup", "render_template_string"} and "nh3.clean(" not in ast.unparse(node)
    ]
    assert marked == []


# --- what is installed ---


def test_the_licence_stands_in_the_repository_and_in_the_package() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock", "requirements-build.lock"])
def test_a_lock_pins_every_package_with_its_hashes_and_names_no_host(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    pins = re.split(r"\n(?=[a-z])", text.split("\n", 2)[2])
    assert len(pins) >= 5
    assert [pin.splitlines()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []
    assert "://" not in text


def test_the_locks_agree() -> None:
    def versions(lock: str) -> dict[str, str]:
        text = (ROOT / lock).read_text(encoding="utf-8")
        return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text, flags=re.MULTILINE))

    everything = versions("requirements-dev.lock")
    assert versions("requirements.lock").items() <= everything.items()
    assert versions("requirements-build.lock").items() <= everything.items()


def test_what_runs_here_is_no_older_than_its_floor() -> None:
    """The floors in pyproject.toml are where known holes were closed; a stray older package would open them again."""
    needs = [Requirement(line) for line in requires("signoff-cds") or []]
    old = [
        f"{need.name} {version(need.name)} is not {need.specifier}"
        for need in needs
        if need.marker is None and not need.specifier.contains(version(need.name), prereleases=True)
    ]
    assert old == []
    assert {"flask", "orjson", "urllib3", "werkzeug"} <= {need.name for need in needs}
