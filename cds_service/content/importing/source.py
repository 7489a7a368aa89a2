"""A file as CMS ships it: its name and its text, alone or out of a ZIP archive."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cds_service.errors import ContentError

LARGEST = 64 * 1024 * 1024
"""Bytes of one file; the largest that CMS ships of the kinds we read has about four million."""

HEAD = 8192
"""Characters that tell what kind of file it is."""


@dataclass(frozen=True, slots=True)
class Source:
    """One text, and the name by which errors call it."""

    name: str
    text: str

    @property
    def head(self) -> str:
        return self.text[:HEAD]

    def at(self, line: int) -> str:
        return f"{self.name}:{line}"

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield the rows of a CSV file with something in them, cells without blanks around, each with its line."""
        reader = csv.reader(io.StringIO(self.text, newline=""))
        try:
            for cells in reader:
                trimmed = [" ".join(cell.split()) for cell in cells]
                if any(cell.strip("\x1a") for cell in trimmed):
                    yield reader.line_num, trimmed
        except csv.Error as error:
            raise ContentError([f"{self.at(reader.line_num)}: not CSV: {error}"]) from error


def read_sources(path: Path) -> tuple[Source, ...]:
    """Read a file, or every text of an archive. Raises ContentError for what holds no text that could be read."""
    try:
        if path.stat().st_size > LARGEST:
            raise ContentError([f"{path}: is larger than any file of CMS that can be read here"])
        raw = path.read_bytes()
    except OSError as error:
        raise ContentError([f"{path}: cannot be read: {error.strerror}"]) from error
    if raw.startswith(b"PK"):
        return _unpacked(path, raw)
    if b"\0" in raw[:HEAD] or raw.startswith(b"%PDF"):
        raise ContentError([f"{path}: is no text; expected a csv or txt file of CMS, or a ZIP archive of them"])
    return (Source(path.name, _decoded(raw)),)


def _unpacked(path: Path, raw: bytes) -> tuple[Source, ...]:
    sources: list[Source] = []
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            if "[Content_Types].xml" in archive.namelist():
                raise ContentError([f"{path}: is a workbook; import the csv that CMS ships beside it"])
            for member in archive.infolist():
                name = member.filename.rpartition("/")[2]
                if name.lower().endswith((".csv", ".txt")) and member.file_size <= LARGEST:
                    sources.append(Source(name, _decoded(archive.read(member))))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError) as error:
        raise ContentError([f"{path}: cannot be unpacked: {error}"]) from error
    return tuple(sources)


def _decoded(raw: bytes) -> str:
    """Return the text; CMS writes UTF-8 or Windows' Latin, and what is neither stands in words that we do not keep."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")
