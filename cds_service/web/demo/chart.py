"""What an EHR would show of the chart that it sends: for eyes only; the review reads for itself.

Read as liberally as the review reads, and shown as it stands. Every word is the record's: the template escapes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from cds_service.billing.moment import Moment
from cds_service.billing.practice import Practice
from cds_service.fhir.loose import Json, codings, many, one, text, words
from cds_service.fhir.moments import choice, moment, period
from cds_service.present.timeline import UNTOLD, when

MOST = 12
"""As many lines of one kind as the summary shows."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)
CLASSES = {"VR": "Virtual", "AMB": "Office visit", "EMER": "Emergency", "IMP": "Inpatient", "HH": "Home"}
WHO = {"Patient": "Patient", "RelatedPerson": "Family or proxy", "Device": "System", "Organization": "Practice"} | {
    "Practitioner": "Clinician", "PractitionerRole": "Clinician", "Group": "Group", "CareTeam": "Care team",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: when, what, and something about it."""

    when: str
    what: str
    note: str = ""
    state: str = ""
    sorts: datetime = LONG_AGO
    mine: bool = False
    """Of the encounter under review."""


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    born: str
    age: str
    sex: str
    number: str
    coverage: tuple[str, ...]
    clinician: str
    encounter: tuple[tuple[str, str], ...]
    photos: tuple[Line, ...]
    messages: tuple[Line, ...]
    visits: tuple[Line, ...]
    notes: tuple[Line, ...]
    charges: tuple[Line, ...]
    consents: tuple[Line, ...]
    more: Mapping[str, int]
    """How many lines of each list are not shown."""


def resources(request: Json) -> Iterator[Json]:
    """Yield every resource that a hook request or a Bundle carries, each once."""
    seen: set[tuple[str | None, str | None]] = set()
    prefetch = one(request, "prefetch")
    piles = [request, one(one(request, "context"), "drafts"), *(one(prefetch, key) for key in prefetch)]
    for pile in piles:
        bodies = [one(e, "resource") for e in many(pile, "entry")] if pile.get("resourceType") == "Bundle" else [pile]
        for body in bodies:
            named = (text(body, "resourceType"), text(body, "id"))
            if named[0] and (named[1] is None or named not in seen):
                seen.add(named)
                yield body


def chart(request: Json, practice: Practice, encounter: str | None, at: datetime) -> Chart:
    """Return the summary; `encounter` is the one under review where the request does not say."""
    return _Reader(request, practice, encounter, at).chart()


class _Reader:
    def __init__(self, request: Json, practice: Practice, encounter: str | None, at: datetime) -> None:
        self.practice, self.zone, self.at = practice, practice.zone, at
        self.all = list(resources(request))
        asked = text(one(request, "context"), "encounterId") or encounter
        found = [r for r in self._of("Encounter") if text(r, "id") == asked]
        virtual = [r for r in self._of("Encounter") if text(one(r, "class"), "code") == "VR"]
        self.encounter = (found or virtual or self._of("Encounter") or [{}])[0]
        self.of = f"Encounter/{text(self.encounter, 'id')}"
        self.more: dict[str, int] = {}

    def chart(self) -> Chart:
        patient = next(iter(self._of("Patient")), {})
        return Chart(
            name=_human(patient) or "Name not sent",
            born=text(patient, "birthDate") or "",
            age=_age(patient, self.practice.local(self.at).date()),
            sex=(text(patient, "gender") or "").capitalize(),
            number=next((v for i in many(patient, "identifier") if (v := text(i, "value"))), ""),
            coverage=tuple(_coverage(c) for c in self._of("Coverage")),
            clinician=self._clinician(),
            encounter=tuple(self._encounter()),
            photos=self._list("photos", self._photos()),
            messages=self._list("messages", self._messages()),
            visits=self._list("visits", self._visits()),
            notes=self._list("notes", self._notes()),
            charges=self._list("charges", self._charges()),
            consents=self._list("consents", self._consents()),
            more=self.more,
        )

    def _of(self, *types: str) -> list[Json]:
        return [r for r in self.all if r.get("resourceType") in types]

    def _list(self, name: str, lines: Iterator[Line]) -> tuple[Line, ...]:
        newest = sorted(lines, key=lambda line: line.sorts, reverse=True)
        self.more[name] = max(0, len(newest) - MOST)
        return tuple(newest[:MOST])

    def _line(self, body: Json, told: Moment | None, what: str, note: str = "") -> Line:
        return Line(
            when(told, self.practice).removesuffix(UNTOLD) if told else "no date",
            what,
            note,
            text(body, "status") or "",
            told.first if told else LONG_AGO,
            self.of in {text(one(body, "encounter"), "reference"), text(one(body, "context"), "reference")}
            or any(text(e, "reference") == self.of for e in many(one(body, "context"), "encounter")),
        )

    def _clinician(self) -> str:
        for part in many(self.encounter, "participant"):
            if said := text(one(part, "individual"), "display"):
                return said
        return next((h for p in self._of("Practitioner") if (h := _human(p))), "")

    def _encounter(self) -> Iterator[tuple[str, str]]:
        encounter, zone = self.encounter, self.zone
        code = text(one(encounter, "class"), "code") or text(encounter, "class")
        yield "Kind", " · ".join(_unique([*words(encounter, "type"), CLASSES.get(code or "", code or "not told")]))
        yield "Status", text(encounter, "status") or "not told"
        start, end = period(encounter, "period", zone)
        if start:
            yield "Began", when(start, self.practice)
        if end:
            yield "Ended", when(end, self.practice)
        reasons = [_coded(r) for r in many(encounter, "reasonCode")]
        reasons += [_reference(r) for r in many(encounter, "reasonReference")]
        yield "Reason", "; ".join(r for r in reasons if r) or "none given"
        if who := self._clinician():
            yield "Reviewer", who
        if where := text(one(encounter, "serviceProvider"), "display"):
            yield "Practice", where

    def _photos(self) -> Iterator[Line]:
        for body in self._of("Media"):
            told = choice(body, "created", self.zone) or moment(body, "issued", self.zone)
            yield self._line(body, told, _attachment(one(body, "content")), _by(one(body, "operator")))
        for body in self._of("DocumentReference"):
            for content in many(body, "content"):
                attachment = one(content, "attachment")
                if (text(attachment, "contentType") or "").startswith(("image/", "video/", "application/pdf")):
                    told = moment(body, "date", self.zone)
                    yield self._line(body, told, _attachment(attachment), _by(one(body, "author")))
        for body in self._of("Communication"):
            for payload in many(body, "payload"):
                if attachment := one(payload, "contentAttachment"):
                    told = moment(body, "received", self.zone) or moment(body, "sent", self.zone)
                    yield self._line(body, told, _attachment(attachment), _by(one(body, "sender")))

    def _messages(self) -> Iterator[Line]:
        for body in self._of("Communication"):
            told = moment(body, "sent", self.zone) or moment(body, "received", self.zone)
            said = " ".join(t for p in many(body, "payload") if (t := text(p, "contentString")))
            to = ", ".join(_unique(_who(r) for r in many(body, "recipient")))
            medium = ", ".join(_unique(words(body, "medium"))[:1])
            note = f"{_who(one(body, 'sender')) or 'Nobody named'} to {to or 'nobody named'}"
            yield self._line(body, told, said or "(no text)", f"{note} · {medium}" if medium else note)

    def _visits(self) -> Iterator[Line]:
        for body in self._of("Encounter"):
            if body is not self.encounter:
                code = text(one(body, "class"), "code") or ""
                what = [*_codes(body, "type"), *words(body, "type"), CLASSES.get(code, code)]
                reasons = "; ".join(c for r in many(body, "reasonCode") if (c := _coded(r)))
                yield self._line(
                    body, period(body, "period", self.zone)[0], " · ".join(_unique(what)) or "Visit", reasons
                )
        for body in self._of("Appointment"):
            kind = _unique(["Appointment", *words(body, "appointmentType"), *words(body, "serviceType")])
            notes = [c for r in many(body, "reasonCode") if (c := _coded(r))]
            if created := moment(body, "created", self.zone):
                notes.append(f"booked {when(created, self.practice)}")
            yield self._line(body, moment(body, "start", self.zone), " · ".join(kind), "; ".join(notes))
        for body in self._of("Procedure"):
            kind = _unique(["Procedure", *_codes(body, "code"), *words(body, "code")])
            yield self._line(body, choice(body, "performed", self.zone), " · ".join(kind))

    def _notes(self) -> Iterator[Line]:
        for body in self._of("ClinicalImpression"):
            said = text(body, "summary") or text(body, "description") or "Finding"
            yield self._line(body, moment(body, "date", self.zone) or choice(body, "effective", self.zone), said)
        for body in self._of("DiagnosticReport"):
            said = text(body, "conclusion") or "Report"
            yield self._line(body, moment(body, "issued", self.zone) or choice(body, "effective", self.zone), said)
        for body in self._of("DocumentReference"):
            types = [text(one(c, "attachment"), "contentType") or "" for c in many(body, "content")]
            if not any(t.startswith(("image/", "video/", "application/pdf")) for t in types):
                said = text(body, "description") or ", ".join(_unique(words(body, "type"))[:1]) or "Note"
                yield self._line(body, moment(body, "date", self.zone), said, text(body, "docStatus") or "")
        for body in self._of("QuestionnaireResponse"):
            answers = "; ".join(_answers(body))
            yield self._line(body, moment(body, "authored", self.zone), "Attestation", answers)

    def _charges(self) -> Iterator[Line]:
        for body in self._of("ChargeItem"):
            what = " ".join(_codes(body, "code")) or ", ".join(words(body, "code")) or "Charge"
            yield self._line(body, choice(body, "occurrence", self.zone), what)
        for body in self._of("Claim"):
            for item in many(body, "item"):
                what = " ".join(_codes(item, "productOrService")) or "Claim line"
                modifiers = " ".join(_codes(item, "modifier"))
                yield self._line(body, choice(item, "serviced", self.zone), f"{what} {modifiers}".strip(), "on a claim")

    def _consents(self) -> Iterator[Line]:
        for body in self._of("Consent"):
            said = [*words(body, "category"), *words(one(body, "provision"), "code"), *words(body, "scope")]
            yield self._line(body, moment(body, "dateTime", self.zone), "; ".join(_unique(said)) or "Consent")


def _human(person: Json) -> str:
    name = one(person, "name")
    parts = [*_strings(name, "prefix"), *_strings(name, "given"), text(name, "family") or "", *_strings(name, "suffix")]
    return " ".join(p for p in parts if p) or text(name, "text") or ""


def _strings(node: Json, key: str) -> list[str]:
    value = node.get(key)
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def _age(patient: Json, today: date) -> str:
    told = moment(patient, "birthDate", ZoneInfo("UTC"))
    if told is None or not told.first.date() <= today:
        return ""
    born = told.first.date()
    return f"{today.year - born.year - ((today.month, today.day) < (born.month, born.day))} years"


def _coverage(body: Json) -> str:
    payor = one(body, "payor")
    said = [*words(body, "type")[:1], text(payor, "display") or "", text(one(body, "class"), "name") or ""]
    named = " · ".join(_unique(said)) or text(payor, "reference") or "Coverage"
    state = text(body, "status")
    return named if state in {None, "active"} else f"{named} ({state})"


def _attachment(attachment: Json) -> str:
    return " · ".join(_unique([text(attachment, "title") or "", text(attachment, "contentType") or "type not told"]))


def _by(reference: Json) -> str:
    who = _who(reference)
    return f"by: {who}" if who else "by: nobody named"


def _who(reference: Json) -> str:
    named = text(reference, "display")
    kind = WHO.get((text(reference, "reference") or "").rpartition("/")[0].rpartition("/")[2], "")
    return f"{kind} ({named})" if kind and named else kind or named or ""


def _reference(reference: Json) -> str:
    return text(reference, "display") or text(reference, "reference") or ""


def _coded(concept: Json) -> str:
    told = many(concept, "coding")
    codes = [c for coding in told if (c := text(coding, "code"))]
    said = text(concept, "text") or next((d for coding in told if (d := text(coding, "display"))), "")
    return " ".join([*codes, said]).strip()


def _codes(body: Json, name: str) -> list[str]:
    return [c for coding in codings(body, name) if (c := text(coding, "code"))]


def _answers(body: Json) -> Iterator[str]:
    for item in many(body, "item"):
        for answer in many(item, "answer"):
            for name, value in answer.items():
                if name.startswith("value"):
                    said = value.get("code") if isinstance(value, dict) else value
                    said = {True: "yes", False: "no"}[said] if isinstance(said, bool) else said
                    yield f"{text(item, 'linkId') or 'answer'}: {said}"


def _unique(parts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(p for p in parts if p))
