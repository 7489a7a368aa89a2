"""What a door has gathered for one review, before anything is read of it."""

from __future__ import annotations

from dataclasses import dataclass

from .resources import Resources


@dataclass(frozen=True, slots=True)
class Gathered:
    """The resources, whose review it is, and who asks. Ids are without type, `user` is a reference or None."""

    resources: Resources
    encounter: str
    patient: str
    user: str | None = None
    signing: bool = False
    """The caller is signing now: the call is the signature, and drafts count."""
    unreadable: str | None = None
    """The required key (`encounter`, `patient`) whose resource is not there or is none: nothing can be reviewed."""
