"""A person, a lesson with a package, and its parts."""

import io

from courses.models import Lesson
from courses.scorm import package as packages
from courses.scorm import runtime
from tests.courses.packages import PAGE, several, zipped
from tests.factories import at, make_course, make_district, make_lesson, make_person

NOW = at("2026-11-25 09:00")


def take(content: bytes, **facts):
    return packages.receive(file=io.BytesIO(content), name="课件.zip", by=None, now=NOW, **facts)


class Study:
    """`Study(several(2))`: somebody who studies a package of that manifest."""

    def __init__(self, manifest: str | None = None, *, parts: int = 2):
        files = {f"part{n}.html": PAGE for n in range(1, 5)} | {"index.html": PAGE}
        self.package = take(zipped({"imsmanifest.xml": manifest or several(parts), **files}))
        self.unit = make_district()
        self.person = make_person(unit=self.unit, name="王学习")
        course = make_course(unit=self.unit)
        self.lesson: Lesson = make_lesson(course=course, kind="scorm", package=self.package, title="处罚课件")
        self.parts = list(self.package.units.order_by("position"))

    def begin(self, number: int = 1, now=NOW) -> runtime.Launch:
        return runtime.begin(person=self.person, lesson=self.lesson, unit=self.parts[number - 1], now=now)

    def report(self, data, number: int = 1, *, launch=1, revision=1, is_finished=False, now=NOW):
        return runtime.report(
            person=self.person, lesson=self.lesson, unit=self.parts[number - 1], launch=launch, revision=revision, data=data,
            is_finished=is_finished, now=now,
        )  # fmt: skip

    def menu(self):
        return runtime.parts(package=self.package, person=self.person, lesson=self.lesson)
