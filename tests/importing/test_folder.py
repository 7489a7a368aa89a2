from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from cds_service.content.importing import folder as writing
from cds_service.errors import ContentError

from .cms import GPCI, NONQPP, contents, import_into, refused


def test_a_table_that_is_wrong_already_is_told_and_left_alone(shipped: Path) -> None:
    prices = shipped / "tables" / "prices.csv"
    prices.write_text(prices.read_text().replace("G2010,,A,0.18", "G2010,,A,a lot", 1))
    assert any("tables/prices.csv:" in p and "a number" in p for p in refused(shipped, NONQPP))


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="expected a content folder"):
        import_into(tmp_path, GPCI)


@pytest.mark.parametrize("failing", ["prices.csv", "global_days.csv", "conversion_factors.csv"])
def test_if_one_table_cannot_be_put_in_place_all_are_as_before(
    failing: str, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shipped / "tables" / "conversion_factors.csv").unlink()
    replace = Path.replace

    def fail_once(self: Path, target: Any) -> Path:
        if self.name == failing:
            raise OSError(28, "No space left on device")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fail_once)
    assert any("No space left on device; nothing was changed" in p for p in refused(shipped, NONQPP))


def test_if_the_disk_is_full_while_writing_all_is_as_before(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert any("No space left on device" in p for p in refused(shipped, NONQPP))


def test_what_could_not_be_read_again_is_never_put_in_place(shipped: Path) -> None:
    before = contents(shipped)
    with pytest.raises(ContentError, match="a whole number"):
        writing.write(shipped / "tables", {"prices": "code,status\n", "global_days": "code,days,from,until\n1,x,,\n"})
    assert contents(shipped) == before


def test_two_imports_at_once_do_not_write_over_each_other(shipped: Path) -> None:
    handle = os.open(shipped / "tables", os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        assert any("another import is under way" in p for p in refused(shipped, NONQPP))
    finally:
        os.close(handle)
    import_into(shipped, NONQPP)


def test_a_table_keeps_its_permissions_and_nothing_is_left_beside_it(shipped: Path) -> None:
    prices = shipped / "tables" / "prices.csv"
    prices.chmod(0o640)
    import_into(shipped, NONQPP)
    assert prices.stat().st_mode & 0o777 == 0o640
    assert {p.suffix for p in (shipped / "tables").iterdir()} == {".csv"}


def test_a_table_that_is_a_link_stays_one(shipped: Path, tmp_path: Path) -> None:
    prices, elsewhere = shipped / "tables" / "prices.csv", tmp_path / "elsewhere.csv"
    prices.rename(elsewhere)
    prices.symlink_to(elsewhere)
    import_into(shipped, NONQPP)
    assert prices.is_symlink()
    assert "73000" in elsewhere.read_text()
