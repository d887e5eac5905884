"""Where the table is: header rows, what each column holds, which rows are no data, and why.

Everything decided here can be shown to a person (`Understanding`) and corrected by one (`Overrides`).
"""

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from .cells import Book, Sheet, kind_of
from .headers import Vocabulary
from .refusals import FileEmpty, HeaderNotFound, OverrideInvalid, TableTwice
from .rows import RowClassifier
from .texts import clean_text, mask_within, plain_number
from .workbook import open_book

SEARCHED_ROWS = 60
HEADER_DEPTH = 3
_NOT_MERGED_DOWN = frozenset("seq name id_number staff_no phone certificate_no legal_no document_no score".split())
_LIKE_DATA = re.compile(r"\d{8,}")
_YEAR = re.compile(r"(?<!\d)(20\d{2})\s*(?:年|-\d{4}学年|$)")
_REPORTING_UNIT = re.compile(r"(?:填报单位|报送单位|单位名称|填表单位|单位)(?:[（(][^）)]*[）)])?\s*[:：]\s*([^\s:：]+)")
_ORGAN = re.compile(
    r"(?:局|委|委员会|办公室|办|院|队|中心|街道|街道办事处|地区办事处|镇|乡|镇人民政府|人民政府|政府|分局|支队|大队|总队|站|所|处|集团|协会|联合会|公司)$"
)

SKIP_REASONS = {
    "hidden": _("hidden sheet"),
    "empty": _("empty sheet"),
    "no_table": _("no table of the wanted kind"),
    "columns_missing": _("needed columns are missing"),
    "not_worksheet": _("a chart or macro sheet"),
    "not_chosen": _("another sheet was chosen"),
}
IGNORE_REASONS = {
    "title": _("title above the table"),
    "blank": _("blank row"),
    "repeated_header": _("header row repeated"),
    "subtotal": _("subtotal row"),
    "total": _("total row"),
    "footer": _("line below the table"),
    "note": _("note"),
    "section": _("heading of a group"),
    "example": _("sample row"),
}
NOTES = {
    "unit_from_sheet_name": _("There is no unit column; the sheet name %(value)s is taken as the unit"),
    "unit_from_title": _("There is no unit column; %(value)s in the title is taken as the unit"),
    "unit_from_section": _("There is no unit column; the headings of the groups are taken as the units"),
    "unit_filled_down": _("Blank unit cells were read as the unit above them"),
    "columns_repeated": _("Several columns have the same meaning; the first is used: %(value)s"),
}


@dataclass(frozen=True, slots=True)
class Overrides:
    """What a person decided against the reader's own finding. Columns count from A = 0; an empty role means "not used"."""

    sheet: str | None = None
    header_rows: tuple[int, ...] | None = None
    columns: dict[int, str] = field(default_factory=dict)
    in_sheets: dict[str, dict[int, str]] = field(default_factory=dict)  # the same for one sheet, by its name
    year: int | None = None

    @classmethod
    def from_dict(cls, data: dict | None) -> "Overrides":
        data = data or {}
        rows = data.get("header_rows", data.get("header_row"))
        rows = (rows,) if isinstance(rows, (int, str)) else rows
        try:
            return cls(
                sheet=data.get("sheet") or None,
                header_rows=tuple(int(row) for row in rows) if rows else None,
                columns=_columns_chosen(data.get("columns")),
                in_sheets={str(name): _columns_chosen(chosen) for name, chosen in (data.get("in_sheets") or {}).items()},
                year=int(data["year"]) if data.get("year") else None,
            )
        except (TypeError, ValueError) as error:
            raise OverrideInvalid from error


def _columns_chosen(data: dict | None) -> dict[int, str]:
    return {int(index): str(code or "") for index, code in (data or {}).items()}


@dataclass(frozen=True, slots=True)
class Column:
    index: int
    letter: str
    heading: str
    role: str | None
    example: str = ""


