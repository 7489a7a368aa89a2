"""gunicorn as a library: one process of many threads by default, strict about HTTP, and ended without losing a call."""

from __future__ import annotations

import gc
import ipaddress
import signal
import socket
import struct
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from flask import Flask
from gunicorn import util
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.http import errors
from gunicorn.workers.gthread import TConn, ThreadWorker

from cds_service.errors import Issue, SettingsError
from cds_service.settings import DEFAULT_PUBLIC_URL, Settings

from . import create_app, logs, outcomes
from .envelope import READ_AT_ONCE

SPARE_THREADS = 4
"""Beside those that answer calls: for probes, and to tell one call too many that we are busy."""
KEEPALIVE_SECONDS = 30
UNREAD_SECONDS = 20
"""A client that does not take its answer for so long is given up, and its thread is free again."""
GRACEFUL_SECONDS = 25
GOODBYE_SECONDS = 1.0
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the workers' heartbeat must not wait for a disk

REFUSED_BY_PARSER = {
    errors.LimitRequestLine: 414,
    errors.ExpectationFailed: 417,
    errors.LimitRequestHeaders: 431,
    errors.ForbiddenProxyRequest: 403,
}
"""What gunicorn's parser will not read; everything else that is wrong with a request's form is 400."""


def serve(settings: Settings, host: str = "127.0.0.1", port: int = 8000, workers: int = 1) -> NoReturn:
    """Serve until SIGTERM or Ctrl-C, and leave by SystemExit. Raises SettingsError or ContentError before listening."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as `make run` starts us: Ctrl-C must end a slow start too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if settings.mode == "demo":
        _check_loopback(settings, host)
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if settings.public_url == DEFAULT_PUBLIC_URL:
        settings = replace(settings, public_url=f"http://{shown}")
    _check_port(host, port)
    logs.configure(settings.log_level)
    app = create_app(settings)
    Server(app, settings, shown, workers).run()
    raise SystemExit(0)


def _check_loopback(settings: Settings, host: str) -> None:
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = host == "localhost"
    if not loopback and host != urlsplit(settings.public_url).hostname:
        raise SettingsError(
            f"--host {host}: demo asks nobody who they are, so it serves loopback only; expected 127.0.0.1, "
            "or the host of SIGNOFF_PUBLIC_URL"
        )


def _check_port(host: str, port: int) -> None:
    """Gunicorn would try for five seconds and then say less."""
    try:
        with socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET):
            pass
    except OSError as error:
        raise SettingsError(f"--port {port}: cannot listen on {host}, port {port} ({error.strerror})") from error


class Server(BaseApplication):
    """The application with its configuration; `run` returns only by SystemExit."""

    def __init__(self, app: Flask, settings: Settings, address: str, workers: int) -> None:
        self.app = app
        self.settings = settings
        self.address = address
        self.workers = workers
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options().items():
            self.cfg.set(name, value)

    def options(self) -> dict[str, Any]:
        return {
            "bind": self.address,
            "worker_class": Worker,
            "workers": self.workers,
            "threads": self.settings.max_in_flight + SPARE_THREADS,
            "timeout": 30,
            "graceful_timeout": GRACEFUL_SECONDS,
            "keepalive": KEEPALIVE_SECONDS,
            "max_requests": 20_000 if self.workers > 1 else 0,  # one process alone would be away while it restarts
            "max_requests_jitter": 2_000,
            "limit_request_line": 4094,
            "limit_request_fields": 64,
            "limit_request_field_size": 8190,
            "header_map": "drop",
            "control_socket_disable": True,
            "worker_tmp_dir": str(SHARED_MEMORY) if SHARED_MEMORY.is_dir() else None,
            "logger_class": QuietLogger,
            "loglevel": "debug" if self.settings.log_level == "DEBUG" else "warning",
            "when_ready": self.when_ready,
            "post_worker_init": settle_memory,
        }

    def load(self) -> Any:
        return self.app

    def when_ready(self, _arbiter: Arbiter) -> None:
        sys.stderr.write(f"Signoff serves {self.settings.public_url} (Ctrl-C ends it)\n")
        sys.stderr.flush()

    def run(self) -> None:
        PatientArbiter(self).run()


def settle_memory(_worker: ThreadWorker) -> None:
    """Keep what was loaded at the start out of every later collection: it never becomes garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 1000)


