"""Who takes a class: enrolled by HR, by audience or by oneself; seats, the waiting list, leave before the class."""

from collections.abc import Collection, Iterable
from datetime import datetime
from fractions import Fraction

from django.conf import settings
from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from courses.errors import EnrolmentClosed
from courses.models import Enrolment, EnrolmentState, LeaveRequest, LeaveState, Offering, OfferingState, TimetableItem
from courses.offerings import locked
from training import access, audit
from training.errors import BadInput, NotAllowed, WrongState
from training.models import Person

TAKING = (EnrolmentState.ENROLLED, EnrolmentState.WAITING)


def absence_limit() -> Fraction:
    """The share of an off-job class that may be missed; more fails it."""
    return Fraction(settings.ABSENCE_LIMIT)


@transaction.atomic
def enrol(*, offering: Offering, people: Iterable[Person], source: str, by, now: datetime) -> list[Enrolment]:
    """Enrol people in the order given; whoever finds no seat waits. Who is enrolled or waits already stays as they are.

    The number of queries does not depend on the people. Raises WrongState for a class that is over.
    """
    access.require(by, "run_classes", offering.unit)
    offering = locked(offering, OfferingState.PLANNED, OfferingState.APPROVED)
    people = list(people)
    outside = {p.pk for p in people} - set(
        Person.objects.visible_to(by).filter(pk__in=[p.pk for p in people]).values_list("pk", flat=True)
    )
    if outside:
        raise NotAllowed(_("A person outside your responsibility cannot be enrolled."))
    found = _seat(offering, people, source, by, now)
    facts = {"people": len(found), "source": source}
    audit.record(actor=by, act="enrol", subject=f"offering:{offering.pk}", unit=offering.unit, now=now, facts=facts)
    return found


def audience(*, by, unit, now: datetime, category: str = "", post_level: str = ""):
    """Active people who serve in a subtree today, narrowed by staff category and post level; only those one may see."""
    from_postings = {"postings__superseded_at": None, "postings__ended_on": None, "postings__unit__path__startswith": unit.path}
    if post_level:
        from_postings["postings__post_level"] = post_level
    people = Person.objects.visible_to(by).filter(is_active=True).filter(**from_postings)
    if category:
        people = people.filter(holdings__superseded_at=None, holdings__ended_on=None, holdings__category=category)
    return people.distinct().order_by("pk")


def _seat(offering: Offering, people: Collection[Person], source: str, by, now: datetime) -> list[Enrolment]:
    """Under the lock of the class: seats first, then the waiting list."""
    known = {e.person_id: e for e in offering.enrolments.filter(person__in=people)}
    taken = offering.enrolments.filter(state=EnrolmentState.ENROLLED).count()
    waits = offering.enrolments.filter(state=EnrolmentState.WAITING).exists()
    left = len(people) if offering.capacity is None else 0 if waits else max(offering.capacity - taken, 0)
    fresh, back = [], []
    for person in {p.pk: p for p in people}.values():
        enrolment = known.get(person.pk)
        if enrolment is not None and enrolment.state != EnrolmentState.CANCELLED:
            continue
        state = EnrolmentState.ENROLLED if left > 0 else EnrolmentState.WAITING
        left -= 1
        if enrolment is None:
            enrolment = Enrolment(offering=offering, person=person)
            fresh.append(enrolment)
        else:
            back.append(enrolment)
        enrolment.state, enrolment.source, enrolment.enrolled_by = state, source, by
        enrolment.enrolled_at, enrolment.ended_at, enrolment.reason = now, None, ""
    Enrolment.objects.bulk_create(fresh, batch_size=2000)
    Enrolment.objects.bulk_update(back, ["state", "source", "enrolled_by", "enrolled_at", "ended_at", "reason"], batch_size=500)
    return fresh + back


@transaction.atomic
def enrol_oneself(*, offering: Offering, person: Person, now: datetime) -> Enrolment:
    """A learner takes a seat, or a place on the waiting list. Repeating it changes nothing. Raises EnrolmentClosed."""
    offering = locked(offering)
    if not may_enrol(offering, person, now=now):
        raise EnrolmentClosed()
    _seat(offering, [person], Enrolment.Source.SELF, person, now)
    return Enrolment.objects.get(offering=offering, person=person)


def begins_at(offering: Offering) -> datetime | None:
    return offering.items.filter(cancelled_at=None).aggregate(first=Min("starts_at"))["first"]


