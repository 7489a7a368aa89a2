"""A scenario from a record, and the proof: it is read and judged as the record was, and is as valid as that."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import yaml

from cds_service.billing.rulebook import RuleBook
from cds_service.clients import DEFAULT, Client, load_clients
from cds_service.errors import Issue, RequestError
from cds_service.fhir.bundle import from_bundle
from cds_service.fhir.gathered import Gathered
from cds_service.fhir.loose import Json, many, one, text
from cds_service.fhir.moments import period
from cds_service.fhir.prefetch import from_hook
from cds_service.fhir.review import Review
from cds_service.review import Answered, House, answer

from .chart import cleaned
from .clock import Shift
from .entry import entry_of, holidays_lacking, is_closed_near, says_of_clinicians
from .expected import expected_yaml
from .names import Names
from .same import Sameness

WEEKS = 52
"""The record is shifted by one to so many weeks, either way, drawn by lot."""


@dataclass(frozen=True, slots=True)
class NewScenario:
    """The two files, and what whoever asked for them must know."""

    request: bytes
    expected: str
    notes: tuple[str, ...]

    def write(self, folder: Path) -> None:
        """Write the folder; one that holds a scenario already is left alone."""
        for name in ("request.json", "expected.yaml"):
            if (folder / name).exists():
                raise RequestError(Issue("duplicate", f"there is a scenario in {folder}; give another folder", "--out"))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "request.json").write_bytes(self.request)
        (folder / "expected.yaml").write_text(self.expected, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Record:
    """A document with the client whose it is, the encounter asked for, and the house that judges."""

    document: Json
    client: Client
    encounter: str | None
    house: House

    def gathered(self) -> Gathered:
        if text(self.document, "resourceType") == "Bundle":
            classes, tables = self.client.customs.encounter_classes, self.house.book.tables
            return from_bundle(self.document, self.encounter, classes=classes, tables=tables)
        return from_hook(self.document)

    def answered(self, at: datetime) -> Answered:
        client = self.client
        gathered = self.gathered()
        return answer(gathered, self.house, client.customs, at=at, live=False, quiet_holds=client.quiet_holds)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The record under one shift: the document, its client's entry, and what came out differently."""

    record: _Record
    entry: dict[str, Any]
    names: Names
    shift: Shift
    answers: tuple[tuple[datetime, Answered], ...]
    otherwise_read: tuple[str, ...]
    otherwise_judged: tuple[str, ...]


def new_scenario(
    document: Json,
    client: Client,
    house: House,
    *,
    encounter: str | None = None,
    moments: Sequence[datetime] = (),
    weeks: Sequence[int] | None = None,
) -> NewScenario:
    """Make a scenario of a hook request or a Bundle, judged at these moments or when the record was signed.

    `weeks`: the shifts to try, in this order; else all, by lot. The first is taken under which the rules and holidays
    of the shifted dates judge the record as it was judged; if there is none, one under which it is at least read so.
    """
    named = (encounter or "").removeprefix("Encounter/") or None
    record = _Record(document, client, named, house.laid_over(client.payers))
    gathered = record.gathered()
    review = Review.of(gathered, house.book.tables, client.customs, None)
    on = review.on if review.on != date.max else (moments[0].date() if moments else datetime.now(UTC).date())
    at = tuple(sorted(moments)) or (_signed(review, record),)
    before = tuple((moment, record.answered(moment)) for moment in at)
    tried: list[_Attempt] = []
    closed = is_closed_near(client, Shift(0, review.zone, on))
    for with_closed_days in (False, True) if closed else (False,):
        for number in weeks or _by_lot():
            attempt = _attempt(record, Shift(number, review.zone, on), gathered, before, closed=with_closed_days)
            if not attempt.otherwise_read and not attempt.otherwise_judged:
                return _finished(attempt, document, client)
            tried.append(attempt)
    best = min(tried, key=lambda a: (len(a.otherwise_read), len(a.otherwise_judged)))
    if best.otherwise_read:
        says = f"without its names it is read otherwise ({', '.join(best.otherwise_read)}); nothing was written"
        raise RequestError(Issue("processing", says))
    return _finished(best, document, client)


def _by_lot() -> Iterator[int]:
    numbers = [sign * number for number in range(1, WEEKS + 1) for sign in (1, -1)]
    while numbers:
        yield numbers.pop(secrets.randbelow(len(numbers)))


