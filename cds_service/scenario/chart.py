"""A whole document: a hook request or a Bundle, resource by resource. What makes a search whole stays as it was."""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from cds_service.billing.tables import Tables
from cds_service.fhir.loose import Json, one, text
from cds_service.fhir.prefetch import TEMPLATES

from .clock import Shift
from .elements import ELEMENTS, NOT_LISTED
from .keep import Keeping, Members, count, group, members, when, word
from .names import SERVER, Names
from .phrases import Phrases
from .vocabulary import REMOVED

HOOKS = ("org.signoff-cds.encounter-sign", "encounter-discharge", "appointment-book", "patient-view", "order-sign")
_UUID = "urn:uuid:"
_PAGE = re.compile(r"[0-9]{1,5}")


def cleaned(document: Json, shift: Shift, tables: Tables) -> tuple[Json, Names]:
    """Return the document with nobody's names in it, and the names it was given."""
    names = Names()
    asking = Keeping(names, shift, tables, Phrases(tables))
    _document(asking, document)
    names.settle()
    return _document(asking, document), names


def _document(keeping: Keeping, document: Json) -> Json:
    if "resourceType" in document:
        return _bundle(keeping, document)
    hook = document.get("hook")
    context = one(document, "context")
    kept: Json = {
        "hook": hook if hook in HOOKS else HOOKS[0],
        "hookInstance": str(uuid4()),
        **({"fhirServer": SERVER} if "fhirServer" in document else {}),
        "context": {
            name: keeping.names.reference(told)
            for name in ("userId", "patientId", "encounterId")
            if (told := text(context, name)) is not None
        },
    }
    if (drafts := _anything(keeping, context.get("drafts"))) is not None:
        kept["context"]["drafts"] = drafts
    prefetch = one(document, "prefetch")
    kept["prefetch"] = {key: _anything(keeping, prefetch[key]) for key in TEMPLATES if key in prefetch}
    return kept


def _anything(keeping: Keeping, value: object) -> Any:
    """Clean what may be a resource, a Bundle, or a list of them; all else is null."""
    if isinstance(value, list):
        return [_anything(keeping, member) for member in value if not isinstance(member, list)]
    return _resource(keeping, value) if isinstance(value, dict) else None


def _resource(keeping: Keeping, body: Json, full_url: str | None = None) -> Json:
    kind = text(body, "resourceType")
    if kind is None:
        return {}
    if kind == "Bundle":
        return _bundle(keeping, body)
    own = text(body, "id")
    known = ELEMENTS.get(kind)
    kept: Json = {"resourceType": kind if known is not None else "Basic"}
    if own is not None:
        kept["id"] = keeping.names.of("id", own)
    elif full_url is not None and full_url.startswith(_UUID):
        own = full_url.removeprefix(_UUID)
    kept |= members(keeping, body, {"meta": group({"lastUpdated": when})})
    contained = body.get("contained")
    inside = contained if isinstance(contained, list) else [contained]
    if held := [_resource(keeping, c) for c in inside if isinstance(c, dict)]:
        kept["contained"] = held
    if known is None:
        return kept | NOT_LISTED
    keeping.kind, keeping.own = kind, own or ""
    return kept | members(keeping, body, known)


def _bundle(keeping: Keeping, bundle: Json) -> Json:
    kept: Json = {"resourceType": "Bundle"}
    if (own := text(bundle, "id")) is not None:
        kept["id"] = keeping.names.of("id", own)
    kept |= members(keeping, bundle, {"type": word, "timestamp": when})
    if "total" in bundle:
        kept["total"] = count(keeping, bundle["total"])
    if "link" in bundle:
        links = bundle["link"]
        kept["link"] = [_link(link) for link in links] if isinstance(links, list) else _link(links)
    if "entry" in bundle:
        entries = bundle["entry"]
        kept["entry"] = [_entry(keeping, member) for member in entries] if isinstance(entries, list) else None
    return kept


def _link(link: object) -> Json | None:
    """Keep what a link is, and of its address the size of the page."""
    if not isinstance(link, dict):
        return None
    kept: Json = {}
    relation = link.get("relation")
    if isinstance(relation, str):
        kept["relation"] = relation if relation in {"self", "next", "previous", "first", "last"} else REMOVED
    told = (text(link, "url") or "").partition("_count=")[2].partition("&")[0]
    kept["url"] = f"{SERVER}?_count={told}" if _PAGE.fullmatch(told) else SERVER
    return kept


_STATUS = re.compile(r"[1-5][0-9]{2}")


def _code(_keeping: Keeping, value: Any) -> str | None:
    """Keep the number of an HTTP status."""
    found = _STATUS.match(value.strip()) if isinstance(value, str) else None
    return found.group() if found else REMOVED


def _address(_keeping: Keeping, _value: Any) -> str:
    return REMOVED


_ENTRY: Members = {
    "search": group({"mode": word}),
    "request": group({"method": word, "url": _address}, empty={"method": "GET", "url": REMOVED}),
    "response": group({"status": _code}),
}


def _entry(keeping: Keeping, member: object) -> Json | None:
    if not isinstance(member, dict):
        return None
    kept: Json = {}
    full_url = text(member, "fullUrl")
    if full_url is not None:
        kept["fullUrl"] = keeping.names.reference(full_url)
    if "resource" in member:
        body = one(member, "resource")
        kept["resource"] = _resource(keeping, body, full_url) if body else None
    return kept | members(keeping, member, _ENTRY)
