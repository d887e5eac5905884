"""The report of the year before, for the demo district: accepted, with a late entry behind it."""

from datetime import date, datetime, timedelta

from reports import lifecycle
from training import certification, evidence, registrations
from training.demo.study import NOTICE
from training.models import Category, Evidence, HoursLine, Mode, Person, Posting, Role, RoleName, Submission
from training.periods import Period, end_of


def seed_reports(*, district: Person, first_year: int, now: datetime) -> None:
    """The first HR officer's unit reported the first year, and its ledger differs since; the others have yet to report."""
    role = Role.objects.filter(role=RoleName.HR).select_related("person", "unit").order_by("pk").first()
    handed_in = min(end_of(date(first_year + 1, 1, 24)), now - timedelta(days=2))
    report = lifecycle.report_of(unit=role.unit, period=Period(first_year))
    lifecycle.submit(report=report, by=role.person, now=handed_in, scan=NOTICE, scan_name="盖章报告.pdf")
    lifecycle.accept(report=report, by=district, now=handed_in + timedelta(hours=20))
    _enter_late(role, district, first_year, handed_in + timedelta(hours=30))


def _enter_late(role: Role, certifier: Person, year: int, at: datetime) -> None:
    serving = Posting.objects.current().filter(is_main=True, unit__path__startswith=role.unit.path, started_on__year__lt=year)
    people = Person.objects.filter(pk__in=serving.values("person"), holdings__category="enforcement_officer").order_by("pk")
    people = people.filter(staff_no__startswith="DX").distinct()[:2]  # the accounts keep figures of their own
    if not people:
        return
    lines = [
        HoursLine(
            person=person,
            studied_on=date(year, 11, 20),
            category=Category.LAW,
            mode=Mode.CLASS,
            title="行政执法案卷评查培训",
            organiser="区司法局",
            stated=400,
            origin=f"demo:late:{year}",
        )
        for person in people
    ]
    batch = registrations.register(
        unit=role.unit,
        subject=Submission.Subject.HOURS,
        source=Submission.Source.FORM,
        title="行政执法案卷评查培训（补登）",
        lines=lines,
        by=role.person,
        now=at,
        late_reason="签到表遗漏，年底核对时发现",
        late_document=f"京兴司函〔{year + 1}〕8号",
        late_approver="区司法局分管领导",
    )
    evidence.attach(submission=batch, kind=Evidence.Kind.SIGN_IN, name="签到表.pdf", content=NOTICE, by=role.person, now=at)
    registrations.submit(submission=batch, by=role.person, now=at)
    certification.certify(submission=batch, by=certifier, now=at + timedelta(hours=2))
