"""How one element is kept: as it is, renamed, shifted, as the phrases found in it, or not at all.

A rule takes what stands there and returns what may stand there instead; None leaves it out. What is not of the shape
that a rule expects is left out too, as the readers pass over it. An element keeps its place among its fellows.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

from cds_service.billing.tables import Tables
from cds_service.fhir.fields.consents import MOST_CHARACTERS as MOST_NARRATIVE
from cds_service.fhir.fields.consents import TAG
from cds_service.fhir.fields.interpretations import MOST_CHARACTERS as MOST_DATA
from cds_service.fhir.loose import Json, many, text, words
from cds_service.fhir.systems import NPI, NUCC, billing_codes, system

from .clock import Shift
from .names import Names
from .phrases import About, Phrases
from .vocabulary import REMOVED, TYPES, UNKNOWN, WORDS, is_published, known_system, media_type


@dataclass(slots=True)
class Keeping:
    """What every rule needs: the names, the shift, the tables; and of which resource it is."""

    names: Names
    shift: Shift
    tables: Tables
    phrases: Phrases
    issuers: set[str] = field(default_factory=set)
    """The ids of those that issued a licence: the state in their names is read."""
    kind: str = ""
    own: str = ""


Rule = Callable[[Keeping, Any], Any]
Members = Mapping[str, Rule]

_MOST = 99_999
_A_DAY = 24 * 60


def every(keeping: Keeping, rule: Rule, value: object) -> Any:
    """Keep a value by a rule, or each value of a list; a list of which nothing is left is nothing."""
    if not isinstance(value, list):
        return None if value is None else rule(keeping, value)
    kept = [rule(keeping, member) for member in value if not isinstance(member, list) and member is not None]
    return [member for member in kept if member is not None] or None


def members(keeping: Keeping, value: Json, known: Members) -> Json:
    """Keep the known members of an object."""
    kept = ((name, every(keeping, rule, value[name])) for name, rule in known.items() if name in value)
    return {name: told for name, told in kept if told is not None}


# --- as it is ---


def word(_keeping: Keeping, value: Any) -> str | None:
    """Keep a word of FHIR's own value sets."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value.strip() if value.strip() in WORDS else UNKNOWN


