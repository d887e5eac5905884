"""The zip package of an .xlsx, opened with distrust.

Every part is unpacked here, once, against limits; what calamine reads afterwards is a package made of exactly these parts, so
that no second reader meets bytes this one has not counted. What calamine does not tell (hidden rows, error cells, formulas that
were never calculated, the date system) is found by scanning the same bytes.
"""

import io
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass, field
from functools import lru_cache
from posixpath import join, normpath

from defusedxml import ElementTree

from .cells import MAX_COLUMNS, MAX_ROWS, CellFault
from .refusals import FileCorrupt, FilePasswordProtected, FileUnsafe, NotASpreadsheet, OtherFormat, TooManyCells

MAX_EXPANDED = 200 * 1024 * 1024
MAX_PARTS = 2_000
MAX_RATIO = 250  # only asked of packages that unpack to more than RATIO_FROM
RATIO_FROM = 16 * 1024 * 1024

_FAR = re.compile(rb"""\sr\s*=\s*["'](?:[A-Za-z]{3}|[A-Za-z]{0,2}\d{6})""")
_VALUED_CELL = re.compile(rb"<(?:\w+:)?c\b([^>]*[^>/])>(?!\s*</)")
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]+)(\d+)["']""")
_ROW_NUMBER = re.compile(rb"""\br\s*=\s*["'](\d+)["']""")
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\b[^>]*\bhidden\s*=\s*["'](?:1|true)["'][^>]*>""")
_ANY_ROW = re.compile(rb"<(?:\w+:)?row\b")
_ERROR_CELL = re.compile(rb"""<(?:\w+:)?c\b([^>]*\bt\s*=\s*["']e["'][^>]*)>(.*?)</(?:\w+:)?c>""", re.S)
_VALUE = re.compile(rb"<(?:\w+:)?v\b[^>]*>([^<]*)<")
_BARE_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_TEXT_RESULT = re.compile(rb"""\bt\s*=\s*["']str["']""")
_STYLED_CELL = re.compile(rb"""<(?:\w+:)?c\b([^>]*\bs\s*=\s*["'](\d{1,6})["'][^>]*)>""")
_LITERAL = re.compile(r'"[^"]*"|\\.')  # of a number format
_PERCENT_FORMATS = {"9", "10"}
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.I)


@dataclass(slots=True)
class SheetFacts:
    hidden_rows: set[int] = field(default_factory=set)
    faults: dict[tuple[int, int], CellFault] = field(default_factory=dict)  # (row number, column index from A) -> fault
    percents: set[tuple[int, int]] = field(default_factory=set)  # the same of numbers that are shown as percentages


@dataclass(slots=True)
class Package:
    parts: dict[str, bytes]
    sheet_parts: dict[str, str]  # sheet name -> part name
    date_1904: bool

    def repacked(self) -> io.BytesIO:
        """The counted parts again, stored without compression."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as target:
            for name, data in self.parts.items():
                target.writestr(name, data)
        packed.seek(0)
        return packed

    def facts(self, sheet_name: str) -> SheetFacts:
        """What the sheet's XML says beyond its values. Raises TooManyCells before anybody lays the sheet out in memory."""
        data = self.parts.get(self.sheet_parts.get(sheet_name, ""), b"")
        if _FAR.search(data):
            _refuse_far_cells(sheet_name, data)
        facts = SheetFacts()
        if b"hidden" in data:
            facts.hidden_rows = _hidden_rows(data)
        if b't="e"' in data or b"t='e'" in data:
            facts.faults.update(_error_cells(data))
        if b"<f" in data or b":f" in data:
            facts.faults.update(_formulas_without_value(data))
        if styles := _percent_styles(next((part for name, part in self.parts.items() if name.lower() == "xl/styles.xml"), b"")):
            facts.percents = set(_cells_of_style(data, styles))
        return facts


