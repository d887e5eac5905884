"""Classes: planned with their timetable, approved, changed, cancelled; who and what would be in two places at once."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Min, Q
from django.utils.translation import gettext_lazy as _

from courses.errors import AttendedAlready, EmergencyLawMissing
from courses.models import (
    EMERGENCY_LAW,
    Attendance,
    Enrolment,
    EnrolmentState,
    Lecturer,
    Offering,
    OfferingState,
    Room,
    TimetableItem,
)
from training import access, audit
from training.errors import BadInput, WrongState
from training.models import SessionKind

LONGEST = timedelta(minutes=1440)  # of a timetable item
RUNNING = (OfferingState.PLANNED, OfferingState.APPROVED, OfferingState.CLOSED)
HELD = (EnrolmentState.ENROLLED, EnrolmentState.COMPLETED, EnrolmentState.FAILED)
_FIXED = ("starts_at", "minutes", "category", "mode")  # of an item that somebody has signed in to


def locked(offering: Offering, *states: str) -> Offering:
    """The class as it is, held until the end of the transaction. Raises WrongState outside `states`."""
    found = Offering.objects.select_for_update(of=["self"]).select_related("unit").get(pk=offering.pk)
    if states and found.state not in states:
        raise WrongState(_("The class is %(state)s: this is not possible now."), state=found.get_state_display())
    return found


@transaction.atomic
def plan(*, unit, title: str, by, now: datetime, items: Iterable[dict] = (), **facts) -> Offering:
    """Plan a class with its timetable. Special training and special classes count as such unless something else is said."""
    access.require(by, "run_classes", unit)
    offering = Offering(unit=unit, title=title.strip(), created_by=by, created_at=now, **facts)
    _refuse_unusable(offering)
    offering.save(force_insert=True)
    for item in items:
        _add(offering, item)
    audit.record(actor=by, act="plan_class", subject=f"offering:{offering.pk}", unit=unit, now=now, facts={"title": title})
    return offering


def _refuse_unusable(offering: Offering) -> None:
    if not offering.title:
        raise BadInput(_("The class needs a title."))
    if offering.is_special_class:
        offering.counted_as = SessionKind.SPECIAL_CLASS
    elif offering.is_special_training and not offering.counted_as:
        offering.counted_as = SessionKind.SPECIAL_TRAINING
    if offering.capacity is not None and offering.capacity < 1:
        raise BadInput(_("A class has at least one seat."))
    if offering.period_no is not None:
        same = Offering.objects.filter(unit=offering.unit, title=offering.title, period_no=offering.period_no)
        if same.exclude(pk=offering.pk).exclude(state=OfferingState.CANCELLED).exists():
            raise BadInput(_("Period %(number)s of this class is planned already."), number=offering.period_no)


@transaction.atomic
def change(*, offering: Offering, by, now: datetime, **facts) -> Offering:
    """Change what the class says of itself, not its timetable. Fewer seats than people are refused."""
    access.require(by, "run_classes", offering.unit)
    offering = locked(offering, OfferingState.PLANNED, OfferingState.APPROVED)
    for name, value in facts.items():
        setattr(offering, name, value)
    _refuse_unusable(offering)
    taken = offering.enrolments.filter(state=EnrolmentState.ENROLLED).count()
    if offering.capacity is not None and offering.capacity < taken:
        raise BadInput(_("%(count)s people are enrolled: the class cannot have fewer seats."), count=taken)
    if offering.state == OfferingState.APPROVED:
        _refuse_without_emergency_law(offering)
    offering.save()
    audit.record(actor=by, act="change_class", subject=f"offering:{offering.pk}", unit=offering.unit, now=now)
    return offering


# --- the timetable


def _add(offering: Offering, facts: dict) -> TimetableItem:
    item = TimetableItem(offering=offering, sign_in_key=secrets.token_hex(32), **facts)
    _refuse_item(item)
    item.save(force_insert=True)
    return item


def _refuse_item(item: TimetableItem, before: tuple = ()) -> None:
    """`before` are the lecturer and the room it had: who was on the timetable stays on it after retiring."""
    item.title = item.title.strip()
    if not item.title:
        raise BadInput(_("A timetable item needs a title."))
    if not 0 < item.minutes <= 1440:
        raise BadInput(_("“%(item)s” lasts from 1 to 1440 minutes."), item=item.title)
    for thing in (item.lecturer, item.room):
        if thing is not None and thing.retired_at is not None and thing not in before:
            raise BadInput(_("%(name)s is retired and takes no new classes."), name=str(thing))
    siblings = item.offering.items.filter(cancelled_at=None).exclude(pk=item.pk)
    for other in siblings.filter(starts_at__lt=item.ends_at, starts_at__gt=item.starts_at - LONGEST):
        if other.ends_at > item.starts_at:
            raise BadInput(_("“%(item)s” overlaps “%(other)s” of the same class."), item=item.title, other=other.title)


@transaction.atomic
def add_item(*, offering: Offering, by, now: datetime, **facts) -> TimetableItem:
    access.require(by, "run_classes", offering.unit)
    offering = locked(offering, OfferingState.PLANNED, OfferingState.APPROVED)
    item = _add(offering, facts)
    audit.record(actor=by, act="change_timetable", subject=f"offering:{offering.pk}", unit=offering.unit, now=now)
    return item


@transaction.atomic
def change_item(*, item: TimetableItem, by, now: datetime, **facts) -> TimetableItem:
    """Change an item. Once somebody has signed in, its time, length, category and form stay; the rest may change.

    Raises AttendedAlready, EmergencyLawMissing when an approved special class would lose its last emergency-law item.
    """
    offering = locked(item.offering, OfferingState.PLANNED, OfferingState.APPROVED)
    access.require(by, "run_classes", offering.unit)
    item = TimetableItem.objects.select_for_update(of=["self"]).get(pk=item.pk)  # a sign-in beside us lands before or after
    item.offering = offering
    is_moved = any(name in facts and getattr(item, name) != facts[name] for name in _FIXED)
    if is_moved and item.attendances.filter(revoked_at=None).exists():
        raise AttendedAlready(item=item.title)
    before = (item.lecturer, item.room)
    for name, value in facts.items():
        setattr(item, name, value)
    _refuse_item(item, before=before)
    item.revision += 1
    item.save()
    if offering.state == OfferingState.APPROVED:
        _refuse_without_emergency_law(offering)
    audit.record(actor=by, act="change_timetable", subject=f"offering:{offering.pk}", unit=offering.unit, now=now)
    return item


@transaction.atomic
def cancel_item(*, item: TimetableItem, by, now: datetime) -> TimetableItem:
    """Take an item off the timetable; one that somebody has signed in to stays."""
    offering = locked(item.offering, OfferingState.PLANNED, OfferingState.APPROVED)
    access.require(by, "run_classes", offering.unit)
    item = TimetableItem.objects.select_for_update(of=["self"]).get(pk=item.pk)
    if item.attendances.filter(revoked_at=None).exists():
        raise AttendedAlready(item=item.title)
    item.cancelled_at, item.revision = now, item.revision + 1
    item.save(update_fields=["cancelled_at", "revision"])
    if offering.state == OfferingState.APPROVED:
        _refuse_without_emergency_law(offering)
    audit.record(actor=by, act="change_timetable", subject=f"offering:{offering.pk}", unit=offering.unit, now=now)
    return item


# --- approving and cancelling


def needs_emergency_law(offering: Offering) -> bool:
    """Item 14: special training on administration by law, and the special class of division-level cadres, which is one."""
    return offering.is_special_training or offering.is_special_class


def has_emergency_law(offering: Offering) -> bool:
    return any(EMERGENCY_LAW in tags for tags in offering.items.filter(cancelled_at=None).values_list("tags", flat=True))


def _refuse_without_emergency_law(offering: Offering) -> None:
    if needs_emergency_law(offering) and not has_emergency_law(offering):
        raise EmergencyLawMissing()


@transaction.atomic
def approve(*, offering: Offering, by, now: datetime) -> Offering:
    """Open the class. Raises EmergencyLawMissing for special training without an emergency-law item.

    Source: item 14 of the opinion of 2022.
    """
    access.require(by, "run_classes", offering.unit)
    offering = locked(offering, OfferingState.PLANNED)
    if not offering.items.filter(cancelled_at=None).exists():
        raise BadInput(_("The class has no timetable yet."))
    _refuse_without_emergency_law(offering)
    offering.state, offering.approved_by, offering.approved_at = OfferingState.APPROVED, by, now
    offering.save(update_fields=["state", "approved_by", "approved_at"])
    audit.record(actor=by, act="approve_class", subject=f"offering:{offering.pk}", unit=offering.unit, now=now)
    return offering


@transaction.atomic
def cancel(*, offering: Offering, reason: str, by, now: datetime) -> Offering:
    """Call the class off. One that somebody attended is closed instead, so that nothing earned is lost."""
    access.require(by, "run_classes", offering.unit)
    offering = locked(offering, OfferingState.PLANNED, OfferingState.APPROVED)
    if not reason.strip():
        raise BadInput(_("State why the class is cancelled."))
    if Attendance.objects.filter(item__offering=offering, revoked_at=None).exists():
        raise WrongState(_("People have signed in already: close the class, so that they keep what they attended."))
    offering.state, offering.cancelled_reason = OfferingState.CANCELLED, reason.strip()[:300]
    offering.save(update_fields=["state", "cancelled_reason"])
    offering.enrolments.filter(state__in=[EnrolmentState.ENROLLED, EnrolmentState.WAITING]).update(
        state=EnrolmentState.CANCELLED, ended_at=now, reason=offering.cancelled_reason
    )
    for item in offering.items.all():
        item.revision += 1
        item.save(update_fields=["revision"])
    facts = {"reason": offering.cancelled_reason}
    audit.record(actor=by, act="cancel_class", subject=f"offering:{offering.pk}", unit=offering.unit, now=now, facts=facts)
    return offering


@transaction.atomic
def retire_lecturer(*, lecturer: Lecturer, by, now: datetime) -> Lecturer:
    """A lecturer who left is retired: the classes they gave stay what they were."""
    access.require(by, "run_classes")
    Lecturer.objects.filter(pk=lecturer.pk, retired_at=None).update(retired_at=now)
    audit.record(actor=by, act="retire_lecturer", subject=f"lecturer:{lecturer.pk}", now=now)
    lecturer.refresh_from_db()
    return lecturer


@transaction.atomic
def retire_room(*, room: Room, by, now: datetime) -> Room:
    access.require(by, "run_classes", room.unit)
    Room.objects.filter(pk=room.pk, retired_at=None).update(retired_at=now)
    room.refresh_from_db()
    return room


# --- two places at once


@dataclass(frozen=True, slots=True)
class Conflict:
    """`who` is in two places: at `item`, and at `other` of another class."""

    kind: str
    who: str
    item: TimetableItem
    other: TimetableItem


def conflicts(offering: Offering) -> list[Conflict]:
    """Lecturers, rooms and enrolled people of the class who are elsewhere at the same time. Four queries at most."""
    items = list(offering.items.filter(cancelled_at=None).select_related("lecturer", "room"))
    if not items:
        return []
    first, last = min(i.starts_at for i in items), max(i.ends_at for i in items)
    elsewhere = TimetableItem.objects.filter(
        cancelled_at=None, offering__state__in=RUNNING, starts_at__lt=last, starts_at__gt=first - LONGEST
    ).exclude(offering=offering)
    things = Q(lecturer__in={i.lecturer_id for i in items if i.lecturer_id})
    things |= Q(room__in={i.room_id for i in items if i.room_id})
    found = []
    for other in elsewhere.filter(things).select_related("offering", "lecturer", "room"):
        for item in items:
            if _overlap(item, other):
                if item.lecturer_id and item.lecturer_id == other.lecturer_id:
                    found.append(Conflict("lecturer", item.lecturer.name, item, other))
                if item.room_id and item.room_id == other.room_id:
                    found.append(Conflict("room", item.room.name, item, other))
    mine = offering.enrolments.filter(state__in=HELD).values("person")
    both = Enrolment.objects.filter(person__in=mine, state__in=HELD, offering__in=elsewhere.values("offering"))
    people: dict[int, list] = {}
    for offering_id, name in both.values_list("offering_id", "person__name").order_by("person__name", "person"):
        people.setdefault(offering_id, []).append(name)
    if people:
        for other in elsewhere.filter(offering__in=people).select_related("offering"):
            for item in items:
                if _overlap(item, other):
                    found += [Conflict("person", name, item, other) for name in people[other.offering_id]]
    return found


def _overlap(one: TimetableItem, other: TimetableItem) -> bool:
    return one.starts_at < other.ends_at and other.starts_at < one.ends_at


def upcoming(offerings, *, now: datetime):
    """`offerings` with their first beginning, the next ones first."""
    standing = Q(items__cancelled_at=None)
    return offerings.annotate(
        begins_at=Min("items__starts_at", filter=standing), last_begins_at=Max("items__starts_at", filter=standing)
    ).order_by("begins_at", "pk")
