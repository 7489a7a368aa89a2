"""Sign off one scenario at one moment: the hook's own path, and what the demo shows beside its answer."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import nh3
import orjson
import yaml
from markdown_it import MarkdownIt
from markupsafe import Markup

from cds_service.billing.assessment import Assessment, Candidate, Finding
from cds_service.billing.facts import Address
from cds_service.billing.moment import Moment
from cds_service.billing.practice import Practice
from cds_service.clients import DEFAULT, Client, load_clients
from cds_service.errors import Issue, RequestError
from cds_service.fhir.bundle import from_bundle
from cds_service.fhir.prefetch import from_hook
from cds_service.present import text
from cds_service.present.cards import Card
from cds_service.present.text import say
from cds_service.present.timeline import Timeline, timeline, when
from cds_service.review import Answered, House, answer
from cds_service.words import Words

from .scenarios import Expected, Scenario

WIDTHS = {"narrow": 344.0, "middle": 640.0, "wide": 940.0}
"""One drawing for each room there may be; the style sheet shows the one that fits."""

TAGS = {"p", "br", "strong", "em", "ul", "ol", "li", "code", "a", "h2", "h3", "h4", "hr", "blockquote", "del"} | {
    "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
MET, DENIED = "met", "not-met"
GRAVITY = (DENIED, "unsettled", "missing", "wait", MET)
"""The order in which verdicts are shown: what decides stands first."""

ASSESSMENT = "org.signoff-cds.assessment"

_markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def rendered(detail: str) -> Markup:
    """Return a card's Markdown as an EHR would show it: raw HTML stays text, and only plain tags come through."""
    html = _markdown.render(detail)
    return Markup(nh3.clean(html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"https", "http"}))  # noqa: S704


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that the story expects, and what came."""

    what: str
    expected: str
    came: str

    @property
    def agrees(self) -> bool:
        return self.expected == self.came


@dataclass(frozen=True, slots=True)
class Asked:
    """One question put to a code, with everything an auditor would ask next."""

    question: str
    title: str
    asks: str
    verdict: str
    says: str
    fix: str
    seen_at: tuple[str, ...]
    source: str
    url: str | None
    confidence: str
    warns: bool


@dataclass(frozen=True, slots=True)
class Considered:
    code: str
    outcome: str
    best: bool
    fits: bool
    asked: tuple[Asked, ...]

    @property
    def deciding(self) -> tuple[Asked, ...]:
        """Everything that is not simply met, the gravest first."""
        return tuple(sorted((a for a in self.asked if a.verdict != MET), key=lambda a: GRAVITY.index(a.verdict)))

    @property
    def met(self) -> tuple[Asked, ...]:
        return tuple(a for a in self.asked if a.verdict == MET)

    @property
    def tally(self) -> tuple[tuple[str, int], ...]:
        found = [a.verdict for a in self.asked]
        return tuple((v, found.count(v)) for v in GRAVITY if v in found)


@dataclass(frozen=True, slots=True)
class Signed:
    """Everything the page shows of one answer."""

    at: datetime
    when: str
    cards: list[Card]
    response: str
    refused: tuple[int, tuple[Issue, ...]] | None
    silence: str
    considered: tuple[Considered, ...]
    pictures: dict[str, Timeline]
    told: tuple[Told, ...]
    outcome: str
    best: str
    edition: str


def sign(scenario: Scenario, house: House, at: datetime) -> Signed:
    """Answer the scenario as it looked at `at`, by the same steps as the hook."""
    client = client_of(scenario)
    practice = client.customs.practice
    expected = scenario.expected_at(at)
    answered, refused = _answered(scenario, house.laid_over(client.payers), client, at)
    assessment, facts = answered.assessment, answered.facts
    pictures: dict[str, Timeline] = {}
    if assessment is not None and facts is not None:
        practice = facts.practice
        pictures = {name: timeline(facts, assessment, at=at, width=width) for name, width in WIDTHS.items()}
    best = assessment.best if assessment else None
    return Signed(
        at=at,
        when=when(Moment.exactly(at), practice),
        cards=answered.cards,
        response=pretty(_outcome(refused) if refused else {"cards": answered.cards}),
        refused=(refused.status, refused.issues) if refused else None,
        silence=_silence(answered, client) if not answered.cards and not refused else "",
        considered=tuple(_considered(assessment, house.words, practice)) if assessment else (),
        pictures=pictures,
        told=tuple(_told(expected, answered, practice)) if expected and not refused else (),
        outcome=assessment.outcome if assessment else "",
        best=best.code if best else "",
        edition=assessment.edition if assessment else house.book.edition,
    )


def _answered(scenario: Scenario, house: House, client: Client, at: datetime) -> tuple[Answered, RequestError | None]:
    try:
        if scenario.is_bundle:
            gathered = from_bundle(
                scenario.request,
                scenario.encounter,
                classes=client.customs.encounter_classes,
                tables=house.book.tables,
            )
        else:
            gathered = from_hook(scenario.request)
    except RequestError as error:
        return Answered([]), error
    shown = answer(gathered, house, client.customs, at=at, live=False, quiet_holds=client.quiet_holds)
    return shown, None


def client_of(scenario: Scenario) -> Client:
    """Return the EHR of the story: the demo's practice, and what the story's `client` says differently."""
    return _client(yaml.safe_dump(scenario.client), scenario.folder) if scenario.client else DEFAULT


@lru_cache(maxsize=64)
def _client(differs: str, folder: Path | None) -> Client:
    entry: dict[str, Any] = {"issuer": "https://ehr.example.org", "jwks_url": "https://ehr.example.org/jwks"}
    said: dict[str, Any] = yaml.load(differs, Loader=yaml.BaseLoader)  # noqa: S506 - text only
    entry |= said
    practice = {"time_zone": str(DEFAULT.customs.practice.zone)} | dict(entry.get("practice", {}))
    if folder and "payers" in practice:
        practice["payers"] = str(folder / practice["payers"])
    entry["practice"] = practice
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "clients.yaml"
        path.write_text(yaml.safe_dump({"demo": entry}), encoding="utf-8")
        return load_clients(path)["demo"]


def pretty(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def _outcome(error: RequestError) -> dict[str, object]:
    issues = [
        {"severity": "error", "code": i.code, "diagnostics": f"{i.where}: {i.says}".strip(": ")} for i in error.issues
    ]
    return {"resourceType": "OperationOutcome", "issue": issues}


def _silence(answered: Answered, client: Client) -> str:
    assessment = answered.assessment
    if assessment is not None and not assessment.is_review:
        return "This is an ordinary visit without a photo and without one of our codes: there is nothing to review."
    if assessment is not None and assessment.outcome == "hold" and client.quiet_holds:
        return "The charge waits, and this EHR asked not to be told of that (quiet_holds). Nothing else is missing."
    return "The right code is charged, no other charge is wrong and nothing is missing."


# --- why -------------------------------------------------------------------------------------------------------------


def _considered(assessment: Assessment, words: Words, practice: Practice) -> Iterator[Considered]:
    best = assessment.best
    ordered = sorted(assessment.candidates, key=lambda c: c is not best)
    for candidate in ordered:
        asked = tuple(_asked(candidate, f, assessment.payer, words, practice) for f in candidate.findings)
        yield Considered(candidate.code, candidate.outcome, candidate is best, candidate.fits, asked)


def _asked(candidate: Candidate, finding: Finding, payer: str, words: Words, practice: Practice) -> Asked:
    said = words.questions[finding.question]
    word = said.word(finding.verdict, finding.answer.case)
    says = say(
        word.says,
        {
            "code": candidate.code,
            "payer": words.payers.get(payer, payer),
            "until": text.when(finding.answer.until, practice) if finding.answer.until else "",
        },
    )
    source = finding.under.source if finding.under else None
    return Asked(
        question=finding.question,
        title=said.title,
        asks=said.asks,
        verdict=finding.verdict,
        says=f"{says[:1].upper()}{says[1:]}",
        fix=word.fix or "" if finding.verdict != "met" else "",
        seen_at=tuple(_address(a) for a in finding.answer.because),
        source=source.cite if source else "",
        url=source.url if source else None,
        confidence=("recalled, " if source.recalled else "") + source.confidence if source else "",
        warns=not finding.stops and finding.verdict != "met",
    )


def _address(address: Address) -> str:
    return f"{address.resource} · {address.path}" if address.path else address.resource


# --- what the story expects ------------------------------------------------------------------------------------------


def kinds(cards: list[Card], *, read: bool) -> tuple[str, ...]:
    """Name the cards as the stories do."""
    if not read:
        return ("not reviewed",) if cards else ()
    return tuple("code" if _extension(card) else "gaps" for card in cards)


def _extension(card: Card) -> bool:
    extension = card.get("extension")
    return isinstance(extension, dict) and ASSESSMENT in extension


def _told(expected: Expected, answered: Answered, practice: Practice) -> Iterator[Told]:
    assessment = answered.assessment
    found = {c.code: c for c in assessment.candidates} if assessment else {}
    for code, outcome in expected.outcomes.items():
        yield Told(code, outcome, found[code].outcome if code in found else "not considered")
    best = assessment.best if assessment else None
    if said := expected.text("best"):
        yield Told("best code", said, best.code if best else "none")
    if said := expected.text("recheck at"):
        at = best.recheck_at if best else None
        yield Told("check again at", said, f"{practice.local(at):%Y-%m-%d %H:%M}" if at else "none")
    if expected.cards is not None:
        came = kinds(answered.cards, read=assessment is not None)
        yield Told("cards", ", ".join(expected.cards) or "silent", ", ".join(came) or "silent")
    if said := expected.text("charge"):
        yield Told("suggested charge", said, _charge(answered.cards))
    findings = expected.said.get("findings")
    for code, verdicts in (findings if isinstance(findings, dict) else {}).items():
        for question, verdict in (verdicts if isinstance(verdicts, dict) else {}).items():
            finding = found[code].finding(question) if code in found else None
            if finding is None and code in found and found[code].findings[-1].verdict == DENIED:
                continue  # after a denial nothing more need be asked
            yield Told(f"{code} {question}", str(verdict), finding.verdict if finding else "not asked")

    if wrong := expected.said.get("wrong charges"):
        wanted = [str(code) for code in wrong] if isinstance(wrong, list) else [str(wrong)]
        came = tuple(w.charge.code for w in assessment.wrong_charges) if assessment else ()
        yield Told("wrong charges", ", ".join(wanted), ", ".join(came) or "none")


def _charge(cards: list[Card]) -> str:
    for resource in created(cards):
        if resource.get("resourceType") == "ChargeItem":
            return str(resource.get("status"))
    return "none"


def created(cards: list[Card]) -> Iterator[dict[str, Any]]:
    """Yield every resource that a suggestion of the cards would create."""
    for card in cards:
        suggestions = card.get("suggestions")
        for suggestion in suggestions if isinstance(suggestions, list) else []:
            for action in suggestion.get("actions", []):
                resource = action.get("resource")
                if action.get("type") == "create" and isinstance(resource, dict):
                    yield resource
