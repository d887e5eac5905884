"""What a page is about: unit, period, as-of date and staff category, read from its address, so that any view can be sent as a link."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from training import access, compliance
from training.errors import BadInput
from training.models import StaffCategory, Unit, YearOpening
from training.periods import Period, day_of, parse_as_of

PERIODS = {
    "year": ("year", 1),
    "half1": ("half", 1),
    "half2": ("half", 2),
    "q1": ("quarter", 1),
    "q2": ("quarter", 2),
    "q3": ("quarter", 3),
    "q4": ("quarter", 4),
}


def period_code(period: Period) -> str:
    """The word of the address for a period: `year`, `half1` .. `q4`."""
    return next(code for code, pair in PERIODS.items() if pair == (period.kind, period.number))


@dataclass
class Scope:
    """A unit with everything below it, a period, an instant and perhaps a staff category, for one user and one act."""

    unit: Unit
    units: object
    period: Period
    as_of: datetime | None
    now: datetime
    category: str = ""

    @property
    def year(self) -> int:
        return self.period.year

    @property
    def period_code(self) -> str:
        return period_code(self.period)

    @property
    def is_whole_year(self) -> bool:
        return self.period.kind == "year"

    @property
    def as_of_day(self) -> str:
        return day_of(self.as_of).isoformat() if self.as_of else ""

    @cached_property
    def _assessment(self):
        return compliance.assess(unit=self.unit, period=self.period, now=self.now, as_of=self.as_of, category=self.category)

    def assessment(self) -> compliance.Assessment:
        return self._assessment


def scope_of(request, act: str = "see_board") -> Scope:
    """Raises Http404 for a unit out of reach and BadInput for a year, period, date or staff category that is none."""
    now = timezone.now()
    given = request.GET
    units = access.reachable_units(request.user, Unit.objects.all(), act)
    code = given.get("unit", "")
    unit = units.filter(code=code).first() if code else units.order_by("path").first()
    if unit is None:
        raise Http404
    return Scope(
        unit=unit,
        units=units,
        period=period_of(given, now),
        as_of=as_of_of(given),
        now=now,
        category=category_of(given),
    )


def chosen_unit(request, act: str):
    """(units in which the user may do `act`, the one the address names or None). Raises Http404 for one out of reach."""
    units = access.reachable_units(request.user, Unit.objects.all(), act).order_by("path").only("code", "name", "path")
    code = request.GET.get("unit", "")
    unit = units.filter(code=code).first() if code else None
    if code and unit is None:
        raise Http404
    return units, unit


def years_to_choose(*shown: int | None) -> list[int]:
    """The years that were opened and those that are shown, the newest first. One query."""
    return sorted({*YearOpening.objects.values_list("year", flat=True), *(year for year in shown if year)}, reverse=True)


def chosen_year(given) -> int | None:
    """The year the address names, or None. Raises BadInput for what is none."""
    return period_of({"year": given["year"]}, timezone.now()).year if given.get("year") else None


def chosen_day(given, name: str) -> date | None:
    """The day the address names, or None. Raises BadInput for what is none."""
    text = given.get(name, "").strip()
    return day_of(parse_as_of(text)) if text else None


def period_of(given, now: datetime) -> Period:
    year = given.get("year") or str(day_of(now).year)
    code = given.get("period") or "year"
    if not year.isascii() or not year.isdigit() or code not in PERIODS:
        raise BadInput(_("There is no such period."))
    kind, number = PERIODS[code]
    return Period(int(year[:6]), kind, number)


def as_of_of(given) -> datetime | None:
    text = given.get("as_of", "").strip()
    return parse_as_of(text) if text else None


def category_of(given) -> str:
    """The staff category the address names, or nothing. Raises BadInput for what is none."""
    category = given.get("category", "")
    if category and category not in StaffCategory.values:
        raise BadInput(_("There is no such staff category."))
    return category
