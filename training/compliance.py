"""Where people and units stand against what they owe. Reads the ledger and the requirements, and nothing else.

An assessment costs a constant number of queries. As of now it reads the totals that the ledger keeps; as of another
instant it adds the entries up as they were certified by then, under the postings, categories, requirements and
adjustments known at that instant. A board of now adds people up in the database (`training/tallies.py`).
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.db.models import Field, Q, Sum

from training import tallies
from training.models import (
    Adjustment,
    CategoryHolding,
    HoursLine,
    Measure,
    Mode,
    Posting,
    Requirement,
    StudyRecord,
    Unit,
    YearOpening,
    YearTotal,
)
from training.models.ledger import Category
from training.periods import Period, day_of, end_of
from training.standing import CATEGORIES, NOTHING, ONLINE, POSITION, Figures, Judge, PersonStanding


@dataclass
class Assessment:
    """Standing of the people below `unit` in a period, as of an instant. People are read when they are asked for."""

    unit: Unit
    period: Period
    instant: datetime
    day: date
    is_current: bool
    is_over: bool
    opening: YearOpening | None
    requirements: list[Requirement]
    units: dict[int, Unit]
    category: str = ""

    @property
    def is_open(self) -> bool:
        return self.opening is not None

    @property
    def known(self) -> datetime | None:
        """The instant whose knowledge counts; None is what stands now."""
        return None if self.is_current else self.instant

    @property
    def hour_requirements(self) -> list[Requirement]:
        """In the order of their codes: a row that supersedes another keeps its place."""
        return sorted((r for r in self.requirements if r.measure == Measure.HOURS), key=lambda r: r.code)

    @property
    def base_requirements(self) -> list[Requirement]:
        return [r for r in self.requirements if r.measure == Measure.BASE_HOURS]

    def of_category(self, rows):
        """`rows`, a queryset with a person, narrowed to those who hold the chosen staff category on the day."""
        if not self.category:
            return rows
        holds = CategoryHolding.objects.known_at(self.known).valid_on(self.day).filter(category=self.category)
        return rows.filter(person__in=holds.values("person"))

    def judge(self, requirement: Requirement) -> Judge:
        return Judge(requirement, base=self.base_requirements, is_over=self.is_over, day=self.day)

    @cached_property
    def people(self) -> list[PersonStanding]:
        """Everybody obliged, one row for each hours requirement that obliges them. Five queries."""
        return self.standings_of(None)

    def standings_of(self, people) -> list[PersonStanding]:
        """The rows of some people only: `people` is a queryset of their keys, None for all."""
        hours = self.hour_requirements
        if not hours:
            return []
        population = obliged_people(self, people)
        credits = _credits(self, people)
        pending = _pending(self, people) if self.is_current else {}
        adjusted = _adjustments(self, people)
        rows = []
        for requirement in hours:
            judge = self.judge(requirement)
            for person_id, (unit_id, post_level, categories) in population.items():
                if requirement.staff_category and requirement.staff_category not in categories:
                    continue
                if judge.is_narrow and not judge.obliges(self.units[unit_id], post_level):
                    continue
                credited = credits.get(person_id, NOTHING)
                rows.append(judge.row(person_id, unit_id, credited, pending.get(person_id), adjusted.get(person_id)))
        return rows

    def main_rows(self) -> list[PersonStanding]:
        """One row a person: that of the first hours requirement that obliges them. Nobody counts twice."""
        return self._first_rows(self.people)

    def _first_rows(self, rows: list[PersonStanding]) -> list[PersonStanding]:
        if len(self.hour_requirements) < 2:
            return rows
        first = {}
        for row in rows:
            first.setdefault(row.person_id, row)
        return list(first.values())

    @cached_property
    def own_figures(self) -> dict[int, Figures]:
        """Own people of each unit, added up; no person is in two of them."""
        figures = defaultdict(Figures)
        rows = self.__dict__.get("people")
        if rows is None and tallies.can_be_grouped(self):
            apart = tallies.people_apart(self)
            figures.update(tallies.figures_of_plain_people(self, self.judge(self.hour_requirements[0]), apart))
            rows = [] if apart == [] else self.standings_of(apart)
        for row in self.main_rows() if rows is None else self._first_rows(rows):
            figures[row.unit_id].add(row)
        return figures

    def total(self) -> Figures:
        total = Figures()
        for figures in self.own_figures.values():
            total = total.plus(figures)
        return total

    def compared(self) -> list[tuple[Unit, Figures]]:
        """The units right below the chosen one with all that is below them, and the chosen unit's own people first."""
        depth = len(self.unit.path)
        groups = {}
        for unit_id, figures in self.own_figures.items():
            rest = self.units[unit_id].path[depth:]
            head = self.unit.path + rest.split("/")[0] + "/" if rest else self.unit.path
            groups[head] = groups.get(head, Figures()).plus(figures)
        by_path = {unit.path: unit for unit in self.units.values()}
        return [(by_path[path], groups[path]) for path in sorted(groups)]


