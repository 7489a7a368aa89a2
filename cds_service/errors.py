"""What can go wrong, for the reader who must act.

    CdsError
    ├── ContentError          cards/ or the client file is wrong: the house does not open
    ├── SettingsError         a SIGNOFF_* variable is wrong: the house does not open
    ├── RequestError          400: the caller sent something else than the contract asks
    │   ├── MissingData       412: a required resource cannot be had
    │   └── Unprocessable     422: the resources contradict the request
    └── Upstream              a FHIR server or the store did not answer

No message holds a value from the record: it names the place and what was expected.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing that is wrong: an OperationOutcome issue type code, where it is, and what was expected there."""

    code: str
    says: str
    where: str = ""


class CdsError(Exception):
    """The root of all errors of our own."""


class ContentError(CdsError):
    """Content that cannot be loaded; `problems` lists every one as `file:line: what, and what was expected`."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SettingsError(CdsError):
    """A setting that is unknown or unusable."""


class RequestError(CdsError):
    """A request that cannot be answered; `status` is the HTTP status and `issues` say why."""

    status = 400

    def __init__(self, *issues: Issue) -> None:
        super().__init__("; ".join(f"{i.where}: {i.says}" if i.where else i.says for i in issues))
        self.issues = issues


class MissingData(RequestError):
    """A required resource is not there and cannot be fetched."""

    status = 412


class Unprocessable(RequestError):
    """The request is well formed, but its resources are not about this patient or encounter."""

    status = 422


class Upstream(CdsError):
    """A server that we depend on did not answer as it must."""
