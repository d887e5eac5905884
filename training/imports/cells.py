"""What a sheet holds: rows of plain values, numbered as the spreadsheet shows them.

A value keeps the kind its cell had: text is `str`, a number `int` or `float`, a date one of the `datetime` kinds, a truth value
`bool`, an empty cell `""`. What calamine cannot tell (an error, a formula never calculated) is a `CellFault` in its place.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

# text that a spreadsheet takes for a formula when it begins so
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that shows an error, or a formula without a cached value. `text` is what the spreadsheet shows."""

    code: str
    text: str = ""

    def __str__(self):
        return self.text


_KINDS = {
    str: "text",
    int: "number",
    float: "number",
    bool: "bool",
    date: "date",
    datetime: "date",
    time: "time",
    timedelta: "time",
    CellFault: "error",
}


def kind_of(value) -> str:
    """text, number, date, time, bool, error or empty."""
    return "empty" if value == "" or value is None else _KINDS[type(value)]


@dataclass(slots=True)
class Sheet:
    """One sheet. `rows[i]` is spreadsheet row `first_row + i`; its first value stands in column `first_column` (0 is A)."""

    name: str | None
    rows: list[list]
    hidden: bool = False
    first_row: int = 1
    first_column: int = 0
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[int, int, int, int]] = field(
        default_factory=list
    )  # top, left, bottom, right: row number, index into a row
    percents: set[tuple[int, int]] = field(default_factory=set)  # row number, index into a row: 0.05 is shown as 5%
    is_worksheet: bool = True

    @property
    def last_row(self):
        return self.first_row + len(self.rows) - 1

    def row(self, number: int) -> list:
        return self.rows[number - self.first_row]


@dataclass(slots=True)
class Book:
    sheets: list[Sheet]
    kind: str  # xlsx, xls, text
    encoding: str | None = None
    delimiter: str | None = None
    date_1904: bool = False
