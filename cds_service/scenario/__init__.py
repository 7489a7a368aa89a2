"""A fixture from a real record: `signoff scenario new`.

A record comes in as it is; a folder of `fhir_fixtures/` goes out that is read as the original was and names nobody.

vocabulary.py   the words, code systems, types and shapes of codes that can name nobody
phrases.py      the words in free text that decide something when it is read
names.py        made-up ids, references, NPIs, identifiers and local codes, each the same wherever it stands
clock.py        one shift, by whole weeks of the practice's wall clock, for every date
keep.py         how one element is kept, renamed or left out
elements.py     the allow-list: for every type of resource, the elements that are kept, and how
chart.py        a hook request or a Bundle as a whole
entry.py        what the client's entry says of this record, under the new names
same.py         whether two records are read as the same one
expected.py     expected.yaml, its facts filled in and its expectations left blank
new.py          all of it in order, and the proof that nothing was read differently

The list is of what is kept. What is not on it is left out: no element, word or code survives because nobody thought
of it. Dates are shifted, not removed, and diagnoses and services are kept, for they are what a scenario is about: the
result names nobody, but it is not what HIPAA's Safe Harbor asks for. Whoever shares it decides that it may be shared.
"""
