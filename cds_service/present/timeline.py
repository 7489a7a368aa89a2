"""One review as a picture of time: what happened when, which windows were open, and when to look again.

The axis is made of the practice's calendar days, one column each. A day on which something happens is wide, a quiet
day narrow, and a long run of quiet days is folded into one column that says how many; inside a column time runs
evenly. So ten minutes between photo and answer stay visible beside a visit three weeks before, days keep their order
and their weekends, and the seven days of a look-back can be counted with a finger. An axis to one scale would show
only one of the two: 24 hours beside 30 days are 3 % of the width.

Pure: facts and an answer in, numbers and words out. A template draws them; the same content stands in `rows` for
those who cannot see the picture, or have no room for it. No name and no word of the patient's is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise
from typing import Literal

from cds_service.billing import e_visit, hours
from cds_service.billing.assessment import Assessment
from cds_service.billing.facts import Address, ReviewFacts, Service
from cds_service.billing.moment import Moment
from cds_service.billing.practice import Practice
from cds_service.billing.questions import follow_up, look_ahead, look_back, window

from . import text

WIDE, NARROW = 960, 360
"""The widths drawn for a desk and for a phone: the same picture with the same size of letters."""

FOLD_FROM = 5
"""Quiet days in a row from which they are folded; the days of a look-back never are."""

NEARBY = timedelta(days=30)
"""Visits up to this long before the photo are drawn; of older ones only their number is told."""

NEARBY_PROCEDURE = timedelta(days=100)
"""As above for procedures, whose global period is up to 90 days."""

MOST_SERVICES, MOST_MESSAGES = 8, 6
"""As many services and messages as one picture can carry: the services nearest to the review, the first messages."""

LETTER, BOLD = 6.9, 7.7
"""The average width of a letter of the labels (12 px), generous: it must hold for the widest of the usual fonts."""

FAINT = frozenset({"strict", "open"})
"""What is drawn less strongly, and in thinner letters: the other readings of the deadline."""

Look = Literal["business", "weekend", "holiday", "closed"]
Anchor = Literal["start", "end"]

SAYS: dict[str, str] = {
    "received": "Photo received",
    "answered": "Answered",
    "signed": "Signed",
    "due": "Answer due",
    "now": "Now",
    "recheck": "Check again",
}
KINDS: dict[str | None, str] = {
    "E/M": "E/M",
    "procedure": "procedure",
    "service": "service",
    "asynchronous": "asynchronous service",
    None: "kind unknown",
}
SOURCES = {"encounter": "Visit", "procedure": "Procedure", "appointment": "Appointment"}
BY: dict[str | None, str] = {
    "reviewer": "by the reviewer",
    "group": "by the same group and specialty",
    "colleague": "by a colleague whose specialty was not read",
    "other": "by another group or specialty",
    None: "by nobody named",
}
DOUBTS = {
    "staff": "by staff",
    "another clinician": "by another clinician",
    "organization": "by the organization",
    "unknown sender": "by nobody named",
    "voicemail": "a voicemail",
    "recipient unknown": "to nobody named",
}


@dataclass(frozen=True, slots=True)
class Day:
    """One column: a calendar day of the practice, or several that are folded."""

    x: float
    width: float
    first: date
    last: date
    look: Look
    label: str

    @property
    def folded(self) -> bool:
        return self.first != self.last


@dataclass(frozen=True, slots=True)
class Shade:
    """A time in which the practice is closed."""

    x: float
    width: float
    kind: Literal["night", "weekend", "holiday", "closed"]


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Month:
    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time on a lane: `kind` names how it is drawn, `y` is its row in the lane."""

    key: str
    kind: Literal["used", "left", "paused", "window", "edge"]
    x: float
    width: float
    y: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment, or a whole day where the record says no more (`width` above 0), with its label."""

    key: str
    x: float
    width: float
    y: float
    label: str
    label_x: float = 0
    label_y: float = 0
    anchor: Anchor = "start"

    @property
    def middle(self) -> float:
        """Where its sign stands: a deadline's at the end of its span, all others' in the middle."""
        return self.x + self.width / (1 if self.key == "due" else 2)


@dataclass(frozen=True, slots=True)
class Lane:
    key: str
    title: str
    y: float
    height: float
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the same content as text."""

    key: str
    when: str
    what: str
    note: str = ""
    seen_at: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True)
