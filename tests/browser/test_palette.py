"""The colours of the demo have the contrast that WCAG AA asks for, in light and dark: axe does not see into an SVG."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

CSS = files("cds_service.web").joinpath("static", "demo.css").read_text(encoding="utf-8")
TEXT, GRAPHIC = 4.5, 3.0

ON_SURFACES = ["surface", "page", "raised"]

PAIRS: list[tuple[str, str, float]] = [
    *((ink, on, TEXT) for ink in ("ink", "muted", "accent") for on in ON_SURFACES),
    *((ink, "accent-soft", TEXT) for ink in ("ink", "accent")),
    ("on-accent", "accent", TEXT),
    ("on-header", "header", TEXT),
    *((ink, "surface", TEXT) for ink in ("good", "warn", "bad", "hold")),
    *((ink, f"{ink}-soft", TEXT) for ink in ("good", "warn", "bad", "hold")),
    ("ink", "good-soft", TEXT),
    ("ink", "bad-soft", TEXT),
    ("good", "bad-soft", TEXT),
    *(("edge", on, GRAPHIC) for on in ON_SURFACES),
    *(("focus", on, GRAPHIC) for on in ON_SURFACES),
    # in the picture, labels have a rim of the surface's colour; they must be readable where it does not reach too
    *((ink, on, TEXT) for ink in ("ink", "muted") for on in ("surface", "tl-night", "tl-shade")),
    *(
        (f"tl-{sign}", on, GRAPHIC)
        for sign in ("used", "window", "received", "answered", "due", "service", "now", "recheck")
        for on in ("surface", "tl-night", "tl-shade")
    ),
]


def tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))


LIGHT = tokens(CSS.split("@media", 1)[0])
DARK = LIGHT | tokens(CSS.split("@media (prefers-color-scheme: dark)", 1)[1].split("\n}\n", 1)[0])


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(("ink", "on", "least"), PAIRS)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_palette_has_contrast(palette: dict[str, str], ink: str, on: str, least: float) -> None:
    assert contrast(palette[ink], palette[on]) >= least


def test_every_colour_has_a_dark_counterpart() -> None:
    dark = tokens(CSS.split("@media (prefers-color-scheme: dark)", 1)[1].split("\n}\n", 1)[0])
    assert set(dark) == set(LIGHT)


def test_colours_are_tokens_everywhere_else() -> None:
    rest = CSS.split("/* --- letters and boxes --- */", 1)[1]
    assert set(re.findall(r"#[0-9a-fA-F]{3,8}\b", rest)) <= {"#ffffff"}  # paper is white


def test_templates_hold_no_styles_scripts_or_trusted_markup() -> None:
    folder = files("cds_service.web").joinpath("templates", "demo")
    for template in folder.iterdir():
        source = template.read_text(encoding="utf-8")
        for forbidden in (r"\|\s*safe", r"\bstyle=", r"<style", r"\son[a-z]+=", r"<script(?! src=)", "Markup"):
            assert not re.search(forbidden, source), f"{template.name}: {forbidden}"
