"""How items and papers measure: facility, discrimination, reliability. Pure; marks in any unit, one list entry a candidate.

The figures are those of classical test theory as item banks report them: covariances with n - 1, the mark of the rest of
the paper (not the total) beside an item's mark. None stands where a figure cannot be had (too few, or no spread).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """`facility` 0..1; `discrimination` and `efficiency` in percent."""

    count: int
    facility: float | None
    deviation: float | None
    discrimination: float | None
    efficiency: float | None


def mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def covariance(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Of the sample; None for fewer than two."""
    if len(xs) < 2:
        return None
    mean_x, mean_y = mean(xs), mean(ys)
    return sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / (len(xs) - 1)


def rest_of(marks: Sequence[float], totals: Sequence[float]) -> list[float]:
    """What each candidate earned on the rest of the paper."""
    return [total - mark for mark, total in zip(marks, totals, strict=True)]


def item_figures(marks: Sequence[float], rest: Sequence[float], *, of: float) -> ItemFigures:
    """One item: what each candidate earned on it, and beside it; `of` is the most it gives.

    Beside an item stands the rest of the paper (`rest_of`); beside one that was drawn for a place at random, the whole.
    """
    if not marks:
        return ItemFigures(0, None, None, None, None)
    variance = covariance(marks, marks)
    together = covariance(marks, rest)
    most = covariance(sorted(marks), sorted(rest))
    return ItemFigures(
        count=len(marks),
        facility=mean(marks) / of,
        deviation=None if variance is None else sqrt(variance),
        discrimination=discrimination(variance, covariance(rest, rest), together),
        efficiency=100 * together / most if most else None,
    )


def discrimination(variance, rest_variance, together) -> float | None:
    """Percent to which the marks on an item go with those beside it; None without spread in both."""
    return 100 * float(together) / sqrt(variance * rest_variance) if variance and rest_variance else None


@dataclass(frozen=True, slots=True)
class Sums:
    """What is added up of candidates, x on an item and y beside it, when their marks are not kept: whole numbers, exact."""

    count: int
    x: int
    y: int
    xx: int
    yy: int
    xy: int

    @property
    def spread(self) -> tuple[Fraction, Fraction, Fraction]:
        """Squares of x, squares of y and products about their means: those of several groups may be added."""
        if not self.count:
            return Fraction(0), Fraction(0), Fraction(0)
        return (
            self.xx - Fraction(self.x**2, self.count),
            self.yy - Fraction(self.y**2, self.count),
            self.xy - Fraction(self.x * self.y, self.count),
        )


def discrimination_within(groups: Iterable[Sums]) -> float | None:
    """That of several groups of candidates, each about its own means: how the groups differ does not count."""
    spreads = [group.spread for group in groups]
    return discrimination(*(sum(parts) for parts in zip(*spreads, strict=True))) if spreads else None


def effective_weights(columns: Sequence[Sequence[float]], totals: Sequence[float]) -> list[float | None]:
    """Percent of the totals' spread that each item makes; None where an item runs against the total."""
    shares = [covariance(marks, totals) for marks in columns]
    roots = [sqrt(share) if share is not None and share >= 0 else None for share in shares]
    whole = sum(root for root in roots if root is not None)
    return [100 * root / whole if root is not None and whole else None for root in roots]


def alpha(columns: Sequence[Sequence[float]]) -> float | None:
    """Cronbach's alpha of a paper, from the marks of each item."""
    if len(columns) < 2 or len(columns[0]) < 2:
        return None
    totals = [sum(marks) for marks in zip(*columns, strict=True)]
    variance = covariance(totals, totals)
    if not variance:
        return None
    parts = sum(covariance(marks, marks) for marks in columns)
    return len(columns) / (len(columns) - 1) * (1 - parts / variance)