class Timeline:
    """The picture, ready to be drawn, and the same in words."""

    width: float
    height: float
    top: float
    """Where the lanes begin, below the names of the days."""
    zone: str
    days: tuple[Day, ...]
    shades: tuple[Shade, ...]
    months: tuple[Month, ...]
    ticks: tuple[Tick, ...]
    lanes: tuple[Lane, ...]
    lines: tuple[Mark, ...]
    """Now, and when to check again: lines through all lanes."""
    rows: tuple[Row, ...]
    says: str
    left_out: tuple[str, ...]
    """What belongs to the picture and could not be drawn, in words."""


def timeline(facts: ReviewFacts, assessment: Assessment, *, at: datetime, width: float = WIDE) -> Timeline:
    """Draw one review as it stood at `at`; `width` is that of the drawing, in pixels."""
    return _Sheet(facts.seen_by(at), assessment, at.astimezone(UTC), width).drawn()


# --- what there is to draw -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Thing:
    """A moment before it has a place; `wide` says whether its day deserves room."""

    key: str
    what: str
    moment: Moment
    note: str = ""
    seen_at: tuple[Address, ...] = ()
    wide: bool = True


@dataclass(frozen=True, slots=True)
class _Window:
    key: str
    what: str
    first: datetime
    last: datetime
    edge: tuple[datetime, datetime] | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Terms:
    """The figures of the rules that the picture shows; None where nobody asks."""

    answer_hours: int | None
    back_days: int | None
    ahead_hours: int | None
    e_visit: window.Terms | None


def _terms(assessment: Assessment) -> _Terms:
    """Return the figures of the best code; where all are out of the question, those that the codes were asked with."""
    best = assessment.best
    asked: dict[str, object] = {}
    for candidate in (best,) if best else [c for c in assessment.candidates if c.fits]:
        for finding in candidate.findings:
            if finding.under:
                asked.setdefault(finding.question, finding.under.terms)
    answer, back, ahead, within = (asked.get(q) for q in ("follow_up", "look_back", "look_ahead", "window"))
    return _Terms(
        answer.business_hours if isinstance(answer, follow_up.Terms) else None,
        back.days if isinstance(back, look_back.Terms) else None,
        ahead.hours if isinstance(ahead, look_ahead.Terms) else None,
        within if isinstance(within, window.Terms) else None,
    )


