"""What the rules do not know, and what a client's file does not say of its clinicians: per payer and state.

It is what credentialing and contracting have to find out: whoever reads it knows whom to ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cds_service.billing.questions import paid
from cds_service.billing.rulebook import EVERYONE, RuleBook
from cds_service.fhir.customs import Customs

STATES_THEMSELVES = "medicaid"
"""The payer of which each state rules for itself."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing that is lacking. `code` and `state` are empty where it is about all of them."""

    payer: str
    state: str
    code: str
    lacking: str


def rule_gaps(book: RuleBook, on: date, state: str, code: str | None, payer: str | None) -> Iterator[Gap]:
    """Yield where no rule, or none that may be relied on, says whether a payer pays for a code that exists."""
    for name in sorted(book.payers if payer is None else {payer}):
        for existing in book.existing(on=on, known=on):
            if code in {None, existing.code}:
                lacking = _unknown(book, name, existing.code, on, state)
                if lacking:
                    yield Gap(name, state if name == STATES_THEMSELVES else "", existing.code, lacking)


def from_memory(book: RuleBook, on: date, code: str | None) -> Iterator[Gap]:
    """Yield the questions whose rule rests on memory or on a source of low confidence, so that it cannot deny."""
    for existing in book.existing(on=on, known=on):
        for question, rule in book.asked("", existing.code, on=on, known=on).items():
            if code in {None, existing.code} and rule.payer == EVERYONE and not rule.source.may_deny:
                why = "from memory" if rule.source.recalled else "low confidence"
                yield Gap("everyone", "", existing.code, f"{question}: {why}; read {rule.source.cite}")


def credential_gaps(customs: Customs, names: Mapping[str, str], on: date) -> Iterator[Gap]:
    """Yield what the client's file lacks for the clinicians that it names: a licence in force, an enrolment."""
    clinicians = sorted({*customs.reporters, *(x.npi for x in customs.licences), *(customs.enrolments or {})})
    state = customs.practice.state
    for npi in clinicians:
        held = [x for x in customs.licences if x.npi == npi and x.state == state]
        if not held:
            yield Gap("all payers", state, "", f"clinician {npi}: no licence of {state} is listed")
        elif all(x.until is not None and x.until < on for x in held):
            yield Gap("all payers", state, "", f"clinician {npi}: the licence of {state} has ended")
        enrolled = (customs.enrolments or {}).get(npi, frozenset())
        if customs.enrolments is not None and not enrolled:
            yield Gap("all payers", "", "", f"clinician {npi}: no enrolment is listed")
        elif enrolled and "medicare" not in enrolled:
            yield Gap("medicare", "", "", f"clinician {npi}: not enrolled with {names.get('medicare', 'Medicare')}")


def _unknown(book: RuleBook, payer: str, code: str, on: date, state: str) -> str | None:
    rule = book.rule(payer, code, "paid", on=on, known=on, state=state)
    if rule is None:
        return "no rule says whether it is paid"
    if isinstance(rule.terms, paid.Terms):
        if rule.terms.funding is not None:
            return f"known for {rule.terms.funding} plans only; ask for the others"
        if rule.terms.pays == "ask":
            return rule.source.cite
    return None
