"""What every importer plans before anything is written, and the steps they share."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from training.errors import BadInput
from training.findings import Findings, in_order, problem_dict
from training.imports.layout import Understanding
from training.imports.problems import Problem
from training.models import Unit
from training.periods import day_of


@dataclass(slots=True, kw_only=True)
class Options:
    """What the file does not say and was asked once: the unit concerned, and whether good rows go in without the others."""

    unit: Unit | None = None
    partial: bool = False


@dataclass(slots=True)
class Listing:
    """A table of what a file would do: the first rows of `total`, as words to show."""

    SHOWN: ClassVar[int] = 500

    title: object
    columns: list
    rows: list[list[str]]
    total: int

    def as_dict(self) -> dict:
        return {"title": str(self.title), "columns": [str(c) for c in self.columns], "rows": self.rows, "total": self.total}


@dataclass(kw_only=True)
class Plan:
    """What a file would do. An importer's own plan adds what would be entered, and counts it as `created`."""

    changed = 0
    requested = 0

    errors: list[Problem]
    warnings: list[Problem]
    understanding: Understanding
    is_partial: bool
    unit: Unit | None = None
    unchanged: int = 0
    traces: dict = field(default_factory=dict)

    @property
    def is_refused(self) -> bool:
        return bool(self.errors) and not self.is_partial

    def require_usable(self) -> None:
        """Raises BadInput for a plan with refused rows that is not partial."""
        if self.is_refused:
            raise BadInput(_("Rows were refused: nothing was taken over. Correct them, or take the others over alone."))

    def counts(self) -> dict[str, int]:
        stops = self.is_refused
        return {
            "created": 0 if stops else self.created,
            "changed": 0 if stops else self.changed,
            "unchanged": self.unchanged,
            "requested": 0 if stops else self.requested,
            "refused": len(self.errors),
        }

    def as_dict(self) -> dict:
        """The object that the commands print."""
        return self.counts() | {
            "errors": [problem_dict(p) for p in self.errors],
            "warnings": [problem_dict(p) for p in self.warnings],
        }


@dataclass(kw_only=True)
class BatchPlan(Plan):
    """`lines` are new and not yet saved: they are registered as one batch under `title`."""

    title: str
    lines: list

    @property
    def created(self) -> int:
        return len(self.lines)


def no_progress(done: int, total: int, step="") -> None:
    """For whoever does not watch."""


def read(
    reader: Callable, *, content: bytes, filename: str, now: datetime, overrides: dict | None, progress, year: int | None = None
) -> tuple:
    """What the file says, and a place for what is found in it. `year` is the one asked for where dates name none."""
    progress(0, 100, _("Reading the file"))
    overrides = dict(overrides or {}) | ({"year": year} if year else {})
    reading = reader(content, filename, today=day_of(now), overrides=overrides)
    return reading, Findings(reading.understanding)


def found_in(reading, findings: Findings) -> dict:
    """The part of a plan that says what is wrong. A refused row has its one error and no warnings."""
    errors = [*reading.refused, *findings.errors]
    refused = {(problem.sheet, problem.row) for problem in errors}
    read = (replace(issue, name=getattr(row, "name", "")) for row in reading.rows for issue in row.issues)
    warnings = [*read, *findings.warnings]
    return {
        "errors": in_order(errors),
        "warnings": in_order([w for w in warnings if (w.sheet, w.row) not in refused]),
        "understanding": reading.understanding,
    }


def title_of(filename: str) -> str:
    """What a batch is called that came in a file."""
    return filename.rsplit(".", 1)[0][:200]


def new_ones(
    planned: Iterable[tuple], known: dict[Hashable, tuple], *, key: Callable, facts: Callable, clash: Callable, stop: Callable
) -> tuple[list, int]:
    """Of (row, line) the lines that are not `known` yet (key -> facts), and how many were.

    Other facts under a known key are told to `clash`; `stop` may keep a new line out. Both note the reason.
    """
    kept, unchanged, seen = [], 0, dict(known)
    for row, line in planned:
        before = seen.get(key(line))
        if before == facts(line):
            unchanged += 1
        elif before is not None:
            clash(row, line)
        elif not stop(row, line):
            seen[key(line)] = facts(line)
            kept.append(line)
    return kept, unchanged
