"""The calendar of the rules, walked day by day at every boundary: a day before, the day, a day after, on both dates.

The first dates are those of `billing_rules.md` §4; nothing here is read off the program's answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest

from cds_service.billing.rulebook import EVERYONE, Rule, RuleBook

from .scenario import house

FIRST_DAY = date(2019, 1, 1)
DAY = timedelta(days=1)

# Code → first and last date of service (None: still), where billing_rules.md §4 says so.
LIVES: dict[str, tuple[date, date | None]] = {
    "G2010": (date(2019, 1, 1), None),
    "G2250": (date(2021, 1, 1), None),
    "98016": (date(2025, 1, 1), None),
    "G2012": (date(2019, 1, 1), date(2024, 12, 31)),
    "G2251": (date(2021, 1, 1), None),
    "G2252": (date(2021, 1, 1), None),
    "99421": (date(2020, 1, 1), None),
    "99422": (date(2020, 1, 1), None),
    "99423": (date(2020, 1, 1), None),
    "98970": (date(2021, 1, 1), None),
    "98971": (date(2021, 1, 1), None),
    "98972": (date(2021, 1, 1), None),
    "G2061": (date(2020, 1, 1), date(2020, 12, 31)),
    "G2062": (date(2020, 1, 1), date(2020, 12, 31)),
    "G2063": (date(2020, 1, 1), date(2020, 12, 31)),
    "98000": (date(2025, 1, 1), None),
    "98015": (date(2025, 1, 1), None),
    "G0546": (date(2025, 1, 1), None),
    "G0551": (date(2025, 1, 1), None),
    "G9868": (date(2018, 1, 1), None),
}
# Codes whose end is known and whose beginning lies before our calendar, or is not told there.
LAST_DAYS = {"99441": date(2024, 12, 31), "99443": date(2024, 12, 31), "G0071": date(2025, 12, 31)}


def book() -> RuleBook:
    return house().book


TODAY = max(day for rules in book().rules.values() for rule in rules for day in (rule.start, rule.announced))
"""The last day on which something changes: after it every day is like it."""


CODES = sorted(book().codes)
PAYERS = sorted({voice for voice, _, _ in book().rules if voice != EVERYONE})
SPOKEN = sorted({(code, voice) for voice, code, _ in book().rules if voice != EVERYONE})
"""Each code with each payer that says a word on it."""


def around(days: Iterable[date]) -> list[date]:
    """Return each of the days with the day before and the day after, from 2019 to today."""
    found = {day + step for day in days for step in (-DAY, timedelta(0), DAY)}
    return sorted(day for day in found if FIRST_DAY <= day <= TODAY)


def boundaries(rules: Iterable[Rule]) -> list[date]:
    """Return every day on which something begins, ends or is announced, and its neighbours."""
    days = {FIRST_DAY, TODAY}
    for rule in rules:
        days |= {rule.start, rule.announced, *([rule.until, rule.until + DAY] if rule.until else [])}
    return around(days)


def walk(code: str, payer: str) -> list[date]:
    return boundaries([*book().calendar(code, payer), *book().codes[code].lives])


@cache
def lives(code: str, on: date, known: date) -> bool:
    return book().codes[code].life(on=on, known=known) is not None


def test_the_two_image_codes_are_there() -> None:
    assert {"G2010", "G2250"} <= set(CODES)
    assert {"medicare", "aetna", "commercial", "unknown"} <= set(PAYERS)


@pytest.mark.parametrize("code", [c for c in CODES if c in LIVES])
def test_a_code_lives_from_its_first_day_to_its_last(code: str) -> None:
    first, last = LIVES[code]
    if first >= FIRST_DAY:
        assert not lives(code, first - DAY, TODAY)
    assert lives(code, max(first, FIRST_DAY), TODAY)
    assert lives(code, last or TODAY, TODAY)
    if last:
        assert not lives(code, last + DAY, TODAY)


@pytest.mark.parametrize("code", [c for c in CODES if c in LAST_DAYS])
def test_a_code_that_was_deleted_ends_on_its_last_day(code: str) -> None:
    assert lives(code, LAST_DAYS[code], TODAY)
    assert not lives(code, LAST_DAYS[code] + DAY, TODAY)


@pytest.mark.parametrize("code", CODES)
def test_a_code_lives_without_a_gap(code: str) -> None:
    alive = [day for day in walk(code, "medicare") if lives(code, day, TODAY)]
    assert alive, "it never lived"
    day = alive[0]
    while day <= alive[-1]:
        assert lives(code, day, TODAY), day
        day += DAY


@pytest.mark.parametrize("code", CODES)
def test_a_code_is_known_by_its_first_day(code: str) -> None:
    first = min(rule.start for rule in book().codes[code].lives)
    assert lives(code, first, first)


@pytest.mark.parametrize("known_today", [False, True], ids=["as known then", "as known today"])
@pytest.mark.parametrize(("code", "payer"), SPOKEN)
def test_what_was_once_asked_of_a_code_is_asked_to_the_end_of_its_life(
    code: str, payer: str, known_today: bool
) -> None:
    before: set[str] = set()
    for day in walk(code, payer):
        known = TODAY if known_today else day
        if lives(code, day, known):
            asked = {q for q in book().questions if book().rule(payer, code, q, on=day, known=known)}
            assert before <= asked, f"{day}: {', '.join(sorted(before - asked))} is asked no more"
            before = asked


@pytest.mark.parametrize("code", ["G2010", "G2250"])
def test_medicare_says_on_every_day_of_their_lives_that_the_image_codes_are_paid(code: str) -> None:
    for day in walk(code, "medicare"):
        if lives(code, day, day):
            rule = book().rule("medicare", code, "paid", on=day, known=day)
            assert rule is not None, day
            assert getattr(rule.terms, "pays", None) == "yes", day


@pytest.mark.parametrize("code", ["G2010", "G2250"])
def test_from_their_first_day_the_image_codes_are_asked_all_that_their_descriptors_ask(code: str) -> None:
    descriptor = {"reporter", "established", "submission", "interpretation", "follow_up", "look_back", "look_ahead"}
    first = LIVES[code][0]
    assert {q for q in descriptor if not book().rule("medicare", code, q, on=first, known=first)} == set()


@pytest.mark.parametrize(("code", "payer"), SPOKEN)
def test_on_both_dates_the_latest_word_of_the_nearest_voice_is_heard(code: str, payer: str) -> None:
    days = walk(code, payer)
    for question in book().questions:
        spoken = [book().rules.get((voice, code, question), ()) for voice in (payer, EVERYONE)]
        if not any(spoken):
            continue
        for on in days:
            for known in days:
                if not lives(code, on, known):
                    continue
                heard: Rule | None = None
                for rules in spoken:
                    fitting = [r for r in rules if r.announced <= known and r.start <= on <= (r.until or date.max)]
                    if fitting and heard is None:
                        heard = max(fitting, key=lambda r: r.announced)
                assert book().rule(payer, code, question, on=on, known=known) is heard, (question, on, known)


def test_no_two_versions_announced_on_one_day_speak_to_one_date() -> None:
    for key, rules in book().rules.items():
        for number, one in enumerate(rules):
            for other in rules[number + 1 :]:
                apart = one.start > (other.until or date.max) or other.start > (one.until or date.max)
                assert one.announced != other.announced or apart, key


def test_a_version_ends_after_it_begins_and_a_payer_speaks_only_of_codes_that_live() -> None:
    for (payer, code, question), rules in book().rules.items():
        for rule in rules:
            assert rule.until is None or rule.start <= rule.until, (payer, code, question)
            if payer != EVERYONE:
                days = boundaries([rule])
                assert any(rule.covers(d) and lives(code, d, TODAY) for d in days), (payer, code, question, rule.start)


def test_nothing_is_announced_in_the_future() -> None:
    today = datetime.now(UTC).date()
    assert all(rule.announced <= today for rules in book().rules.values() for rule in rules)


# --- dates that the sources give ---


@pytest.mark.parametrize(
    ("on", "covers"),
    [("2019-01-01", "service"), ("2019-12-31", "service"), ("2020-01-01", "year"), ("2026-11-21", "year")],
)
def test_consent_was_for_each_service_in_2019_and_covers_a_year_since(on: str, covers: str) -> None:
    rule = book().rule("medicare", "G2010", "consent", on=date.fromisoformat(on), known=TODAY)
    assert rule is not None
    assert getattr(rule.terms, "covers", None) == covers


@pytest.mark.parametrize("code", ["G2010", "G2250"])
@pytest.mark.parametrize(
    ("on", "new"), [("2023-05-11", "tolerated"), ("2023-05-12", "refused"), ("2026-11-21", "refused")]
)
def test_new_patients_were_tolerated_until_the_emergency_ended_on_11_may_2023(code: str, on: str, new: str) -> None:
    rule = book().rule("medicare", code, "established", on=date.fromisoformat(on), known=TODAY)
    assert rule is not None
    assert getattr(rule.terms, "new_patients", None) == new


@pytest.mark.parametrize("code", ["G2010", "G2250"])
@pytest.mark.parametrize(("on", "pays"), [("2023-11-30", "ask"), ("2023-12-01", "no"), ("2026-11-21", "no")])
def test_aetna_s_self_insured_plans_stopped_paying_on_1_december_2023(code: str, on: str, pays: str) -> None:
    rule = book().rule("aetna", code, "paid", on=date.fromisoformat(on), known=TODAY)
    assert rule is not None
    assert getattr(rule.terms, "pays", None) == pays


@pytest.mark.parametrize("code", ["G2010", "G2250"])
def test_advanced_primary_care_management_is_asked_about_since_it_began_in_2025(code: str) -> None:
    assert book().rule("medicare", code, "care_management", on=date(2024, 12, 31), known=TODAY) is None
    assert book().rule("medicare", code, "care_management", on=date(2025, 1, 1), known=TODAY) is not None
