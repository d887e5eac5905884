"""The bank as a file, in every format that can be read back."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec

from django.utils.translation import gettext_lazy as _

from exams.interchange import jsonl
from exams.interchange.drafts import Exported, Note
from exams.interchange.qti import writer as qti
from reports import items_document, items_workbook
from training.errors import BadInput

# format -> ending of its files
ENDINGS = {"xlsx": "xlsx", "docx": "docx", "csv": "csv", "json": "json", "qti": "zip"}
TEXTS = {"gift": "gift", "aiken": "txt", "moodlexml": "xml"}
ENDINGS |= {name: ending for name, ending in TEXTS.items() if find_spec(f"exams.interchange.{name}")}


class ExportUnknown(BadInput):
    code = "format_unknown"
    message = _("Questions are not written in this format.")


@dataclass(slots=True)
class Written:
    """A file, and what it could not hold: code of the item -> notes."""

    content: bytes
    notes: dict[str, list[Note]] = field(default_factory=dict)


def write(items: Sequence[Exported], *, format: str) -> Written:
    """Raises ExportUnknown."""
    if format not in ENDINGS:
        raise ExportUnknown
    if format == "json":
        return Written(jsonl.write(items))
    if format == "csv":
        return Written(items_workbook.delimited(items))
    if format == "qti":
        made = qti.write(items)
        return Written(made.content, made.notes)
    if format in TEXTS:
        made = import_module(f"exams.interchange.{format}").write(items)
        return made if isinstance(made, Written) else Written(getattr(made, "content", made), getattr(made, "notes", {}))
    file = io.BytesIO()
    if format == "xlsx":
        items_workbook.workbook(file, items=items)
    else:
        items_document.document(file, items=items)
    return Written(file.getvalue())
