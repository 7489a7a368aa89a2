"""The folder `tables/` of the content: read before an import, and written whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cds_service.billing.tables import Dated
from cds_service.content.csv_table import read_table
from cds_service.errors import ContentError

from .table import TABLES, Table


@contextmanager
def held(tables: Path) -> Iterator[None]:
    """Keep every other import out of the folder. Raises ContentError if one is under way, or there is no folder."""
    try:
        handle = os.open(tables, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ContentError([f"{tables}: {error.strerror}; expected a content folder with tables"]) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ContentError([f"{tables}: another import is under way; nothing was changed"]) from error
        yield
    finally:
        os.close(handle)


def read(tables: Path, table: Table) -> tuple[Dated, ...]:
    """Return the rows that are loaded; none where the table is not there yet. Raises ContentError for wrong ones."""
    path = tables / table.file
    if not path.is_file():
        return ()
    problems: list[str] = []
    rows = read_table(path, table.row, problems)
    if problems:
        raise ContentError(problems)
    return rows


def write(tables: Path, texts: Mapping[str, str]) -> None:
    """Write all of the tables or none: they are made ready and read again beside the old ones, then take their places.

    Raises ContentError, with everything as it was, if one cannot be written.
    """
    try:
        with TemporaryDirectory(prefix=".import-", dir=tables) as beside:
            ready = Path(beside)
            for name, text in texts.items():
                _make_ready(ready / f"{name}.csv", tables / f"{name}.csv", text)
            problems: list[str] = []
            for name in texts:
                read_table(ready / f"{name}.csv", TABLES[name].row, problems)
            if problems:
                raise ContentError(problems)
            _exchange(tables, ready, list(texts))
    except OSError as error:
        problem = f"{tables}: cannot be written: {error.strerror or error}; nothing was changed"
        raise ContentError([problem]) from error


def _make_ready(path: Path, old: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if old.is_file():
        shutil.copymode(old, path)
        shutil.copy2(old, path.with_suffix(".old"))
    else:
        path.chmod(0o644)


def _exchange(tables: Path, ready: Path, names: list[str]) -> None:
    exchanged: list[str] = []
    try:
        for name in names:
            (ready / f"{name}.csv").replace((tables / f"{name}.csv").resolve())
            exchanged.append(name)
    except OSError:
        for name in exchanged:
            old, place = ready / f"{name}.old", (tables / f"{name}.csv").resolve()
            if old.is_file():
                old.replace(place)
            else:
                place.unlink()
        raise