class _Sheet:
    """One drawing in the making."""

    def __init__(self, facts: ReviewFacts, assessment: Assessment, at: datetime, width: float) -> None:
        self.facts, self.assessment, self.at, self.width = facts, assessment, at, width
        self.practice = facts.practice
        self.terms = _terms(assessment)
        self.received = facts.received.value
        self.answered = facts.answered.value
        self.left_out: list[str] = []
        self.story = self._story()
        self.deadlines = self._deadlines()
        self.windows = self._windows()
        self.services = self._services()
        self.looks = self._looks()
        moments = [(t.moment, t.wide) for t in self._things()]
        self.axis = Axis.over(moments, [Moment(w.first, w.last) for w in self.windows], self.practice, width)

    # -- the things

    def _story(self) -> list[_Thing]:
        facts, story = self.facts, self._messages()
        if self.received is not None:
            count = len(facts.own_images or facts.images)
            photos = f"{count} photos received" if count > 1 else SAYS["received"]
            note = (
                "This is when the system stored it; the message may have come earlier." if facts.received.doubt else ""
            )
            story.append(_Thing("received", photos, self.received, note, facts.received.seen_at))
        elif facts.images:
            self.left_out.append("When the photo was received is not told.")
        if self.answered is not None and self.terms.e_visit is None:
            doubt = facts.answered.doubt
            said = f"Answer {DOUBTS.get(doubt, doubt)}" if doubt else SAYS["answered"]
            story.append(_Thing("answered", said, self.answered, "", facts.answered.seen_at))
        elif self.terms.answer_hours is not None:
            self.left_out.append("No answer to the patient is on record.")
        signed = facts.signed.value
        if signed is not None and not (signed.exact and signed.first == self.at):
            story.append(_Thing("signed", SAYS["signed"], signed, "", facts.signed.seen_at))
        return story

    def _messages(self) -> list[_Thing]:
        """The thread of an e-visit, to its first few messages; of an image review the photo and the answer suffice."""
        if self.terms.e_visit is None:
            return []
        thread = sorted(self.facts.messages, key=lambda m: m.sent.first)
        if len(thread) > MOST_MESSAGES:
            self.left_out.append(f"{_count(len(thread) - MOST_MESSAGES, 'more message')}.")
        return [
            _Thing(
                f"{'theirs' if m.inbound else 'ours'}-{n}",
                "Patient wrote" if m.inbound else "Practice wrote",
                m.sent,
                seen_at=(m.seen_at,),
            )
            for n, m in enumerate(thread[:MOST_MESSAGES], 1)
        ]

    def _deadlines(self) -> list[_Thing]:
        received, given = self.received, self.terms.answer_hours
        if received is None or given is None:
            return []

        def due(reading: Literal["strict", "due", "open"]) -> Moment | None:
            try:
                ends = [_due(reading, start, given, self.practice) for start in (received.first, received.last)]
            except hours.NeverOpen:
                return None
            return Moment(ends[0], ends[1])

        readings: list[tuple[Literal["strict", "due", "open"], str, str]] = [
            ("strict", f"{given} clock hours", "The strictest reading: in time under every reading."),
            ("due", SAYS["due"], f"{given} hours counted on business days, day and night: the reading we take."),
            ("open", f"{given} open hours", "The most generous reading: between the two a person decides."),
        ]
        dues = [(key, what, due(key), note) for key, what, note in readings]
        return [_Thing(k, what, moment, note, wide=k == "due") for k, what, moment, note in dues if moment is not None]

    def _windows(self) -> list[_Window]:
        terms, on = self.terms, self.assessment.on
        windows = self._e_visit(terms.e_visit) if terms.e_visit else []
        if terms.back_days is not None:
            day = self.received.day(self.practice.zone) if self.received else None
            if day is not None and self.received is not None:
                windows.append(self._back(terms.back_days, day, self.received.last, "photo"))
            if day != on:
                ends = self.at if on == self._today else Moment.on(on, self.practice.zone).last
                windows.append(self._back(terms.back_days, on, ends, "review"))
        if terms.ahead_hours is not None and self.answered is not None:
            windows.append(
                _Window(
                    "ahead",
                    f"{terms.ahead_hours} hours after the answer",
                    self.answered.first,
                    self.answered.last + timedelta(hours=terms.ahead_hours),
                    None,
                    "A related visit in these hours includes the review.",
                )
            )
        return windows

    def _e_visit(self, terms: window.Terms) -> list[_Window]:
        within = e_visit.window(self.facts, terms.days, terms.family)
        if within is None:
            self.left_out.append("When the e-visit began is not told.")
            return []
        inbound = [m.sent for m in self.facts.messages if m.inbound]
        asked = min(inbound, key=lambda m: m.first) if inbound else within.start
        note = "A related visit in these days takes the e-visit in; whatever else is written in them is part of it."
        return [
            self._back(terms.days, asked.day(self.practice.zone), asked.last, "inquiry"),
            _Window("e-visit", f"{terms.days} days of the e-visit", within.start.first, within.ends, None, note),
        ]

    def _back(self, days: int, day: date, end: datetime, of: str) -> _Window:
        """Return the days before `day`, of which the first is doubtful."""
        opens = Moment.on(day - timedelta(days=days), self.practice.zone)
        following = Moment.on(day - timedelta(days=days - 1), self.practice.zone).first
        note = f"A related visit in these days includes the review; day {days} itself is doubtful."
        edge = (opens.first, following)
        return _Window(f"back-{of}", f"{days} days before the {of}", opens.first, max(end, following), edge, note)

    @property
    def _today(self) -> date:
        return self.practice.local(self.at).date()

    def _services(self) -> list[_Thing]:
        about = self.received.first if self.received else self.at
        dated = [s for s in self.facts.services.seen if s.start is not None]
        undated = len(self.facts.services.seen) - len(dated)
        if undated:
            self.left_out.append(f"{_count(undated, 'service')} without a date.")
        near = [s for s in dated if _start(s) >= about - (NEARBY_PROCEDURE if s.kind == "procedure" else NEARBY)]
        if len(dated) > len(near):
            older = max(_start(s) for s in dated if s not in near)
            self.left_out.append(
                f"{_count(len(dated) - len(near), 'older service')}, the last on {_date(older, self.practice)}."
            )
        near.sort(key=lambda s: abs(_start(s) - about))
        if len(near) > MOST_SERVICES:
            self.left_out.append(f"{_count(len(near) - MOST_SERVICES, 'more service')}, farther from the review.")
        drawn = sorted(near[:MOST_SERVICES], key=_start)
        return [_service(s, n, self.practice) for n, s in enumerate(drawn, 1)]

    def _looks(self) -> list[_Thing]:
        looks = [_Thing("now", SAYS["now"], Moment.exactly(self.at), "The moment of this look at the chart.")]
        best = self.assessment.best
        if best is not None and best.recheck_at is not None and best.recheck_at > self.at:
            looks.append(
                _Thing(
                    "recheck", SAYS["recheck"], Moment.exactly(best.recheck_at), "Nothing can settle it before then."
                )
            )
        return looks

    def _things(self) -> list[_Thing]:
        return [*self.story, *self.deadlines, *self.services, *self.looks]

    # -- their places

    def drawn(self) -> Timeline:
        lanes, top = [], 40.0 if any(True for _ in self.axis.ticks()) else 28.0
        top += 16
        y = top + 6
        for lane in self._lanes():
            if lane.marks or lane.bars:
                lanes.append(_moved(lane, y))
                y += lane.height
        looks = next((lane.marks for lane in lanes if lane.key == "looks"), ())
        rows = self._rows()
        return Timeline(
            width=self.width,
            height=y,
            top=top,
            zone=str(self.practice.zone),
            days=self.axis.days,
            shades=tuple(self.axis.shades()),
            months=tuple(self.axis.months()),
            ticks=tuple(self.axis.ticks()),
            lanes=tuple(lanes),
            lines=looks,
            rows=rows,
            says=" ".join(f"{r.what}: {r.when}." for r in rows if r.key != "window"),
            left_out=tuple(self.left_out),
        )

    def _lanes(self) -> Iterator[Lane]:
        yield self._lane("looks", "This look at the chart", self.looks)
        yield self._lane("story", "The messages" if self.terms.e_visit else "The photo and the answer", self.story)
        given = self.terms.answer_hours
        yield self._lane("clock", f"{given} business hours to answer", self.deadlines, [list(self._clock())])
        rows = [list(self._window(w)) for w in self.windows]
        names = [_Thing(w.key, w.what, Moment(w.first, w.last)) for w in self.windows]
        yield self._lane("services", "Visits that could include the review", self.services, rows, names)

    def _lane(
        self,
        key: str,
        title: str,
        things: list[_Thing],
        bars: list[list[Bar]] | None = None,
        names: list[_Thing] | None = None,
    ) -> Lane:
        """Lay a lane out from its top: title, rows of bars (each with its name), marks, labels."""
        y, laid, marks = 20.0, [], []
        for n, row in enumerate(bars or []):
            if not row:
                continue
            if names:
                x, end = row[0].x, row[-1].x + row[-1].width
                room = _span(names[n].what)
                anchor: Anchor = "start" if x + room <= self.width else "end"
                at = x if anchor == "start" else min(max(end, room), self.width)
                marks.append(Mark(f"name-{names[n].key}", x, 0, y + 11, names[n].what, at, y + 11, anchor))
                y += 15
            laid += [replace(b, y=y) for b in row]
            y += 16 if names else 0
        if things:
            y += 8
            placed = _staggered([self._mark(t, y) for t in things])
            labelled, below = _labelled(placed, max(m.y for m in placed) + 22, self.width)
            marks += labelled
            y = below
        return Lane(key, title, 0, y + 12, tuple(laid), tuple(marks))

    def _mark(self, thing: _Thing, y: float) -> Mark:
        x, end = self.axis.x(thing.moment.first), self.axis.x(thing.moment.last)
        return Mark(thing.key, x, end - x, y, f"{thing.what} · {_when_short(thing.moment, self.practice)}")

    def _clock(self) -> Iterator[Bar]:
        """The hours that count towards the deadline, and the pauses between them."""
        due = next((d.moment for d in self.deadlines if d.key == "due"), None)
        if self.received is None or due is None:
            return
        stopped = self.answered.first if self.answered else self.at
        day, zone = self.practice.local(self.received.first).date(), self.practice.zone
        while (of := Moment.on(day, zone)).first < due.last:
            first, last = max(of.first, self.received.first), min(_midnight_after(day, self.practice), due.last)
            if not self.practice.is_business_day(day):
                yield self._bar("clock", "paused", first, last)
            else:
                turn = min(max(stopped, first), last)
                if first < turn:
                    yield self._bar("clock", "used", first, turn)
                if turn < last:
                    yield self._bar("clock", "left", turn, last)
            day += timedelta(days=1)

    def _window(self, window: _Window) -> Iterator[Bar]:
        first = window.first
        if window.edge:
            yield self._bar(window.key, "edge", *window.edge)
            first = window.edge[1]
        if first < window.last:
            yield self._bar(window.key, "window", first, window.last)

    def _bar(
        self, key: str, kind: Literal["used", "left", "paused", "window", "edge"], a: datetime, b: datetime
    ) -> Bar:
        x = self.axis.x(a)
        return Bar(key, kind, x, self.axis.x(b) - x, 0)

    # -- the same in words

    def _rows(self) -> tuple[Row, ...]:
        rows = [
            (t.moment.first, Row(t.key, when(t.moment, self.practice), t.what, t.note, t.seen_at))
            for t in self._things()
        ]
        for w in self.windows:
            said = f"{when(Moment.exactly(w.first), self.practice)} to {when(Moment.exactly(w.last), self.practice)}"
            rows.append((w.first, Row("window", said, w.what, w.note)))
        return tuple(row for _, row in sorted(rows, key=lambda r: r[0]))


