from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cds_service.cli import main

from .cms import DESCRIPTION, FILES, GPCI, NONQPP, OF_2025, QPP, ZIP5, Value, contents, loaded, relative_values
from .conftest import Written

ALL = (NONQPP, QPP, OF_2025, GPCI, ZIP5)


def run(file: Path, into: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["content", "import", str(file), "--into", str(into), *options])


def archive(path: Path, *files: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for file in files:
            packed.write(file, f"rvu26c/{file.name}")
    return path


def test_it_tells_what_it_took(shipped: Path) -> None:
    result = run(NONQPP, shipped)
    assert result.exit_code == 0
    for said in (
        "relative values of July 2026 (released 2026-06-30), from 2026-07-01 until 2026-12-31",
        "conversion factor 33.4009 outside of qualifying models",
        "prices.csv: 14 new, 0 changed, 31 as loaded",
        "edition.txt",
    ):
        assert said in result.output
    assert DESCRIPTION not in result.output


@pytest.mark.parametrize("file", ALL, ids=lambda f: f.name)
def test_importing_twice_changes_nothing(file: Path, shipped: Path) -> None:
    assert run(file, shipped).exit_code == 0
    once = contents(shipped)
    result = run(file, shipped)
    assert contents(shipped) == once
    assert "nothing to write" in result.output


def test_the_order_of_files_makes_no_difference(shipped: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    for file in ALL:
        run(file, shipped)
    there = contents(shipped)
    (other / "tables").mkdir(parents=True)
    ours = Path(__file__).parents[2] / "cards" / "tables"
    for name in there:
        if (ours / Path(name).name).is_file():
            (other / name).write_bytes((ours / Path(name).name).read_bytes())
    for file in reversed(ALL):
        assert run(file, other).exit_code == 0
    assert contents(other) == {n: b for n, b in there.items() if n != "edition.txt"}


def test_a_changed_value_is_told_and_the_old_one_ends_the_day_before(shipped: Path, written: Written) -> None:
    october = relative_values(
        [Value("G2010", "0.18", "0.21", "0.05", "0.01")], release="October", released="09/29/2026"
    )
    result = run(written(october, "PPRRVU2026_Oct_nonQPP.csv"), shipped)
    assert "prices.csv: 0 new, 1 changed, 0 as loaded; 30 loaded before are not spoken of and stay" in result.output
    assert "  G2010 from 2026-10-01: nonfacility_pe 0.20 → 0.21" in result.output
    rows = [r for r in loaded(shipped, "prices") if r.code == "G2010" and r.start.year == 2026]
    assert [(str(r.nonfacility_pe), str(r.start), str(r.until)) for r in rows] == [
        ("0.20", "2026-01-01", "2026-09-30"), ("0.21", "2026-10-01", "2026-12-31"),
    ]  # fmt: skip


def test_an_earlier_release_does_not_write_over_a_later_one(shipped: Path, written: Written) -> None:
    january = written(
        relative_values([Value("G2010", "0.18", "0.19", "0.05", "0.01")], release="January", released="12/29/2025"),
        "PPRRVU2026_Jan_nonQPP.csv",
    )
    before = contents(shipped)
    result = run(january, shipped)
    assert result.exit_code == 2
    assert "prices.csv: G2010 is loaded from 2026-01-01 until 2026-12-31 with other numbers" in result.output
    assert "nonfacility_pe 0.20 → 0.19" in result.output
    assert contents(shipped) == before


def test_days_that_do_not_overlap_are_the_way_out(folder: Path, written: Written) -> None:
    photo = {name: Value("G2010", "0.18", pe, "0.05", "0.01") for name, pe in (("April", "0.19"), ("July", "0.20"))}
    july = written(relative_values([photo["July"]]), "PPRRVU2026_Jul_nonQPP.csv")
    april = written(
        relative_values([photo["April"]], release="April", released="03/31/2026"), "PPRRVU2026_Apr_nonQPP.csv"
    )
    assert run(july, folder).exit_code == 0
    refused = run(april, folder)
    assert refused.exit_code == 2
    assert "--until the day before 2026-07-01" in refused.output
    assert run(april, folder, "--until", "2026-06-30").exit_code == 0
    assert [str(r.nonfacility_pe) for r in loaded(folder, "prices")] == ["0.19", "0.20"]


def test_an_archive_is_taken_whole(folder: Path, tmp_path: Path) -> None:
    result = run(archive(tmp_path / "rvu26c.zip", NONQPP, QPP, GPCI, FILES / "README.md"), folder)
    assert result.exit_code == 0, result.output
    tables = {"prices.csv", "global_days.csv", "conversion_factors.csv", "localities.csv"}
    assert {p.name for p in (folder / "tables").iterdir()} == tables
    assert len(loaded(folder, "conversion_factors")) == 2


def test_an_archive_with_one_wrong_file_is_refused_whole(folder: Path, tmp_path: Path, written: Written) -> None:
    wrong = written(GPCI.read_text().replace("1.586", "much"), "GPCI2026.csv")
    other = written("a,b\n", "OPPSCAP.csv")
    result = run(archive(tmp_path / "rvu26c.zip", NONQPP, wrong, other), folder)
    assert result.exit_code == 2
    assert "'much' is no MP GPCI" in result.output
    assert not list((folder / "tables").iterdir())


def test_files_of_an_archive_that_contradict_each_other_are_refused(
    folder: Path, tmp_path: Path, written: Written
) -> None:
    other = written(QPP.read_text().replace("0.18,0.20,,0.05,,0.01,0.39", "0.18,0.21,,0.05,,0.01,0.40"), QPP.name)
    result = run(archive(tmp_path / "rvu26c.zip", NONQPP, other), folder)
    assert "G2010: two files differ: nonfacility_pe 0.20 → 0.21" in result.output
    assert not list((folder / "tables").iterdir())


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "is no file that can be imported"),
        (b"code,work\nG2010,0.18\n", "expected a relative value file"),
        (b"%PDF-1.7\n", "is no text"),
        (b"\0\1\2\3", "is no text"),
        (b"PK\3\4 and no archive", "cannot be unpacked"),
        (b"HDR    2026 NATIONAL PHYSICIAN FEE SCHEDULE RELATIVE VALUE FILE JULY RELEASE\n", "PPRRVU"),
    ],
)
def test_anything_else_is_refused_with_what_is_expected(raw: bytes, said: str, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "some_file.csv"
    path.write_bytes(raw)
    result = run(path, folder)
    assert result.exit_code == 2
    assert said in result.output
    assert "Traceback" not in result.output


def test_a_workbook_and_an_archive_of_other_files_are_refused(folder: Path, tmp_path: Path, written: Written) -> None:
    workbook = archive(tmp_path / "book.xlsx", written("x", "[Content_Types].xml"))
    with zipfile.ZipFile(workbook, "w") as packed:
        packed.writestr("[Content_Types].xml", "x")
    assert "is a workbook; import the csv" in run(workbook, folder).output
    assert "(in it: notes.txt)" in run(archive(tmp_path / "a.zip", written("x", "notes.txt")), folder).output
    assert "(in it: no csv or txt)" in run(archive(tmp_path / "b.zip", written("x", "a.pdf")), folder).output


def test_a_date_that_is_none_is_a_wrong_option(folder: Path) -> None:
    assert run(NONQPP, folder, "--from", "1/1/2026").exit_code == 2
