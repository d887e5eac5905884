"""What every row about a person shares: the cells by role, the problems found, the ID number."""

import re
from dataclasses import dataclass, field
from datetime import date

from ..identity import id_problem, normalise_id_number
from .cells import Book, CellFault
from .headers import Vocabulary
from .layout import Overrides, Table, Understanding, find_tables
from .problems import Problem, reason_with_fault
from .refusals import RowsMissing
from .texts import NOTHING, mask, optional_text, parse_name, plain_number
from .workbook import open_book

_LEAVERS = re.compile(r"离职|离岗|退休|离退|辞职|辞退|调出|调离|已故|去世")
_MASKED = frozenset(("id_number", "phone"))


@dataclass(slots=True)
class Reading:
    """What a file says: rows, refused rows, and how the file was understood. `filename` serves messages only."""

    filename: str
    understanding: Understanding
    rows: list = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        """Everything to mark in the file: refusals and warnings."""
        return self.refused + [issue for row in self.rows for issue in row.issues]


class Cells:
    """One row while it is read: its cells by role, and the problems that come up."""

    __slots__ = ("issues", "number", "places", "row", "table")

    def __init__(self, table: Table, number: int, row: list):
        self.table, self.number, self.row = table, number, row
        self.places = table.roles
        self.issues: list[Problem] = []
        if number in table.sheet.hidden_rows:
            self.warn("row_was_hidden", None)
        if number in table.filled_rows:
            self.warn("unit_filled_down", "unit" if "unit" in self.places else "unit_and_department")
        if table.group and _LEAVERS.search(table.group):
            self.warn("group_of_leavers", None, heading=table.group)
        for role, index in self.places.items():
            value = row[index]
            if value.__class__ is CellFault:
                self.warn(value.code, role, value)

    def get(self, role: str):
        """The raw value; a fault counts as empty, it was reported already."""
        index = self.places.get(role)
        if index is None:
            return ""
        value = self.row[index]
        return "" if value.__class__ is CellFault else value

    def text(self, role: str) -> str:
        index = self.places.get(role)
        return optional_text(self.row[index]) if index is not None else ""

    def number_text(self, role: str) -> str:
        """Text of a number plate that must not pass through a float: long digits stored as a number are reported."""
        value = self.get(role)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) >= 1e15:
            self.warn("number_precision_lost", role)
            return ""
        return optional_text(value)

    def _problem(self, code: str, role: str | None, value=None, is_error=False, name="", **facts) -> Problem:
        value = self.row[self.places[role]] if value is None and role in self.places else value
        message = reason_with_fault(code, value.code) if is_error and isinstance(value, CellFault) else None
        shown = plain_number(value) if not isinstance(value, (str, CellFault)) else str(value)
        table = self.table
        return Problem(
            code,
            table.sheet.name,
            self.number,
            table.heading(role) if role else None,
            table.place(role) if role else None,
            mask(shown) if role in _MASKED else shown[:200],
            facts,
            is_error,
            name,
            message,
        )

    def warn(self, code: str, role: str | None, value=None, **facts):
        self.issues.append(self._problem(code, role, value, **facts))

    def refuse(self, code: str, role: str | None, name: str = "", **facts) -> Problem:
        return self._problem(code, role, None, True, name, **facts)


def read_name(cells: Cells) -> tuple[str, str | None]:
    """The name with its warnings noted, and the code that refuses it."""
    name, codes, refusal = parse_name(cells.get("name"))
    if refusal is None:
        for code in codes:
            cells.warn(code, "name")
    return name, refusal


def read_id(value, today: date) -> tuple[str, str | None, dict]:
    """The normalised ID number, the code that refuses it, and what the sentence needs. A number in a cell is never trusted."""
    if type(value) is str:
        number = normalise_id_number(value)
        code = "id_missing" if number in NOTHING else id_problem(number, today)
        return number, code, {"length": len(number)} if code == "id_length" else {}
    if value == "" or value is None or isinstance(value, CellFault):
        return "", "id_missing", {}
    return "", "id_characters" if isinstance(value, bool) else "id_precision_lost", {}


def read_person(cells: Cells, today: date) -> tuple[dict, Problem | None]:
    """Name, ID number and staff number of a row that speaks of one person; refused when neither number is usable."""
    person, places = {"name": "", "id_number": "", "staff_no": ""}, cells.places
    if "name" in places:
        person["name"], code = read_name(cells)
        if code:
            return person, cells.refuse(code, "name", person["name"])
    if "staff_no" in places:
        person["staff_no"] = cells.number_text("staff_no")
    if "id_number" in places:
        person["id_number"], code, facts = read_id(cells.row[places["id_number"]], today)
        if code and not (code == "id_missing" and person["staff_no"]):
            return person, cells.refuse(code, "id_number", person["name"], **facts)
    if not (person["id_number"] or person["staff_no"]):
        return person, cells.refuse("staff_no_missing" if person["name"] else "person_missing", "staff_no", person["name"])
    return person, None


def finished(reading: Reading) -> Reading:
    """Raises RowsMissing where a table has headings and nothing else."""
    if not reading.rows and not reading.refused:
        raise RowsMissing
    return reading


def open_tables(
    content: bytes, vocabulary: Vocabulary, overrides: dict | Overrides | None
) -> tuple[Book, list[Table], Understanding, Overrides]:
    """The first steps of every reading."""
    chosen = overrides if isinstance(overrides, Overrides) else Overrides.from_dict(overrides)
    book = open_book(content)
    tables, understanding = find_tables(book, vocabulary, chosen)
    return book, tables, understanding, chosen
