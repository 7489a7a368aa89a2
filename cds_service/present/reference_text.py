"""The code reference for a terminal: plain lines, no wider than they must be."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from cds_service.prose import Reference

from .reference import Catalogue, CodePage

WIDTH = 100


def catalogue_lines(found: Catalogue) -> Iterator[str]:
    """Yield the list, one code a line."""
    for group, listed in found.groups:
        yield f"{group}"
        for one in listed:
            own = f" ({one.own})" if one.own else ""
            yield f"  {one.code}  {one.title}{own} - {one.says}"


def page_lines(page: CodePage, reference: Reference) -> Iterator[str]:
    """Yield what a biller asks first: what it is, who, what it asks, what it pays, who pays."""
    own = f" ({page.own})" if page.own else ""
    yield f"{page.code}  {page.title}{own}"
    yield f"{page.life}; on {page.on.isoformat()}, edition {page.edition}"
    if page.instead:
        yield f"Instead: {', '.join(page.instead)}"
    if not page.judged:
        yield from _wrapped(reference.page.not_judged)
    entry = page.entry
    if entry is None:
        yield from _wrapped(reference.page.no_words)
    else:
        for text in entry.plain:
            yield from _wrapped(text)
        yield "Who may report it"
        yield from _wrapped(entry.who.may, "  ")
        yield from _wrapped(f"Not: {entry.who.may_not}", "  ")
    if page.asks:
        yield f"What Medicare asks on {page.asked_on.isoformat()}"
        for asked in page.asks:
            yield from _wrapped(f"{asked.title}: {asked.says} [{asked.cite}; {asked.confidence}]", "  ", "    ")
    yield from _price(page)
    if page.payers:
        yield "Who pays"
        for payer in page.payers:
            yield from _wrapped(f"{payer.title}: {payer.says}", "  ", "    ")


def _price(page: CodePage) -> Iterator[str]:
    for units in page.units:
        yield (
            f"Units of {units.start.year}: work {units.work}, practice expense {units.nonfacility_pe} / "
            f"{units.facility_pe}, malpractice {units.malpractice}; in all {units.nonfacility} nonfacility, "
            f"{units.facility} facility; status {units.status}"
        )
    paid = page.payments
    if paid is None:
        yield from _wrapped(page.unpaid)
    else:
        qp = "QP" if paid.qualifying_apm else "not QP"
        if paid.chosen:
            where = f"{paid.chosen.state} {paid.chosen.locality} {paid.chosen.name}"
            yield (
                f"Medicare allows in {where}, {paid.year}, {qp}: ${paid.chosen.nonfacility} nonfacility, "
                f"${paid.chosen.facility} facility"
            )
        low, high = paid.lowest, paid.highest
        yield (
            f"{paid.setting.capitalize()}: lowest ${paid.amount(low)} in {low.state} {low.locality}, highest "
            f"${paid.amount(high)} in {high.state} {high.locality}, national ${paid.national}"
        )
    rank = page.rank
    if rank is not None:
        yield (
            f"Work {rank.work}: percentile {rank.percentile} of {rank.count} G codes of {rank.year}, "
            f"{rank.against_median} ({rank.median}); highest {rank.highest} ({rank.highest_code})"
        )


def _wrapped(text: str, first: str = "", rest: str = "") -> Iterator[str]:
    yield from wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest or first)
