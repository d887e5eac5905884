"""A roster of people as HR offices keep it, read row by row into checked values.

A file without any ID numbers names people by staff number: that is enough for those who are known already.
One error refuses a row, the first that applies: name, then ID number, then duplicates. Everything else is a warning.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..identity import birth_of, id_problem, sex_of
from .cells import CellFault
from .dates import PartialDate, parse_date, parse_past_date
from .headers import ROSTER
from .layout import Overrides, Table
from .people import Cells, Reading, finished, open_tables, read_id, read_name
from .problems import Problem
from .rows import MAY_BE_EXAMPLE
from .texts import clean_text, normalise_rank, optional_text, parse_phone, plain_name, split_post_and_rank
from .units import split_joined_unit

_SEXES = {
    "男": "男",
    "女": "女",
    "男性": "男",
    "女性": "女",
    "1": "男",
    "2": "女",
    "m": "男",
    "f": "女",
    "male": "男",
    "female": "女",
}
_LAW_MAJOR = re.compile(
    r"法学|法律|诉讼法|刑法|民商法|经济法|行政法|国际法|法理|法制史|知识产权|律师|法务|(?<!方)法专业|监狱学|公安学"
)
_LEGAL_CLASS = re.compile(r"[（(]?\s*([ABC])\s*(?:类|证|级|$|[)）])", re.I)
_YES_NO = {
    "是": True,
    "有": True,
    "已取得": True,
    "取得": True,
    "√": True,
    "否": False,
    "未取得": False,
    "没有": False,
    "×": False,
    "x": False,
}

STAFF_CATEGORIES = (  # the first pattern that fits; the order matters: 执法辅助 is not 执法
    (re.compile(r"辅助|协管|协勤|辅警"), "auxiliary_staff"),
    (re.compile(r"外聘|外部法律顾问|聘用律师|^法律顾问"), "external_counsel"),
    (re.compile(r"法制审核|法制|法治|复议|应诉|听证|公职律师|合法性审查|合法性审核"), "legal_affairs_staff"),
    (re.compile(r"执法|^[AB]岗$|稽查|监察员"), "enforcement_officer"),
    (re.compile(r"领导|处级|科级|班子|党政正职|局长|主要负责人"), "leading_cadre"),
)


@dataclass(slots=True)
class RosterRow:
    """One person as the file has them. Sex and birth come from the ID number. `row` counts as the spreadsheet shows it."""

    sheet: str | None
    row: int
    name: str
    id_number: str = ""  # empty in a file that names people by staff number
    sex: str = ""
    birth: date | None = None
    birth_source: str = "id_number"
    unit_text: str = ""
    inner_department: str = ""
    post: str = ""
    post_level: str = ""
    rank: str = ""
    establishment: str = ""
    staff_category: str | None = None
    staff_category_text: str = ""
    joined: PartialDate | None = None  # whichever of the two the file has, the unit's first
    entered_unit: PartialDate | None = None
    work_started: PartialDate | None = None
    certificate_no: str = ""
    certificate_kind: str = ""
    certificate_issuer: str = ""
    certificate_state: str = ""
    certificate_from: PartialDate | None = None
    certificate_to: PartialDate | None = None
    legal_no: str = ""
    legal_class: str = ""
    has_legal_qualification: bool | None = None
    education: str = ""
    degree: str = ""
    major: str = ""
    has_law_background: bool | None = None
    phone: str = ""
    phones: tuple[str, ...] = ()
    staff_no: str = ""
    ethnicity: str = ""
    political: str = ""
    enforcement_field: str = ""
    enforcement_area: str = ""
    remarks: str = ""
    hidden: bool = False
    issues: list[Problem] = field(default_factory=list)

    @property
    def department(self) -> str:
        """Unit and internal department as one path."""
        if self.unit_text and self.inner_department:
            return f"{self.unit_text}/{self.inner_department}"
        return self.unit_text or self.inner_department


class RosterReading(Reading):
    """`rows` are RosterRow, in the file's order."""


def read_roster(content: bytes, filename: str, *, today: date, overrides: Mapping | Overrides | None = None) -> RosterReading:
    """Read a roster. Raises a FileRefused when the file as a whole cannot be taken."""
    book, tables, understanding, _ = open_tables(content, ROSTER, overrides)
    reading = RosterReading(filename, understanding)
    seen: dict[str, tuple[str | None, int, str]] = {}
    for table in tables:
        _TableReader(table, reading, seen, today, book.date_1904).read()
    return finished(reading)


