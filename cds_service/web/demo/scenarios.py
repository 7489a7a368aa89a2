"""The stories of `fhir_fixtures`, as the demo EHR lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.resources.abc import Traversable
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import yaml

_LOADER: type[yaml.BaseLoader] = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""Text only; the parser in C where it is built, for there are hundreds of stories."""

FIRST = "medicare_photo_that_led_to_a_visit"
"""What a newcomer sees first."""

GROUPS: tuple[tuple[str, str], ...] = (
    ("start", "Start here"),
    ("reportable", "Ends reportable"),
    ("not-reportable", "Ends not reportable"),
    ("incomplete", "Something is missing"),
    ("unsettled", "A person must decide"),
    ("hold", "Still on hold"),
    ("silent", "Nothing to say"),
    ("evisit", "E-visits: messages of seven days"),
    ("payer", "Payers and plans"),
    ("old", "Earlier years"),
    ("chart", "Long charts"),
    ("real", "Charts as they are"),
    ("dialect", "Dialects of real EHRs"),
    ("consult", "One clinician asks another"),
    ("call", "Short live calls"),
    ("model", "In a Medicare test model"),
    ("mod", "Modifiers and places"),
    ("refused", "Codes that are never the answer"),
    ("erratum", "What the sources say wrongly"),
    ("not reviewed", "Could not be reviewed"),
)
"""By the last answer that the story expects; those that share a subject stand together by their names."""

PREFIXES = {"silent": "silent", "unsure": "unsettled"} | {
    p: p
    for p in (
        "call",
        "chart",
        "consult",
        "dialect",
        "erratum",
        "evisit",
        "mod",
        "model",
        "old",
        "payer",
        "real",
        "refused",
    )
}
"""Of a folder's name: the group that it says, and that its title need not repeat."""

SPOKEN = {
    **{w: w.upper() for w in ("apcm", "cpt", "ehr", "html", "icd", "np", "npi", "pdf", "pt", "rn", "slp")},
    **{w: w.upper() for w in ("bcbs", "snomed", "uhc", "urn", "utc")},
    **{w: w.capitalize() for w in ("aetna", "april", "cigna", "friday", "medicaid", "medicare", "monday", "november")},
    **{w: w.capitalize() for w in ("sunday", "thanksgiving")},
    "uuids": "UUIDs",
    "whatsapp": "WhatsApp",
}
"""Words that are not written small."""

CODE = re.compile(r"[A-Z]?\d{4,5}[A-Z]?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expected:
    """What the story expects at one moment, as its words stand in the file."""

    at: datetime
    said: Mapping[str, object]

    @property
    def outcomes(self) -> dict[str, str]:
        return {k: str(v) for k, v in self.said.items() if CODE.fullmatch(k)}

    def text(self, key: str) -> str | None:
        value = self.said.get(key)
        return value if isinstance(value, str) else None

    @property
    def cards(self) -> tuple[str, ...] | None:
        value = self.said.get("cards")
        if isinstance(value, list):
            return tuple(str(v) for v in value)
        return () if value == "silent" else None


@dataclass(frozen=True)
class Scenario:
    """One folder: what an EHR sends, and what must come back."""

    name: str
    raw: bytes
    told: Mapping[str, object]
    zone: ZoneInfo
    folder: Path | None = None
    """Where it lies, if on a disk: the client of a story may bring payers' content of its own."""

    @cached_property
    def request(self) -> dict[str, object]:
        """The JSON as sent; empty where it is none."""
        try:
            sent = orjson.loads(self.raw)
        except orjson.JSONDecodeError:
            return {}
        return sent if isinstance(sent, dict) else {}

    @property
    def is_bundle(self) -> bool:
        """A file of resources, as for `signoff check`, and no hook request."""
        return self.request.get("resourceType") == "Bundle"

    @property
    def title(self) -> str:
        return _titled(self.name)

    @property
    def story(self) -> str:
        return " ".join(str(self.told.get("story", "")).split())

    @property
    def basis(self) -> tuple[str, ...]:
        basis = self.told.get("basis")
        return tuple(str(b) for b in basis) if isinstance(basis, list) else ()

    @property
    def client(self) -> Mapping[str, object]:
        """What the EHR's entry in the client file says differently in this story."""
        client = self.told.get("client")
        return client if isinstance(client, dict) else {}

    @property
    def encounter(self) -> str | None:
        return str(self.told["encounter"]) if "encounter" in self.told else None

    @cached_property
    def expected(self) -> tuple[Expected, ...]:
        told = self.told.get("assessments")
        found = []
        for said in told if isinstance(told, list) else []:
            at = _moment(said.get("at"), self.zone) if isinstance(said, dict) else None
            if at is not None:
                found.append(Expected(at, said))
        return tuple(found)

    def expected_at(self, at: datetime) -> Expected | None:
        return next((e for e in self.expected if e.at == at), None)

    @property
    def group(self) -> str:
        prefix = self.name.partition("_")[0]
        if self.name == FIRST or prefix in PREFIXES:
            return PREFIXES.get(prefix, "start")
        if not self.expected:
            return "not reviewed"
        last = self.expected[-1]
        if last.cards == ("not reviewed",):
            return "not reviewed"
        return "silent" if last.cards == () else last.outcomes.get(last.text("best") or "") or _preferred(last.outcomes)

    def speaks_of(self, words: str) -> bool:
        """Whether all these words stand in its title, its story or its basis."""
        text = f"{self.title} {self.story} {' '.join(self.basis)} {self.name}".casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    scenarios: tuple[Scenario, ...]


def _preferred(outcomes: Mapping[str, str]) -> str:
    order = ("reportable", "hold", "incomplete", "unsettled", "not-reportable")
    return next((o for o in order if o in outcomes.values()), "not reviewed")


def _titled(name: str) -> str:
    prefix, _, rest = name.partition("_")
    words = [
        SPOKEN.get(w, w.upper() if CODE.fullmatch(w) else w) for w in (rest if prefix in PREFIXES else name).split("_")
    ]
    if words[0].islower():
        words[0] = words[0].capitalize()
    return " ".join(words)


def _moment(said: object, zone: ZoneInfo) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def read_scenarios(folder: Traversable, zone: ZoneInfo) -> Mapping[str, Scenario]:
    """Read every story of the folder; `zone` is the practice's, in which they tell the time."""
    return {s.name: s for s in sorted(_read(folder, zone), key=lambda s: s.name)}


def _read(folder: Traversable, zone: ZoneInfo) -> Iterator[Scenario]:
    for child in folder.iterdir():
        request, expected = child / "request.json", child / "expected.yaml"
        if child.is_dir() and request.is_file() and expected.is_file():
            told = yaml.load(expected.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - text only
            if isinstance(told, dict):
                yield Scenario(child.name, request.read_bytes(), told, zone, child if isinstance(child, Path) else None)


def grouped(scenarios: Mapping[str, Scenario], words: str) -> tuple[Group, ...]:
    """Return those that speak of the words, by what their story expects."""
    found = [s for s in scenarios.values() if s.speaks_of(words)]
    groups = [Group(title, tuple(s for s in found if s.group == key)) for key, title in GROUPS]
    return tuple(g for g in groups if g.scenarios)