@dataclass(frozen=True, slots=True)
class IgnoredRow:
    sheet: str | None
    row: int
    why: str
    text: str = ""

    @property
    def reason(self) -> str:
        return str(IGNORE_REASONS[self.why])


@dataclass(slots=True)
class SheetView:
    """How one sheet was understood; `skipped` says why it was left out."""

    name: str | None
    skipped: str | None = None
    header_rows: list[int] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    ignored: list[IgnoredRow] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    @property
    def skip_reason(self) -> str:
        return str(SKIP_REASONS[self.skipped]) if self.skipped else ""

    @property
    def note_texts(self) -> list[str]:
        return [str(NOTES[code]) % {"value": value} for code, value in self.notes]

    def note(self, code: str, value: str = ""):
        if (code, value) not in self.notes:
            self.notes.append((code, value))


@dataclass(slots=True)
class Understanding:
    """What a page shows before anything is taken over."""

    kind: str
    encoding: str | None
    delimiter: str | None
    date_1904: bool
    sheets: list[SheetView]
    roles: dict[str, object] = field(default_factory=dict)

    @property
    def read_sheets(self) -> list[SheetView]:
        return [sheet for sheet in self.sheets if not sheet.skipped]

    @property
    def skipped_sheets(self) -> list[SheetView]:
        return [sheet for sheet in self.sheets if sheet.skipped]

    @property
    def ignored_rows(self) -> list[IgnoredRow]:
        return [row for sheet in self.sheets for row in sheet.ignored if row.why != "blank"]

    def as_dict(self) -> dict:
        return {
            "kind": self.kind,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "date_1904": self.date_1904,
            "sheets": [
                {
                    "name": sheet.name,
                    "skipped": sheet.skipped,
                    "header_rows": sheet.header_rows,
                    "columns": [
                        {"index": c.index, "letter": c.letter, "heading": c.heading, "role": c.role, "example": c.example}
                        for c in sheet.columns
                    ],
                    "ignored": [{"row": row.row, "why": row.why, "text": row.text} for row in sheet.ignored],
                    "notes": [{"code": code, "value": value} for code, value in sheet.notes],
                    "missing": sheet.missing,
                }
                for sheet in self.sheets
            ],
        }


def column_letter(index: int) -> str:
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


@dataclass(slots=True)
class Header:
    """A block of header rows: for every column its own heading, the one above it, and the role they name."""

    first: int  # position in sheet.rows
    depth: int
    headings: list[str]
    roles: dict[str, int]
    repeated: list[tuple[str, int]]  # role and column of a heading whose role has its column already


