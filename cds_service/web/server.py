"""gunicorn as a library: one process of many threads by default, strict about HTTP, and ended without losing a call."""

from __future__ import annotations

import gc
import ipaddress
import signal
import socket
import struct
import sys
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

SPARE_THREADS = 4
"""Beside those that answer calls: for probes, and to tell one call too many that we are busy."""
KEEPALIVE_SECONDS = 30
SILENT_SECONDS = 20
"""A connection that is silent this long inside a request is given up, and its thread with it."""
GRACEFUL_SECONDS = 25
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
    if settings.mode == "demo":
        _check_loopback(settings, host)
    shown = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    if settings.public_url == DEFAULT_PUBLIC_URL:
        settings = replace(settings, public_url=f"http://{shown}")
    logs.configure(settings.log_level)
    app = create_app(settings)
    _check_port(host, port)
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


class PatientArbiter(Arbiter):
    """Ends in the same way on Ctrl-C as on SIGTERM: running calls are finished. A second Ctrl-C does not wait."""

    def handle_int(self) -> None:
        self.handle_term()


class Worker(ThreadWorker):
    """gunicorn's threads, with our words for what its parser refuses, and a limit to a client's silence."""

    def init_signals(self) -> None:
        super().init_signals()
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal sends Ctrl-C to us too; the arbiter says when to stop

    def enqueue_req(self, conn: TConn) -> None:
        """Set what gunicorn leaves open: how long a blocking read or write may wait in this thread."""
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            conn.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", SILENT_SECONDS, 0))
        super().enqueue_req(conn)

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
