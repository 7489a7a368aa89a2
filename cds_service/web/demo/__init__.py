"""The demo EHR: choose a story, sign off, and see what the service says, as an EHR would show it.

Server-rendered and complete without JavaScript. It keeps nothing: the form carries what was accepted or dismissed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, render_template, request, url_for

from cds_service.billing.moment import Moment
from cds_service.clients import DEFAULT
from cds_service.present.timeline import when
from cds_service.review import House

from .chart import chart
from .scenarios import FIRST, Scenario, grouped, read_scenarios
from .signing import client_of, pretty, rendered, sign

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
LONGEST_FORM = 100_000
LONGEST_SHOWN = 400_000
"""Longer JSON is cut on the page; the file itself can be had whole."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the clinician did with the cards so far, as the form carries it: `card:accept:suggestion` and the like."""

    kept: tuple[str, ...] = ()
    accepted: frozenset[tuple[int, int]] = frozenset()
    dismissed: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, kept: list[str], latest: str, reasons: Mapping[str, str]) -> Decided:
        """Read what the form sent; what is not of its shape is left out."""
        told = [*kept]
        card, _, act = latest.partition(":")
        if act.startswith("dismiss"):
            told.append(f"{card}:dismiss:{reasons.get(f'reason-{card}', '')}")
        elif latest:
            told.append(latest)
        accepted, dismissed, kept_now = set(), {}, []
        for line in dict.fromkeys(told):
            parts = line.split(":", 2)
            if len(parts) != len(("card", "act", "what")) or not parts[0].isdecimal():
                continue
            if parts[1] == "accept" and parts[2].isdecimal():
                accepted.add((int(parts[0]), int(parts[2])))
            elif parts[1] == "dismiss":
                dismissed[int(parts[0])] = parts[2][:200]
            else:
                continue
            kept_now.append(line[:300])
        return cls(tuple(kept_now), frozenset(accepted), dismissed)


def demo_blueprint(house: House, now: Callable[[], datetime], stories: Traversable | None = None) -> Blueprint:
    """Return the pages of the demo.

    `house` is what the hook answers with, `now` the clock of the door, `stories` the folder of scenarios
    (`fhir_fixtures` unless told otherwise).
    """
    demo = Blueprint(
        "demo", __name__, template_folder="../templates", static_folder="../static", static_url_path="/static/demo"
    )
    zone = DEFAULT.customs.practice.zone

    @cache
    def scenarios() -> Mapping[str, Scenario]:
        return read_scenarios(stories or files("fhir_fixtures"), zone)

    def found(name: str) -> Scenario:
        scenario = scenarios().get(name)
        return scenario if scenario is not None else abort(404)

    def frame() -> dict[str, object]:
        """Return what stands around every page: the list of stories, narrowed by the words searched for."""
        words = request.args.get("q", "").strip()[:100]
        return {"groups": grouped(scenarios(), words), "words": words, "count": len(scenarios())}

    def page(scenario: Scenario, at: datetime, *, wrong: str = "", status: int = 200, **more: object) -> Response:
        practice = client_of(scenario).customs.practice
        body = render_template(
            "demo/scenario.html",
            **frame(),
            scenario=scenario,
            chart=chart(scenario.request, practice, scenario.encounter, at),
            moments=[(e.at.isoformat(), when(Moment.exactly(e.at), practice)) for e in scenario.expected],
            at=at.isoformat(),
            at_input=f"{practice.local(at):%Y-%m-%dT%H:%M}",
            zone=practice.zone.key,
            wrong=wrong,
            sent=_cut(pretty(scenario.request)),
            curl=_curl(scenario, house.public_url),
            check=_check(scenario, at, practice.zone),
            rendered=rendered,
            pretty=pretty,
            **more,
        )
        return Response(body, status)

    @demo.get("/")
    def home() -> Response:
        first = scenarios().get(FIRST) or next(iter(scenarios().values()), None)
        return page(first, _first_moment(first, now())) if first else everything()

    @demo.get("/demo/")
    def everything() -> Response:
        return Response(render_template("demo/scenarios.html", **frame()))

    @demo.get("/demo/<name>")
    def scenario(name: str) -> Response:
        return page(found(name), _first_moment(found(name), now()))

    @demo.post("/demo/<name>/sign")
    def signed(name: str) -> Response:
        request.max_content_length = LONGEST_FORM
        scenario = found(name)
        at = _moment(request.form.get("at", ""), request.form.get("other", ""), zone)
        if at is None:
            said = "This moment cannot be read. Write the year, the month and the day, then hours and minutes."
            return page(scenario, _first_moment(scenario, now()), wrong=said, status=400)
        decided = Decided.of(request.form.getlist("kept"), request.form.get("decide", ""), request.form)
        return page(scenario, at, signed=sign(scenario, house, at), decided=decided)

    @demo.get("/demo/<name>/request.json")
    def sent(name: str) -> Response:
        return Response(found(name).raw, mimetype="application/json")

    @demo.after_request
    def guard(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return demo


def _first_moment(scenario: Scenario, now: datetime) -> datetime:
    return scenario.expected[0].at if scenario.expected else now


def _moment(chosen: str, other: str, zone: ZoneInfo) -> datetime | None:
    said = other if chosen in {"", "other"} else chosen
    try:
        at = datetime.fromisoformat(said.strip())
    except ValueError:
        return None
    if not MEMORY.start <= at.year < MEMORY.stop:
        return None
    return at if at.tzinfo else at.replace(tzinfo=zone)


MEMORY = range(1990, 2100)
"""The years in which a moment may lie; beyond them the reckoning of time zones would overflow."""


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "\n… (cut here)"


def _curl(scenario: Scenario, public_url: str) -> str:
    path = url_for("demo.sent", name=scenario.name)
    return (
        f"curl -s {public_url}{path} |\n"
        f"  curl -s {public_url}/cds-services/image-review \\\n"
        "    -H 'Content-Type: application/json' --data-binary @-"
    )


def _check(scenario: Scenario, at: datetime, zone: ZoneInfo) -> str:
    encounter = f" --encounter {scenario.encounter}" if scenario.encounter else ""
    return (
        f"signoff check fhir_fixtures/{scenario.name}/request.json{encounter} \\\n"
        f"    --at '{at.astimezone(zone).replace(tzinfo=None):%Y-%m-%d %H:%M}'"
    )