class Table:
    """One table of a sheet: its header, and its rows as they come."""

    def __init__(self, sheet: Sheet, header: Header, vocabulary: Vocabulary, view: SheetView, overrides: Overrides):
        self.sheet, self.header, self.vocabulary, self.view = sheet, header, vocabulary, view
        self.roles, self.headings = dict(header.roles), header.headings
        for index, code in (overrides.columns | overrides.in_sheets.get(sheet.name or "", {})).items():
            self._override(index - sheet.first_column, code)
        self.filled_rows: set[int] = set()  # rows whose unit is taken from above
        self.section = self.group = ""  # the last heading of a group that names a unit, and the last of all
        above = sheet.rows[: header.first]
        titles = [clean_text(value) for row in above for value in row if isinstance(value, str) and value]
        self.title_year = _year_of([*titles, sheet.name or ""])
        self.title_unit = next((found[1] for text in titles if (found := _REPORTING_UNIT.search(text))), "")

    def _override(self, index: int, code: str):
        if not 0 <= index < len(self.headings) or (code and code not in self.vocabulary.roles):
            raise OverrideInvalid
        self.roles = {role: place for role, place in self.roles.items() if place != index and role != code}
        if code:
            self.roles[code] = index

    def heading(self, role: str) -> str | None:
        index = self.roles.get(role)
        return self.headings[index] if index is not None else None

    def place(self, role: str) -> int | None:
        """Column of a role, counted from A = 0."""
        index = self.roles.get(role)
        return index + self.sheet.first_column if index is not None else None

    def fallback_unit(self) -> str:
        """The unit where no column names one: a group's heading, the sheet's name, or the title."""
        if self.section:
            self.view.note("unit_from_section")
            return self.section
        name = re.sub(r"[（(][^）)]*[）)]|\d+", "", self.sheet.name or "").strip()
        if _ORGAN.search(name):
            self.view.note("unit_from_sheet_name", name)
            return name
        if self.title_unit:
            self.view.note("unit_from_title", self.title_unit)
        return self.title_unit

    def data_rows(self, is_plain):
        """Row number and values of every row that holds data. `is_plain` quickly tells the rows nobody need look at twice.

        A header row that stands again below, in another order, changes `roles` for the rows that follow it.
        """
        sheet, rows, view = self.sheet, self.sheet.rows, self.view
        for position in range(self.header.first):
            if any(value != "" for value in rows[position]):
                self._ignore(position, "title")
        view.header_rows += range(sheet.first_row + self.header.first, sheet.first_row + self.header.first + self.header.depth)
        position = self.header.first + self.header.depth
        self._fill(position)
        titles = frozenset(
            {"", *("".join(clean_text(v) for v in row if isinstance(v, str)) for row in rows[: self.header.first])}
        )
        classifier = RowClassifier(self.vocabulary, self.roles, self.headings, titles)
        plain = is_plain(self)
        while position < len(rows):
            row = rows[position]
            if plain(row):
                yield sheet.first_row + position, row
                position += 1
                continue
            why = classifier.why_no_data(row)
            if why == "repeated_header":
                depth = self._repeated(position)
                for offset in range(depth):
                    self._ignore(position + offset, why)
                position += depth
                classifier, plain = RowClassifier(self.vocabulary, self.roles, self.headings, titles), is_plain(self)
                continue
            if why == "section":
                self.group = classifier.section_text(row)
                self.section = self.group if _ORGAN.search(self.group) else self.section
            if why is None:
                yield sheet.first_row + position, row
            else:
                self._ignore(position, why)
            position += 1

    def _repeated(self, position: int) -> int:
        """How many rows the repeated header has; takes over its order of columns when that differs."""
        again = header_at(self.sheet, self.vocabulary, position)
        if again is None:
            return 1
        if again.roles != self.header.roles:
            self.header = again
            self.roles, self.headings = dict(again.roles), again.headings
        return again.depth

    def _ignore(self, position: int, why: str):
        text = " ".join(clean_text(value) for value in self.sheet.rows[position] if value != "")
        self.view.ignored.append(IgnoredRow(self.sheet.name, self.sheet.first_row + position, why, mask_within(text)[:60]))

    def _fill(self, start: int):
        """Write the value of cells merged downwards into every row they cover, and continue blank units."""
        rows, first_row = self.sheet.rows, self.sheet.first_row
        role_at = {index: role for role, index in self.roles.items()}
        merged_roles = set()
        for top, left, bottom, _right in self.sheet.merged:
            role = role_at.get(left)
            position = top - first_row
            if bottom <= top or position < start or role is None or role in _NOT_MERGED_DOWN or position >= len(rows):
                continue
            merged_roles.add(role)
            value = rows[position][left]
            for row in rows[position + 1 : bottom - first_row + 1]:
                row[left] = value
        unit = next((role for role in ("unit_and_department", "unit") if role in self.roles), None)
        if unit and unit not in merged_roles and "name" in self.roles:
            self._continue_units(start, self.roles[unit], self.roles["name"])

    def _continue_units(self, start: int, unit: int, name: int):
        """Blank cells under a unit mean "the same" only where the column is plainly written so: several units, each once
        above its people, and far more blanks than units. A single blank cell is a row without a unit.
        """
        others = [index for index in range(len(self.headings)) if index not in (unit, name)]
        people = [
            (position, row)
            for position, row in enumerate(self.sheet.rows[start:], start)
            if row[name] != "" and any(row[index] != "" for index in others) and not self.vocabulary.is_heading(row[name])
        ]
        units = [row[unit] for _, row in people if row[unit] != ""]
        if len(units) < 2 or len(set(units)) < len(units) or len(people) < 3 * len(units) or people[0][1][unit] == "":
            return
        current = ""
        for position, row in people:
            if row[unit] == "":
                row[unit] = current
                self.filled_rows.add(self.sheet.first_row + position)
            elif isinstance(row[unit], str):
                current = row[unit]
        self.view.note("unit_filled_down")


