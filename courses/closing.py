"""Closing a class: attendance becomes credit, once; the class becomes a counted session of the unit, by a second feed of its own.

Hours go through `training` as one batch of the organiser's unit, a line for each attendee, timetable item and day, with the evidence.
Another batch carries the counted session. Neither knows the other; the ledger recognises an event that was registered before.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from fractions import Fraction

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses import sessions
from courses.enrolment import absence_limit
from courses.models import Attendance, EnrolmentState, Offering, OfferingState, TimetableItem
from courses.offerings import has_emergency_law, locked, needs_emergency_law
from training import access, audit, certification, evidence, ledger, registrations
from training.errors import BadInput, EvidenceMissing, NotAllowed, WrongState
from training.models import HoursLine, LineState, SessionLine, StudyRecord, Submission
from training.submissions import said_late


def origin_of(item: TimetableItem) -> str:
    return f"courses.item:{item.pk}"


# --- what an item is worth, from the clock


@dataclass(frozen=True, slots=True)
class Part:
    """The part of an item that lies on one day."""

    number: int
    day: date
    minutes: int
    half_day: str


def parts_of(item: TimetableItem) -> list[Part]:
    """The item split at midnight of the district's clock: 31 December and 1 January are two years.

    A part that ends by 13:00 is of the morning, one from 12:00 to 18:00 of the afternoon; any other is of no half-day.
    """
    found, start, end = [], timezone.localtime(item.starts_at), timezone.localtime(item.ends_at)
    while start < end:
        midnight = datetime.combine(start.date() + timedelta(days=1), time.min, start.tzinfo)
        stop = min(end, midnight)
        found.append(Part(len(found) + 1, start.date(), int((stop - start).total_seconds()) // 60, _half_day(start, stop)))
        start = stop
    return found


def _half_day(start: datetime, stop: datetime) -> str:
    if stop.date() != start.date():
        return ""
    if start.time() < time(12) and stop.time() <= time(13):
        return "AM"
    return "PM" if start.time() >= time(12) and stop.time() <= time(18) else ""


# --- closing


@dataclass(frozen=True, slots=True)
class Standing:
    """What closing would make of one person."""

    enrolment: object
    attended: tuple[TimetableItem, ...]
    minutes: int
    total: int
    is_completed: bool

    @property
    def missed(self) -> int:
        return self.total - self.minutes


def standings(offering: Offering) -> list[Standing]:
    """Everybody enrolled, what they attended, whether that completes the class. Three queries."""
    items = list(offering.items.filter(cancelled_at=None))
    total = sum(item.minutes for item in items)
    here = defaultdict(set)
    for person, item in Attendance.objects.filter(item__in=items, revoked_at=None).values_list("person_id", "item_id"):
        here[person].add(item)
    limit = absence_limit()
    found = []
    enrolled = offering.enrolments.filter(state__in=[EnrolmentState.ENROLLED, EnrolmentState.COMPLETED, EnrolmentState.FAILED])
    for enrolment in enrolled.select_related("person").order_by("person__name", "person"):
        attended = tuple(item for item in items if item.pk in here[enrolment.person_id])
        minutes = sum(item.minutes for item in attended)
        is_completed = bool(attended) and (not offering.is_off_job or Fraction(total - minutes, total) <= limit)
        found.append(Standing(enrolment, attended, minutes, total, is_completed))
    return found


@transaction.atomic
def close(
    *,
    offering: Offering,
    by,
    now: datetime,
    proofs: Sequence[tuple[str, str, bytes]] = (),
    without_emergency_reason: str = "",
    minutes_reference: str | None = None,
    late: registrations.Late | None = None,
) -> Offering:
    """Close a class that is over: who completed it is credited what they attended, who missed too much is not.

    `proofs` are (kind, file name, content). Special training that was held without an emergency-law item closes with a reason;
    its hours are posted all the same. A planned session that was this class is filed by it. The number of queries does not
    depend on the people.

    Raises WrongState before its end or when it is closed, BadInput, EvidenceMissing, PeriodLocked unless `late`.
    Source: items 14 and 31 of the opinion of 2022.
    """
    access.require(by, "run_classes", offering.unit)
    late = late or registrations.Late()
    offering = locked(offering, OfferingState.APPROVED)
    items = list(offering.items.filter(cancelled_at=None).select_related("lecturer"))
    ends_at = max(item.ends_at for item in items)
    if now < ends_at:
        said = f"{timezone.localtime(ends_at):%Y-%m-%d %H:%M}"
        raise WrongState(_("The class ends at %(time)s: it is closed after that."), time=said)
    has_emergency = has_emergency_law(offering)
    if needs_emergency_law(offering) and not has_emergency and not without_emergency_reason.strip():
        raise BadInput(_("This special training has no emergency-law item: state why it was held all the same."))
    if minutes_reference is not None:
        offering.minutes_reference = minutes_reference.strip()
    if not has_emergency and needs_emergency_law(offering):
        offering.held_without_reason = without_emergency_reason.strip()[:300]
    found = standings(offering)
    completed = [s for s in found if s.is_completed]
    if completed and not proofs:
        raise EvidenceMissing()
    if completed:
        batch = _enter(offering, Submission.Subject.HOURS, _hours_lines(offering, completed), proofs, late, by, now)
        attended = Attendance.objects.filter(item__in=items, revoked_at=None)
        attended.filter(person__in=[s.enrolment.person_id for s in completed]).update(submission=batch)
    if offering.counted_as:
        line = _session_line(offering, items, has_emergency, sum(1 for s in found if s.attended))
        offering.session_submission = _enter(offering, Submission.Subject.SESSIONS, [line], proofs, late, by, now)
        sessions.file_by_class(line=line, batch=offering.session_submission, offering=offering, by=by, now=now)
    enrolled = offering.enrolments.filter(state=EnrolmentState.ENROLLED)
    enrolled.filter(person__in=[s.enrolment.person_id for s in completed]).update(state=EnrolmentState.COMPLETED, ended_at=now)
    offering.enrolments.filter(state=EnrolmentState.ENROLLED).update(state=EnrolmentState.FAILED, ended_at=now)
    offering.enrolments.filter(state=EnrolmentState.WAITING).update(state=EnrolmentState.CANCELLED, ended_at=now)
    offering.state, offering.closed_by, offering.closed_at = OfferingState.CLOSED, by, now
    offering.save()
    audit.record(
        actor=by,
        act="close_class",
        subject=f"offering:{offering.pk}",
        unit=offering.unit,
        now=now,
        facts={"completed": len(completed), "enrolled": len(found), "without_emergency_law": offering.held_without_reason},
    )
    return offering


def _hours_lines(offering: Offering, completed: Sequence[Standing]) -> list[HoursLine]:
    parts: dict[int, list[Part]] = {}
    lines = []
    for standing in completed:
        for item in standing.attended:
            if item.pk not in parts:
                parts[item.pk] = parts_of(item)
            for part in parts[item.pk]:
                lines.append(
                    HoursLine(
                        person_id=standing.enrolment.person_id,
                        studied_on=part.day,
                        category=item.category,
                        mode=item.mode,
                        # a class is one occasion, however many items it has
                        arrangement=offering.arrangement if item == standing.attended[0] else "",
                        title=f"{offering.title}：{item.title}"[:200],
                        organiser=offering.unit.name[:120],
                        minutes=part.minutes,
                        half_day=part.half_day,
                        part=part.number,
                        origin=origin_of(item),
                    )
                )
    return lines


def _session_line(offering: Offering, items: Sequence[TimetableItem], has_emergency: bool, participants: int) -> SessionLine:
    first = min(timezone.localtime(item.starts_at).date() for item in items)
    last = max(parts_of(item)[-1].day for item in items)
    title = offering.title if offering.period_no is None else f"{offering.title}（第{offering.period_no}期）"
    return SessionLine(
        unit=offering.unit,
        kind=offering.counted_as,
        held_on=first,
        ended_on=last if last != first else None,
        title=title[:200],
        reference=offering.minutes_reference,
        topics=[item.title for item in items][:50],
        lecturer="、".join(dict.fromkeys(item.lecturer.name for item in items if item.lecturer))[:120],
        minutes=sum(item.minutes for item in items),
        participants=participants,
        is_special_training=offering.is_special_training,
        has_emergency_course=has_emergency,
        origin=offering.origin,
    )


def _enter(offering: Offering, subject: str, lines, proofs, late: registrations.Late, by, now: datetime) -> Submission:
    batch = registrations.register(
        unit=offering.unit,
        subject=subject,
        source=Submission.Source.CLASS,
        title=offering.title,
        lines=lines,
        by=by,
        now=now,
        **late.facts(),
    )
    for kind, name, content in proofs:
        evidence.attach(submission=batch, kind=kind, name=name, content=content, by=by, now=now)
    batch = registrations.submit(submission=batch, by=by, now=now)
    if settings.CLASS_CREDIT == "certified" and proofs:
        certification.certify(submission=batch, by=None, now=now)
    return batch


# --- taking an attendance back


@transaction.atomic
def revoke(
    *, attendance: Attendance, reason: str, by, now: datetime, late_document: str = "", late_approver: str = ""
) -> Attendance:
    """Take back that somebody was there. What it earned is reversed; a line that still waits is withdrawn.

    The organiser may while the class is open; once it is closed, whoever may reverse hours. Nobody revokes their own. In a
    period that is reported already it takes a document and an approver. Raises BadInput, NotAllowed, PeriodLocked.
    """
    attendance = Attendance.objects.select_for_update(of=["self"]).select_related("item__offering__unit").get(pk=attendance.pk)
    offering = attendance.item.offering
    is_closed = offering.state == OfferingState.CLOSED
    access.require(by, "reverse" if is_closed else "run_classes", offering.unit)
    if attendance.person_id == by.pk:
        raise NotAllowed(_("Nobody decides on their own matter."))
    if attendance.revoked_at is not None:
        return attendance
    if not reason.strip():
        raise BadInput(_("State why the attendance is revoked."))
    reason, late = said_late(reason, late_document, late_approver)
    attendance.revoked_at, attendance.revoked_by, attendance.revoked_reason = now, by, reason[:300]
    attendance.save(update_fields=["revoked_at", "revoked_by", "revoked_reason"])
    if is_closed:
        _take_back(offering, attendance, reason, by, now, late)
    facts = {"item": attendance.item_id, "person": attendance.person_id, "reason": reason[:300]}
    audit.record(actor=by, act="revoke_attendance", subject=f"offering:{offering.pk}", unit=offering.unit, now=now, facts=facts)
    return attendance


def _take_back(offering: Offering, attendance: Attendance, reason: str, by, now: datetime, late: bool) -> None:
    """The credit of this item; of every item, where the person no longer completes the class."""
    mine = next((s for s in standings(offering) if s.enrolment.person_id == attendance.person_id), None)
    origins = [origin_of(attendance.item)]
    if mine is None or not mine.is_completed:
        origins = [origin_of(item) for item in offering.items.all()]
        offering.enrolments.filter(person=attendance.person_id).update(state=EnrolmentState.FAILED, reason=reason.strip()[:300])
    waiting = HoursLine.objects.filter(person=attendance.person_id, origin__in=origins, state=LineState.PENDING)
    waiting.update(state=LineState.REVOKED, note=reason.strip()[:300])
    posted = list(StudyRecord.objects.standing().filter(person=attendance.person_id, origin__in=origins))
    if posted:
        ledger.reverse_all(records=posted, reason=reason, by=by, now=now, late=late)
