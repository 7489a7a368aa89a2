"""The machine-readable answer, the same in the card's extension and from the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from cds_service.billing.assessment import Assessment, Candidate, Finding, WrongCharge
from cds_service.billing.facts import Address, ReviewFacts
from cds_service.words import Words

Json = dict[str, object]


def answer_json(assessment: Assessment, facts: ReviewFacts, words: Words) -> Json:
    """Return the contract's answer; a value that we lack is left out."""
    best = assessment.best

    def moment(at: datetime) -> str:
        return facts.practice.local(at).isoformat(timespec="seconds")

    answer: Json = {
        "edition": assessment.edition,
        "at": moment(assessment.at),
        "dateOfService": assessment.on.isoformat(),
        "payer": assessment.payer,
        "reporter": assessment.reporter,
        "charged": list(dict.fromkeys(c.code for c in assessment.charged)),
    }
    if best is not None:
        answer["best"] = best.code
    answer["outcome"] = assessment.outcome
    if best is not None and best.recheck_at is not None:
        answer["recheckAt"] = moment(best.recheck_at)
    answer["placeOfService"] = facts.practice.place_of_service
    answer["modifiers"] = list(assessment.modifiers)
    if assessment.payment is not None:
        paid = assessment.payment
        answer["payment"] = {
            "setting": paid.setting,
            "rvu": str(paid.rvu),
            "amount": str(paid.amount),
            "locality": paid.locality,
            "year": paid.year,
        }
    answer["gaps"] = [_gap(f, words) for f in best.gaps] if best else []
    answer["wrongCharges"] = [_wrong(w) for w in assessment.wrong_charges]
    answer["candidates"] = [_candidate(c, moment) for c in assessment.candidates]
    answer["notAsked"] = list(assessment.not_asked)
    return answer


def _wrong(wrong: WrongCharge) -> Json:
    made: Json = {"code": wrong.charge.code, "because": wrong.because}
    return {**made, "instead": list(wrong.instead)} if wrong.instead else made


def _gap(finding: Finding, words: Words) -> Json:
    word = words.questions[finding.question].word(finding.verdict, finding.answer.case)
    return {
        "question": finding.question,
        "severity": "stop" if finding.stops else "warn",
        "fix": word.fix or word.says,
    }


def _candidate(candidate: Candidate, moment: Callable[[datetime], str]) -> Json:
    """Write a candidate; of a code of another pattern of work the verdicts alone, for there are dozens of them."""
    write = partial(_finding, moment=moment) if candidate.fits else _verdict
    return {"code": candidate.code, "outcome": candidate.outcome, "findings": [write(f) for f in candidate.findings]}


def _verdict(finding: Finding) -> Json:
    return {"question": finding.question, "verdict": finding.verdict}


def _finding(finding: Finding, moment: Callable[[datetime], str]) -> Json:
    made: Json = {"question": finding.question, "verdict": finding.verdict}
    if finding.answer.until is not None:
        made["until"] = moment(finding.answer.until)
    if finding.answer.case is not None:
        made["case"] = finding.answer.case
    if finding.answer.because:
        made["because"] = [_address(a) for a in finding.answer.because]
    if finding.under is not None:
        made["source"] = finding.under.source.cite
        if finding.under.own:
            made["own"] = True
    return made


def _address(address: Address) -> Json:
    return {"resource": address.resource, "path": address.path} if address.path else {"resource": address.resource}