def _year_of(texts: list[str]) -> int | None:
    years = {int(year) for text in texts[:6] for year in _YEAR.findall(text)}
    return years.pop() if len(years) == 1 else None


def find_tables(book: Book, vocabulary: Vocabulary, overrides: Overrides) -> tuple[list[Table], Understanding]:
    """The tables of all visible sheets. Raises HeaderNotFound when there is none."""
    if overrides.sheet is not None and overrides.sheet not in [sheet.name for sheet in book.sheets]:
        raise OverrideInvalid
    tables, views, missing = [], [], None
    for sheet in book.sheets:
        view = SheetView(sheet.name)
        views.append(view)
        view.skipped = _skip(sheet, overrides)
        if view.skipped:
            continue
        header = _chosen_header(sheet, vocabulary, overrides) if overrides.header_rows else find_header(sheet, vocabulary)
        if header is None:
            view.skipped = "no_table"
            continue
        table = Table(sheet, header, vocabulary, view, overrides)
        view.columns = _columns(table)
        view.missing = vocabulary.missing(table.roles)
        if view.missing:
            view.skipped = "columns_missing"
            missing = missing or view.missing
            continue
        if header.repeated:
            view.note("columns_repeated", "、".join(header.headings[index] for _, index in header.repeated))
            _refuse_side_by_side(table)
        tables.append(table)
    if all(view.skipped == "empty" for view in views):
        raise FileEmpty
    if not tables:
        raise HeaderNotFound(columns=vocabulary.labels(missing or vocabulary.missing({})))
    roles = {code: role.label for code, role in vocabulary.roles.items()}
    return tables, Understanding(book.kind, book.encoding, book.delimiter, book.date_1904, views, roles)


def _refuse_side_by_side(table: Table):
    """A second table beside the first would be lost; its people are not."""
    header, first = table.header, table.header.first + table.header.depth
    again = dict(header.repeated)
    if not table.vocabulary.missing(again) and any(
        row[index] != "" for row in table.sheet.rows[first:] for index in again.values()
    ):
        raise TableTwice(columns="、".join(header.headings[index] for index in again.values()))


GRID_ROWS, GRID_COLUMNS = 15, 30


def grid_of(content: bytes) -> list[dict]:
    """The first rows of every visible sheet as they stand, for a person to show where the headings are."""
    views = []
    for sheet in open_book(content).sheets:
        if sheet.hidden or not sheet.is_worksheet or not sheet.rows:
            continue
        width = min(max(len(row) for row in sheet.rows[:GRID_ROWS]), GRID_COLUMNS)
        columns = range(sheet.first_column, sheet.first_column + width)
        views.append(
            {
                "name": sheet.name,
                "columns": [{"index": index, "letter": column_letter(index)} for index in columns],
                "rows": [
                    {
                        "row": sheet.first_row + offset,
                        "cells": [mask_within(plain_number(value))[:40] if value != "" else "" for value in row[:width]],
                    }
                    for offset, row in enumerate(sheet.rows[:GRID_ROWS])
                ],
            }
        )
    return views


