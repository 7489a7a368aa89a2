"""The code reference for programs: the same facts as on the page; what is not known is left out."""

from __future__ import annotations

from datetime import date

from .reference import Catalogue, Change, CodePage, Paid, PayerSays, Version

Json = dict[str, object]


def catalogue_json(found: Catalogue) -> Json:
    return {
        "edition": found.edition,
        "date": found.on.isoformat(),
        "query": found.words,
        "codes": [
            _lean(
                {
                    "code": one.code,
                    "title": one.title,
                    "own": one.own,
                    "group": group,
                    "judged": one.judged,
                    "exists": one.exists,
                    "life": one.says,
                }
            )
            for group, listed in found.groups
            for one in listed
        ],
    }


def page_json(page: CodePage) -> Json:
    """Return everything of the page; amounts and units are texts, exact as they stand."""
    entry = page.entry
    made: Json = {
        "code": page.code,
        "title": page.title,
        "own": page.own,
        "group": page.group or None,
        "edition": page.edition,
        "reviewedUntil": page.reviewed_until.isoformat(),
        "date": page.on.isoformat(),
        "judged": page.judged,
        "exists": page.exists,
        "life": [_lean({"from": a.isoformat(), "until": _day(b)}) for a, b in page.spans],
        "instead": list(page.instead) or None,
        "askedOn": page.asked_on.isoformat(),
        "asks": [_version(v) for v in page.asks],
        "changes": [_change(c) for c in page.changes],
        "calendar": [_version(v) for v in page.calendar],
        "units": _units(page),
        "payment": _payment(page),
        "rank": _rank(page),
        "payers": [_payer(p) for p in page.payers],
        "specialties": [{"taxonomy": s.taxonomy, "name": s.name, "why": s.why} for s in page.specialties],
        "related": [_lean({"codes": list(r.codes), "title": r.title or None, "how": r.how}) for r in page.related],
    }
    if entry is not None:
        made |= {
            "alsoKnownAs": list(entry.also_known_as),
            "plain": list(entry.plain),
            "example": entry.example,
            "who": {"classes": list(entry.who.classes), "may": entry.who.may, "mayNot": entry.who.may_not},
            "modifiers": [{"modifiers": list(m.modifiers), "use": m.use, "why": m.why} for m in entry.modifiers],
            "placesOfService": [{"places": list(p.places), "use": p.use, "why": p.why} for p in entry.places],
            "diagnosisExamples": [{"icd10": d.icd10, "says": d.says, "why": d.why} for d in entry.diagnoses],
            "questions": [{"ask": f.ask, "answer": f.answer} for f in entry.faqs],
            "without": dict(entry.without) or None,
            "sources": list(entry.sources),
        }
    return _lean(made)


def _lean(made: Json) -> Json:
    return {key: value for key, value in made.items() if value is not None}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _version(version: Version) -> Json:
    return _lean(
        {
            "question": version.question,
            "says": version.says,
            "askedBy": version.by,
            "from": version.start.isoformat(),
            "until": _day(version.until),
            "announced": version.announced.isoformat(),
            "state": version.state,
            "changed": version.changed or None,
            "severity": "stop" if version.stops else "warn",
            "source": version.cite,
            "url": version.url,
            "confidence": version.confidence,
        }
    )


def _change(change: Change) -> Json:
    return _lean(
        {
            "from": change.start.isoformat(),
            "until": _day(change.until),
            "announced": change.announced.isoformat(),
            "by": change.by,
            "says": change.says or None,
            "about": list(change.titles),
            "state": change.state,
            "source": change.cite,
            "url": change.url,
            "confidence": change.confidence,
        }
    )


def _units(page: CodePage) -> list[Json]:
    return [
        _lean(
            {
                "from": u.start.isoformat(),
                "until": _day(u.until),
                "status": u.status,
                "work": str(u.work),
                "nonfacilityPracticeExpense": str(u.nonfacility_pe),
                "facilityPracticeExpense": str(u.facility_pe),
                "malpractice": str(u.malpractice),
                "nonfacility": str(u.nonfacility),
                "facility": str(u.facility),
                "national": [
                    {
                        "qualifyingApm": a.qualifying_apm,
                        "conversionFactor": str(a.factor),
                        "nonfacility": str(a.nonfacility),
                        "facility": str(a.facility),
                    }
                    for a in u.amounts
                ],
            }
        )
        for u in page.units
    ]


def _payment(page: CodePage) -> Json | None:
    paid = page.payments
    if paid is None:
        return {"absent": page.unpaid}
    return _lean(
        {
            "year": paid.year,
            "setting": paid.setting,
            "qualifyingApm": paid.qualifying_apm,
            "chosen": _place(paid.chosen) if paid.chosen else None,
            "lowest": _place(paid.lowest),
            "highest": _place(paid.highest),
            "national": str(paid.national),
            "localities": [_place(row) for row in paid.rows],
        }
    )


def _place(row: Paid) -> Json:
    return {
        "locality": row.key,
        "name": row.name,
        "nonfacility": str(row.nonfacility),
        "facility": str(row.facility),
    }


def _rank(page: CodePage) -> Json | None:
    rank = page.rank
    if rank is None:
        return None
    return {
        "year": rank.year,
        "work": str(rank.work),
        "among": rank.count,
        "less": rank.less,
        "same": rank.same,
        "percentile": rank.percentile,
        "median": str(rank.median),
        "highest": {"code": rank.highest_code, "work": str(rank.highest)},
    }


def _payer(payer: PayerSays) -> Json:
    return _lean(
        {
            "payer": payer.payer,
            "name": payer.title,
            "pays": payer.pays,
            "says": payer.says,
            "since": _day(payer.since),
            "source": payer.cite or None,
            "url": payer.url,
            "asksDifferently": [_version(v) for v in payer.also] or None,
        }
    )
