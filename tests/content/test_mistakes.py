"""Every mistake in `cards/` stops the start, told with file, line and what was expected; several are told at once.

The folder here is small: two codes, one payer and the shipped words and tables, the tables cut to a few rows.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from cds_service.content import Content, load
from cds_service.content.sayings import VERDICTS
from cds_service.errors import ContentError

CODE = """\
# A code of the tests.
- from: 2019-01-01
  until:
  announced: 2018-11-23
  source:
    cite: "A rule that is written"
    url: https://example.org/rule
    confidence: high
  changed: The code begins.
  asks:
    reporter: {who: [E/M]}
    submission: {searched_days: 30}
    follow_up: {business_hours: 24}
    established:
      years: 3
      new_patients: refused
    look_back: {days: 7, after: [E/M], gap: stop}
    modifiers:
      never: ["95", GT]
      assistant: [CQ]
      place_never: [02, 10]
      therapy: {}
"""
PAYER = """\
# A payer of the tests.
- from: 2019-01-01
  until: 2030-12-31
  announced: 2018-11-23
  codes: [G2010, G2250]
  source: {cite: "A notice", confidence: medium}
  asks:
    paid: {pays: yes}
"""
WORDS = "title: T\nasks: A?\n" + "".join(f"{v}: {{says: it is so}}\n" for v in VERDICTS)
G2010, MEDICARE = "codes/G2010.yaml", "payers/medicare.yaml"
PLACE = re.compile(r"^[\w./-]+:\d+: ")

Broken = Callable[[dict[str, str | bytes | None]], list[str]]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "cards"
    shipped = Path(str(files("cards")))
    shutil.copytree(shipped, folder, ignore=shutil.ignore_patterns("__pycache__", "*.py", "schema", "reference"))
    for kept, text in (("codes", CODE), ("payers", PAYER)):
        shutil.rmtree(folder / kept)
        (folder / kept).mkdir()
        for name in ("G2010", "G2250") if kept == "codes" else ("medicare",):
            (folder / kept / f"{name}.yaml").write_text(text)
    shutil.rmtree(folder / "families", ignore_errors=True)
    patterns = yaml.load((folder / "patterns.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - text only
    ours = {k: [c for c in v if c in {"G2010", "G2250"}] if isinstance(v, list) else v for k, v in patterns.items()}
    (folder / "patterns.yaml").write_text(yaml.safe_dump(ours))
    for words in (folder / "questions").glob("*.yaml"):
        words.write_text(WORDS)
    (folder / "payer_titles.yaml").write_text("medicare: Medicare Part B\n")
    for table in (folder / "tables").glob("*.csv"):
        table.write_text("".join(table.read_text().splitlines(keepends=True)[:4]))
    return folder


@pytest.fixture
def folder(small: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(small, tmp_path / "cards"))


@pytest.fixture
def broken(folder: Path) -> Broken:
    """Load the folder with these files written over (None: taken away) and return the problems."""

    def problems(changed: dict[str, str | bytes | None]) -> list[str]:
        for name, text in changed.items():
            path = folder / name
            if text is None:
                path.unlink()
            else:
                path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ContentError) as caught:
            load(folder)
        return caught.value.problems

    return problems


def but(text: str, was: str, now: str) -> tuple[str, int]:
    """Return the text with one change, and the line where it stands."""
    assert text.count(was) == 1, was
    before = text.index(was)
    return text.replace(was, now), text[:before].count("\n") + 1


def test_the_small_folder_is_in_order(folder: Path) -> None:
    loaded: Content = load(folder)
    assert set(loaded.book.codes) == {"G2010", "G2250"}


MISTAKES = {
    "an unknown key of a version": ("announced: 2018-11-23", "anounced: 2018-11-23", ["'anounced'", "'announced'"]),
    "an unknown question": ("follow_up: {", "folow_up: {", ["'folow_up'", "did you mean 'follow_up'"]),
    "a question that is no question": (
        "follow_up: {business_hours: 24}",
        "colour: {}",
        ["'colour'", "expected one of"],
    ),
    "a term of the question that does not exist": ("business_hours: 24", "hours: 24", ["'hours'", "business_hours"]),
    "a term that is lacking": ("years: 3", "new: 3", ["'new'", "years"]),
    "a term of another type": ("business_hours: 24", "business_hours: a day", ["'a day'", "a whole number"]),
    "a fraction where a whole number is wanted": ("business_hours: 24", "business_hours: 24.5", ["a whole number"]),
    "a word that is not one of the named": ("refused", "sometimes", ["'sometimes'", "refused or tolerated"]),
    "text where a list is wanted": ("{who: [E/M]}", "{who: E/M}", ["'E/M'", "a list"]),
    "a severity that does not exist": ("gap: stop", "gap: halt", ["'halt'", "stop or warn"]),
    "terms that are text": ("{searched_days: 30}", "30", ["'submission'", "group of keys"]),
    "a day that does not exist": ("from: 2019-01-01", "from: 2019-02-29", ["'2019-02-29'", "year-month-day"]),
    "a date as Americans write it": ("from: 2019-01-01", "from: 01/01/2019", ["'01/01/2019'", "year-month-day"]),
    "a date without zeros": ("from: 2019-01-01", "from: 2019-1-1", ["'2019-1-1'", "year-month-day"]),
    "a date by weeks": ("from: 2019-01-01", "from: 2019-W01-1", ["'2019-W01-1'", "year-month-day"]),
    "no date": ("from: 2019-01-01", "from:", ["'from'", "year-month-day"]),
    "until before from": ("until:\n", "until: 2018-12-31\n", ["'until' is before 'from'", "later date"]),
    "a confidence that does not exist": ("confidence: high", "confidence: certain", ["high or medium or low"]),
    "an unknown key of the source": ("cite:", "quote:", ["'quote'", "cite"]),
    "a source without words": ('cite: "A rule that is written"', "cite:", ["'cite'", "text"]),
    "a key said twice": ("until:\n", "until:\n  until:\n", ["'until' stands twice", "once"]),
    "a question said twice": ("submission: {searched_days: 30}", "reporter: {who: [E/M]}", ["'reporter' stands twice"]),
    "a tab": ("    reporter: {", "\treporter: {", ["not YAML", "spaces, not tabs"]),
    "a bracket that does not close": ("{who: [E/M]}", "{who: [E/M}", ["not YAML"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_code_s_file_is_told_with_its_line_and_what_was_expected(name: str, broken: Broken) -> None:
    was, now, said = MISTAKES[name]
    text, line = but(CODE, was, now)
    problems = broken({G2010: text})
    near = [p for p in problems if re.match(rf"{G2010}:({line}|{line + 1}|{line - 1}): ", p)]
    assert near, problems
    for part in said:
        assert any(part in p for p in problems), (part, problems)


def test_a_version_without_announced_or_source_says_which_is_lacking(broken: Broken) -> None:
    for gone, name in (
        ("  announced: 2018-11-23\n", "announced"),
        ('  source: {cite: "A notice", confidence: medium}\n', "cite"),
    ):
        problems = broken({MEDICARE: PAYER.replace(gone, "")})
        assert any(p.startswith(f"{MEDICARE}:2: ") and f"'{name}'" in p and "expected" in p for p in problems), problems


def test_a_number_with_a_leading_zero_stays_the_text_that_was_written(folder: Path) -> None:
    rule = load(folder).book.rules["", "G2010", "modifiers"][0]
    assert "place_never=frozenset({'02', '10'})" in repr(rule.terms) or rule.terms.place_never == {"02", "10"}  # type: ignore[attr-defined] # it is modifiers.Terms
    assert "on" not in repr(load(folder).book.rules["", "G2010", "submission"][0].terms).split("(")[0]


# --- lists and groups in the wrong place: nothing may be passed over in silence ---


def test_asks_written_as_a_list_is_a_mistake_and_not_a_code_without_questions(broken: Broken) -> None:
    text, line = but(PAYER, "    paid: {pays: yes}", "    - paid: {pays: yes}")
    second = PAYER.replace("until: 2030-12-31", "until: 2020-12-31")
    problems = broken({MEDICARE: text + second.partition("\n")[2]})
    assert any(p.startswith(f"{MEDICARE}:{line - 1}: ") for p in problems), problems


def test_cases_written_as_a_list_is_a_mistake(broken: Broken) -> None:
    words = SIGNED + "cases:\n- says: x\n"
    assert any(re.match(r"questions/signed.yaml:[56]: ", p) for p in broken({"questions/signed.yaml": words}))


def test_payer_titles_written_as_a_list_is_a_mistake(broken: Broken) -> None:
    assert any(p.startswith("payer_titles.yaml:1: ") for p in broken({"payer_titles.yaml": "- medicare\n"}))


@pytest.mark.parametrize("text", ["from: 2019-01-01\n", "only words\n", "- only words\n"])
def test_a_file_that_is_no_list_of_versions_says_so(text: str, broken: Broken) -> None:
    assert any(p.startswith(f"{MEDICARE}:1: ") for p in broken({MEDICARE: text}))


def test_a_file_without_any_version_leaves_nobody_who_speaks_of_the_codes(broken: Broken) -> None:
    assert broken({MEDICARE: "# nothing yet\n"})


# --- what must fit together ---


def test_a_code_of_which_no_payer_speaks_is_told(broken: Broken) -> None:
    problems = broken({MEDICARE: PAYER.replace("[G2010, G2250]", "[G2010]")})
    assert any("'G2250'" in p and "expected" in p for p in problems)


def test_a_payer_that_speaks_of_a_code_we_do_not_know_is_told_with_the_nearest(broken: Broken) -> None:
    problems = broken({MEDICARE: PAYER.replace("[G2010, G2250]", "[G2010, G2250, G2O10]")})
    assert any(p.startswith(f"{MEDICARE}:") and "'G2O10'" in p and "did you mean 'G2010'" in p for p in problems)


def test_a_pattern_with_a_code_that_has_no_file_is_told(broken: Broken, folder: Path) -> None:
    patterns = (folder / "patterns.yaml").read_text().replace("G2250", "G2999")
    assert any(p.startswith("patterns.yaml") and "'G2999'" in p for p in broken({"patterns.yaml": patterns}))


def again(start: str) -> str:
    """Return the payer's version once more, from that day on."""
    return PAYER.partition("\n")[2].replace("until: 2030-12-31", "until:").replace("2019-01-01", start)


