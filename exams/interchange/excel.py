"""Questions in a spreadsheet or in delimited text: .xlsx, .xls, CSV, TSV in any encoding that Chinese offices use."""

import io
import zipfile

from django.utils.translation import gettext_lazy as _

from exams.interchange import records
from exams.interchange.drafts import Note, Reading
from exams.interchange.tables import read_book
from training.imports.refusals import FileRefused
from training.imports.texts import plain_number
from training.imports.workbook import open_book


class NoQuestions(FileRefused):
    code = "no_questions"
    message = _("No header row was found that names the columns of questions: at least 题干 and 答案. The file begins: %(row)s")


def read(content: bytes, filename: str = "") -> Reading:
    """Raises a FileRefused when the file cannot be opened or no sheet of it has questions."""
    book = open_book(content)
    if book.kind == "text" and records.is_records(text := records.text_of(content)):
        return records.read_text(text, filename)
    reading = read_book(book, filename=filename, format="csv" if book.kind == "text" else "excel")
    if not reading.drafts and any(note.code == "sheet_without_questions" for note in reading.notes):
        raise NoQuestions(row=_first_row(book))
    if book.kind == "xlsx" and _has_images(content):
        reading.notes.append(Note("images_not_read", IMAGES_NOT_READ))
    return reading


def _first_row(book) -> str:
    rows = (row for sheet in book.sheets for row in sheet.rows if any(value != "" for value in row))
    return " | ".join(plain_number(value) for value in next(rows, ()) if value != "")[:120]


def _has_images(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return any(name.lower().startswith("xl/media/") for name in archive.namelist())


IMAGES_NOT_READ = _(
    "Pictures that lie on a sheet belong to no cell and were not read: use a Word file for questions with pictures"
)
