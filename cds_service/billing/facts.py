"""What the record says about one review, each fact with the address where it was seen.

Facts look; they never decide. A fact without a value still says where it was looked for. `seen_by(at)` gives what the
record had said at that moment, so that the same facts serve the sign-off, the re-check a day later and the audit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from typing import Generic, Literal, TypeVar

from .moment import EVER, Moment, is_recorded
from .practice import Practice

T = TypeVar("T")

Party = Literal["patient", "proxy", "clinician", "staff", "organization", "device"]
By = Literal["reviewer", "group", "colleague", "other"]
Kind = Literal["E/M", "procedure", "service", "asynchronous"]
Setting = Literal["in person", "virtual"]
Channel = Literal["secure", "not secure", "consumer app"]
Role = Literal["consultant", "requester"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where something was seen or looked for: a resource (`Communication/c1`, `prefetch/media`) and a path in it."""

    resource: str
    path: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Fact(Generic[T]):
    """One thing that the record says, or where it was looked for in vain.

    `doubt` names why a person must look at it though it has a value (`staff`, `home address`). `otherwise` is what the
    next source says, for when this one was recorded later than the moment of looking.
    """

    value: T | None = None
    seen_at: tuple[Address, ...] = ()
    recorded: datetime | None = None
    doubt: str | None = None
    otherwise: Fact[T] | None = None

    def seen_by(self, at: datetime) -> Fact[T]:
        """Return the first source that had spoken by `at`, or silence."""
        if is_recorded(self.recorded, at):
            return replace(self, otherwise=None) if self.otherwise else self
        return self.otherwise.seen_by(at) if self.otherwise else Fact(seen_at=self.seen_at)

    def __repr__(self) -> str:
        """Show the address, never the value: logs and tracebacks hold no patient data."""
        return f"Fact(at {', '.join(f'{a.resource} {a.path}'.strip() for a in self.seen_at) or 'nowhere'})"


def first_of(facts: list[Fact[T]], silent: Fact[T]) -> Fact[T]:
    """Chain what several sources say, the preferred one first; `silent` says where it was looked for in vain."""
    chain = silent
    for fact in reversed(facts):
        chain = replace(fact, otherwise=chain)
    return chain


@dataclass(frozen=True, slots=True)
class Look:
    """How far back a search is known to be whole: to `back_to`, or not at all (None). Absent is never nothing there."""

    seen_at: tuple[Address, ...] = ()
    back_to: datetime | None = None

    def covers(self, moment: datetime) -> bool:
        return self.back_to is not None and self.back_to <= moment

    @property
    def whole(self) -> bool:
        return self.back_to == EVER

    def with_(self, *others: Look) -> Look:
        """Return how far back all of these searches are whole."""
        looks = (self, *others)
        addresses = tuple(a for look in looks for a in look.seen_at)
        reaches = [look.back_to for look in looks if look.back_to is not None]
        return Look(addresses, max(reaches) if len(reaches) == len(looks) else None)


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """What a review or a service was about: ICD-10-CM categories (three characters) and Condition references."""

    categories: frozenset[str] = frozenset()
    conditions: frozenset[str] = frozenset()

    def same_as(self, other: Problem) -> bool:
        """Whether both surely are about one problem; False means *unknown*, never *another problem*."""
        return bool(self.categories & other.categories or self.conditions & other.conditions)

    def __bool__(self) -> bool:
        return bool(self.categories or self.conditions)


@dataclass(frozen=True, slots=True)
class Image:
    """An image or video of this review; `certain` is False for a Media whose content type is not told."""

    submitted_by: Fact[Party]
    received: Fact[Moment]
    certain: bool
    seen_at: Address
    recorded: datetime | None = None
    requested_anew: bool = False
    """Sent because the reviewer asked for better images: it starts the follow-up clock anew."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A message to the patient after the images: by whom, and whether it is one that settles the follow-up.

    `doubt`: `staff`, `another clinician`, `organization`, `unknown sender`, `voicemail`, `recipient unknown`; None for
    the reviewer's own message to the patient or proxy. `attested` is the reviewer's word in the attestation.
    """

    sent: Moment
    seen_at: Address
    doubt: str | None = None
    attested: bool = False
    recorded: datetime | None = None


@dataclass(frozen=True, slots=True)
class Interpretation:
    """A finding or note of this encounter: by the reviewer, by another, or by nobody named.

    `against_images` is True where its words speak against the images (a phrase of `tables/inadequate_phrases.csv`).
    """

    by: Literal["reviewer", "another", "unknown"]
    seen_at: Address
    dated: Moment | None = None
    draft: bool = False
    against_images: bool = False
    recorded: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConsentOnFile:
    """A consent to be treated: whether it is active and names technology-based services and cost sharing."""

    active: bool
    names_service_and_cost: bool
    dated: Moment | None
    seen_at: Address
    recorded: datetime | None = None
    encounter: bool = False
    """Given for this very encounter."""


