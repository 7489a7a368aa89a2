"""What the reviewer attested: the answers of our questionnaire, the latest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cds_service.billing.facts import Address, Fact, first_of
from cds_service.billing.moment import EVER, Moment
from cds_service.fhir.loose import Json, flag, many, one, text
from cds_service.fhir.moments import choice, moment
from cds_service.fhir.resources import Resource
from cds_service.fhir.review import Review

T = TypeVar("T")

QUESTIONNAIRE = "/Questionnaire/image-review-attestation"


@dataclass(frozen=True, slots=True)
class Attestation:
    """The responses, newest first, and where one was looked for."""

    review: Review
    responses: tuple[tuple[Resource, Moment | None, dict[str, Json]], ...]
    looked: tuple[Address, ...] = field(default_factory=tuple)

    def answers(self, link: str, read: Callable[[Json], T | None], doubt: str | None = None) -> list[Fact[T]]:
        """Return every answer to one question as a fact recorded when it was given."""
        told = [answers_of(*response, link, read, doubt) for response in self.responses]
        return [fact for facts in told for fact in facts]

    def said(self, link: str) -> list[Fact[bool]]:
        return self.answers(link, lambda answer: flag(answer, "valueBoolean"))

    def yes_or_no(self, link: str) -> Fact[bool]:
        return first_of(self.said(link), Fact(seen_at=self._nowhere(link)))

    def moments(self, link: str) -> list[Fact[Moment]]:
        return self.answers(link, lambda answer: choice(answer, "value", self.review.zone))

    def moment(self, link: str) -> Fact[Moment]:
        return first_of(self.moments(link), Fact(seen_at=self._nowhere(link)))

    def words(self, link: str) -> list[Fact[str]]:
        return self.answers(link, _word)

    def _nowhere(self, link: str) -> tuple[Address, ...]:
        return tuple(Address(a.resource, link) for a in self.looked)


def answers_of(
    response: Resource,
    authored: Moment | None,
    items: dict[str, Json],
    link: str,
    read: Callable[[Json], T | None],
    doubt: str | None = None,
) -> list[Fact[T]]:
    """Return one response's answer to one question, if it has one."""
    for answer in many(items.get(link, {}), "answer"):
        value = read(answer)
        if value is not None:
            return [Fact(value, (response.at(link),), authored.first if authored else None, doubt)]
    return []


def _word(answer: Json) -> str | None:
    return text(answer, "valueString") or text(one(answer, "valueCoding"), "code") or text(answer, "valueCode")


def read_attestation(review: Review) -> Attestation:
    """Return the reviewer's completed attestations of this encounter."""
    return Attestation(review, tuple(attestations(review, of_review=True)), review.looks("responses").seen_at)


def attestations(review: Review, *, of_review: bool) -> list[tuple[Resource, Moment | None, dict[str, Json]]]:
    """Return the reviewer's completed attestations, of this encounter or of any, the newest first."""
    found = []
    for response in review.resources.of("QuestionnaireResponse"):
        if _is_attestation(response, review) and (
            not of_review or review.is_of_review(one(response.body, "encounter"), response)
        ):
            items = {link: item for item in _items(response.body) if (link := text(item, "linkId"))}
            found.append((response, moment(response.body, "authored", review.zone), items))
    found.sort(key=lambda one_: (one_[0].draft, one_[1].first if one_[1] else EVER), reverse=True)
    return found


def _is_attestation(response: Resource, review: Review) -> bool:
    questionnaire = (text(response.body, "questionnaire") or "").partition("|")[0]
    if not questionnaire.endswith(QUESTIONNAIRE) or text(response.body, "status") not in {"completed", "amended"}:
        return False
    if review.reviewer is None:
        return False
    author = review.people.who(one(response.body, "author") or one(response.body, "source"), response)
    return author is not None and author.name == review.reviewer.name


def _items(body: Json) -> Iterator[Json]:
    """Yield all items, the nested ones too; of two with one linkId the later in the form wins."""
    waiting: list[Any] = many(body, "item")[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += many(item, "item")[::-1]
        waiting += [inner for answer in many(item, "answer") for inner in many(answer, "item")][::-1]
