"""From the bytes of a call to a request of the right shape, with every limit on the way; what is wrong is Refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from typing import Any, BinaryIO

import fastjsonschema
import orjson
from flask import Request
from jsonschema import Draft202012Validator

from cds_service.errors import Issue
from cds_service.settings import Settings

from .outcomes import JSON, STRUCTURE, Refused

READ_AT_ONCE = 65536
DRAINED_BYTES = 32 * 1024 * 1024
"""A body that is too large is read and thrown away this far: a client that is still sending cannot hear the answer."""

ORJSON_DEPTH = 254

SCHEMA: Mapping[str, Any] = orjson.loads(files("cards").joinpath("schema", "hook-request.json").read_bytes())
_fits: Callable[[object], object] = fastjsonschema.compile(dict(SCHEMA), use_formats=False)
_explains = Draft202012Validator(SCHEMA)

_TYPES = {"object": "an object", "array": "an array", "string": "a text", "number": "a number", "null": "null"}


def read_request(request: Request, settings: Settings) -> dict[str, Any]:
    """Return the call's JSON object, whose shape is that of `cards/schema/hook-request.json`."""
    _check_media_type(request)
    value = parse(_read_body(request, settings.max_body_bytes, settings.max_body_seconds))
    if depth_exceeds(value, settings.max_depth):
        raise Refused(400, Issue(STRUCTURE, f"Expected arrays and objects no deeper than {settings.max_depth}"))
    body = check_shape(value)
    if sum(_resources(body)) > settings.max_resources:
        raise Refused(413, Issue("too-long", f"Expected no more than {settings.max_resources} resources"))
    return body


def _check_media_type(request: Request) -> None:
    charset = request.mimetype_params.get("charset", "utf-8").strip("\"'").lower()
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if request.mimetype != JSON or charset not in {"utf-8", "utf8"} or encoding not in {"identity", ""}:
        raise Refused(415)


def _read_body(request: Request, most: int, seconds: int) -> bytes:
    """Read the body within its limits: Flask's own limit would cut a chunked body short in silence.

    A body that does not come in time ends early: the server closes it (see `server.Worker`).
    """
    length = request.content_length
    if length is None and "HTTP_TRANSFER_ENCODING" not in request.environ:
        raise Refused(411)
    stream, read = request.environ["wsgi.input"], bytearray()
    too_large = length is not None and length > most
    broken = Refused(400, Issue("incomplete", f"Expected the whole body within {seconds} seconds"))
    try:
        if not too_large:
            for part in _parts(stream, most + 1 if length is None else length):
                read += part
            too_large = len(read) > most
        if too_large:
            for _ in _parts(stream, DRAINED_BYTES):
                pass
    except Exception as error:  # whatever the server's reader says of a body that is broken off or badly chunked
        raise broken from error
    if too_large:
        raise Refused(413, Issue("too-long", f"Expected a body of at most {most} bytes"))
    if length is not None and len(read) < length:
        raise broken
    return bytes(read)


def _parts(stream: BinaryIO, most: int) -> Iterator[bytes]:
    while most > 0 and (part := stream.read(min(READ_AT_ONCE, most))):
        most -= len(part)
        yield part


def parse(body: bytes) -> object:
    """Parse JSON as its standard has it: no NaN, no lone surrogates, no byte order mark."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if body else "the body is empty"
        raise Refused(400, Issue(STRUCTURE, f"Expected JSON ({place})")) from None


def depth_exceeds(value: object, most: int) -> bool:
    """Whether arrays and objects stand in one another deeper than `most`; the value is what orjson read.

    orjson writes no deeper than ORJSON_DEPTH. Inside so many arrays that only `most` levels are left, it counts for us,
    without recursion of Python's and several times as fast as a loop would.
    """
    for _ in range(ORJSON_DEPTH - most):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return True
    return False


def check_shape(value: object) -> dict[str, Any]:
    """Return the value if it has the shape of a call, else refuse it with one issue for each place that is wrong."""
    try:
        _fits(value)
    except fastjsonschema.JsonSchemaValueException:
        issues = dict.fromkeys(_issues(value))  # each once
        raise Refused(400, *(issues or [Issue(STRUCTURE, "Expected a CDS Hooks request")])) from None
    assert isinstance(value, dict)  # noqa: S101 - the schema says so
    return value


def _issues(value: object) -> Iterator[Issue]:
    for error in sorted(_explains.iter_errors(value), key=lambda error: list(map(str, error.absolute_path))):
        where = ".".join(map(str, error.absolute_path))
        match error.validator:
            case "required":
                for name in error.validator_value:
                    if name not in error.instance:
                        yield Issue("required", "expected; it is missing", f"{where}.{name}".lstrip("."))
            case "type":
                told = error.validator_value
                kinds = [told] if isinstance(told, str) else told
                yield Issue(STRUCTURE, f"expected {' or '.join(_TYPES[kind] for kind in kinds)}", where)
            case "minLength":
                yield Issue("value", "expected a text that is not empty", where)
            case "const":
                yield Issue("value", f"expected {error.validator_value}", where)
            case keyword:
                yield Issue("value", f"expected what {keyword} of its schema says", where)


def _resources(body: Mapping[str, Any]) -> Iterator[int]:
    """How many resources each member brings."""
    for value in (*(body.get("prefetch") or {}).values(), body["context"].get("drafts")):
        inside = value.get("entry") if isinstance(value, dict) else value
        yield len(inside) if isinstance(inside, list) else 1
