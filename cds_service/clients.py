"""The file of clients: one entry per EHR, and the practice whose clock and calendar its reviews follow.

YAML is read as text only: `02`, `123` and `on` stay what was written, and `yes` and `no` are words. Whatever is wrong
in the file is listed at once, each with its line, and stops the start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import holidays

from cds_service.billing.practice import Practice
from cds_service.content.text import Node, read_yaml
from cds_service.errors import ContentError
from cds_service.fhir.customs import Customs, LicenceOnFile, Site

SERVICES = ("image-review", "image-review-booking", "image-review-open-items")
ALGORITHMS = ("ES384", "RS384", "ES256", "RS256", "PS384")
PAYERS = (
    *("medicare", "medicare-advantage", "medicaid", "aetna", "bcbs", "cigna", "uhc"),
    *("commercial", "self-pay", "unknown"),
)
REPORTERS = ("E/M", "non-E/M", "none", "unknown")
ENCOUNTER_CLASSES = ("AMB", "EMER", "FLD", "HH", "IMP", "ACUTE", "NONAC", "OBSENC", "PRENC", "SS", "VR")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COUNTRIES = tuple(sorted(holidays.list_supported_countries(include_aliases=False)))
HOLIDAY_YEARS = range(2015, 2046)


@dataclass(frozen=True, slots=True)
class Smart:
    """How our SMART app is registered with this EHR."""

    client_id: str
    key: Path | None = None
    frame_ancestors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Backend:
    """How we are registered for SMART Backend Services."""

    client_id: str
    token_url: str
    key: Path


@dataclass(frozen=True, slots=True)
class Client:
    """One EHR: who it is, what it may do, and what it does its own way."""

    name: str
    issuer: str = ""
    jwks: Path | None = None
    jwks_url: str | None = None
    algorithms: tuple[str, ...] = ("ES384", "RS384")
    audiences: tuple[str, ...] = ()
    discovery: Literal["signed", "open"] = "signed"
    origins: tuple[str, ...] = ()
    fhir_servers: tuple[str, ...] = ()
    private_addresses: bool = False
    cds_hooks: Literal["2.0", "3.0"] = "2.0"
    hooks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Service id → what this EHR calls its hooks, beside the names that we publish."""
    smart: Smart | None = None
    backend: Backend | None = None
    release: Literal["list", "write"] = "list"
    quiet_holds: bool = False
    customs: Customs = field(kw_only=True)
    payers: Path | None = None
    """The folder of the practice's own payer content."""


def load_clients(path: Path, payers: Collection[str] = PAYERS) -> Mapping[str, Client]:
    """Return the clients of the file by name, or raise ContentError with everything that is wrong in it."""
    source = _Source(path, [], payers)
    clients = _clients(source, read_yaml(path, str(path)))
    if source.problems:
        raise ContentError(source.problems)
    return clients


# --- how a node is read ---


@dataclass(frozen=True, slots=True)
class _Source:
    """The file, and what has been found wrong in it so far."""

    path: Path
    problems: list[str]
    payers: Collection[str]
    """The payers that content knows."""

    def wrong(self, node: Node, place: str, expected: str) -> None:
        self.problems.append(f"{node.where}: {place}: expected {expected}")


_Read = Callable[[_Source, Node, str], Any]
"""Reads one node that stands at a place of the file; notes what is wrong with it and then returns nothing of use."""


def _scalar(parse: Callable[[str], object], expected: str) -> _Read:
    """Read a text by `parse`, which raises ValueError for what it does not know."""

    def read(source: _Source, node: Node, place: str) -> object:
        try:
            if node.text is not None:
                return parse(node.text)
        except ValueError:
            pass
        source.wrong(node, place, expected)
        return None

    return read


def _one_of(known: Sequence[str], *, like: str = "") -> _Read:
    """Read one of the known words; `like` is an example where they are too many to list."""

    def read(source: _Source, node: Node, place: str) -> str | None:
        if node.text in known:
            return node.text
        source.wrong(node, place, (f"a name like {like}" if like else ", ".join(known)) + _near(node.text or "", known))
        return None

    return read


def _payer(source: _Source, node: Node, place: str) -> str | None:
    known: str | None = _one_of(sorted(source.payers))(source, node, place)
    return known


def _list_of(item: _Read, *, least: int = 0) -> _Read:
    def read(source: _Source, node: Node, place: str) -> tuple[Any, ...]:
        if not isinstance(node.value, tuple) or len(node.value) < least:
            source.wrong(node, place, f"a list of at least {least}" if least else "a list, like [a, b]")
            return ()
        return tuple(item(source, each, f"{place}[{at}]") for at, each in enumerate(node.value))

    return read


def _map_of(key_is: _Read, value_is: _Read) -> _Read:
    def read(source: _Source, node: Node, place: str) -> dict[Any, Any]:
        if not isinstance(node.value, Mapping):
            source.wrong(node, place, "keys and values, like {a: b}")
        return {
            key_is(source, Node(key, value.where), f"{place}.{key}"): value_is(source, value, f"{place}.{key}")
            for key, value in node.members.items()
        }

    return read


