"""Files of CMS as rows of our tables: `signoff content import`.

A file is read whole and checked whole; what it says is laid over what is loaded; and only if nothing is wrong anywhere
are the tables written, all of them at once. Numbers are taken, and never a description: those of CPT codes belong to
the AMA. A kind of file is a module that tells it by its beginning and makes a Delivery of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from cds_service.billing.tables import ConversionRow, Dated
from cds_service.errors import ContentError

from . import folder
from .cost_indices import is_cost_indices, read_cost_indices
from .delivery import Asked, Delivery
from .layers import Change, Layers, Overlap, lay
from .relative_values import is_relative_values, read_relative_values
from .source import Source, read_sources
from .summary import Imported, differences
from .table import TABLES, Table
from .zip_codes import is_zip_codes, read_zip_codes

__all__ = ["Asked", "Imported", "import_file"]

KINDS = "a relative value file (PPRRVU….csv), cost indices (GPCI….csv), ZIP codes (ZIP5….txt), or a ZIP archive of them"

TOLD = 20
"""How many problems of one import are told one by one."""


def import_file(path: Path, root: Path, asked: Asked) -> Imported:
    """Read a file of CMS into the tables of the content folder `root`.

    Raises ContentError with what is wrong, each with its file and line, and has then changed nothing.
    """
    sources = read_sources(path)
    known = [source for source in sources if _is_known(source)]
    if not known:
        names = [source.name for source in sources]
        held = f" (in it: {', '.join(names) or 'no csv or txt'})" if names != [path.name] else ""
        raise ContentError([f"{path.name}: is no file that can be imported{held}; expected {KINDS}"])
    tables = root / "tables"
    with folder.held(tables):
        loaded = {name: folder.read(tables, table) for name, table in TABLES.items()}
        problems: list[str] = []
        deliveries = [d for source in known if (d := _delivery(source, asked, loaded, problems))]
        _refuse(problems)
        layers = _layers(deliveries, loaded, problems)
        _refuse(problems)
        texts = {layer.table.name: layer.table.written(layer.rows) for layer in layers if layer.altered}
        if texts:
            folder.write(tables, texts)
    passed_over = tuple(source.name for source in sources if source not in known)
    titles = tuple(f"{s.name}: {d.title}" for s, d in zip(known, deliveries, strict=True))
    return Imported(titles, passed_over, tuple(layers), tables)


def _is_known(source: Source) -> bool:
    head = source.head
    return is_relative_values(head) or is_cost_indices(head) or is_zip_codes(head)


def _delivery(
    source: Source, asked: Asked, loaded: Mapping[str, Sequence[Dated]], problems: list[str]
) -> Delivery | None:
    if is_relative_values(source.head):
        factors = [row for row in loaded["conversion_factors"] if isinstance(row, ConversionRow)]
        return read_relative_values(source, asked, factors, problems)
    if is_cost_indices(source.head):
        return read_cost_indices(source, asked, problems)
    return read_zip_codes(source, asked, problems)


def _layers(deliveries: Sequence[Delivery], loaded: Mapping[str, Sequence[Dated]], problems: list[str]) -> list[Layers]:
    """Lay the rows of all files, table by table, over what is loaded; files of one archive must agree."""
    new: dict[str, dict[tuple[object, ...], Dated]] = defaultdict(dict)
    for delivery in deliveries:
        for name, rows in delivery.rows.items():
            table = TABLES[name]
            for row in rows:
                earlier = new[name].setdefault(table.key_of(row), row)
                if earlier.start != row.start:
                    problems.append(f"{table.named(row)}: two files are of other days; expected them one by one")
                elif table.values_of(earlier) != table.values_of(row):
                    problems.append(f"{table.named(row)}: two files differ: {differences(table, Change(earlier, row))}")
    layers: list[Layers] = []
    for name, rows_by_key in new.items():
        laid, overlaps = lay(TABLES[name], loaded[name], rows_by_key.values())
        layers.append(laid)
        problems.extend(_overlapping(TABLES[name], overlap) for overlap in overlaps)
    return layers


def _overlapping(table: Table, overlap: Overlap) -> str:
    old, new = overlap.old, overlap.new
    told = differences(table, Change(old, new))
    days = f"from {old.start}" + (f" until {old.until}" if old.until else "")
    remedy = f"--until the day before {old.start}" if old.start > new.start else f"--from a day after {old.start}"
    return (
        f"{table.file}: {table.named(new)} is loaded {days} with other numbers ({told}); "
        f"expected {remedy}, or that row taken out first"
    )


def _refuse(problems: list[str]) -> None:
    if problems:
        more = len(problems) - TOLD
        rest = [f"and {more:,} more"] if more > 0 else []
        raise ContentError([*problems[:TOLD], *rest, "nothing was changed"])
