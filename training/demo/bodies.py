"""Counted sessions, legal qualifications, adjustments and the learner's own two years, for the demo district."""

from datetime import date, datetime, timedelta
from random import Random

from training import adjustments, certification, evidence, ledger, registrations, requirements
from training.models import (
    AdjustmentReason,
    Arrangement,
    Attainment,
    AttainmentKind,
    BodyPlan,
    Category,
    Evidence,
    HoursLine,
    Mode,
    Person,
    Posting,
    SessionKind,
    StaffCategory,
    Submission,
    Unit,
    UnitKind,
    YearOpening,
)
from training.periods import day_of, end_of
from training.sessions import SessionFacts

from .people import Officer
from .study import NOTICE

TOPICS = (
    "行政处罚法",
    "行政复议法",
    "突发事件应对法",
    "行政强制法",
    "政府信息公开条例",
    "重大行政决策程序暂行条例",
    "国家赔偿法",
)


def open_years(*, up_to: int, by, now: datetime) -> None:
    """Open the years after the shipped ones, each copied from the one before; their basis is still to be confirmed."""
    last = YearOpening.objects.order_by("-year").values_list("year", flat=True)[0]
    for year in range(last + 1, up_to + 1):
        opened = min(end_of(date(year, 1, 4)), now)
        requirements.open_year(year=year, copy_from=year - 1, by=by, now=opened)


def seed_sessions(*, random: Random, first_year: int, certifier, now: datetime) -> None:
    """The district meets its targets in the first year and is on its way in the second; departments and towns hold theirs."""
    district = Unit.objects.get(parent=None)
    today = day_of(now)
    bodies = list(Unit.objects.filter(kind__in=[UnitKind.DEPARTMENT, UnitKind.TOWN, UnitKind.SUBDISTRICT]).order_by("path"))
    plan = []
    for year in (first_year, first_year + 1):
        for number, month in enumerate((2, 4, 6, 8, 10, 12), 1):
            topics = (TOPICS[number % 7], TOPICS[(number + 2) % 7]) if number == 3 else (TOPICS[number % 7],)
            reference = "" if number == 5 else f"区政府常务会议纪要〔{year}〕{number * 3}号"
            plan.append(
                (
                    district,
                    SessionKind.PRE_MEETING,
                    date(year, month, 12),
                    f"区政府常务会会前学法（第{number}次）",
                    reference,
                    topics,
                )
            )
        for number, month in enumerate((5, 9, 11), 1):
            plan.append(
                (
                    district,
                    SessionKind.LECTURE,
                    date(year, month, 20),
                    f"领导干部法治专题讲座（第{number}讲）",
                    "",
                    (TOPICS[number],),
                )
            )
        for number, month in enumerate((7, 11), 1):
            title = f"处级领导干部依法行政专题班（第{number}期）"
            plan.append(
                (
                    district,
                    SessionKind.SPECIAL_CLASS,
                    date(year, month, 4),
                    title,
                    f"京兴法〔{year}〕{number}号",
                    (TOPICS[number],),
                )
            )
        for unit in bodies:
            for number in range(random.randrange(1, 4)):
                day = date(year, random.randrange(1, 12), random.randrange(1, 28))
                plan.append(
                    (
                        unit,
                        SessionKind.PRE_MEETING,
                        day,
                        f"办公会会前学法（第{number + 1}次）",
                        f"会议纪要〔{year}〕{number + 5}号",
                        (random.choice(TOPICS),),
                    )
                )
        for number, unit in enumerate(bodies[:5], 1):
            day = date(year, 2 * number, 15)
            plan.append((unit, SessionKind.SPECIAL_TRAINING, day, f"{unit.name}依法行政专题培训", "", (random.choice(TOPICS),)))
    for unit, kind, held_on, title, reference, topics in sorted(plan, key=lambda row: (row[2], row[0].pk)):
        if held_on > today - timedelta(days=3):
            continue
        facts = SessionFacts(
            unit=unit,
            kind=kind,
            held_on=held_on,
            title=title,
            origin=f"demo:{held_on:%Y%m%d}:{title}"[:120],
            reference=reference,
            topics=topics,
            lecturer="区司法局讲师团",
            minutes=90,
            participants=random.randrange(18, 60),
            is_special_training=kind in (SessionKind.SPECIAL_CLASS, SessionKind.SPECIAL_TRAINING),
            has_emergency_course=kind == SessionKind.SPECIAL_CLASS
            or (kind == SessionKind.SPECIAL_TRAINING and random.random() < 0.6),
        )
        ledger.post_session(facts=facts, now=min(end_of(held_on) + timedelta(days=2), now), certified_by=certifier)
    for year in (first_year, first_year + 1):
        for kind, planned in ((SessionKind.PRE_MEETING, 6), (SessionKind.LECTURE, 3), (SessionKind.SPECIAL_CLASS, 2)):
            BodyPlan.objects.create(unit=district, year=year, kind=kind, planned=planned)


