"""Two years of study for the invented people: classes, lectures, online courses, certified month by month."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.core.files.base import ContentFile

from training import ledger, readings, registrations
from training.models import (
    Arrangement,
    Category,
    Decision,
    Evidence,
    HoursLine,
    LineState,
    Mode,
    Submission,
    SubmissionState,
    Unit,
)
from training.periods import day_of, end_of

from .people import Officer


@dataclass(frozen=True, slots=True)
class Course:
    title: str
    category: str
    mode: str
    organiser: str
    arrangement: str = Arrangement.DAILY


CLASSES = (
    Course("行政处罚法实务专题培训班", Category.LAW, Mode.CLASS, "区司法局", Arrangement.ROTATION),
    Course("综合行政执法业务能力提升班", Category.PROFESSIONAL, Mode.CLASS, "区城管执法局", Arrangement.ROTATION),
    Course("行政执法人员集中轮训", Category.LAW, Mode.CLASS, "区司法局", Arrangement.ROTATION),
    Course("安全生产执法检查实训", Category.PROFESSIONAL, Mode.CLASS, "区应急局", Arrangement.ROTATION),
    Course("生态环境执法大练兵", Category.PROFESSIONAL, Mode.CLASS, "区生态环境局", Arrangement.ROTATION),
)
LECTURES = (
    Course("行政强制法适用难点讲座", Category.LAW, Mode.LECTURE, "区司法局"),
    Course("行政复议法修订要点", Category.LAW, Mode.LECTURE, "区司法局"),
    Course("执法文书制作与案卷评查", Category.PROFESSIONAL, Mode.LECTURE, "区司法局"),
    Course("突发事件应对中的依法行政", Category.LAW, Mode.LECTURE, "区应急局"),
    Course("城市管理领域典型案例研讨", Category.PROFESSIONAL, Mode.LECTURE, "区城管执法局"),
    Course("个人信息保护与执法取证", Category.LAW, Mode.LECTURE, "区司法局"),
)
ONLINE = (
    Course("行政许可法网络课程", Category.LAW, Mode.ONLINE, "干部教育网络平台"),
    Course("执法全过程记录规范", Category.PROFESSIONAL, Mode.ONLINE, "干部教育网络平台"),
    Course("政府信息公开条例解读", Category.LAW, Mode.ONLINE, "干部教育网络平台"),
)
BASE = (
    Course("政治理论学习", Category.POLITICAL_THEORY, Mode.LECTURE, "本单位党组织"),
    Course("党性教育专题党课", Category.PARTY_SPIRIT, Mode.LECTURE, "本单位党组织"),
    Course("习近平法治思想专题学习", Category.XI_RULE_OF_LAW, Mode.LECTURE, "区司法局"),
)
NOTICE = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1"
    b"/BaseFont/Helvetica>>>>>>>>endobj\n4 0 obj<</Length 58>>stream\nBT /F1 18 Tf 80 740 Td (Training notice - demo copy) Tj ET\n"
    b"endstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def seed_study(*, random: Random, officers: list[Officer], records: int, first_year: int, certifier, now: datetime) -> None:
    """About `records` day records over the previous and the current year, posted in the months after they were studied."""
    today = day_of(now)
    units = {u.pk: u for u in Unit.objects.select_related("parent")}
    diligence = {pk: random.triangular(0.72, 1.18, 1.02) for pk in units}
    per_year = max(records // max(len(officers), 1) // 2, 4)
    plan = defaultdict(list)  # (year, month, reporting unit) -> lines
    for officer in officers:
        unit = units[officer.unit_id]
        reporter = unit.parent if unit.kind == "enforcement_team" else unit
        for year in (first_year, first_year + 1):
            for line in _year_of(random, officer, year, per_year, diligence[unit.pk], today):
                plan[line.studied_on.year, line.studied_on.month, reporter.pk].append(line)
    evidence = ContentFile(NOTICE)
    path = Evidence._meta.get_field("file").storage.save("evidence/demo/notice.pdf", evidence)
    for (year, month, unit_pk), lines in sorted(plan.items()):
        _hand_in(random, units[unit_pk], year, month, lines, path, certifier, now)


def _year_of(random: Random, officer: Officer, year: int, count: int, diligence: float, today: date):
    """One person's study days of a year, as lines not yet saved."""
    ability = random.triangular(0.55, 1.2, 1.04) * diligence
    days = [date(year, 1, 8) + timedelta(days=random.randrange(345)) for _ in range(count)]
    days = sorted(
        {
            d
            for d in days
            if d < today - timedelta(days=3) and d >= officer.since and (officer.until is None or d <= officer.until)
        }
    )
    # the hours a year's full plan would give are spread over its days, so that half a year gives half of it
    counted = int(6200 * ability / max(count - 3, 1))
    for index, day in enumerate(days):
        if index % 8 == 7:
            yield _line(officer, day, random.choice(BASE), stated=400)
            continue
        course = random.choice((CLASSES, CLASSES, LECTURES, ONLINE))[random.randrange(3)]
        if course.mode == Mode.ONLINE:
            yield _line(officer, day, course, minutes=max(counted * 45 // 100, 45))
        elif course.mode == Mode.LECTURE and random.random() < 0.3:
            yield _line(officer, day, course, minutes=random.choice((150, 180, 240)), half_day=random.choice(("AM", "PM")))
        else:
            stated = min(counted + random.choice((-50, 0, 0, 50, 100)), 900)
            yield _line(officer, day, course, stated=max(stated - stated % 50, 100))


def _line(officer: Officer, day: date, course: Course, *, minutes=None, stated=None, half_day="") -> HoursLine:
    return HoursLine(
        person_id=officer.person_id,
        studied_on=day,
        year=day.year,
        category=course.category,
        mode=course.mode,
        arrangement=course.arrangement,
        title=course.title,
        organiser=course.organiser,
        minutes=minutes,
        stated=stated,
        half_day=half_day,
        origin=f"demo:{day:%Y%m%d}:{course.title}"[:120],
    )


def _hand_in(random, unit, year, month, lines, evidence_path, certifier, now) -> None:
    """A month of a unit as one batch: certified the month after; the latest ones still wait, one was returned."""
    handed = end_of(date(year + month // 12, month % 12 + 1, random.randrange(3, 9)))
    certified = handed + timedelta(days=random.randrange(2, 9))
    handed, certified = min(handed, now - timedelta(hours=30)), min(certified, now - timedelta(hours=random.randrange(1, 20)))
    is_waiting = now - handed < timedelta(days=21) and random.random() < 0.7
    state = SubmissionState.UNIT_APPROVED if is_waiting else SubmissionState.CERTIFIED
    submission = Submission.objects.create(
        unit=unit,
        subject=Submission.Subject.HOURS,
        source=Submission.Source.IMPORT,
        title=f"{unit.name}{year}年{month}月培训学时",
        state=state,
        created_at=handed,
        submitted_at=handed,
    )
    registrations.estimate(lines)
    for line in lines:
        line.submission = submission
        line.state = LineState.PENDING if is_waiting else LineState.CERTIFIED
    lines = list({(li.person_id, li.origin): li for li in lines}.values())
    HoursLine.objects.bulk_create(lines, batch_size=1000)
    Evidence.objects.create(
        submission=submission,
        kind=Evidence.Kind.NOTICE,
        file=evidence_path,
        name=f"{year}年{month}月培训通知.pdf",
        media_type="application/pdf",
        sha256="",
        uploaded_at=handed,
    )
    ledger.post_decision(submission=submission, act=Decision.Act.SUBMIT, by=None, at=handed, lines=len(lines))
    if is_waiting:
        return
    studies = [readings.study_of(line, submission) for line in lines]
    ledger.post_hours(studies=studies, now=certified, certified_by=certifier)
    ledger.post_decision(submission=submission, act=Decision.Act.CERTIFY, by=certifier, at=certified, lines=len(lines))