# --- the axis --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Axis:
    """Calendar days as columns: see the module's docstring for why."""

    days: tuple[Day, ...]
    practice: Practice
    starts: tuple[tuple[datetime, float], ...] = field(repr=False)
    """Where each column begins, and where the last one ends: an instant and its place."""

    @classmethod
    def over(cls, moments: list[tuple[Moment, bool]], windows: list[Moment], practice: Practice, width: float) -> Axis:
        """Lay out all days from the first to the last: wide where a moment asks for it, unfolded inside a window."""
        zone = practice.zone
        spans = [m for m, _ in moments] + windows
        first, last = min(m.day(zone) for m in spans), max(m.last_day(zone) for m in spans)
        busy = {day for m, wide in moments if wide for day in (m.day(zone), m.last_day(zone))}
        shown = {day for w in windows for day in _days(w.day(zone), w.last_day(zone))}
        columns = list(_columns(first, last, busy | shown))
        weights = [4.0 if a in busy else 2.0 if a != b else 1.0 for a, b in columns]
        unit, x = width / sum(weights), 0.0
        days: list[Day] = []
        for (a, b), weight in zip(columns, weights, strict=True):
            days.append(Day(x, unit * weight, a, b, _look(a, practice), _named(a, b, unit * weight)))
            x += unit * weight
        starts = [(Moment.on(d.first, zone).first, d.x) for d in days]
        return cls(tuple(days), practice, (*starts, (_midnight_after(last, practice), width)))

    def x(self, instant: datetime) -> float:
        """Return the place of an instant; one beyond the ends is held at the end."""
        instant = instant.astimezone(UTC)
        if instant <= self.starts[0][0]:
            return self.starts[0][1]
        for (a, left), (b, right) in pairwise(self.starts):
            if a <= instant < b:
                return left + (right - left) * ((instant - a) / (b - a))
        return self.starts[-1][1]

    def shades(self) -> Iterator[Shade]:
        for day in self.days:
            if day.folded:
                continue
            if day.look != "business":
                yield Shade(day.x, day.width, day.look)
            elif day.width >= MIN_NIGHT:
                opens, closes = self._hours(day.first)
                for a, b in ((day.x, self.x(opens)), (self.x(closes), day.x + day.width)):
                    if b - a > 1:
                        yield Shade(a, b - a, "night")

    def ticks(self) -> Iterator[Tick]:
        """The hours at which the practice opens and closes, on days that have the room."""
        for day in self.days:
            if day.folded or day.width < MIN_HOURS or day.look != "business":
                continue
            for instant in self._hours(day.first):
                local = self.practice.local(instant)
                if local.time() != time(0):
                    yield Tick(self.x(instant), f"{local:%H:%M}")

    def months(self) -> Iterator[Month]:
        shown = None
        for n, day in enumerate(self.days):
            month = (day.last.year, day.last.month)
            if month != shown:
                room = sum(d.width for d in self.days[n:] if (d.last.year, d.last.month) == month)
                long = f"{day.last:%B %Y}"
                if room >= _span(long):
                    yield Month(day.x, long)
                elif room >= _span(f"{day.last:%b}"):
                    yield Month(day.x, f"{day.last:%b}")
                shown = month

    def _hours(self, day: date) -> tuple[datetime, datetime]:
        practice = self.practice
        opens = datetime.combine(day, practice.opens, practice.zone).astimezone(UTC)
        ends = day if practice.closes > practice.opens else day + timedelta(days=1)
        return opens, datetime.combine(ends, practice.closes, practice.zone).astimezone(UTC)