def may_enrol(offering: Offering, person: Person, *, now: datetime) -> bool:
    """Whether the learner may enrol now: approved, open to them, before the last day and before it begins."""
    if offering.state != OfferingState.APPROVED or not offering.is_open:
        return False
    if offering.enrol_until is not None and now > offering.enrol_until:
        return False
    first = begins_at(offering)
    if first is not None and now >= first:
        return False
    postings = person.postings.filter(superseded_at=None, ended_on=None)
    if offering.audience_unit_id and not postings.filter(unit__path__startswith=offering.audience_unit.path).exists():
        return False
    holds = person.holdings.filter(superseded_at=None, ended_on=None, category=offering.audience_category)
    return not offering.audience_category or holds.exists()


@transaction.atomic
def cancel(*, enrolment: Enrolment, by, now: datetime, reason: str = "") -> Enrolment:
    """Give a seat back; the first of the waiting list moves up by itself.

    The person before the class begins, the organiser at any time before it closes, but not who has signed in already.
    """
    offering = locked(enrolment.offering, OfferingState.PLANNED, OfferingState.APPROVED)
    enrolment = Enrolment.objects.get(pk=enrolment.pk)
    if enrolment.state not in TAKING:
        return enrolment
    if enrolment.person_id == by.pk:
        first = begins_at(offering)
        if first is not None and now >= first:
            raise EnrolmentClosed(_("The class has begun: ask the organiser."))
    else:
        access.require(by, "run_classes", offering.unit)
    if enrolment.person.attendances.filter(item__offering=offering, revoked_at=None).exists():
        raise WrongState(_("%(name)s has signed in already and keeps the seat."), name=enrolment.person.name)
    enrolment.state, enrolment.ended_at, enrolment.reason = EnrolmentState.CANCELLED, now, reason.strip()[:300]
    enrolment.save(update_fields=["state", "ended_at", "reason"])
    move_up(offering)
    return enrolment


def move_up(offering: Offering) -> list[Enrolment]:
    """Seat those who wait longest while there are seats. Under the lock of the class."""
    waiting = list(offering.enrolments.filter(state=EnrolmentState.WAITING).order_by("enrolled_at", "pk"))
    if offering.capacity is not None:
        taken = offering.enrolments.filter(state=EnrolmentState.ENROLLED).count()
        waiting = waiting[: max(offering.capacity - taken, 0)]
    Enrolment.objects.filter(pk__in=[e.pk for e in waiting]).update(state=EnrolmentState.ENROLLED)
    return waiting


# --- leave


@transaction.atomic
def ask_leave(*, enrolment: Enrolment, item: TimetableItem, reason: str, by, now: datetime) -> LeaveRequest:
    """Ask to stay away from an item before it begins. Leave granted is still time not attended."""
    if enrolment.person_id != by.pk:
        raise NotAllowed()
    if item.offering_id != enrolment.offering_id or enrolment.state != EnrolmentState.ENROLLED:
        raise WrongState()
    if not reason.strip():
        raise BadInput(_("State the reason of the leave."))
    if now >= item.starts_at:
        raise WrongState(_("“%(item)s” has begun: leave is asked for before."), item=item.title)
    leave, _made = LeaveRequest.objects.get_or_create(
        enrolment=enrolment, item=item, defaults={"reason": reason.strip()[:300], "asked_at": now}
    )
    return leave


@transaction.atomic
def decide_leave(*, leave: LeaveRequest, grant: bool, by, now: datetime, note: str = "") -> LeaveRequest:
    leave = LeaveRequest.objects.select_for_update(of=["self"]).select_related("enrolment__offering__unit").get(pk=leave.pk)
    offering = leave.enrolment.offering
    access.require(by, "run_classes", offering.unit)
    if leave.enrolment.person_id == by.pk:
        raise NotAllowed(_("Nobody decides on their own matter."))
    if leave.state != LeaveState.ASKED:
        raise WrongState()
    if not grant and not note.strip():
        raise BadInput(_("State why the leave is refused."))
    leave.state = LeaveState.GRANTED if grant else LeaveState.REFUSED
    leave.decided_by, leave.decided_at, leave.note = by, now, note.strip()[:300]
    leave.save(update_fields=["state", "decided_by", "decided_at", "note"])
    facts = {"granted": grant}
    audit.record(actor=by, act="decide_leave", subject=f"offering:{offering.pk}", unit=offering.unit, now=now, facts=facts)
    return leave
