"""From findings to one answer (contract.md §4): outcomes, confidence, the best code, wrong charges, when we look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import combinations, product
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cds_service.billing.assess import assess
from cds_service.billing.assessment import Answer, Assessment, Candidate, Finding, Outcome, Verdict
from cds_service.billing.facts import Fact, ReviewFacts, Service
from cds_service.billing.questions import (
    NOT_BUILT,
    QUESTIONS,
    VOCABULARY,
    consent,
    established,
    exists,
    follow_up,
    look_ahead,
    look_back,
    paid,
    reporter,
    signed,
    stands_alone,
    submission,
)
from cds_service.billing.rulebook import EVERYONE, Code, Patterns, Rule, RuleBook, Severity, Source
from cds_service.billing.tables import Tables

from .facts import (
    AGES_LATER,
    KNEE,
    NOT_WHOLE,
    UNTOLD,
    booking,
    charge,
    fact,
    image,
    look,
    moment,
    note,
    reply,
    review,
    service,
    surgery,
    when,
)
from .facts import consent as consent_of

VERDICTS: tuple[Verdict, ...] = ("met", "not-met", "wait", "missing", "unsettled")

SURE = Source("a rule that is written", None, "high", recalled=False)
MEDIUM = replace(SURE, confidence="medium")
LOW = replace(SURE, confidence="low")
FROM_MEMORY = replace(SURE, recalled=True)

FIRST = date(2019, 1, 1)
ANNOUNCED = date(2018, 11, 23)


def rule(
    question: str,
    terms: object,
    *,
    code: str = "G2010",
    payer: str = EVERYONE,
    start: date = FIRST,
    until: date | None = None,
    announced: date = ANNOUNCED,
    source: Source = SURE,
    gap: Severity = "stop",
    fault: Severity = "stop",
) -> Rule:
    return Rule(code, payer, question, start, until, announced, source, terms, gap, fault)


def image_code(code: str, who: Any) -> list[Rule]:
    """Return what the tests' small rulebook asks of an image code."""
    kinds: Any = frozenset({"E/M"} if code == "G2010" else {"any"})
    rival = frozenset({"G2250" if code == "G2010" else "G2010"})
    asked: dict[str, Any] = {
        "reporter": reporter.Terms(frozenset({who})),
        "established": established.Terms(3),
        "submission": submission.Terms(30),
        "follow_up": follow_up.Terms(24),
        "consent": consent.Terms("year"),
        "look_back": look_back.Terms(7, kinds),
        "look_ahead": look_ahead.Terms(24, kinds | {"procedure"}),
        "stands_alone": stands_alone.Terms(code, rival, frozenset({"99421"})),
        "signed": signed.Terms(),
    }
    warned = {"stands_alone"}
    rules = [rule(q, terms, code=code, gap="warn" if q in warned else "stop") for q, terms in asked.items()]
    return [*rules, rule("paid", paid.Terms("yes"), code=code, payer="medicare")]


def book(*rules: Rule, without: frozenset[tuple[str, str]] = frozenset(), **lives: list[Rule]) -> RuleBook:
    """Return a rulebook of two image codes; a rule given takes the place of its code's own of that question."""
    given = {(r.code, r.question) for r in rules} | without
    all_rules = [
        r for r in (*image_code("G2010", "E/M"), *image_code("G2250", "non-E/M")) if (r.code, r.question) not in given
    ]
    grouped: dict[tuple[str, str, str], tuple[Rule, ...]] = {}
    for one in (*all_rules, *rules):
        key = (one.payer, one.code, one.question)
        grouped[key] = (*grouped.get(key, ()), one)
    codes = {
        code: Code(code, tuple(lives.get(code) or [rule("exists", exists.Terms(FIRST, None), code=code)]))
        for code in ("G2010", "G2250")
    }
    both = ("G2010", "G2250")
    return RuleBook(
        edition="test",
        reviewed_until=date(2026, 12, 31),
        codes=MappingProxyType(codes),
        patterns=Patterns(messages_each_way=2, minutes=5, image_in_thread=both, image=both, text=()),
        rules=grouped,
        tables=Tables(),
        questions=tuple(q for q in VOCABULARY if q in QUESTIONS),
        not_asked=NOT_BUILT,
    )


def judged(facts: ReviewFacts, rules: RuleBook | None = None, at: str = AGES_LATER) -> Assessment:
    return assess(facts, rules or book(), at=when(at))


