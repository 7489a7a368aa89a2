"""What the code reference shows: the list, and the page of one code, as values for HTML, JSON and text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Literal

from cds_service.billing.fees import CENT, payment
from cds_service.billing.practice import Practice
from cds_service.billing.rulebook import EVERYONE, OWN, Code, Rule, RuleBook
from cds_service.billing.tables import LocalityRow, PriceRow, Tables
from cds_service.prose import Entry, Reference, WorkRow
from cds_service.words import Words

from .dots import DotChart, Named, Point, dot_chart
from .terms import said

PAID = "A"
"""The status of what the fee schedule pays by its relative value units."""
WIDTHS = {"narrow": (344.0, 8.0), "wide": (760.0, 9.0)}
"""Widths of the pictures, with the size of a dot."""
MEDICARE = "medicare"
SELF_PAY = "self-pay"
TAXONOMY = "http://nucc.org/provider-taxonomy"

State = Literal["past", "in force", "coming"]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    code: str
    title: str
    own: str | None
    group: str
    judged: bool
    exists: bool
    says: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The list of codes, narrowed by the words that were searched for."""

    edition: str
    on: date
    words: str
    groups: tuple[tuple[str, tuple[Listed, ...]], ...]

    @property
    def bundles(self) -> list[tuple[str, list[tuple[str, list[Listed]]]]]:
        """The groups, and in each the codes of one title together."""
        return [
            (group, [(title, list(lines)) for title, lines in groupby(listed, key=lambda one: one.title)])
            for group, listed in self.groups
        ]

    @property
    def codes(self) -> tuple[Listed, ...]:
        return tuple(one for _, listed in self.groups for one in listed)


@dataclass(frozen=True, slots=True)
class Version:
    """One rule of the calendar, in words."""

    question: str
    title: str
    asks: str
    says: str
    by: str
    start: date
    until: date | None
    announced: date
    state: State
    changed: str
    stops: bool
    cite: str
    url: str | None
    confidence: str


@dataclass(frozen=True, slots=True)
class Change:
    """What one version of the content changed, for all the questions that it touched."""

    start: date
    until: date | None
    announced: date
    by: str
    says: str
    titles: tuple[str, ...]
    state: State
    cite: str
    url: str | None
    confidence: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A source, and the questions on which it speaks: the footnote of `asks`."""

    number: int
    cite: str
    url: str | None
    confidence: str
    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Units:
    """The relative value units of a span of dates, and the national amounts."""

    start: date
    until: date | None
    status: str
    status_says: str
    work: Decimal
    nonfacility_pe: Decimal
    facility_pe: Decimal
    malpractice: Decimal
    amounts: tuple[Amounts, ...]

    @property
    def nonfacility(self) -> Decimal:
        return self.work + self.nonfacility_pe + self.malpractice

    @property
    def facility(self) -> Decimal:
        return self.work + self.facility_pe + self.malpractice


@dataclass(frozen=True, slots=True)
class Amounts:
    """Dollars at one conversion factor."""

    qualifying_apm: bool
    factor: Decimal
    nonfacility: Decimal
    facility: Decimal


@dataclass(frozen=True, slots=True)
class Paid:
    """What a locality's practices are allowed, in the chosen QP status."""

    key: str
    state: str
    locality: str
    name: str
    nonfacility: Decimal
    facility: Decimal
    chosen: bool


@dataclass(frozen=True, slots=True)
class Payments:
    """The payment by locality on a date, in one setting and QP status."""

    year: int
    setting: str
    qualifying_apm: bool
    chosen: Paid | None
    own: tuple[Amounts, ...]
    """The chosen locality's amounts by QP status."""
    lowest: Paid
    highest: Paid
    national: Decimal
    rows: tuple[Paid, ...]
    pictures: tuple[tuple[str, DotChart], ...]

    def amount(self, row: Paid) -> Decimal:
        return row.facility if self.setting == "facility" else row.nonfacility


@dataclass(frozen=True, slots=True)
class Rank:
    """Where the code's work stands among the G codes of a year."""

    year: int
    work: Decimal
    count: int
    less: int
    same: int
    percentile: int
    median: Decimal
    highest: Decimal
    highest_code: str
    is_among: bool
    pictures: tuple[tuple[str, DotChart], ...]

    @property
    def more(self) -> int:
        return self.count - self.less - self.same

    @property
    def against_median(self) -> str:
        if not self.work or self.work == self.median:
            return "as much as the median" if self.work else "no work at all"
        smaller = self.work < self.median
        times = (self.median / self.work if smaller else self.work / self.median).quantize(
            Decimal("0.1"), ROUND_HALF_UP
        )
        return f"{times} times {'below' if smaller else 'above'} the median"