@dataclass(frozen=True, slots=True)
class Service:
    """An Encounter, Procedure or Appointment of the patient other than the review itself.

    `by`: the reviewer; the same group and specialty; a colleague of the same organization whose specialty was not read;
    another; None for unknown. `kind` and `start` may be unknown too. `booked` is `Appointment.created`.
    """

    source: Literal["encounter", "procedure", "appointment"]
    kind: Kind | None
    by: By | None
    start: Moment | None
    problem: Problem
    seen_at: tuple[Address, ...]
    end: Moment | None = None
    synchronous: bool = False
    """In person, or live by its code."""
    finished: bool = False
    booked: datetime | None = None
    recorded: datetime | None = None
    codes: frozenset[str] = frozenset()
    global_days: int | None = None
    """Postoperative days of a procedure whose code is in the table; None where it is not."""


@dataclass(frozen=True, slots=True)
class Services:
    """All services seen, and how far each search is whole."""

    seen: tuple[Service, ...] = ()
    encounters: Look = Look()
    procedures: Look = Look()
    appointments: Look = Look()

    def seen_by(self, at: datetime) -> Services:
        return replace(self, seen=tuple(s for s in self.seen if is_recorded(s.recorded, at)))


@dataclass(frozen=True, slots=True)
class Charge:
    """A ChargeItem or a line of a Claim. `settled` once billed or on a claim: we say so and touch nothing."""

    code: str
    seen_at: Address
    status: str
    of_review: bool
    on: Moment | None = None
    kind: Kind | None = None
    by: By | None = None
    own: bool | None = None
    """Whether the reviewer in person performed it; None where nobody is named."""
    modifiers: frozenset[str] | None = None
    """None where the resource cannot tell (R4's ChargeItem has no modifier)."""
    place_of_service: str | None = None
    settled: bool = False
    recorded: datetime | None = None
    resource: dict[str, object] | None = field(default=None, compare=False, repr=False)
    """The ChargeItem as read, to be sent back whole when it is corrected."""


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence of the reviewer: its state (USPS, or None), its time, and whether the client's file vouches for it."""

    state: str | None
    start: Moment | None
    end: Moment | None
    vouched: bool
    seen_at: Address


