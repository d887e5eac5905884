"""Files of questions in and out. `read` tells by its content what a file is and has the reader of its kind read it."""

import re
import zipfile
from importlib import import_module
from io import BytesIO

from django.utils.translation import gettext_lazy as _

from exams.interchange.drafts import Reading
from training.errors import BadInput
from training.imports.delimited import decode
from training.imports.refusals import FileEmpty, FileRefused, FileTooLarge

# each module has read(content, filename) -> Reading
READERS = {
    "excel": "exams.interchange.excel",
    "csv": "exams.interchange.excel",
    "records": "exams.interchange.records",
    "word": "exams.interchange.word",
    "text": "exams.interchange.lines",
    "json": "exams.interchange.jsonl",
    "gift": "exams.interchange.gift",
    "aiken": "exams.interchange.aiken",
    "moodlexml": "exams.interchange.moodlexml",
    "qti": "exams.interchange.qti.reader",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_WORD = "WordDocument".encode("utf-16-le")
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z][\w.-]*)")
_XML_NOISE = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\])?\s*>", re.DOTALL)
_AIKEN = re.compile(r"^ANSWER\s*:\s*[A-Z]\s*$", re.MULTILINE)
_GIFT_SURELY = re.compile(r"^\s{0,8}(?:\$CATEGORY:|::[^\n]{1,200}?::[^{}]{0,2000}(?<!\\)\{)", re.MULTILINE)
_BRACES = re.compile(r"(?<!\\)\{([^{}]{0,2000})(?<!\\)\}")
_GIFT_ANSWER = re.compile(r"(?<!\\)[=~#]|\s*(?:T|F|TRUE|FALSE)?\s*$")
_GIFT_TITLE = re.compile(r"^\s{0,8}(?:\$CATEGORY:|::[^:\n]{1,200}::)", re.MULTILINE)
_CHINESE_PAPER = re.compile(r"答案|^\s{0,8}[A-DＡ-Ｄ][.．、:：]", re.MULTILINE)
MAX_BYTES = 50 * 1024 * 1024
HEAD = 100_000  # signs that tell what a text is


class FormatUnknown(BadInput):
    code = "format_unknown"
    message = _("It cannot be told what kind of file this is. Choose the format.")


def read(content: bytes, filename: str = "", format: str = "auto") -> Reading:
    """Every question of the file once: taken, taken with notes, or left out with the reason. Raises a BadInput for a file as
    a whole that cannot be read."""
    if len(content) > MAX_BYTES:
        raise FileTooLarge(limit=MAX_BYTES // 1024 // 1024)
    name = sniff(content, filename) if format == "auto" else format
    if name not in READERS:
        raise FormatUnknown
    return import_module(READERS[name]).read(content, filename)


def sniff(content: bytes, filename: str = "") -> str:
    """The format of a file by what is in it; its name decides nothing but between kinds of text that look alike. Raises
    FormatUnknown, and FileEmpty."""
    if not content.strip():
        raise FileEmpty
    if content.startswith(b"PK"):
        return _sniff_package(content)
    if content.startswith(_OLE):
        return "word" if _OLD_WORD in content else "excel"
    if content.startswith((b"%PDF", b"{\\rtf")):
        raise FormatUnknown
    try:
        text = decode(content)[0].lstrip("\ufeff")
    except FileRefused as error:
        raise FormatUnknown from error
    return _sniff_text(text, filename)


def _sniff_package(content: bytes) -> str:
    try:
        names = {name.lower() for name in zipfile.ZipFile(BytesIO(content)).namelist()}
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise FormatUnknown from error
    if "word/document.xml" in names or any(name.startswith("word/") for name in names):
        return "word"
    if any(name.startswith("xl/") for name in names) or "content.xml" in names:
        return "excel"
    if any(name.endswith(".xml") for name in names):
        return "qti"
    raise FormatUnknown


def _sniff_text(text: str, filename: str) -> str:
    start = text.lstrip()
    if start[:1] in "[{" and re.match(r"\[\s*[\[{\]]|\{\s*[\"}]", start):
        return "json"
    if start.startswith("<"):
        root = _ROOT.match(_XML_NOISE.sub("", start[:20_000]).lstrip())
        name = root[1].lower() if root else ""
        if name == "quiz":
            return "moodlexml"
        if name.startswith(("assessment", "qti-", "questestinterop", "manifest", "item")):
            return "qti"
        if name or start.startswith("<?xml"):
            raise FormatUnknown
    head = text[:HEAD]
    if filename.lower().endswith((".gift", ".gift.txt")) or _GIFT_SURELY.search(head):
        return "gift"
    if _AIKEN.search(head):
        return "aiken"
    if filename.lower().endswith((".csv", ".tsv")) or _is_table(head):
        return "csv"
    return "gift" if _is_gift(head) else "text"


def _is_gift(text: str) -> bool:
    if _CHINESE_PAPER.search(text):
        return False
    return bool(_GIFT_TITLE.search(text)) or any(_GIFT_ANSWER.search(found[1]) for found in _BRACES.finditer(text))


def _is_table(text: str) -> bool:
    """Columns with a header that names stem and answer, or records between tabs."""
    tables, records = import_module("exams.interchange.tables"), import_module("exams.interchange.records")
    if records.is_records(text):
        return True
    lines = [re.split(r"[,\t;|，]", line[:5000]) for line in text.splitlines()[:60]]
    return any(
        {"stem", "answer"} <= {tables.QUESTIONS.role_of(cell.strip('" ')) for cell in line if cell.strip()} for line in lines
    )
