"""The demo EHR in a browser: choose, sign, read the answer; on any screen, without scripts, by keyboard."""

from __future__ import annotations

import json
import re
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import FloatRect, Locator, Page, expect
from werkzeug.serving import make_server

from cds_service.content import load
from cds_service.review import House
from cds_service.web.demo import demo_blueprint

from .conftest import Open

STORY = "medicare_photo_that_led_to_a_visit"
SILENT = "silent_charged_and_complete"
HOSTILE = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>[x](javascript:alert(3)) {{ 7*7 }}"
WIDTHS = [400, 768, 1280]


def sign(page: Page, moment: int = 0) -> None:
    page.get_by_role("radio").nth(moment).check()
    page.get_by_role("button", name=re.compile("^Sign off")).click()
    page.wait_for_url("**/sign#answer", wait_until="load")  # styles too: they choose the picture that fits
    expect(page.get_by_role("heading", name="What the clinician sees")).to_be_visible()


def box(found: Locator) -> FloatRect:
    """Return where it stands on the screen."""
    bounds = found.bounding_box()
    assert bounds is not None
    return bounds


def middle(found: Locator) -> float:
    bounds = box(found)
    return bounds["x"] + bounds["width"] / 2


def mark(page: Page, key: str) -> Locator:
    return page.locator(f".tl:visible [data-mark='{key}']")


def overflow(page: Page) -> int:
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


def test_a_newcomer_chooses_signs_and_reads_the_card(served: str, open_page: Open) -> None:
    page = open_page(served)
    page.get_by_role("navigation", name="Scenarios").get_by_role(
        "link", name="Medicare photo that led to a visit"
    ).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Medicare photo that led to a visit")
    sign(page)
    expect(page.locator(".card .summary")).to_contain_text("Hold G2010 until Tue Nov 24 15:20")
    expect(page.get_by_role("heading", name="What the story expects")).to_be_visible()