MIN_NIGHT, MIN_HOURS = 30, 110
"""Columns from these widths on show nights, and the hours of opening."""


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _columns(first: date, last: date, kept: set[date]) -> Iterator[tuple[date, date]]:
    """Yield single days, and runs of quiet days long enough to be folded."""
    for quiet, run in groupby(_days(first, last), key=lambda day: day not in kept):
        days = list(run)
        if quiet and len(days) >= FOLD_FROM:
            yield days[0], days[-1]
        else:
            yield from ((day, day) for day in days)


def _look(day: date, practice: Practice) -> Look:
    if day in practice.holidays:
        return "holiday"
    if day.weekday() in practice.business_days:
        return "business"
    return "weekend" if day.weekday() >= SATURDAY else "closed"


SATURDAY = 5


def _named(first: date, last: date, width: float) -> str:
    """Return the longest name of a column for which there is room."""
    if first != last:
        days = (last - first).days + 1
        names = [f"{days} days", f"{days} d", "…"]
    else:
        names = [f"{first:%a %b} {first.day}", f"{first:%a} {first.day}", f"{first.day}", ""]
    return next((name for name in names if len(name) * BOLD + 4 <= width), names[-1])


def _midnight_after(day: date, practice: Practice) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), practice.zone).astimezone(UTC)