def test_two_versions_announced_on_one_day_for_one_date_are_told(broken: Broken) -> None:
    second = (
        PAYER.partition("\n")[2].replace("from: 2019-01-01", "from: 2030-12-31").replace("until: 2030-12-31", "until:")
    )
    problems = broken({MEDICARE: PAYER + second})
    assert len(problems) == 2, "one for each code"
    assert all("2018-11-23" in p and "'paid'" in p and "expected one" in p for p in problems)


def test_two_versions_announced_on_one_day_for_dates_apart_are_in_order(folder: Path) -> None:
    second = (
        PAYER.partition("\n")[2].replace("from: 2019-01-01", "from: 2031-01-01").replace("until: 2030-12-31", "until:")
    )
    (folder / MEDICARE).write_text(PAYER + second)
    assert len(load(folder).book.rules["medicare", "G2010", "paid"]) == 2


# --- words ---

SIGNED = "title: Signature\nasks: Has the reviewer signed?\nmet: {says: signed}\nmissing: {says: not signed}\n"


def test_a_question_without_its_words_is_told(broken: Broken) -> None:
    problems = broken({"questions/signed.yaml": None})
    assert any(p.startswith("questions/signed.yaml") and "expected the words" in p for p in problems)


def test_words_for_a_question_that_does_not_exist_are_told(broken: Broken) -> None:
    problems = broken({"questions/singed.yaml": SIGNED})
    assert any("'singed'" in p and "did you mean 'signed'" in p for p in problems)


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("met: {says: signed}", "", "'met' is not there"),
        ("met: {says: signed}", "mett: {says: signed}", "did you mean 'met'"),
        ("{says: signed}", "{sais: signed}", "did you mean 'says'"),
        ("{says: signed}", "{}", "'says' is not there"),
        ("{says: not signed}", "{says: not signed, indicator: red}", "info or warning"),
        ("title: Signature", "title:", "'title'"),
    ],
)
def test_words_that_are_lacking_or_misspelt_are_told(was: str, now: str, said: str, broken: Broken) -> None:
    problems = broken({"questions/signed.yaml": SIGNED.replace(was, now, 1)})
    assert any(p.startswith("questions/signed.yaml:") and said in p for p in problems), problems


