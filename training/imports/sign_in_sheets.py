"""A paper sign-in sheet that was typed into a workbook: who was there, one row a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .headers import SIGN_IN_SHEETS
from .layout import Overrides, Table
from .people import Cells, Reading, finished, open_tables, read_person
from .problems import Problem


@dataclass(slots=True)
class SignInRow:
    sheet: str | None
    row: int
    name: str = ""
    id_number: str = ""
    staff_no: str = ""
    issues: list[Problem] = field(default_factory=list)


def read_sign_in_sheet(content: bytes, filename: str, *, today: date, overrides: Mapping | Overrides | None = None) -> Reading:
    """Read who signed. A row needs a staff number or an ID number. Raises a FileRefused."""
    _, tables, understanding, _chosen = open_tables(content, SIGN_IN_SHEETS, overrides)
    reading = Reading(filename, understanding)
    for table in tables:
        for number, row in table.data_rows(lambda table: lambda row: False):
            _read_row(table, Cells(table, number, row), reading, today)
    return finished(reading)


def _read_row(table: Table, cells: Cells, reading: Reading, today: date) -> None:
    person, refusal = read_person(cells, today)
    if refusal is not None:
        reading.refused.append(refusal)
        return
    row = SignInRow(table.sheet.name, cells.number, **person)
    row.issues = cells.issues
    reading.rows.append(row)
