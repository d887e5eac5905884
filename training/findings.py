"""What the importers find in rows beyond their reading: refusals and remarks, each with the column it is about."""

from dataclasses import dataclass
from typing import ClassVar

from training.imports.layout import Understanding
from training.imports.problems import Problem


def problem_dict(problem: Problem) -> dict:
    """A problem as the commands print it."""
    return {
        "sheet": problem.sheet,
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "code": problem.code,
        "reason": problem.reason,
    }


class Findings:
    """Collects the problems of one file. `roles` name the column: the first that the file has."""

    def __init__(self, understanding: Understanding):
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self._columns = {
            (sheet.name, column.role): (column.heading, column.index)
            for sheet in understanding.read_sheets
            for column in sheet.columns
            if column.role
        }

    def refuse(self, row, code: str, message, value="", roles: tuple[str, ...] = (), **facts) -> None:
        self.errors.append(self._problem(row, code, message, value, roles, facts, is_error=True))

    def warn(self, row, code: str, message, value="", roles: tuple[str, ...] = (), **facts) -> None:
        self.warnings.append(self._problem(row, code, message, value, roles, facts, is_error=False))

    @property
    def refused_rows(self) -> set[tuple]:
        return {(problem.sheet, problem.row) for problem in self.errors}

    def _problem(self, row, code, message, value, roles, facts, *, is_error) -> Problem:
        places = (self._columns.get((row.sheet, role)) for role in roles)
        heading, index = next((place for place in places if place), (None, None))
        name = getattr(row, "name", "")
        return Problem(code, row.sheet, row.row, heading, index, str(value)[:200], facts, is_error, name, message)


def in_order(problems: list[Problem]) -> list[Problem]:
    """As the file shows them: by sheet in the order met, then by row."""
    order = {None: -1}
    return sorted(problems, key=lambda p: (order.setdefault(p.sheet, len(order)), p.row))


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


def no_progress(done: int, total: int, step="") -> None:
    """For whoever does not watch."""


class Outcome:
    """What every plan answers. A plan has `created`, `changed`, `unchanged`, `requested` counts, `errors`, `warnings`, `is_partial`."""

    changed = 0
    requested = 0

    @property
    def is_refused(self) -> bool:
        return bool(self.errors) and not self.is_partial

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
