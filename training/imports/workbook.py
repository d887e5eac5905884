"""Open what people call an Excel file: .xlsx, .xls or delimited text, told apart by content and never by name."""

import io

import python_calamine

from .binary import MAGIC, scan_binary
from .cells import MAX_BYTES, Book, Sheet
from .delimited import read_text
from .package import SheetFacts, open_package
from .refusals import FileCorrupt, FileEmpty, FilePasswordProtected, FileTooLarge, NotASpreadsheet

_FOREIGN = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"Rar!",
    b"7z\xbc\xaf",
    b"\x1f\x8b",
    b"{\\rtf",
    b"BM",
    b"MZ",
    b"\x7fELF",
)


def open_book(content: bytes) -> Book:
    """All visible sheets with their values; hidden sheets by name only. Raises a FileRefused with the reason."""
    if not content:
        raise FileEmpty
    if len(content) > MAX_BYTES:
        raise FileTooLarge(limit=MAX_BYTES // 1024 // 1024)
    if content.startswith(b"PK"):
        return _read_xlsx(content)
    if content.startswith(MAGIC):
        return _read_xls(content)
    if content.startswith(_FOREIGN):
        raise NotASpreadsheet
    return read_text(content)


def _read_xlsx(content: bytes) -> Book:
    package = open_package(content)
    facts = {name: package.facts(name) for name in package.sheet_parts}
    workbook = _calamine(package.repacked())
    sheets = [_sheet(workbook, meta, facts.get(meta.name) or SheetFacts()) for meta in workbook.sheets_metadata]
    return Book(sheets, "xlsx", date_1904=package.date_1904)


def _read_xls(content: bytes) -> Book:
    scanned = scan_binary(content)
    workbook = _calamine(io.BytesIO(content))
    metas = workbook.sheets_metadata
    facts = scanned.sheets if len(scanned.sheets) == len(metas) else [SheetFacts() for _ in metas]
    return Book(
        [_sheet(workbook, meta, fact) for meta, fact in zip(metas, facts, strict=True)], "xls", date_1904=scanned.date_1904
    )


def _guarded(read, *args):
    """calamine's own errors, and a panic of its Rust side (which is no Exception), become refusals."""
    try:
        return read(*args)
    except python_calamine.PasswordError as error:
        raise FilePasswordProtected from error
    except Exception as error:
        raise FileCorrupt from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise FileCorrupt from error


def _calamine(stream):
    return _guarded(python_calamine.CalamineWorkbook.from_filelike, stream)


def _sheet(workbook, meta, facts: SheetFacts) -> Sheet:
    is_worksheet = meta.typ == python_calamine.SheetTypeEnum.WorkSheet
    if meta.visible != python_calamine.SheetVisibleEnum.Visible or not is_worksheet:
        return Sheet(meta.name, [], hidden=meta.visible != python_calamine.SheetVisibleEnum.Visible, is_worksheet=is_worksheet)
    loaded = _guarded(workbook.get_sheet_by_name, meta.name)
    if loaded.start is None:
        return Sheet(meta.name, [])
    rows = _guarded(loaded.to_python)
    top, left = loaded.start
    sheet = Sheet(meta.name, rows, first_row=top + 1, first_column=left, hidden_rows=facts.hidden_rows)
    sheet.merged = [
        (first[0] + 1, max(first[1] - left, 0), last[0] + 1, last[1] - left)
        for first, last in loaded.merged_cell_ranges or ()
        if last[1] >= max(left, first[1]) and last[0] >= first[0]
    ]
    sheet.percents = {(number, column - left) for number, column in facts.percents}
    for (number, column), fault in facts.faults.items():
        if 0 <= number - sheet.first_row < len(rows) and 0 <= column - left < len(rows[0]):
            rows[number - sheet.first_row][column - left] = fault
    return sheet
