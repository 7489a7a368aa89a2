"""The demo as it is really served, seen in a real Chromium."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
STARTS_WITHIN = 30
"""Seconds; content is loaded and one review done before the server listens."""

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.fail(f"{CHROMIUM} is missing, and these tests are nothing without it. As root: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """`signoff serve` in a process of its own, on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    mine = {name: value for name, value in os.environ.items() if not name.startswith("SIGNOFF_")}
    command = [str(Path(sys.executable).with_name("signoff")), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=mine, start_new_session=True)
    try:
        _await(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(timeout=40)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < give_up:
        if process.poll() is not None:
            pytest.fail(f"signoff serve ended with status {process.returncode}")
        connection = HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/healthz")
            with connection.getresponse() as response:
                if response.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    pytest.fail(f"signoff serve did not answer within {STARTS_WITHIN} seconds")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Open an address, and fail afterwards if the browser complained of anything there (scripts, policy, files)."""
    complaints: list[str] = []
    contexts = []

    def begin(url: str, *, width: int = 1280, scripts: bool = True, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"a dialog: {dialog.message}"))
        page.on("requestfailed", lambda request: complaints.append(f"not loaded: {request.url}"))
        page.goto(url)
        return page

    yield begin
    for context in contexts:
        context.close()
    assert complaints == []
