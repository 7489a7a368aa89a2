"""The hook's definition, for those who build it into an EHR, and the probes of those who operate us."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

import orjson
from flask import Blueprint, Response, render_template

from cds_service import review
from cds_service.fhir.prefetch import from_hook

from . import outcomes
from .desk import Desk
from .logs import where
from .outcomes import JSON

log = logging.getLogger(__name__)


def blueprint(desk: Desk) -> Blueprint:
    """Return the pages that every mode has. One review is done here, so that the first caller does not wait for it."""
    routes = Blueprint(
        "pages", __name__, template_folder="templates", static_folder="styles", static_url_path="/static/pages"
    )
    warm = _is_warm(desk)

    @routes.get("/hooks/encounter-sign")
    def encounter_sign() -> str:
        return render_template("hooks/encounter-sign.html", public_url=desk.settings.public_url, examples=EXAMPLES)

    @routes.get("/healthz")
    def alive() -> Response:
        return Response(b'{"status":"ok"}', content_type=JSON)

    @routes.get("/readyz")
    def ready() -> Response:
        if not warm:
            return outcomes.response(503, headers={"Retry-After": "5"})
        return Response(b'{"status":"ready"}', content_type=JSON)

    return routes


CONTEXT = {"userId": "Practitioner/example", "patientId": "1288992", "encounterId": "89284"}
DRAFTS = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {
            "resource": {
                "resourceType": "Communication",
                "status": "completed",
                "subject": {"reference": "Patient/1288992"},
                "encounter": {"reference": "Encounter/89284"},
                "sender": {"reference": "Practitioner/example"},
                "recipient": [{"reference": "Patient/1288992"}],
                "payload": [{"contentString": "Thank you for the photo: it shows a harmless mole."}],
            }
        }
    ],
}
EXAMPLES = [
    (title, orjson.dumps({"context": context}, option=orjson.OPT_INDENT_2).decode())
    for title, context in (
        ("Everything is saved", CONTEXT),
        ("The reply is not saved yet", {**CONTEXT, "drafts": DRAFTS}),
    )
]


def warm_up_request(now: datetime) -> dict[str, object]:
    """Return a small review: a photo of this morning, answered just now."""
    patient, clinician = {"reference": "Patient/warm-up"}, {"reference": "Practitioner/warm-up"}
    encounter = {"reference": "Encounter/warm-up"}
    sent, answered = ((now - timedelta(minutes=minutes)).isoformat() for minutes in (90, 5))
    message = {"resourceType": "Communication", "status": "completed", "subject": patient, "encounter": encounter}
    return {
        "hook": "org.signoff-cds.encounter-sign",
        "hookInstance": "warm-up",
        "context": {"userId": "Practitioner/warm-up", "patientId": "warm-up", "encounterId": "warm-up"},
        "prefetch": {
            "encounter": {
                "resourceType": "Encounter",
                "id": "warm-up",
                "status": "in-progress",
                "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "VR"},
                "subject": patient,
                "period": {"start": answered},
                "participant": [{"individual": clinician}],
            },
            "patient": {"resourceType": "Patient", "id": "warm-up"},
            "communications": {
                "resourceType": "Bundle",
                "type": "searchset",
                "entry": [
                    {
                        "resource": message
                        | {"id": "photo", "sent": sent, "sender": patient, "recipient": [clinician]}
                        | {"payload": [{"contentAttachment": {"contentType": "image/jpeg"}}]}
                    },
                    {
                        "resource": message
                        | {"id": "reply", "sent": answered, "sender": clinician, "recipient": [patient]}
                        | {"payload": [{"contentString": "Thank you."}]}
                    },
                ],
            },
        },
    }


def _is_warm(desk: Desk) -> bool:
    """Whether a review can be done here from its first byte to its last."""
    now = desk.now()
    try:
        gathered = from_hook(orjson.loads(orjson.dumps(warm_up_request(now))))
        answered = review.answer(gathered, desk.house, desk.caller.customs, at=now, live=True)
        orjson.dumps(answered.cards)
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready, and /readyz says so
        log.error("warm-up failed", extra={"error": type(error).__name__, "where": where(error)})  # noqa: TRY400 - see logs
        return False
    return answered.assessment is not None
