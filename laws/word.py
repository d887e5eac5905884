"""A Word file (.docx) opened with distrust, as the paragraphs and tables that a reader sees. Pure: nothing is written.

What stands inside a text: U+FFFC for each image, in the order of `images`; ____ for underlined blanks; a formula in one line,
like (a+b)/c. Numbers of automatic lists are counted as Word shows them. Tracked changes are read as accepted.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import basename, join, normpath

from defusedxml import DefusedXmlException, ElementTree
from django.utils.translation import gettext_lazy as _

from laws.errors import BadInput
from laws.numerals import numeral_of

IMAGE = "\ufffc"
BLANK = "____"
MAX_BYTES = 50 * 1024 * 1024
MAX_EXPANDED = 200 * 1024 * 1024
MAX_PARTS = 5_000
MAX_RATIO = 250  # asked only of packages that unpack to more than RATIO_FROM
RATIO_FROM = 16 * 1024 * 1024
MAX_SPAN = 60  # columns of one cell
MAX_DEPTH = 60  # elements inside each other below a block
TEXT_BOX = "text_box_ignored"
NESTED_TABLE = "nested_table_flattened"
IMAGE_LOST = "image_not_in_file"
OBJECT = "object_ignored"

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SYMBOLS = {"F0FC": "√", "F0FB": "×", "F0FE": "√", "F0FD": "×", "F052": "√", "F054": "×", "F06C": "●", "F0A8": "□", "F06F": "□"}
_SUPERSCRIPT = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPT = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_CIRCLED = {n: chr(0x2460 + n - 1) for n in range(1, 21)}
_SILENT = frozenset("pPr rPr sectPr tblPr tblGrid trPr tcPr del moveFrom instrText delText delInstrText proofErr bookmarkStart "
                    "bookmarkEnd commentRangeStart commentRangeEnd commentReference footnoteReference endnoteReference "
                    "lastRenderedPageBreak softHyphen annotationRef permStart permEnd sdtPr sdtEndPr Fallback fldData".split())  # fmt: skip


class WordUnreadable(BadInput):
    """A file that is no .docx, or one that is not opened."""

    code = "word_unreadable"
    message = _("This is not a Word file. Use .docx.")


@dataclass(slots=True)
class Paragraph:
    """`style`: the style's name ("heading 1"); `number`: what an automatic list shows before the text ("1.", "A.", "（一）")."""

    text: str
    style: str = ""
    number: str = ""
    images: tuple[str, ...] = ()


@dataclass(slots=True)
class Cell:
    paragraphs: list[Paragraph] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(p.number + p.text for p in self.paragraphs if p.number or p.text)

    @property
    def images(self) -> tuple[str, ...]:
        return tuple(name for p in self.paragraphs for name in p.images)


@dataclass(slots=True)
class Table:
    """Rows of cells as a grid: a cell over several columns is followed by empty ones, one over several rows stands in each."""

    rows: list[list[Cell]]


@dataclass(slots=True)
class Document:
    blocks: list[Paragraph | Table]
    images: dict[str, bytes]  # those that the text shows, by the name its paragraphs have
    notes: list[str]  # codes of what was passed over, each once


def read_paragraphs(content: bytes) -> list[Paragraph]:
    """The paragraphs in order, those of tables cell by cell. Raises WordUnreadable."""
    found = []
    for block in read_document(content).blocks:
        if isinstance(block, Table):
            found += [p for row in block.rows for cell in row for p in cell.paragraphs]
        else:
            found.append(block)
    return found


def read_document(content: bytes) -> Document:
    """Raises WordUnreadable for what is no .docx, is locked, damaged, or built to harm."""
    try:
        return _Reader(_Package(content)).read()
    except RecursionError as error:
        raise WordUnreadable(_UNSAFE) from error


