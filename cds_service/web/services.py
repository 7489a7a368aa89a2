"""The table of services: one row each, and whatever discovery tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from cds_service.clients import Client
from cds_service.fhir import prefetch


@dataclass(frozen=True, slots=True)
class Service:
    """One service as EHRs find it."""

    id: str
    hooks: tuple[str, ...]
    """The same service under several hooks: a later answer takes the place of the earlier cards (C18)."""
    title: str
    description: str
    usage: str
    prefetch: Mapping[str, str]

    def also_for(self, clients: Iterable[Client]) -> Service:
        """Return the service with what these clients call its hooks, after the published names."""
        others = [name for client in clients for name in client.hooks.get(self.id, ())]
        return replace(self, hooks=tuple(dict.fromkeys((*self.hooks, *others))))

    def entries(self) -> list[dict[str, object]]:
        """Return its entries in discovery, one for each hook."""
        return [
            {
                "hook": hook,
                "title": self.title,
                "description": self.description,
                "id": self.id,
                "prefetch": dict(self.prefetch),
                "usageRequirements": self.usage,
            }
            for hook in self.hooks
        ]


SERVICES = (
    Service(
        id="image-review",
        hooks=("org.signoff-cds.encounter-sign", "encounter-discharge"),
        title="Image review at sign-off",
        description=(
            "For a clinician who signs off a photo or video that a patient sent: which code describes the review, what "
            "the record still lacks, and until when to hold the charge. It advises; a person signs and a person bills."
        ),
        usage=(
            "Needs the encounter and the patient, by prefetch. Every other key refines the answer: what is absent is "
            "said to be missing, and never taken to be empty. A visit in person without an image gets no card."
        ),
        prefetch=prefetch.TEMPLATES,
    ),
)
