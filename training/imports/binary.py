"""The old .xls: a compound file with a stream of records. Read only for what calamine does not tell.

Values come from calamine; here are found the password, hidden rows, error cells, the date system, and how far the cells reach.
"""

import struct
from dataclasses import dataclass, field

from .cells import MAX_COLUMNS, MAX_ROWS, CellFault
from .package import SheetFacts
from .refusals import FileCorrupt, FilePasswordProtected, NotASpreadsheet, TooManyCells

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END = 0xFFFFFFFA  # this and above are marks, not sectors
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_DATE_MODE, _FILE_PASS, _BOUND_SHEET, _ROW, _BOOL_ERR, _FORMULA, _EOF = 0x22, 0x2F, 0x85, 0x208, 0x205, 0x06, 0x0A
_CELLS = {0x06, 0x203, 0x204, 0x205, 0x27E, 0xBD, 0xFD, 0xD6}  # what holds a value; blanks (0x201, 0xBE) do not


@dataclass(slots=True)
class BinaryBook:
    date_1904: bool = False
    sheets: list[SheetFacts] = field(default_factory=list)


def scan_binary(content: bytes) -> BinaryBook:
    """What the records say. Raises the refusal that fits when the file is something else, locked or damaged."""
    try:
        streams = _Compound(content)
        if "EncryptedPackage" in streams.entries or "EncryptionInfo" in streams.entries:
            raise FilePasswordProtected
        name = next((name for name in ("Workbook", "Book") if name in streams.entries), None)
        if name is None:
            raise NotASpreadsheet
        return _scan_records(streams.read(name))
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise FileCorrupt from error


class _Compound:
    """Just enough of the compound file format to find a stream by its name."""

    def __init__(self, content: bytes):
        self.content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise FileCorrupt
        self.size = 1 << shift
        directory, _, self.cutoff, mini_fat, _, difat, difat_count = struct.unpack_from("<7I", content, 48)
        self.table = self._allocation(difat, difat_count)
        self.entries = self._directory(self._chain(directory))
        root = self.entries.get("Root Entry", (_END, 0))
        self.mini_stream = self._chain(root[0]) if root[0] < _END else b""
        mini_table = self._chain(mini_fat) if mini_fat < _END else b""
        self.mini_table = struct.unpack(f"<{len(mini_table) // 4}I", mini_table[: len(mini_table) // 4 * 4])

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        sector = self.content[start : start + self.size]
        if not sector:
            raise FileCorrupt
        return sector

    def _allocation(self, difat: int, count: int) -> tuple[int, ...]:
        sectors = [number for number in struct.unpack_from("<109I", self.content, 76) if number < _END]
        for _ in range(min(count, len(self.content) // self.size)):
            if difat >= _END:
                break
            *more, difat = struct.unpack(f"<{self.size // 4}I", self._sector(difat).ljust(self.size, b"\xff"))
            sectors += [number for number in more if number < _END]
        table = b"".join(self._sector(number).ljust(self.size, b"\xff") for number in sectors)
        return struct.unpack(f"<{len(table) // 4}I", table)

    def _chain(self, number: int) -> bytes:
        sectors, seen = [], set()
        while number < _END:
            if number in seen:
                raise FileCorrupt
            seen.add(number)
            sectors.append(self._sector(number))
            number = self.table[number]
        return b"".join(sectors)

    def _directory(self, data: bytes) -> dict[str, tuple[int, int]]:
        entries = {}
        for offset in range(0, len(data) - 127, 128):
            length = struct.unpack_from("<H", data, offset + 64)[0]
            if 2 <= length <= 64:
                name = data[offset : offset + length - 2].decode("utf-16-le")
                entries[name] = struct.unpack_from("<II", data, offset + 116)
        return entries

    def read(self, name: str) -> bytes:
        start, size = self.entries[name]
        if size >= self.cutoff:
            return self._chain(start)[:size]
        pieces, seen = [], set()
        while start < _END and start not in seen:
            seen.add(start)
            pieces.append(self.mini_stream[start * 64 : start * 64 + 64])
            start = self.mini_table[start]
        return b"".join(pieces)[:size]


def _scan_records(stream: bytes) -> BinaryBook:
    book, offsets, position = BinaryBook(), [], 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        if kind == _FILE_PASS:
            raise FilePasswordProtected
        if kind == _DATE_MODE and length >= 2:
            book.date_1904 = stream[position + 4] == 1
        elif kind == _BOUND_SHEET and length >= 4:
            offsets.append(struct.unpack_from("<I", stream, position + 4)[0])
        elif kind == _EOF:
            break
        position += 4 + length
    if position == 0:
        raise FileCorrupt
    book.sheets = [_scan_sheet(stream, offset, index) for index, offset in enumerate(offsets)]
    return book


def _scan_sheet(stream: bytes, position: int, index: int) -> SheetFacts:
    facts, rows, columns, depth = SheetFacts(), 0, 0, 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        body = position + 4
        if kind in (0x809, 0x409, 0x209):
            depth += 1
        elif kind == _EOF:
            depth -= 1
            if depth <= 0:
                break
        elif kind == _ROW and length >= 16 and struct.unpack_from("<I", stream, body + 12)[0] & 0x20:
            facts.hidden_rows.add(struct.unpack_from("<H", stream, body)[0] + 1)
        elif kind in _CELLS and length >= 6 and depth == 1:
            row, column = struct.unpack_from("<HH", stream, body)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if code := _error_code(kind, stream[body : body + length]):
                facts.faults[row + 1, column] = CellFault("cell_error_value", code)
        position = body + length
    if rows > MAX_ROWS or columns > MAX_COLUMNS or rows * columns > 8_000_000:
        raise TooManyCells(sheet=index + 1, rows=rows, columns=columns, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)
    return facts


def _error_code(kind: int, record: bytes) -> str | None:
    if kind == _BOOL_ERR and record[7]:
        return _ERRORS.get(record[6], "#N/A")
    if kind == _FORMULA and record[12:14] == b"\xff\xff" and record[6] == 2:
        return _ERRORS.get(record[8], "#N/A")
    return None
