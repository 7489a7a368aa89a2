"""The facts that the source documents had wrong, checked in what we ship (`cards/ERRATA.md` names these tests)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from cds_service.prose import Entry
from tests.reference.pages import TODAY, codes, content, page

TAXONOMY = "http://nucc.org/provider-taxonomy"


def entries() -> tuple[Entry, ...]:
    return content().reference.entries


def entry(code: str) -> Entry:
    found = content().reference.entry(code)
    assert found is not None
    return found


def asked(code: str, question: str) -> str:
    return next(a.says for a in page(code).asks if a.question == question)


def pays(code: str, payer: str) -> str:
    return next(p.pays for p in page(code).payers if p.payer == payer)


def test_e01_totals_are_more_than_work() -> None:
    units = page("G2250").units[0]
    assert (units.work, units.nonfacility_pe, units.facility_pe, units.malpractice) == tuple(
        map(Decimal, ("0.18", "0.20", "0.05", "0.01"))
    )
    assert (units.nonfacility, units.facility) == (Decimal("0.39"), Decimal("0.24"))


def test_e02_g_codes_are_never_called_cpt() -> None:
    for code in (c for c in codes() if c.startswith("G")):
        told = entry(code)
        words = " ".join((told.title, *told.plain, *told.also_known_as))
        assert "CPT" not in words, code
    assert any("HCPCS Level II" in f.answer for f in entry("G2250").faqs)


def test_e04_and_e19_what_g2250_asks() -> None:
    assert "any service" in asked("G2250", "look_back")
    assert "7 days" in asked("G2250", "look_back")
    assert "any service" in asked("G2250", "look_ahead")
    assert "24 hours" in asked("G2250", "look_ahead")
    assert "soonest" in asked("G2250", "look_ahead")
    assert asked("G2250", "follow_up") == "the answer with the patient within 24 business hours"
    assert "3 years" in asked("G2250", "established")


def test_e06_two_conversion_factors() -> None:
    factors = {a.qualifying_apm: str(a.factor) for a in page("G2250").units[0].amounts}
    assert factors == {False: "33.4009", True: "33.5675"}


def test_e08_and_e09_taxonomies_have_their_own_names() -> None:
    names = {t: rows[-1].display for (s, t), rows in content().book.tables.reporters.items() if s == TAXONOMY}
    assert names["208D00000X"] == "General Practice Physician"
    assert names["208000000X"] == "Pediatrics Physician"
    assert names["363A00000X"] == "Physician Assistant"
    assert names["363L00000X"] == "Nurse Practitioner"
    shown = {s.taxonomy: s.name for code in codes() for s in page(code).specialties}
    assert all(names[taxonomy] == name for taxonomy, name in shown.items())
    mine = {s.taxonomy for s in entry("G2250").specialties}
    assert mine == {"225100000X", "225X00000X", "235Z00000X", "103TC0700X", "1041C0700X"}


@pytest.mark.parametrize("code", codes())
def test_specialties_may_report_the_code(code: str) -> None:
    """The classes of the text are those of the rule, and every specialty that is named is of one of them."""
    loaded = content()
    told = loaded.reference.entry(code)
    rule = next((r for r in loaded.book.calendar(code, "") if r.question == "reporter"), None)
    if told is None or rule is None:
        return
    assert set(told.who.classes) == set(rule.terms.who)  # type: ignore[attr-defined]  # the terms of `reporter`
    for specialty in told.specialties:
        rows = loaded.book.tables.reporters[TAXONOMY, specialty.taxonomy]
        assert rows[-1].reporter in told.who.classes, specialty.taxonomy


def test_e10_and_e11_assistants_modifiers() -> None:
    note = next(m for m in entry("G2250").modifiers if "CO" in m.modifiers)
    assert note.use == "never"
    assert "CQ marks work of a physical therapist assistant" in note.why
    assert "CO of an occupational therapy assistant" in note.why


def test_no_modifier_that_does_not_exist_or_belongs_to_surgery() -> None:
    surgery = {"22", "23", "53", "62", "78", "80", "82", "AS", "QK", "QX"}
    for told in entries():
        named = {one for m in told.modifiers if m.use != "never" for one in m.modifiers}
        assert not named & (surgery | {"00", "11"}), told.name
    for code in ("G2250", "G2251", "98970"):
        assert {"GP", "GO", "GN"} <= {one for m in entry(code).modifiers if m.use == "when" for one in m.modifiers}


# Short words of ours for the diagnoses that the sources had wrong, and the whole list as it was checked against the
# ICD-10-CM of 2025 (every one is a code that can be reported).
CHECKED = re.findall(
    r"\S+",
    """
    B35.4 D49.2 E11.319 E11.9 F32.A F33.1 F41.1 F41.9 F42.4 F43.10 F43.21 F43.23 F51.01 F80.0 G47.00 H11.31 H57.10 I10
    I83.009 J06.9 J30.9 J45.909 K21.9 L03.90 L20.9 L23.9 L29.9 L30.9 L40.0 L40.9 L57.0 L70.0 L82.1 L91.0 L98.0 M24.541
    M25.511 M25.561 M54.2 M54.50 M62.81 R05.9 R13.10 R21 R26.89 R42 R47.01 R51.9 S00.81XA
    """,
)


def test_e14_and_e15_diagnoses_are_what_they_are() -> None:
    said = {d.icd10: d.says for told in entries() for d in told.diagnoses}
    assert said["L98.0"] == "pyogenic granuloma"
    assert said["S00.81XA"] == "scrape of the head, first care"
    assert "S00.83XA" not in said
    assert sorted(set(said) - set(CHECKED)) == []
    for told in entries():
        assert len({d.icd10 for d in told.diagnoses}) == len(told.diagnoses), told.name


def test_e24_the_models_three_codes() -> None:
    works = {code: str(page(code).units[0].nonfacility) for code in ("G9868", "G9869", "G9870")}
    assert works == {"G9868": "0.80", "G9869": "1.07", "G9870": "1.34"}
    assert dict(entry("G9868").codes) == {
        "G9868": "under 10 minutes",
        "G9869": "10 to 20 minutes",
        "G9870": "more than 20 minutes",
    }


def test_e26_and_e27_who_pays_98016_and_99421() -> None:
    for code in ("98016", "99421", "99422", "99423"):
        assert pays(code, "medicare") == "yes"
        assert pays(code, "commercial") == "ask"


def test_e33_years_have_their_own_units() -> None:
    of_2026, of_2025 = page("99446").units
    assert (of_2026.start.year, of_2025.start.year) == (2026, 2025)
    assert (str(of_2026.nonfacility), str(of_2025.nonfacility)) == ("0.57", "0.53")


def test_e36_g2252_is_for_those_who_bill_visits() -> None:
    classes = {code: entry(code).who.classes for code in ("G2250", "G2251", "G2252")}
    assert classes == {"G2250": ("non-E/M",), "G2251": ("non-E/M",), "G2252": ("E/M",)}


@pytest.mark.parametrize("code", ["G2010", "G2250"])
def test_e37_what_was_left_out_is_asked(code: str) -> None:
    asked = {a.question for a in page(code).asks}
    assert {"licensed", "consent", "look_back", "look_ahead", "enrolled", "follow_up"} <= asked


def test_deleted_codes_do_not_exist_today() -> None:
    gone = [code for code in codes() if not page(code).exists]
    assert {"99441", "99442", "99443", "G2012", "G2061", "G2062", "G2063", "G0071"} <= set(gone)
    assert page("99441").instead == ("98016",)
    assert page("99441", date(2024, 12, 31)).exists
    assert page("G2250", date(2020, 12, 31)).life == "begins on Jan 1, 2021"


def test_what_changed_is_told_with_its_dates() -> None:
    changes = {(c.start, c.says): c for c in page("G2010").changes}
    year = changes[date(2020, 1, 1), "One consent covers a year of these services."]
    assert (year.announced, year.until, year.state) == (date(2019, 11, 15), None, "in force")
    each = changes[date(2019, 1, 1), "Consent is needed for each service."]
    assert (each.until, each.state) == (date(2019, 12, 31), "past")
    assert [c.start for c in page("G2010").changes] == sorted(c.start for c in page("G2010").changes)


@pytest.mark.parametrize("code", codes())
def test_every_rule_of_a_page_is_said_in_words_and_names_its_source(code: str) -> None:
    for version in page(code).calendar:
        assert version.says or version.asks, (code, version.question)
        assert "frozenset" not in version.says
        assert "None" not in version.says
        assert version.cite
        assert version.announced <= TODAY


def test_the_packaged_errata_stand_beside_the_rules() -> None:
    assert files("cards").joinpath("ERRATA.md").is_file()
