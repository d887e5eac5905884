"""The same workbook with the problems marked in it: coloured cells, notes, and a last column that says what to mend.

The copy holds values only. A formula of the original stands as the value it showed, and text that begins with = + - @ stays text, so that
a marked copy can never run anything and can be uploaded again as it is.
"""

import io
import warnings
from collections import defaultdict
from collections.abc import Iterable

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.cell.rich_text import CellRichText
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from .cells import FORMULA_STARTS, Book, CellFault, Sheet
from .layout import Understanding
from .problems import Problem
from .workbook import open_book

RED, AMBER = "FFFFC7CE", "FFFFEB9C"
_AUTHOR = "import"
_MOST_NOTES = 5_000  # a workbook with more notes than this opens too slowly to be of use


def mark_errors(content: bytes, filename: str, problems: Iterable[Problem], understanding: Understanding | None = None) -> bytes:
    """The file as .xlsx with every problem marked where it stands. Raises a FileRefused for what cannot be read at all."""
    book = open_book(content)
    target = _loaded(content, book) if book.kind == "xlsx" else None
    target = target or _rebuilt(book)
    headers = {view.name: view.header_rows[-1] for view in understanding.read_sheets if view.header_rows} if understanding else {}
    by_sheet = defaultdict(list)
    for problem in problems:
        by_sheet[problem.sheet].append(problem)
    notes_left = _MOST_NOTES
    for sheet in book.sheets:
        if found := by_sheet.get(sheet.name):
            notes_left = _mark_sheet(target[_title(sheet)], sheet, found, headers.get(sheet.name), notes_left)
    saved = io.BytesIO()
    target.save(saved)
    return saved.getvalue()