class _Package:
    def __init__(self, content: bytes):
        if content.startswith(_OLE):
            if _ENCRYPTED in content:
                raise WordUnreadable(_("The file is protected with a password. Remove the password and use that file."))
            raise WordUnreadable(
                _("This is a file of an old Word (.doc). Open it in Word or WPS, save it as .docx, and use that file.")
            )
        if not content.startswith(b"PK"):
            raise WordUnreadable
        if len(content) > MAX_BYTES:
            raise WordUnreadable(_("The file is too large: at most %(limit)s MB."), limit=MAX_BYTES // 1024 // 1024)
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as error:
            raise WordUnreadable(_DAMAGED) from error
        self.members = {member.filename: member for member in self.archive.infolist()}
        expanded = sum(member.file_size for member in self.members.values())
        is_bomb = expanded > RATIO_FROM and expanded > MAX_RATIO * len(content)
        if len(self.members) > MAX_PARTS or expanded > MAX_EXPANDED or is_bomb:
            raise WordUnreadable(_UNSAFE)
        self.names = {name.lower(): name for name in self.members}

    def part(self, name: str) -> bytes | None:
        """A part, never more of it than it declares."""
        member = self.members.get(self.names.get(name.lower(), ""))
        if member is None:
            return None
        try:
            with self.archive.open(member) as stream:
                data = stream.read(member.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, NotImplementedError) as error:
            raise WordUnreadable(_DAMAGED) from error
        if len(data) > member.file_size:
            raise WordUnreadable(_UNSAFE)
        return data

    def tree(self, name: str):
        data = self.part(name)
        if data is None:
            return None
        try:
            return ElementTree.fromstring(data, forbid_dtd=True)
        except DefusedXmlException as error:
            raise WordUnreadable(_UNSAFE) from error
        except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
            raise WordUnreadable(_DAMAGED) from error

    def relations(self, name: str) -> dict[str, str]:
        """Names of the parts that a part refers to, by their ids; what lies outside the file is left out."""
        folder, _slash, file = name.rpartition("/")
        tree = self.tree(join(folder, "_rels", f"{file}.rels"))
        found = {}
        for relation in tree if tree is not None else ():
            target = relation.get("Target", "")
            if relation.get("TargetMode") != "External" and target:
                found[relation.get("Id", "")] = target.lstrip("/") if target.startswith("/") else normpath(join(folder, target))
        return found

    def main_part(self) -> str:
        tree = self.tree("_rels/.rels")
        for relation in tree if tree is not None else ():
            if relation.get("Type", "").endswith("/officeDocument"):
                return relation.get("Target", "").lstrip("/")
        return "word/document.xml"


_DAMAGED = _("The file is damaged. Open it in Word or WPS, save it again as .docx, and use that file.")
_UNSAFE = _(
    "The file unpacks to far more data than a text can hold, or is built unlike any word processor would; it was not opened."
)


def _tag(element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element, *path: str):
    for name in path:
        element = next((e for e in element if _tag(e) == name), None) if element is not None else None
    return element


def _attribute(element, name: str, default: str = "") -> str:
    """An attribute whatever its namespace: transitional and strict files differ in it."""
    if element is None:
        return default
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), default)


def _value(element, *path: str) -> str:
    return _attribute(_child(element, *path), "val")


def _is_on(properties, name: str) -> bool:
    found = _child(properties, name)
    return found is not None and _attribute(found, "val", "1") not in ("0", "false", "off", "none")


