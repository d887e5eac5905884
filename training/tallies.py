"""A board of now, added up in the database: one row a unit instead of one a person.

The rule stays where it is, in `standing.standing`: the database only counts people in groups whose members compare
alike with every threshold of the rule, and the rule is asked once for each group. People whose requirement or hours are
not those of everybody (adjusted, or with hours waiting) are left to the rule one by one.
"""

from collections import Counter
from itertools import product

from django.db.models import Count, Exists, F, FilteredRelation, IntegerField, OuterRef, Q, Sum, Value

from training.models import Adjustment, CategoryHolding, HoursLine, Posting
from training.standing import CATEGORIES, EXEMPT, MET, ONLINE, Figures, Judge

_FIELDS = {category: f"kept__{category.lower()}" for category in CATEGORIES}


def can_be_grouped(assessment) -> bool:
    """Whether one hours requirement, of everybody in a category, is read from the kept totals of a whole year."""
    hours = assessment.hour_requirements
    is_kept = assessment.is_current and assessment.period.kind == "year"
    return is_kept and len(hours) == 1 and not Judge(hours[0], base=[], is_over=False, day=assessment.day).is_narrow


FEW = 300  # so many keys are sent back to the database; of more, the query that finds them


def people_apart(assessment):
    """Keys of the people whom the rule judges one by one: a list while they are few, else their query. One query."""
    adjusted = Adjustment.objects.known_at(None).filter(year=assessment.period.year)
    waiting = HoursLine.objects.counting_as_pending(assessment.period)
    apart = adjusted.order_by().values_list("person").union(waiting.order_by().values_list("person"))
    few = [pk for (pk,) in apart[: FEW + 1]]
    return few if len(few) <= FEW else apart


def figures_of_plain_people(assessment, judge: Judge, apart) -> dict[int, Figures]:
    """Figures by unit of everybody but those `apart`. One query."""
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
    postings = postings.exclude(person__in=apart)
    # whoever has no total has nothing to compare: no group counts them, and they are what is left of all
    postings = postings.annotate(
        kept=FilteredRelation("person__totals", condition=Q(person__totals__year=assessment.period.year)),
        attained=_sum_of(judge.requirement.counted),
        **{f"base{i}": _sum_of(counted) for i, (_needed, counted) in enumerate(judge.base_counted)},
    )
    groups = list(_groups(judge))
    has_studied = Q(*((f"{field}__gt", 0) for field in _FIELDS.values()), _connector=Q.OR)
    rows = postings.order_by().values_list("unit_id").annotate(people=Count("pk"), trained=Count("pk", filter=has_studied))
    rows = rows.annotate(
        **{f"group{i}": Count("pk", filter=condition) for i, (condition, _attained, _base) in enumerate(groups)},
        **{f"total{i}": Sum(field) for i, field in enumerate((*_FIELDS.values(), "kept__online"))},
    )
    statuses = [judge.status_of(attained, base) for _condition, attained, base in groups]
    rest = judge.status_of(0, (0,) * len(judge.base))
    figures = {}
    for unit_id, people, trained, *numbers in rows:
        counts, sums = numbers[: len(groups)], [total or 0 for total in numbers[len(groups) :]]
        by_status = Counter({rest: people - sum(counts)})
        for status, count in zip(statuses, counts, strict=True):
            by_status[status] += count
        met = by_status[MET]
        figures[unit_id] = Figures(
            obliged=people,
            trained=trained,
            met_strict=met,
            met_adjusted=met,
            met_if_pending=met,
            exempt=by_status[EXEMPT],
            attained=sum(sums[i] for i in judge.counted),
            online=sums[ONLINE],
            statuses=+by_status,
            credits=sums[:ONLINE],
        )
    return figures


def _groups(judge: Judge):
    """(condition, hours, base hours): people who compare alike with every number of the rule, and the least they have.

    Whoever reaches none of the numbers is in no group.
    """
    numbers = [("attained", () if judge.target is None else (judge.target, judge.expected(judge.target)))]
    numbers += [(f"base{i}", (needed,)) for i, (needed, _counted) in enumerate(judge.base_counted)]
    for steps in product(*(_steps(name, thresholds) for name, thresholds in numbers)):
        condition, (attained, *base) = Q(), (least for _condition, least in steps)
        for part, _least in steps:
            condition &= part
        if attained or any(base):
            yield condition, attained, tuple(base)


def _steps(name: str, thresholds):
    """(condition, least) from the highest threshold down to below them all."""
    above = Q()
    for threshold in sorted({t for t in thresholds if t > 0}, reverse=True):
        yield above & Q(**{f"{name}__gte": threshold}), threshold
        above = Q(**{f"{name}__lt": threshold})
    yield above, 0


def _sum_of(categories):
    total = Value(0, output_field=IntegerField())
    for category in categories:
        total = total + F(_FIELDS[category])
    return total