def _loaded(content: bytes, book: Book) -> Workbook | None:
    """The original with its formats, formulas turned into values; None where openpyxl cannot open what calamine read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target = load_workbook(io.BytesIO(content), rich_text=True, keep_links=False)
        for sheet in book.sheets:
            if sheet.is_worksheet:
                _without_formulas(target[sheet.name], sheet)
        target.save(io.BytesIO())  # some parts fail only when written
    except Exception:
        return None
    return target


def _without_formulas(worksheet, sheet: Sheet):
    for row in worksheet.iter_rows():
        for cell in row:
            if cell.data_type == "f":
                _put(cell, _shown(sheet, cell))
            elif (
                cell.data_type == "s"
                and isinstance(cell.value, (str, CellRichText))
                and str(cell.value).startswith(FORMULA_STARTS)
            ):
                cell.quotePrefix = True


def _shown(sheet: Sheet, cell):
    """What the formula showed; in a hidden sheet, whose values nobody read, its text."""
    if sheet.hidden:
        return str(getattr(cell.value, "text", cell.value) or "")
    row, column = cell.row - sheet.first_row, cell.column - 1 - sheet.first_column
    inside = 0 <= row < len(sheet.rows) and 0 <= column < len(sheet.rows[row])
    return sheet.rows[row][column] if inside else ""


def _rebuilt(book: Book) -> Workbook:
    """A new workbook with the values of a file that has no .xlsx form, or none that can be kept."""
    target = Workbook()
    target.remove(target.active)
    for sheet in book.sheets:
        worksheet = target.create_sheet(_title(sheet))
        if sheet.hidden:
            worksheet.sheet_state = "hidden"
        for number, row in enumerate(sheet.rows, sheet.first_row):
            for index, value in enumerate(row, sheet.first_column + 1):
                if value != "":
                    _put(worksheet.cell(number, index), value)
            if number in sheet.hidden_rows:
                worksheet.row_dimensions[number].hidden = True
        for top, left, bottom, right in sheet.merged:
            worksheet.merge_cells(
                start_row=top,
                start_column=left + sheet.first_column + 1,
                end_row=bottom,
                end_column=right + sheet.first_column + 1,
            )
    if all(sheet.hidden for sheet in book.sheets):
        target.create_sheet(_("Import"))
    return target


def _put(cell, value):
    """A value as a value: text stays text whatever it begins with."""
    if value == "" or value is None:
        cell.value = None
    elif isinstance(value, CellFault):
        cell.value = value.text or None
    elif isinstance(value, str):
        text = ILLEGAL_CHARACTERS_RE.sub("", value)[:32_000]
        cell.value = text
        cell.data_type = "s"
        if text.startswith(FORMULA_STARTS):
            cell.quotePrefix = True
        if text.isdigit() and len(text) > 11:
            cell.number_format = "@"
    else:
        cell.value = value


def _title(sheet: Sheet) -> str:
    return sheet.name if sheet.name else "CSV"


def _mark_sheet(worksheet, sheet: Sheet, problems: list[Problem], header_row: int | None, notes_left: int) -> int:
    """Mark one sheet; returns how many notes may still be written."""
    label = _("Import problems")
    header_row = header_row or max(min(problem.row for problem in problems) - 1, 1)
    last = sheet.first_column + max((len(row) for row in sheet.rows), default=0)
    column = _marked_before(worksheet, header_row, last, label) or last + 1
    anchors = {
        (row, index): (area.min_row, area.min_col)
        for area in worksheet.merged_cells.ranges
        if area.size["rows"] * area.size["columns"] < 10_000
        for row in range(area.min_row, area.max_row + 1)
        for index in range(area.min_col, area.max_col + 1)
    }
    head = worksheet.cell(header_row, column)
    if not isinstance(head, MergedCell):
        _put(head, label)
        head.font = Font(bold=True)
    worksheet.column_dimensions[get_column_letter(column)].width = 48
    by_row, by_cell = defaultdict(list), defaultdict(list)
    for problem in problems:
        by_row[problem.row].append(problem)
        if problem.index is not None:
            by_cell[anchors.get((problem.row, problem.index + 1), (problem.row, problem.index + 1))].append(problem)
    for (row, index), found in by_cell.items():
        cell = worksheet.cell(row, index)
        cell.fill = _fill(found)
        if notes_left > 0:
            _note(cell, found)
            notes_left -= 1
    for row, found in by_row.items():
        cell = worksheet.cell(row, column)
        if not isinstance(cell, MergedCell):
            _put(cell, "；".join(_sentence(problem) for problem in sorted(found, key=lambda problem: not problem.is_error)))
            cell.fill, cell.alignment = _fill(found), Alignment(wrap_text=True, vertical="top")
    return notes_left


def _sentence(problem: Problem) -> str:
    return f"{problem.column}：{problem.reason}" if problem.column else problem.reason


def _fill(problems: list[Problem]) -> PatternFill:
    return PatternFill("solid", start_color=RED if any(problem.is_error for problem in problems) else AMBER)


def _note(cell, problems: list[Problem]):
    said = [problem.reason for problem in problems]
    if cell.comment is not None:
        said.insert(0, cell.comment.text)
    cell.comment = Comment("\n".join(said), _AUTHOR, height=80, width=260)


def _marked_before(worksheet, header_row: int, last: int, label: str) -> int | None:
    """The problem column of an earlier marking, emptied together with the colours and notes it left."""
    column = next((index for index in range(1, last + 1) if worksheet.cell(header_row, index).value == label), None)
    if column is None:
        return None
    for row in worksheet.iter_rows():
        for cell in row:
            if isinstance(cell, MergedCell):
                continue
            if cell.comment is not None and cell.comment.author == _AUTHOR:
                cell.comment = None
            if cell.fill.fill_type == "solid" and cell.fill.start_color.rgb in (RED, AMBER):
                cell.fill = PatternFill()
    for row in range(header_row + 1, worksheet.max_row + 1):
        if not isinstance(worksheet.cell(row, column), MergedCell):
            worksheet.cell(row, column).value = None
    return column
