"""Approved changes of what a person owes in a year: exempt, fixed hours, or a factor; with reason, approver and document."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from .amounts import decimal_of, parse_hours
from .cells import CellFault
from .headers import ADJUSTMENTS
from .layout import Overrides, Table
from .people import Cells, Reading, finished, open_tables, read_person
from .problems import Problem
from .records import result_of
from .texts import clean_text, plain_number

REASONS_BY_WORDS = (  # the first pattern that fits
    (re.compile(r"产假|生育|孕|哺乳|陪产|育儿"), "MATERNITY"),
    (re.compile(r"去世|死亡|病故|身故|亡故"), "DEATH"),
    (re.compile(r"病|住院|伤|手术|医疗期"), "LONG_SICK"),
    (re.compile(r"退休|离休|退出"), "RETIREMENT"),
    (re.compile(r"援|挂职|驻村|第一书记|支教|扶贫|对口"), "AID_POSTING"),
    (re.compile(r"借调|抽调|借用|专班"), "SECONDMENT"),
    (re.compile(r"脱产|在职学习|进修|党校.*(?:班|学习)|攻读|学历教育"), "OFF_JOB_STUDY"),
    (re.compile(r"停职|停薪|留置|立案|处分|羁押|拘留|停岗"), "SUSPENSION"),
    (re.compile(r"调出|调离|转出|离职|辞职|辞退|调往"), "TRANSFER_OUT"),
    (re.compile(r"调入|转入|调任|转任|军转|安置"), "TRANSFER_IN"),
    (re.compile(r"新录用|新招录|新入职|新进|新聘|初任|试用期|录用|入职"), "NEW_HIRE"),
    (re.compile(r"其他|其它"), "OTHER"),
)
_REASON_CODES = frozenset(code for _, code in REASONS_BY_WORDS)


@dataclass(slots=True)
class AdjustmentRow:
    """One change. Exactly one of `exempt`, `hours`, `reduced` (hundredths) and `factor` says what is still owed."""

    sheet: str | None
    row: int
    name: str = ""
    id_number: str = ""
    staff_no: str = ""
    year: int | None = None
    reason: str = ""
    reason_text: str = ""
    exempt: bool = False
    hours: int | None = None
    reduced: int | None = None
    factor: Decimal | None = None
    approver: str = ""
    document: str = ""
    remarks: str = ""
    hidden: bool = False
    issues: list[Problem] = field(default_factory=list)

    def owed(self, target: int) -> int:
        """What is still owed of `target`, both in hundredths; a factor rounds half up."""
        if self.exempt:
            return 0
        if self.hours is not None:
            return self.hours
        if self.reduced is not None:
            return max(target - self.reduced, 0)
        return int(target * self.factor + Decimal("0.5"))


class AdjustmentReading(Reading):
    """`rows` are AdjustmentRow."""


def read_adjustments(
    content: bytes, filename: str, *, today: date, overrides: Mapping | Overrides | None = None
) -> AdjustmentReading:
    """Read adjustments. Year (from the row, the title or the caller), reason, amount, approver and document are all needed."""
    _, tables, understanding, chosen = open_tables(content, ADJUSTMENTS, overrides)
    reading = AdjustmentReading(filename, understanding)
    for table in tables:
        for number, row in table.data_rows(lambda table: lambda row: False):
            _read_row(table, Cells(table, number, row), reading, today, chosen.year)
    return finished(reading)


def _read_row(table: Table, cells: Cells, reading: AdjustmentReading, today: date, chosen_year: int | None):
    person, refusal = read_person(cells, today)
    row = AdjustmentRow(table.sheet.name, cells.number, **person, hidden=cells.number in table.sheet.hidden_rows)
    if refusal is None:
        refusal = _year(row, cells, table, chosen_year) or _reason(row, cells) or _amount(row, cells) or _papers(row, cells)
    if refusal is not None:
        reading.refused.append(refusal)
        return
    row.issues = cells.issues
    reading.rows.append(row)


def _year(row: AdjustmentRow, cells: Cells, table: Table, chosen_year: int | None) -> Problem | None:
    stated = re.fullmatch(r"(20\d{2})(?:年度?)?", plain_number(cells.get("year")) if cells.get("year") != "" else "")
    if cells.get("year") != "" and stated is None:
        return cells.refuse("date_invalid", "year", row.name)
    row.year = int(stated[1]) if stated else chosen_year or table.title_year
    if row.year is None:
        return cells.refuse("year_missing", "year", row.name)
    if stated is None and chosen_year is None:
        cells.warn("year_inferred_from_title", "year", year=row.year)
    return None


def _reason(row: AdjustmentRow, cells: Cells) -> Problem | None:
    row.reason_text = cells.text("reason")
    if not row.reason_text:
        return cells.refuse("reason_missing", "reason", row.name)
    row.reason = reason_of(row.reason_text) or "OTHER"
    if reason_of(row.reason_text) is None:
        cells.warn("reason_unknown", "reason")
    return None


def _amount(row: AdjustmentRow, cells: Cells) -> Problem | None:
    stated = 0
    for role in ("hours", "reduced"):
        value = cells.get(role)
        if value == "" or clean_text(value) in ("/", "-", "—"):
            continue
        if isinstance(value, str) and re.search(r"免", value) and role == "hours":
            row.exempt, stated = True, stated + 1
            continue
        number = decimal_of(value) if isinstance(value, (int, float)) or re.fullmatch(r"0+(?:\.0+)?", clean_text(value)) else None
        amount = 0 if number == 0 else parse_hours(value).hours
        if amount is None:
            return cells.refuse("amount_invalid", role, row.name)
        setattr(row, role, amount)
        stated += 1
    if cells.get("factor") != "":
        row.factor = parse_factor(cells.get("factor"))
        if row.factor is None:
            return cells.refuse("amount_invalid", "factor", row.name)
        stated += 1
    if result_of(cells.get("exempt")) is True or "免" in clean_text(cells.get("exempt")):
        if row.factor or row.hours or row.reduced:
            return cells.refuse("amount_contradicts", "exempt", row.name)
        row.exempt, row.hours, row.reduced, row.factor, stated = True, None, None, None, 1
    if stated > 1:
        return cells.refuse("amount_contradicts", "hours", row.name)
    if not stated:
        return cells.refuse(
            "amount_missing", next((r for r in ("hours", "exempt", "factor") if r in cells.places), None), row.name
        )
    if row.hours == 0 or row.factor == 0:
        row.exempt = True
    return None


def _papers(row: AdjustmentRow, cells: Cells) -> Problem | None:
    row.approver, row.document, row.remarks = cells.text("approver"), cells.text("document"), cells.text("remarks")
    if not row.approver:
        return cells.refuse("approver_missing", "approver", row.name)
    if not row.document:
        return cells.refuse("document_missing", "document", row.name)
    return None


def reason_of(text: str) -> str | None:
    """The code of the reason, or None where the words name none."""
    text = clean_text(text)
    if text.upper() in _REASON_CODES:
        return text.upper()
    return next((code for pattern, code in REASONS_BY_WORDS if pattern.search(text)), None)


def parse_factor(value) -> Decimal | None:
    """0.5, 50%, 1/2; between 0 and 1."""
    if isinstance(value, CellFault):
        return None
    text = clean_text(value)
    percent = re.fullmatch(r"(\d+(?:\.\d+)?)[%％]", text)
    half = re.fullmatch(r"(\d{1,2})/(\d{1,2})", text)
    if percent:
        number = Decimal(percent[1]) / 100
    elif half and int(half[2]):
        number = Decimal(half[1]) / Decimal(half[2])
    else:
        number = decimal_of(value) if isinstance(value, (int, float, str)) else None
    return number if number is not None and 0 <= number <= 1 else None
