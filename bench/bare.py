"""The server to compare with: one Flask route that parses the body and answers bytes it was given.

`python -m bench.bare PORT FILE` serves it on loopback under the gunicorn configuration of `signoff serve`.
"""

import sys
from pathlib import Path

import orjson
from flask import Flask, Response, request

from bench.ours import serve_like_ours


def create_bare_app(answer: bytes) -> Flask:
    app = Flask(__name__)

    @app.post("/cds-services/image-review")
    def review() -> Response:
        orjson.loads(request.get_data())
        return Response(answer, content_type="application/json")

    @app.get("/healthz")
    def healthz() -> Response:
        return Response(b"ok\n", content_type="text/plain")

    return app


if __name__ == "__main__":
    port, file = sys.argv[1:]
    serve_like_ours(create_bare_app(Path(file).read_bytes()), "127.0.0.1", int(port))
