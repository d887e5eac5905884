"""Questions as a workbook or as CSV, in the columns that the import reads. A text is a text in every cell, never a formula."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator

import xlsxwriter
from django.utils.translation import gettext_lazy as _

from exams.interchange.drafts import Exported
from exams.interchange.questions import Question, question_of
from exams.interchange.tables import COLUMNS, HEADINGS, cells_of
from reports.workbooks import FIXED, FONT
from training.errors import BadInput
from training.imports.cells import FORMULA_STARTS

MOST_SIGNS = 32_767  # of a cell
SHEET = "试题"
_WIDTHS = {"stem": 60, "explanation": 40, "answer": 20, "rubric": 30, "options": 30, "left": 20}
_CASE_CODE = "案例{}"


class CellTooLong(BadInput):
    code = "cell_too_long"
    message = _("%(code)s is longer than a cell of a spreadsheet can be: export it as JSON.")


def columns() -> list[str]:
    """Codes of the columns, the options of more than eight in one cell of their own."""
    found = list(COLUMNS)
    found.insert(found.index("option_H") + 1, "options")
    return found


def rows(items: Iterable[Exported]) -> Iterator[list[str]]:
    """A row for each item; the questions of a case follow it and name it."""
    names = columns()
    for at, item in enumerate(items, 1):
        question = question_of(item)
        code = question.code
        if question.parts and not code:
            code = _CASE_CODE.format(at)
        yield _row(names, question, code, "", item.code)
        for part in question.parts:
            yield _row(names, part, "", code, item.code)


def _row(names: list[str], question: Question, code: str, case: str, item: str) -> list[str]:
    cells = cells_of(question, code, case)
    if "options" in cells:
        for name in [name for name in cells if name.startswith("option_")]:
            del cells[name]
    found = [cells.get(name, "") for name in names]
    if any(len(text) > MOST_SIGNS for text in found):
        raise CellTooLong(code=item)
    return found


def workbook(file, *, items: Iterable[Exported]) -> None:
    """Write the items to `file` as .xlsx; rows leave memory as they are written."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        book = xlsxwriter.Workbook(file, options)
        book.set_properties({"title": SHEET, "created": FIXED})
        head = book.add_format({"bold": True, "font_name": FONT, "bg_color": "#E8EFF8", "border": 1, "text_wrap": True})
        text = book.add_format({"font_name": FONT, "num_format": "@", "valign": "top", "text_wrap": True})
        sheet = book.add_worksheet(SHEET)
        sheet.freeze_panes(1, 0)
        for at, name in enumerate(columns()):
            sheet.set_column(at, at, _WIDTHS.get(name, 12))
            sheet.write_string(0, at, HEADINGS[name], head)
        for number, row in enumerate(rows(items), 1):
            for at, value in enumerate(row):
                if value:
                    sheet.write_string(number, at, _bare(value), text)
        book.close()


def _bare(value: str) -> str:
    # the writer takes <r>...</r> for its own markup and would copy it as it is
    return f" {value}" if value.startswith("<r>") else value


def delimited(items: Iterable[Exported]) -> bytes:
    """The same as CSV in UTF-8 with a mark, so that Excel and WPS read it; what they would run as a formula gets a '."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([HEADINGS[name] for name in columns()])
    for row in rows(items):
        writer.writerow([f"'{value}" if value.startswith(FORMULA_STARTS) else value for value in row])
    return b"\xef\xbb\xbf" + text.getvalue().encode()
