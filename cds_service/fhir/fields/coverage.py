"""Who pays: the Coverage that comes first on the date of service, and the payer and funding that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from cds_service.billing.facts import Address, Fact
from cds_service.billing.tables import PayerNameRow
from cds_service.fhir.loose import codings, has_code, many, number, one, text, words
from cds_service.fhir.moments import covers
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_PLANS = ("group", "plan", "subgroup", "subplan")
_NO_CARRIER = {"", "commercial"}
_LAST = 10**6
_LONG = 4


@dataclass(frozen=True, slots=True)
class _Named:
    """What one Coverage says, and where."""

    payer: str
    funding: str | None
    seen_at: tuple[Address, ...]


def read_payer(review: Review) -> tuple[Fact[str], Fact[str]]:
    """Return the payer and its funding; `unknown` where several come first or nothing in the Coverage is known."""
    active = [c for c in review.resources.of("Coverage") if _is_active(c, review)]
    looked = review.looks("coverage").seen_at
    if not active:
        return Fact(seen_at=looked), Fact(seen_at=looked)
    places = _places(active, review)
    foremost = min(places)
    named = [_named(c, review) for c, place in zip(active, places, strict=True) if place == foremost]
    seen_at = tuple(a for n in named for a in n.seen_at)
    payers, fundings = {n.payer for n in named}, {n.funding for n in named}
    payer = named[0].payer if len(payers) == 1 else "unknown"
    funding = named[0].funding if len(fundings) == 1 and len(payers) == 1 else None
    return Fact(payer, seen_at), Fact(funding, seen_at)


def _is_active(coverage: Resource, review: Review) -> bool:
    return text(coverage.body, "status") in {"active", None} and covers(coverage.body, "period", review.on, review.zone)


def _places(active: list[Resource], review: Review) -> list[int]:
    """Return the place of each Coverage: by the account's priority where it gives one, else by its own order."""
    prioritized: dict[str, int] = {}
    for account in review.resources.of("Account"):
        if text(account.body, "status") in {"active", "on-hold", None}:
            for listed in many(account.body, "coverage"):
                name = review.resources.name(one(listed, "coverage"), account)
                place = number(listed, "priority")
                if name and place is not None:
                    prioritized[name] = min(place, prioritized.get(name, _LAST))
    if any(c.name in prioritized for c in active):
        return [prioritized.get(c.name, _LAST) for c in active]
    return [_LAST if (order := number(c.body, "order")) is None else order for c in active]


def _named(coverage: Resource, review: Review) -> _Named:
    payors = many(coverage.body, "payor")
    seen = [coverage.at("payor[0]" if payors else "payor")]
    mapped = _mapped(coverage, review)
    typed = {
        (named, code.upper())
        for coding in codings(coverage.body, "type")
        if (code := text(coding, "code"))
        for named in ("", text(coding, "system") or "")
    }
    names = _names(coverage, review)
    fitting = [
        row
        for row in review.tables.payer_names
        if ((row.system, row.match) in typed if row.where == "type" else wanted_words(row.match) in names)
        and row.covers(review.on)
    ]
    line, payer, funding = _parts(fitting)
    if any((row.line or row.payer) and row.where == "type" for row in fitting):
        seen.append(coverage.at("type"))
    if mapped is not None:
        return _Named(mapped, funding or None, tuple(seen))
    if not line and not payer and payors and all(_is_person(p, coverage, review) for p in payors):
        line = "self-pay"
    if line and line not in _NO_CARRIER:
        return _Named(line, funding or None, tuple(seen))
    return _Named(payer or line or "unknown", funding or None, tuple(seen))


def _parts(rows: list[PayerNameRow]) -> tuple[str, str, str]:
    """Return line, carrier and funding, each from the first row that gives it."""
    line = next((row.line for row in rows if row.line), "")
    payer = next((row.payer for row in rows if row.payer), "")
    return line, payer, next((row.funding for row in rows if row.funding), "")


@lru_cache(maxsize=1024)
def wanted_words(match: str) -> str:
    """Return what to look for in a name: whole words, of which only a long last one may go on (`unitedhealth`)."""
    wanted = f" {plain(match)}"
    return wanted if len(wanted.rpartition(" ")[2]) >= _LONG else f"{wanted} "


def plain(words_: str) -> str:
    return _NOT_A_WORD.sub(" ", words_.lower()).strip()


def _names(coverage: Resource, review: Review) -> str:
    """Return all names in a Coverage, in small letters and one after the other, to find words in."""
    body = coverage.body
    told = [*words(body, "type")]
    for held in many(body, "class"):
        told += [n for n in (text(held, "name"), text(held, "value")) if n]
    for payor in many(body, "payor"):
        known = review.resources.follow(payor, coverage)
        told += [n for n in (text(payor, "display"), text(known.body, "name") if known else None) if n]
        if known is not None and isinstance(known.body.get("alias"), list):
            told += [alias for alias in known.body["alias"] if isinstance(alias, str)]
    return "".join(f" {plain(name)}  " for name in told)


def _is_person(payor: dict[str, object], coverage: Resource, review: Review) -> bool:
    name = review.resources.name(payor, coverage) or ""
    return name.startswith(("Patient/", "RelatedPerson/"))


def _mapped(coverage: Resource, review: Review) -> str | None:
    """Return the payer that the client's file gives to this payor or plan."""
    known = review.customs.payer_map
    if not known:
        return None
    for payor in many(coverage.body, "payor"):
        name = review.resources.name(payor, coverage)
        organization = review.resources.follow(payor, coverage)
        told: list[str | None] = [
            text(one(payor, "identifier"), "value"),
            name,
            name.rpartition("/")[2] if name else None,
        ]
        told += [text(i, "value") for i in many(organization.body, "identifier")] if organization else []
        for key in told:
            if key is not None and key in known:
                return known[key]
    for held in many(coverage.body, "class"):
        value = text(held, "value")
        if value is not None and value in known and has_code(held, "type", *_PLANS):
            return known[value]
    return None
