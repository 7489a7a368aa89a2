"""Take the README's picture of the demo: `.venv/bin/python -m tests.browser.screenshot [URL]` → docs/demo.png.

Not a test. Without URL it serves the demo itself. Prettier with Debian's fonts-inter installed.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import sync_playwright

from cds_service.web.demo.scenarios import FIRST

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PICTURE = Path(__file__).parents[2] / "docs" / "demo.png"
LARGEST = 250_000
PORT = 8731


@contextmanager
def served() -> Iterator[str]:
    command = [str(Path(sys.executable).with_name("signoff")), "serve", "--port", str(PORT)]
    url = f"http://127.0.0.1:{PORT}"
    with subprocess.Popen(command) as process:
        try:
            for _ in range(100):
                try:
                    urlopen(f"{url}/healthz", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.2)
            yield url
        finally:
            process.terminate()


def take(url: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 980, "height": 900}, color_scheme="light", device_scale_factor=1)
        page.goto(f"{url}/demo/{FIRST}")
        page.get_by_role("button", name="Sign off").click()
        page.evaluate(LAYOUT)
        PICTURE.parent.mkdir(exist_ok=True)
        PICTURE.write_bytes(packed(page.screenshot(full_page=True)))
        browser.close()
    size = PICTURE.stat().st_size
    sys.stdout.write(f"{PICTURE}: {size // 1000} kB\n")
    if size > LARGEST:
        raise SystemExit(f"expected at most {LARGEST // 1000} kB")


LAYOUT = """() => {
  const away = ["details.fold", ".told", ".why", ".wire", ".dismiss", ".other", ".signing .hint", ".timeline ~ *"];
  for (const part of document.querySelectorAll(away.join())) part.remove();
  document.querySelector("main").style.paddingBottom = "24px";
}"""
"""The picture shows the story, the signing, the card and the timeline; what comes below them has to stay away."""


def packed(png: bytes) -> bytes:
    """Return the same picture, deflated as well as zlib can; browsers hurry."""
    chunks, data, at = [], b"", 8
    while at < len(png):
        size, kind = struct.unpack_from(">I4s", png, at)
        body = png[at + 8 : at + 8 + size]
        at += 12 + size
        if kind == b"IDAT":
            data += body
        else:
            chunks.append((kind, body))
    chunks.insert(-1, (b"IDAT", zlib.compress(zlib.decompress(data), 9)))
    return png[:8] + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        take(sys.argv[1])
    else:
        with served() as own:
            take(own)