@dataclass(frozen=True, slots=True)
class Report:
    """The reviewer's answer to the clinician who asked: spoken (a call joins the two) or in writing."""

    sent: Moment
    spoken: bool
    seen_at: Address
    recorded: datetime | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A message of this encounter between the patient (or proxy) and the practice; each told once."""

    sent: Moment
    inbound: bool
    """From the patient or proxy."""
    seen_at: Address
    recorded: datetime | None = None


@dataclass(frozen=True, slots=True)
class Minutes:
    """Minutes that a clinician spent on an encounter: attested, or a time entry. `on` is None where no day is told."""

    spent: Fact[int]
    by: By | None
    encounter: str
    on: Moment | None

    @property
    def seen_at(self) -> tuple[Address, ...]:
        return self.spent.seen_at


@dataclass(frozen=True)
class ReviewFacts:
    """Everything the questions may ask about one review. Without slots, so that what is worked out is kept."""

    encounter: str
    patient: str
    practice: Practice
    at_sign_off: bool
    """The caller is signing now: the call is the signature, and drafts count."""
    setting: Setting | None = None
    void: Fact[str] = Fact()
    """The status of an encounter that was cancelled or entered in error."""
    live: Fact[str] = Fact()
    """A code of the encounter's own type that says it was a live visit."""
    date_of_service: Fact[date] = Fact()
    signed: Fact[Moment] = Fact()
    payer: Fact[str] = Fact()
    funding: Fact[str] = Fact()
    reviewer: Fact[str] = Fact()
    """The reference of the reviewer: `Practitioner/p1`."""
    reporter: Fact[str] = Fact()
    taxonomies: frozenset[str] = frozenset()
    images: tuple[Image, ...] = ()
    images_looked: Look = Look()
    replies: tuple[Reply, ...] = ()
    replies_looked: Look = Look()
    interpretations: tuple[Interpretation, ...] = ()
    interpretations_looked: Look = Look()
    images_adequate: Fact[bool] = Fact()
    consents: tuple[ConsentOnFile, ...] = ()
    consents_looked: Look = Look()
    consent_attested: Fact[bool] = Fact()
    diagnosis: Fact[str] = Fact()
    problem: Problem = Problem()
    services: Services = Services()
    related_service: Fact[bool] = Fact()
    led_to_visit: Fact[bool] = Fact()
    soonest_available: Fact[Moment] = Fact()
    free_slots: tuple[Fact[Moment], ...] = ()
    """The reviewer's free slots, as far as any were read."""
    charges: tuple[Charge, ...] = ()
    charges_looked: Look = Look()
    licences: tuple[Licence, ...] = ()
    patient_state: Fact[str] = Fact()
    started: Fact[Moment] = Fact()
    """When the encounter began."""
    first_reviewed: Fact[Moment] = Fact()
    """When the reviewer attests to have first read the patient's inquiry."""
    messages: tuple[Message, ...] = ()
    minutes: tuple[Minutes, ...] = ()
    initiated: Fact[bool] = Fact()
    """Whether the patient began it; False if the practice had asked."""
    channel: Fact[Channel] = Fact()
    live_call: Fact[Moment] = Fact()
    """When a live call between reviewer and patient ended that no written message had begun."""
    request: Fact[Role] = Fact()
    """The reviewer's part in another clinician's request, or in one to another clinician."""
    reported: tuple[Report, ...] = ()
    models: frozenset[str] = frozenset()
    """The CMMI models that the practice takes part in."""
    enrolled_with: Fact[frozenset[str]] | None = None
    """The payers that the reviewer is enrolled with by the client's file; None where the file lists no enrolments."""

    def seen_by(self, at: datetime) -> ReviewFacts:
        """Return what the record had said at `at`; a draft counts only at sign-off."""
        return replace(
            self,
            date_of_service=self.date_of_service.seen_by(at),
            signed=self.signed.seen_by(at),
            images=tuple(
                replace(i, submitted_by=i.submitted_by.seen_by(at), received=i.received.seen_by(at))
                for i in self.images
                if is_recorded(i.recorded, at)
            ),
            replies=tuple(r for r in self.replies if is_recorded(r.recorded, at)),
            interpretations=tuple(
                i for i in self.interpretations if is_recorded(i.recorded, at) and (self.at_sign_off or not i.draft)
            ),
            images_adequate=self.images_adequate.seen_by(at),
            consents=tuple(c for c in self.consents if is_recorded(c.recorded, at)),
            consent_attested=self.consent_attested.seen_by(at),
            services=self.services.seen_by(at),
            related_service=self.related_service.seen_by(at),
            led_to_visit=self.led_to_visit.seen_by(at),
            soonest_available=self.soonest_available.seen_by(at),
            charges=tuple(c for c in self.charges if is_recorded(c.recorded, at)),
            patient_state=self.patient_state.seen_by(at),
            started=self.started.seen_by(at),
            first_reviewed=self.first_reviewed.seen_by(at),
            messages=tuple(m for m in self.messages if is_recorded(m.recorded, at)),
            minutes=tuple(
                m for m in (replace(m, spent=m.spent.seen_by(at)) for m in self.minutes) if m.spent.value is not None
            ),
            initiated=self.initiated.seen_by(at),
            channel=self.channel.seen_by(at),
            live_call=self.live_call.seen_by(at),
            request=self.request.seen_by(at),
            reported=tuple(r for r in self.reported if is_recorded(r.recorded, at)),
        )

    def served_on(self, at: datetime) -> date:
        """Return the date of service: the practice's calendar day that chooses the rules."""
        return self.date_of_service.value or at.astimezone(self.practice.zone).date()

    @cached_property
    def own_images(self) -> tuple[Image, ...]:
        """The images that the patient or the patient's proxy sent."""
        return tuple(i for i in self.images if i.certain and i.submitted_by.value in {"patient", "proxy"})

    @cached_property
    def received(self) -> Fact[Moment]:
        """When the submission came: at its first image, or at the newest that the reviewer had asked for anew."""
        submitted = self.own_images or tuple(i for i in self.images if i.submitted_by.value is None)
        dated = [i for i in submitted if i.received.value is not None]
        anew = [i for i in dated if i.requested_anew]
        if anew:
            return max(anew, key=_receipt).received
        return min(dated, key=_receipt).received if dated else Fact(seen_at=self.images_looked.seen_at)

    @cached_property
    def answered(self) -> Fact[Moment]:
        """When the patient was answered: by the reviewer's own message, else as attested, else by others."""
        received = self.received.value
        after = [r for r in self.replies if received is None or r.sent.last >= received.first]
        for rank in (_own, _attested, _doubtful):
            ranked = [r for r in after if rank(r)]
            if ranked:
                reply = min(ranked, key=lambda r: r.sent.first)
                return Fact(reply.sent, (reply.seen_at,), doubt=reply.doubt)
        return Fact(seen_at=self.replies_looked.seen_at)

    @cached_property
    def report(self) -> Fact[Moment]:
        """When the clinician who asked first had the reviewer's answer, spoken or written."""
        if not self.reported:
            return Fact(seen_at=self.replies_looked.seen_at)
        first = min(self.reported, key=lambda r: r.sent.first)
        return Fact(first.sent, (first.seen_at,))


def _receipt(image: Image) -> datetime:
    return image.received.value.first if image.received.value else EVER


def _own(reply: Reply) -> bool:
    return reply.doubt is None and not reply.attested


def _attested(reply: Reply) -> bool:
    return reply.attested


def _doubtful(reply: Reply) -> bool:
    return reply.doubt is not None and not reply.attested
