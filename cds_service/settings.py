"""What the operator decides, read from the environment once. `deploy/env.example` explains every name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from cds_service.errors import SettingsError

Mode = Literal["demo", "production"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

DEFAULT_PUBLIC_URL = "http://127.0.0.1:8000"
LEAST_SECRET = 32
LEVELS = frozenset(get_args(LogLevel))
MODES = frozenset(get_args(Mode))


class Secret(str):
    """A text that shows itself to no log and no traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret(***)" if self else "Secret()"


@dataclass(frozen=True, slots=True)
class Settings:
    """One field for each `SIGNOFF_…` of the same name. The defaults serve the demo."""

    mode: Mode = "demo"
    public_url: str = DEFAULT_PUBLIC_URL
    """Without a slash at the end. Links and audiences are built from it, never from the Host header."""
    database_url: Secret = field(default=Secret("sqlite:///signoff.db"))
    """Kept for the store, which comes later. It may hold a password."""
    clients: Path | None = None
    secret_key: Secret = field(default=Secret())
    log_level: LogLevel = "INFO"
    max_body_bytes: int = 8 * 1024 * 1024
    """Of one request. orjson may need 27 times as much memory for a hostile one."""
    max_body_seconds: int = 15
    """From a request's headers to the last byte of its body."""
    max_depth: int = 100
    """Of arrays and objects in one another. FHIR needs about 20, and orjson writes no more than 254."""
    max_resources: int = 5000
    """In one request, those inside its bundles counted."""
    max_in_flight: int = 16
    """Calls answered at once by one process; more are asked to come again."""

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Read every `SIGNOFF_…` of `environ`; raise SettingsError with all that is wrong at once."""
        given = {name: value.strip() for name, value in environ.items() if name.startswith(PREFIX)}
        wrong = [_unknown(name) for name in sorted(given) if name not in NAMES]
        read: dict[str, object] = {}
        for name in sorted(NAMES & given.keys()):
            if given[name]:  # an empty one is how compose files say "the default"
                try:
                    read[name.removeprefix(PREFIX).lower()] = _READERS[name](given[name])
                except ValueError as expected:
                    wrong.append(f"{name}: expected {expected}")
        if not wrong:
            settings = cls(**read)  # type: ignore[arg-type]  # each was made by the reader of its field
            wrong = settings.wrong_for_production()
            if not wrong:
                return settings
        raise SettingsError("\n".join(wrong))

    def wrong_for_production(self) -> list[str]:
        """What mode production asks and does not find; nothing in another mode."""
        if self.mode != "production":
            return []
        asked = {
            "SIGNOFF_CLIENTS: production needs the file of the EHRs that may call": self.clients is not None,
            "SIGNOFF_PUBLIC_URL: production needs an https:// address": self.public_url.startswith("https://"),
            f"SIGNOFF_SECRET_KEY: production needs a secret of {LEAST_SECRET} characters or more": len(self.secret_key)
            >= LEAST_SECRET,
        }
        return [words for words, met in asked.items() if not met]


PREFIX = "SIGNOFF_"
NAMES: frozenset[str] = frozenset(PREFIX + each.name.upper() for each in fields(Settings))


def _unknown(name: str) -> str:
    near = get_close_matches(name, sorted(NAMES), n=1, cutoff=0.5)
    return f"{name}: there is no such setting" + (f"; did you mean {near[0]}?" if near else "")


def _mode(text: str) -> str:
    if text.lower() not in MODES:
        raise ValueError("demo or production")
    return text.lower()


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:  # a port that is no number, a broken IPv6 address
        fits = False
    else:
        fits = fits and not (parts.query or parts.fragment or "@" in parts.netloc)
    if not fits:
        raise ValueError("an http:// or https:// address without user, query or fragment")
    return text.rstrip("/")


def _database(text: str) -> Secret:
    if not text.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("sqlite:///… or postgresql+psycopg://…")
    return Secret(text)


def _level(text: str) -> str:
    if text.upper() not in LEVELS:
        raise ValueError(f"one of {', '.join(sorted(LEVELS))}")
    return text.upper()


@dataclass(frozen=True, slots=True)
class _Whole:
    """Reads a whole number between two others."""

    least: int
    most: int

    def __call__(self, text: str) -> int:
        short = text.isascii() and text.isdigit() and len(text) <= len(str(self.most))
        if not (short and self.least <= int(text) <= self.most):
            raise ValueError(f"a whole number from {self.least} to {self.most}")
        return int(text)


_READERS: Mapping[str, Callable[[str], object]] = {
    "SIGNOFF_MODE": _mode,
    "SIGNOFF_PUBLIC_URL": _url,
    "SIGNOFF_DATABASE_URL": _database,
    "SIGNOFF_CLIENTS": Path,
    "SIGNOFF_SECRET_KEY": Secret,
    "SIGNOFF_LOG_LEVEL": _level,
    "SIGNOFF_MAX_BODY_BYTES": _Whole(1024, 64 * 1024 * 1024),
    "SIGNOFF_MAX_BODY_SECONDS": _Whole(1, 300),
    "SIGNOFF_MAX_DEPTH": _Whole(30, 200),
    "SIGNOFF_MAX_RESOURCES": _Whole(1, 1_000_000),
    "SIGNOFF_MAX_IN_FLIGHT": _Whole(1, 512),
}
