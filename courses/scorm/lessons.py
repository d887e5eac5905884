"""Makes a package a lesson of a course."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from courses.models import Course, CourseState, Lesson, LessonKind, ScormPackage
from training import access, audit
from training.errors import WrongState
from training.models import Person


@transaction.atomic
def add_lesson(
    *, course: Course, package: ScormPackage, title: str, category: str, seconds: int, by: Person, now: datetime
) -> Lesson:
    """Append the package to a draft; `seconds` is the most that studying it can count. Raises NotAllowed, WrongState."""
    access.require(by, "make_courses", course.unit)
    course = Course.objects.select_for_update().get(pk=course.pk)
    if course.state != CourseState.DRAFT:
        raise WrongState(_("Lessons are added while a course is a draft: people may have completed it."))
    last = course.lessons.aggregate(last=Max("position"))["last"] or 0
    lesson = Lesson.objects.create(
        course=course,
        position=last + 1,
        kind=LessonKind.SCORM,
        title=title,
        category=category,
        seconds=seconds,
        package=package,
    )
    audit.record(
        actor=by,
        act="add_package_lesson",
        subject=f"lesson:{lesson.pk}",
        now=now,
        unit=course.unit,
        facts={"course": course.code, "package": package.pk},
    )
    return lesson
