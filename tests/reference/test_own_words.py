"""The reference is in our own words: no run of five words of a CPT descriptor, none of eight of a source document.

Neither text may be here, so the runs stand as the first digits of their SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CARDS = Path(str(files("cards")))
TEXTS = [*sorted((CARDS / "reference").glob("*.yaml")), CARDS / "reference.yaml", CARDS / "ERRATA.md"]
RUNS = [("cpt_five_words.txt", 5), ("sources_eight_words.txt", 8)]


def runs(text: str, length: int) -> Iterator[str]:
    words = re.findall(r"[a-z0-9]+", text.lower())
    for first in range(len(words) - length + 1):
        yield " ".join(words[first : first + length])


def digest(run: str) -> str:
    return hashlib.sha256(run.encode()).hexdigest()[:8]


def test_the_lists_hold_digests_of_whole_documents() -> None:
    sizes = [len((HERE / name).read_text(encoding="utf-8").split()) for name, _ in RUNS]
    assert sizes == [216, 5216]
    # A run that CPT and its readers both use, so that the list is known to work:
    assert digest("for an established patient for") in (HERE / RUNS[0][0]).read_text(encoding="utf-8").split()


@pytest.mark.parametrize(("name", "length"), RUNS)
@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_no_words_of_others(path: Path, name: str, length: int) -> None:
    theirs = set((HERE / name).read_text(encoding="utf-8").split())
    text = re.sub(r"^sources:.*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert [run for run in runs(text, length) if digest(run) in theirs] == []
