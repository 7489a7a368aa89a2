"""Made-up names: one for each id, NPI, identifier, local code and address, the same wherever it stands.

A record is gone through twice: the first time to ask for every name, the second time to be given the new ones. The new
ones sort as the old did, for a reader that must choose among equals takes the first by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Literal

from .vocabulary import TYPES

Kind = Literal["id", "npi", "value", "plan", "system", "code", "file"]
_KINDS: tuple[Kind, ...] = ("id", "npi", "value", "plan", "system", "code", "file")

SERVER = "https://ehr.example.org/fhir"
_UUID = "urn:uuid:"
_OID = "urn:oid:"
_WIDTH = 4
_UUID_PREFIX = 8
_NEVER_ASSIGNED = "9"
"""No NPI begins so: real ones begin with 1 or 2."""


class Names:
    """The names asked for; once settled, the new name of each."""

    def __init__(self) -> None:
        self._asked: dict[str, set[str]] = defaultdict(set)
        self._uuids: set[str] = set()
        self._servers: dict[str, str] = {}
        self._given: dict[str, dict[str, str]] | None = None

    def settle(self) -> None:
        """Give every name that was asked for its new one."""
        given: dict[str, dict[str, str]] = {}
        for kind in _KINDS:
            asked = sorted(self._asked[kind])
            width = max(_WIDTH, len(str(len(asked))))
            given[kind] = {raw: self._new(kind, raw, rank, width) for rank, raw in enumerate(asked, start=1)}
        self._given = given

    def _new(self, kind: Kind, raw: str, rank: int, width: int) -> str:
        number = f"{rank:0{width}d}"
        if kind == "id":
            return f"{number.ljust(_UUID_PREFIX, '0')}-0000-4000-8000-000000000000" if raw in self._uuids else number
        if kind == "npi":
            return _checked(f"{_NEVER_ASSIGNED}{rank:08d}")
        patterns = {
            "value": "ID-{}",
            "plan": "PLAN-{}",
            "system": "https://ehr.example.org/codes/{}",
            "code": "local-{}",
            "file": SERVER + "/Binary/{}",
        }
        return patterns[kind].format(number)

    def of(self, kind: Kind, raw: str) -> str:
        """Return the new name; before the names are settled, note that it was asked for."""
        if self._given is None:
            self._asked[kind].add(raw)
            return ""
        return self._given[kind][raw]

    def reference(self, told: str) -> str:
        """Return what a reference (relative, absolute, versioned, contained, a URN) or a fullUrl becomes."""
        told = told.strip()
        if not told or told == "#":
            return told
        if told.startswith("#"):
            return f"#{self.of('id', told[1:])}"
        if told.startswith("urn:"):
            return self._urn(told)
        path, versioned, _ = told.partition("/_history/")
        above, _, own = path.rpartition("/")
        if not above:
            return self.of("id", told)
        server, _, kind = above.rpartition("/")
        within = f"{self._server(server)}/" if server else ""
        return f"{within}{kind if kind in TYPES else 'Basic'}/{self.of('id', own)}{'/_history/1' if versioned else ''}"

    def _urn(self, told: str) -> str:
        if told.startswith(_UUID):
            raw = told.removeprefix(_UUID)
            self._uuids.add(raw)
            return f"{_UUID}{self.of('id', raw)}"
        return f"{_OID}2.25.1{self.of('id', told)}" if told.startswith(_OID) else f"urn:made-up:{self.of('id', told)}"

    def _server(self, told: str) -> str:
        number = len(self._servers) + 1
        return self._servers.setdefault(told, SERVER if number == 1 else f"https://ehr-{number}.example.org/fhir")

    def renamed(self, raw: str) -> list[str]:
        """Return every new name of what the client's file writes as `raw`, as far as this record has it."""
        given = self._given or {}
        found = [given[kind][raw] for kind in ("id", "value", "plan", "code") if raw in given.get(kind, {})]
        kind, _, own = raw.rpartition("/")
        if own in given.get("id", {}) and kind.rpartition("/")[2] in TYPES:
            found.append(self.reference(raw))
        return list(dict.fromkeys(found))

    def npis(self) -> Mapping[str, str]:
        """Return the new NPI of each that the record has."""
        return (self._given or {}).get("npi", {})

    def same(self, old: str, new: str) -> bool:
        """Whether `new` is `old` under its new name: an id, a reference, a contained resource's name, an NPI."""
        given = self._given or {}
        if old == new or given["id"].get(old) == new:
            return True
        codes = {raw: code for raw, code in given["code"].items() if old in {raw, raw.upper()}}  # modifiers are read so
        if any(new.endswith((code, code.upper())) for code in codes.values()):
            return True
        kind, _, own = old.partition("/")
        if new == f"{kind}/{given['id'].get(own)}":
            return True
        if old.startswith("NPI/"):
            return new == f"NPI/{given['npi'].get(old.removeprefix('NPI/'))}"
        head, inner, contained = old.partition("#")
        renamed = self._known(head) if head else ""
        if inner:
            renamed = None if renamed is None else f"{renamed}#{given['id'].get(contained)}"
        return renamed == new

    def _known(self, old: str) -> str | None:
        try:
            return self.reference(old)
        except KeyError:
            return None


def _checked(digits: str) -> str:
    """Return nine digits as an NPI, with the check digit (Luhn's, over 80840 and these)."""
    total = 24
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value // 10 + value % 10
    return f"{digits}{-total % 10}"