def test_an_override_reason_that_does_not_exist_is_told(broken: Broken) -> None:
    words = SIGNED.replace("{says: not signed}", "{says: not signed, overrides: [not-nou]}")
    problems = broken({"questions/signed.yaml": words})
    assert any("'not-nou'" in p and "did you mean 'not-now'" in p for p in problems)


def test_a_card_s_words_that_are_lacking_are_told(broken: Broken) -> None:
    problems = broken({"card.yaml": "source_label: Signoff\n"})
    assert any(p.startswith("card.yaml:1: ") and "'summaries' is not there" in p for p in problems)


def test_an_outcome_without_its_summary_is_told_at_the_start_and_not_at_the_first_card(
    broken: Broken, folder: Path
) -> None:
    card = (folder / "card.yaml").read_text()
    without = re.sub(r"\n  not-reportable: [^\n]*", "", card, count=1)
    assert without != card
    assert broken({"card.yaml": without})


def test_a_placeholder_that_nobody_fills_is_told_at_the_start_and_not_at_the_first_card(broken: Broken) -> None:
    words = SIGNED.replace("{says: not signed}", '{says: "{patient} is not signed"}')
    assert broken({"questions/signed.yaml": words})


def test_a_doubtful_source_for_a_denial_that_has_no_words_for_doubt_is_told_at_the_start(broken: Broken) -> None:
    # `established` can say not-met; by a low source that becomes unsettled, and its words have no unsettled.
    words = "title: T\nasks: A?\nmet: {says: m}\nnot-met: {says: n}\nmissing: {says: g}\n"
    low = CODE.replace("confidence: high", "confidence: low")
    assert broken({G2010: low, "questions/established.yaml": words})


