"""Every error that `fhir.resources` finds in the resources of a request or Bundle, with its path; never a value."""

from __future__ import annotations

from collections.abc import Iterator

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from .loose import Json, many, one, text


def lint(document: Json) -> list[str]:
    """Return `path: what is wrong` for a hook request or a Bundle, resource by resource."""
    return [f"{path}: {error}" for where, resource in _resources(document) for path, error in _errors(where, resource)]


def _resources(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield each resource with its place; a Bundle's entries one by one, so that one error hides no other."""
    if text(document, "resourceType"):
        yield from _opened("Bundle", document)
        return
    prefetch = one(document, "prefetch")
    for key in prefetch:
        yield from _opened(f"prefetch.{key}", one(prefetch, key))
    yield from _opened("context.drafts", one(one(document, "context"), "drafts"))


def _opened(where: str, resource: Json) -> Iterator[tuple[str, Json]]:
    if text(resource, "resourceType") != "Bundle":
        if resource:
            yield where, resource
        return
    yield where, {key: value for key, value in resource.items() if key != "entry"}
    for index, entry in enumerate(many(resource, "entry")):
        yield from _opened(f"{where}.entry[{index}].resource", one(entry, "resource"))


def _errors(where: str, resource: Json) -> Iterator[tuple[str, str]]:
    kind = text(resource, "resourceType")
    try:
        model = get_fhir_model_class(kind or "")
    except (KeyError, LookupError, ValueError):
        yield where, "no resource type of FHIR R4B"
        return
    try:
        model.model_validate(resource)
    except ValidationError as invalid:
        for error in invalid.errors(include_input=False, include_url=False, include_context=False):
            inside = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error["loc"])
            yield f"{where}{inside}", error["type"].replace("_", " ")
