"""What bodies owe and have done: counted sessions, the course every special training contains, shares of the staff."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, F, Q

from training.compliance import Assessment
from training.models import (
    Arrangement,
    Attainment,
    BodyPlan,
    CountedSession,
    Measure,
    Posting,
    Requirement,
    SessionKind,
    StudyRecord,
    Unit,
    YearTotal,
)
from training.sessions import special_training_share, standing_sessions


@dataclass(frozen=True, slots=True)
class BodyStanding:
    """One body against one requirement: counts for sessions, tenths of a percent are left to whoever prints shares."""

    unit: Unit
    requirement: Requirement
    status: str
    required: int | None
    attained: int
    held: int
    planned: int | None = None
    base: int | None = None
    names: tuple[str, ...] = ()
    kind: str = ""  # of session: a requirement may count several, each on its own

    @property
    def remaining(self) -> int | None:
        return None if self.required is None else max(self.required - self.attained, 0)


@dataclass(slots=True)
class Bodies:
    """Everything a board of bodies shows for the units below one."""

    standings: list[BodyStanding]
    sessions: list[CountedSession]
    shares: dict[int, "StaffShare"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StaffShare:
    """Legal qualification, legal background and trainings of a unit's staff, everybody counted once. Source: item 38.

    `arranged` counts the staff trained this year by arrangement (pre-post, rotation, daily).
    """

    staff: int
    qualified: int
    background: int
    either: int
    arranged: Counter


def _status(required: int | None, attained: int, assessment: Assessment) -> str:
    if required is None:
        return "no_target"
    if attained >= required:
        return "met"
    if assessment.is_over:
        return "unmet"
    first = date(assessment.period.year, 1, 1)
    days = (date(assessment.period.year, 12, 31) - first).days + 1
    return "on_track" if attained >= required * ((assessment.day - first).days + 1) // days else "behind"


def obliges(requirement: Requirement, unit: Unit) -> bool:
    """Whether a body requirement is about `unit`."""
    return (not requirement.unit_kind or requirement.unit_kind == unit.kind) and (
        not requirement.unit_tag or requirement.unit_tag in unit.tags
    )


def assess_bodies(assessment: Assessment) -> Bodies:
    """Standing of the bodies in an assessment's units. Seven queries, whatever the number of units."""
    known = None if assessment.is_current else assessment.instant
    sessions = standing_sessions(year=assessment.period.year, as_of=known).filter(unit__path__startswith=assessment.unit.path)
    sessions = list(sessions.filter(held_on__lte=assessment.period.ends_on).order_by("held_on", "pk"))
    counted = Counter((s.unit_id, s.kind) for s in sessions if s.counts == 1)
    held = Counter((s.unit_id, s.kind) for s in sessions)
    plans = {
        (p.unit_id, p.kind): p.planned
        for p in BodyPlan.objects.filter(year=assessment.period.year, unit__path__startswith=assessment.unit.path)
    }
    shares = staff_shares(assessment)
    standings = []
    for requirement in assessment.requirements:
        for unit in assessment.units.values():
            if not obliges(requirement, unit):
                continue
            if requirement.measure == Measure.SESSIONS:
                standings += _session_standings(requirement, unit, counted, held, plans, assessment)
            elif requirement.measure == Measure.STAFF_SHARE and unit.pk in shares:
                standings.append(_share_standing(requirement, unit, shares[unit.pk].either, shares[unit.pk].staff))
            elif requirement.measure == Measure.COVERAGE and unit.pk in shares:
                covered = shares[unit.pk].arranged[requirement.counted[0]]
                standings.append(_share_standing(requirement, unit, covered, shares[unit.pk].staff))
        if requirement.measure == Measure.TAGGED_COURSE:
            standings.append(_tagged_standing(requirement, assessment, sessions))
    return Bodies(standings=standings, sessions=sessions, shares=shares)


def _session_standings(requirement, unit, counted, held, plans, assessment):
    for kind in requirement.counted:
        attained = counted[unit.pk, kind]
        yield BodyStanding(
            unit=unit,
            requirement=requirement,
            status=_status(requirement.target, attained, assessment),
            required=requirement.target,
            attained=attained,
            held=held[unit.pk, kind],
            planned=plans.get((unit.pk, kind)),
            kind=kind,
        )


def _tagged_standing(requirement, assessment, sessions) -> BodyStanding:
    trainings, with_course, without = special_training_share(sessions)
    status = "no_target" if not trainings else "met" if trainings == with_course else "unmet"
    return BodyStanding(
        unit=assessment.unit,
        requirement=requirement,
        status=status,
        required=trainings,
        attained=with_course,
        held=trainings,
        base=trainings,
        names=tuple(without),
    )


