"""A board of now, added up in the database: one row a unit and standing instead of one a person.

The rule stays where it is, in `standing.standing`: the database only sorts people into groups whose members compare
alike with every threshold of the rule, and the rule is asked once for each group. People whose requirement or hours are
not those of everybody (adjusted, or with hours waiting) are left to the rule one by one.
"""

from collections import defaultdict

from django.db.models import Case, Count, Exists, F, FilteredRelation, IntegerField, Min, OuterRef, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from training.models import Adjustment, CategoryHolding, HoursLine, Posting
from training.standing import CATEGORIES, EXEMPT, MET, Figures, Judge

_FIELDS = {category: category.lower() for category in CATEGORIES}


def can_be_grouped(assessment) -> bool:
    """Whether one hours requirement, of everybody in a category, is read from the kept totals of a whole year."""
    hours = assessment.hour_requirements
    is_kept = assessment.is_current and assessment.period.kind == "year"
    return is_kept and len(hours) == 1 and not Judge(hours[0], base=[], is_over=False, day=assessment.day).is_narrow


def people_apart(assessment):
    """Keys of the people whom the rule judges one by one."""
    adjusted = Adjustment.objects.known_at(None).filter(year=assessment.period.year)
    waiting = HoursLine.objects.counting_as_pending(assessment.period)
    return adjusted.order_by().values("person").union(waiting.order_by().values("person"))


def figures_of_plain_people(assessment, judge: Judge) -> dict[int, Figures]:
    """Figures by unit of everybody but those apart. One query."""
    postings = assessment.of_category(Posting.objects.deciding_on(assessment.day))
    if assessment.unit.parent_id is not None:
        postings = postings.filter(unit__in=list(assessment.units))
    if judge.requirement.staff_category:
        holds = CategoryHolding.objects.known_at(None).valid_on(assessment.day).filter(category=judge.requirement.staff_category)
        if assessment.unit.parent_id is None:
            postings = postings.filter(
                person__in=holds.values("person")
            )  # one list of all: SQLite looks each up at half the cost
        else:
            postings = postings.filter(Exists(holds.filter(person=OuterRef("person"))))
    postings = postings.exclude(person__in=people_apart(assessment))
    postings = postings.annotate(
        kept=FilteredRelation("person__totals", condition=Q(person__totals__year=assessment.period.year)),
        **{name: Coalesce(F(f"kept__{name}"), 0) for name in (*_FIELDS.values(), "online")},
    )
    postings = postings.annotate(attained=_sum_of(judge.requirement.counted))
    postings = postings.annotate(**{f"base{i}": _sum_of(counted) for i, (_needed, counted) in enumerate(judge.base_counted)})
    groups = ["unit_id"]
    for name, needed in _thresholds(judge):
        groups.append(f"{name}_reaches_{needed}")
        postings = postings.annotate(**{groups[-1]: _is(Q(**{f"{name}__gte": needed}))})
    has_studied = Q(*((f"{name}__gt", 0) for name in _FIELDS.values()), _connector=Q.OR)
    rows = postings.order_by().values(*groups)
    rows = rows.annotate(
        people=Count("pk"),
        trained=Count(Case(When(has_studied, then=1))),
        lowest=Min("attained"),
        total=Sum("attained"),
        total_online=Sum("online"),
        **{f"lowest{i}": Min(f"base{i}") for i in range(len(judge.base_counted))},
        **{f"total_{name}": Sum(name) for name in _FIELDS.values()},
    )
    figures = defaultdict(Figures)
    for row in rows:
        status = judge.status_of(row["lowest"], tuple(row[f"lowest{i}"] for i in range(len(judge.base_counted))))
        _add(figures[row["unit_id"]], row, status)
    return figures


def _add(figures: Figures, row: dict, status: str) -> None:
    people = row["people"]
    figures.obliged += people
    figures.trained += row["trained"]
    figures.attained += row["total"]
    figures.online += row["total_online"]
    figures.statuses[status] += people
    if status == MET:
        figures.met_strict += people
        figures.met_adjusted += people
        figures.met_if_pending += people
    elif status == EXEMPT:
        figures.exempt += people
    for i, name in enumerate(_FIELDS.values()):
        figures.credits[i] += row[f"total_{name}"]


def _thresholds(judge: Judge):
    """Every number the rule compares hours with."""
    if judge.target is not None:
        yield "attained", judge.target
        yield "attained", judge.expected(judge.target)
    for i, (needed, _counted) in enumerate(judge.base_counted):
        yield f"base{i}", needed


def _sum_of(categories):
    total = Value(0, output_field=IntegerField())
    for category in categories:
        total = total + F(_FIELDS[category])
    return total


def _is(condition: Q):
    return Case(When(condition, then=1), default=0, output_field=IntegerField())
