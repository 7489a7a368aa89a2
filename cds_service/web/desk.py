"""What every route of the web door needs, put together once at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import BoundedSemaphore

from cds_service.clients import Client
from cds_service.review import House
from cds_service.settings import Settings

from .outcomes import Refused
from .services import Service


@dataclass(frozen=True, slots=True)
class Desk:
    """The settings, the house, the services by id, who calls, what time it is, and how many may call at once."""

    settings: Settings
    house: House
    services: Mapping[str, Service]
    caller: Client
    """Whom everyone is taken for: in demo, nobody is asked who they are."""
    origins: frozenset[str]
    """Browsers that may call us from pages of these origins."""
    now: Callable[[], datetime]
    slots: BoundedSemaphore

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Hold one of the places for calls in flight; with none free the caller is asked to come again."""
        if not self.slots.acquire(blocking=False):
            raise Refused(503)
        try:
            yield
        finally:
            self.slots.release()