# --- labels ----------------------------------------------------------------------------------------------------------


def _span(words: str, letter: float = LETTER) -> float:
    return len(words) * letter + 6


def _label_span(mark: Mark) -> float:
    return _span(mark.label, LETTER if mark.key in FAINT else BOLD)


ROW, MARK, GAP = 17, 15, 8
"""The height of a row of labels, the size of a mark, and the least room between two labels."""


def _labelled(marks: list[Mark], y: float, width: float) -> tuple[list[Mark], float]:
    """Give each label a row below its mark: none on another, and if possible none on the line that leads to one."""
    ways = [_placed(marks, width, backwards, anchor) for backwards in (True, False) for anchor in ANCHORS]
    labels = min(ways, key=lambda labels: (_crossings(labels), max(label.row for label in labels)))
    deepest = max(label.row for label in labels)
    return [label.drawn(y) for label in sorted(labels, key=lambda label: label.mark.middle)], y + deepest * ROW


def _staggered(marks: list[Mark]) -> list[Mark]:
    """Set a mark lower that would lie on its neighbour: minutes apart, on a day that has to share the width."""
    told: list[Mark] = []
    for mark in sorted(marks, key=lambda m: m.middle):
        near = {m.y for m in told if mark.middle - m.middle < MARK}
        told.append(replace(mark, y=next(y for n in range(len(near) + 1) if (y := mark.y + n * MARK) not in near)))
    return told


ANCHORS: tuple[Anchor, Anchor] = ("start", "end")


@dataclass(frozen=True, slots=True)
class _Label:
    mark: Mark
    row: int
    left: float
    right: float
    anchor: Anchor

    def drawn(self, y: float) -> Mark:
        at = self.left if self.anchor == "start" else self.right
        return replace(self.mark, label_x=at, label_y=y + self.row * ROW, anchor=self.anchor)

    def lies_on(self, other: _Label) -> bool:
        return self.row == other.row and self.left < other.right + GAP and other.left < self.right + GAP

    def covers(self, other: _Label) -> bool:
        """Whether the line from the other's mark down to its label would run through this one."""
        return self.row < other.row and self.left < other.mark.middle < self.right