def of(assessment: Assessment, code: str = "G2010") -> Candidate:
    return next(c for c in assessment.candidates if c.code == code)


def verdict(assessment: Assessment, question: str, code: str = "G2010") -> str:
    finding = of(assessment, code).finding(question)
    return finding.verdict if finding else "not asked"


# --- the outcome of a candidate ---


def finding(said: Verdict, severity: Severity, question: str = "consent") -> Finding:
    under = rule(question, None, gap=severity, fault=severity)
    return Finding(question, said, Answer(said), under)


def by_the_contract(findings: list[tuple[Verdict, Severity]]) -> Outcome:
    """Return the outcome in the contract's own words: the first line that fits."""
    stops = {v for v, severity in findings if severity == "stop"}
    everything = {v for v, _ in findings}
    if "not-met" in stops:
        return "not-reportable"
    if "unsettled" in everything:
        return "unsettled"
    if "missing" in stops:
        return "incomplete"
    return "hold" if "wait" in everything else "reportable"


@pytest.mark.parametrize("severity", ["stop", "warn"])
@pytest.mark.parametrize("said", VERDICTS)
def test_one_finding_decides_as_the_contract_says(said: Verdict, severity: Severity) -> None:
    candidate = Candidate("G2010", (finding("met", "stop"), finding(said, severity)), fits=True)
    assert candidate.outcome == by_the_contract([(said, severity)])


@pytest.mark.parametrize("number", [2, 3])
def test_of_several_findings_the_gravest_decides_in_any_order(number: int) -> None:
    severities: tuple[Severity, ...] = ("stop", "warn")
    kinds = list(product(VERDICTS, severities))
    for chosen in combinations(kinds, number):
        findings = tuple(finding(v, s) for v, s in chosen)
        expected = by_the_contract(list(chosen))
        assert Candidate("G2010", findings, fits=True).outcome == expected, chosen
        assert Candidate("G2010", findings[::-1], fits=True).outcome == expected, chosen


@pytest.mark.parametrize("said", VERDICTS)
def test_an_answer_that_only_warns_changes_no_outcome_whatever_the_rule(said: Verdict) -> None:
    warned = finding(said, "stop")._replace(answer=Answer(said, warns=True))
    assert Candidate("G2010", (finding("met", "stop"), warned), fits=True).outcome == "reportable"


@pytest.mark.parametrize("said", VERDICTS)
def test_a_code_of_another_pattern_is_at_most_for_a_person(said: Verdict) -> None:
    candidate = Candidate("G2250", (finding(said, "stop"),), fits=False)
    assert candidate.outcome == ("not-reportable" if said == "not-met" else "unsettled")


def test_the_latest_moment_of_waiting_is_when_to_look_again() -> None:
    early, late = when("2026-11-18 09:00"), when("2026-11-18 15:00")
    waits = tuple(finding("wait", "stop")._replace(answer=Answer("wait", until=until)) for until in (late, early))
    assert Candidate("G2010", waits, fits=True).recheck_at == late
    assert Candidate("G2010", (finding("met", "stop"),), fits=True).recheck_at is None


# --- confidence limits denials only ---

VISIT = service("2026-11-16 10:00")


@pytest.mark.parametrize(
    ("source", "said"), [(SURE, "not-met"), (MEDIUM, "not-met"), (LOW, "unsettled"), (FROM_MEMORY, "unsettled")]
)
def test_a_doubtful_source_leaves_a_denial_to_a_person(source: Source, said: str) -> None:
    rules = book(rule("look_back", look_back.Terms(7, frozenset({"E/M"})), source=source))
    answer = judged(review(services=(VISIT,)), rules)
    assert verdict(answer, "look_back") == said
    assert of(answer).outcome == ("not-reportable" if said == "not-met" else "unsettled")


@pytest.mark.parametrize("source", [LOW, FROM_MEMORY])
def test_a_doubtful_source_never_weakens_a_yes_a_wait_or_a_gap(source: Source) -> None:
    rules = book(
        rule("look_back", look_back.Terms(7, frozenset({"E/M"})), source=source),
        rule("look_ahead", look_ahead.Terms(24, frozenset({"E/M"})), source=source),
        rule("consent", consent.Terms("year"), source=source),
    )
    assert judged(review(), rules).outcome == "reportable"
    assert verdict(judged(review(), rules, "2026-11-17 15:10"), "look_ahead") == "wait"
    assert verdict(judged(review(consents=()), rules), "consent") == "missing"


