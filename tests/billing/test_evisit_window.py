"""The e-visit's seven days: where they begin and end, what they take in, and that no instant falls between them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.e_visit import Window
from cds_service.billing.e_visit import window as window_of
from cds_service.billing.facts import Address, Fact, Message, Minutes, ReviewFacts, Service
from cds_service.billing.moment import Moment
from cds_service.billing.questions import minutes, window

from .facts import KNEE, RASH, charge, fact, look, moment, review, said, service, when

FAMILY = frozenset({"99421", "99422", "99423"})
TERMS = window.Terms(days=7, family=FAMILY, absorbed_by=frozenset({"E/M"}))
TIERS = {
    "99421": minutes.Terms(5, 10, 5, 7, FAMILY, 2),
    "99422": minutes.Terms(11, 20, 5, 7, FAMILY, 2),
    "99423": minutes.Terms(21, None, 5, 7, FAMILY, 2),
}
OPENED = "2026-11-10 09:00"
LONG_AFTER = "2026-12-01 09:00"


def thread(**different: Any) -> ReviewFacts:
    """Return an e-visit of twelve minutes that began on a Tuesday at nine, with no visit around it."""
    usual: dict[str, Any] = {
        "images": (),
        "services": (),
        "started": Fact(moment(OPENED), (Address("Encounter/e1", "period.start"),)),
        "messages": (Message(moment(OPENED), inbound=True, seen_at=Address("Communication/c1", "sent")),),
        "minutes": (own(12),),
    }
    return review(**(usual | different))


def own(spent: int, encounter: str = "e1", by: Any = "reviewer", on: str | None = OPENED) -> Minutes:
    return Minutes(fact(spent), by, encounter, moment(on) if on else None)


def ask(facts: ReviewFacts, at: str = LONG_AFTER) -> tuple[str, str | None]:
    return said(window.ask(facts, TERMS, when(at)))


def opened(facts: ReviewFacts) -> Window:
    found = window_of(facts, 7, FAMILY)
    assert found is not None
    return found


# --- when it ends ---


def test_it_is_held_until_seven_days_have_passed_and_not_a_second_longer() -> None:
    facts = thread(encounter="e1")
    before = window.ask(facts, TERMS, when("2026-11-17 09:00") - timedelta(seconds=1))
    assert (before.verdict, before.until) == ("wait", when("2026-11-17 09:00"))
    assert ask(facts, "2026-11-17 09:00") == ("met", None)


@pytest.mark.parametrize(
    ("start", "end"), [("2026-10-27 09:00", "2026-11-03 09:00"), ("2027-03-09 09:00", "2027-03-16 09:00")]
)
def test_daylight_saving_moves_no_wall_clock(start: str, end: str) -> None:
    began = thread(started=Fact(moment(start), (Address("Encounter/e1", "period.start"),)), messages=())
    assert opened(began).ends == when(end)


def test_an_attested_first_review_opens_it_and_not_the_encounter() -> None:
    facts = thread(
        first_reviewed=Fact(moment("2026-11-11 08:00"), (Address("QuestionnaireResponse/q1", "first-reviewed"),))
    )
    assert opened(facts).ends == when("2026-11-18 08:00")


def test_without_any_beginning_it_cannot_be_told() -> None:
    assert ask(thread(started=Fact())) == ("missing", None)


# --- visits before, within and after ---


@pytest.mark.parametrize(
    ("visit", "expected"),
    [
        ("2026-11-02 09:00", ("met", None)),
        ("2026-11-03 09:00", ("met", "last day")),
        ("2026-11-04 09:00", ("not-met", "before")),
        ("2026-11-09 17:00", ("not-met", "before")),
        ("2026-11-15 10:00", ("not-met", "absorbed")),
        ("2026-11-17 08:59", ("not-met", "absorbed")),
        ("2026-11-17 09:00", ("met", None)),
        ("2026-11-18 10:00", ("met", None)),
    ],
)
def test_a_related_visit_counts_from_six_days_before_until_the_window_ends(
    visit: str, expected: tuple[str, str | None]
) -> None:
    assert ask(thread(services=(service(visit),))) == expected


def test_a_visit_for_another_problem_is_for_a_person_until_attested() -> None:
    knee = service("2026-11-15 10:00", problem=KNEE)
    assert ask(thread(services=(knee,))) == ("unsettled", "problem")
    assert ask(thread(services=(knee,), led_to_visit=fact(False))) == ("met", None)


def test_a_visit_to_another_group_takes_nothing_in() -> None:
    assert ask(thread(services=(service("2026-11-15 10:00", by="other"),))) == ("met", "elsewhere")


def test_a_search_that_is_not_whole_proves_no_absence() -> None:
    assert ask(thread(searched={"encounters": look("2026-11-05 00:00")})) == ("missing", None)


# --- one code for one window ---


def test_a_second_e_visit_of_the_group_in_the_window_is_refused() -> None:
    earlier = charge("99421", on=moment("2026-11-12 09:00"), of_review=False, by="group")
    assert ask(thread(charges=(earlier,))) == ("not-met", "second")
    later = charge("99421", on=moment("2026-11-17 09:00"), of_review=False, by="group")
    assert ask(thread(charges=(later,))) == ("met", None)


def test_minutes_of_the_window_s_encounters_are_one_sum_and_staff_s_never_count() -> None:
    first = e_visit("2026-11-08 09:00", "e0")
    facts = thread(
        services=(first,), minutes=(own(8, "e0", on="2026-11-08 09:30"), own(4), own(30, by="other"), own(9, by=None))
    )
    assert opened(facts).ends == when("2026-11-15 09:00")
    assert [minutes.ask(facts, terms, when(LONG_AFTER)).verdict for terms in TIERS.values()] == [
        "not-met",
        "met",
        "not-met",
    ]


def test_an_e_visit_eight_days_before_has_a_window_of_its_own() -> None:
    facts = thread(
        services=(e_visit("2026-11-02 09:00", "e0"),), minutes=(own(30, "e0", on="2026-11-02 09:30"), own(6))
    )
    assert opened(facts).ends == when("2026-11-17 09:00")
    assert minutes.ask(facts, TIERS["99421"], when(LONG_AFTER)).verdict == "met"


def e_visit(start: str, name: str) -> Service:
    asynchronous = service(start, name, kind="asynchronous", synchronous=False, codes=frozenset({"99421"}))
    return Service(
        **{f: getattr(asynchronous, f) for f in asynchronous.__slots__} | {"seen_at": (Address(f"Encounter/{name}"),)}
    )


@pytest.mark.parametrize(
    ("spent", "code"),
    [(4, None), (5, "99421"), (10, "99421"), (11, "99422"), (20, "99422"), (21, "99423"), (90, "99423")],
)
def test_every_sum_of_minutes_has_one_tier(spent: int, code: str | None) -> None:
    facts = thread(minutes=(own(spent),))
    met = [c for c, terms in TIERS.items() if minutes.ask(facts, terms, when(LONG_AFTER)).verdict == "met"]
    assert met == ([code] if code else [])


def test_fewer_than_five_minutes_wait_only_while_the_window_is_open_and_the_patient_awaits_an_answer() -> None:
    facts = thread(minutes=(own(4),))
    assert minutes.ask(facts, TIERS["99421"], when("2026-11-12 09:00")).verdict == "wait"
    assert minutes.ask(facts, TIERS["99422"], when("2026-11-12 09:00")).verdict == "not-met"
    assert minutes.ask(facts, TIERS["99421"], when("2026-11-17 09:00")).verdict == "not-met"
    answered = (
        *facts.messages,
        Message(moment("2026-11-10 10:00"), inbound=False, seen_at=Address("Communication/c2", "sent")),
    )
    assert (
        minutes.ask(thread(minutes=(own(4),), messages=answered), TIERS["99421"], when("2026-11-12 09:00")).verdict
        == "not-met"
    )


# --- properties ---

INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(lambda d: d.replace(tzinfo=UTC, microsecond=0))  # noqa: DTZ001 - hypothesis wants them naive
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


def starting(instant: datetime) -> ReviewFacts:
    return thread(started=Fact(Moment.exactly(instant), (Address("Encounter/e1", "period.start"),)), messages=())


@given(INSTANTS, st.integers(0, 60 * 24 * 30))
@settings(max_examples=150, deadline=None)
def test_a_later_start_never_ends_earlier(instant: datetime, more: int) -> None:
    assert opened(starting(instant + timedelta(minutes=more))).ends >= opened(starting(instant)).ends


@given(INSTANTS, OFFSETS)
@settings(max_examples=100, deadline=None)
def test_the_offset_in_which_an_instant_is_written_changes_nothing(instant: datetime, offset: timezone) -> None:
    assert opened(starting(instant.astimezone(offset))) == opened(starting(instant))


@given(INSTANTS, st.integers(0, 8 * 24 * 60))
@settings(max_examples=150, deadline=None)
def test_no_instant_falls_between_the_window_and_what_comes_after(instant: datetime, minute: int) -> None:
    """A related visit at any minute after the start is absorbed, or comes after the window's end: midnight or not."""
    facts = starting(instant)
    start = instant + timedelta(minutes=minute + 1)
    visit = Service(
        "encounter", "E/M", "reviewer", Moment.exactly(start), RASH, (Address("Encounter/v1"),), synchronous=True
    )
    verdict = window.ask(starting_with(instant, visit), TERMS, instant + timedelta(days=40)).verdict
    assert verdict == ("not-met" if start < opened(facts).ends else "met")


@given(st.permutations([service(f"2026-11-{day:02d} 10:00", f"s{day}") for day in (1, 3, 12, 20)]), INSTANTS)
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_record_changes_nothing(shuffled: list[Service], at: datetime) -> None:
    ordered = tuple(sorted(shuffled, key=lambda s: s.seen_at[0].resource))
    one, other = thread(services=tuple(shuffled)), thread(services=ordered)
    assert window.ask(one, TERMS, at).verdict == window.ask(other, TERMS, at).verdict


def starting_with(instant: datetime, visit: Service) -> ReviewFacts:
    began = Fact(Moment.exactly(instant), (Address("Encounter/e1", "period.start"),))
    return thread(started=began, messages=(), services=(visit,))
