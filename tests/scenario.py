"""A scenario folder as tests use it: the request, the client that sent it, and what is expected of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from shutil import copytree
from typing import Any

import orjson
import yaml

from cds_service.clients import DEFAULT, Client, load_clients
from cds_service.fhir.bundle import from_bundle
from cds_service.fhir.gathered import Gathered
from cds_service.fhir.prefetch import from_hook
from cds_service.review import Answered, House, answer, open_house

FOLDER = Path(str(files("fhir_fixtures")))
NAMES = sorted(path.parent.name for path in FOLDER.glob("*/request.json"))
PUBLIC_URL = "http://127.0.0.1:8000"


@cache
def house() -> House:
    return open_house(PUBLIC_URL)


@dataclass(frozen=True)
class Scenario:
    """One folder; everything in `expected` is text, as it was written."""

    name: str
    body: bytes
    expected: dict[str, Any]
    client: Client

    @property
    def document(self) -> dict[str, Any]:
        loaded: dict[str, Any] = orjson.loads(self.body)
        return loaded

    @property
    def is_bundle(self) -> bool:
        return self.document.get("resourceType") == "Bundle"

    def moments(self) -> list[tuple[datetime, dict[str, Any]]]:
        """Return each assessment with its moment in the practice's zone."""
        zone = self.client.customs.practice.zone
        return [(datetime.fromisoformat(a["at"]).replace(tzinfo=zone), a) for a in self.expected["assessments"]]

    def gathered(self) -> Gathered:
        if self.is_bundle:
            return from_bundle(
                self.document,
                self.expected.get("encounter"),
                classes=self.client.customs.encounter_classes,
                tables=house().book.tables,
            )
        return from_hook(self.document)

    def answered(self, at: datetime) -> Answered:
        return answer(
            self.gathered(),
            house().laid_over(self.client.payers),
            self.client.customs,
            at=at,
            live=False,
            quiet_holds=self.client.quiet_holds,
        )


def scenario(name: str, tmp_path: Path) -> Scenario:
    folder = FOLDER / name
    expected = yaml.load((folder / "expected.yaml").read_text(), Loader=yaml.BaseLoader)  # noqa: S506 - text only
    client = _client(expected.get("client"), folder, tmp_path)
    return Scenario(name, (folder / "request.json").read_bytes(), expected, client)


def client_file(different: dict[str, Any], path: Path) -> Path:
    """Write a client file whose one entry `ehr` differs from the demo's practice only as the scenario says."""
    practice = {"time_zone": "America/New_York", **different.get("practice", {})}
    entry = {"issuer": "https://ehr.example.org", "jwks_url": "https://ehr.example.org/jwks", **different}
    entry["practice"] = practice
    path.write_text(yaml.safe_dump({"ehr": entry}))
    return path


def _client(different: dict[str, Any] | None, folder: Path, tmp_path: Path) -> Client:
    if not different:
        return DEFAULT
    own = folder / "payers"
    if own.is_dir():
        copytree(own, tmp_path / "payers", dirs_exist_ok=True)
    return load_clients(client_file(different, tmp_path / "clients.yaml"))["ehr"]