@pytest.mark.parametrize("source", [LOW, FROM_MEMORY])
def test_a_denial_that_holds_by_every_reading_is_not_softened(source: Source) -> None:
    rules = book(rule("follow_up", follow_up.Terms(24), source=source))
    assert verdict(judged(review(answered="2026-11-25 15:00"), rules), "follow_up") == "not-met"


# --- the best code ---


def test_a_clean_review_is_reportable_once_the_windows_have_closed_and_held_before() -> None:
    at_sign_off, later = judged(review(), at="2026-11-17 15:10"), judged(review())
    assert (at_sign_off.outcome, later.outcome) == ("hold", "reportable")
    assert at_sign_off.best is not None
    assert at_sign_off.best.recheck_at == when("2026-11-18 15:00")
    assert later.best is not None
    assert (later.best.code, later.best.recheck_at) == ("G2010", None)


def test_each_kind_of_reviewer_has_one_code() -> None:
    for who, code, other in (("E/M", "G2010", "G2250"), ("non-E/M", "G2250", "G2010")):
        answer = judged(review(reporter=fact(who)))
        assert answer.best is not None
        assert answer.best.code == code
        assert of(answer, other).outcome == "not-reportable"


def test_one_who_may_report_neither_has_no_best_code() -> None:
    answer = judged(review(reporter=fact("none")))
    assert answer.best is None
    assert answer.outcome == "not-reportable"


def candidates(*outcomes: Outcome | None, fits: bool = True) -> tuple[Candidate, ...]:
    said: dict[Outcome, Verdict] = {
        "reportable": "met",
        "hold": "wait",
        "incomplete": "missing",
        "unsettled": "unsettled",
        "not-reportable": "not-met",
    }
    return tuple(Candidate(f"C{n}", (finding(said[o], "stop"),), fits) for n, o in enumerate(outcomes) if o)


def among(*found: Candidate) -> Assessment:
    return replace(judged(review()), candidates=found)


@pytest.mark.parametrize(
    ("outcomes", "best"),
    [
        (("reportable", "reportable"), "C0"),  # the first in content order, never the dearest
        (("hold", "reportable"), "C1"),
        (("incomplete", "hold"), "C1"),
        (("unsettled", "incomplete"), "C1"),
        (("not-reportable", "unsettled"), "C1"),
        (("incomplete", "incomplete"), "C0"),
        (("not-reportable", "not-reportable"), None),
    ],
)
def test_the_best_is_the_first_in_content_order_of_the_most_hopeful_outcome(
    outcomes: tuple[Outcome, ...], best: str | None
) -> None:
    answer = among(*candidates(*outcomes))
    assert (answer.best.code if answer.best else None) == best


def test_a_code_of_another_pattern_is_never_the_best() -> None:
    answer = among(*candidates("not-reportable"), *candidates(None, "reportable", fits=False))
    assert answer.best is None
    assert answer.outcome == "not-reportable"


# --- paid ---


def test_a_payer_of_whom_nothing_is_known_is_for_a_person_and_never_a_yes() -> None:
    answer = judged(review(payer=fact("bcbs")))
    assert verdict(answer, "paid") == "unsettled"
    assert answer.outcome == "unsettled"


def test_without_any_coverage_the_payer_is_missing() -> None:
    unknown = rule("paid", paid.Terms("ask"), payer="unknown", source=LOW)
    assert verdict(judged(review(payer=Fact()), book(unknown)), "paid") == "missing"


@pytest.mark.parametrize(
    ("funding", "said"), [("self-insured", "not-met"), ("insured", "unsettled"), (None, "unsettled")]
)
def test_a_rule_for_one_kind_of_funding_says_nothing_about_the_other(funding: str | None, said: str) -> None:
    no = rule("paid", paid.Terms("no", "self-insured"), payer="aetna")
    answer = judged(review(payer=fact("aetna"), funding=fact(funding)), book(no))
    assert verdict(answer, "paid") == said


def test_the_payer_s_own_word_goes_before_everyone_s() -> None:
    stricter = rule("look_back", look_back.Terms(14, frozenset({"E/M"})), payer="aetna")
    everyone = rule("look_back", look_back.Terms(7, frozenset({"E/M"})))
    pays = [rule("paid", paid.Terms("yes"), payer=p) for p in ("aetna", "medicare")]
    rules = book(stricter, everyone, *pays)
    ten_days_before = (service("2026-11-07 10:00"),)
    assert verdict(judged(review(services=ten_days_before, payer=fact("aetna")), rules), "look_back") == "not-met"
    assert verdict(judged(review(services=ten_days_before), rules), "look_back") == "met"


