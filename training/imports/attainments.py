"""Attainments on paper: a test passed, a legal qualification held, a law degree."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .amounts import decimal_of, hundredths
from .cells import CellFault
from .dates import PartialDate, parse_date
from .headers import ATTAINMENTS
from .layout import Overrides, Table
from .people import Cells, Reading, finished, open_tables, read_person
from .problems import Problem
from .records import result_of
from .texts import clean_text

KINDS = (  # the first pattern that fits
    (re.compile(r"依法行政能力|能力测试"), "ADMIN_ABILITY"),
    (re.compile(r"任前|任职前|法律知识(?:考查|考试|考核|测试)"), "PRE_APPOINT_KNOWLEDGE"),
    (re.compile(r"法律职业资格|司法考试|法考|律师资格"), "LEGAL_QUALIFICATION"),
    (re.compile(r"学位|学历|法学专业|法律专业"), "LAW_DEGREE"),
    (re.compile(r"(?:公共|通用|综合)法律"), "ENFORCE_PUBLIC"),
    (re.compile(r"(?:专业|专门)法律|执法资格.*专业"), "ENFORCE_PROFESSIONAL"),
    (re.compile(r"学法用法|年度.*考试|普法考试"), "ANNUAL_LAW_STUDY"),
)
_KIND_CODES = frozenset(code for _, code in KINDS)
_HELD = frozenset(("LEGAL_QUALIFICATION", "LAW_DEGREE"))  # held, not sat: no verdict is asked for


@dataclass(slots=True)
class AttainmentRow:
    """One attainment of one person. `score` is hundredths of a mark."""

    sheet: str | None
    row: int
    name: str = ""
    id_number: str = ""
    staff_no: str = ""
    kind: str | None = None
    kind_text: str = ""
    score: int | None = None
    passed: bool | None = None
    valid_from: PartialDate | None = None
    valid_to: PartialDate | None = None
    document_no: str = ""
    major: str = ""
    remarks: str = ""
    hidden: bool = False
    issues: list[Problem] = field(default_factory=list)


class AttainmentReading(Reading):
    """`rows` are AttainmentRow."""


def read_attainments(
    content: bytes, filename: str, *, today: date, overrides: Mapping | Overrides | None = None
) -> AttainmentReading:
    """Read attainments. A row without a person or without a full date of the past is refused."""
    book, tables, understanding, _ = open_tables(content, ATTAINMENTS, overrides)
    reading = AttainmentReading(filename, understanding)
    for table in tables:
        for number, row in table.data_rows(lambda table: lambda row: False):
            _read_row(table, Cells(table, number, row), reading, today, book.date_1904)
    return finished(reading)


def _read_row(table: Table, cells: Cells, reading: AttainmentReading, today: date, date_1904: bool):
    person, refusal = read_person(cells, today)
    if refusal is None:
        valid_from, code = parse_date(cells.get("valid_from"), date_1904=date_1904)
        if valid_from is None or not valid_from.is_exact or valid_from.first_day > today:
            code = code or (
                "date_missing" if valid_from is None else "date_ambiguous" if not valid_from.is_exact else "date_implausible"
            )
            refusal = cells.refuse(code, "valid_from", person["name"])
    if refusal is not None:
        reading.refused.append(refusal)
        return
    if code:
        cells.warn(code, "valid_from", date=str(valid_from))
    row = AttainmentRow(table.sheet.name, cells.number, **person, valid_from=valid_from)
    row.hidden = cells.number in table.sheet.hidden_rows
    row.document_no, row.major, row.remarks = cells.number_text("document_no"), cells.text("major"), cells.text("remarks")
    row.kind_text = cells.text("kind") or (table.sheet.name or "")
    row.kind = kind_of_attainment(row.kind_text)
    if row.kind is None:
        cells.warn("kind_unknown" if cells.text("kind") else "kind_missing", "kind")
    if "valid_to" in cells.places:
        row.valid_to, code = parse_date(cells.get("valid_to"), date_1904=date_1904)
        if row.valid_to and row.valid_to.last_day < valid_from.first_day:
            row.valid_to, code = None, "date_range_reversed"
        if code and not re.search(r"长期|永久", clean_text(cells.get("valid_to"))):
            cells.warn(code, "valid_to", date=str(row.valid_to or ""))
    _result(row, cells)
    row.issues = cells.issues
    reading.rows.append(row)


def _result(row: AttainmentRow, cells: Cells):
    row.score, code = parse_score(cells.get("score"))
    verdict = cells.get("passed")
    if code and verdict == "" and result_of(cells.get("score")) is not None:
        verdict, code = cells.get("score"), None  # 合格 in the score column is a verdict
    if code:
        cells.warn(code, "score")
    row.passed = result_of(verdict) if verdict != "" else None
    if row.passed is None and row.kind in _HELD and verdict == "":
        row.passed = True
    if row.passed is None:
        cells.warn("result_missing", "passed" if "passed" in cells.places else "score")


def kind_of_attainment(text: str) -> str | None:
    """The code of the kind, or None where the words name none."""
    text = clean_text(text)
    if text.upper() in _KIND_CODES:
        return text.upper()
    return next((code for pattern, code in KINDS if pattern.search(text)), None)


def parse_score(value) -> tuple[int | None, str | None]:
    """A mark in hundredths: 78, 78.5, 78分."""
    if value == "" or value is None or isinstance(value, CellFault):
        return None, None
    if isinstance(value, str):
        value = clean_text(value).removesuffix("分")
        if value in ("", "/", "-", "—", "无", "免考"):
            return None, None
    number = decimal_of(value) if isinstance(value, (int, float, str)) else None
    score = hundredths(number) if number is not None and 0 <= number <= 1000 else None
    return (score, None) if score is not None else (None, "score_invalid")
