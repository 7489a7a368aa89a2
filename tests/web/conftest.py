"""The door as an EHR meets it: in process by Flask's client, and over a socket by gunicorn in a process of its own."""

from __future__ import annotations

import io
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator

from cds_service.settings import Settings
from cds_service.web import create_app
from cds_service.web.logs import OneLine

Json = dict[str, Any]
Check = Callable[[bytes], Json]

FIXTURES = Path(str(files("fhir_fixtures")))
AT = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
CALL = "/cds-services/image-review"


def validator(name: str) -> Draft202012Validator:
    schema = json.loads(files("cards").joinpath("schema", f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.fixture(scope="session")
def schemas() -> dict[str, Draft202012Validator]:
    return {
        name: validator(name) for name in ("hook-request", "response", "discovery", "feedback", "operation-outcome")
    }


@pytest.fixture(scope="session")
def answered(schemas: dict[str, Draft202012Validator]) -> Check:
    """Cards as the wire's schema has them."""

    def check(body: bytes) -> Json:
        value: Json = json.loads(body)
        schemas["response"].validate(value)
        return value

    return check


@pytest.fixture(scope="session")
def refused(schemas: dict[str, Draft202012Validator]) -> Check:
    """An OperationOutcome that shows nothing of how we are built."""

    def check(body: bytes) -> Json:
        value: Json = json.loads(body)
        schemas["operation-outcome"].validate(value)
        for word in (b"Traceback", b'File "', b".py", b"Error(", b"<html", b"<!doctype"):
            assert word not in body
        return value

    return check


@pytest.fixture(scope="session")
def calls() -> dict[str, Json]:
    """Every scenario that an EHR posts to the hook (the others are Bundles for the command)."""
    found = {path.parent.name: json.loads(path.read_bytes()) for path in sorted(FIXTURES.glob("*/request.json"))}
    return {name: request for name, request in found.items() if "hook" in request}


@pytest.fixture
def call(calls: dict[str, Json]) -> Json:
    """One ordinary call, free to be changed."""
    request: Json = json.loads(json.dumps(calls["medicare_photo_answered_same_day"]))
    return request


@pytest.fixture(scope="session")
def app() -> Flask:
    return create_app(Settings(), now=lambda: AT)


@pytest.fixture(scope="session")
def web(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What our log would show on stderr, at its most talkative."""
    text = io.StringIO()
    out = logging.StreamHandler(text)
    out.setFormatter(OneLine())
    ours, everyone = logging.getLogger("cds_service"), logging.getLogger()
    before = ours.level
    ours.setLevel(logging.DEBUG)
    everyone.addHandler(out)
    yield text
    everyone.removeHandler(out)
    ours.setLevel(before)


@pytest.fixture
def log_as_before() -> Iterator[None]:
    """For tests that begin to serve in this process, and so turn its log into ours."""
    everyone, ours = logging.getLogger(), logging.getLogger("cds_service")
    handlers, levels = everyone.handlers[:], (everyone.level, ours.level)
    everyone.handlers[:] = []
    yield
    everyone.handlers[:] = handlers
    everyone.setLevel(levels[0])
    ours.setLevel(levels[1])
    logging.captureWarnings(capture=False)


@dataclass
class Served:
    """A server in a process of its own."""

    port: int
    process: subprocess.Popen[bytes]
    errors: Path

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        """Ask by Python's own client: an iterable body goes in chunks."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {}, encode_chunked=not isinstance(body, bytes | None))
            with connection.getresponse() as response:
                return response.status, response.read()
        finally:
            connection.close()

    def post(self, body: Any, **headers: str) -> tuple[int, bytes]:
        return self.ask("POST", CALL, body, {"Content-Type": "application/json"} | headers)

    @contextmanager
    def connected(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as raw:
            yield raw

    def raw(self, sent: bytes, *, close: bool = False) -> bytes:
        """Send these very bytes and return whatever comes back until the server closes."""
        with self.connected() as raw:
            raw.sendall(sent)
            if close:
                raw.shutdown(socket.SHUT_WR)
            return everything(raw)

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Stop it as a terminal does, the whole process group at once, and return its exit status."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, sent)
        return self.process.wait(timeout=40)

    @property
    def said(self) -> str:
        return self.errors.read_text(encoding="utf-8")


def everything(raw: socket.socket) -> bytes:
    got = b""
    try:
        while part := raw.recv(65536):
            got += part
    except ConnectionResetError:
        pass
    return got


@pytest.fixture(scope="session")
def free_port() -> Callable[[], int]:
    def find() -> int:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port: int = listening.getsockname()[1]
            return port

    return find


PROGRAM = """
import os, sys
from cds_service.settings import Settings
from cds_service.web.server import serve
serve(Settings.from_env(os.environ), "127.0.0.1", int(sys.argv[1]), int(sys.argv[2]))
"""


@pytest.fixture(scope="session")
def start(free_port: Callable[[], int]) -> Iterator[Callable[..., Served]]:
    """Start a server with these settings: `start(MAX_IN_FLIGHT="1")`."""
    started: list[Served] = []

    def begin(workers: int = 1, **settings: str) -> Served:
        port = free_port()
        errors = Path(tempfile.mkstemp(prefix="signoff-", suffix=".log")[1])
        mine = {name: value for name, value in os.environ.items() if not name.startswith("SIGNOFF_")}
        with errors.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(port), str(workers)],
                env=mine | {f"SIGNOFF_{name}": value for name, value in settings.items()},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        served = Served(port, process, errors)
        started.append(served)
        for _ in range(300):
            assert process.poll() is None, served.said
            try:
                if served.ask("GET", "/readyz")[0] == 200:
                    return served
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError(served.said)

    yield begin
    for served in started:
        served.stop()
        served.errors.unlink()


@pytest.fixture(scope="session")
def served(start: Callable[..., Served]) -> Served:
    """The server that most tests share. It waits two seconds for a body."""
    return start(MAX_BODY_SECONDS="2")