# --- wrong charges ---


def wrong(answer: Assessment) -> dict[str, str]:
    return {w.charge.code: w.because for w in answer.wrong_charges}


def test_the_right_charge_alone_is_not_wrong() -> None:
    answer = judged(review(charges=(charge("G2010"),)))
    assert wrong(answer) == {}
    assert [c.code for c in answer.charged] == ["G2010"]


def test_a_code_that_does_not_exist_on_the_date_is_wrong() -> None:
    late = [rule("exists", exists.Terms(date(2027, 1, 1), None), code="G2250", start=date(2027, 1, 1))]
    answer = judged(review(charges=(charge("G2250"),)), book(G2250=late))
    assert wrong(answer) == {"G2250": "no such code"}
    assert verdict(answer, "exists", "G2250") == "not-met"
    assert answer.outcome == "reportable"


def test_a_code_that_does_not_exist_and_is_not_charged_is_no_candidate() -> None:
    late = [rule("exists", exists.Terms(date(2027, 1, 1), None), code="G2250", start=date(2027, 1, 1))]
    assert [c.code for c in judged(review(), book(G2250=late)).candidates] == ["G2010"]


def test_a_code_that_the_payer_does_not_take_is_wrong() -> None:
    no = rule("paid", paid.Terms("no"), payer="medicare")
    assert wrong(judged(review(charges=(charge("G2010"),)), book(no))) == {"G2010": "not taken"}


def test_a_code_that_does_not_fit_the_review_is_wrong() -> None:
    assert wrong(judged(review(charges=(charge("G2250"),)))) == {"G2250": "not reportable"}


def test_a_second_code_for_one_communication_is_wrong() -> None:
    assert wrong(judged(review(charges=(charge("G2010"), charge("99213", "ch2", kind="E/M"))))) == {
        "99213": "second code"
    }


def test_a_visit_s_code_is_not_called_wrong_where_there_may_have_been_a_visit() -> None:
    both = (charge("G2010"), charge("99213", "ch2", kind="E/M"))
    assert "99213" not in wrong(judged(review(charges=both, setting="in person")))


def test_where_a_person_must_still_say_no_second_code_is_called_wrong() -> None:
    unsure = review(charges=(charge("99213", kind="E/M"),), services=(service("2026-11-16 10:00", problem=UNTOLD),))
    answer = judged(unsure)
    assert answer.outcome == "unsettled"
    assert wrong(answer) == {}


def test_a_charge_that_is_itself_wrong_does_not_count_against_the_right_code() -> None:
    answer = judged(review(charges=(charge("G2010"), charge("G2250", "ch2"))))
    assert wrong(answer) == {"G2250": "not reportable"}
    assert verdict(answer, "stands_alone") == "met"
    assert answer.outcome == "reportable"


def test_charges_of_other_encounters_are_not_this_review_s() -> None:
    answer = judged(review(charges=(charge("G2250", of_review=False, on="2026-09-01"),)))
    assert answer.charged == ()
    assert wrong(answer) == {}


# --- what is asked, and of what ---


def test_questions_that_are_not_built_are_listed_and_never_answered() -> None:
    answer = judged(review())
    assert answer.not_asked == NOT_BUILT
    assert not {f.question for c in answer.candidates for f in c.findings} & set(NOT_BUILT)


def test_a_question_that_nobody_asks_of_a_code_is_not_asked() -> None:
    rules = book(without=frozenset({("G2010", "consent")}))
    answer = judged(review(consents=()), rules)
    assert verdict(answer, "consent") == "not asked"
    assert answer.outcome == "reportable"


def test_findings_stand_in_the_order_of_the_vocabulary() -> None:
    for candidate in judged(review()).candidates:
        places = [VOCABULARY.index(f.question) for f in candidate.findings]
        assert places == sorted(places)


@pytest.mark.parametrize(
    ("different", "is_review"),
    [
        ({"setting": "in person", "images": ()}, False),  # an ordinary visit
        ({"setting": "in person", "images": (), "charges": (charge("99213", kind="E/M"),)}, False),
        ({"setting": "in person", "images": (), "charges": (charge("G2010"),)}, True),
        ({"setting": "in person"}, True),
        ({"setting": "virtual", "images": ()}, True),
        ({"setting": None, "images": ()}, True),
    ],
)
def test_only_an_in_person_visit_without_image_and_charge_of_ours_is_no_review(
    different: dict[str, Any], is_review: bool
) -> None:
    assert judged(review(**different)).is_review is is_review