@dataclass(frozen=True, slots=True)
class PayerSays:
    """What one payer pays, and what it asks differently from everyone."""

    payer: str
    title: str
    says: str
    pays: str
    since: date | None
    cite: str
    url: str | None
    also: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class SpecialtyShown:
    taxonomy: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class RelatedShown:
    """A related code: `title` is empty where we know only its rules."""

    codes: tuple[str, ...]
    title: str
    how: str


@dataclass(frozen=True, slots=True)
class CodePage:
    """All that is known of one code."""

    code: str
    title: str
    own: str | None
    entry: Entry | None
    group: str
    edition: str
    reviewed_until: date
    judged: bool
    on: date
    exists: bool
    life: str
    spans: tuple[tuple[date, date | None], ...]
    instead: tuple[str, ...]
    asked_on: date
    """The day of `asks`: the chosen one, else the nearest day of the code's life."""
    asks: tuple[Version, ...]
    cited: tuple[Cited, ...]
    """The sources of `asks`, each once."""
    changes: tuple[Change, ...]
    """What everyone and Medicare changed, and the payers of which something is known; the oldest first."""
    calendar: tuple[Version, ...]
    units: tuple[Units, ...]
    payments: Payments | None
    unpaid: str
    """Why there are no payments, in words."""
    rank: Rank | None
    payers: tuple[PayerSays, ...]
    specialties: tuple[SpecialtyShown, ...]
    related: tuple[RelatedShown, ...]


# --- the list ---


def catalogue(book: RuleBook, reference: Reference, *, on: date, words: str = "") -> Catalogue:
    """Return all codes that have rules or a text, by group; only those in which every word searched for stands."""
    wanted = words.lower().split()
    codes = sorted({*book.codes, *(c for e in reference.entries for c in e.codes)})
    lines = [_listed(code, book, reference, on) for code in codes]
    found = [line for line in lines if all(w in _searched(line, reference) for w in wanted)]
    groups: list[tuple[str, tuple[Listed, ...]]] = []
    for key, title in reference.page.groups.items():
        inside = tuple(sorted((f for f in found if f.group == key), key=lambda f: _order(f, reference)))
        if inside:
            groups.append((title, inside))
    return Catalogue(book.edition, on, words, tuple(groups))


def _order(line: Listed, reference: Reference) -> tuple[bool, str, str]:
    """What lives comes first; codes of one entry stay together."""
    entry = reference.entry(line.code)
    return not line.exists, entry.name if entry else line.code, line.code


def _listed(code: str, book: RuleBook, reference: Reference, on: date) -> Listed:
    entry = reference.entry(code)
    known = book.codes.get(code)
    exists = known is None or any(life.covers(on) for life in known.lives)
    group = entry.group if entry else list(reference.page.groups)[-1]
    return Listed(
        code=code,
        title=entry.title if entry else "No text is written yet",
        own=entry.codes[code] if entry else None,
        group=group,
        judged=known is not None,
        exists=exists,
        says=_life(known, on) if known else "not yet judged",
    )


def _searched(line: Listed, reference: Reference) -> str:
    entry = reference.entry(line.code)
    parts: list[str] = [line.code, line.title, line.own or "", line.says, reference.page.groups[line.group]]
    if entry:
        parts += [*entry.also_known_as, *entry.plain, entry.example, entry.who.may]
        parts += [text for f in entry.faqs for text in (f.ask, f.answer)]
        parts += [text for d in entry.diagnoses for text in (d.icd10, d.says)]
    return " ".join(parts).lower()


# --- the page ---


