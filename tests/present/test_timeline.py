"""The picture of a review: what lies where, and that it says the same in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_service.billing.assessment import Answer, Assessment, Candidate, Finding
from cds_service.billing.facts import (
    Address,
    By,
    Fact,
    Image,
    Kind,
    Message,
    Problem,
    Reply,
    ReviewFacts,
    Service,
    Services,
)
from cds_service.billing.moment import Moment
from cds_service.billing.practice import Practice
from cds_service.billing.questions import follow_up, look_ahead, look_back, window
from cds_service.billing.rulebook import Rule, Source
from cds_service.present.timeline import NARROW, WIDE, Axis, Lane, Mark, Timeline, timeline

NEW_YORK = ZoneInfo("America/New_York")
PRACTICE = Practice(
    zone=NEW_YORK,
    business_days=frozenset(range(5)),
    opens=time(8),
    closes=time(17),
    holidays=frozenset({date(2026, 11, 26)}),
    state="NY",
    locality="01",
    setting="nonfacility",
    place_of_service="11",
    qualifying_apm=False,
)
FRIDAY = datetime(2026, 11, 20, 16, tzinfo=NEW_YORK)
MONDAY = datetime(2026, 11, 23, 15, 20, tzinfo=NEW_YORK)
SIGNING = datetime(2026, 11, 23, 15, 30, tzinfo=NEW_YORK)
TUESDAY = datetime(2026, 11, 24, 15, 20, tzinfo=NEW_YORK)


def exactly(moment: datetime) -> Moment:
    return Moment.exactly(moment)


def rule(question: str, terms: object) -> Rule:
    source = Source("a citation", None, "high", recalled=False)
    return Rule("G2010", "", question, date(2019, 1, 1), None, date(2018, 11, 23), source, terms)


def assessment(at: datetime, *, until: datetime | None = None, asked: bool = True) -> Assessment:
    findings = (
        Finding("follow_up", "met", Answer("met"), rule("follow_up", follow_up.Terms(24))),
        Finding("look_back", "met", Answer("met"), rule("look_back", look_back.Terms(7, frozenset({"E/M"})))),
        Finding(
            "look_ahead",
            "wait",
            Answer("wait", until=until),
            rule("look_ahead", look_ahead.Terms(24, frozenset({"E/M", "procedure"}))),
        ),
    )
    return Assessment(
        candidates=(Candidate("G2010", findings if asked else (), fits=True),),
        at=at,
        on=at.astimezone(NEW_YORK).date(),
        edition="test",
        payer="medicare",
        reporter="E/M",
        charged=(),
        not_asked=(),
        reviewed_until=date(2027, 1, 1),
        is_review=True,
    )


def service(start: Moment | None, kind: Kind | None = "E/M", by: By | None = "reviewer") -> Service:
    return Service("appointment", kind, by, start, Problem(), (Address("Appointment/a1", "start"),))


def facts(received: Moment | None, answered: Moment | None, *services: Service) -> ReviewFacts:
    image = Image(
        Fact("patient"), Fact(received, (Address("Communication/c1", "received"),)), True, Address("Media/m1")
    )
    reply = (Reply(answered, Address("Communication/c2", "sent")),) if answered else ()
    return ReviewFacts(
        "Encounter/e1", "Patient/p1", PRACTICE, True, images=(image,), replies=reply, services=Services(services)
    )


def usual(*services: Service, at: datetime = SIGNING, width: float = WIDE) -> Timeline:
    return timeline(
        facts(exactly(FRIDAY), exactly(MONDAY), *services), assessment(at, until=TUESDAY), at=at, width=width
    )


def lane(drawn: Timeline, key: str) -> Lane:
    return next(lane for lane in drawn.lanes if lane.key == key)


def marks(drawn: Timeline) -> dict[str, Mark]:
    return {m.key: m for each in drawn.lanes for m in each.marks}


def test_moments_stand_in_the_order_of_time() -> None:
    found = marks(usual())
    order = ["received", "strict", "answered", "now", "due", "recheck", "open"]
    places = [found[key].middle for key in order]
    assert places == sorted(places)
    assert len(set(places)) == len(places)


def test_the_deadline_is_reading_a_and_the_other_readings_stand_beside_it() -> None:
    found = marks(usual())
    assert found["due"].label == "Answer due · Mon Nov 23 16:00"
    assert found["strict"].label == "24 clock hours · Sat Nov 21 16:00"
    assert found["open"].label == "24 open hours · Wed Nov 25 13:00"


def test_the_weekend_is_shaded_between_friday_and_monday() -> None:
    drawn = usual()
    friday, monday = (next(d for d in drawn.days if d.first == date(2026, 11, day)) for day in (20, 23))
    between = [s for s in drawn.shades if s.kind == "weekend" and friday.x < s.x < monday.x]
    assert len(between) == 2
    assert sum(s.width for s in between) == pytest.approx(monday.x - friday.x - friday.width)


def test_the_clock_runs_on_business_days_and_pauses_on_the_weekend() -> None:
    kinds = [bar.kind for bar in lane(usual(), "clock").bars]
    assert kinds == ["used", "paused", "paused", "used", "left"]


def test_a_holiday_is_shaded_and_not_counted() -> None:
    start, at = datetime(2026, 11, 25, 16, tzinfo=NEW_YORK), datetime(2026, 11, 25, 17, tzinfo=NEW_YORK)
    drawn = timeline(facts(exactly(start), None), assessment(at), at=at)
    assert [s.kind for s in drawn.shades if s.kind != "night"].count("holiday") == 1
    assert "paused" in [bar.kind for bar in lane(drawn, "clock").bars]
    assert marks(drawn)["due"].label == "Answer due · Fri Nov 27 16:00"


def test_without_an_answer_nothing_runs_ahead_and_it_is_said() -> None:
    drawn = timeline(facts(exactly(FRIDAY), None), assessment(SIGNING), at=SIGNING)
    assert "answered" not in marks(drawn)
    assert "name-ahead" not in marks(drawn)
    assert "No answer to the patient is on record." in drawn.left_out


def test_without_a_receipt_there_is_no_deadline_and_it_is_said() -> None:
    drawn = timeline(facts(None, exactly(MONDAY)), assessment(SIGNING), at=SIGNING)
    assert {"received", "due", "strict", "open"}.isdisjoint(marks(drawn))
    assert "When the photo was received is not told." in drawn.left_out


def test_a_code_that_does_not_ask_draws_no_windows() -> None:
    drawn = timeline(facts(exactly(FRIDAY), exactly(MONDAY)), assessment(SIGNING, asked=False), at=SIGNING)
    assert [lane.key for lane in drawn.lanes] == ["looks", "story"]


def test_a_day_without_a_time_is_a_span() -> None:
    day = Moment.on(date(2026, 11, 20), NEW_YORK)
    drawn = timeline(facts(day, exactly(MONDAY)), assessment(SIGNING), at=SIGNING)
    received, due = marks(drawn)["received"], marks(drawn)["due"]
    column = next(d for d in drawn.days if d.first == date(2026, 11, 20))
    assert received.width == pytest.approx(column.width, rel=0.01)
    assert due.width > 0
    assert next(r for r in drawn.rows if r.key == "received").when == "Fri Nov 20, 2026 (time not told)"


def test_a_look_back_of_seven_days_begins_with_the_doubtful_day() -> None:
    bars = [b for b in lane(usual(), "services").bars if b.key == "back-photo"]
    assert [b.kind for b in bars] == ["edge", "window"]
    first = next(d for d in usual().days if d.first == date(2026, 11, 13))
    assert bars[0].x == pytest.approx(first.x)
    assert bars[0].width == pytest.approx(first.width)


def test_days_of_a_window_are_never_folded() -> None:
    drawn = usual(service(exactly(datetime(2026, 10, 28, 9, tzinfo=NEW_YORK))))
    folded = [d for d in drawn.days if d.folded]
    assert [(d.first, d.last) for d in folded] == [(date(2026, 10, 29), date(2026, 11, 12))]
    assert folded[0].label == "15 days"


def test_a_distant_visit_leaves_room_for_what_is_near() -> None:
    far = service(exactly(datetime(2026, 12, 22, 9, tzinfo=NEW_YORK)), None, None)
    drawn = usual(far)
    found = marks(drawn)
    assert found["service-1"].label == "Appointment, kind unknown · Tue Dec 22 09:00"
    assert found["answered"].middle - found["received"].middle > 100
    assert next(r for r in drawn.rows if r.key == "service-1").note == "By nobody named."


def test_what_cannot_be_drawn_is_counted() -> None:
    old = service(exactly(datetime(2026, 3, 2, 9, tzinfo=NEW_YORK)))
    assert usual(old, service(None)).left_out == (
        "1 service without a date.",
        "1 older service, the last on Mon Mar 2, 2026.",
    )


def test_what_was_recorded_later_is_not_drawn() -> None:
    later = service(exactly(datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)))
    booked = datetime(2026, 11, 23, 17, tzinfo=NEW_YORK)
    seen = replace(later, recorded=booked)
    assert "service-1" not in marks(usual(seen))
    assert "service-1" in marks(usual(seen, at=datetime(2026, 11, 23, 17, 30, tzinfo=NEW_YORK)))


def test_an_answer_by_staff_says_so() -> None:
    by_staff = facts(exactly(FRIDAY), None)
    reply = Reply(exactly(MONDAY), Address("Communication/c2", "sent"), doubt="staff")
    drawn = timeline(
        ReviewFacts("e", "p", PRACTICE, True, images=by_staff.images, replies=(reply,)), assessment(SIGNING), at=SIGNING
    )
    assert marks(drawn)["answered"].label.startswith("Answer by staff · ")


def test_the_rows_say_everything_that_is_drawn() -> None:
    drawn = usual(service(exactly(datetime(2026, 11, 24, 9, tzinfo=NEW_YORK))))
    said = {row.key for row in drawn.rows}
    assert {key for key in marks(drawn) if not key.startswith("name-")} <= said
    assert [r.what for r in drawn.rows if r.key == "window"] == [
        "7 days before the photo",
        "7 days before the review",
        "24 hours after the answer",
    ]
    assert next(r for r in drawn.rows if r.key == "received").seen_at == (Address("Communication/c1", "received"),)


def test_an_e_visit_shows_its_messages_and_its_seven_days() -> None:
    terms = window.Terms(7, frozenset({"99421"}), frozenset({"E/M"}))
    asked = Finding("window", "wait", Answer("wait", until=TUESDAY), rule("window", terms))
    judged = replace(assessment(SIGNING), candidates=(Candidate("99421", (asked,), fits=True),))
    thread = tuple(
        Message(exactly(MONDAY + timedelta(minutes=n)), n % 2 == 0, Address(f"Communication/c{n}")) for n in range(8)
    )
    known = replace(facts(None, None), images=(), messages=thread, started=Fact(exactly(MONDAY)))
    drawn = timeline(known, judged, at=SIGNING)
    assert [m.key for m in lane(drawn, "story").marks] == [
        "theirs-1",
        "ours-2",
        "theirs-3",
        "ours-4",
        "theirs-5",
        "ours-6",
    ]
    assert len({(round(m.middle), m.y) for m in lane(drawn, "story").marks}) == 6
    assert {"name-back-inquiry", "name-e-visit"} <= set(marks(drawn))
    assert drawn.left_out == ("2 more messages.",)


def test_a_change_of_the_clock_keeps_the_axis_in_step() -> None:
    before, after = date(2026, 10, 31), date(2026, 11, 2)
    axis = Axis.over([(Moment.on(before, NEW_YORK, through=after), True)], [], PRACTICE, 600)
    sunday = axis.days[1]
    assert axis.x(datetime(2026, 11, 1, 0, tzinfo=NEW_YORK)) == pytest.approx(sunday.x)
    middle = datetime(2026, 11, 1, 11, 30, tzinfo=NEW_YORK)  # of a day of 25 hours
    assert axis.x(middle) == pytest.approx(sunday.x + sunday.width / 2)


moments = st.datetimes(datetime(2026, 9, 1), datetime(2027, 2, 1), timezones=st.just(NEW_YORK))  # noqa: DTZ001
kinds = st.sampled_from(["E/M", "procedure", "service", None])


@given(
    received=moments,
    answered=st.none() | moments,
    at=moments,
    visits=st.lists(moments, max_size=10),
    width=st.sampled_from([NARROW, WIDE]),
)
def test_whatever_happened_the_picture_keeps_its_order_and_its_bounds(
    received: datetime, answered: datetime | None, at: datetime, visits: list[datetime], width: float
) -> None:
    known = facts(exactly(received), exactly(answered) if answered else None, *(service(exactly(v)) for v in visits))
    drawn = timeline(known, assessment(at, until=at), at=at, width=width)
    assert sum(day.width for day in drawn.days) == pytest.approx(width)
    for a, b in pairwise(drawn.days):
        assert a.x + a.width == pytest.approx(b.x)
        assert a.last < b.first
    for each in drawn.lanes:
        for mark in each.marks:
            assert -0.01 <= mark.x <= mark.x + mark.width <= width + 0.01
            assert each.y <= mark.label_y <= each.y + each.height <= drawn.height
        for bar in each.bars:
            assert -0.01 <= bar.x <= bar.x + bar.width <= width + 0.01
            assert bar.width >= 0
    known_marks = marks(drawn)
    if answered and received < answered:
        assert known_marks["received"].middle <= known_marks["answered"].middle
