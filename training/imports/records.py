"""Training records: who studied what, when, how long, and with which result.

The raw amount is kept as the source states it: hundredths of a study hour, or minutes; `hours` shows both in one unit. Whether a row
may be credited is not decided here.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from .amounts import Amount, parse_hours, show_hours
from .dates import EARLIEST, DateRange, PartialDate, half_day_of, parse_date, parse_range
from .headers import RECORDS
from .layout import Overrides, Table
from .people import Cells, Reading, finished, open_tables, read_id, read_name
from .problems import Problem
from .roster import unit_path
from .rows import MAY_BE_EXAMPLE
from .texts import clean_text, parse_phone
from .units import split_joined_unit

CATEGORIES = (  # the first pattern that fits: 习近平法治思想 is named before 法律, party spirit before theory
    (re.compile(r"习近平法治思想"), "XI_RULE_OF_LAW"),
    (re.compile(r"党性|廉政|廉洁|党风|党纪"), "PARTY_SPIRIT"),
    (re.compile(r"政治|理论|思想|党建|主题教育|意识形态"), "POLITICAL_THEORY"),
    (re.compile(r"法律|法规|法治|普法|公共法律|专业法律|^法"), "LAW"),
    (re.compile(r"业务|专业|技能|岗位|执法实务|执法业务"), "PROFESSIONAL"),
    (re.compile(r"其他|其它|综合"), "OTHER"),
)
_CATEGORY_CODES = frozenset(("POLITICAL_THEORY", "PARTY_SPIRIT", "PROFESSIONAL", "LAW", "XI_RULE_OF_LAW", "OTHER"))
FORMS = (  # pattern, form, mode of the ledger
    (re.compile(r"(?:线上|网络).*(?:线下|面授|集中|现场)|(?:线下|面授|集中|现场).*(?:线上|网络)|混合|结合"), "blended", "CLASS"),
    (re.compile(r"自学|自选|自主"), "self", "SELF_STUDY"),
    (
        re.compile(r"网络|线上|在线|网上|网课|远程|慕课|视频课|e-?learning|online|直播|学习强国|法宣在线", re.I),
        "online",
        "ONLINE",
    ),
    (re.compile(r"旁听|庭审"), "offline", "HEARING"),
    (re.compile(r"讲座|报告会|专题报告"), "offline", "LECTURE"),
    (re.compile(r"授课|讲法|讲课|主讲"), "offline", "TEACHING"),
    (re.compile(r"会前学法|中心组|研讨|座谈|交流会"), "offline", "SESSION"),
    (
        re.compile(r"线下|集中|面授|脱产|现场|培训班|轮训|岗前|初任|任职|调训|专题|实训|offline|以会代训", re.I),
        "offline",
        "CLASS",
    ),
)
ARRANGEMENTS = (
    (re.compile(r"岗前|初任|上岗|入职|任前"), "PRE_POST"),
    (re.compile(r"轮训|集中轮训"), "ROTATION"),
    (re.compile(r"日常|在职|经常"), "DAILY"),
)
_PASSED = frozenset(
    "合格 通过 及格 优秀 优 良好 良 中等 中 达标 结业 已结业 完成 已完成 是 √ ✓ ✔ ☑ 1 y yes pass passed true 补考合格 补考通过 准予结业 称职 基本合格 合 已通过".split()
)
_FAILED = frozenset(
    "不合格 未通过 不通过 不及格 缺考 缺席 未达标 不达标 未结业 肄业 未完成 否 × ✗ ✘ x 0 n no fail failed false 补考不合格 补考未通过 差 作弊 违纪 退学 "
    "未参加 未参训 请假 旷课 不称职 无故缺考 弃考 不准予结业 未参考 未考 零分".split()
)
_RESULT_NOTE = re.compile(r"[（(][^）)]*[)）]|[\d.]+分?$|^[:：]|[!！。.]+$")


@dataclass(slots=True)
class StudyRow:
    """One line of training. Hours are hundredths; `minutes` is the raw amount where the source states minutes."""

    sheet: str | None
    row: int
    name: str = ""
    id_number: str = ""
    staff_no: str = ""
    phone: str = ""
    unit_text: str = ""
    inner_department: str = ""
    title: str = ""
    start: PartialDate | None = None
    end: PartialDate | None = None
    half_day: str = ""
    hours: int | None = None
    minutes: int | None = None
    form: str | None = None
    mode: str | None = None
    arrangement: str = ""
    category: str | None = None
    category_text: str = ""
    organiser: str = ""
    passed: bool | None = None
    certificate_no: str = ""
    officer_certificate: str = ""
    remarks: str = ""
    hidden: bool = False
    issues: list[Problem] = field(default_factory=list)

    @property
    def stated(self) -> int | None:
        """Hours as the source states them; None where it states minutes."""
        return None if self.minutes is not None else self.hours

    @property
    def has_full_dates(self) -> bool:
        return bool(self.start and self.end and self.start.is_exact and self.end.is_exact)

    def codes(self) -> list[str]:
        return sorted(issue.code for issue in self.issues)


@dataclass(slots=True)
class RecordReading(Reading):
    """`rows` are StudyRow. A file without a result or category column says nothing about either: the caller asks once."""

    has_results: bool = False
    has_categories: bool = False


def read_study_records(
    content: bytes, filename: str, *, today: date, overrides: Mapping | Overrides | None = None
) -> RecordReading:
    """Read training records. Raises a FileRefused when the file as a whole cannot be taken."""
    book, tables, understanding, chosen = open_tables(content, RECORDS, overrides)
    reading = RecordReading(filename, understanding)
    for table in tables:
        reading.has_results |= "result" in table.roles
        reading.has_categories |= "category" in table.roles
        year = chosen.year or table.title_year
        reader = _RecordReader(table, reading, today, book.date_1904, year, chosen.year is not None)
        for number, row in table.data_rows(_is_plain):
            reader.read_row(number, row)
    return finished(reading)


def _is_plain(table: Table):
    number, title, seq = table.roles.get("id_number"), table.roles["title"], table.roles.get("seq")
    if number is None:
        return lambda row: False

    def plain(row):
        text = row[number]
        if type(text) is not str or len(text) != 18 or row[title] == "":
            return False
        return seq is None or str(row[seq])[:1] not in MAY_BE_EXAMPLE

    return plain


class _RecordReader:
    def __init__(self, table: Table, reading: RecordReading, today: date, date_1904: bool, year: int | None, year_chosen: bool):
        self.table, self.reading, self.today, self.date_1904 = table, reading, today, date_1904
        self.year, self.year_chosen = year, year_chosen
        self.hours_unit = _unit_in_heading(table.heading("hours") or "")
        self.memo: dict[tuple, object] = {}

    def read_row(self, number: int, row: list):
        cells = Cells(self.table, number, row)
        record = StudyRow(self.table.sheet.name, number, hidden=number in self.table.sheet.hidden_rows)
        refusal = self._person(record, cells)
        if refusal is None:
            record.title = self._once("title", cells.get("title"), _title)
            if not record.title:
                refusal = cells.refuse("title_missing", "title", record.name)
        if refusal is not None:
            self.reading.refused.append(refusal)
            return
        self._dates(record, cells)
        self._amount(record, cells)
        self._words(record, cells)
        record.issues = cells.issues
        self.reading.rows.append(record)

    def _once(self, kind: str, value, read):
        key = (kind, value.__class__, value)
        try:
            return self.memo[key]
        except KeyError:
            result = self.memo[key] = read(value)
            return result

    def _person(self, record: StudyRow, cells: Cells) -> Problem | None:
        places = cells.places
        if "name" in places:
            record.name, code = read_name(cells)
            if code:
                return cells.refuse(code, "name", record.name)
        if "staff_no" in places:
            record.staff_no = cells.number_text("staff_no")
        if "officer_certificate" in places:
            record.officer_certificate = cells.number_text("officer_certificate")
        if "phone" in places:
            record.phone, _, code = parse_phone(cells.get("phone"))
            if code:
                cells.warn(code, "phone")
        if "id_number" in places:
            record.id_number, code, facts = read_id(cells.row[places["id_number"]], self.today)
            if code and not (code == "id_missing" and (record.staff_no or record.officer_certificate)):
                return cells.refuse(code, "id_number", record.name, **facts)
        if not (record.id_number or record.staff_no or record.officer_certificate or record.name):
            return cells.refuse("person_missing", None)
        if joined := cells.get("unit_and_department"):
            record.unit_text = split_joined_unit(unit_path(joined))
        elif "unit" in places:
            record.unit_text = self._once("unit", cells.get("unit"), unit_path)
        record.inner_department = cells.text("inner_department")
        return None

    def _dates(self, record: StudyRow, cells: Cells):
        if "start" in cells.places:
            span = self._two_cells(cells)
            column = "start"
        else:
            column = "dates"
            value = cells.get("dates")
            span = self._once("dates", value, lambda v: parse_range(v, year=self.year, date_1904=self.date_1904))
            if value == "":
                cells.warn("date_missing", column)
        record.start, record.end, record.half_day = span.start, span.end, span.half_day
        if record.minutes is None and span.minutes:
            record.minutes = span.minutes
        for code in span.codes:
            if code == "year_inferred_from_title" and self.year_chosen:
                continue
            facts = {"year": self.year} if code == "year_inferred_from_title" else {"date": str(span.start or "")}
            cells.warn(code, column, **facts)
        if span.start is not None and not EARLIEST <= span.start.first_day <= self.today:
            record.start = record.end = None
            cells.warn("date_implausible", column)
        if "half_day" in cells.places:
            record.half_day = half_day_of(cells.text("half_day")) or record.half_day

    def _two_cells(self, cells: Cells) -> DateRange:
        """Start and end in cells of their own; a missing end means the same day."""
        first = cells.get("start")
        start = parse_range(first, year=self.year, date_1904=self.date_1904)
        last, code = parse_date(cells.get("end"), date_1904=self.date_1904)
        if cells.get("end") != "" and last is None and code:
            span = parse_range(cells.get("end"), year=self.year, date_1904=self.date_1904)
            last, code = span.end, None if span.end else code
        if start.start is None:
            return DateRange(codes=start.codes or ["date_missing"])
        if code and last is None:
            return DateRange(codes=[code])
        if last is not None and last.last_day < start.start.first_day:
            return DateRange(codes=["date_range_reversed"])
        return DateRange(start.start, last or start.end, start.codes, start.half_day, start.minutes)

    def _amount(self, record: StudyRow, cells: Cells):
        from_clock = record.minutes
        record.minutes = None
        role = next((r for r in ("hours", "minutes", "days") if cells.get(r) != ""), None)
        if role is None:
            if from_clock:
                self._apply(record, cells, "dates", parse_hours(from_clock, unit="minutes"))
                return
            role = next(r for r in ("hours", "minutes", "days") if r in cells.places)
        unit = self.hours_unit if role == "hours" else role
        self._apply(record, cells, role, self._once(role, cells.get(role), lambda value: parse_hours(value, unit=unit)))

    def _apply(self, record: StudyRow, cells: Cells, role: str, amount: Amount):
        record.hours, record.minutes = amount.hours, amount.minutes
        if amount.code:
            shown = {"hours": show_hours(amount.hours)} if amount.hours is not None else {}
            cells.warn(amount.code, role, **shown)

    def _words(self, record: StudyRow, cells: Cells):
        places = cells.places
        for role in ("organiser", "remarks"):
            setattr(record, role, cells.text(role))
        if "certificate_no" in places:
            record.certificate_no = cells.number_text("certificate_no")
        if "form" in places:
            record.form, record.mode = self._once("form", cells.get("form"), form_of)
        record.arrangement = self._once("arrangement", f"{cells.text('arrangement')} {cells.text('form')}", arrangement_of)
        if "category" in places:
            record.category_text = cells.text("category")
            record.category = self._once("category", record.category_text, category_of)
            if record.category_text and record.category is None:
                cells.warn("category_unknown", "category")
        if "result" in places:
            record.passed = self._once("result", cells.get("result"), result_of)
            if record.passed is None:
                cells.warn("result_missing", "result")


def _unit_in_heading(heading: str) -> str:
    if "分钟" in heading:
        return "minutes"
    if "天" in heading:
        return "days"
    return "clock" if "小时" in heading and "学时" not in heading and "课时" not in heading else "hours"


def _title(value) -> str:
    return re.sub(r"\s*\n\s*", "", clean_text(value)).strip()


def form_of(value) -> tuple[str | None, str | None]:
    """The form of study and the mode the ledger knows; nothing where the words name none."""
    text = clean_text(value)
    return next(((form, mode) for pattern, form, mode in FORMS if pattern.search(text)), (None, None)) if text else (None, None)


def arrangement_of(value) -> str:
    """Pre-post, rotation or daily, where the words say so."""
    text = clean_text(value)
    return next((code for pattern, code in ARRANGEMENTS if pattern.search(text)), "")


def category_of(text: str) -> str | None:
    """The category code of the ledger, or None where the words name none."""
    text = clean_text(text)
    if text.upper() in _CATEGORY_CODES:
        return text.upper()
    return next((code for pattern, code in CATEGORIES if pattern.search(text)), None) if text else None


def result_of(value) -> bool | None:
    """Passed, not passed, or unknown: a bare score names no verdict."""
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return {1: True, 0: False}.get(value)
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", value)).lower() if isinstance(value, str) else ""
    for candidate in (text, _RESULT_NOTE.sub("", text)):
        if candidate in _FAILED:
            return False
        if candidate in _PASSED:
            return True
    if re.search(r"不合格|未通过|不及格|缺考|未达标|不通过", text):
        return False
    return True if re.search(r"合格|通过|及格|优秀|达标", text) and "待" not in text else None
