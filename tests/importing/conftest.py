from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .cms import NAMES

Written = Callable[[str, str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder without any tables yet."""
    root = tmp_path / "cards"
    (root / "tables").mkdir(parents=True)
    (root / "edition.txt").write_text("2026.11.1\n")
    return root


@pytest.fixture
def shipped(folder: Path) -> Path:
    """A content folder with the tables that come with the program."""
    ours = Path(__file__).parents[2] / "cards" / "tables"
    for name in NAMES:
        if (ours / f"{name}.csv").is_file():
            (folder / "tables" / f"{name}.csv").write_bytes((ours / f"{name}.csv").read_bytes())
    return folder


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write a file as if it came from CMS, and return where it is."""

    def write(text: str, name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write
