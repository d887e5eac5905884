"""How the wordings of the bank are answered: counted as answers come in, by population, and read as figures of an item.

A population is practice, or the candidates of a test. Each person counts once for a wording, when they meet it first: who
saw the key before makes a question look easier than it is.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import F

from exams.content import CHOICES, WHOLE
from exams.models import Item, ItemKind, ItemState, ItemVersion, ResponseTally
from exams.statistics import Sums, discrimination_within

FACILITY_FROM = 20  # answers from which a facility is measured and not assumed
DISCRIMINATION_FROM = 30  # answers beside others from which a discrimination is said
LEAST_BESIDE = 4  # other questions without which a round tells nothing of how able somebody is
_POINT = WHOLE // 10_000  # ten-millionths in a hundredth of a percent


# --- counting


@dataclass(frozen=True, slots=True)
class Beside:
    """What somebody earned on a question and, on the mean, on the others of the round: ten-millionths of the marks."""

    version: int
    earned: int
    others: int


def count_shown(population: str, versions: Collection[int]) -> None:
    """Somebody sees these for the first time. Three queries."""
    fresh = [ResponseTally(version_id=pk, population=population) for pk in sorted(versions)]
    ResponseTally.objects.bulk_create(fresh, ignore_conflicts=True)
    rows = [row.pk for row in _locked(population, versions)]
    ResponseTally.objects.filter(pk__in=rows).update(shown=F("shown") + 1)


def count_choices(population: str, version: ItemVersion, response) -> None:
    """Somebody answers this for the first time: which options they choose."""
    chosen = _options_of(version.kind, response)
    if not chosen:
        return
    (row,) = _locked(population, [version.pk])
    counts = defaultdict(int, row.choices)
    for option in chosen:
        counts[option] += 1
    row.choices = dict(sorted(counts.items()))
    row.save(update_fields=["choices"])


def _options_of(kind: str, response) -> list[str]:
    if kind in CHOICES:
        return sorted(set(response or ()))
    if kind == ItemKind.TRUE_FALSE and response is not None:
        return ["true" if response else "false"]
    return []


def count_answered(population: str, version: int, fraction: int) -> None:
    """It is known what somebody's first answer to this earned, in ten-millionths; less than nothing counts as nothing."""
    rows = ResponseTally.objects.filter(version=version, population=population)
    rows.update(answered=F("answered") + 1, earned=F("earned") + max(fraction, 0))


def count_beside(population: str, found: Sequence[Beside]) -> None:
    """A round is over: each question answered for the first time beside the others of the round. Two queries."""
    by_version = {one.version: one for one in found}
    rows = _locked(population, by_version)
    for row in rows:
        one = by_version[row.version_id]
        x, y = one.earned // _POINT, one.others // _POINT
        row.paired += 1
        row.sum_x, row.sum_y = row.sum_x + x, row.sum_y + y
        row.sum_xx, row.sum_yy, row.sum_xy = row.sum_xx + x * x, row.sum_yy + y * y, row.sum_xy + x * y
    if rows:
        ResponseTally.objects.bulk_update(rows, ["paired", "sum_x", "sum_y", "sum_xx", "sum_yy", "sum_xy"])


def _locked(population: str, versions: Collection[int]) -> list[ResponseTally]:
    """In one order, so that two who count at once wait for each other and never both."""
    rows = ResponseTally.objects.filter(version__in=versions, population=population)
    return list(rows.select_for_update().order_by("version"))


# --- reading


HARD, FITTING, EASY = "hard", "fitting", "easy"
AGAINST, WEAK, FAIR, GOOD = "against", "weak", "fair", "good"


@dataclass(frozen=True, slots=True)
class Measured:
    """How one wording was answered, by one population or by all. `facility` is in hundredths of a percent, `discrimination`
    in percent from -100 to 100; None while too few answered to say."""

    shown: int = 0
    answered: int = 0
    facility: int | None = None
    paired: int = 0
    discrimination: int | None = None
    choices: dict[str, int] = field(default_factory=dict)

    @property
    def difficulty(self) -> str:
        """Whether it is too hard or too easy to tell people apart."""
        if self.facility is None:
            return ""
        return HARD if self.facility < 3000 else EASY if self.facility > 9500 else FITTING

    @property
    def separation(self) -> str:
        """Whether those who answer the rest well answer this well."""
        if self.discrimination is None:
            return ""
        if self.discrimination < 0:
            return AGAINST
        return WEAK if self.discrimination < 20 else FAIR if self.discrimination < 40 else GOOD


def measured(rows: Iterable[ResponseTally]) -> Measured:
    """The figures of one wording from its tallies: those of several populations as one, each about its own mean."""
    rows = list(rows)
    answered, paired = sum(row.answered for row in rows), sum(row.paired for row in rows)
    choices = defaultdict(int)
    for row in rows:
        for option, count in row.choices.items():
            choices[option] += count
    return Measured(
        shown=sum(row.shown for row in rows),
        answered=answered,
        facility=sum(row.earned for row in rows) * 10_000 // (answered * WHOLE) if answered >= FACILITY_FROM else None,
        paired=paired,
        discrimination=_discrimination(rows) if paired >= DISCRIMINATION_FROM else None,
        choices=dict(choices),
    )


def _discrimination(rows: list[ResponseTally]) -> int | None:
    found = discrimination_within(
        Sums(row.paired, row.sum_x, row.sum_y, row.sum_xx, row.sum_yy, row.sum_xy) for row in rows if row.paired
    )
    return None if found is None else round(found)


def measured_versions(versions: Iterable[int]) -> dict[int, Measured]:
    """version -> its figures over all populations, where anybody met it. One query, whatever their number."""
    by_version = defaultdict(list)
    for row in ResponseTally.objects.filter(version__in=versions).order_by("population"):
        by_version[row.version_id].append(row)
    return {version: measured(rows) for version, rows in by_version.items()}


def facilities(versions) -> dict[int, int]:
    """version -> measured facility, where enough answered."""
    found = measured_versions(versions)
    return {version: one.facility for version, one in found.items() if one.facility is not None}


TROUBLES = {
    "hard": lambda one: one.difficulty == HARD,
    "easy": lambda one: one.difficulty == EASY,
    "weak": lambda one: one.separation in (WEAK, AGAINST),
    "against": lambda one: one.separation == AGAINST,
}


def in_trouble(trouble: str) -> list[int]:
    """Wordings of today whose figures ask for a look: too hard, too easy, telling people apart badly or the wrong way round."""
    now = Item.objects.exclude(state=ItemState.RETIRED).values("current")
    return [version for version, one in measured_versions(now).items() if TROUBLES[trouble](one)]
