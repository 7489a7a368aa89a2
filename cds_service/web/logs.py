"""Our log: one line of JSON on stderr for each call, from a closed list of fields, none of which holds patient data.

Standard library only: one formatter is all that structlog would be used for, and gunicorn, Flask and review.py log
through `logging` anyway.
"""

from __future__ import annotations

import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path

import orjson

FIELDS = ("request", "service", "hook", "method", "route", "status", "ms", "error", "where")
"""What a line may hold beside its time, level and event; anything else is dropped."""


class OneLine(logging.Formatter):
    """Writes a record as one line of JSON. An exception is named with its place; its text is never written."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": _event(record),
        }
        line |= {name: value for name in FIELDS if (value := record.__dict__.get(name)) is not None}
        if record.exc_info and record.exc_info[1] is not None:
            line |= {"error": type(record.exc_info[1]).__name__, "where": where(record.exc_info[1])}
        return orjson.dumps(line, default=str).decode()


def _event(record: logging.LogRecord) -> str:
    """Return the message. Others fill in what they were sent: of theirs, only numbers are filled in."""
    arguments = record.args if isinstance(record.args, tuple) else ()
    if record.name.startswith("cds_service") or (record.args and all(isinstance(one, int) for one in arguments)):
        return record.getMessage()
    return str(record.msg) if record.args or record.name == "gunicorn.error" else record.name


def where(error: BaseException) -> str:
    """Return file and line of where an exception was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"


def configure(level: str) -> None:
    """Send all logs of this process to stderr in our form."""
    out = logging.StreamHandler(sys.stderr)
    out.setFormatter(OneLine())
    logging.captureWarnings(capture=True)
    logging.basicConfig(level="WARNING", handlers=[out], force=True)
    logging.getLogger("cds_service").setLevel(level)