def open_package(content: bytes) -> Package:
    """Unpack an .xlsx. Raises the refusal that fits when it is something else, damaged or dangerous."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError, EOFError) as error:
        raise FileCorrupt from error
    _refuse_bombs(members, len(content))
    names = {member.filename.lower() for member in members}
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        if "xl/workbook.xml" in names:
            raise FileCorrupt
        raise OtherFormat if {"content.xml", "mimetype"} <= names else NotASpreadsheet
    parts, budget = {}, MAX_EXPANDED
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels")):
            data = _unpack(content, member, budget)
            budget -= len(data)
            _refuse_declarations(data)
            parts[member.filename] = data
    return _described(parts)


def _described(parts: dict[str, bytes]) -> Package:
    lowered = {name.lower(): name for name in parts}
    try:
        workbook = ElementTree.fromstring(parts[lowered["xl/workbook.xml"]])
        relations = ElementTree.fromstring(parts[lowered["xl/_rels/workbook.xml.rels"]])
    except (ElementTree.ParseError, KeyError, ValueError) as error:
        raise FileCorrupt from error
    targets = {rel.get("Id"): rel.get("Target", "") for rel in relations}
    sheet_parts, date_1904 = {}, False
    for element in workbook.iter():
        tag = element.tag.rpartition("}")[2]
        if tag == "workbookPr":
            date_1904 = element.get("date1904") in ("1", "true")
        elif tag == "sheet":
            relation = next((value for key, value in element.items() if key.rpartition("}")[2] == "id"), "")
            target = targets.get(relation, "")
            path = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            sheet_parts[element.get("name", "")] = lowered.get(path.lower(), path)
    return Package(parts, sheet_parts, date_1904)


def _refuse_bombs(members, packed_size: int):
    expanded = sum(member.file_size for member in members)
    if len(members) > MAX_PARTS or expanded > MAX_EXPANDED:
        raise FileUnsafe
    if expanded > RATIO_FROM and expanded > MAX_RATIO * max(packed_size, 1):
        raise FileUnsafe
    if any(member.flag_bits & 0x1 for member in members):
        raise FilePasswordProtected


def _unpack(content: bytes, member, budget: int) -> bytes:
    """One part, never more of it than it declares: a header that lies about the size is refused, not believed."""
    if member.file_size > budget:
        raise FileUnsafe
    header = content[member.header_offset : member.header_offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise FileCorrupt
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    start = member.header_offset + 30 + name_length + extra_length
    packed = content[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        data = packed
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        try:
            data = zlib.decompressobj(-15).decompress(packed, member.file_size + 1)
        except zlib.error as error:
            raise FileCorrupt from error
    else:
        raise FileCorrupt
    if len(data) > member.file_size:
        raise FileUnsafe
    if len(data) < member.file_size or zlib.crc32(data) != member.CRC:
        raise FileCorrupt
    return data


def _refuse_declarations(data: bytes):
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:4]:
        data = data.replace(b"\x00", b"")
    if _DECLARATION.search(data):
        raise FileUnsafe


@lru_cache(1000)
def column_index(letters: str) -> int:
    """A is 0."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - 64
    return index - 1


def _position(attributes: bytes) -> tuple[int, int] | None:
    found = _REFERENCE.search(attributes)
    return (int(found[2]), column_index(found[1].decode())) if found else None


def _refuse_far_cells(sheet_name: str, data: bytes):
    rows = columns = 0
    for cell in _VALUED_CELL.finditer(data):
        if place := _position(cell[1]):
            rows, columns = max(rows, place[0]), max(columns, place[1] + 1)
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        raise TooManyCells(sheet=sheet_name, rows=rows, columns=columns, max_rows=MAX_ROWS, max_columns=MAX_COLUMNS)


def _hidden_rows(data: bytes) -> set[int]:
    hidden = set()
    for row in _HIDDEN_ROW.finditer(data):
        number = _ROW_NUMBER.search(row[0])
        hidden.add(int(number[1]) if number else len(_ANY_ROW.findall(data, 0, row.start())) + 1)
    return hidden


def _error_cells(data: bytes):
    for cell in _ERROR_CELL.finditer(data):
        if place := _position(cell[1]):
            shown = _VALUE.search(cell[2])
            yield place, CellFault("cell_error_value", shown[1].decode("utf-8", "replace") if shown else "#N/A")


@lru_cache(4)
def _percent_styles(styles: bytes) -> frozenset[bytes]:
    """The numbers of the cell styles that show a percentage."""
    if b"numFmtId" not in styles:
        return frozenset()
    try:
        root = ElementTree.fromstring(styles)
    except (ElementTree.ParseError, ValueError):
        return frozenset()
    formats = {
        one.get("numFmtId")
        for one in root.iter()
        if _local(one) == "numFmt" and "%" in _LITERAL.sub("", one.get("formatCode", ""))
    }
    cells = next((one for one in root if _local(one) == "cellXfs"), ())
    return frozenset(b"%d" % at for at, one in enumerate(cells) if one.get("numFmtId") in formats | _PERCENT_FORMATS)


def _local(element) -> str:
    return element.tag.rpartition("}")[2]


def _cells_of_style(data: bytes, styles: frozenset[bytes]):
    for cell in _STYLED_CELL.finditer(data):
        if cell[2] in styles and (place := _position(cell[1])):
            yield place


def _formulas_without_value(data: bytes):
    for cell in _BARE_FORMULA.finditer(data):
        place = _position(cell[1])
        if place and not _TEXT_RESULT.search(cell[1]):
            yield place, CellFault("formula_without_value", "")
