"""Where people and units stand against what they owe. Reads the ledger and the requirements, and nothing else.

An assessment costs a constant number of queries. As of now it reads the totals that the ledger keeps; as of another
instant it adds the entries up as they were certified by then, under the postings, categories, requirements and
adjustments known at that instant.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, Sum

from training.models import (
    Adjustment,
    CategoryHolding,
    HoursLine,
    LineState,
    Measure,
    Mode,
    Posting,
    Requirement,
    StudyRecord,
    SubmissionState,
    Unit,
    YearOpening,
    YearTotal,
)
from training.models.ledger import Category
from training.periods import Period, day_of, end_of

CATEGORIES = tuple(Category.values)
_POSITION = {category: i for i, category in enumerate(CATEGORIES)}
_ONLINE = len(CATEGORIES)
_NOTHING = (0,) * (len(CATEGORIES) + 1)

MET, BASE_MISSING, ON_TRACK, BEHIND, UNMET, EXEMPT, NO_TARGET = STATUSES = (
    "met",
    "base_missing",
    "on_track",
    "behind",
    "unmet",
    "exempt",
    "no_target",
)


def standing(
    *,
    target: int | None,
    required: int | None,
    attained: int,
    base: tuple[tuple[int | None, int], ...] = (),
    expected: int = 0,
    is_over: bool = False,
) -> str:
    """The standing of one person. Hours are hundredths.

    `target` is what the rule asks of everybody, `required` what it asks of this person after adjustment, `base` pairs
    of (target or None when unset, attained) that come on top, `expected` what should be reached by now.
    Source: item 31 of the opinion of 2022 (60 hours, on the basis of the political and party hours).
    """
    if target is None:
        return NO_TARGET
    if required == 0 and target:
        return EXEMPT
    if attained >= required:
        for needed, had in base:
            if needed is not None and had < needed:
                return BASE_MISSING
        return MET
    if is_over:
        return UNMET
    return ON_TRACK if attained >= expected else BEHIND


@dataclass(slots=True)
class PersonStanding:
    """One obliged person: hours in hundredths; `credits` by category in the order of CATEGORIES, then the online part."""

    person_id: int
    unit_id: int
    requirement: Requirement
    required: int | None
    attained: int
    status: str
    is_met_strictly: bool
    status_if_pending: str
    pending: int
    credits: tuple[int, ...]
    adjusted: tuple | None = None

    @property
    def remaining(self) -> int | None:
        return None if self.required is None else max(self.required - self.attained, 0)


@dataclass(slots=True)
class Figures:
    """What a set of people adds up to."""

    obliged: int = 0
    trained: int = 0
    met_strict: int = 0
    met_adjusted: int = 0
    met_if_pending: int = 0
    exempt: int = 0
    attained: int = 0
    online: int = 0
    statuses: Counter = field(default_factory=Counter)
    credits: list[int] = field(default_factory=lambda: [0] * len(CATEGORIES))

    @property
    def adjusted_base(self) -> int:
        return self.obliged - self.exempt

    @property
    def unmet_strict(self) -> int:
        return self.obliged - self.met_strict

    @property
    def average(self) -> int | None:
        """Counted hours per obliged person, hundredths, half up."""
        return (2 * self.attained + self.obliged) // (2 * self.obliged) if self.obliged else None

    def add(self, row: PersonStanding) -> None:
        self.obliged += 1
        credits = row.credits
        if credits is not _NOTHING and any(credits):
            self.trained += 1
            sums = self.credits
            for i, credit in enumerate(credits[:_ONLINE]):
                if credit:
                    sums[i] += credit
            self.online += credits[_ONLINE]
            self.attained += row.attained
        self.statuses[row.status] += 1
        if row.is_met_strictly:
            self.met_strict += 1
        if row.status == MET:
            self.met_adjusted += 1
        elif row.status == EXEMPT:
            self.exempt += 1
        if row.status_if_pending == MET:
            self.met_if_pending += 1

    def plus(self, other: "Figures") -> "Figures":
        total = Figures()
        for name in ("obliged", "trained", "met_strict", "met_adjusted", "met_if_pending", "exempt", "attained", "online"):
            setattr(total, name, getattr(self, name) + getattr(other, name))
        total.statuses = self.statuses + other.statuses
        total.credits = [a + b for a, b in zip(self.credits, other.credits, strict=True)]
        return total


@dataclass(slots=True)
class Assessment:
    """Standing of the people below `unit` in a period, as of an instant."""

    unit: Unit
    period: Period
    instant: datetime
    day: date
    is_current: bool
    is_over: bool
    opening: YearOpening | None
    requirements: list[Requirement]
    units: dict[int, Unit]
    people: list[PersonStanding]
    adjustments: dict[int, tuple]
    own_figures: dict[int, Figures] | None = None

    @property
    def is_open(self) -> bool:
        return self.opening is not None

    @property
    def hour_requirements(self) -> list[Requirement]:
        return [r for r in self.requirements if r.measure == Measure.HOURS]

    @property
    def base_requirements(self) -> list[Requirement]:
        return [r for r in self.requirements if r.measure == Measure.BASE_HOURS]

    def main_rows(self) -> list[PersonStanding]:
        """One row a person: that of the first hours requirement that obliges them. Nobody counts twice."""
        if len(self.hour_requirements) < 2:
            return self.people
        seen, rows = set(), []
        for row in self.people:
            if row.person_id not in seen:
                seen.add(row.person_id)
                rows.append(row)
        return rows

    def figures_by_unit(self) -> dict[int, Figures]:
        """Own people of each unit; rows are disjoint. Added up once."""
        if self.own_figures is None:
            self.own_figures = defaultdict(Figures)
            for row in self.main_rows():
                self.own_figures[row.unit_id].add(row)
        return self.own_figures

    def total(self) -> Figures:
        total = Figures()
        for figures in self.figures_by_unit().values():
            total = total.plus(figures)
        return total

    def compared(self) -> list[tuple[Unit, Figures]]:
        """The units right below the chosen one with all that is below them, and the chosen unit's own people first."""
        own = self.figures_by_unit()
        depth = len(self.unit.path)
        groups = {}
        for unit_id, figures in own.items():
            rest = self.units[unit_id].path[depth:]
            head = self.unit.path + rest.split("/")[0] + "/" if rest else self.unit.path
            groups[head] = groups.get(head, Figures()).plus(figures)
        by_path = {unit.path: unit for unit in self.units.values()}
        return [(by_path[path], groups[path]) for path in sorted(groups)]


