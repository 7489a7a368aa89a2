"""Charges: ChargeItems and lines of Claims, of this encounter and of the patient's others."""

from __future__ import annotations

from collections.abc import Iterator

from cds_service.billing.facts import By, Charge, Kind
from cds_service.billing.moment import EVER, Moment
from cds_service.fhir.loose import Json, codings, many, one, text
from cds_service.fhir.moments import choice, moment
from cds_service.fhir.people import CLINICIANS, Who
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review
from cds_service.fhir.systems import billing_codes

_NEVER_CHARGED = {"entered-in-error", "aborted", "not-billable", "cancelled"}
_KINDS: dict[str, Kind] = {"E/M": "E/M", "procedure": "procedure", "service": "service", "asynchronous": "asynchronous"}


def read_charges(review: Review) -> tuple[Charge, ...]:
    """Return all charges of the patient, the earliest first."""
    found = [*_items(review), *_lines(review)]
    key = sorted(found, key=lambda c: (c.on.first if c.on else EVER, c.seen_at.resource, c.seen_at.path, c.code))
    return tuple(key)


def kind_of(code: str, on: Moment | None, review: Review) -> tuple[Kind | None, bool]:
    """Return the kind of service a code stands for on its day, and whether it is a live one."""
    row = review.tables.service_kind(code, on.day(review.zone) if on else review.on)
    return (_KINDS.get(row.kind), row.synchronous) if row else (None, False)


def _items(review: Review) -> Iterator[Charge]:
    for item in review.resources.of("ChargeItem"):
        body = item.body
        status = text(body, "status") or "unknown"
        code = _first(billing_codes(codings(body, "code")))
        if code is None or status in _NEVER_CHARGED:
            continue
        entered = moment(body, "enteredDate", review.zone)
        on = choice(body, "occurrence", review.zone)
        performers = [one(p, "actor") for p in many(body, "performer")]
        yield Charge(
            code=code,
            seen_at=item.at("code"),
            status=status,
            of_review=review.is_of_review(one(body, "context"), item),
            on=on,
            kind=kind_of(code, on, review)[0],
            by=_by(performers, one(body, "performingOrganization"), item, review),
            own=_is_own(performers, item, review),
            settled=status == "billed",
            recorded=entered.first if entered else None,
            resource=body,
        )


def _lines(review: Review) -> Iterator[Charge]:
    for claim in review.resources.of("Claim"):
        body = claim.body
        status = text(body, "status") or "active"
        if status in _NEVER_CHARGED or text(body, "use") in {"preauthorization", "predetermination"}:
            continue
        created = moment(body, "created", review.zone)
        told = body.get("item")
        for index, line in enumerate(told if isinstance(told, list) else [told]):
            code = _first(billing_codes(codings(line, "productOrService"))) if isinstance(line, dict) else None
            if code is None:
                continue
            on = choice(line, "serviced", review.zone)
            yield Charge(
                code=code,
                seen_at=claim.at(f"item[{index}]"),
                status=status,
                of_review=any(review.is_of_review(e, claim) for e in many(line, "encounter")),
                on=on,
                kind=kind_of(code, on, review)[0],
                by=_by(_providers(line, body), {}, claim, review),
                own=_is_own(_providers(line, body), claim, review),
                modifiers=frozenset(c.upper() for m in codings(line, "modifier") if (c := text(m, "code"))),
                place_of_service=_first(
                    [c for p in codings(line, "locationCodeableConcept") if (c := text(p, "code"))]
                ),
                settled=status == "active",
                recorded=created.first if created else None,
            )


def _first(codes: list[str]) -> str | None:
    return codes[0] if codes else None


def _providers(line: Json, claim: Json) -> list[Json]:
    """Return who provided a line: the members of its care team, else the claim's provider."""
    told = line.get("careTeamSequence")
    wanted = [n for n in told if isinstance(n, int)] if isinstance(told, list) else []
    team = [one(m, "provider") for m in many(claim, "careTeam") if m.get("sequence") in wanted]
    return team or many(claim, "provider")


def _is_own(references: list[Json], within: Resource, review: Review) -> bool | None:
    named = [who for r in references if (who := review.people.who(r, within)) is not None and who.type in CLINICIANS]
    if not named or review.reviewer is None:
        return None
    return any(who.name == review.reviewer.name for who in named)


def _by(references: list[Json], organization: Json, within: Resource, review: Review) -> By | None:
    named = [who for r in references if (who := review.people.who(r, within)) is not None]
    clinicians: list[Who] = [who for who in named if who.type in CLINICIANS]
    where = review.people.organization(organization, within)
    return review.by(clinicians, frozenset({where}) if where else frozenset())
