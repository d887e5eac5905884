"""Text with columns: CSV, TSV and the "Unicode text" that spreadsheet programs save."""

import csv
import io
import re

from .cells import MAX_COLUMNS, MAX_ROWS, Book, Sheet
from .refusals import (
    EncodingUnknown,
    FileCorrupt,
    FileEmpty,
    NotASpreadsheet,
    OtherFormat,
    QuoteUnclosed,
    TooManyCells,
    WebPageAsSpreadsheet,
)

_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_WEB_PAGE = re.compile(
    r"^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|meta|body|table|style|div)\b|^MIME-Version:",
    re.I | re.S,
)
_MARKUP = re.compile(r"^\s*<(?:\?xml|!DOCTYPE|Workbook\b)", re.I)
_XML_TABLE = re.compile(
    r"^\s*<\?xml[^>]*>.*(?:urn:schemas-microsoft-com:office:spreadsheet|urn:oasis:names:tc:opendocument)", re.S
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_DELIMITERS = (",", "\t", ";", "|", "，")


def read_text(content: bytes) -> Book:
    """Records of delimited text. A record counts as one row, whatever line breaks its quoted cells hold."""
    text, encoding = decode(content)
    if _WEB_PAGE.match(text[:4000]):
        raise WebPageAsSpreadsheet
    if _XML_TABLE.search(text[:2000]):
        raise OtherFormat
    if _CONTROLS.search(text) or _MARKUP.match(text[:200]):
        raise NotASpreadsheet
    if not text.strip():
        raise FileEmpty
    delimiter, text = _delimiter(text)
    rows, width = [], 0
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append(record)
            width = max(width, len(record))
            if len(rows) > MAX_ROWS or width > MAX_COLUMNS:
                raise TooManyCells(sheet="", rows=len(rows), columns=width, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
    except csv.Error as error:
        raise FileCorrupt from error
    if text.count('"') % 2 and _is_open(text, delimiter):
        raise QuoteUnclosed(row=len(rows))
    for record in rows:
        if len(record) < width:
            record.extend([""] * (width - len(record)))
    return Book([Sheet(None, rows)], "text", encoding, delimiter)


def _is_open(text: str, delimiter: str) -> bool:
    """Whether the text ends inside a quoted cell: the lenient reader takes everything from there for one."""
    try:
        for _record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end of data" in str(error)
    return False


def decode(content: bytes) -> tuple[str, str]:
    """The text and the name of its encoding, without a byte order mark. Raises EncodingUnknown."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), encoding
            except UnicodeDecodeError as error:
                raise EncodingUnknown from error
    candidates = ["utf-8", "gb18030"]
    if b"\x00" in content[:4096]:
        # UTF-16 without a mark: ASCII characters leave their zero byte on one side only.
        zeros_behind, zeros_before = content[1:4096:2].count(0), content[0:4096:2].count(0)
        if not zeros_behind or not zeros_before:
            candidates = ["utf-16-le" if zeros_behind else "utf-16-be"]
    for encoding in candidates:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    if b"\x00" in content:
        raise NotASpreadsheet
    raise EncodingUnknown


def _delimiter(text: str) -> tuple[str, str]:
    """The delimiter that cuts the first lines most evenly, and the text without a leading `sep=` line."""
    stated = re.match(r"^sep=(.)\r?\n", text, re.I)
    if stated:
        return stated[1], text[stated.end() :]
    head = _QUOTED.sub("", text[:20_000])
    lines = [line for line in head.splitlines()[:50] if line.strip()] or [head]
    best, best_score = ",", 0
    for delimiter in _DELIMITERS:
        counts = [line.count(delimiter) for line in lines]
        common = max(set(counts), key=lambda count: (counts.count(count) if count else 0, count))
        score = counts.count(common) * min(common, 30) if common else 0
        if score > best_score:
            best, best_score = delimiter, score
    return best, text
