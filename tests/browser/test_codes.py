"""The code reference in a browser: on a phone and at a desk, without scripts, by keyboard, in the dark, on paper."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from .conftest import Open

PAGES = ["/codes", "/codes?q=photo", "/codes?q=xyzzy", "/codes/G2010", "/codes/99441", "/codes/98000", "/codes/99213"]
WIDTHS = [400, 1280]


def overflow(page: Page) -> int:
    wider: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


@pytest.mark.parametrize(
    ("path", "width", "dark"),
    [
        *((path, width, False) for path in PAGES for width in WIDTHS),
        ("/codes", 1280, True),
        ("/codes/G2010", 400, True),
    ],
)
def test_nothing_is_inaccessible_or_too_wide(served: str, open_page: Open, path: str, width: int, dark: bool) -> None:
    page = open_page(f"{served}{path}", width=width, dark=dark)
    page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert overflow(page) <= 0


def test_a_biller_finds_a_code_without_scripts(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/codes", width=400, scripts=False)
    page.get_by_label("Find a code").fill("acne")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("status")).to_contain_text("found for “acne”")
    page.get_by_role("link", name="G2010").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("G2010")
    page.get_by_role("combobox", name="Locality").select_option("AL-00")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".amount").first).to_contain_text("$12.05")
    assert "locality=AL-00" in page.url


@pytest.mark.parametrize(("width", "shown", "hidden"), [(400, "narrow", "wide"), (1280, "wide", "narrow")])
def test_one_picture_of_each_is_shown_with_a_dot_for_each_locality(
    served: str, open_page: Open, width: int, shown: str, hidden: str
) -> None:
    page = open_page(f"{served}/codes/G2010", width=width)
    payments = page.locator("#payment")
    expect(payments.locator(f".dot-{shown}")).to_be_visible()
    expect(payments.locator(f".dot-{hidden}")).to_be_hidden()
    expect(payments.locator(f".dot-{shown} circle")).to_have_count(109)
    expect(payments.locator(f".dot-{shown} .dot-chosen")).to_have_count(1)
    expect(payments.locator(f".dot-{shown} .dot-label-chosen")).to_have_text("NY 01 $14.69")
    expect(page.locator(f"#rank .dot-{shown} circle")).to_have_count(181)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("place", ["NY-01", "AR-13", "CA-65", "AK-01"])
def test_labels_stand_within_the_picture(served: str, open_page: Open, width: int, place: str) -> None:
    page = open_page(f"{served}/codes/99423?locality={place}", width=width)
    for chart in page.locator(".dot-chart:visible").all():
        whole = chart.bounding_box()
        assert whole is not None
        for label in chart.locator("text").all():
            box = label.bounding_box()
            assert box is not None
            assert box["x"] >= whole["x"] - 2
            assert box["x"] + box["width"] <= whole["x"] + whole["width"] + 2


def test_everything_is_reached_by_keyboard(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/codes/G2010")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the text")).to_be_focused()
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    page.get_by_text("All 109 localities").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".localities")).to_be_visible()


def test_paper_has_the_text_and_no_forms(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/codes/G2010")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#asks")).to_be_visible()
    for away in (".side", ".choose", ".toc"):
        expect(page.locator(away)).to_be_hidden()
    assert len(page.pdf()) > 10_000


def test_every_link_within_the_reference_leads_somewhere(served: str, open_page: Open) -> None:
    page = open_page(f"{served}/codes")
    links = {str(a.get_attribute("href")) for a in page.locator("main a.code").all()}
    assert len(links) > 40
    for link in sorted(links):
        answer = page.request.get(f"{served}{link}")
        assert answer.ok, link
        for near in set(re.findall(r'href="(/codes/[^"#?]+)"', answer.text())):
            assert near in links, f"{link} → {near}"
