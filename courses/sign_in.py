"""Signing in at a class: the code on the screen that changes, who stands at the door, what the organiser marks by hand.

The code is signed by the server with a secret of the timetable item and the step of the clock, so that one of another item, of
another quarter of a minute or of somebody's own making opens nothing. Nobody is asked for a password at the door.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.errors import CodeExpired, CodeRefused, NotEnrolled, SignInClosed, TooManyTries
from courses.models import Attendance, Enrolment, EnrolmentState, Offering, OfferingState, TimetableItem
from courses.offerings import HELD, LONGEST, RUNNING, locked
from training import access, audit
from training.crypto import unseal
from training.errors import BadInput, WrongState
from training.models import Person

STEP = 15  # seconds that a code is shown; it is good for one step more
TICKET_SECONDS = 600  # to type a name after scanning
TRIES = 10  # wrong ones from one device in ten minutes
TRIES_OF_ADDRESS = 200  # a hall stands behind one address
DEVICE = "device"  # the cookie that tells phones apart

Source = Attendance.Source


# --- the code on the screen


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen of a room shows now: the part of the address under the picture, the digits, seconds until the next."""

    code: str
    digits: str
    seconds_left: int


def _mac(item: TimetableItem, step: int, purpose: str) -> str:
    key = hashlib.sha256(f"{settings.SECRET_KEY}/{item.sign_in_key}".encode()).digest()
    return hmac.new(key, f"{purpose}:{item.pk}:{step}".encode(), hashlib.sha256).hexdigest()


def _digits(item: TimetableItem, step: int) -> str:
    return f"{int(_mac(item, step, 'digits')[:15], 16) % 1_000_000:06d}"


def shown(item: TimetableItem, *, now: datetime) -> Shown:
    seconds = int(now.timestamp())
    step = seconds // STEP
    return Shown(f"{step}-{_mac(item, step, 'code')[:24]}", _digits(item, step), STEP - seconds % STEP)


def check_code(item: TimetableItem, code: str, *, now: datetime) -> None:
    """Raises CodeRefused for a code of another item or of somebody's own making, CodeExpired for an old one."""
    text, _dash, mac = code.partition("-")
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        raise CodeRefused()
    if not hmac.compare_digest(mac.encode(), _mac(item, int(text), "code")[:24].encode()):
        raise CodeRefused()
    if not 0 <= int(now.timestamp()) // STEP - int(text) <= 1:
        raise CodeExpired(seconds=STEP)


def item_of_digits(digits: str, *, device: str, address: str, now: datetime) -> TimetableItem:
    """The item whose screen shows these digits now. Raises CodeRefused, TooManyTries."""
    refuse_guessing(device, address)
    digits = "".join(c for c in digits if c.isdigit())
    step = int(now.timestamp()) // STEP
    if len(digits) == 6:
        for item in open_items(now=now):
            if any(hmac.compare_digest(digits.encode(), _digits(item, s).encode()) for s in (step, step - 1)):
                return item
    note_wrong_try(device, address)
    raise CodeRefused()


def window(item: TimetableItem) -> tuple[datetime, datetime]:
    return item.starts_at - timedelta(minutes=settings.SIGN_IN_OPENS_MINUTES), item.ends_at


def open_items(*, now: datetime) -> list[TimetableItem]:
    """Items of approved classes that may be signed in to now. One query."""
    opens = timedelta(minutes=settings.SIGN_IN_OPENS_MINUTES)
    rows = TimetableItem.objects.filter(
        cancelled_at=None, offering__state=OfferingState.APPROVED, starts_at__lte=now + opens, starts_at__gt=now - LONGEST
    )
    return [item for item in rows.select_related("offering__unit") if now <= item.ends_at]


def refuse_outside_window(item: TimetableItem, *, now: datetime) -> None:
    """Raises WrongState unless the class is approved, SignInClosed outside the window of the item."""
    if item.offering.state != OfferingState.APPROVED or item.cancelled_at is not None:
        raise WrongState(_("This class is not open for sign-in."))
    opens, closes = window(item)
    if not opens <= now <= closes:
        said = {"from": timezone.localtime(opens), "until": timezone.localtime(closes)}
        raise SignInClosed(item=item.title, **{name: f"{value:%m-%d %H:%M}" for name, value in said.items()})


# --- the phone


def new_device() -> str:
    return secrets.token_urlsafe(24)


