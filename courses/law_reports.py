"""Year-end reports on law (item 41) and duty reports of town heads (item 39): who owes one, who handed it in, what was said of it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from courses.models import LawReport
from training import access, audit, evidence, registrations
from training.bodies import Bodies
from training.errors import AlreadyRegistered, BadInput
from training.models import Evidence, SessionKind, SessionLine, Submission, Unit
from training.periods import day_of

# kind -> the offices that each owe one
OFFICES = {
    SessionKind.YEAR_END_LAW_REPORT: (LawReport.Office.MAIN_LEADER,),
    SessionKind.TOWN_DUTY_REPORT: (LawReport.Office.PARTY_HEAD, LawReport.Office.GOVERNMENT_HEAD),
}


@dataclass(frozen=True, slots=True)
class Owed:
    """One report that an office of a unit owes for a year, and what was handed in of it."""

    unit: Unit
    kind: str
    office: str
    report: LawReport | None

    @property
    def kind_label(self):
        return SessionKind(self.kind).label

    @property
    def office_label(self):
        return LawReport.Office(self.office).label


def owed(*, found: Bodies, reports: Iterable[LawReport]) -> list[Owed]:
    """Every report that the year's requirements ask of the units assessed, missing ones first. No query.

    `reports` are those of the year. A report that nobody owes is listed as well: it was handed in.
    """
    handed = {(report.unit_id, report.kind, report.office): report for report in reports}
    rows = []
    for standing in found.standings:
        for office in OFFICES.get(standing.kind, ()):
            rows.append(Owed(standing.unit, standing.kind, office, handed.pop((standing.unit.pk, standing.kind, office), None)))
    rows += [Owed(report.unit, report.kind, report.office, report) for report in handed.values()]
    return sorted(rows, key=lambda row: (row.report is not None, row.kind, row.unit.path, row.office))


@transaction.atomic
def hand_in(
    *,
    unit: Unit,
    year: int,
    kind: str,
    office: str,
    reporter: str,
    form: str,
    reported_on: date,
    name: str,
    content: bytes,
    late: registrations.Late,
    by,
    now: datetime,
) -> LawReport:
    """Keep the report and register it as the session it is, its file as the evidence.

    Raises NotAllowed, BadInput (a day in the future or of another year, an office that gives no such report, an unusable
    file), AlreadyRegistered, PeriodLocked.
    """
    access.require(by, "plan_sessions", unit)
    if office not in OFFICES.get(kind, ()):
        raise BadInput(_("This office gives no such report."))
    if not reporter.strip():
        raise BadInput(_("State who reported."))
    if reported_on > day_of(now):
        raise BadInput(_("%(date)s lies in the future."), date=reported_on.isoformat())
    if reported_on.year not in (year, year + 1):
        raise BadInput(_("A report is given in its year or in the next."))
    _media_type, suffix = evidence.accepted(content)
    report = LawReport(
        unit=unit,
        year=year,
        kind=kind,
        office=office,
        reporter=reporter.strip()[:80],
        form=form,
        reported_on=reported_on,
        file_name=evidence.plain_name(name, suffix),
        handed_in_by=by,
        handed_in_at=now,
    )
    try:
        with transaction.atomic():
            report.file.save(f"{hashlib.sha256(content).hexdigest()[:32]}{suffix}", ContentFile(content), save=True)
    except IntegrityError as error:
        if "unique" not in str(error).lower():
            raise
        raise AlreadyRegistered() from error
    report.submission = registrations.enter(
        lines=[_line_of(report)],
        unit=unit,
        subject=Submission.Subject.SESSIONS,
        title=f"{unit.name} {year} {SessionKind(kind).label}",
        proof=(Evidence.Kind.OTHER, name, content),
        late=late,
        by=by,
        now=now,
    )
    report.save(update_fields=["submission"])
    audit.record(actor=by, act="hand_in_report", subject=f"law_report:{report.pk}", unit=unit, now=now)
    return report


def _line_of(report: LawReport) -> SessionLine:
    """A report counts for the year it is about: one given in the next year stands on the last day of its own."""
    return SessionLine(
        unit=report.unit,
        kind=report.kind,
        held_on=min(report.reported_on, date(report.year, 12, 31)),
        title=f"{SessionKind(report.kind).label}（{report.get_office_display()}）",
        lecturer=report.reporter,
        event=f"courses.law_report:{report.pk}",
        origin=f"courses.law_report:{report.pk}",
    )


@transaction.atomic
def comment(*, report: LawReport, comments: str, by, now: datetime) -> LawReport:
    """What the bureau says of a report. Raises NotAllowed, BadInput for nothing said."""
    access.require(by, "review_sessions", report.unit)
    if not comments.strip():
        raise BadInput(_("There is nothing to say yet."))
    report.comments, report.commented_by, report.commented_at = comments.strip(), by, now
    report.save(update_fields=["comments", "commented_by", "commented_at"])
    audit.record(actor=by, act="comment_report", subject=f"law_report:{report.pk}", unit=report.unit, now=now)
    return report
