from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.content.importing.relative_values import DAYS
from cds_service.content.tables import load_tables

from .cms import Value, contents, import_into, loaded, relative_values

cents = st.integers(0, 99_999).map(lambda n: f"{n / 100:.2f}")
codes = st.from_regex(r"[0-9A-Z][0-9]{3}[0-9A-Z]", fullmatch=True)
values = st.builds(
    Value,
    code=codes,
    work=cents,
    nonfacility_pe=cents,
    facility_pe=cents,
    malpractice=cents,
    status=st.sampled_from("ABCIJMNRTX"),
    modifier=st.sampled_from(["", "", "", "26", "TC", "53"]),
    days=st.sampled_from(sorted(DAYS)),
    nonfacility_na=st.sampled_from(["", "NA"]),
    facility_na=st.sampled_from(["", "NA"]),
)
files = st.lists(values, min_size=1, max_size=20, unique_by=lambda v: (v.code, v.modifier))


@given(files, st.sampled_from([2025, 2026, 2031]))
@settings(deadline=None, max_examples=40)
def test_every_number_of_a_file_is_in_the_tables_and_no_other(rows: list[Value], year: int) -> None:
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "tables").mkdir()
        file = folder / f"PPRRVU{year}_Jul_nonQPP.csv"
        file.write_text(relative_values(rows, year, released=f"06/30/{year}"), newline="")
        import_into(folder, file)
        once = contents(folder)
        import_into(folder, file)
        assert contents(folder) == once
        prices = {(r.code, r.modifier or ""): r for r in loaded(folder, "prices")}
        assert set(prices) == {(v.code, v.modifier) for v in rows}
        for value in rows:
            row = prices[value.code, value.modifier]
            numbers = (row.work, row.nonfacility_pe, row.facility_pe, row.malpractice)
            assert numbers == tuple(
                map(Decimal, (value.work, value.nonfacility_pe, value.facility_pe, value.malpractice))
            )
            said = {("", ""): None, ("NA", ""): "nonfacility", ("", "NA"): "facility", ("NA", "NA"): "both"}
            assert (row.status, row.na) == (value.status, said[value.nonfacility_na, value.facility_na])
        days = {r.code: r.days for r in loaded(folder, "global_days")}
        assert days == {v.code: DAYS[v.days] for v in rows if not v.modifier}
        tables = load_tables(folder, [])
        on = next(iter(prices.values())).start
        for value in rows:
            found = tables.price(value.code, on, value.modifier or None)
            assert found == prices[value.code, value.modifier]
            assert all(r.modifier is None for r in tables.prices.get(value.code, ()))