def _signed(review: Review, record: _Record) -> datetime:
    """Return the last moment that the review itself tells of: its encounter's end, the answer, the interpretation."""
    start, end = period(review.encounter.body, "period", review.zone)
    facts = record.answered(datetime.now(UTC)).facts
    told = [m for m in (start, end) if m]
    if facts is not None:
        told += [f.value for f in (facts.received, facts.answered, facts.signed) if f.value]
        told += [i.dated for i in facts.interpretations if i.dated]
    if not told:
        raise RequestError(Issue("required", "expected a moment, for the record tells none", "--at"))
    last = max(m.last for m in told)
    return (last + timedelta(seconds=59)).replace(second=0, microsecond=0)


def _attempt(
    record: _Record, shift: Shift, gathered: Gathered, before: tuple[tuple[datetime, Answered], ...], *, closed: bool
) -> _Attempt:
    document, names = cleaned(record.document, shift, record.house.book.tables)
    entry = entry_of(record.client, names, shift, closed=closed)
    several = record.encounter is not None or _encounters(record.document) > 1
    named = names.of("id", gathered.encounter) if several and text(document, "resourceType") else None
    new = _Record(document, _client(entry, record.house.book), named, record.house)
    answers = tuple((shift.instant(at), new.answered(shift.instant(at))) for at, _ in before)
    same = Sameness(names, shift)
    pairs = [(old, now) for (_, old), (_, now) in zip(before, answers, strict=True)]
    read = {fact for old, now in pairs for fact in same.otherwise_read(old.facts, now.facts)}
    judged = {what for old, now in pairs for what in same.otherwise_judged(old, now)}
    return _Attempt(new, entry, names, shift, answers, tuple(sorted(read)), tuple(sorted(judged)))


def _encounters(document: Json) -> int:
    return sum(text(one(e, "resource"), "resourceType") == "Encounter" for e in many(document, "entry"))


def _client(entry: dict[str, Any], book: RuleBook) -> Client:
    """Return the client of an entry, as a reader of expected.yaml would have it."""
    if not entry:
        return DEFAULT
    practice = {"time_zone": DEFAULT.customs.practice.zone.key, **entry.get("practice", {})}
    address = "https://ehr.example.org"
    whole = {"issuer": address, "jwks_url": f"{address}/jwks", **entry, "practice": practice}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clients.yaml"
        path.write_text(yaml.safe_dump({"ehr": whole}), encoding="utf-8")
        return load_clients(path, book.payers)["ehr"]


def _finished(attempt: _Attempt, document: Json, client: Client) -> NewScenario:
    from cds_service.fhir.strict import lint  # noqa: PLC0415 - its models take a second to load

    made = attempt.record
    if (problems := lint(made.document)) and not lint(document):
        says = "without its names it is no longer valid FHIR R4B; nothing was written:\n" + "\n".join(problems)
        raise RequestError(Issue("processing", says))
    request = orjson.dumps(made.document, option=orjson.OPT_INDENT_2)
    expected = expected_yaml(
        attempt.answers, made.client.customs.practice.zone, client=attempt.entry, encounter=made.encounter
    )
    return NewScenario(request, expected, tuple(_notes(attempt, client)))


def _notes(attempt: _Attempt, client: Client) -> Iterator[str]:
    entry = attempt.entry
    if attempt.otherwise_judged:
        what = ", ".join(attempt.otherwise_judged)
        yield f"at the shifted dates other rules or holidays hold: not judged as the record was: {what}"
    if keys := says_of_clinicians(client, attempt.names):
        yield f"the client's {', '.join(keys)} name a clinician of this record: `client:` has them by the made-up NPI"
    if any("holidays" in practice for practice in (entry.get("practice", {}), *entry.get("practices", ()))):
        yield "a closed day of the practice is in `client:`: whoever knows it can tell by how much dates were shifted"
    if client.payers is not None:
        yield "the client lays its own payer content over ours: copy it to payers/, and say practice: {payers: payers/}"
    if holidays_lacking(client, attempt.shift):
        yield "the client keeps other public holidays: say practice: {holidays: {country: …}}"
    yield "write the story, the basis and the expectations by hand"
    yield "look it through before you share it: names are gone, but dates are only shifted, and codes are as they were"