def assess(*, unit: Unit, period: Period, now: datetime, as_of: datetime | None = None, category: str = "") -> Assessment:
    """Assess everybody obliged below `unit`; with `category`, only those who hold that staff category as well.

    Obliged are those who hold an obliged category and a main posting there at the period's end, or on the day of
    `as_of` (or of `now`) while the period runs. `as_of` later than `now` is read as now.
    """
    instant = now if as_of is None or as_of >= now else as_of
    is_current = instant == now
    opening = YearOpening.objects.filter(year=period.year, opened_at__lte=instant).first()
    requirements = []
    if opening is not None:
        known = Requirement.objects.of_year(period.year).known_at(None if is_current else instant)
        requirements = list(known.select_related("document"))
    return Assessment(
        unit=unit,
        period=period,
        instant=instant,
        day=min(period.ends_on, day_of(instant)),
        is_current=is_current,
        is_over=period.ends_on == date(period.year, 12, 31) and instant >= end_of(period.ends_on),
        opening=opening,
        requirements=requirements,
        units={u.pk: u for u in Unit.objects.below(unit)},
        category=category,
    )


def obliged_people(assessment: Assessment, people=None) -> dict:
    """person -> (unit, post level, categories held) on the day, by the posting that decides on that day. Two queries."""
    unit, day, known = assessment.unit, assessment.day, assessment.known
    categories = {r.staff_category for r in assessment.hour_requirements}
    holds = CategoryHolding.objects.known_at(known).valid_on(day)
    postings = assessment.of_category(Posting.objects.deciding_on(day, known))
    if categories and "" not in categories:
        holds = holds.filter(category__in=categories)
    if unit.parent_id is not None:
        postings = postings.filter(unit__path__startswith=unit.path)
    if people is not None:
        holds, postings = holds.filter(person__in=people), postings.filter(person__in=people)
    elif unit.parent_id is not None:
        holds = holds.filter(person__in=postings.values("person"))
    held = defaultdict(set)
    for person_id, category in holds.values_list("person_id", "category"):
        held[person_id].add(category)
    rows = postings.order_by("started_on", "pk").values_list("person_id", "unit_id", "post_level")
    everybody = "" in categories
    return {
        person_id: (unit_id, post_level, held.get(person_id, frozenset()))
        for person_id, unit_id, post_level in rows
        if everybody or person_id in held
    }


def _narrowed(assessment: Assessment, queryset, people):
    """Rows of `people`, or of those who ever served below the unit; the whole district needs no narrowing."""
    if people is not None:
        return queryset.filter(person__in=people)
    if assessment.unit.parent_id is None:
        return queryset
    return queryset.filter(person__in=Posting.objects.filter(unit__path__startswith=assessment.unit.path).values("person"))


