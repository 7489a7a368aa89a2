"""The seam: the two places where the bench touches the house. Everything else in bench/ knows only bytes and ports."""

import sys
from collections.abc import Callable

from flask import Flask


def answerer() -> Callable[[bytes], bytes]:
    """What a hook call costs without HTTP: parse, read, assess, present, encode; the house is opened once, before."""
    try:
        from cds_service.review import answer_hook, open_house  # noqa: PLC0415
    except ImportError as error:
        sys.exit(f"bench: bench/ours.py does not fit the house: {error}")
    house = open_house()

    def one_answer(body: bytes) -> bytes:
        return answer_hook(body, house)

    return one_answer


def serve_like_ours(app: Flask, host: str, port: int) -> None:
    """Serve another app under the very gunicorn configuration that `signoff serve` uses."""
    try:
        from cds_service.web.server import serve  # noqa: PLC0415
    except ImportError as error:
        sys.exit(f"bench: bench/ours.py does not fit the house: {error}")
    serve(app, host=host, port=port)