def assess(*, unit: Unit, period: Period, now: datetime, as_of: datetime | None = None, statuses=None) -> Assessment:
    """Assess everybody obliged below `unit`.

    Obliged are those who hold an obliged category and a main posting there at the period's end, or on the day of
    `as_of` (or of `now`) while the period runs. `as_of` later than `now` is read as now.
    """
    instant = now if as_of is None or as_of >= now else as_of
    is_current = instant == now
    known = None if is_current else instant
    day = min(period.ends_on, day_of(instant))
    is_over = period.ends_on == date(period.year, 12, 31) and instant >= end_of(period.ends_on)
    opening = YearOpening.objects.filter(year=period.year, opened_at__lte=instant).first()
    requirements = []
    if opening is not None:
        requirements = list(Requirement.objects.of_year(period.year).known_at(known).select_related("document"))
    units = {u.pk: u for u in Unit.objects.below(unit)}
    assessment = Assessment(
        unit=unit,
        period=period,
        instant=instant,
        day=day,
        is_current=is_current,
        is_over=is_over,
        opening=opening,
        requirements=requirements,
        units=units,
        people=[],
        adjustments={},
    )
    if assessment.hour_requirements:
        _assess_people(assessment, known)
    return assessment


def _assess_people(assessment: Assessment, known: datetime | None) -> None:
    hours = assessment.hour_requirements
    population = obliged_people(
        unit=assessment.unit, categories={r.staff_category for r in hours}, day=assessment.day, known=known
    )
    credits = _credits(assessment, known)
    pending = _pending(assessment) if assessment.is_current else {}
    assessment.adjustments = _adjustments(assessment, known)
    for requirement in hours:
        judge = _Judge(assessment, requirement)
        for person_id, (unit_id, post_level, categories) in population.items():
            if requirement.staff_category and requirement.staff_category not in categories:
                continue
            if judge.is_narrow and not judge.obliges(assessment.units[unit_id], post_level):
                continue
            assessment.people.append(
                judge.row(
                    person_id,
                    unit_id,
                    credits.get(person_id, _NOTHING),
                    pending.get(person_id),
                    assessment.adjustments.get(person_id),
                )
            )


class _Judge:
    """One requirement applied to many people: what does not change from person to person is worked out once."""

    def __init__(self, assessment: Assessment, requirement: Requirement):
        self.requirement = requirement
        self.target = requirement.target
        self.counted = [_POSITION[c] for c in requirement.counted]
        # an unset base target gives no verdict and is not worked out person by person
        base = [
            r for r in assessment.base_requirements if r.staff_category == requirement.staff_category and r.target is not None
        ]
        self.base = [(r.target, [_POSITION[c] for c in r.counted]) for r in base]
        self.is_over = assessment.is_over
        first = date(assessment.period.year, 1, 1)
        self.elapsed = (assessment.day - first).days + 1
        self.days = (date(assessment.period.year, 12, 31) - first).days + 1
        self.is_narrow = bool(requirement.unit_kind or requirement.unit_tag or requirement.post_level)

    def obliges(self, unit: Unit, post_level: str) -> bool:
        asked = self.requirement
        return (
            (not asked.unit_kind or asked.unit_kind == unit.kind)
            and (not asked.unit_tag or asked.unit_tag in unit.tags)
            and (not asked.post_level or asked.post_level == post_level)
        )

    def status(self, required, credits) -> tuple[int, str]:
        attained = 0
        for i in self.counted:
            attained += credits[i]
        base = tuple((needed, sum(credits[i] for i in at)) for needed, at in self.base) if self.base else ()
        expected = required * self.elapsed // self.days if required else 0
        return attained, standing(
            target=self.target, required=required, attained=attained, base=base, expected=expected, is_over=self.is_over
        )

    def row(self, person_id, unit_id, credits, pending, adjustment) -> PersonStanding:
        required = self.target
        if adjustment is not None and required is not None:
            required = min(adjustment[0], required)
        attained, status = self.status(required, credits)
        is_met_strictly = status == MET
        if required != self.target:
            is_met_strictly = self.status(self.target, credits)[1] == MET
        status_if_pending, waiting = status, 0
        if pending is not None:
            together = tuple(a + b for a, b in zip(credits, pending, strict=True))
            with_pending, status_if_pending = self.status(required, together)
            waiting = with_pending - attained
        return PersonStanding(
            person_id,
            unit_id,
            self.requirement,
            required,
            attained,
            status,
            is_met_strictly,
            status_if_pending,
            waiting,
            credits,
            adjustment,
        )


