"""The code reference, in every mode: `/codes` and `/codes/{code}`, HTML or JSON by `Accept`, without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import orjson
from flask import Blueprint, Response, abort, render_template, request

from cds_service.billing.practice import Practice
from cds_service.errors import Issue
from cds_service.present.reference import Catalogue, catalogue, code_page, localities, spoken
from cds_service.present.reference_json import catalogue_json, page_json
from cds_service.prose import Reference

from .desk import Desk
from .outcomes import JSON, Refused

LONGEST_SEARCH = 100
HTML = "text/html"
SETTINGS: Mapping[str, str] = {
    "nonfacility": "Office or other nonfacility place",
    "facility": "Hospital or other facility",
}
QP: Mapping[str, str] = {"no": "no", "yes": "yes, a qualifying APM participant (QP)"}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What the reader chose by the address; without a choice, today and the practice of the caller."""

    on: date
    known: date
    practice: Practice


def blueprint(desk: Desk, reference: Reference) -> Blueprint:
    """Return the pages of the reference, over the rules and words of the house."""
    routes = Blueprint(
        "codes", __name__, template_folder="templates", static_folder="static", static_url_path="/static/codes"
    )
    book, words = desk.house.book, desk.house.words

    def chosen() -> _Chosen:
        practice = desk.caller.customs.practice
        today = practice.local(desk.now()).date()
        on = _date(request.args.get("date", ""), today)
        place = request.args.get("locality", "")
        if place:
            state, _, number = place.replace(" ", "-").upper().partition("-")
            if (state, number) not in book.tables.localities:
                raise Refused(400, Issue("value", "expected a Medicare locality as NY-01", "locality"))
            practice = replace(practice, state=state, locality=number)
        setting, qp = request.args.get("setting", ""), request.args.get("qp", "")
        if setting not in {"", *SETTINGS} or qp not in {"", *QP}:
            raise Refused(400, Issue("value", "expected setting as nonfacility or facility, and qp as yes or no"))
        if setting:
            practice = replace(practice, setting="facility" if setting == "facility" else "nonfacility")
        if qp:
            practice = replace(practice, qualifying_apm=qp == "yes")
        return _Chosen(on, today, practice)

    def listed(on: date, searched: str = "") -> Catalogue:
        return catalogue(book, reference, on=on, words=searched)

    @routes.get("/codes")
    def codes() -> Response:
        searched = request.args.get("q", "").strip()[:LONGEST_SEARCH]
        found = listed(chosen().on, searched)
        if _wants_json():
            return _json(catalogue_json(found))
        return _html("codes/list.html", found=found, says=reference.page)

    @routes.get("/codes/<code>")
    def code(code: str) -> Response:
        told = chosen()
        page = code_page(code.upper(), book, words, reference, on=told.on, known=told.known, practice=told.practice)
        if page is None:
            abort(404)
        if _wants_json():
            return _json(page_json(page))
        return _html(
            "codes/code.html",
            page=page,
            says=reference.page,
            found=listed(told.on),
            practice=told.practice,
            localities=localities(book.tables, told.on),
            settings=SETTINGS,
            statuses=QP,
        )

    return routes


def _date(given: str, today: date) -> date:
    if not given:
        return today
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Refused(400, Issue("value", "expected a date as YYYY-MM-DD", "date")) from None


def _wants_json() -> bool:
    return request.accept_mimetypes.best_match([HTML, JSON], default=HTML) == JSON


def _json(made: object) -> Response:
    return _vary(Response(orjson.dumps(made), content_type=JSON))


def _html(template: str, **told: object) -> Response:
    return _vary(Response(render_template(template, day=spoken, **told), content_type=f"{HTML}; charset=utf-8"))


def _vary(response: Response) -> Response:
    response.vary.add("Accept")
    return response
