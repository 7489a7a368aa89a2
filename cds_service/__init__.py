"""Signoff: at the sign-off of an asynchronous image review, the right code, why, and what is missing.

A record comes in as FHIR and leaves as an answer, through rooms in a row and never back:

    gather      fhir/prefetch.py, fhir/bundle.py     what the EHR sent, and what each search is worth
    read        fhir/read.py, fhir/fields/           resources → ReviewFacts, each with its address
    assess      billing/                             facts + RuleBook + a moment → Assessment
    present     present/                             → cards, the machine-readable answer, the timeline
    keep        (with the store, later)

Reading, assessing and presenting are pure: no clock, no file, no network. `review.py` walks the three; the doors,
`web/` and `cli.py`, call it and differ only in how they gather and show. What a billing expert may change is in
`cards/`, which `content/` loads once; what an EHR's owner decides is in the client file, which `clients.py` loads.
"""