def code_page(
    code: str, book: RuleBook, words: Words, reference: Reference, *, on: date, known: date, practice: Practice
) -> CodePage | None:
    """Return the page of a code, or None if nothing is known of it. The practice tells locality, setting and QP."""
    entry, of_book = reference.entry(code), book.codes.get(code)
    if entry is None and of_book is None:
        return None
    exists = of_book is None or of_book.life(on=on, known=known) is not None
    asked_on = _nearest(of_book, on) if of_book else on
    rules = sorted(book.calendar(code), key=lambda r: (r.start, r.announced, r.payer))
    lives = list(of_book.lives) if of_book else []
    heard = book.asked(MEDICARE, code, on=asked_on, known=max(known, asked_on)) if of_book else {}
    asks = tuple(_version(r, words, asked_on) for q, r in heard.items() if q != "exists")
    price = _price(code, on, book.tables)
    payments = _payments(code, on, practice, book.tables) if exists and price and price.status == PAID else None
    refused = "paid" in heard and getattr(heard["paid"].terms, "pays", "") == "no"
    said_of_it = reference.page
    unpaid = (
        said_of_it.gone
        if not exists
        else said_of_it.not_payable
        if refused or (price and price.status != PAID)
        else said_of_it.no_price
    )
    return CodePage(
        code=code,
        title=entry.title if entry else code,
        own=entry.codes[code] if entry else None,
        entry=entry,
        group=reference.page.groups[entry.group] if entry else "",
        edition=book.edition,
        reviewed_until=book.reviewed_until,
        judged=of_book is not None,
        on=on,
        exists=exists,
        life=_life(of_book, on) if of_book else "not yet judged",
        spans=tuple((life.start, life.until) for life in _outer(lives)),
        instead=of_book.instead if of_book and not exists else (),
        asked_on=asked_on,
        asks=asks,
        cited=_cited(asks),
        changes=_changes([*lives, *(r for r in rules if _tells(r))], words, on),
        calendar=tuple(_version(r, words, on) for r in _in_order(rules, book)),
        units=_units(code, book.tables, reference),
        payments=payments,
        unpaid="" if payments else unpaid,
        rank=_rank(code, book.tables, reference.work),
        payers=_payers(code, book, words, reference, asked_on, max(known, asked_on)) if of_book else (),
        specialties=_specialties(entry, book.tables) if entry else (),
        related=_related(entry, reference) if entry else (),
    )


def localities(tables: Tables, on: date) -> tuple[LocalityRow, ...]:
    """Return the localities of a date, by state and number; those of the latest year where the date has none."""
    rows = [row for rows in tables.localities.values() for row in rows]
    fitting = [row for row in rows if row.covers(on)] or [r for r in rows if r.start == max(x.start for x in rows)]
    return tuple(sorted(fitting, key=lambda r: (r.state, r.locality)))


# --- its life and its rules ---


def _outer(lives: Sequence[Rule]) -> list[Rule]:
    """Leave out the versions that lie within another: only the outer ones say when the code lives."""
    return [
        one
        for n, one in enumerate(lives)
        if not any(
            other.start <= one.start
            and (other.until is None or (one.until is not None and one.until <= other.until))
            and (other is not one and (n > m or (other.start, other.until) != (one.start, one.until)))
            for m, other in enumerate(lives)
        )
    ]


def spoken(day: date) -> str:
    """Return a date as `Jan 1, 2019`."""
    return f"{day:%b} {day.day}, {day.year}"


def _life(code: Code, on: date) -> str:
    first = min(life.start for life in code.lives)
    ends = [life.until for life in code.lives]
    last = None if None in ends else max(e for e in ends if e is not None)
    if on < first:
        return f"begins on {spoken(first)}"
    if last is not None and on > last:
        return f"ended on {spoken(last)}"
    return f"since {spoken(first)}" + (f", ends on {spoken(last)}" if last else "")


def _nearest(code: Code, on: date) -> date:
    if any(life.covers(on) for life in code.lives):
        return on
    before = [life.until for life in code.lives if life.until is not None and life.until < on]
    return max(before) if before else min(life.start for life in code.lives)


def _in_order(rules: Iterable[Rule], book: RuleBook) -> list[Rule]:
    order = {question: number for number, question in enumerate(book.questions)}
    return sorted(rules, key=lambda r: (order.get(r.question, len(order)), r.payer, r.start, r.announced))


def _state(rule: Rule, on: date) -> State:
    if rule.start > on:
        return "coming"
    return "in force" if rule.covers(on) else "past"


def _by(payer: str, words: Words) -> str:
    if payer == EVERYONE:
        return "everyone"
    own, name = payer.startswith(OWN), payer.removeprefix(OWN)
    title = words.payers.get(name) or _of_state(name, words)
    return f"the practice, of {title}" if own else title


def _of_state(name: str, words: Words) -> str:
    payer, _, state = name.rpartition("-")
    return f"{words.payers[payer]} of {state}" if payer in words.payers else name


def _version(rule: Rule, words: Words, on: date) -> Version:
    told = words.questions.get(rule.question)
    source = rule.source
    return Version(
        question=rule.question,
        title=told.title if told else rule.question,
        asks=told.asks if told else "",
        says=said(rule),
        by=_by(rule.payer, words),
        start=rule.start,
        until=rule.until,
        announced=rule.announced,
        state=_state(rule, on),
        changed=rule.changed,
        stops=rule.gap == "stop",
        cite=source.cite,
        url=source.url,
        confidence=source.confidence + (", from memory" if source.recalled else ""),
    )