# --- one moment ---


def test_what_was_recorded_after_the_moment_of_looking_is_not_seen() -> None:
    visit = booking("2026-11-18 09:00", "2026-11-17 17:00")
    facts = review(services=(visit,))
    assert judged(facts, at="2026-11-17 15:10").outcome == "hold"
    assert judged(facts, at="2026-11-17 16:54:59").outcome == "hold"
    assert judged(facts, at="2026-11-17 16:55").outcome == "not-reportable"  # clocks differ by five minutes
    assert judged(facts).outcome == "not-reportable"


def test_an_answer_sent_later_is_awaited_until_then() -> None:
    facts = review(replies=(reply("2026-11-18 08:00", recorded=when("2026-11-18 08:00")),))
    before = judged(facts, at="2026-11-17 16:00")
    assert verdict(before, "follow_up") == "wait"
    assert before.outcome == "hold"
    assert verdict(judged(facts), "follow_up") == "met"


def test_a_draft_counts_at_sign_off_only() -> None:
    facts = replace(review(), interpretations=(note(draft=True),))
    assert facts.seen_by(when(AGES_LATER)).interpretations
    assert not replace(facts, at_sign_off=False).seen_by(when(AGES_LATER)).interpretations


def test_the_call_is_the_signature_and_otherwise_one_is_looked_for() -> None:
    assert verdict(judged(review(at_sign_off=False)), "signed") == "missing"
    assert verdict(judged(review(at_sign_off=False, signed=fact(moment("2026-11-17 15:10")))), "signed") == "met"


def test_the_answer_is_the_same_however_often_and_in_whichever_order_it_is_asked() -> None:
    rules, facts = book(), review(services=(VISIT,))
    first = judged(facts, rules)
    judged(review(on="2019-03-01", received="2019-03-01 09:00", answered="2019-03-01 15:00"), rules)
    judged(facts, rules, "2026-11-17 15:10")
    assert judged(facts, rules) == first


# --- the dates of rules ---


def test_the_date_of_service_chooses_the_rule_and_not_the_day_of_looking() -> None:
    one_each = rule("consent", consent.Terms("service"), until=date(2019, 12, 31))
    a_year = rule("consent", consent.Terms("year"), start=date(2020, 1, 1), announced=date(2019, 11, 15))
    rules = book(one_each, a_year)
    for on, said in (("2019-12-31", "unsettled"), ("2020-01-01", "met")):
        facts = review(on=on, received=f"{on} 09:00", answered=f"{on} 10:00", consents=(consent_of("2019-11-20"),))
        assert verdict(judged(facts, rules), "consent") == said, on


def test_a_rule_announced_later_is_not_known_earlier_though_it_reaches_back() -> None:
    standing = rule("look_back", look_back.Terms(7, frozenset({"E/M"})))
    retroactive = rule(
        "look_back", look_back.Terms(3, frozenset({"E/M"})), start=date(2026, 10, 1), announced=date(2027, 2, 3)
    )
    rules = book(standing, retroactive)
    five_days_before = review(services=(service("2026-11-12 10:00"),))
    assert verdict(judged(five_days_before, rules, "2027-02-02 23:59"), "look_back") == "not-met"
    assert verdict(judged(five_days_before, rules, "2027-02-03 00:00"), "look_back") == "met"


def test_the_day_of_announcement_is_the_practice_s_day() -> None:
    later = rule("consent", consent.Terms("service"), start=date(2026, 1, 1), announced=date(2026, 11, 20))
    rules = book(rule("consent", consent.Terms("year")), later)
    facts = review(consents=(consent_of("2026-05-04"),))
    # 23:00 in New York on the 19th is the 20th in UTC.
    assert verdict(judged(facts, rules, "2026-11-19 23:00"), "consent") == "met"
    assert verdict(judged(facts, rules, "2026-11-20 00:00"), "consent") == "unsettled"


def test_a_bounded_extension_lies_over_a_standing_rule_which_shows_through_when_it_ends() -> None:
    standing = rule("established", established.Terms(3))
    extension = rule(
        "established",
        established.Terms(3, "tolerated"),
        start=date(2026, 11, 1),
        until=date(2026, 11, 17),
        announced=date(2026, 10, 1),
    )
    rules = book(standing, extension)
    for on, said in (
        ("2026-10-31", "not-met"),
        ("2026-11-01", "met"),
        ("2026-11-17", "met"),
        ("2026-11-18", "not-met"),
    ):
        facts = review(on=on, received=f"{on} 09:00", answered=f"{on} 10:00", earlier=())
        assert verdict(judged(facts, rules), "established") == said, on