def _keys(known: Mapping[str, _Read], *, required: Sequence[str] = ()) -> _Read:
    """Read a group of known keys; the result holds those that were there."""

    def read(source: _Source, node: Node, place: str) -> dict[str, Any]:
        if not isinstance(node.value, Mapping):
            source.wrong(node, place, f"the keys {', '.join(required or known)}")
            return {}
        for key in (key for key in node.members if key not in known):
            source.wrong(node.members[key], f"{place}.{key}", f"one of {', '.join(known)}{_near(key, known)}")
        for key in required:
            if key not in node.members:
                source.wrong(node, place, f"{key}, which is required")
        return {key: known[key](source, value, f"{place}.{key}") for key, value in node.members.items() if key in known}

    return read


def _near(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near and near[0] != word else ""


# --- the texts ---


def _matches(pattern: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError
        return text

    return parse


def _https(text: str) -> str:
    if not text.startswith("https://"):
        raise ValueError
    return _address(text)


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise ValueError
    _ = parts.port  # raises for one that is no number
    return text.rstrip("/")


def _origin(text: str) -> str:
    parts = urlsplit(_address(text))
    if parts.path or parts.query or text.endswith("/"):
        raise ValueError
    return text.lower()


def _date(text: str) -> date:
    return date.fromisoformat(_matches(r"\d{4}-\d\d-\d\d")(text))


def _time(text: str) -> time:
    """`24:00` is the midnight that ends the day, which Practice writes as `time(0)`."""
    return time(0) if text == "24:00" else time.fromisoformat(_matches(r"\d\d:\d\d")(text))


def _yes_no(text: str) -> bool:
    return _matches("yes|no")(text) == "yes"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(source: _Source, node: Node, place: str) -> ZoneInfo | None:
    name = node.text or ""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: a name that is a folder
        source.wrong(node, place, f"a time zone like America/New_York{_near(name, _zones())}")
        return None


def _open(source: _Source, node: Node, place: str) -> tuple[time, time] | None:
    expected = 'when it opens and when it closes, like ["08:00", "17:00"]; "24:00" is midnight'
    try:
        opens, closes = (_time(each.text or "") for each in node.items)
    except ValueError:
        source.wrong(node, place, expected)
        return None
    if opens >= closes and closes != time(0):
        source.wrong(node, place, "to close later than it opens, on the same day")
        return None
    return opens, closes


def _path(source: _Source, node: Node, place: str) -> Path | None:
    text: str | None = _TEXT(source, node, place)
    return None if text is None else source.path.resolve().parent / text


_TEXT = _scalar(_matches(r"(?s)\S|\S.*\S"), "a text")
_YES_NO = _scalar(_yes_no, "yes or no")
_NPI = _scalar(_matches(r"\d{10}"), "an NPI of ten digits")
_STATE = _scalar(_matches(r"[A-Z]{2}"), "a state of two letters, like NY")
_DATE = _scalar(_date, "a date like YYYY-MM-DD")
_HTTPS = _scalar(_https, "an https:// address")
_ADDRESS = _scalar(_address, "an https:// address")
_ORIGIN = _scalar(_origin, "an origin like https://ehr.example, without a path")


# --- the shape of the file ---

_PRACTICE: Mapping[str, _Read] = {
    "time_zone": _zone,
    "business_days": _list_of(_one_of(WEEKDAYS), least=1),
    "open": _open,
    "holidays": _keys({"country": _one_of(COUNTRIES, like="US"), "closed": _list_of(_DATE)}),
    "locality": _keys(
        {"state": _STATE, "number": _scalar(_matches(r"\d{2}"), 'the two digits of a Medicare locality, like "01"')},
        required=("state", "number"),
    ),
    "setting": _one_of(("nonfacility", "facility")),
    "place_of_service": _scalar(_matches(r"\d{2}"), 'two digits, like "11"'),
    "qualifying_apm": _YES_NO,
    "licences": _list_of(_keys({"npi": _NPI, "state": _STATE, "until": _DATE}, required=("npi", "state"))),
    "enrolments": _list_of(
        _keys({"npi": _NPI, "payers": _list_of(_payer)}, required=("npi", "payers")),
    ),
    "cmmi_models": _list_of(_TEXT),
    "payers": _path,
}

_CLIENT = _keys(
    {
        "issuer": _TEXT,
        "jwks": _path,
        "jwks_url": _HTTPS,
        "algorithms": _list_of(_one_of(ALGORITHMS), least=1),
        "audiences": _list_of(_TEXT),
        "discovery": _one_of(("signed", "open")),
        "origins": _list_of(_ORIGIN),
        "fhir_servers": _list_of(_ADDRESS),
        "private_addresses": _YES_NO,
        "cds_hooks": _one_of(("2.0", "3.0")),
        "hooks": _map_of(_one_of(SERVICES), _list_of(_scalar(_matches(r"[\w.-]+"), "the name of a hook"))),
        "encounter_classes": _map_of(_TEXT, _one_of(ENCOUNTER_CLASSES)),
        "payer_map": _map_of(_TEXT, _payer),
        "reporters": _map_of(_NPI, _one_of(REPORTERS)),
        "smart": _keys(
            {"client_id": _TEXT, "key": _path, "frame_ancestors": _list_of(_ORIGIN)},
            required=("client_id",),
        ),
        "backend": _keys(
            {"client_id": _TEXT, "token_url": _HTTPS, "key": _path},
            required=("client_id", "token_url", "key"),
        ),
        "release": _one_of(("list", "write")),
        "quiet_holds": _YES_NO,
        "practice": _keys(_PRACTICE, required=("time_zone",)),
        "practices": _list_of(
            _keys(
                {"match": _keys({"organization": _TEXT, "location": _TEXT}), **_PRACTICE},
                required=("match",),
            )
        ),
    },
    required=("issuer", "practice"),
)


def _clients(source: _Source, root: Node) -> dict[str, Client]:
    if not root.members:
        source.wrong(root, "the file", "at least one client, by its name")
    entries = {name: _CLIENT(source, node, name) for name, node in root.members.items()}
    issuers: dict[str, str] = {}
    for name, entry in entries.items():
        node = root.members[name]
        if node.members and ("jwks" in entry) == ("jwks_url" in entry):
            source.wrong(node, name, "either jwks or jwks_url")
        if entry.get("issuer") and issuers.setdefault(entry["issuer"], name) != name:
            source.wrong(node, f"{name}.issuer", f"another issuer than that of {issuers[entry['issuer']]}")
        for at, site in enumerate(entry.get("practices", ())):
            if site.get("match") == {}:
                source.wrong(node, f"{name}.practices[{at}].match", "organization or location, or both")
    return {} if source.problems else {name: _client(name, entry) for name, entry in entries.items()}


# --- from the file to what the rooms ask for ---

_USUAL: Mapping[str, Any] = {
    "time_zone": ZoneInfo("America/New_York"),
    "business_days": ("mon", "tue", "wed", "thu", "fri"),
    "open": (time(8), time(17)),
    "holidays": {"country": "US"},
    "locality": {"state": "NY", "number": "01"},
    "setting": "nonfacility",
    "place_of_service": "11",
    "qualifying_apm": False,
}
"""The practice of an EHR whose entry says nothing else."""


@cache
def _holidays(country: str) -> frozenset[date]:
    """Return the public holidays as they are kept: a federal one on a Sunday also on the Monday."""
    return frozenset(holidays.country_holidays(country, years=HOLIDAY_YEARS))


def _practice(entry: Mapping[str, Any]) -> Practice:
    said = {**_USUAL, **entry}
    opens, closes = said["open"]
    return Practice(
        zone=said["time_zone"],
        business_days=frozenset(WEEKDAYS.index(day) for day in said["business_days"]),
        opens=opens,
        closes=closes,
        holidays=_holidays(said["holidays"].get("country", "US")) | frozenset(said["holidays"].get("closed", ())),
        state=said["locality"]["state"],
        locality=said["locality"]["number"],
        setting=said["setting"],
        place_of_service=said["place_of_service"],
        qualifying_apm=said["qualifying_apm"],
    )


def _enrolments(listed: list[dict[str, Any]]) -> dict[str, frozenset[str]] | None:
    """Return NPI → payers; a clinician listed twice is enrolled with all of them."""
    if not listed:
        return None
    found: dict[str, frozenset[str]] = {}
    for one in listed:
        found[one["npi"]] = found.get(one["npi"], frozenset()) | frozenset(one["payers"])
    return found


def _client(name: str, entry: dict[str, Any]) -> Client:
    usual: dict[str, Any] = entry.pop("practice")
    others: tuple[dict[str, Any], ...] = entry.pop("practices", ())
    everywhere = (usual, *others)
    customs = Customs(
        practice=_practice(usual),
        sites=tuple(
            Site(each["match"].get("organization"), each["match"].get("location"), _practice({**usual, **each}))
            for each in others
        ),
        licences=tuple(
            LicenceOnFile(licence["npi"], licence["state"], licence.get("until"))
            for each in everywhere
            for licence in each.get("licences", ())
        ),
        cmmi_models=frozenset(model for each in everywhere for model in each.get("cmmi_models", ())),
        enrolments=_enrolments([listed for each in everywhere for listed in each.get("enrolments", ())]),
        **{key: entry.pop(key) for key in ("payer_map", "reporters", "encounter_classes") if key in entry},
    )
    if "smart" in entry:
        entry["smart"] = Smart(**entry["smart"])
    if "backend" in entry:
        entry["backend"] = Backend(**entry["backend"])
    return Client(
        name=name,
        customs=customs,
        payers=usual.get("payers"),
        **entry,
    )


DEFAULT = Client(name="demo", customs=Customs(practice=_practice({})))
"""The contract's practice without licences, enrolments or closures: for mode demo, and for `check` without a client."""
