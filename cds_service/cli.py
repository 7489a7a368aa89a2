"""The command `signoff`: the same rooms from a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
import orjson
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cds_service.billing.assessment import Candidate
from cds_service.billing.rulebook import Rule, RuleBook
from cds_service.clients import DEFAULT, Client, load_clients
from cds_service.content import installed, load
from cds_service.errors import CdsError
from cds_service.fhir.bundle import from_bundle
from cds_service.fhir.gathered import Gathered
from cds_service.fhir.loose import Json, one, text
from cds_service.fhir.prefetch import from_hook
from cds_service.present.answer import answer_json
from cds_service.present.gaps import credential_gaps, from_memory, rule_gaps
from cds_service.present.reference import catalogue, code_page, localities
from cds_service.present.reference_text import catalogue_lines, page_lines
from cds_service.present.text import say, when
from cds_service.review import Answered, House, answer, open_house
from cds_service.settings import Settings

P = ParamSpec("P")
R = TypeVar("R")

DAY = click.DateTime(["%Y-%m-%d"])

UNUSABLE = 2
"""The exit code for input or configuration that cannot be used."""


class Unusable(click.ClickException):
    """What was given cannot be used; the message says what to do."""

    exit_code = UNUSABLE


def _told_plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Show our own errors as one message, never as a traceback."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except CdsError as error:
            raise Unusable(str(error)) from error

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="signoff-cds", prog_name="signoff")
def main() -> None:
    """Check asynchronous image reviews against the dated billing rules of G2010, G2250 and their family."""


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; demo binds loopback only.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Processes.")
@_told_plainly
def serve(host: str, port: int, workers: int) -> None:
    """Serve the hooks, and in mode demo the demo EHR at /."""
    from cds_service.web.server import serve as serve_forever  # noqa: PLC0415 - only this command needs the web door

    serve_forever(Settings.from_env(os.environ), host=host, port=port, workers=workers)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--at", "at_text", metavar="T", help="Judge as of this moment (ISO 8601; else of now).")
@click.option("--json", "as_json", is_flag=True, help="Print the machine-readable answer.")
@click.option("--strict", is_flag=True, help="First name every error that FHIR R4B's models find, with its path.")
@click.option("--client", "client_name", metavar="NAME", help="The entry of SIGNOFF_CLIENTS to judge by.")
@click.option("--encounter", metavar="ID", help="The encounter under review, where a Bundle holds several.")
@_told_plainly
def check(
    file: Path, at_text: str | None, client_name: str | None, encounter: str | None, *, as_json: bool, strict: bool
) -> None:
    """Check FILE, a hook request or a Bundle; - reads standard input.

    Exits with 0 if it was answered, with 2 if the input cannot be used.
    """
    document = _document(file)
    house = open_house(Settings.from_env(os.environ).public_url)
    client = _client(client_name, house.book)
    house = house.laid_over(client.payers)
    if strict:
        _lint(document)
    at = _moment(at_text, client) if at_text is not None else datetime.now(UTC)
    gathered = _gathered(document, encounter, client, house.book)
    answered = answer(gathered, house, client.customs, at=at, live=at_text is None, quiet_holds=client.quiet_holds)
    if as_json:
        _print_json(answered, house)
    else:
        _print_answer(answered, house)


@main.command()
@click.argument("code", required=False)
@click.option("--payer", metavar="NAME", help="Only what this payer and everyone ask.")
@click.option("--gaps", is_flag=True, help="What is not known, per payer and state, and what the client file lacks.")
@click.option("--client", "client_name", metavar="NAME", help="The entry of SIGNOFF_CLIENTS, its state and clinicians.")
@_told_plainly
def rules(code: str | None, payer: str | None, client_name: str | None, *, gaps: bool) -> None:
    """Show the calendar of what is asked of a CODE, or of all: from, until, announced, by whom, and the source."""
    house = open_house(Settings.from_env(os.environ).public_url)
    client = _client(client_name, house.book)
    book = house.laid_over(client.payers).book
    if code is not None and code not in book.codes:
        raise Unusable(f"there is no code {code} here; expected one of {', '.join(book.codes)}")
    if payer is not None and payer not in book.payers:
        raise Unusable(f"there is no payer '{payer}' here; expected one of {', '.join(sorted(book.payers))}")
    if gaps:
        _print_gaps(code, payer, book, client, house)
        return
    for name in [code] if code else book.codes:
        _print_calendar(name, payer, book)


@main.command()
@click.argument("code", required=False)
@click.option("--date", "on", metavar="D", type=click.DateTime(["%Y-%m-%d"]), help="The date of service; else today.")
@click.option("--locality", metavar="L", help="The Medicare locality, as NY-01; else the demo's practice.")
@_told_plainly
def codes(code: str | None, on: datetime | None, locality: str | None) -> None:
    """Tell of a CODE what it is, who may report it, what it asks and pays; or list all."""
    loaded, practice = load(), DEFAULT.customs.practice
    today = practice.local(datetime.now(UTC)).date()
    day = on.date() if on else today
    if locality is not None:
        state, _, number = locality.replace(" ", "-").upper().partition("-")
        if (state, number) not in loaded.book.tables.localities:
            known = ", ".join(f"{row.state}-{row.locality}" for row in localities(loaded.book.tables, day))
            raise Unusable(f"--locality: there is no {locality} here; expected one of {known}")
        practice = replace(practice, state=state, locality=number)
    if code is None:
        click.echo("\n".join(catalogue_lines(catalogue(loaded.book, loaded.reference, on=day))))
        return
    told = (loaded.book, loaded.words, loaded.reference)
    page = code_page(code.upper(), *told, on=day, known=today, practice=practice)
    if page is None:
        raise Unusable(f"there is no code {code} here; `signoff codes` lists all")
    click.echo("\n".join(page_lines(page, loaded.reference)))


@main.group()
def content() -> None:
    """Look after the folder of rules, `cards/`."""


@content.command("check")
@click.argument("folder", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@_told_plainly
def content_check(folder: Path | None) -> None:
    """Load the installed content, or FOLDER, and list every mistake in it at once."""
    loaded = load(folder)
    versions = sum(len(v) for v in loaded.book.rules.values())
    click.echo(f"edition {loaded.book.edition}: {len(loaded.book.codes)} codes, {versions} rules, all in order")


@content.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--into",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The content folder to write to; else the installed one.",
)
@click.option("--from", "start", metavar="DATE", type=DAY, help="The first day it speaks of; else that of its release.")
@click.option("--until", metavar="DATE", type=DAY, help="The last day it speaks of; else its year's, or open.")
@_told_plainly
def content_import(file: Path, into: Path | None, start: datetime | None, until: datetime | None) -> None:
    """Read FILE of CMS into the tables: relative values, cost indices, ZIP codes, or a ZIP archive of them.

    It takes all of it or, if anything does not add up, nothing.
    """
    from cds_service.content.importing import Asked, import_file  # noqa: PLC0415 - only this command needs it

    asked = Asked(start.date() if start else None, until.date() if until else None)
    for line in import_file(file, into or installed(), asked).lines():
        click.echo(line)


@main.group()
def scenario() -> None:
    """Make scenarios: the folders of `fhir_fixtures/` that say what the answer must be."""


@scenario.command("new")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--client", "client_name", metavar="NAME", help="The entry of SIGNOFF_CLIENTS whose record it is.")
@click.option("--encounter", metavar="ID", help="The encounter under review, where a Bundle holds several.")
@click.option("--out", metavar="DIR", default="new_scenario", show_default=True, type=click.Path(path_type=Path))
@click.option("--at", "at_texts", metavar="T", multiple=True, help="A moment to judge at; else when it was signed.")
@_told_plainly
def scenario_new(
    file: Path, client_name: str | None, encounter: str | None, out: Path, at_texts: tuple[str, ...]
) -> None:
    """Make a scenario of FILE, a real hook request or Bundle, that names nobody and is read as FILE is.

    Ids, names and free text are replaced and dates shifted; facts are filled in, expectations left blank.
    """
    from cds_service.scenario.new import new_scenario  # noqa: PLC0415 - only this command makes scenarios

    document = _document(file)
    house = open_house(Settings.from_env(os.environ).public_url)
    client = _client(client_name, house.book)
    _gathered(document, encounter, client, house.book)  # says what is wrong with the input
    moments = [_moment(given, client) for given in at_texts]
    made = new_scenario(document, client, house, encounter=encounter, moments=moments)
    made.write(out)
    click.echo(str(out))
    for note in made.notes:
        click.echo(note, err=True)


# --- what is read ---


def _document(file: Path) -> Json:
    try:
        source = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise Unusable(f"{file}: cannot be read: {error.strerror}; expected a file of JSON") from error
    try:
        document = orjson.loads(source)
    except orjson.JSONDecodeError as error:
        raise Unusable(f"{file}:{error.lineno}: not JSON: expected a hook request or a Bundle in UTF-8") from error
    if not isinstance(document, dict):
        raise Unusable(f"{file}: expected a JSON object, a hook request or a Bundle")
    return document


def _gathered(document: Json, encounter: str | None, client: Client, book: RuleBook) -> Gathered:
    kind = text(document, "resourceType")
    if kind == "Bundle":
        return from_bundle(document, encounter, classes=client.customs.encounter_classes, tables=book.tables)
    if kind is not None or "hook" not in document:
        raise Unusable("expected a hook request (an object with 'hook' and 'context') or a FHIR Bundle")
    told = text(one(document, "context"), "encounterId")
    if encounter is not None and encounter != told:
        raise Unusable("--encounter: a hook request names its own encounter in context.encounterId; leave it out")
    return from_hook(document)


def _client(name: str | None, book: RuleBook) -> Client:
    if name is None:
        return DEFAULT
    path = Settings.from_env(os.environ).clients
    if path is None:
        raise Unusable("--client: set SIGNOFF_CLIENTS to the client file first")
    clients = load_clients(path, book.payers)
    if name not in clients:
        raise Unusable(f"--client: there is no '{name}' in {path}; expected one of {', '.join(clients)}")
    return clients[name]


def _moment(given: str, client: Client) -> datetime:
    try:
        at = datetime.fromisoformat(given)
    except ValueError:
        at = None
    if at is None or len(given) <= len("yyyy-mm-dd"):
        raise Unusable("--at: expected a date and time, as YYYY-MM-DDThh:mm, with or without a zone as -05:00")
    return at if at.tzinfo else at.replace(tzinfo=client.customs.practice.zone)


def _lint(document: Json) -> None:
    from cds_service.fhir.strict import lint  # noqa: PLC0415 - its models take a second to load

    problems = lint(document)
    if problems:
        raise Unusable("not valid FHIR R4B:\n" + "\n".join(problems))
    click.echo("valid FHIR R4B", err=True)


# --- what is printed ---


def _print_json(answered: Answered, house: House) -> None:
    printed: dict[str, object] = {}
    if answered.assessment is not None and answered.facts is not None:
        printed["assessment"] = answer_json(answered.assessment, answered.facts, house.words)
    printed["cards"] = answered.cards
    click.echo(orjson.dumps(printed, option=orjson.OPT_INDENT_2).decode())


def _print_answer(answered: Answered, house: House) -> None:
    console = Console(width=None if sys.stdout.isatty() else 120)
    for card in answered.cards:
        console.print(f"[{card['indicator']}] {card['summary']}", markup=False, highlight=False)
    if not answered.cards:
        console.print("Nothing to say: all is charged and complete, or this is no image review.")
    if answered.assessment is None:
        return
    for candidate in answered.assessment.candidates:
        if candidate.fits or candidate is answered.assessment.best:
            console.print(_table(f"{candidate.code}: {candidate.outcome}", _COLUMNS, _rows(candidate, answered, house)))
    others = [f"{c.code} {c.outcome}" for c in answered.assessment.candidates if not c.fits]
    if others:
        console.print(Text(f"Of other patterns of work: {', '.join(others)}"))


_COLUMNS = ("question", "verdict", "why", "seen at", "source")


def _rows(candidate: Candidate, answered: Answered, house: House) -> Iterator[tuple[str, ...]]:
    if answered.facts is None or answered.assessment is None:
        return
    for finding in candidate.findings:
        word = house.words.questions[finding.question].word(finding.verdict, finding.answer.case)
        until = when(finding.answer.until, answered.facts.practice) if finding.answer.until else ""
        payer = house.words.payers.get(answered.assessment.payer, answered.assessment.payer)
        says = say(word.says, {"code": candidate.code, "payer": payer, "until": until})
        seen = "\n".join(f"{a.resource} {a.path}".strip() for a in finding.answer.because[:3])
        yield finding.question, finding.verdict, says, seen, finding.under.source.cite if finding.under else ""


def _table(title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> Table:
    """Return a table of plain text: nothing from a record is read as markup."""
    table = Table(title=Text(title), title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _print_gaps(code: str | None, payer: str | None, book: RuleBook, client: Client, house: House) -> None:
    today, state = datetime.now(UTC).date(), client.customs.practice.state
    found = [*rule_gaps(book, today, state, code, payer)]
    if payer is None:
        found += from_memory(book, today, code)
        found += credential_gaps(client.customs, house.words.payers, today)
    shown = ((g.payer, g.state, g.code, g.lacking) for g in found)
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(_table(f"Not known (edition {book.edition})", ("payer", "state", "code", "what is lacking"), shown))


def _print_calendar(code: str, payer: str | None, book: RuleBook) -> None:
    columns = ("question", "asked by", "from", "until", "announced", "terms", "source", "confidence")
    order = {question: number for number, question in enumerate(book.questions)}
    rules = sorted(book.calendar(code, payer), key=lambda r: (order[r.question], r.payer, r.start, r.announced))
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(_table(f"{code} (edition {book.edition})", columns, map(_row, rules)))


def _row(rule: Rule) -> tuple[str, ...]:
    terms = {name: _shown(getattr(rule.terms, name)) for name in rule.terms.__slots__ if name != "code"}  # type: ignore[attr-defined] # Terms are slotted
    said = ", ".join(f"{name} {value}" for name, value in terms.items() if value)
    confidence = rule.source.confidence + (", from memory" if rule.source.recalled else "")
    until = rule.until.isoformat() if rule.until else "still"
    asked_by = rule.payer or "everyone"
    return (
        rule.question,
        asked_by,
        rule.start.isoformat(),
        until,
        rule.announced.isoformat(),
        said,
        rule.source.cite,
        confidence,
    )


def _shown(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, frozenset | tuple):
        return " ".join(sorted(str(v) for v in value))
    if isinstance(value, dict):
        return " ".join(f"{k}={v}" for k, v in value.items())
    return "" if value is None else str(value)