def flag(_keeping: Keeping, value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def count(_keeping: Keeping, value: Any) -> int | None:
    """Keep a number that counts or orders; no longer one could be a number of somebody's."""
    whole = isinstance(value, int) and not isinstance(value, bool)
    return max(-_MOST, min(value, _MOST)) if whole else None


def minutes(_keeping: Keeping, value: Any) -> Json | None:
    """Keep a Quantity of minutes of less than a day; of any other nothing is read."""
    if not isinstance(value, dict):
        return None
    unit = (text(value, "code") or text(value, "unit") or "").lower()
    spent = value.get("value")
    if isinstance(spent, bool) or not isinstance(spent, int | float) or not 0 < spent < _A_DAY:
        return None
    if unit not in {"min", "mins", "minute", "minutes"}:
        return None
    return {"value": spent, "unit": "min", "system": "http://unitsofmeasure.org", "code": "min"}


def constant(told: Any) -> Rule:
    """Put this in place of whatever stands there."""
    return lambda _keeping, _value: told


# --- dates ---


def when(keeping: Keeping, value: Any) -> str | None:
    """Shift a date, dateTime or instant."""
    return keeping.shift.text(value) if isinstance(value, str) else None


def birth(keeping: Keeping, value: Any) -> str | None:
    """Keep the year of birth."""
    return keeping.shift.birth(value) if isinstance(value, str) else None


# --- groups ---


def group(known: Members, *, empty: Json | None = None) -> Rule:
    """Keep the known members of an object; `empty` holds the place of one of which nothing is left."""

    def keep(keeping: Keeping, value: Any) -> Json | None:
        return (members(keeping, value, known) or empty) if isinstance(value, dict) else None

    return keep


period = group({"start": when, "end": when})


def _begins(keeping: Keeping, value: Any) -> str | None:
    return keeping.shift.bound(value, end=False) if isinstance(value, str) else None


def _ends(keeping: Keeping, value: Any) -> str | None:
    return keeping.shift.bound(value, end=True) if isinstance(value, str) else None


in_force = group({"start": _begins, "end": _ends})
"""A time in which something holds: insurance, a role, a licence, an address. Read only for the date of service."""


def dated(name: str) -> dict[str, Rule]:
    """Return the members of `name[x]`, whichever way it tells the time."""
    timing = group({"event": when})
    spelled = {"DateTime": when, "Instant": when, "Date": when, "Period": period, "Timing": timing}
    return {f"{name}{kind}": rule for kind, rule in spelled.items()}


# --- words and codes ---


def free(about: About) -> Rule:
    """Keep the phrases found in a text; that there was one is kept in any case."""

    def keep(keeping: Keeping, value: Any) -> str | None:
        if not isinstance(value, str) or not value.strip():
            return None
        return keeping.phrases.said(about, value) or REMOVED

    return keep


def concept(
    about: About = "nothing", *, codes: About = "nothing", shape: str = "", billed: bool = False, bare: bool = False
) -> Rule:
    """Keep a CodeableConcept, or a Coding (`bare`): published codes, other codes renamed, and of its words the phrases.

    `codes`: what the codes are searched for, where readers search them as they do words. `shape`: any code of this
    shape is harmless here. `billed`: a code without a system is read as CPT or HCPCS here.
    """

    def keep(keeping: Keeping, value: Any) -> Json | None:
        if not isinstance(value, dict):
            return None
        inner = value.get("coding")
        kept: Json
        if isinstance(inner, list):
            kept = {"coding": [told for c in inner if isinstance(c, dict) and (told := coded(keeping, c))]}
        elif isinstance(inner, dict):
            kept = {"coding": coded(keeping, inner)}
        else:
            kept = coded(keeping, value)
        kept = {name: told for name, told in kept.items() if told}
        said = keeping.phrases.said(about, *words({"it": value}, "it"))
        if said or not kept:
            kept["display" if bare else "text"] = said or REMOVED
        return kept

    def coded(keeping: Keeping, coding: Json) -> Json:
        kept: Json = {}
        if text(coding, "system") is not None:
            kept["system"] = _system(keeping, coding)
        code = text(coding, "code")
        if code is not None:
            kept["code"] = code if safe(keeping, coding, code) else keeping.phrases.said(codes, code)
            kept["code"] = kept["code"] or _classed(keeping, coding, code) + keeping.names.of("code", code)
        return kept

    def safe(keeping: Keeping, coding: Json, code: str) -> bool:
        if is_published(coding, keeping.tables) or (billed and billing_codes([coding])):
            return True
        return bool(shape) and re.fullmatch(shape, code, re.ASCII) is not None

    return keep


def _classed(keeping: Keeping, coding: Json, code: str) -> str:
    """Return the beginning by which a taxonomy that is none is still read: as the content's table writes it."""
    if system(coding) != NUCC:
        return ""
    listed = (known[:-1] for named, known in keeping.tables.reporters if named == NUCC and known.endswith("*"))
    return max((begins for begins in listed if code.startswith(begins) and code != begins), key=len, default="")


def _system(keeping: Keeping, coding: Json) -> str:
    known = known_system(coding, keeping.tables)
    if known is not None:
        return known
    return keeping.names.of("system", system(coding) or "")


def narrative(keeping: Keeping, value: Any) -> Json | None:
    """Keep of a narrative the phrases that a consent is read for."""
    told = text(value, "div") if isinstance(value, dict) else None
    said = keeping.phrases.said("consent", unescape(TAG.sub(" ", told[:MOST_NARRATIVE]))) if told else None
    if said is None:
        return None
    return {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{escape(said)}</div>'}


def attachment(about: About = "nothing") -> Rule:
    """Keep an attachment's media type, and where it is under a new name; of what it holds or is called the phrases."""

    def keep(keeping: Keeping, value: Any) -> Json | None:
        if not isinstance(value, dict):
            return None
        kept: Json = {}
        told, url = text(value, "contentType"), text(value, "url")
        if told is not None:
            kept["contentType"] = media_type(told)
        if url is not None:
            kept["url"] = keeping.names.of("file", url)
        if told is not None and told.lower().startswith("text/") and (data := text(value, "data")) is not None:
            kept["data"] = _data(keeping, data)
        title = text(value, "title")
        if title is not None and (said := keeping.phrases.said(about, title)):
            kept["title"] = said
        return kept or {"title": REMOVED}

    return keep


def _data(keeping: Keeping, told: str) -> str:
    try:
        written = base64.b64decode("".join(told.split())[:MOST_DATA]).decode("utf-8", "ignore")
    except (binascii.Error, ValueError):
        written = ""
    return base64.b64encode((keeping.phrases.said("images", written) or REMOVED).encode()).decode()


# --- names ---


def identifier(keeping: Keeping, value: Any) -> Json | None:
    """Rename an identifier; an NPI becomes one that no one has."""
    if not isinstance(value, dict):
        return None
    kept: Json = {}
    told, number = system(value), text(value, "value")
    if told is not None:
        kept["system"] = _system(keeping, value)
    if number is not None:
        kept["value"] = keeping.names.of("npi" if told == NPI else "value", number)
    return {**members(keeping, value, {"use": word, "type": concept()}), **kept} or {"value": REMOVED}


def reference(about: About = "nothing", *, rule: Rule = identifier) -> Rule:
    """Rename what is referred to; of its display keep the phrases."""

    def keep(keeping: Keeping, value: Any) -> Json | None:
        if not isinstance(value, dict):
            return None
        kept: Json = {}
        told = value.get("reference")
        if isinstance(told, str):
            kept["reference"] = keeping.names.reference(told)
        kind = text(value, "type")
        if kind is not None:
            kept["type"] = kind if kind in TYPES else "Basic"
        if (named := every(keeping, rule, value.get("identifier"))) is not None:
            kept["identifier"] = named
        said = keeping.phrases.said(about, text(value, "display"))
        if said or not kept:
            kept["display"] = said or REMOVED
        return kept

    return keep


ref = reference()


def _board_number(keeping: Keeping, value: Any) -> Json | None:
    kept = identifier(keeping, value)
    said = keeping.phrases.said("board", text(value, "value")) if isinstance(value, dict) else None
    return {**(kept or {}), "value": said} if said else kept


_issuer = reference("board", rule=_board_number)


def issuer(keeping: Keeping, value: Any) -> Json | None:
    """Keep who issued a licence as far as it names a state."""
    told = value.get("reference") if isinstance(value, dict) else None
    if isinstance(told, str):
        path = told.strip().partition("/_history/")[0]
        keeping.issuers.add(re.split(r"[/#:]", path)[-1])
    kept: Json | None = _issuer(keeping, value)
    return kept


def organization_name(keeping: Keeping, value: Any) -> str | None:
    """Keep of an organization's name the payer that it names, and of an issuer of licences the state."""
    if not isinstance(value, str) or not value.strip():
        return None
    said = [keeping.phrases.said("payer", value)]
    if keeping.own in keeping.issuers:
        said.append(keeping.phrases.said("board", value))
    return "; ".join(s for s in said if s) or REMOVED


def person_name(keeping: Keeping, value: Any) -> Json | None:
    """Put a made-up name in place of a person's."""
    return {"family": keeping.kind, "given": ["Test"]} if isinstance(value, dict) else None


def plan(keeping: Keeping, value: Any) -> str | None:
    """Rename a plan or group, and keep the payer that its value names."""
    if not isinstance(value, str) or not value.strip():
        return None
    told = value.strip()
    said = keeping.phrases.said("payer", told)
    return keeping.names.of("plan", told) + (f" ({said})" if said else "")


def state(_keeping: Keeping, value: Any) -> str | None:
    return _keeping.phrases.said("state", value) if isinstance(value, str) else None


address = group({"use": word, "state": state, "period": in_force}, empty={"text": REMOVED})

modifier = concept(shape="[A-Za-z0-9]{2}")
place = concept(shape="[0-9]{1,2}")


# --- extensions ---

PLAN_NET = "http://hl7.org/fhir/us/davinci-pdex-plan-net/StructureDefinition/practitioner-qualification"
_STATES = concept("state", codes="state")


def qualification_extension(keeping: Keeping, value: Any) -> Json | None:
    """Keep Plan-Net's extension of a licence: its status and where it is valid."""
    if not isinstance(value, dict) or text(value, "url") != PLAN_NET:
        return None
    known: dict[str, Members] = {
        "status": {"valueCode": word},
        "whereValid": {"valueCodeableConcept": _STATES, "valueReference": ref},
    }
    inner = [
        {"url": url, **members(keeping, part, known[url])}
        for part in many(value, "extension")
        if (url := text(part, "url")) in known and url
    ]
    return {"url": PLAN_NET, "extension": inner} if inner else {"url": PLAN_NET, "valueBoolean": True}