def test_later_the_visit_takes_the_charge_away(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/demo/{STORY}")
    sign(page, 1)
    expect(page.locator(".card.warning .summary")).to_contain_text("G2010")
    expect(page.locator(".o-not-reportable").first).to_be_visible()
    assert middle(mark(page, "answered")) < middle(mark(page, "service-1"))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_picture_keeps_the_order_of_time(served: str, open_page: Open, width: int) -> None:
    page = open_page(f"{served}/demo/{STORY}", width=width)
    sign(page)
    order = [middle(mark(page, key)) for key in ("received", "answered", "due", "recheck")]
    assert order == sorted(order)
    weekend = page.locator(".tl:visible [data-kind='weekend']").last
    friday, monday = (page.locator(f".tl:visible [data-day='2026-11-{day}']") for day in (20, 23))
    assert middle(friday) < box(weekend)["x"] < middle(monday)
    assert middle(mark(page, "received")) < box(weekend)["x"] < middle(mark(page, "answered"))
    assert page.locator(".tl:visible").count() == 1


def test_silence_is_explained(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/demo/{SILENT}")
    sign(page)
    expect(page.get_by_text("Nothing appears.")).to_be_visible()
    expect(page.get_by_text("charged and complete", exact=True)).to_be_visible()
    assert page.locator(".card").count() == 0


def test_accepting_shows_what_would_be_written_and_keeps_nothing(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/demo/{STORY}")
    sign(page)
    page.locator(".suggestion button").first.click()
    expect(page.locator(".suggestion .kept")).to_contain_text("Nothing was written")
    expect(page.locator(".suggestion pre").first).to_contain_text('"resourceType": "ChargeItem"')
    expect(page.locator(".suggestion pre").first).to_contain_text('"status": "planned"')


def test_dismissing_takes_a_reason(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/demo/{STORY}")
    sign(page)
    reason = page.get_by_label("Reason").locator("option").nth(1).inner_text()
    page.get_by_label("Reason").select_option(index=1)
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".card.dismissed .kept")).to_contain_text(f"Dismissed: {reason}")


def test_another_moment_can_be_written(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/demo/{STORY}")
    page.get_by_role("textbox", name="Another moment").fill("2026-11-23T18:05")
    expect(page.get_by_role("radio", name="another moment")).to_be_checked()
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_text("Signed Mon Nov 23, 2026, 18:05")).to_be_visible()


def test_the_list_narrows_while_one_types(served: str, open_page: Open) -> None:
    page = open_page(served)
    everything = page.locator(".list li:visible").count()
    page.get_by_label("Find a scenario").fill("voicemail")
    found = page.locator(".list li:visible")
    assert 0 < found.count() < everything
    expect(found.filter(has_text="oicemail").first).to_be_visible()


def test_everything_works_without_scripts(served: str, open_page: Open) -> None:
    page = open_page(served, scripts=False)
    page.get_by_label("Find a scenario").fill("voicemail")
    page.get_by_role("button", name="Find").click()
    page.locator(".list a").filter(has_text="oicemail").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("oicemail")
    sign(page)
    expect(page.locator(".card .summary").first).to_be_visible()
    assert mark(page, "received").count() == 1
    page.get_by_text("The same in words", exact=True).click()
    expect(page.get_by_role("table", name="The review in time, as a table")).to_be_visible()


def test_it_can_be_used_by_keyboard_alone(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/demo/{STORY}", width=400)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the chart")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(4):
        page.keyboard.press("Tab")
        if page.locator(":focus").inner_text() == "Sign off":
            break
    else:
        page.get_by_role("button", name="Sign off").focus()
    outline: str = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    expect(page.locator(".card .summary")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [*((width, False) for width in WIDTHS), (768, True)])
@pytest.mark.parametrize("name", [STORY, SILENT, "consent_is_missing", "unsure_patient_was_null"])
def test_nothing_overflows_and_axe_finds_nothing(
    served: str, open_page: Open, name: str, width: int, dark: bool
) -> None:
    page = open_page(f"{served}/demo/{name}", width=width, dark=dark)
    assert overflow(page) <= 0
    assert faults(page) == []
    sign(page)
    for summary in page.locator("summary:visible").all():
        if not summary.evaluate("node => node.parentElement.open"):
            summary.click()
    assert overflow(page) <= 0
    assert faults(page) == []


def test_the_list_page_is_sound(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/demo/", width=400)
    assert overflow(page) <= 0
    assert faults(page) == []
    assert page.locator(".list a:visible").count() > 40


def faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['target']} {v['nodes'][0]['failureSummary']}" for v in found]


def test_labels_of_the_picture_stay_inside_and_apart(served: str, open_page: Open) -> None:
    names = [
        STORY,
        "five_days_after_an_excision",
        "unsure_bare_date_hides_the_deadline",
        "medicare_photo_answered_same_day",
    ]
    for width in WIDTHS:
        for name in names:
            page = open_page(f"{served}/demo/{name}", width=width)
            sign(page)
            assert page.locator(".tl:visible").evaluate(CROWDED) == [], f"{name} at {width}"
            page.close()


CROWDED = """svg => {
  const labels = [...svg.querySelectorAll(".tl-label")], wide = svg.viewBox.baseVal.width, found = [];
  for (const [n, label] of labels.entries()) {
    const a = label.getBBox();
    if (a.x < -2 || a.x + a.width > wide + 2) found.push(`outside: ${label.textContent}`);
    for (const other of labels.slice(n + 1)) {
      const b = other.getBBox();
      if (a.x < b.x + b.width && b.x < a.x + a.width && a.y + 2 < b.y + b.height && b.y + 2 < a.y + a.height)
        found.push(`${label.textContent} lies on ${other.textContent}`);
    }
  }
  return found;
}"""


def poisoned(value: Any, key: str = "") -> Any:
    """Return JSON in which every word that a person could have written ends in markup."""
    if isinstance(value, dict):
        return {k: poisoned(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(v, key) for v in value]
    written = {"text", "display", "contentString", "family", "given", "prefix", "suffix", "title", "conclusion"}
    written |= {"summary", "description", "comment", "city", "line", "value"}
    return f"{value} {HOSTILE}" if isinstance(value, str) and key in written else value


@pytest.fixture
def hostile(tmp_path: Path) -> Iterator[str]:
    """The demo over a folder of poisoned stories."""
    for name in (STORY, "consent_is_missing", "unsure_voicemail_reply"):
        source = Path(str(files("fhir_fixtures").joinpath(name)))
        shutil.copytree(source, tmp_path / name)
        request = json.loads((source / "request.json").read_bytes())
        (tmp_path / name / "request.json").write_text(json.dumps(poisoned(request)), encoding="utf-8")
    content = load()
    app = Flask("hostile", static_folder=None)
    house = House(content.book, content.words, "http://127.0.0.1:8000")
    app.register_blueprint(demo_blueprint(house, lambda: datetime.now(UTC), stories=tmp_path))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("name", [STORY, "consent_is_missing", "unsure_voicemail_reply"])
def test_markup_in_a_message_is_shown_as_text(hostile: str, open_page: Open, name: str) -> None:
    page = open_page(f"{hostile}/demo/{name}")
    expect(page.locator(".messages p").first).to_contain_text("<script>alert(1)</script>")
    sign(page)
    for summary in page.locator("summary:visible").all():
        if not summary.evaluate("node => node.parentElement.open"):
            summary.click()
    assert page.locator("main script, main img, main [onerror], main a[href^='javascript']").count() == 0
    expect(page.locator(".messages p").first).to_contain_text("{{ 7*7 }}")
    assert overflow(page) <= 0