def _tells(rule: Rule) -> bool:
    """Whether a reader learns something: that a payer is silent is told among the payers."""
    return rule.payer in {EVERYONE, MEDICARE} or getattr(rule.terms, "pays", "") != "ask"


def _cited(asks: Sequence[Version]) -> tuple[Cited, ...]:
    told: dict[tuple[str, str | None, str], list[str]] = {}
    for one in asks:
        told.setdefault((one.cite, one.url, one.confidence), []).append(one.question)
    return tuple(Cited(n, *source, tuple(questions)) for n, (source, questions) in enumerate(told.items(), 1))


def _changes(rules: Iterable[Rule], words: Words, on: date) -> tuple[Change, ...]:
    """Return one line for each version of the content, its questions together, the oldest first."""
    grouped: dict[tuple[object, ...], list[Rule]] = {}
    for rule in rules:
        key = (rule.start, rule.until, rule.announced, rule.payer, rule.changed, rule.source.cite)
        grouped.setdefault(key, []).append(rule)
    made = []
    for same in grouped.values():
        one = _version(same[0], words, on)
        titles = tuple(dict.fromkeys(_version(r, words, on).title for r in same if r.question != "exists"))
        state, dates = one.state, (one.start, one.until, one.announced)
        made.append(Change(*dates, one.by, one.changed, titles, state, one.cite, one.url, one.confidence))
    return tuple(sorted(made, key=lambda c: (c.start, c.announced, c.by != "everyone", c.by)))


# --- its price ---


def _price(code: str, on: date, tables: Tables) -> PriceRow | None:
    return next((r for r in tables.prices.get(code, ()) if r.covers(on)), None)


def _dollars(units: Decimal, factor: Decimal) -> Decimal:
    return (units * factor).quantize(CENT, ROUND_HALF_UP)


def _units(code: str, tables: Tables, reference: Reference) -> tuple[Units, ...]:
    made = []
    for row in sorted(tables.prices.get(code, ()), key=lambda r: r.start, reverse=True):
        nonfacility, facility = (
            row.work + row.nonfacility_pe + row.malpractice,
            row.work + row.facility_pe + row.malpractice,
        )
        factors = sorted((c for c in tables.conversions if c.covers(row.start)), key=lambda c: c.qualifying_apm)
        amounts = tuple(
            Amounts(c.qualifying_apm, c.factor, _dollars(nonfacility, c.factor), _dollars(facility, c.factor))
            for c in factors
            if row.status == PAID
        )
        made.append(
            Units(
                row.start,
                row.until,
                row.status,
                reference.page.statuses.get(row.status, ""),
                row.work,
                row.nonfacility_pe,
                row.facility_pe,
                row.malpractice,
                amounts,
            )
        )
    return tuple(made)


def _payments(code: str, on: date, practice: Practice, tables: Tables) -> Payments | None:
    def allowed(
        row: LocalityRow, setting: Literal["nonfacility", "facility"], *, qualifying_apm: bool
    ) -> Decimal | None:
        there = replace(
            practice, state=row.state, locality=row.locality, setting=setting, qualifying_apm=qualifying_apm
        )
        found = payment(code, on, there, tables)
        return found.amount if found else None

    qp = practice.qualifying_apm
    rows: list[Paid] = []
    own: list[Amounts] = []
    for row in (r for rows in tables.localities.values() for r in rows if r.covers(on)):
        nonfacility, facility = (
            allowed(row, "nonfacility", qualifying_apm=qp),
            allowed(row, "facility", qualifying_apm=qp),
        )
        if nonfacility is None or facility is None:
            return None
        chosen = (row.state, row.locality) == (practice.state, practice.locality)
        place = (f"{row.state}-{row.locality}", row.state, row.locality, row.name.strip().rstrip("*").title())
        rows.append(Paid(*place, nonfacility, facility, chosen))
        if chosen:
            for factor in sorted((c for c in tables.conversions if c.covers(on)), key=lambda c: c.qualifying_apm):
                status = factor.qualifying_apm
                pair = (
                    allowed(row, "nonfacility", qualifying_apm=status),
                    allowed(row, "facility", qualifying_apm=status),
                )
                own.append(Amounts(status, factor.factor, pair[0] or Decimal(), pair[1] or Decimal()))
    factors = [c.factor for c in tables.conversions if c.covers(on) and c.qualifying_apm == qp]
    price = _price(code, on, tables)
    if not rows or not factors or price is None:
        return None
    expense = price.facility_pe if practice.setting == "facility" else price.nonfacility_pe
    national = _dollars(price.work + expense + price.malpractice, factors[0])
    by_amount = sorted(rows, key=lambda r: r.facility if practice.setting == "facility" else r.nonfacility)
    chosen_row = next((r for r in rows if r.chosen), None)
    shown = Payments(
        year=on.year,
        setting=practice.setting,
        qualifying_apm=qp,
        chosen=chosen_row,
        own=tuple(own),
        lowest=by_amount[0],
        highest=by_amount[-1],
        national=national,
        rows=tuple(sorted(rows, key=lambda r: (r.state, r.locality))),
        pictures=(),
    )
    points = [
        Point(float(shown.amount(r)), f"{r.state} {r.locality} {r.name}: ${shown.amount(r)}", r.chosen) for r in rows
    ]
    named = [Named("middle", float(national), f"national ${national}")]
    if chosen_row:
        label = f"{chosen_row.state} {chosen_row.locality} ${shown.amount(chosen_row)}"
        named.insert(0, Named("chosen", float(shown.amount(chosen_row)), label))
    pictures = tuple((k, dot_chart(points, named, width=w, size=s, unit="$")) for k, (w, s) in WIDTHS.items())
    return replace(shown, pictures=pictures)