# --- tables ---

PRICES = "tables/prices.csv"
HEADER = "code,status,work,nonfacility_pe,facility_pe,malpractice,from,until\n"
ROW = "G2010,A,0.18,0.20,0.05,0.01,2026-01-01,2026-12-31\n"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (ROW.replace("0.18", "a lot"), "a number"),
        (ROW.replace("0.18", ""), "a number"),
        (ROW.replace("0.18", "nan"), "a number"),
        (ROW.replace("0.18", "Infinity"), "a number"),
        (ROW.replace("2026-01-01", "1/1/2026"), "year-month-day"),
        (ROW.replace("G2010", ""), "text"),
        ("G2010,A,0.18\n", "number of cells"),
        (ROW.replace("\n", ",more\n"), "number of cells"),
    ],
)
def test_a_cell_that_means_nothing_is_told_with_its_row(row: str, said: str, broken: Broken) -> None:
    problems = broken({PRICES: HEADER + ROW.replace("2026", "2025") + row})
    assert any(p.startswith(f"{PRICES}:3: ") and said in p for p in problems), problems


def test_an_empty_until_is_still_in_force(folder: Path) -> None:
    (folder / PRICES).write_text(HEADER + ROW.replace("2026-12-31", ""))
    assert load(folder).book.tables.prices["G2010"][0].until is None


def test_a_column_that_is_unknown_or_lacking_is_told(broken: Broken) -> None:
    problems = broken({PRICES: HEADER.replace("work", "labour") + ROW})
    assert any("'labour'" in p for p in problems)
    assert not any("start" in p for p in problems), "the column is called from"
    assert any("'work' is not there" in p for p in problems)


def test_a_table_that_is_not_there_is_told(broken: Broken) -> None:
    assert any(p.startswith(f"{PRICES}: is not there") for p in broken({PRICES: None}))


def test_an_empty_file_is_no_table_without_rows(broken: Broken) -> None:
    assert any(p.startswith(PRICES) for p in broken({PRICES: ""}))


def test_a_quotation_mark_that_does_not_close_is_told_and_no_crash(broken: Broken) -> None:
    assert any(p.startswith(PRICES) for p in broken({PRICES: HEADER + '"G2010,A,0.18\n'}))


def test_a_table_saved_in_another_encoding_is_told_and_no_crash(broken: Broken) -> None:
    table = "state,locality,name,work,practice_expense,malpractice,from,until\n"
    row = "PR,20,PUERTO RICO Y MAYAGÜEZ,1,1,1,2026-01-01,\n"
    problems = broken({"tables/localities.csv": (table + row).encode("cp1252")})
    assert any(p.startswith("tables/localities.csv") and "UTF-8" in p for p in problems)


