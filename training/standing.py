"""The standing of one person against one requirement, and what a set of people adds up to. Pure: no query."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from training.models import Requirement, Unit
from training.models.ledger import Category

CATEGORIES = tuple(Category.values)
POSITION = {category: i for i, category in enumerate(CATEGORIES)}
ONLINE = len(CATEGORIES)
NOTHING = (0,) * (len(CATEGORIES) + 1)

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
        if credits is not NOTHING and any(credits):
            self.trained += 1
            sums = self.credits
            for i, credit in enumerate(credits[:ONLINE]):
                if credit:
                    sums[i] += credit
            self.online += credits[ONLINE]
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


class Judge:
    """One requirement applied to many people: what does not change from person to person is worked out once."""

    def __init__(self, requirement: Requirement, *, base: list[Requirement], is_over: bool, day: date):
        self.requirement = requirement
        self.target = requirement.target
        self.counted = [POSITION[c] for c in requirement.counted]
        # an unset base target gives no verdict and is not worked out person by person
        base = [r for r in base if r.staff_category == requirement.staff_category and r.target is not None]
        self.base_counted = [(r.target, tuple(r.counted)) for r in base]
        self.base = [(needed, [POSITION[c] for c in counted]) for needed, counted in self.base_counted]
        self.is_over = is_over
        self.elapsed = day.timetuple().tm_yday
        self.days = date(day.year, 12, 31).timetuple().tm_yday
        self.is_narrow = bool(requirement.unit_kind or requirement.unit_tag or requirement.post_level)

    def obliges(self, unit: Unit, post_level: str) -> bool:
        asked = self.requirement
        return (
            (not asked.unit_kind or asked.unit_kind == unit.kind)
            and (not asked.unit_tag or asked.unit_tag in unit.tags)
            and (not asked.post_level or asked.post_level == post_level)
        )

    def expected(self, required: int | None) -> int:
        """What should be reached on the day assessed, by days of the year."""
        return required * self.elapsed // self.days if required else 0

    def status_of(self, attained: int, base: tuple[int, ...], required: int | None = None) -> str:
        """The standing at these sums; `required` is what everybody owes unless it is given."""
        required = self.target if required is None else required
        pairs = tuple((needed, had) for (needed, _at), had in zip(self.base, base, strict=True)) if base else ()
        return standing(
            target=self.target,
            required=required,
            attained=attained,
            base=pairs,
            expected=self.expected(required),
            is_over=self.is_over,
        )

    def status(self, required, credits) -> tuple[int, str]:
        attained = 0
        for i in self.counted:
            attained += credits[i]
        base = tuple(sum(credits[i] for i in at) for _needed, at in self.base) if self.base else ()
        return attained, self.status_of(attained, base, required)

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
