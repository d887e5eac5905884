"""Builders of the smallest valid objects."""

from datetime import date, datetime
from itertools import count
from zoneinfo import ZoneInfo

from courses.models import Attendance, Course, Enrolment, EnrolmentState, Lesson, Offering, OfferingState, TimetableItem
from laws.models import LegalDocument
from training.models import (
    CategoryHolding,
    HourRuleSet,
    Measure,
    Person,
    Posting,
    Requirement,
    Role,
    StaffCategory,
    Unit,
    UnitKind,
    YearOpening,
)

ZONE = ZoneInfo("Asia/Shanghai")
EARLY = datetime(2022, 4, 11, 9, tzinfo=ZONE)
_serial = count(1)


def at(text: str) -> datetime:
    """An instant of the district's clock: `2025-12-31 10:00` or `2025-12-31`."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def make_unit(*, code="", name="", kind=UnitKind.DEPARTMENT, parent=None, **facts) -> Unit:
    code = code or f"U{next(_serial):04d}"
    path = f"{parent.path if parent else '/'}{code}/"
    return Unit.objects.create(code=code, name=name or f"单位{code}", kind=kind, parent=parent, path=path, **facts)


def make_district() -> Unit:
    return make_unit(code="110115", name="大兴区人民政府", kind=UnitKind.DISTRICT_GOVERNMENT)


def make_person(
    *, name="张三", username="", unit=None, since=date(2024, 1, 1), category=StaffCategory.ENFORCEMENT_OFFICER, **facts
):
    """A person; with `unit`, one who serves there and holds `category` (None: no category)."""
    number = next(_serial)
    person = Person.objects.create(
        username=username or f"p{number:05d}", staff_no=facts.pop("staff_no", f"S{number:05d}"), name=name, **facts
    )
    if unit is not None:
        Posting.objects.create(person=person, unit=unit, started_on=since, entered_at=EARLY)
        if category:
            CategoryHolding.objects.create(person=person, category=category, started_on=since, entered_at=EARLY)
    return person


def make_role(*, person: Person, unit: Unit, role: str) -> Role:
    return Role.objects.create(person=person, unit=unit, role=role, granted_at=EARLY)


def make_rule_set(**facts) -> HourRuleSet:
    values = {"version": 1, "title": "学时折算规则", "valid_from": date(2022, 1, 1)}
    return HourRuleSet.objects.create(**(values | facts))


def make_document(**facts) -> LegalDocument:
    values = {
        "code": f"doc-{next(_serial)}",
        "title": "大兴区法治政府建设实施意见(2022-2025年)",
        "number": "京兴法委行政组文〔2022〕1号",
    }
    return LegalDocument.objects.create(**(values | facts))


def make_requirement(*, year=2025, code="hours", measure=Measure.HOURS, target=6000, counted=("PROFESSIONAL", "LAW"), **facts):
    values = {
        "title": "行政执法人员每年60学时",
        "staff_category": StaffCategory.ENFORCEMENT_OFFICER if measure in (Measure.HOURS, Measure.BASE_HOURS) else "",
        "item": "31",
        "quote": "确保每人每年接受不少于60学时的业务知识和法律法规培训",
        "entered_at": EARLY,
    }
    if "document" not in facts:
        facts["document"] = LegalDocument.objects.first() or make_document()
    return Requirement.objects.create(
        year=year, code=code, measure=measure, target=target, counted=list(counted), **(values | facts)
    )


def open_year(year=2025, **facts) -> YearOpening:
    return YearOpening.objects.create(year=year, opened_at=EARLY, **facts)


def make_course(*, unit: Unit, **facts) -> Course:
    number = next(_serial)
    values = {
        "code": f"course-{number}",
        "title": f"课程{number}",
        "created_at": EARLY,
        "state": "published",
        "published_at": EARLY,
    }
    return Course.objects.create(unit=unit, **(values | facts))


def make_lesson(*, course: Course, **facts) -> Lesson:
    values = {"position": course.lessons.count() + 1, "kind": "reading", "title": "一讲", "category": "LAW", "seconds": 600}
    return Lesson.objects.create(course=course, **(values | facts))


def make_offering(*, unit=None, title="依法行政培训班", state=OfferingState.APPROVED, **facts) -> Offering:
    if state != OfferingState.PLANNED:
        facts.setdefault("approved_at", EARLY)
    unit = unit or Unit.objects.first() or make_unit()
    return Offering.objects.create(unit=unit, title=title, state=state, created_at=EARLY, **facts)


def make_timetable_item(*, offering, starts_at="2025-06-03 09:00", minutes=90, category="LAW", title="行政处罚法", **facts):
    starts_at = at(starts_at) if isinstance(starts_at, str) else starts_at
    return TimetableItem.objects.create(
        offering=offering,
        title=title,
        starts_at=starts_at,
        minutes=minutes,
        category=category,
        sign_in_key=f"key{next(_serial)}",
        **facts,
    )


def make_enrolment(*, offering, person, state=EnrolmentState.ENROLLED, **facts) -> Enrolment:
    values = {"source": Enrolment.Source.HR, "enrolled_at": EARLY}
    return Enrolment.objects.create(offering=offering, person=person, state=state, **(values | facts))


def make_attendance(*, item, person, **facts) -> Attendance:
    values = {"signed_in_at": item.starts_at, "source": Attendance.Source.QR}
    return Attendance.objects.create(item=item, person=person, **(values | facts))