def device_digest(device: str) -> str:
    return hashlib.sha256(device.encode()).hexdigest()


def ticket(item: TimetableItem, *, device: str, source: str) -> str:
    """That this device has just scanned a good code: good for a few minutes, and on this device alone."""
    return signing.dumps([item.pk, device_digest(device), source], salt="courses.sign_in")


def redeem(text: str, *, device: str) -> tuple[int, str]:
    """(item, source) of a ticket. Raises CodeExpired for an old one, CodeRefused for a forged one or another device's."""
    try:
        item, digest, source = signing.loads(text, salt="courses.sign_in", max_age=TICKET_SECONDS)
    except signing.SignatureExpired as error:
        raise CodeExpired(seconds=STEP) from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise CodeRefused() from error
    if not hmac.compare_digest(digest, device_digest(device)):
        raise CodeRefused()
    return item, source


def _counters(device: str, address: str) -> tuple[tuple[str, int], ...]:
    found = ((f"sign-in-device:{device_digest(device)}", TRIES), (f"sign-in-address:{device_digest(address)}", TRIES_OF_ADDRESS))
    return tuple(pair for pair, value in zip(found, (device, address), strict=True) if value)


def refuse_guessing(device: str, address: str) -> None:
    if any(cache.get(name, 0) >= most for name, most in _counters(device, address)):
        raise TooManyTries()


def note_wrong_try(device: str, address: str) -> None:
    for name, _most in _counters(device, address):
        cache.add(name, 0, 600)
        cache.incr(name)


def identify(offering: Offering, *, name: str, number: str, device: str = "", address: str = "") -> Person:
    """The enrolled person of this name whose staff number is `number`, or whose ID or telephone number ends in these four.

    Raises NotEnrolled, which says neither whether the name nor whether the number was wrong, and TooManyTries.
    """
    refuse_guessing(device, address)
    name, number = "".join(name.split()), number.strip().upper()
    enrolled = Person.objects.filter(enrolments__offering=offering, enrolments__state=EnrolmentState.ENROLLED, name=name)
    found = [p for p in enrolled if number and _answers_to(p, number)]
    if len(found) != 1:
        note_wrong_try(device, address)
        raise NotEnrolled()
    return found[0]


def _answers_to(person: Person, number: str) -> bool:
    if person.staff_no and person.staff_no.upper() == number:
        return True
    if len(number) != 4:
        return False
    return any(unseal(sealed).upper().endswith(number) for sealed in (person.id_number_sealed, person.phone_sealed) if sealed)


def sign_in(
    *, item: TimetableItem, person: Person, source: str, now: datetime, device: str = "", address: str = "", by=None
) -> Attendance:
    """Note that an enrolled person is here. Again it returns the first note. Raises NotEnrolled, SignInClosed, WrongState."""
    refuse_outside_window(item, now=now)
    if not item.offering.enrolments.filter(person=person, state=EnrolmentState.ENROLLED).exists():
        raise NotEnrolled(_("%(name)s is not enrolled in this class. Please ask the organiser."), name=person.name)
    attendance, _made = Attendance.objects.get_or_create(
        item=item,
        person=person,
        defaults={
            "signed_in_at": now,
            "source": source,
            "device": device_digest(device) if device else "",
            "address": address or None,
            "marked_by": by,
        },
    )
    if attendance.revoked_at is not None:
        raise WrongState(_("This attendance was revoked. Please ask the organiser."))
    return attendance


def sign_out(*, item: TimetableItem, person: Person, now: datetime) -> Attendance:
    """Note that a person has left; the last time counts. Raises WrongState for who never signed in, SignInClosed too late."""
    closes = item.ends_at + timedelta(minutes=settings.SIGN_OUT_MINUTES)
    attendance = Attendance.objects.filter(item=item, person=person, revoked_at=None).first()
    if attendance is None:
        raise WrongState(_("You have not signed in yet."))
    if now > closes or item.offering.state != OfferingState.APPROVED:
        opens = window(item)[0]
        said = {"from": timezone.localtime(opens), "until": timezone.localtime(closes)}
        raise SignInClosed(item=item.title, **{name: f"{value:%m-%d %H:%M}" for name, value in said.items()})
    attendance.signed_out_at = max(now, attendance.signed_in_at)  # a clock set back ends nothing before it began
    attendance.save(update_fields=["signed_out_at"])
    return attendance


# --- the organiser


