"""The second room: FHIR R4 and R4B as plain JSON in, `ReviewFacts` out. It looks; it never decides.

prefetch.py, bundle.py   what a door was given → `Gathered`: resources, and how far each search is whole
resources.py             the pile, indexed once, of one patient only
review.py, people.py     what every reader needs: the encounter, the reviewer, who is who
fields/                  one small reader per fact
read.py                  calls them all: `Gathered` → `ReviewFacts`
loose.py, moments.py     the only ones who touch JSON and dates, so that nothing malformed can raise
"""