class _Reader:
    def __init__(self, package: _Package):
        self.package = package
        self.main = package.main_part()
        self.relations = package.relations(self.main)
        self.styles: dict[str, tuple[str, str, str]] = {}  # id -> name, numId, ilvl
        self.images: dict[str, bytes] = {}
        self.names: dict[str, str] = {}  # part -> name in the text
        self.notes: dict[str, None] = {}
        self.shown: list[str] = []  # images of the paragraph under way

    def read(self) -> Document:
        tree = self.package.tree(self.main)
        body = _child(tree, "body") if tree is not None else None
        if body is None:
            raise WordUnreadable
        self._read_styles()
        self.lists = _Lists(self._tree_of("numbering"))
        blocks = list(self._blocks(body))
        return Document(blocks, self.images, list(self.notes))

    def _tree_of(self, part: str):
        name = next((target for target in self.relations.values() if basename(target) == f"{part}.xml"), f"word/{part}.xml")
        return self.package.tree(name)

    def _read_styles(self) -> None:
        tree = self._tree_of("styles")
        for style in tree if tree is not None else ():
            if _tag(style) == "style" and _attribute(style, "type") == "paragraph":
                numbering = _child(style, "pPr", "numPr")
                number = (_value(numbering, "numId"), _value(numbering, "ilvl")) if numbering is not None else ("", "")
                self.styles[_attribute(style, "styleId")] = (_value(style, "name"), *number)

    def _blocks(self, element, depth: int = 0) -> Iterator[Paragraph | Table]:
        if depth > MAX_DEPTH:
            raise WordUnreadable(_UNSAFE)
        for child in element:
            tag = _tag(child)
            if tag == "p":
                yield self._paragraph(child)
            elif tag == "tbl":
                yield self._table(child, depth + 1)
            elif tag not in _SILENT:
                yield from self._blocks(child, depth + 1)

    def _paragraph(self, element) -> Paragraph:
        properties = _child(element, "pPr")
        style = self.styles.get(_value(properties, "pStyle") if properties is not None else "", ("", "", ""))
        numbering = _child(properties, "numPr") if properties is not None else None
        number, level = (_value(numbering, "numId"), _value(numbering, "ilvl")) if numbering is not None else style[1:]
        self.shown = []
        text = self._text(element, 0)
        label = ""
        if number and number != "0" and text.strip():
            label = self.lists.next_label(number, _number(level))
        return Paragraph(text, style[0], label, tuple(self.shown))

    def _text(self, element, depth: int) -> str:
        if depth > MAX_DEPTH:
            raise WordUnreadable(_UNSAFE)
        pieces, blank = [], False
        for child in element:
            piece, is_blank = self._inline(child, depth + 1)
            if is_blank and blank:
                continue  # one blank, cut into several runs
            pieces.append(piece)
            blank = is_blank or (blank and not piece)
        return "".join(pieces)

    def _inline(self, element, depth: int) -> tuple[str, bool]:
        """The text of an element inside a paragraph, and whether it is an underlined blank."""
        tag = _tag(element)
        if tag in _SILENT:
            return "", False
        if tag == "r":
            return self._run(element, depth)
        if tag in ("t", "tab", "br", "cr", "noBreakHyphen", "sym"):
            return _literal(tag, element), False
        if tag in ("oMath", "oMathPara"):
            return _formula(element, depth), False
        if tag == "txbxContent":
            self.notes[TEXT_BOX] = None
            return "", False
        if tag in ("blip", "imagedata"):
            return self._image(_attribute(element, "embed") or _attribute(element, "id")), False
        if tag == "OLEObject":
            self.notes[OBJECT] = None
            return "", False
        if tag == "p":
            return self._text(element, depth) + "\n", False
        return self._text(element, depth), False

    def _run(self, element, depth: int) -> tuple[str, bool]:
        text = self._text(element, depth)
        properties = _child(element, "rPr")
        if properties is None or not text:
            return text, False
        if not text.strip(" \t\xa0\u3000") and len(text) >= 2 and _is_on(properties, "u"):
            return BLANK, True
        place = _value(properties, "vertAlign")
        if place == "superscript":
            return text.translate(_SUPERSCRIPT), False
        return (text.translate(_SUBSCRIPT) if place == "subscript" else text), False

    def _image(self, relation: str) -> str:
        part = self.relations.get(relation)
        data = self.package.part(part) if part else None
        if not data:
            self.notes[IMAGE_LOST] = None
            return ""
        if part not in self.names:
            name, suffix, at = basename(part), "", 1
            while name in self.images:
                at += 1
                stem, _dot, suffix = basename(part).rpartition(".")
                name = f"{stem}-{at}.{suffix}"
            self.names[part] = name
            self.images[name] = data
        self.shown.append(self.names[part])
        return IMAGE

    def _table(self, element, depth: int) -> Table:
        rows, above = [], {}
        for row in _rows(element):
            cells, column = [], 0
            skipped = _value(_child(row, "trPr"), "gridBefore") if _child(row, "trPr") is not None else ""
            column = min(_number(skipped), MAX_SPAN)
            cells += [Cell() for _at in range(column)]
            for cell in (e for e in _unwrapped(row) if _tag(e) == "tc"):
                properties = _child(cell, "tcPr")
                span = _value(properties, "gridSpan") if properties is not None else ""
                merge = _child(properties, "vMerge") if properties is not None else None
                if merge is not None and _attribute(merge, "val", "continue") == "continue" and column in above:
                    found = above[column]
                else:
                    found = Cell(list(self._cell_paragraphs(cell, depth + 1)))
                above[column] = found
                width = min(_number(span), MAX_SPAN) or 1
                cells += [found] + [Cell() for _at in range(width - 1)]
                column += width
            rows.append(cells)
        width = max(map(len, rows), default=0)
        return Table([row + [Cell() for _at in range(width - len(row))] for row in rows])

    def _cell_paragraphs(self, cell, depth: int) -> Iterator[Paragraph]:
        for block in self._blocks(cell, depth):
            if isinstance(block, Table):
                self.notes[NESTED_TABLE] = None
                yield from (p for row in block.rows for inner in row for p in inner.paragraphs)
            else:
                yield block


def _unwrapped(element) -> Iterator:
    """Children, those inside content controls and tracked insertions too."""
    for child in element:
        if _tag(child) in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag"):
            yield from _unwrapped(child)
        elif _tag(child) not in _SILENT:
            yield child


def _rows(table) -> Iterator:
    """Rows that are there once the changes are accepted."""
    for row in _unwrapped(table):
        if _tag(row) == "tr" and (_child(row, "trPr") is None or _child(row, "trPr", "del") is None):
            yield row


def _literal(tag: str, element) -> str:
    if tag == "t":
        return element.text or ""
    if tag == "br":
        return "" if _attribute(element, "type") in ("page", "column") else "\n"
    if tag == "sym":
        code = _attribute(element, "char").upper()
        if code in _SYMBOLS:
            return _SYMBOLS[code]
        return chr(int(code, 16)) if re.fullmatch(r"[0-9A-F]{4}", code) and not code.startswith(("F", "D")) else ""
    return {"tab": "\t", "cr": "\n", "noBreakHyphen": "-"}[tag]