def _credits(assessment: Assessment, people) -> dict[int, tuple[int, ...]]:
    if assessment.is_current and assessment.period.kind == "year":
        fields = (*(c.lower() for c in CATEGORIES), "online")
        rows = _narrowed(assessment, YearTotal.objects.filter(year=assessment.period.year), people)
        return {row[0]: row[1:] for row in rows.values_list("person_id", *fields)}
    rows = StudyRecord.objects.filter(year=assessment.period.year, restricted="").known_at(assessment.known)
    if assessment.period.kind != "year":
        rows = rows.filter(studied_on__lte=assessment.period.ends_on)
    rows = _narrowed(assessment, rows, people).values_list("person_id", "category")
    credits = {}
    as_it_comes = Field()  # whole numbers from either database: three for each person would be converted for nothing
    rows = rows.annotate(
        total=Sum("credit", output_field=as_it_comes),
        on_line=Sum("credit", filter=Q(mode=Mode.ONLINE), default=0, output_field=as_it_comes),
    )
    for person_id, category, credit, online in rows:
        sums = credits.get(person_id)
        if sums is None:
            credits[person_id] = sums = [0] * (ONLINE + 1)
        sums[POSITION[category]] = credit
        if category in (Category.PROFESSIONAL, Category.LAW):
            sums[ONLINE] += online
    return credits


def _pending(assessment: Assessment, people) -> dict[int, tuple[int, ...]]:
    lines = _narrowed(assessment, HoursLine.objects.counting_as_pending(assessment.period), people)
    pending = defaultdict(lambda: [0] * (ONLINE + 1))
    for person_id, category, estimate in lines.values_list("person_id", "category").annotate(Sum("estimate")):
        pending[person_id][POSITION[category]] = estimate
    return pending


def _adjustments(assessment: Assessment, people) -> dict[int, tuple]:
    rows = Adjustment.objects.known_at(assessment.known).filter(year=assessment.period.year)
    if people is not None:
        rows = rows.filter(person__in=people)
    rows = rows.values_list("person_id", "hours", "reason", "document", "approver")
    return {person_id: tuple(rest) for person_id, *rest in rows}


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody who was obliged in the unit during the period and is not counted there at its end."""

    person_id: int
    unit_id: int
    left_on: date | None
    reason: str
    to_unit: Unit | None


def leavers(assessment: Assessment) -> list[Leaver]:
    """Those listed apart: left, moved to another unit, or no longer of the category. Four queries."""
    known = assessment.known
    first, last = date(assessment.period.year, 1, 1), assessment.day
    categories = {r.staff_category for r in assessment.hour_requirements}
    counted = {row.person_id for row in assessment.people}
    served = Posting.objects.known_at(known).overlapping(first, last).filter(is_main=True)
    here = served.filter(unit__path__startswith=assessment.unit.path)
    held = CategoryHolding.objects.known_at(known).overlapping(first, last)
    if "" not in categories:
        here = here.filter(person__in=held.filter(category__in=categories).values("person"))
    if assessment.category:
        here = here.filter(person__in=held.filter(category=assessment.category).values("person"))
    last_here = {}
    for person_id, unit_id, ended_on in here.order_by("started_on", "pk").values_list("person_id", "unit_id", "ended_on"):
        if person_id not in counted:
            last_here[person_id] = (unit_id, ended_on)
    now_at = {}
    for posting in Posting.objects.deciding_on(last, known).filter(person__in=list(last_here)).select_related("unit"):
        now_at[posting.person_id] = posting.unit
    rows = []
    for person_id, (unit_id, ended_on) in last_here.items():
        unit = now_at.get(person_id)
        if unit is None:
            rows.append(Leaver(person_id, unit_id, ended_on, "left", None))
        elif unit.path.startswith(assessment.unit.path):
            rows.append(Leaver(person_id, unit_id, ended_on, "category_ended", None))
        else:
            rows.append(Leaver(person_id, unit_id, ended_on, "moved", unit))
    return rows
