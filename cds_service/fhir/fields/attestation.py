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
        found: list[Fact[T]] = []
        for response, authored, items in self.responses:
            for answer in many(items.get(link, {}), "answer"):
                value = read(answer)
                if value is not None:
                    recorded = authored.first if authored else None
                    found.append(Fact(value, (response.at(link),), recorded, doubt))
                    break
        return found

    def yes_or_no(self, link: str) -> Fact[bool]:
        told = self.answers(link, lambda answer: flag(answer, "valueBoolean"))
        return first_of(told, Fact(seen_at=self._nowhere(link)))

    def moments(self, link: str) -> list[Fact[Moment]]:
        return self.answers(link, lambda answer: choice(answer, "value", self.review.zone))

    def moment(self, link: str) -> Fact[Moment]:
        return first_of(self.moments(link), Fact(seen_at=self._nowhere(link)))

    def words(self, link: str) -> list[Fact[str]]:
        return self.answers(link, _word)

    def _nowhere(self, link: str) -> tuple[Address, ...]:
        return tuple(Address(a.resource, link) for a in self.looked)


def _word(answer: Json) -> str | None:
    return text(answer, "valueString") or text(one(answer, "valueCoding"), "code") or text(answer, "valueCode")


def read_attestation(review: Review) -> Attestation:
    """Return the reviewer's completed attestations of this encounter."""
    found = []
    for response in review.resources.of("QuestionnaireResponse"):
        if _is_attestation(response, review):
            items = {link: item for item in _items(response.body) if (link := text(item, "linkId"))}
            found.append((response, moment(response.body, "authored", review.zone), items))
    found.sort(key=lambda one_: (one_[0].draft, one_[1].first if one_[1] else EVER), reverse=True)
    return Attestation(review, tuple(found), review.looks("responses").seen_at)


def _is_attestation(response: Resource, review: Review) -> bool:
    questionnaire = (text(response.body, "questionnaire") or "").partition("|")[0]
    if not questionnaire.endswith(QUESTIONNAIRE) or text(response.body, "status") not in {"completed", "amended"}:
        return False
    if review.reviewer is None or not review.is_of_review(one(response.body, "encounter"), response):
        return False
    author = review.people.who(one(response.body, "author" if "author" in response.body else "source"), response)
    return author is not None and author.name == review.reviewer.name


def _items(body: Json) -> Iterator[Json]:
    """Yield all items, the nested ones too; of two with one linkId the later in the form wins."""
    waiting: list[Any] = many(body, "item")[::-1]
    while waiting:
        item = waiting.pop()
        yield item
        waiting += many(item, "item")[::-1]
        waiting += [inner for answer in many(item, "answer") for inner in many(answer, "item")][::-1]
