"""The READMEs are true: their commands run, what they show comes out, and what they link to is there."""

from __future__ import annotations

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from cds_service.clients import load_clients
from cds_service.fhir.strict import lint

from .scenario import FOLDER, NAMES
from .test_scenarios import ASSESSMENT_WORDS, FACT_WORDS

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "cards").glob("*.md"), *FOLDER.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
)
SIGNOFF = Path(sys.executable).with_name("signoff")
DEMO = "http://127.0.0.1:8000"
STARTS_WITHIN = 30
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return language and text of every fenced block."""
    return [(language, text) for language, text in BLOCK.findall(page.read_text(encoding="utf-8"))]


def commands() -> list[str]:
    return [line for language, text in blocks(README) if language == "sh" for line in text.splitlines() if line]


def shown_after(start: str) -> list[tuple[str, Any]]:
    """Return each command that begins so, with the answer that stands in the next block."""
    return [
        (text.strip(), orjson.loads(answer))
        for (language, text), (following, answer) in pairwise(blocks(README))
        if language == "sh" and text.startswith(start) and following == "json"
    ]


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("SIGNOFF_")}


def shows(expected: Any, found: Any, where: str = "") -> list[str]:
    """Return what is shown and does not come out; a README may leave out members, and what follows in a list."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [w for key, value in expected.items() for w in shows(value, found.get(key), f"{where}.{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) <= len(found) and expected:
        return [w for n, value in enumerate(expected) for w in shows(value, found[n], f"{where}[{n}]")]
    return [] if expected == found else [f"{where} is {found}, not {expected}"]


# --- commands ---


def test_every_command_of_the_readme_is_one_that_these_tests_know() -> None:
    known = ("make run", "make test", "curl ", ".venv/bin/signoff check ")
    assert [line for line in commands() if not line.startswith(known)] == []
    assert len(shown_after("curl ")) == 1
    assert len(shown_after(".venv/bin/signoff check ")) >= 2


def test_every_verb_of_make_that_a_page_names_is_in_the_makefile() -> None:
    verbs = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {v for page in PAGES for v in re.findall(r"(?:^|`)make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE)}
    assert {"run", "test"} <= named
    assert named - verbs == set()


@pytest.mark.parametrize(("command", "answer"), shown_after(".venv/bin/signoff check "))
def test_a_check_prints_what_the_readme_shows(command: str, answer: Any) -> None:
    given = [str(SIGNOFF), *shlex.split(command)[1:]]
    done = subprocess.run(given, cwd=ROOT, env=environment(), capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert shows(answer, orjson.loads(done.stdout)) == []


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """`make run` as it serves, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    process = subprocess.Popen([SIGNOFF, "serve", "--port", str(port)], cwd=ROOT, env=environment())
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=40)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < give_up and process.poll() is None:
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    pytest.fail("signoff serve did not get ready")


@pytest.mark.parametrize(("command", "answer"), shown_after("curl "))
def test_the_hook_answers_curl_as_the_readme_shows(command: str, answer: Any, served: str) -> None:
    assert DEMO in command
    given = ["curl", "--noproxy", "*", "--max-time", "30", *shlex.split(command.replace(DEMO, served))[1:]]
    done = subprocess.run(given, cwd=ROOT, env=environment(), capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert shows(answer, orjson.loads(done.stdout)) == []


def test_what_a_readme_shows_is_told_apart_from_what_comes_out() -> None:
    assert shows({"a": [1]}, {"a": [1, 2], "b": 3}) == []
    assert shows({"a": [2]}, {"a": [1, 2]}) == [".a[0] is 1, not 2"]
    assert shows({"a": []}, {"a": [1]}) == [".a is [1], not []"]
    assert shows({"a": 1}, {}) == [".a is None, not 1"]


def test_the_client_file_of_the_readme_is_read(tmp_path: Path) -> None:
    written = next(text for language, text in blocks(README) if language == "yaml")
    path = tmp_path / "clients.yaml"
    path.write_text(written, encoding="utf-8")
    assert "riverside" in load_clients(path)


# --- what is named ---


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    links = LINK.findall(CODE.sub("", page.read_text(encoding="utf-8")))
    broken = [
        link
        for link in links
        if not link.startswith(("https://", "http://", "#", "mailto:"))
        and not (page.parent / link.partition("#")[0]).exists()
    ]
    assert broken == []


def test_links_are_found() -> None:
    assert "docs/demo.png" in LINK.findall(README.read_text(encoding="utf-8"))


PLACES = re.compile(r"`((?:cds_service|cards|fhir_fixtures|tests|bench|deploy|docs)/[\w./-]*)`")


@pytest.mark.parametrize("page", [README, ROOT / "CHANGELOG.md", ROOT / "SECURITY.md"], ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = PLACES.findall(page.read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_readme_tells_of_every_command_and_of_no_other() -> None:
    """`signoff --help` lists them; a group (`content`) is told with its own commands."""
    done = subprocess.run([SIGNOFF, "--help"], env=environment(), capture_output=True, check=True, text=True)
    listed = set(re.findall(r"^  (\w+)  ", done.stdout.partition("Commands:")[2], re.MULTILINE))
    told = set(re.findall(r"^\| `signoff (\w+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert listed
    assert told == listed


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == version


# --- fhir_fixtures/README.md ---


def test_the_scenario_that_the_readme_shows_has_all_words_that_are_read_and_no_other() -> None:
    shown = next(text for language, text in blocks(FOLDER / "README.md") if language == "yaml")
    example = yaml.load(shown, Loader=yaml.BaseLoader)  # noqa: S506 - text only
    assert set(example) == {"story", "basis", "client", "encounter", "facts", "assessments"}
    assert set(example["facts"]) == FACT_WORDS
    assert {word for word in example["assessments"][0] if not word.startswith("G")} == ASSESSMENT_WORDS


@pytest.mark.parametrize("name", NAMES)
def test_every_request_of_a_scenario_is_valid_fhir(name: str) -> None:
    assert lint(orjson.loads((FOLDER / name / "request.json").read_bytes())) == []
