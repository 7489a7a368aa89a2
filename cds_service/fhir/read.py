"""Resources → `ReviewFacts`. It looks; it never decides."""

from __future__ import annotations

from datetime import datetime

from cds_service.billing.facts import Fact, ReviewFacts
from cds_service.billing.tables import Tables

from .customs import Customs
from .fields.attestation import read_attestation
from .fields.calls import read_live_call
from .fields.charges import read_charges
from .fields.consents import read_consents
from .fields.coverage import read_payer
from .fields.encounter import read_live, read_signed, read_started, read_void
from .fields.images import read_images
from .fields.interpretations import read_interpretations, weigh_images
from .fields.licences import read_enrolment, read_licences, read_patient_state
from .fields.messages import read_messages
from .fields.minutes import read_minutes
from .fields.problems import read_diagnosis
from .fields.replies import read_replies
from .fields.requests import read_request
from .fields.services import read_services
from .fields.slots import read_free_slots
from .fields.thread import read_channel, read_initiated, read_thread
from .gathered import Gathered
from .review import Review


def read_review(gathered: Gathered, *, tables: Tables, customs: Customs, gathered_at: datetime | None) -> ReviewFacts:
    """Return all that the record says about one review.

    `gathered_at` is when it was gathered, for a record judged as it is now; None for the replay of an old one.
    """
    review = Review.of(gathered, tables, customs, gathered_at)
    attested = read_attestation(review)
    messages = read_messages(review)
    interpretations = read_interpretations(review)
    images, asking = read_images(review, messages, interpretations, attested)
    thread = read_thread(messages)
    request, reported = read_request(review, messages)
    payer, funding = read_payer(review)
    diagnosis, problem = read_diagnosis(review)
    reviewer = review.reviewer
    return ReviewFacts(
        encounter=gathered.encounter,
        patient=gathered.patient,
        practice=review.practice,
        at_sign_off=review.signing,
        setting=review.setting_of(review.encounter),
        void=read_void(review),
        live=read_live(review),
        date_of_service=review.date_of_service,
        signed=read_signed(review, interpretations),
        payer=payer,
        funding=funding,
        reviewer=Fact(reviewer.name if reviewer else None, (review.encounter.at("participant"),)),
        reporter=review.people.reporter(reviewer) if reviewer else Fact(seen_at=(review.encounter.at("participant"),)),
        taxonomies=review.people.taxonomies(reviewer) if reviewer else frozenset(),
        images=images,
        images_looked=review.looks("media", "documents", "communications"),
        replies=read_replies(review, messages, interpretations, asking, attested),
        replies_looked=review.looks("communications"),
        interpretations=weigh_images(review, interpretations, images),
        interpretations_looked=review.looks("impressions", "reports", "documents"),
        images_adequate=attested.yes_or_no("images-adequate"),
        consents=read_consents(review),
        consents_looked=review.looks("consents"),
        consent_attested=attested.yes_or_no("consent"),
        diagnosis=diagnosis,
        problem=problem,
        services=read_services(review),
        related_service=attested.yes_or_no("related-service"),
        led_to_visit=attested.yes_or_no("led-to-visit"),
        soonest_available=attested.moment("soonest-available"),
        free_slots=read_free_slots(review),
        charges=read_charges(review),
        charges_looked=review.looks("charges"),
        licences=read_licences(review),
        patient_state=read_patient_state(review, attested),
        started=read_started(review),
        first_reviewed=attested.moment("first-reviewed"),
        messages=thread,
        minutes=read_minutes(review),
        initiated=read_initiated(review, messages, thread, attested),
        channel=read_channel(review, messages, attested),
        enrolled_with=read_enrolment(review),
        live_call=read_live_call(review, messages),
        request=request,
        reported=reported,
        models=customs.cmmi_models,
    )
