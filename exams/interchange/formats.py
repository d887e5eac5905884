"""Which reader and which writer a format has, and which format a file is."""

import io
import zipfile
from dataclasses import dataclass
from importlib import import_module

from django.utils.translation import gettext_lazy as _

from exams.interchange.drafts import Reading
from laws.errors import BadInput


class FormatUnknown(BadInput):
    code = "format_unknown"
    message = _("This is no file of questions that can be read: Excel, CSV, Word, JSON, GIFT, Aiken, Moodle XML or QTI.")


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file; `reader` names the module whose `read(content, filename)` understands it."""

    code: str
    label: str
    ending: str
    reader: str


FORMATS = {
    one.code: one
    for one in (
        Format("xlsx", "Excel", ".xlsx", "exams.interchange.excel"),
        Format("docx", "Word", ".docx", "exams.interchange.word"),
        Format("csv", "CSV", ".csv", "exams.interchange.excel"),
        Format("json", "JSON", ".json", "exams.interchange.json"),
        Format("gift", "GIFT", ".gift", "exams.interchange.gift"),
        Format("aiken", "Aiken", ".txt", "exams.interchange.aiken"),
        Format("moodlexml", "Moodle XML", ".xml", "exams.interchange.moodlexml"),
        Format("qti", "QTI", ".zip", "exams.interchange.qti"),
    )
}


def read(content: bytes, filename: str, *, format: str = "auto") -> Reading:
    """The questions of a file. Raises BadInput for a file as a whole that is none of the kind."""
    code = format_of(content, filename) if format == "auto" else format
    return import_module(FORMATS[code].reader).read(content, filename)


def format_of(content: bytes, filename: str) -> str:
    """The format a file is in, by what it contains; its name decides only between texts. Raises FormatUnknown."""
    ending = filename[filename.rfind(".") :].lower() if "." in filename else ""
    if content.startswith(b"PK"):
        return _package(content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "xlsx"  # an old workbook: its reader says what it takes
    start = content[:4000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<"):
        return "moodlexml" if b"<quiz" in content[:4000] else "qti"
    if start[:1] in b"[{" and ending in (".json", ".jsonl", ""):
        return "json"
    if ending in (".csv", ".tsv"):
        return "csv"
    if ending == ".gift" or filename.lower().endswith(".gift.txt"):
        return "gift"
    if ending == ".aiken" or b"\nANSWER:" in content.replace(b"\r", b"\n"):
        return "aiken"
    if b"{" in content and b"}" in content and b"\t" not in content[:2000]:
        return "gift"
    if ending == ".txt":
        return "csv"
    raise FormatUnknown()


def _package(content: bytes) -> str:
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except zipfile.BadZipFile as error:
        raise FormatUnknown() from error
    if any(name.startswith("xl/") for name in names):
        return "xlsx"
    if any(name.startswith("word/") for name in names):
        return "docx"
    return "qti"
