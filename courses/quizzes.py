"""The quiz at the end of a class: chosen questions of the bank, run by its practice engine."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from courses.errors import NotEnrolled
from courses.models import Offering, OfferingQuestion
from courses.offerings import HELD
from exams import practice
from exams.models import Item, PracticeRun
from training import access, audit
from training.errors import BadInput
from training.models import Person

MOST = 50


@transaction.atomic
def choose(*, offering: Offering, codes: list[str], by, now: datetime) -> int:
    """Set the questions by their codes. Raises BadInput naming the codes that practice does not know."""
    access.require(by, "run_classes", offering.unit)
    codes = list(dict.fromkeys(code.strip() for code in codes if code.strip()))
    if len(codes) > MOST:
        raise BadInput(_("A quiz has at most %(most)s questions."), most=MOST)
    found = {item.code: item for item in practice.practicable(now=now).filter(code__in=codes)}
    missing = [code for code in codes if code not in found]
    if missing:
        raise BadInput(_("These questions are not open for practice: %(codes)s"), codes="、".join(missing))
    offering.questions.all().delete()
    OfferingQuestion.objects.bulk_create(OfferingQuestion(offering=offering, item=found[code]) for code in codes)
    facts = {"questions": len(codes)}
    audit.record(actor=by, act="set_quiz", subject=f"offering:{offering.pk}", unit=offering.unit, now=now, facts=facts)
    return len(codes)


def begin(*, offering: Offering, person: Person, now: datetime) -> PracticeRun:
    """Begin the quiz, or go on with it. Raises NotEnrolled, and what the practice engine raises."""
    if not offering.enrolments.filter(person=person, state__in=HELD).exists():
        raise NotEnrolled(_("%(name)s is not enrolled in this class. Please ask the organiser."), name=person.name)
    items = Item.objects.filter(pk__in=offering.questions.values("item")).select_related("current").order_by("code")
    versions = [item.current for item in items if item.current]
    whole = sum(version.marks for version in versions)
    return practice.begin_quiz(
        person=person,
        versions=[version.pk for version in versions],
        pass_mark=-(-whole * offering.quiz_pass_percent // 100),
        origin=offering.origin,
        title=offering.title,
        now=now,
    )