def _placed(marks: list[Mark], width: float, backwards: bool, preferred: Anchor) -> list[_Label]:  # noqa: FBT001
    placed: list[_Label] = []
    for mark in sorted(marks, key=lambda m: m.middle, reverse=backwards):
        free = [c for c in _choices(mark, len(placed), width, preferred) if not any(c.lies_on(p) for p in placed)]
        clear = (c for c in free if not any(c.covers(p) or p.covers(c) for p in placed))
        placed.append(next(clear, free[0]))
    return placed


def _choices(mark: Mark, rows: int, width: float, preferred: Anchor) -> list[_Label]:
    span, x = _label_span(mark), mark.middle
    starts: dict[Anchor, float] = {"start": x - 3, "end": x + 3 - span}
    sides = [(starts[a], a) for a in sorted(ANCHORS, key=lambda a: a != preferred)]
    inside = [(left, a) for left, a in sides if left + 3 >= 0 and left + span <= width + 3]
    if not inside:
        inside = [(max(0.0, min(x - span / 2, width - span)), "start")]
    return [_Label(mark, row, left, left + span, anchor) for row in range(rows + 1) for left, anchor in inside]


def _crossings(labels: list[_Label]) -> int:
    return sum(a.covers(b) for a in labels for b in labels)


def _moved(lane: Lane, y: float) -> Lane:
    bars = tuple(replace(b, y=b.y + y) for b in lane.bars)
    marks = tuple(replace(m, y=m.y + y, label_y=m.label_y + y) for m in lane.marks)
    return replace(lane, y=y, bars=bars, marks=marks)


# --- words -----------------------------------------------------------------------------------------------------------


UNTOLD = " (time not told)"


def when(moment: Moment, practice: Practice) -> str:
    """Return a moment in the practice's time: `Fri Nov 20, 2026, 16:00`, or the day or days where no more is told."""
    if moment.exact:
        local = practice.local(moment.first)
        return f"{local:%a %b} {local.day}, {local:%Y, %H:%M}"
    if moment.day(practice.zone) == moment.last_day(practice.zone):
        return _day_or_part(moment, practice)
    return f"{_date(moment.first, practice)} to {_date(moment.last, practice)}"


def _day_or_part(moment: Moment, practice: Practice) -> str:
    first, last = practice.local(moment.first), practice.local(moment.last)
    if first.time() == time(0) and last.time() >= time(23, 59):
        return f"{_date(moment.first, practice)}{UNTOLD}"
    return f"{_date(moment.first, practice)}, {first:%H:%M} to {last:%H:%M}"


def _when_short(moment: Moment, practice: Practice) -> str:
    if moment.exact:
        return text.when(moment.first, practice)
    first, last = practice.local(moment.first), practice.local(moment.last)
    said = f"{first:%a %b} {first.day}"
    return said if first.date() == last.date() else f"{said} to {last:%a %b} {last.day}"


def _date(instant: datetime, practice: Practice) -> str:
    local = practice.local(instant)
    return f"{local:%a %b} {local.day}, {local:%Y}"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _due(reading: Literal["strict", "due", "open"], start: datetime, given: int, practice: Practice) -> datetime:
    if reading == "strict":
        return hours.clock(start, given)
    if reading == "due":
        return hours.on_business_days(start, given, practice)
    return hours.open_hours(start, given, practice)


def _start(service: Service) -> datetime:
    return service.start.first if service.start else datetime.min.replace(tzinfo=UTC)


def _service(service: Service, number: int, practice: Practice) -> _Thing:
    source, kind = SOURCES[service.source], KINDS[service.kind]
    what = source if source.lower() == kind else f"{source}, {kind}"
    note = BY[service.by]
    if service.booked is not None:
        note += f"; booked {when(Moment.exactly(service.booked), practice)}"
    start = service.start or Moment.exactly(_start(service))
    return _Thing(f"service-{number}", what, start, f"{note[0].upper()}{note[1:]}.", service.seen_at)