def _skip(sheet: Sheet, overrides: Overrides) -> str | None:
    if not sheet.is_worksheet:
        return "not_worksheet"
    if sheet.hidden:
        return "hidden"
    if overrides.sheet is not None and sheet.name != overrides.sheet:
        return "not_chosen"
    return None if any(value != "" for row in sheet.rows for value in row) else "empty"


def _chosen_header(sheet: Sheet, vocabulary: Vocabulary, overrides: Overrides) -> Header:
    first, last = min(overrides.header_rows), max(overrides.header_rows)
    if not sheet.first_row <= first <= last <= sheet.last_row or last - first >= 5:
        raise OverrideInvalid
    return _header(sheet, vocabulary, first - sheet.first_row, last - first + 1)


def find_header(sheet: Sheet, vocabulary: Vocabulary) -> Header | None:
    """The header block that names most roles. A table lacking a needed column is still found, to say what it lacks."""
    best, rank, stop = None, (False, 0, 0), min(len(sheet.rows), SEARCHED_ROWS)
    position = 0
    while position < stop:
        for depth in range(1, min(HEADER_DEPTH, len(sheet.rows) - position) + 1):
            if not _header_like(sheet.rows[position + depth - 1]):
                break
            header = _header(sheet, vocabulary, position, depth)
            if len(header.roles) < 2:
                continue
            candidate = (not vocabulary.missing(header.roles), len(header.roles), -depth)
            if candidate > rank:
                if not rank[0] and candidate[0]:
                    stop = min(stop, position + HEADER_DEPTH + 1)
                best, rank = header, candidate
        position += 1
    return best


def header_at(sheet: Sheet, vocabulary: Vocabulary, position: int) -> Header | None:
    """The header block that begins exactly here, or None."""
    best = None
    for depth in range(1, min(HEADER_DEPTH, len(sheet.rows) - position) + 1):
        if not _header_like(sheet.rows[position + depth - 1]):
            break
        header = _header(sheet, vocabulary, position, depth)
        if not vocabulary.missing(header.roles) and (best is None or len(header.roles) > len(best.roles)):
            best = header
    return best


def _header_like(row: list) -> bool:
    texts = [value for value in row if value != ""]
    return bool(texts) and all(kind_of(value) == "text" and not _LIKE_DATA.search(value) for value in texts)


def _header(sheet: Sheet, vocabulary: Vocabulary, first: int, depth: int) -> Header:
    block = [list(row) for row in sheet.rows[first : first + depth]]
    tops = [["" for _ in row] for row in block]
    for line in range(depth - 1):
        above = ""
        for index, value in enumerate(block[line]):
            # A heading over several columns stands in the first of them; the others are blank with headings of their own below.
            if value != "":
                above = value
            elif not any(block[below][index] != "" for below in range(line + 1, depth)):
                above = ""
            tops[line][index] = above
    headings, roles, repeated = [], {}, []
    for index in range(len(block[0]) if block else 0):
        own = [line for line in range(depth) if block[line][index] != ""]
        text = block[own[-1]][index] if own else ""
        group = "".join(str(tops[line][index]) for line in range(own[-1])) if own else ""
        headings.append(re.sub(r"\s+", "", plain_number(text)))
        role = vocabulary.role_of(str(text), group) if text != "" else None
        if role and role in roles:
            repeated.append((role, index))
        elif role:
            roles[role] = index
    return Header(first, depth, headings, roles, repeated)


def _columns(table: Table) -> list[Column]:
    role_at = {index: role for role, index in table.roles.items()}
    sample = table.sheet.rows[table.header.first + table.header.depth : table.header.first + table.header.depth + 5]
    columns = []
    for index, heading in enumerate(table.headings):
        example = next((clean_text(row[index]) for row in sample if row[index] != ""), "")
        if heading or example:
            place = index + table.sheet.first_column
            columns.append(Column(place, column_letter(place), heading, role_at.get(index), mask_within(example)[:40]))
    return columns