def seed_attainments(*, random: Random, officers: list[Officer], certifier, first_year: int) -> None:
    """A fifth of the officers hold the legal qualification, a quarter have read law, some both."""
    kinds = {k.code: k for k in AttainmentKind.objects.filter(code__in=["LEGAL_QUALIFICATION", "LEGAL_BACKGROUND"])}
    titles = {"LEGAL_QUALIFICATION": "法律职业资格（A类）", "LEGAL_BACKGROUND": "法学本科"}
    batch = []
    for officer in officers:
        for code, share in (("LEGAL_QUALIFICATION", 20), ("LEGAL_BACKGROUND", 25)):
            if random.randrange(100) < share:
                batch.append(
                    Attainment(
                        person_id=officer.person_id,
                        kind=kinds[code],
                        title=titles[code],
                        valid_from=date(first_year - random.randrange(1, 9), 7, 1),
                        origin=f"demo:{code}",
                    )
                )
    ledger.post_attainments(attainments=batch, now=end_of(date(first_year, 1, 10)), certified_by=certifier)


def seed_adjustments(*, random: Random, officers: list[Officer], by, first_year: int, now: datetime) -> None:
    everybody = Person.objects.in_bulk([o.person_id for o in officers])
    reasons = ((AdjustmentReason.MATERNITY, 0), (AdjustmentReason.LONG_SICK, 3000), (AdjustmentReason.NEW_HIRE, 3000))
    for year in (first_year, first_year + 1):
        for officer in random.sample(officers, min(len(officers) // 40 + 1, len(officers))):
            reason, hours = random.choice(reasons)
            adjustments.adjust(
                person=everybody[officer.person_id],
                year=year,
                reason=reason,
                hours=hours,
                document=f"京兴司函〔{year}〕{random.randrange(10, 90)}号",
                approver="区司法局",
                by=by,
                now=min(end_of(date(year, 6, random.randrange(1, 28))), now),
            )


def seed_learner(*, learner, unit: Unit, hr, certifier, first_year: int, now: datetime) -> None:
    """The learner ends the first year at 57.50 of 60, a capped morning among it, and waits for a claim."""
    rows = (
        # month, day, title, category, stated, minutes, half-day
        (1, 16, "政治理论学习", Category.POLITICAL_THEORY, 800, None, ""),
        (2, 20, "政治理论专题班", Category.POLITICAL_THEORY, 800, None, ""),
        (3, 6, "行政处罚法实务专题培训班（上午）", Category.LAW, None, 240, "AM"),
        (3, 20, "党性教育专题党课", Category.PARTY_SPIRIT, 800, None, ""),
        (4, 10, "综合行政执法业务能力提升班", Category.PROFESSIONAL, 800, None, ""),
        (4, 11, "综合行政执法业务能力提升班（二）", Category.PROFESSIONAL, 800, None, ""),
        (5, 15, "政治理论学习（二）", Category.POLITICAL_THEORY, 400, None, ""),
        (5, 22, "行政执法人员集中轮训", Category.LAW, 800, None, ""),
        (6, 5, "习近平法治思想专题学习", Category.XI_RULE_OF_LAW, 400, None, ""),
        (6, 19, "执法文书制作与案卷评查", Category.PROFESSIONAL, 600, None, ""),
        (7, 17, "行政强制法适用难点讲座", Category.LAW, 600, None, ""),
        (9, 11, "安全生产执法检查实训", Category.PROFESSIONAL, 550, None, ""),
        (9, 24, "行政复议法修订要点", Category.LAW, 600, None, ""),
        (10, 16, "个人信息保护与执法取证", Category.LAW, 600, None, ""),
    )
    today = day_of(now)
    for year in (first_year, first_year + 1):
        lines = [
            HoursLine(
                person=learner,
                studied_on=date(year, month, day),
                category=category,
                mode=Mode.CLASS,
                arrangement=Arrangement.ROTATION if "班" in title else Arrangement.DAILY,
                title=title,
                organiser="区司法局",
                stated=stated,
                minutes=minutes,
                half_day=half_day,
                origin=f"demo:learner:{year}{month:02d}{day:02d}",
            )
            for month, day, title, category, stated, minutes, half_day in rows
            if date(year, month, day) < today - timedelta(days=30) and (year == first_year or month < 10)
        ]
        if not lines:
            continue
        entered = min(end_of(date(year, 11, 3)), now - timedelta(days=3))
        batch = registrations.register(
            unit=unit,
            subject=Submission.Subject.HOURS,
            source=Submission.Source.FORM,
            title=f"{year}年执法队培训学时",
            lines=lines,
            by=hr,
            now=entered,
        )
        evidence.attach(submission=batch, kind=Evidence.Kind.NOTICE, name="培训通知.pdf", content=NOTICE, by=hr, now=entered)
        registrations.submit(submission=batch, by=hr, now=entered)
        certification.certify(submission=batch, by=certifier, now=entered + timedelta(days=1))
    claim = registrations.register(
        unit=unit,
        subject=Submission.Subject.HOURS,
        source=Submission.Source.CLAIM,
        title="高校法学公开课",
        lines=[
            HoursLine(
                person=learner,
                studied_on=today - timedelta(days=9),
                category=Category.LAW,
                mode=Mode.LECTURE,
                title="高校法学公开课",
                organiser="政法大学",
                stated=200,
                origin="demo:learner:claim",
            )
        ],
        by=learner,
        now=now - timedelta(days=2),
    )
    evidence.attach(
        submission=claim,
        kind=Evidence.Kind.CERTIFICATE,
        name="结业证明.pdf",
        content=NOTICE,
        by=learner,
        now=now - timedelta(days=2),
    )
    registrations.submit(submission=claim, by=learner, now=now - timedelta(days=2))


def seed_open_matters(*, unit: Unit, hr, certifier, now: datetime) -> None:
    """What an HR officer finds in the morning: a batch of which one line came back, an adjustment in force, one that waits."""
    here = Posting.objects.current().filter(unit__path__startswith=unit.path, is_main=True)
    officers = list(
        Person.objects.filter(pk__in=here.values("person"), holdings__category=StaffCategory.ENFORCEMENT_OFFICER)
        .filter(staff_no__startswith="DX")  # the accounts keep figures of their own
        .exclude(adjustments__isnull=False)
        .distinct()
        .order_by("pk")[:6]
    )
    if not officers:  # a district of a hundred people leaves many units empty
        return
    _return_one_line(unit, officers[2:] or officers, hr, certifier, now - timedelta(days=5))
    year = day_of(now).year
    matters = ((AdjustmentReason.LONG_SICK, 3000, True), (AdjustmentReason.MATERNITY, 0, False))
    for officer, (reason, hours, is_confirmed) in zip(officers, matters, strict=False):
        row = adjustments.adjust(
            person=officer,
            year=year,
            reason=reason,
            hours=hours,
            document=f"黄政人字〔{year}〕{12 + hours // 1000}号",
            approver="镇党委组织委员",
            by=hr,
            now=now - timedelta(days=4),
        )
        if is_confirmed:
            adjustments.confirm(adjustment=row, by=certifier, now=now - timedelta(days=3))


def _return_one_line(unit: Unit, people: list[Person], hr, certifier, at: datetime) -> None:
    lines = [
        HoursLine(
            person=person,
            studied_on=day_of(at) - timedelta(days=3),
            category=Category.PROFESSIONAL,
            mode=Mode.CLASS,
            title="冬季安全检查执法实训",
            organiser=unit.name,
            stated=300,
            origin="demo:returned",
        )
        for person in people
    ]
    facts = {"unit": unit, "subject": Submission.Subject.HOURS, "source": Submission.Source.FORM}
    batch = registrations.register(**facts, title="冬季安全检查执法实训", lines=lines, by=hr, now=at)
    evidence.attach(submission=batch, kind=Evidence.Kind.SIGN_IN, name="签到表.pdf", content=NOTICE, by=hr, now=at)
    registrations.submit(submission=batch, by=hr, now=at)
    missing = batch.hours_lines.order_by("pk").last()
    certification.certify(
        submission=batch, by=certifier, now=at + timedelta(hours=20), except_lines=[missing.pk], reason="签到表上没有此人"
    )
