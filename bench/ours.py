"""The seam: the two places where the bench touches the house. Everything else in bench/ knows only bytes and ports."""

from collections.abc import Callable
from datetime import UTC, datetime

import orjson
from flask import Flask

from cds_service.clients import DEFAULT
from cds_service.fhir.prefetch import from_hook
from cds_service.review import answer, open_house
from cds_service.settings import DEFAULT_PUBLIC_URL, Settings
from cds_service.web.server import Server


def answerer() -> Callable[[bytes], bytes]:
    """What a hook call costs without HTTP: parse, read, assess, present, encode; the house is opened once, before."""
    house = open_house(DEFAULT_PUBLIC_URL)

    def one_answer(body: bytes) -> bytes:
        gathered = from_hook(orjson.loads(body))
        answered = answer(gathered, house, DEFAULT.customs, at=datetime.now(UTC), live=True)
        return orjson.dumps({"cards": answered.cards})

    return one_answer


def serve_like_ours(app: Flask, host: str, port: int) -> None:
    """Serve another app under the very gunicorn configuration that `signoff serve` uses."""
    Server(app, Settings(), f"{host}:{port}", workers=1).run()
