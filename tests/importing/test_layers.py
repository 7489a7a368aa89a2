from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.billing.tables import GlobalDaysRow
from cds_service.content.importing.layers import lay
from cds_service.content.importing.table import TABLES

TABLE = TABLES["global_days"]


def day(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


def row(start: str, until: str | None, days: int = 0, code: str = "10060") -> GlobalDaysRow:
    return GlobalDaysRow(day(start), day(until) if until else None, code, days)


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        ([], row("01-01", "12-31"), [row("01-01", "12-31")]),
        ([row("01-01", None)], row("07-01", "12-31"), [row("01-01", None)]),
        ([row("01-01", "06-30")], row("07-01", "12-31"), [row("01-01", "06-30"), row("07-01", "12-31")]),
        ([row("04-01", "06-30")], row("01-01", "12-31"), [row("01-01", "12-31")]),
        ([row("01-01", "08-31")], row("07-01", "12-31"), [row("01-01", "12-31")]),
        ([row("01-01", "12-31", 10)], row("07-01", "12-31"), [row("01-01", "06-30", 10), row("07-01", "12-31")]),
        ([row("01-01", None, 10)], row("07-01", None), [row("01-01", "06-30", 10), row("07-01", None)]),
        ([row("01-01", None, 10, "11040")], row("07-01", None), [row("07-01", None), row("01-01", None, 10, "11040")]),
    ],
)
def test_what_is_the_same_stays_and_what_changes_is_closed(
    old: list[GlobalDaysRow], new: GlobalDaysRow, after: list[GlobalDaysRow]
) -> None:
    layers, overlaps = lay(TABLE, old, [new])
    assert not overlaps
    assert list(layers.rows) == after
    assert layers.altered == (after != old)


@pytest.mark.parametrize(
    "old",
    [row("07-01", "12-31", 10), row("09-01", None, 10), row("08-01", "08-31", 10), row("12-31", None, 10)],
)
def test_other_numbers_that_begin_within_the_new_days_are_an_overlap(old: GlobalDaysRow) -> None:
    _, overlaps = lay(TABLE, [old], [row("07-01", "12-31")])
    assert [o.old for o in overlaps] == [old]


def test_other_numbers_for_days_after_the_new_ones_are_an_overlap() -> None:
    _, overlaps = lay(TABLE, [row("01-01", "12-31", 10)], [row("07-01", "09-30")])
    assert len(overlaps) == 1


def test_new_changed_same_and_silent_are_counted() -> None:
    old = [row("01-01", "06-30", 10), row("01-01", None, 0, "11040"), row("01-01", None, 0, "11050")]
    new = [row("07-01", None, 90), row("07-01", None, 0, "11040"), row("07-01", None, 0, "11060")]
    layers, _ = lay(TABLE, old, new)
    changed = [(c.before, c.after) for c in layers.changed]
    assert (layers.new, changed, layers.same, layers.silent) == (1, [(old[0], new[0])], 1, 1)


days = st.dates(date(2026, 1, 1), date(2026, 2, 10))
spans = st.tuples(days, st.one_of(st.none(), st.integers(0, 30)))
rows = st.builds(
    lambda span, value: GlobalDaysRow(
        span[0], None if span[1] is None else span[0] + timedelta(span[1]), "10060", value
    ),
    spans,
    st.integers(0, 2),
)


@given(st.lists(rows, max_size=8))
def test_whatever_is_laid_one_after_another_no_day_has_two_rows(new: list[GlobalDaysRow]) -> None:
    loaded: tuple[GlobalDaysRow, ...] = ()
    for one in new:
        before = loaded
        layers, overlaps = lay(TABLE, before, [one])
        if overlaps:
            continue
        loaded = tuple(r for r in layers.rows if isinstance(r, GlobalDaysRow))
        for n in range(45):
            on = date(2026, 1, 1) + timedelta(n)
            here = [r.days for r in loaded if r.covers(on)]
            assert len(here) <= 1, "two rows for one day"
            if one.covers(on):
                assert here == [one.days], "the new row is heard on all of its days"
            elif on < one.start:
                assert here == [r.days for r in before if r.covers(on)], "what was before stays"
        again, _ = lay(TABLE, loaded, [one])
        assert not again.altered
        assert again.rows == loaded
        assert all(a == b or not (a.covers(b.start) or b.covers(a.start)) for a, b in combinations(loaded, 2))
