"""A person's classes by month, and as a feed that calendar programs read under a private address."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from icalendar import Calendar, Event

from courses.models import CalendarKey, EnrolmentState, OfferingState, TimetableItem
from courses.offerings import HELD
from training.models import Person
from training.periods import start_of

SHOWN = (OfferingState.APPROVED, OfferingState.CLOSED)
FEED_DAYS = 400  # back


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


@transaction.atomic
def new_key(*, person: Person, now: datetime) -> str:
    """The secret end of the feed's address, told once. The address before it leads nowhere from now on."""
    key = secrets.token_urlsafe(32)
    CalendarKey.objects.update_or_create(person=person, defaults={"digest": _digest(key), "made_at": now})
    return key


def person_of(key: str) -> Person | None:
    found = CalendarKey.objects.filter(digest=_digest(key), person__is_active=True).select_related("person").first()
    return found.person if found else None


def items_of(person: Person):
    """Timetable items of the classes a person is enrolled in."""
    mine = {"offering__enrolments__person": person, "offering__enrolments__state__in": HELD}
    return TimetableItem.objects.filter(cancelled_at=None, offering__state__in=SHOWN, **mine)


def weeks(month: date, items: Iterable[TimetableItem], day_of) -> list[list[tuple[date, list]]]:
    """The month as rows of seven days from Monday, each with its items."""
    by_day: dict[date, list] = {}
    for item in items:
        by_day.setdefault(day_of(item.starts_at), []).append(item)
    first = month.replace(day=1)
    day = first - timedelta(days=first.weekday())
    rows = []
    while day < first or day.month == first.month:
        rows.append([(day + timedelta(days=n), by_day.get(day + timedelta(days=n), [])) for n in range(7)])
        day += timedelta(days=7)
    return rows


def in_month(items, month: date):
    first = month.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    return items.filter(starts_at__gte=start_of(first), starts_at__lt=start_of(after)).order_by("starts_at", "pk")


def feed(person: Person, *, host: str, name: str, now: datetime) -> bytes:
    """The feed (RFC 5545): instants in UTC, one lasting UID an item, a sequence that rises with each change.

    A class or an item that was called off stays in as cancelled, so that calendars take it out. One query.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{host}//training//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    rows = TimetableItem.objects.filter(
        Q(offering__state__in=SHOWN) | Q(offering__state=OfferingState.CANCELLED),
        offering__enrolments__person=person,
        starts_at__gte=now - timedelta(days=FEED_DAYS),
    ).filter(
        Q(offering__enrolments__state__in=HELD)
        | Q(offering__state=OfferingState.CANCELLED, offering__enrolments__state=EnrolmentState.CANCELLED),
        offering__enrolments__person=person,
    )
    for item in rows.select_related("offering", "room", "lecturer").order_by("starts_at", "pk"):
        is_off = item.cancelled_at is not None or item.offering.state == OfferingState.CANCELLED
        event = Event()
        event.add("uid", f"item-{item.pk}@{host}")
        event.add("dtstamp", now.astimezone(UTC))
        event.add("dtstart", item.starts_at.astimezone(UTC))
        event.add("dtend", item.ends_at.astimezone(UTC))
        event.add("sequence", item.revision)
        event.add("summary", f"{item.offering.title}：{item.title}")
        event.add("status", "CANCELLED" if is_off else "CONFIRMED")
        if where := " ".join(part for part in (item.room.name if item.room else "", item.place) if part):
            event.add("location", where)
        if item.lecturer:
            event.add("description", item.lecturer.name)
        calendar.add_component(event)
    return calendar.to_ical()