@transaction.atomic
def mark(*, item: TimetableItem, people: Collection[Person], reason: str, by, now: datetime, source: str = Source.MANUAL) -> int:
    """Mark people as present by hand, with the reason; who was not enrolled is enrolled at the door. How many are new.

    The number of queries does not depend on the people.
    """
    offering = locked(item.offering, OfferingState.APPROVED)
    access.require(by, "run_classes", offering.unit)
    if not reason.strip():
        raise BadInput(_("State why the attendance is marked by hand."))
    if now < window(item)[0]:
        raise WrongState(_("“%(item)s” has not begun yet."), item=item.title)
    people = {p.pk: p for p in people}
    _refuse_own_mark(people, by)
    enrolled = {e.person_id: e for e in offering.enrolments.filter(person__in=people)}
    door = [
        Enrolment(
            offering=offering,
            person_id=pk,
            state=EnrolmentState.ENROLLED,
            source=Enrolment.Source.DOOR,
            enrolled_by=by,
            enrolled_at=now,
        )
        for pk in people
        if pk not in enrolled
    ]
    Enrolment.objects.bulk_create(door, batch_size=2000)
    back = [e.pk for e in enrolled.values() if e.state in (EnrolmentState.WAITING, EnrolmentState.CANCELLED)]
    Enrolment.objects.filter(pk__in=back).update(
        state=EnrolmentState.ENROLLED, source=Enrolment.Source.DOOR, enrolled_by=by, ended_at=None, reason=""
    )
    known = {a.person_id: a for a in item.attendances.filter(person__in=people)}
    fresh = [
        Attendance(item=item, person_id=pk, signed_in_at=now, source=source, marked_by=by, reason=reason.strip()[:300])
        for pk in people
        if pk not in known
    ]
    Attendance.objects.bulk_create(fresh, batch_size=2000)
    revoked = [a.pk for a in known.values() if a.revoked_at is not None]
    Attendance.objects.filter(pk__in=revoked).update(
        revoked_at=None, revoked_by=None, revoked_reason="", marked_by=by, reason=reason.strip()[:300], source=source
    )
    count = len(fresh) + len(revoked)
    facts = {"item": item.pk, "people": count, "reason": reason.strip()[:300], "source": source}
    audit.record(actor=by, act="mark_attendance", subject=f"offering:{offering.pk}", unit=offering.unit, now=now, facts=facts)
    return count


def _refuse_own_mark(people: Iterable[int], by) -> None:
    if by.pk in people:
        raise BadInput(_("Nobody marks themselves as present: sign in with the code, or ask a colleague."))


# --- what the organiser sees


@dataclass(frozen=True, slots=True)
class Seat:
    """A row of the live list: the enrolment, the attendance if there is one, and what stands out about it."""

    enrolment: Enrolment
    attendance: Attendance | None
    shares_device: bool
    elsewhere: tuple[str, ...]


def live(item: TimetableItem) -> list[Seat]:
    """Everybody enrolled, whether they are here, whose device signed in others too, who is elsewhere as well. Four queries."""
    enrolments = item.offering.enrolments.filter(state__in=HELD).select_related("person").order_by("person__name", "person")
    here = {a.person_id: a for a in item.attendances.filter(revoked_at=None).select_related("marked_by")}
    shared = set(
        item.attendances.filter(revoked_at=None)
        .exclude(device="")
        .values("device")
        .annotate(people=Count("person"))
        .filter(people__gt=1)
        .values_list("device", flat=True)
    )
    elsewhere = overlaps(item)
    return [
        Seat(e, a := here.get(e.person_id), a is not None and a.device in shared, tuple(elsewhere.get(e.person_id, ())))
        for e in enrolments
    ]


def overlaps(item: TimetableItem) -> dict[int, list[str]]:
    """By person who is here: the titles of other classes that they attended at the same time. One query."""
    others = Attendance.objects.filter(
        revoked_at=None,
        item__starts_at__lt=item.ends_at,
        item__starts_at__gt=item.starts_at - LONGEST,
        item__offering__state__in=RUNNING,
        person__in=item.attendances.filter(revoked_at=None).values("person"),
    ).exclude(item=item)
    found: dict[int, list[str]] = {}
    for other in others.select_related("item__offering"):
        if other.item.ends_at > item.starts_at:
            found.setdefault(other.person_id, []).append(f"{other.item.offering.title} · {other.item.title}")
    return found