def test_a_code_announced_later_does_not_exist_yet() -> None:
    begun = date(2026, 11, 1)
    life = [rule("exists", exists.Terms(begun, None), start=begun, announced=date(2026, 12, 1))]
    rules = book(G2250=life)
    assert {c.code for c in judged(review(), rules, "2026-11-17 15:10").candidates} == {"G2010"}
    assert {c.code for c in judged(review(), rules, "2026-12-01 00:00").candidates} == {"G2010", "G2250"}


# --- for every record ---

SERVICES = (
    VISIT,
    service("2026-11-12 10:00", "s2", problem=KNEE),
    service("2026-11-18 10:00", "s3", by="other"),
    booking("2026-11-20 09:00", "2026-11-17 15:30", "a1"),
    surgery("2026-11-12 10:00", 10, "p1"),
)
SEARCHES = ("encounters", "procedures", "appointments")
LOOKS = ("images_looked", "replies_looked", "consents_looked", "charges_looked", "interpretations_looked")


@given(st.permutations(SERVICES), st.integers(0, len(SERVICES)), st.sampled_from(["2026-11-17 15:10", AGES_LATER]))
@settings(max_examples=50, deadline=None)
def test_the_order_of_services_changes_no_verdict(shuffled: list[Service], some: int, at: str) -> None:
    chosen = tuple(shuffled[:some])
    ordered = tuple(s for s in SERVICES if s in chosen)
    mixed, plain = judged(review(services=chosen), at=at), judged(review(services=ordered), at=at)
    assert mixed.outcome == plain.outcome
    for one, other in zip(mixed.candidates, plain.candidates, strict=True):
        assert [(f.question, f.verdict) for f in one.findings] == [(f.question, f.verdict) for f in other.findings]


@given(
    st.sets(st.sampled_from(SEARCHES)),
    st.sets(st.sampled_from(LOOKS)),
    st.lists(st.sampled_from(SERVICES), unique=True),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_cutting_a_search_short_never_turns_a_no_or_a_question_into_a_yes(
    cut: set[str], lost: set[str], services: list[Service], images: bool, consents: bool, answered: bool
) -> None:
    different: dict[str, Any] = {
        "services": tuple(services),
        "images": (image(),) if images else (),
        "consents": (consent_of("2026-05-04"),) if consents else (),
        "replies": (reply("2026-11-17 15:00"),) if answered else (),
    }
    whole = judged(review(**different))
    not_whole: dict[str, Any] = dict.fromkeys(lost, NOT_WHOLE)
    short = judged(review(**different, searched=dict.fromkeys(cut, NOT_WHOLE), **not_whole))
    for one, other in zip(whole.candidates, short.candidates, strict=True):
        for before in one.findings:
            after = other.finding(before.question)
            if before.verdict != "met" and after is not None:
                assert after.verdict != "met", before.question
    if whole.outcome != "reportable":
        assert short.outcome != "reportable"


@given(st.sets(st.sampled_from(SEARCHES)), st.sets(st.sampled_from(LOOKS)))
@settings(max_examples=40, deadline=None)
def test_a_search_that_is_not_whole_never_denies_by_absence(cut: set[str], lost: set[str]) -> None:
    not_whole: dict[str, Any] = dict.fromkeys({"images_looked", "replies_looked", *lost}, NOT_WHOLE)
    bare = review(
        earlier=(),
        images=(),
        replies=(),
        consents=(),
        interpretations=(),
        searched=dict.fromkeys({"encounters", *cut}, NOT_WHOLE),
        **not_whole,
    )
    for question in ("established", "submission", "follow_up"):
        assert verdict(judged(bare), question) == "missing", question


@given(st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_looking_later_never_forgets_a_denial(days: int) -> None:
    facts = review(services=(VISIT,))
    at = f"{date.fromordinal(date(2026, 11, 18).toordinal() + days)} 12:00"
    assert judged(facts, at=at).outcome == "not-reportable"


def test_a_search_that_reaches_far_enough_is_as_good_as_a_whole_one() -> None:
    back = look("2023-11-17 00:00")
    answer = judged(review(searched=dict.fromkeys(SEARCHES, back), charges_looked=back, images_looked=back))
    assert answer.outcome == "reportable"
