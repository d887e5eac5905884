"""What attendees thought of a class: three dimensions and a comment, without names, shown from three answers on."""

from dataclasses import dataclass
from random import SystemRandom

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.models import Evaluation, EvaluationGiven, Offering
from training.errors import BadInput, NotAllowed, WrongState
from training.models import Person

FEWEST = 3
DIMENSIONS = ("timeliness", "relevance", "effectiveness")


@dataclass(frozen=True, slots=True)
class Results:
    """`answers` of `asked`; means in hundredths of a mark and comments are None and empty under three answers."""

    asked: int
    answers: int
    means: dict[str, int] | None
    comments: tuple[str, ...]

    @property
    def is_suppressed(self) -> bool:
        return self.means is None


def attendees(offering: Offering):
    return Person.objects.filter(attendances__item__offering=offering, attendances__revoked_at=None).distinct()


def may_answer(offering: Offering, person: Person) -> bool:
    given = EvaluationGiven.objects.filter(offering=offering, person=person).exists()
    return not given and attendees(offering).filter(pk=person.pk).exists()


@transaction.atomic
def give(*, offering: Offering, person: Person, marks: dict[str, int], comment: str = "") -> None:
    """An attendee answers once. What they answered is kept without their name; that they did, apart from it.

    Raises NotAllowed for who was not there, WrongState the second time, BadInput for marks other than 1 to 5.
    """
    if not attendees(offering).filter(pk=person.pk).exists():
        raise NotAllowed(_("Only who was there evaluates a class."))
    if set(marks) != set(DIMENSIONS) or not all(isinstance(mark, int) and 1 <= mark <= 5 for mark in marks.values()):
        raise BadInput(_("Give each of the three dimensions 1 to 5."))
    _given, is_new = EvaluationGiven.objects.get_or_create(offering=offering, person=person)
    if not is_new:
        raise WrongState(_("You have evaluated this class already."))
    Evaluation.objects.create(offering=offering, comment=comment.strip()[:500], **marks)


def results(offering: Offering) -> Results:
    """Nothing but the count under three answers. Half of a hundredth is rounded up. Two queries."""
    rows = list(offering.evaluations.order_by("pk").values("comment", *DIMENSIONS))
    asked = attendees(offering).count()
    if len(rows) < FEWEST:
        return Results(asked, len(rows), None, ())
    means = {name: (2 * 100 * sum(r[name] for r in rows) + len(rows)) // (2 * len(rows)) for name in DIMENSIONS}
    comments = [r["comment"] for r in rows if r["comment"]]
    SystemRandom().shuffle(comments)
    return Results(asked, len(rows), means, tuple(comments))