def _formula(element, depth: int) -> str:
    """A formula in one line: fractions with /, powers with ^, indices with _, roots with √."""
    if depth > MAX_DEPTH:
        raise WordUnreadable(_UNSAFE)
    tag = _tag(element)
    if tag == "t":
        return element.text or ""

    def of(name: str) -> str:
        part = _child(element, name)
        return _formula(part, depth + 1) if part is not None else ""

    if tag == "f":
        return f"{_grouped(of('num'))}/{_grouped(of('den'))}"
    if tag in ("sSup", "sSub", "sSubSup"):
        below = f"_{_grouped(of('sub'))}" if tag != "sSup" else ""
        return _grouped(of("e")) + below + (f"^{_grouped(of('sup'))}" if tag != "sSub" else "")
    if tag == "rad":
        return f"{of('deg')}√{_grouped(of('e'))}"
    if tag == "nary":
        sign = _value(element, "naryPr", "chr") or "∫"
        limits = (f"_{_grouped(of('sub'))}" if of("sub") else "") + (f"^{_grouped(of('sup'))}" if of("sup") else "")
        return f"{sign}{limits} {of('e')}"
    if tag == "d":
        begin, end = _value(element, "dPr", "begChr") or "(", _value(element, "dPr", "endChr") or ")"
        return begin + ",".join(_formula(e, depth + 1) for e in element if _tag(e) == "e") + end
    if tag.endswith("Pr"):
        return ""
    return "".join(_formula(child, depth + 1) for child in element)


def _grouped(text: str) -> str:
    return text if re.fullmatch(r"[\w.]*|\(.*\)", text) else f"({text})"


class _Lists:
    """What automatic lists show: counted as the paragraphs come."""

    def __init__(self, tree):
        self.kinds: dict[str, dict[int, tuple[str, str, int]]] = {}  # abstract list -> level -> format, text, start
        self.abstract_of: dict[str, str] = {}
        self.starts: dict[tuple[str, int], int] = {}  # list, level -> where this list begins anew
        self.counts: dict[str, dict[int, int]] = {}  # abstract list -> level -> last number
        for element in tree if tree is not None else ():
            if _tag(element) == "abstractNum":
                self.kinds[_attribute(element, "abstractNumId")] = {
                    _number(_attribute(level, "ilvl")): (
                        _value(level, "numFmt") or "decimal",
                        _value(level, "lvlText"),
                        _number(_value(level, "start"), 1),
                    )
                    for level in element
                    if _tag(level) == "lvl"
                }
            elif _tag(element) == "num":
                number = _attribute(element, "numId")
                self.abstract_of[number] = _value(element, "abstractNumId")
                for override in (e for e in element if _tag(e) == "lvlOverride"):
                    start = _child(override, "startOverride")
                    if start is not None:
                        self.starts[number, _number(_attribute(override, "ilvl"))] = _number(_attribute(start, "val"), 1)

    def next_label(self, number: str, level: int) -> str:
        abstract = self.abstract_of.get(number)
        levels = self.kinds.get(abstract or "", {})
        if level not in levels:
            return ""
        counts = self.counts.setdefault(abstract, {})
        start = self.starts.pop((number, level), None)
        counts[level] = start if start is not None else counts.get(level, levels[level][2] - 1) + 1
        for deeper in [at for at in counts if at > level]:
            del counts[deeper]
        kind, pattern, _start = levels[level]
        if kind in ("bullet", "none"):
            return ""

        def shown(match) -> str:
            at = int(match[1]) - 1
            form, _text, begin = levels.get(at, ("decimal", "", 1))
            return _counted(counts.get(at, begin), form)

        return re.sub(r"%(\d)", shown, pattern)


def _number(text: str, default: int = 0) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else default


def _counted(number: int, form: str) -> str:
    if form in ("upperLetter", "lowerLetter") and number > 0:
        letter = chr(65 + (number - 1) % 26) * ((number - 1) // 26 % 5 + 1)
        return letter if form == "upperLetter" else letter.lower()
    if form in ("upperRoman", "lowerRoman") and 0 < number < 4000:
        roman = _roman(number)
        return roman if form == "upperRoman" else roman.lower()
    if form.startswith(("chinese", "japanese", "ideograph", "taiwanese")) and "Enclosed" not in form and 0 < number < 100_000:
        return numeral_of(number)
    if "nclosedCircle" in form:
        return _CIRCLED.get(number, str(number))
    return str(number)


def _roman(number: int) -> str:
    text = ""
    for value, sign in (
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"),
        (5, "V"), (4, "IV"), (1, "I"),
    ):  # fmt: skip
        text += sign * (number // value)
        number %= value
    return text
