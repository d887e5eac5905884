"""The bank as a file, in every format that can be read back."""

import io
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from exams.interchange import aiken, gift, jsonl, moodlexml
from exams.interchange.drafts import Exported, Written
from exams.interchange.qti import writer as qti
from reports import items_document, items_workbook
from training.errors import BadInput

# format -> ending of its files
ENDINGS = {
    "xlsx": "xlsx", "docx": "docx", "csv": "csv", "json": "json", "gift": "gift", "aiken": "txt", "moodlexml": "xml", "qti": "zip",
}  # fmt: skip
WRITERS = {"gift": gift.write, "aiken": aiken.write, "moodlexml": moodlexml.write, "qti": qti.write}


class ExportUnknown(BadInput):
    code = "format_unknown"
    message = _("Questions are not written in this format.")


def write(items: Sequence[Exported], *, format: str) -> Written:
    """The file, and what it could not hold. Raises ExportUnknown."""
    if format not in ENDINGS:
        raise ExportUnknown
    if format == "json":
        return Written(jsonl.write(items))
    if format == "csv":
        return Written(items_workbook.delimited(items))
    if format in WRITERS:
        return WRITERS[format](items)
    file = io.BytesIO()
    if format == "xlsx":
        items_workbook.workbook(file, items=items)
    else:
        items_document.document(file, items=items)
    return Written(file.getvalue())