def test_a_table_that_excel_saved_as_utf_8_is_read(folder: Path) -> None:
    (folder / PRICES).write_bytes(b"\xef\xbb\xbf" + (HEADER + ROW).replace("\n", "\r\n").encode())
    assert "G2010" in load(folder).book.tables.prices


def test_a_yaml_file_in_another_encoding_is_told_and_no_crash(broken: Broken) -> None:
    assert any("UTF-8" in p for p in broken({MEDICARE: PAYER.replace("notice", "Bekanntmächung").encode("cp1252")}))


# --- edition ---


@pytest.mark.parametrize("text", ["", "edition: 2026.1\n", "edition: 2026.1\nreviewed_until: soon\n", "2026.1\n"])
def test_an_edition_that_cannot_be_read_is_told(text: str, broken: Broken) -> None:
    assert any(p.startswith("edition.txt:") for p in broken({"edition.txt": text}))


# --- several at once ---


def test_several_mistakes_in_several_files_are_all_told_at_once(broken: Broken) -> None:
    code, line = but(CODE, "from: 2019-01-01", "from: soon")
    _, third = but(PAYER, "pays: yes", "pays: perhaps")
    problems = broken(
        {
            "codes/G2250.yaml": CODE.replace("confidence: high", "confidence: certain"),
            G2010: code,
            MEDICARE: PAYER.replace("pays: yes", "pays: perhaps"),
            PRICES: HEADER + ROW.replace("0.18", "x") + ROW.replace("0.20", "y").replace("2026", "2025"),
            "questions/signed.yaml": SIGNED.replace("title", "titel"),
        }
    )
    places = {f"{G2010}:{line}", "codes/G2250.yaml:8", f"{MEDICARE}:{third}", f"{PRICES}:2", f"{PRICES}:3"}
    for place in (*places, "questions/signed.yaml:1"):
        assert any(p.startswith(f"{place}: ") for p in problems), (place, problems)


def test_one_mistake_in_a_code_s_file_is_not_told_as_another_in_every_other_file(broken: Broken) -> None:
    code, line = but(CODE, "from: 2019-01-01", "from: soon")
    problems = broken({G2010: code})
    assert all(p.startswith(f"{G2010}:{line}: ") for p in problems), problems


def test_a_wrong_date_hides_no_wrong_term_of_the_same_version(broken: Broken) -> None:
    code, line = but(CODE, "business_hours: 24", "business_hours: many")
    problems = broken({G2010: code.replace("from: 2019-01-01", "from: soon")})
    assert any(p.startswith(f"{G2010}:{line}: ") for p in problems), problems


@pytest.mark.parametrize(
    "changed",
    [
        {MEDICARE: PAYER + PAYER.partition("\n")[2]},
        {"questions/signed.yaml": SIGNED.replace("{says: not signed}", "{says: not signed, overrides: [nobody]}")},
    ],
    ids=["two versions", "override reason"],
)
def test_what_stands_in_one_place_is_told_with_its_line(changed: dict[str, str | bytes | None], broken: Broken) -> None:
    assert all(PLACE.match(p) for p in broken(changed)), broken(changed)


def test_an_alias_is_refused_and_never_followed(broken: Broken) -> None:
    assert any("alias" in p for p in broken({MEDICARE: "- &again [*again]\n"}))


def test_an_unknown_key_before_a_block_is_told_with_its_own_line(broken: Broken) -> None:
    text, line = but(CODE, "  asks:", "  askes:")
    assert any(p.startswith(f"{G2010}:{line}: ") and "'asks'" in p for p in broken({G2010: text}))


def test_a_payer_that_only_a_table_names_is_told(broken: Broken) -> None:
    names = "where,system,match,line,payer,funding,from,until\nname,,humna,commercial,humna,,2000-01-01,\n"
    assert any(p.startswith("payers/humna.yaml: is not there") for p in broken({"tables/payer_names.csv": names}))


def test_a_payer_without_a_title_is_told(broken: Broken) -> None:
    problems = broken({"payers/lakeside.yaml": PAYER, "payer_titles.yaml": "medicare: Medicare Part B\n"})
    assert any(p.startswith("payer_titles.yaml:1: 'lakeside'") for p in problems)