def _is_plain(table: Table):
    """Rows whose ID cell holds 18 characters and whose name cell holds text need no second look."""
    id_number, name, seq = table.roles.get("id_number"), table.roles["name"], table.roles.get("seq")
    if id_number is None:
        return lambda row: False

    def plain(row):
        number, called = row[id_number], row[name]
        if type(number) is not str or len(number) != 18 or type(called) is not str or called == "":
            return False
        return called[0] not in MAY_BE_EXAMPLE and (seq is None or str(row[seq])[:1] not in MAY_BE_EXAMPLE)

    return plain


class _TableReader:
    def __init__(self, table: Table, reading: RosterReading, seen: dict, today: date, date_1904: bool):
        self.table, self.reading, self.seen, self.today, self.date_1904 = table, reading, seen, today, date_1904
        self.memo: dict[tuple, object] = {}

    def read(self):
        for number, row in self.table.data_rows(_is_plain):
            self._read_row(number, row)

    def _read_row(self, number: int, row: list):
        table = self.table
        cells = Cells(table, number, row)
        name_cell = row[table.roles["name"]]
        if type(name_cell) is str and plain_name(name_cell):
            name, refusal = name_cell, None
        else:
            name, refusal = read_name(cells)
        if refusal is not None:
            self.reading.refused.append(cells.refuse(refusal, "name", name))
            return
        column = "id_number" if "id_number" in table.roles else "staff_no"
        number_read, refusal, facts = self._id_number(row) if column == "id_number" else self._staff_no(cells)
        if refusal is None:
            refusal, facts = self._duplicate(number_read, name)
        if refusal is not None:
            self.reading.refused.append(cells.refuse(refusal, column, name, **facts))
            return
        self.seen[number_read] = (table.sheet.name, number, name)
        if column == "id_number":
            person = RosterRow(table.sheet.name, number, name, number_read, sex_of(number_read), birth_of(number_read))
        else:
            person = RosterRow(table.sheet.name, number, name)
        self._fill(person, cells)
        self.reading.rows.append(person)

    def _id_number(self, row: list) -> tuple[str, str | None, dict]:
        cell = row[self.table.roles["id_number"]]
        if type(cell) is str and id_problem(cell, self.today) is None:
            return cell, None, {}
        return read_id(cell, self.today)

    def _staff_no(self, cells: Cells) -> tuple[str, str | None, dict]:
        text = cells.number_text("staff_no")
        return text, None if text else "id_missing", {}

    def _duplicate(self, number: str, name: str):
        first = self.seen.get(number)
        if first is None:
            return None, {}
        sheet, row, first_name = first
        facts = {"first_row": row, "first_sheet": sheet or ""}
        is_here = sheet == self.table.sheet.name
        if first_name != name:
            return "duplicate_id_other_name", facts if is_here else facts | {"first_row": f"{sheet}!{row}"}
        return ("duplicate_id_same_person" if is_here else "duplicate_id_other_sheet"), facts

    def _fill(self, person: RosterRow, cells: Cells):
        places = cells.places
        for role in places:
            if role in _PLAIN_FIELDS:
                setattr(person, role, self._plain(cells.row[places[role]]))
        self._unit(person, cells)
        self._sex_and_birth(person, cells)
        self._post_and_rank(person, cells)
        if "phone" in places:
            person.phone, person.phones, code = parse_phone(cells.get("phone"))
            if code:
                cells.warn(code, "phone")
        for role in ("certificate_no", "staff_no"):
            if role in places:
                setattr(person, role, cells.number_text(role))
        self._dates(person, cells)
        self._law(person, cells)
        if "staff_category" in places:
            person.staff_category_text = self._plain(cells.row[places["staff_category"]])
            person.staff_category = self._once("category", person.staff_category_text, staff_category_of)
        person.hidden = cells.number in self.table.sheet.hidden_rows
        person.issues = cells.issues

    def _once(self, kind: str, value, read):
        """Columns repeat their values: each is worked out once."""
        key = (kind, value.__class__, value)
        try:
            return self.memo[key]
        except KeyError:
            result = self.memo[key] = read(value)
            return result

    def _plain(self, value) -> str:
        return "" if value == "" else self._once("text", value, optional_text)

    def _unit(self, person: RosterRow, cells: Cells):
        places = cells.places
        joined = places.get("unit_and_department")
        if joined is not None and cells.row[joined] != "":
            person.unit_text = self._once("joined", cells.row[joined], lambda value: split_joined_unit(unit_path(value)))
        elif "unit" in places:
            person.unit_text = self._once("unit", cells.row[places["unit"]], unit_path)
        elif joined is None:
            person.unit_text = self.table.fallback_unit()
        if "inner_department" in places:
            person.inner_department = self._plain(cells.row[places["inner_department"]])

    def _sex_and_birth(self, person: RosterRow, cells: Cells):
        stated = _SEXES.get(self._plain(cells.get("sex")).lower()) if "sex" in cells.places else None
        if stated is not None and person.sex and stated != person.sex:
            cells.warn("sex_mismatch", "sex")
        if "birth" not in cells.places or person.birth is None:
            return
        value = cells.get("birth")
        birth, code = self._once("birth", value, lambda cell: parse_date(cell, date_1904=self.date_1904))
        if birth is not None:
            if not person.birth.isoformat().startswith(birth):
                cells.warn("birth_mismatch", "birth")
            elif birth.is_exact:
                person.birth_source = "cell"
        elif code and not (code == "date_ambiguous" and _may_be(person.birth, value)):
            cells.warn(code, "birth")

    def _post_and_rank(self, person: RosterRow, cells: Cells):
        places = cells.places
        dropped = False
        if "post_and_rank" in places:
            person.post, person.rank, dropped = self._once("post_and_rank", cells.get("post_and_rank"), split_post_and_rank)
            column = "post_and_rank"
        if "rank" in places:
            person.rank, dropped = self._once("rank", cells.get("rank"), normalise_rank)
            column = "rank"
        if dropped:
            cells.warn("rank_suffix_dropped", column)

    def _dates(self, person: RosterRow, cells: Cells):
        for role in ("entered_unit", "work_started"):
            setattr(person, role, self._date(cells, role, past=True))
        person.joined = person.entered_unit or person.work_started
        person.certificate_from = self._date(cells, "certificate_from", past=True)
        person.certificate_to = self._date(cells, "certificate_to", past=False)

    def _date(self, cells: Cells, role: str, past: bool) -> PartialDate | None:
        index = cells.places.get(role)
        if index is None or cells.row[index] == "":
            return None
        if past:
            found, code = self._once(
                "past", cells.get(role), lambda v: parse_past_date(v, today=self.today, date_1904=self.date_1904)
            )
        else:
            found, code = self._once("date", cells.get(role), lambda v: parse_date(v, date_1904=self.date_1904))
        if code:
            cells.warn(code, role, **({"date": str(found)} if found else {}))
        return found

    def _law(self, person: RosterRow, cells: Cells):
        if "legal_no" in cells.places:
            text = cells.number_text("legal_no")
            person.has_legal_qualification = _YES_NO.get(text, bool(text))
            person.legal_no = "" if text in _YES_NO else text
            if found := _LEGAL_CLASS.search(text):
                person.legal_class = found[1].upper()
        if "legal_class" in cells.places and (text := cells.text("legal_class")):
            found = _LEGAL_CLASS.search(text)
            person.legal_class = found[1].upper() if found else text
            person.has_legal_qualification = person.has_legal_qualification is not False
        if "major" in cells.places and person.major:
            person.has_law_background = self._once("major", person.major, is_law_major)


