"""YAML read as text only, each value with its line.

YAML 1.1 would turn place of service `02` into 2, a CPT code into an octal number and a key `on` into true; here a
scalar is the text that was written, and what it means is for the reader to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from cds_service.errors import ContentError


@dataclass(frozen=True, slots=True)
class Node:
    """A value with the file and line where it stands: text, a list of nodes, or a mapping of text to nodes."""

    value: str | tuple[Node, ...] | Mapping[str, Node]
    where: str
    """`file:line`, for errors."""

    @property
    def text(self) -> str | None:
        return self.value if isinstance(self.value, str) else None

    @property
    def items(self) -> tuple[Node, ...]:
        return self.value if isinstance(self.value, tuple) else ()

    @property
    def members(self) -> Mapping[str, Node]:
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def shape(self) -> str:
        """Return what stands here in a reader's words."""
        if isinstance(self.value, str):
            return f"'{self.value}'" if self.value else "nothing"
        return "a list" if isinstance(self.value, tuple) else "a group of keys"


_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Composes nodes only, nothing is constructed; the parser in C where it is built, which is ten times as fast."""


def read_yaml(path: Path, name: str | None = None) -> Node:
    """Read a file; `name` is how errors call it. Raises ContentError for what is not YAML, and for a key said twice."""
    shown = name or path.name
    try:
        source = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problem = f"{shown}: cannot be read ({type(error).__name__}); expected a UTF-8 text file"
        raise ContentError([problem]) from error
    return parse_yaml(source, shown)


def parse_yaml(source: str, name: str) -> Node:
    """Parse text; an empty one is an empty text node."""
    loader = _LOADER(source)
    try:
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        here = source.splitlines()[line] if line < len(source.splitlines()) else ""
        tab = "; indent with spaces, not tabs" if "\t" in here else ""
        raise ContentError([f"{name}:{line + 1}: not YAML: {error.problem}{tab}"]) from error
    except yaml.YAMLError as error:
        raise ContentError([f"{name}:1: not YAML ({type(error).__name__})"]) from error
    finally:
        loader.dispose()
    if root is None:
        return Node("", f"{name}:1")
    problems: list[str] = []
    node = _node(root, name, problems, set())
    if problems:
        raise ContentError(problems)
    return node


def _node(node: yaml.Node, name: str, problems: list[str], seen: set[int]) -> Node:
    where = f"{name}:{node.start_mark.line + 1}"
    if id(node) in seen:  # what stands for something written elsewhere is that very node
        problems.append(f"{where}: an alias (*) stands for this; write the value out")
        return Node("", where)
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return Node(node.value, where)
    if isinstance(node, yaml.SequenceNode):
        return Node(tuple(_node(item, name, problems, seen) for item in node.value), where)
    members: dict[str, Node] = {}
    for key, value in _pairs(node):
        line = f"{name}:{key.start_mark.line + 1}"
        if not isinstance(key, yaml.ScalarNode):
            problems.append(f"{line}: a key must be plain text")
        elif key.value in members:
            problems.append(f"{line}: '{key.value}' stands twice here; expected it once")
        else:
            members[key.value] = replace(_node(value, name, problems, seen), where=line)
    return Node(members, where)


def _pairs(node: yaml.Node) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    yield from node.value
