"""What the importers find in rows beyond their reading: refusals and remarks, each with the column it is about."""

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