_PLAIN_FIELDS = frozenset(
    "post post_level establishment certificate_kind certificate_issuer certificate_state education degree major ethnicity political "
    "enforcement_field enforcement_area remarks".split()
)


def unit_path(value) -> str:
    """A unit as written, its parts joined by one kind of stroke; a line break parts a unit from its office."""
    text = optional_text(value)
    if "\n" in text and "/" not in text:
        text = _rejoined(text)
    return re.sub(r"\s*[/／\\＞>→]+\s*", "/", text).strip("/") if re.search(r"[/／\\＞>→]", text) else text


def _rejoined(text: str) -> str:
    """A line break inside a unit: before an office it parts, elsewhere the name only did not fit the line."""
    first, *rest = (part.strip() for part in text.split("\n"))
    for part in rest:
        joined = split_joined_unit(first + part)
        first = joined if joined != first + part and joined.startswith(first + "/") else first + part
    return first


def is_law_major(major: str) -> bool:
    return _LAW_MAJOR.search(major) is not None


def staff_category_of(text: str) -> str | None:
    """The code of a staff category, or None where the words name none."""
    text = clean_text(text)
    return next((code for pattern, code in STAFF_CATEGORIES if pattern.search(text)), None) if text else None


def _may_be(birth: date, value) -> bool:
    """1983.1 as a number may be January or October: no contradiction to a birth in either."""
    if isinstance(value, CellFault) or not isinstance(value, float):
        return False
    return int(value) == birth.year and birth.month in (1, 10)