def _share_standing(requirement, unit, part: int, staff: int) -> BodyStanding:
    # a share's target is in hundredths of a percent; without one the figure is shown and no verdict given
    reached = part * 10000 // staff if staff else 0
    status = "no_target" if requirement.target is None else "met" if reached >= requirement.target else "behind"
    return BodyStanding(
        unit=unit, requirement=requirement, status=status, required=requirement.target, attained=part, held=part, base=staff
    )


QUALIFICATION, BACKGROUND = "LEGAL_QUALIFICATION", "LEGAL_BACKGROUND"


def staff_shares(assessment: Assessment) -> dict[int, StaffShare]:
    """Share of each unit with all that is below it: union, nobody twice. One query, a row a unit."""
    postings = assessment.of_category(Posting.objects.deciding_on(assessment.day, assessment.known))
    if assessment.unit.parent_id is not None:
        postings = postings.filter(unit__in=list(assessment.units))
    is_qualified, has_background = (Q(person__in=_holders(assessment, kind)) for kind in (QUALIFICATION, BACKGROUND))
    marks = [is_qualified, has_background, is_qualified | has_background]
    marks += [Q(person__in=_trained(assessment, arrangement)) for arrangement in Arrangement.values]
    rows = postings.order_by().values_list("unit_id").annotate(Count("pk"))
    rows = rows.annotate(**{f"marked{i}": Count("pk", filter=mark) for i, mark in enumerate(marks)})
    by_path = {u.path: u.pk for u in assessment.units.values()}
    rolled = defaultdict(lambda: [0] * (len(marks) + 1))
    for unit_id, *counts in rows:
        path = assessment.units[unit_id].path
        for end in range(1, len(path) + 1):
            if path[end - 1] == "/" and path[:end] in by_path:
                sums = rolled[by_path[path[:end]]]
                for i, count in enumerate(counts):
                    sums[i] += count
    return {
        pk: StaffShare(staff, qualified, background, either, Counter(dict(zip(Arrangement.values, arranged, strict=True))))
        for pk, (staff, qualified, background, either, *arranged) in rolled.items()
    }


def _holders(assessment: Assessment, kind: str):
    """Keys of the people who hold an attainment of a kind on the day."""
    holds = Attainment.objects.filter(kind__code=kind, reverses=None, is_passed=True).valid_on(assessment.day)
    return _standing_at(assessment, holds).order_by().values("person")


def _trained(assessment: Assessment, arrangement: str):
    """Keys of the people with a record under an arrangement in the period."""
    if assessment.is_current and assessment.period.kind == "year":
        totals = YearTotal.objects.filter(year=assessment.period.year, **{f"{arrangement.lower()}__gt": 0})
        return totals.values("person")
    records = StudyRecord.objects.known_at(assessment.known).filter(year=assessment.period.year, arrangement=arrangement)
    records = records.filter(restricted="", part=1, studied_on__lte=assessment.day).order_by().values("person")
    # a reversal carries the arrangement of what it takes back: more entries than reversals, and one of them stands
    entries, reversals = Count("pk", filter=Q(reverses=None)), Count("pk", filter=Q(reverses__isnull=False))
    return records.alias(entries=entries, reversals=reversals).filter(entries__gt=F("reversals"))


def _standing_at(assessment: Assessment, entries):
    """Entries that had been certified and not reversed when the assessment looks."""
    if assessment.known is None:
        return entries.filter(reversal=None)
    return entries.filter(certified_at__lte=assessment.known).exclude(reversal__certified_at__lte=assessment.known)


def set_plan(*, unit: Unit, year: int, kind: str, planned: int) -> None:
    """How many sessions of a kind a body plans for a year, as its board shows beside what it owes."""
    BodyPlan.objects.update_or_create(unit=unit, year=year, kind=kind, defaults={"planned": planned})


def sessions_by_kind(bodies: Bodies, unit: Unit) -> list[dict]:
    """Every kind of session for one body's board: target, planned, counted, held, remaining."""
    rows = []
    standings = [s for s in bodies.standings if s.unit.pk == unit.pk]
    sessions = [s for s in bodies.sessions if s.unit_id == unit.pk]
    for kind in SessionKind.values:
        found = next((s for s in standings if kind in s.requirement.counted), None)
        of_kind = [s for s in sessions if s.kind == kind]
        if found is None and not of_kind:
            continue
        counted = sum(1 for s in of_kind if s.counts == 1)
        target = found.required if found else None
        rows.append(
            {
                "kind": kind,
                "label": SessionKind(kind).label,
                "requirement": found.requirement if found else None,
                "target": target,
                "planned": found.planned if found else None,
                "counted": counted,
                "held": len(of_kind),
                "remaining": None if target is None else max(target - counted, 0),
                "status": found.status if found else "no_target",
                "sessions": of_kind,
            }
        )
    return rows


__all__ = ["Bodies", "BodyStanding", "StaffShare", "assess_bodies", "sessions_by_kind", "set_plan", "staff_shares"]