def obliged_people(*, unit: Unit, categories: set[str], day: date, known: datetime | None) -> dict:
    """person -> (unit, post level, categories held) on `day`; the latest main posting decides the unit."""
    holds = CategoryHolding.objects.known_at(known).valid_on(day)
    if categories and "" not in categories:
        holds = holds.filter(category__in=categories)
    held = defaultdict(set)
    for person_id, category in holds.values_list("person_id", "category"):
        held[person_id].add(category)
    postings = Posting.objects.known_at(known).valid_on(day).filter(is_main=True)
    if unit.parent_id is not None:
        postings = postings.filter(unit__path__startswith=unit.path)
    people = {}
    rows = postings.order_by("started_on", "pk").values_list("person_id", "unit_id", "post_level")
    for person_id, unit_id, post_level in rows:
        if person_id in held:
            people[person_id] = (unit_id, post_level, held[person_id])
        elif "" in categories:
            people[person_id] = (unit_id, post_level, frozenset())
    return people


def _scope(assessment: Assessment, queryset, path="person"):
    """Narrow rows of people to those who ever served below the unit; the whole district needs no narrowing."""
    if assessment.unit.parent_id is None:
        return queryset
    served = Posting.objects.filter(unit__path__startswith=assessment.unit.path).values("person")
    return queryset.filter(**{f"{path}__in": served})


def _credits(assessment: Assessment, known: datetime | None) -> dict[int, tuple[int, ...]]:
    if known is None and assessment.period.kind == "year":
        fields = (*(c.lower() for c in CATEGORIES), "online")
        rows = _scope(assessment, YearTotal.objects.filter(year=assessment.period.year))
        return {row[0]: row[1:] for row in rows.values_list("person_id", *fields)}
    rows = StudyRecord.objects.filter(year=assessment.period.year, restricted="").known_at(known)
    if assessment.period.kind != "year":
        rows = rows.filter(studied_on__lte=assessment.period.ends_on)
    rows = _scope(assessment, rows).values_list("person_id", "category")
    credits = {}
    rows = rows.annotate(total=Sum("credit"), on_line=Sum("credit", filter=Q(mode=Mode.ONLINE), default=0))
    for person_id, category, credit, online in rows:
        sums = credits.get(person_id)
        if sums is None:
            credits[person_id] = sums = [0] * (_ONLINE + 1)
        sums[_POSITION[category]] = credit
        if category in (Category.PROFESSIONAL, Category.LAW):
            sums[_ONLINE] += online
    return credits


def _pending(assessment: Assessment) -> dict[int, tuple[int, ...]]:
    lines = HoursLine.objects.filter(state=LineState.PENDING, year=assessment.period.year, held_reason="")
    lines = lines.filter(submission__state__in=[SubmissionState.SUBMITTED, SubmissionState.UNIT_APPROVED])
    if assessment.period.kind != "year":
        lines = lines.filter(studied_on__lte=assessment.period.ends_on)
    pending = defaultdict(lambda: [0] * (_ONLINE + 1))
    for person_id, category, estimate in _scope(assessment, lines).values_list("person_id", "category").annotate(Sum("estimate")):
        pending[person_id][_POSITION[category]] = estimate
    return pending


def _adjustments(assessment: Assessment, known: datetime | None) -> dict[int, tuple]:
    rows = Adjustment.objects.known_at(known).filter(year=assessment.period.year)
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
    known = None if assessment.is_current else assessment.instant
    first, last = date(assessment.period.year, 1, 1), assessment.day
    categories = {r.staff_category for r in assessment.hour_requirements}
    counted = {row.person_id for row in assessment.people}
    served = Posting.objects.known_at(known).overlapping(first, last).filter(is_main=True)
    here = served.filter(unit__path__startswith=assessment.unit.path)
    held = CategoryHolding.objects.known_at(known).overlapping(first, last)
    if "" not in categories:
        here = here.filter(person__in=held.filter(category__in=categories).values("person"))
    last_here = {}
    for person_id, unit_id, ended_on in here.order_by("started_on", "pk").values_list("person_id", "unit_id", "ended_on"):
        if person_id not in counted:
            last_here[person_id] = (unit_id, ended_on)
    now_at = {}
    for posting in served.valid_on(last).filter(person__in=list(last_here)).select_related("unit").order_by("started_on", "pk"):
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
