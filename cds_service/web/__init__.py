"""The web door: an EHR posts a hook, we read, answer and log one line. `create_app` puts it together.

services.py   the table of services
hooks.py      discovery and the calls          envelope.py  bytes → a request of the right shape, within limits
pages.py      the hook's definition, probes    outcomes.py  every error, as an OperationOutcome
codes.py      the code reference
desk.py       what the routes share            logs.py      one line for each call, without a patient's value
server.py     gunicorn                         demo/        the demo EHR
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from threading import BoundedSemaphore
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from cds_service.clients import DEFAULT, Client, load_clients
from cds_service.content import load
from cds_service.errors import RequestError, SettingsError, Upstream
from cds_service.review import House
from cds_service.settings import Settings

from . import codes, hooks, logs, outcomes, pages
from .demo import demo_blueprint
from .desk import Desk
from .services import SERVICES

log = logging.getLogger(__name__)

SANDBOX = "https://sandbox.cds-hooks.org"
NOT_YET = (
    "SIGNOFF_MODE: production is not served yet, for it must ask every EHR for its signed token, which this version "
    "cannot check; expected demo, on loopback, with made-up records"
)
PROBES = frozenset(("/healthz", "/readyz"))
NOTHING_LOADS = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
PAGES_LOAD = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(settings: Settings, *, now: Callable[[], datetime] = utc_now, caller: Client = DEFAULT) -> Flask:
    """Return the application, with all content loaded and one review done; raise if anything is wrong with either.

    `caller`: whom everyone is taken for while nobody is asked who they are.
    """
    if settings.mode == "production":
        raise SettingsError("\n".join([*settings.wrong_for_production(), NOT_YET]))
    content = load()
    clients = load_clients(settings.clients, content.book.payers) if settings.clients else {}
    desk = Desk(
        settings=settings,
        house=House(content.book, content.words, settings.public_url).laid_over(caller.payers),
        services={service.id: service.also_for([*clients.values(), caller]) for service in SERVICES},
        caller=caller,
        origins=frozenset((SANDBOX, *(origin for client in (*clients.values(), caller) for origin in client.origins))),
        now=now,
        slots=BoundedSemaphore(settings.max_in_flight),
    )
    app = Flask(__name__, static_folder=None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(_begin)
    app.after_request(_finish)
    app.register_error_handler(RequestError, _refused)
    app.register_error_handler(Upstream, _unreachable)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _failed)
    app.register_blueprint(hooks.blueprint(desk))
    app.register_blueprint(pages.blueprint(desk))
    app.register_blueprint(codes.blueprint(desk, content.reference))
    app.register_blueprint(demo_blueprint(desk.house, now))
    return app


# --- every request ---


def _begin() -> None:
    g.began = time.perf_counter()
    g.request_id = uuid4().hex


def _finish(answered: Response) -> Response:
    """Guard the answer with its headers, and log one line."""
    headers = answered.headers
    headers["X-Request-Id"] = g.request_id
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers.setdefault("Content-Security-Policy", PAGES_LOAD if answered.mimetype == "text/html" else NOTHING_LOADS)
    if answered.mimetype in {"text/html", outcomes.JSON}:
        headers["Cache-Control"] = "no-store"
    if answered.location:  # Werkzeug builds it from the Host header, which is anybody's word
        headers["Location"] = "/" + urlsplit(answered.location).path.lstrip("/")
    if request.method == "OPTIONS":  # Flask's own answer is an empty page
        answered.status_code = 204
        del headers["Content-Type"]
    level = logging.DEBUG if request.path in PROBES and answered.status_code == 200 else logging.INFO  # noqa: PLR2004
    log.log(
        level,
        "call",
        extra={
            "request": g.request_id,
            "service": g.get("service"),
            "hook": g.get("hook"),
            "method": request.method if request.url_rule else None,
            "route": request.url_rule.rule if request.url_rule else "none",
            "status": answered.status_code,
            "ms": round((time.perf_counter() - g.began) * 1000, 1),
        },
    )
    return answered


# --- every error ---


def _refused(error: RequestError) -> Response:
    return outcomes.response(error.status, error.issues, {"Retry-After": "1"} if error.status == 503 else None)  # noqa: PLR2004


def _unreachable(error: Upstream) -> Response:
    log.error("upstream failed", extra={"request": g.request_id, "error": type(error).__name__})
    return outcomes.response(503, headers={"Retry-After": "5"})


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    allow = getattr(error, "valid_methods", None)
    return outcomes.response(status, headers={"Allow": ", ".join(sorted(allow))} if allow else None)


def _failed(error: Exception) -> Response:
    told = {"request": g.request_id, "error": type(error).__name__, "where": logs.where(error)}
    log.error("request failed", extra=told)
    return outcomes.response(500)
