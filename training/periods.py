"""Days, years and reporting periods, and the locks on them. The zone is Asia/Shanghai; the clock is the server's."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from training.errors import BadInput, PeriodLocked
from training.models import PeriodLock, Posting, Unit

KINDS = {"year": 1, "half": 2, "quarter": 4}


@dataclass(frozen=True, slots=True)
class Period:
    """A year, a half-year or a quarter; `number` counts from 1 inside the year."""

    year: int
    kind: str = "year"
    number: int = 1

    def __post_init__(self):
        if self.kind not in KINDS or not 1 <= self.number <= KINDS[self.kind] or not 2000 <= self.year <= 2100:
            raise BadInput(gettext_lazy("There is no such period."))

    @property
    def starts_on(self) -> date:
        return date(self.year, (self.number - 1) * 12 // KINDS[self.kind] + 1, 1)

    @property
    def ends_on(self) -> date:
        month = self.number * 12 // KINDS[self.kind]
        return date(self.year, 12, 31) if month == 12 else date(self.year, month + 1, 1) - timedelta(days=1)

    @property
    def days(self) -> int:
        return (self.ends_on - self.starts_on).days + 1

    @property
    def words(self) -> str:
        """The period in the reader's language, for pages; `label` is its name in documents."""
        if self.kind == "year":
            return _("Year %(year)s") % {"year": self.year}
        if self.kind == "half":
            names = (_("first half of %(year)s"), _("second half of %(year)s"))
        else:
            names = (
                _("first quarter of %(year)s"),
                _("second quarter of %(year)s"),
                _("third quarter of %(year)s"),
                _("fourth quarter of %(year)s"),
            )
        return names[self.number - 1] % {"year": self.year}

    @property
    def label(self) -> str:
        if self.kind == "year":
            return f"{self.year}年度"
        word = {"half": ("上半年", "下半年"), "quarter": ("第一季度", "第二季度", "第三季度", "第四季度")}[self.kind]
        return f"{self.year}年{word[self.number - 1]}"


def day_of(instant: datetime) -> date:
    """The day of an instant in the zone of the district."""
    return timezone.localtime(instant).date()


def start_of(day: date) -> datetime:
    """The first instant of a day in the zone of the district."""
    return timezone.make_aware(datetime.combine(day, time.min))


def end_of(day: date) -> datetime:
    """The last instant of a day in the zone of the district."""
    return timezone.make_aware(datetime.combine(day, time.max))


def parse_as_of(text: str) -> datetime:
    """An instant from `YYYY-MM-DD` (its end) or an ISO date and time. Raises BadInput, also for what lies centuries away."""
    try:
        instant = end_of(date.fromisoformat(text)) if len(text) == 10 else datetime.fromisoformat(text)
        if not 1900 <= instant.year <= 2200:
            raise ValueError(instant.year)
    except ValueError as error:
        raise BadInput(gettext_lazy("“%(text)s” is not a date."), text=text) from error
    return instant if timezone.is_aware(instant) else timezone.make_aware(instant)


@transaction.atomic
def lock(*, unit: Unit, period: Period, origin: str, now: datetime) -> PeriodLock:
    """Lock a unit's period: what is reported is closed to ordinary entries. Locking twice is one lock."""
    found, _created = PeriodLock.objects.get_or_create(
        unit=unit,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        lifted_at=None,
        defaults={"label": period.label, "locked_at": now, "origin": origin},
    )
    return found


def lift(*, unit: Unit, period: Period, now: datetime) -> None:
    """Open a unit's period again, when its report was returned."""
    PeriodLock.objects.filter(unit=unit, starts_on=period.starts_on, ends_on=period.ends_on, lifted_at=None).update(lifted_at=now)


def locked_people(locks: Iterable[PeriodLock], people: Iterable[int]) -> dict[int, list[PeriodLock]]:
    """Which of `people` are counted under which lock: those whose main posting at its end lies in the locked unit."""
    held = defaultdict(list)
    people = set(people)
    for found in locks:
        counted = Posting.objects.deciding_on(found.ends_on).filter(unit__path__startswith=found.unit.path)
        for person_id in counted.values_list("person_id", flat=True):
            if person_id in people:
                held[person_id].append(found)
    return held


def locks_touching(days: Iterable[date]) -> list[PeriodLock]:
    days = set(days)
    if not days:
        return []
    locks = PeriodLock.objects.filter(lifted_at=None, starts_on__lte=max(days), ends_on__gte=min(days))
    return [found for found in locks.select_related("unit") if any(found.starts_on <= d <= found.ends_on for d in days)]


def locked_days(days: Iterable[tuple[int, date]]) -> dict[tuple[int, date], PeriodLock]:
    """Which (person, day) pairs fall into a locked period of the person's unit, and the lock. One query a lock."""
    days = set(days)
    locks = locks_touching(day for _, day in days)
    if not locks:
        return {}
    held = locked_people(locks, {person for person, _ in days})
    return {
        (person_id, day): found
        for person_id, day in days
        for found in held.get(person_id, ())
        if found.starts_on <= day <= found.ends_on
    }


def refuse_locked(*, days: Iterable[tuple[int, date]]) -> None:
    """Raises PeriodLocked if one of the (person, day) pairs falls into a locked period of the person's unit."""
    for found in locked_days(days).values():
        raise PeriodLocked(unit=found.unit.name, period=found.label)


def refuse_locked_unit(*, unit: Unit, day: date) -> None:
    """Raises PeriodLocked if `unit` has reported the period of `day`."""
    for found in locks_touching([day]):
        if unit.path.startswith(found.unit.path):
            raise PeriodLocked(unit=found.unit.name, period=found.label)


def year_sentence(year: int) -> str:
    return _("The district has not opened %(year)s.") % {"year": year}
