"""One YAML file of `cards/` as nodes, its problems added to the others instead of raised."""

from __future__ import annotations

from pathlib import Path

from cds_service.errors import ContentError

from .text import Node, read_yaml


def read(root: Path, path: Path, problems: list[str]) -> Node | None:
    """Return the file's nodes, or None with its problems added."""
    try:
        return read_yaml(path, str(path.relative_to(root)))
    except ContentError as error:
        problems.extend(error.problems)
        return None


def each(root: Path, folder: str, problems: list[str]) -> list[tuple[str, Node]]:
    """Return name and nodes of every YAML file in a folder, in order of name."""
    read_files = ((path.stem, read(root, path, problems)) for path in sorted((root / folder).glob("*.yaml")))
    return [(name, node) for name, node in read_files if node is not None]
