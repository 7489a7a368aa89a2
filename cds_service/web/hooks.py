"""Discovery, and the calls of the services."""

from __future__ import annotations

import logging

import orjson
from flask import Blueprint, Response, g, request

from cds_service import review
from cds_service.errors import Issue, RequestError
from cds_service.fhir.gathered import Gathered
from cds_service.fhir.prefetch import from_hook
from cds_service.present.cards import not_reviewed

from .desk import Desk
from .envelope import read_request
from .logs import where
from .outcomes import JSON, Refused

log = logging.getLogger(__name__)


def blueprint(desk: Desk) -> Blueprint:
    """Return the routes under `/cds-services`."""
    routes = Blueprint("hooks", __name__)
    listed = orjson.dumps({"services": [entry for service in desk.services.values() for entry in service.entries()]})

    @routes.get("/cds-services")
    def discovery() -> Response:
        return Response(listed, content_type=JSON)

    @routes.post("/cds-services/<service_id>")
    def call(service_id: str) -> Response:
        service = desk.services.get(service_id)
        if service is None:
            raise Refused(404, Issue("not-found", "There is no such service; GET /cds-services lists them"))
        g.service = service.id
        with desk.slot():
            body = read_request(request, desk.settings)
            if body["hook"] not in service.hooks:
                raise Refused(400, Issue("value", f"expected one of {', '.join(service.hooks)}", "hook"))
            g.hook = body["hook"]
            return Response(orjson.dumps({"cards": answer(desk, body)}), content_type=JSON)

    @routes.after_request
    def allow_browsers(answered: Response) -> Response:
        answered.vary.add("Origin")
        if request.headers.get("Origin") in desk.origins:
            answered.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
            answered.headers["Access-Control-Expose-Headers"] = "X-Request-Id"
            if request.method == "OPTIONS":
                answered.headers["Access-Control-Allow-Methods"] = "GET, POST, OPTIONS"
                answered.headers["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
                answered.headers["Access-Control-Max-Age"] = "600"
                if "Access-Control-Request-Private-Network" in request.headers:  # a public page that calls loopback
                    answered.headers["Access-Control-Allow-Private-Network"] = "true"
        return answered

    return routes


def answer(desk: Desk, body: dict[str, object]) -> list[dict[str, object]]:
    """Return the cards for a request of the right shape; a bug while gathering is a card too, never silence."""
    try:
        gathered: Gathered = from_hook(body)
    except RequestError:
        raise
    except Exception as error:  # noqa: BLE001 - the wall before the one in review.answer
        log.error("gathering failed", extra={"error": type(error).__name__, "where": where(error)})  # noqa: TRY400 - its text may hold a patient's value
        return [not_reviewed(desk.house.words, desk.house.public_url, None)]
    return review.answer(
        gathered,
        desk.house,
        desk.caller.customs,
        at=desk.now(),
        live=True,
        quiet_holds=desk.caller.quiet_holds,
    ).cards