def part_from(client: socket.socket) -> None:
    """Say goodbye, and wait a moment for the client's: its answer would be lost if we closed on what it still sends.

    gunicorn does the same in the one loop that serves everybody, two seconds for each client that does not close.
    """
    deadline = time.monotonic() + GOODBYE_SECONDS
    with suppress(OSError):  # TimeoutError too
        client.shutdown(socket.SHUT_WR)
        while (left := deadline - time.monotonic()) > 0:
            client.settimeout(left)
            if not client.recv(READ_AT_ONCE):
                return
    with suppress(OSError):
        client.shutdown(socket.SHUT_RD)


class PatientArbiter(Arbiter):
    """Ends in the same way on Ctrl-C as on SIGTERM: running calls are finished. A second Ctrl-C does not wait."""

    def handle_int(self) -> None:
        self.handle_term()


class Worker(ThreadWorker):
    """gunicorn's threads, with our words for what its parser refuses, and a limit to a client's slowness."""

    app: Server

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to us too; the arbiter says when to stop

    def init_process(self) -> None:
        self.late: dict[TConn, float] = {}
        super().init_process()

    def enqueue_req(self, conn: TConn) -> None:
        """Set how long a client may leave its answer unread."""
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", UNREAD_SECONDS, 0))
        super().enqueue_req(conn)

    def handle(self, conn: TConn) -> Any:
        """Answer one request, whose last byte must come within its time. gunicorn would wait for a slow one forever."""
        self.late[conn] = time.monotonic() + self.app.settings.max_body_seconds
        try:
            again = super().handle(conn)
        finally:
            del self.late[conn]
        if not again:
            part_from(conn.sock)
        return again

    def murder_pending(self) -> None:
        """Once a second: end what comes too late. Its reader finds an end too early, and refuses the request."""
        super().murder_pending()
        now = time.monotonic()
        for conn, deadline in self.late.copy().items():
            if deadline < now:
                with suppress(OSError):  # it was closed in between
                    conn.sock.shutdown(socket.SHUT_RD)

    def set_accept_enabled(self, enabled: bool | None) -> None:  # noqa: FBT001 - gunicorn's signature
        """On leaving, close the door too: a caller that nobody will answer is told so, and does not wait."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                listener.close()

    def handle_error(self, req: Any, client: socket.socket, addr: Any, exc: BaseException) -> None:  # noqa: ARG002
        """Answer a request that cannot be read, or one that broke outside the application; gunicorn would send HTML."""
        refused = isinstance(exc, errors.ParseException | errors.NoMoreData)
        status = (
            next((code for kind, code in REFUSED_BY_PARSER.items() if isinstance(exc, kind)), 400) if refused else 500
        )
        self.log.warning("request refused by the parser" if refused else "connection failed", exc_info=exc)
        issue = Issue("invalid", "This is not a request of HTTP/1.1 as its standard has it")
        body = outcomes.body([issue if status == 400 else outcomes.fixed(status)])  # noqa: PLR2004
        head = (
            f"HTTP/1.1 {status} Refused\r\nConnection: close\r\nContent-Type: {outcomes.JSON}\r\n"
            f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\r\n"
        )
        try:
            util.write_nonblock(client, head.encode("ascii") + body)
        except OSError:
            self.log.debug("the client left before its answer")


class QuietLogger(Logger):
    """gunicorn's log through ours: no access log, and no text of an exception, which may quote the request."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True

    def access(self, *_args: object, **_kwargs: object) -> None:
        pass
