"""Every error of the web door, in the one shape it has: an OperationOutcome.

Its words come from here, or from an `Issue`, which names a place and what was expected there. Nothing that the caller
sent is repeated, and no exception speaks for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus

import orjson
from flask import Response

from cds_service.errors import Issue, RequestError

JSON = "application/json"
MOST_ISSUES = 20
STRUCTURE = "structure"

FIXED: Mapping[int, Issue] = {
    400: Issue("invalid", "The request cannot be understood"),
    404: Issue("not-found", "There is nothing at this address; GET /cds-services lists the services"),
    405: Issue("not-supported", "This address does not answer to this method; see the Allow header"),
    411: Issue("required", "Expected a Content-Length header or a chunked body"),
    413: Issue("too-long", "The body is too large"),
    414: Issue("too-long", "The address is too long"),
    415: Issue("not-supported", "Expected application/json in UTF-8, with no Content-Encoding"),
    417: Issue("not-supported", "No expectation but 100-continue is met"),
    431: Issue("too-long", "A header is too large"),
    500: Issue("exception", "The service failed; its log tells more under the X-Request-Id of this answer"),
    503: Issue("transient", "The service is busy; please repeat the call"),
}


class Refused(RequestError):
    """A request that is answered with this status and no cards."""

    def __init__(self, status: int, *issues: Issue) -> None:
        super().__init__(*(issues or (FIXED[status],)))
        self.status = status


def body(issues: Iterable[Issue]) -> bytes:
    """Return an OperationOutcome of at most MOST_ISSUES issues, and one more that says how many were left out."""
    listed = list(issues)
    shown = [_issue(issue) for issue in listed[:MOST_ISSUES]]
    if len(listed) > MOST_ISSUES:
        shown.append(_issue(Issue("informational", f"{len(listed) - MOST_ISSUES} more are not shown")))
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": shown})


def fixed(status: int) -> Issue:
    """Return the words of a status; one that is not in the table speaks as the plain error of its class."""
    return FIXED.get(status) or FIXED[400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500]


def response(status: int, issues: Iterable[Issue] = (), headers: Mapping[str, str] | None = None) -> Response:
    """Return the answer for an error; without issues it says what the status means."""
    return Response(body(list(issues) or [fixed(status)]), status, headers, content_type=JSON)


def _issue(issue: Issue) -> dict[str, object]:
    """`where` is a path like `context.userId`: FHIRPath in `expression`, a JSON pointer in the words."""
    shown: dict[str, object] = {"severity": "error", "code": issue.code, "diagnostics": issue.says}
    if issue.code == "informational":
        shown["severity"] = "information"
    if issue.where:
        pointer = issue.where.replace("[", ".").replace("]", "").replace(".", "/")
        shown["diagnostics"] = f"/{pointer}: {issue.says}"
        shown["expression"] = [issue.where]
    return shown