# --- its rank ---


def _rank(code: str, tables: Tables, work: Sequence[WorkRow]) -> Rank | None:
    """Return where the code's work stands among the G codes of the latest year that is here whole.

    Those with status A, above zero, are compared; the percentile is the share with as much work or less.
    """
    if not work:
        return None
    start = max(row.start for row in work)
    rows = [row for row in work if row.start == start]
    among = sorted((row for row in rows if row.status == PAID and row.work > 0), key=lambda r: (r.work, r.code))
    price = _price(code, start, tables)
    own = price.work if price else next((r.work for r in rows if r.code == code), None)
    if own is None or not among:
        return None
    less = sum(r.work < own for r in among)
    same = sum(r.work == own for r in among)
    count = len(among)
    middle = (among[(count - 1) // 2].work + among[count // 2].work) / 2
    share = (Decimal(100 * (less + same)) / count).quantize(Decimal(1), ROUND_HALF_UP)
    is_among = any(r.code == code for r in among)
    points = [Point(float(r.work), f"{r.code}: {r.work}", r.code == code) for r in among]
    named = [Named("middle", float(middle), f"median {middle}")]
    if own > 0:
        named.insert(0, Named("chosen", float(own), f"{code} {own}"))
    pictures = tuple((k, dot_chart(points, named, width=w, size=s * 0.8, log=True)) for k, (w, s) in WIDTHS.items())
    top = among[-1]
    return Rank(start.year, own, count, less, same, int(share), middle, top.work, top.code, is_among, pictures)


# --- who pays, who reports, what is near ---


def _payers(
    code: str, book: RuleBook, words: Words, reference: Reference, on: date, known: date
) -> tuple[PayerSays, ...]:
    voices = dict.fromkeys((*words.payers, *(v.removeprefix(OWN) for v, c, _ in book.rules if c == code and v)))
    made = []
    for payer in voices:
        if payer == "unknown":
            continue
        heard = book.asked(payer, code, on=on, known=known)
        paid = heard.get("paid")
        differs = [r for q, r in heard.items() if r.payer != EVERYONE and q != "paid"]
        also = tuple(_version(r, words, on) for r in differs)
        title = words.payers.get(payer) or _of_state(payer, words)
        if paid is None or paid.payer == EVERYONE:
            silence = reference.page.self_pay if payer == SELF_PAY else reference.page.silence
            made.append(PayerSays(payer, title, silence, "unknown", None, "", None, also))
        else:
            pays = str(getattr(paid.terms, "pays", "ask"))
            says = reference.page.self_pay if payer == SELF_PAY and pays == "ask" else said(paid)
            made.append(PayerSays(payer, title, says, pays, paid.start, paid.source.cite, paid.source.url, also))
    return tuple(made)


def _specialties(entry: Entry, tables: Tables) -> tuple[SpecialtyShown, ...]:
    def name(taxonomy: str) -> str:
        rows = tables.reporters.get((TAXONOMY, taxonomy), ())
        return rows[-1].display if rows else taxonomy

    return tuple(SpecialtyShown(s.taxonomy, name(s.taxonomy), s.why) for s in entry.specialties)


def _related(entry: Entry, reference: Reference) -> tuple[RelatedShown, ...]:
    made = []
    for related in entry.related:
        entries = list(dict.fromkeys(e.title for c in related.codes if (e := reference.entry(c))))
        made.append(RelatedShown(related.codes, entries[0] if len(entries) == 1 else "", related.how))
    return tuple(made)
