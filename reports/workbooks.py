"""The workbook of a locked report: tables 1 to 3, printed as an office prints them, byte for byte the same each time.

Rows leave memory as they are written (`constant_memory`): every sheet is written from top to bottom, nothing goes back.
"""

import tempfile
from contextlib import contextmanager
from datetime import date, datetime

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from reports import wording
from reports.wording import DASH

FIXED = datetime(2000, 1, 1)  # noqa: DTZ001  the file says nothing about when it was written: the data does
FONT = "宋体"

# title, width, how a unit row fills it: (kind, value or pair); kinds: text, count, share, mean
UNIT_COLUMNS = (
    ("序号", 5, "serial", None),
    ("单位名称", 26, "text", "name"),
    ("单位类别", 14, "text", "kind"),
    ("统一社会信用代码", 20, "text", "uscc"),
    ("执法人员应训人数", 9, "count", "obliged"),
    ("实训人数", 8, "count", "trained"),
    ("参训率%", 9, "share", ("trained", "obliged")),
    ("政治理论学时(人均)", 9, "mean", "POLITICAL_THEORY"),
    ("党性教育学时(人均)", 9, "mean", "PARTY_SPIRIT"),
    ("业务知识学时(人均)", 9, "mean", "PROFESSIONAL"),
    ("法律法规学时(人均)", 9, "mean", "LAW"),
    ("计入60学时人均", 10, "mean", "attained"),
    ("达标人数", 8, "count", "met"),
    ("未达标人数", 8, "count", "unmet"),
    ("达标率%(严格)", 11, "share", ("met", "obliged")),
    ("达标率%(调整后)", 11, "share", ("met_adjusted", "adjusted_base")),
    ("其中线上学时占比", 9, "share", ("online", "attained")),
    ("举办班次", 7, "count", "classes"),
    ("人次", 7, "count", "attendances"),
    ("含应急法治课程班次", 8, "count", "emergency_classes"),
    ("岗前人次", 7, "count", "pre_post"),
    ("轮训人次", 7, "count", "rotation"),
    ("日常人次", 7, "count", "daily"),
    ("考试应考", 7, "count", "exam_due"),
    ("实考", 7, "count", "exam_sat"),
    ("合格", 7, "count", "exam_passed"),
    ("合格率%", 8, "share", ("exam_passed", "exam_sat")),
    ("持证人数", 7, "count", "certificates"),
    ("到期", 7, "count", "certificates_ending"),
    ("暂扣", 7, "count", "certificates_suspended"),
    ("法律职业资格人数", 8, "count", "qualified"),
    ("法律专业背景人数", 8, "count", "background"),
    ("占比%", 8, "share", ("either", "staff")),
    ("备注", 12, "blank", None),
)
# the exact sums behind table 1, on the same rows: hours in hundredths, so that a mean is rounded once and from integers
BASE_COLUMNS = (
    ("单位名称", 26, "name"),
    ("政治理论(百分之一学时)", 12, "POLITICAL_THEORY"),
    ("党性教育(百分之一学时)", 12, "PARTY_SPIRIT"),
    ("业务知识(百分之一学时)", 12, "PROFESSIONAL"),
    ("法律法规(百分之一学时)", 12, "LAW"),
    ("计入60学时(百分之一学时)", 12, "attained"),
    ("其中线上(百分之一学时)", 12, "online"),
    ("调整后达标人数", 10, "met_adjusted"),
    ("调整后应训人数", 10, "adjusted_base"),
    ("依法行政专题培训班次", 10, "special_trainings"),
    ("在编人数", 10, "staff"),
    ("具有资格或者背景人数", 10, "either"),
)
RECORD_COLUMNS = (
    ("姓名", 9), ("单位", 22), ("执法证号", 14), ("日期", 11), ("课程", 32), ("类别", 16), ("形式", 10),
    ("分钟", 7), ("学时", 8), ("计入60(是/否)", 7), ("主办单位", 16), ("凭证", 22), ("认定人", 9), ("认定日期", 11),
)  # fmt: skip
SESSION_COLUMNS = (
    ("单位", 22), ("类别", 18), ("日期", 11), ("名称", 36), ("会议纪要编号", 24), ("学习主题", 28), ("授课人", 14),
    ("时长(分钟)", 8), ("参加人数", 9), ("应急法治课程", 8), ("计入", 6), ("未计入原因", 22),
)  # fmt: skip
PERSON_COLUMNS = (
    ("姓名", 9), ("工号", 12), ("单位", 24), ("应完成学时", 10), ("政治理论", 9), ("党性教育", 9), ("业务知识", 9), ("法律法规", 9),
    ("计入60学时", 10), ("尚缺", 8), ("状态", 10), ("调整依据", 28),
)  # fmt: skip
LEAVER_COLUMNS = (("姓名", 10), ("原单位", 26), ("离开日期", 12), ("去向", 26), ("情形", 16))
SUMMARY_COLUMNS = (
    ("序号", 6), ("单位", 28), ("报告版本", 12), ("状态", 10), ("应训", 8), ("实训", 8), ("达标", 8), ("达标率(严格)", 12),
    ("调整后应训", 8), ("调整后达标", 8), ("达标率(调整后)", 12), ("数据摘要", 40),
)  # fmt: skip
UNITS, CHART, BASES = "表1 单位统计", "图1 各单位达标率", "计算数据"
TURN = 17  # the first column of table 1 on its second page
AT = {title: at for at, (title, *_rest) in enumerate(UNIT_COLUMNS)}
# where a formula finds a figure: in table 1 itself, else among the sums
PLACES = {source: f"'{BASES}'!{xl_col_to_name(at)}" for at, (_title, _width, source) in enumerate(BASE_COLUMNS)} | {
    source: xl_col_to_name(at) for at, (_title, _width, kind, source) in enumerate(UNIT_COLUMNS) if kind == "count"
}


@contextmanager
def _open(file, data: dict):
    """A workbook under way; its rows wait in a folder of their own that goes away whatever happens."""
    with tempfile.TemporaryDirectory() as folder:
        book = Book(file, folder, data)
        yield book
        book.book.close()


class Book:
    """A workbook with the formats all sheets share."""

    def __init__(self, file, folder: str, data: dict):
        self.data = data
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        self.book = xlsxwriter.Workbook(file, options)
        self.book.set_properties({"title": f"{data['unit']['name']}{data['period']['label']}培训情况", "created": FIXED})
        self.book.set_calc_mode("auto")
        line = {"border": 1, "font_name": FONT, "font_size": 10, "valign": "vcenter"}
        make = self.book.add_format
        self.title = make({"bold": True, "font_name": FONT, "font_size": 16, "align": "center", "valign": "vcenter"})
        self.head = make(line | {"bold": True, "align": "center", "text_wrap": True, "bg_color": "#E8EFF8"})
        self.text = make(line | {"text_wrap": True, "num_format": "@"})
        self.count = make(line | {"num_format": "0"})
        self.share = make(line | {"num_format": "0.0%"})
        self.hours = make(line | {"num_format": "0.00"})
        self.day = make(line | {"num_format": "yyyy-mm-dd", "align": "center"})
        self.middle = make(line | {"align": "center"})
        self.sum_text = make(line | {"bold": True})
        self.sum_count = make(line | {"bold": True, "num_format": "0"})
        self.sum_share = make(line | {"bold": True, "num_format": "0.0%"})
        self.sum_hours = make(line | {"bold": True, "num_format": "0.00"})
        self.note = make({"font_name": FONT, "font_size": 9, "text_wrap": True, "valign": "top"})
        self.widths, self.tall = [], (None, 1)

    def sheet(self, name: str, title: str, columns, *, turn: int | None = None):
        """A printed table: title, header row repeated on every page, A4 across, page numbers, filter, frozen panes.

        One page wide, or two: then `turn` is about the first column of the second, which repeats the names.
        """
        sheet = self.book.add_worksheet(name)
        self.widths, self.tall = [column[1] for column in columns], (None, 1)
        self.page(sheet)
        sheet.repeat_rows(0, 1)
        sheet.freeze_panes(2, 2)
        sheet.set_row(0, 28)
        sheet.set_row(1, 44)
        last = len(columns) - 1
        if turn is None:
            sheet.fit_to_pages(1, 0)
            sheet.merge_range(0, 0, 0, last, title, self.title)
        else:
            sheet.fit_to_pages(2, 0)
            sheet.repeat_columns(0, 1)
            sheet.merge_range(0, 2, 0, turn - 1, title, self.title)
            sheet.merge_range(0, turn, 0, last, f"{title}（续）", self.title)
        for at, column in enumerate(columns):
            sheet.write_string(1, at, column[0], self.head)
            sheet.set_column(at, at, column[1])
        return sheet

    def page(self, sheet) -> None:
        """A4 across, with the unit, the page and the period at the foot."""
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer(f"&L{self.data['unit']['name']}&C第 &P 页 共 &N 页&R{self.data['period']['label']}")

    def notes(self, sheet, row: int, last: int, lines, *, first: int = 0) -> int:
        width = sum(self.widths[first : last + 1])
        for line in lines:
            sheet.set_row(row, 14 * _lines_of(line, width))
            sheet.merge_range(row, first, row, last, line, self.note)
            row += 1
        return row

    def grow(self, sheet, row: int, lines: int) -> None:
        """Make `row` as tall as its longest text: an office that only prints works no height out."""
        known = self.tall[1] if self.tall[0] == row else 1
        if lines > known:
            sheet.set_row(row, 13 * lines + 3)
            self.tall = (row, lines)

    def blanks(self, sheet, row: int, filled) -> None:
        """The other cells of a total's row, so that its frame is whole."""
        for at in set(range(len(self.widths))) - set(filled):
            sheet.write_blank(row, at, None, self.sum_text)


def _lines_of(text: str, width: int) -> int:
    """The lines `text` takes in a column `width` digits wide; a Chinese character is as wide as two digits."""
    if len(text) * 2 <= width:
        return 1
    taken = sum(2 if sign > "\u2e7f" else 1 for sign in text)
    return -(-taken // int(width))


def _text(book, sheet, row, at, value, cell=None):
    text = DASH if value in (None, "") else str(value)
    lines = _lines_of(text, book.widths[at])
    if lines > 1:
        book.grow(sheet, row, lines)
    # the writer takes <r>...</r> for its own markup and would copy it as it is
    sheet.write_string(row, at, f" {text}" if text.startswith("<r>") else text, cell or book.text)


def _number(book, sheet, row, at, value, cell):
    if value is None:
        sheet.write_string(row, at, DASH, book.middle)
    else:
        sheet.write_number(row, at, value, cell)


def _hours(book, sheet, row, at, hundredths, cell):
    _number(book, sheet, row, at, None if hundredths is None else hundredths / 100, cell)


def _quotient(book, sheet, row, at, part, base, value, steps, cell):
    """part / base as a formula, rounded half up by integers to `value` in `steps`; a dash where there is nothing to divide by."""
    scale, unit = steps
    formula = f'=IF({base}=0,"{DASH}",ROUND({scale}{part}/{base},0)/{unit})'
    if value is None:
        sheet.write_formula(row, at, formula, book.middle, DASH)
    else:
        sheet.write_formula(row, at, formula, cell, value / unit)


SHARE, MEAN = ("1000*", 1000), ("", 100)  # thousandths of a share; hundredths of an hour, summed as such


def _sum(sheet, row, at, first, value, cell, *, decimals=0):
    """The sum of the column from `first` to the row above. Hours are rounded to what they are: a sum of doubles is not exact."""
    column = xl_col_to_name(at)
    area = f"SUM({column}{first + 1}:{column}{row})"
    sheet.write_formula(row, at, f"=ROUND({area},{decimals})" if decimals else f"={area}", cell, value)


def workbook(file, *, data: dict, digest: str) -> None:
    """Write tables 1 to 3, the people's standings and the leavers of one locked report to `file`, as xlsx."""
    with _open(file, data) as book:
        _units(book, digest)
        _people(book)
        if data["records"]:
            _records(book)
        _sessions(book)
        _leavers(book)
        _bases(book)


def _units(book: Book, digest: str) -> None:
    data = book.data
    sheet = book.sheet(UNITS, f"{data['unit']['name']}{data['period']['label']}培训统计表", UNIT_COLUMNS, turn=TURN)
    rows = data["units"]
    first, row = 2, 2
    for serial, unit in enumerate(rows, 1):
        _unit_line(book, sheet, row, unit, serial)
        row += 1
    last = row - 1
    if rows:
        _total_line(book, sheet, row, first)
        sheet.autofilter(1, 0, last, len(UNIT_COLUMNS) - 1)
        row += 1
    lines = [*wording.definitions(wording.counted_of(data)), *_basis(data)]
    lines.append(
        f"统计时点：{data['as_of'][:19].replace('T', ' ')}；版本：{data.get('version', '草稿')}；台账校验码：{data['ledger']}"
    )
    lines.append(f"数据摘要（SHA-256）：{digest}")
    lines.append("填报人：＿＿＿＿＿＿　审核人：＿＿＿＿＿＿　单位负责人（签字）：＿＿＿＿＿＿　填报日期：＿＿＿＿＿＿　（公章）")
    book.notes(sheet, row + 1, TURN - 1, lines, first=2)  # not under the names: those are repeated on the second page
    if len(rows) > 1:
        _chart(book, first, last)


def _chart(book: Book, first: int, last: int) -> None:
    """The units compared, on a page of its own: below a table of any length it would be cut in two."""
    sheet = book.book.add_worksheet(CHART)
    book.page(sheet)
    sheet.fit_to_pages(1, 1)
    rate, rows = AT["达标率%(严格)"], last - first + 1
    chart = book.book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": "达标率（严格）",
            "categories": [UNITS, first, 1, last, 1],
            "values": [UNITS, first, rate, last, rate],
            "fill": {"color": "#1F4E8C"},
            "data_labels": {"value": True, "num_format": "0.0%", "font": {"size": 8}},
            "gap": 40,
        }
    )
    chart.set_title({"name": f"{book.data['period']['label']}各单位达标率（严格）"})
    chart.set_legend({"none": True})
    chart.set_x_axis({"num_format": "0%", "min": 0, "max": 1})
    chart.set_y_axis({"reverse": True, "num_font": {"size": 8}})
    chart.set_size({"width": 1000, "height": max(320, 18 * rows + 100)})
    sheet.insert_chart(0, 0, chart)


def _unit_line(book, sheet, row, unit, serial) -> None:
    for at, (_title, _width, kind, source) in enumerate(UNIT_COLUMNS):
        if kind == "serial":
            sheet.write_number(row, at, serial, book.middle)
        elif kind == "text":
            _text(book, sheet, row, at, unit[source])
        elif kind == "count":
            _number(book, sheet, row, at, unit.get(source), book.count)
        elif kind in ("share", "mean"):
            _rate(book, sheet, row, at, unit, kind, source, book.share if kind == "share" else book.hours)
        else:
            sheet.write_blank(row, at, None, book.text)


def _rate(book, sheet, row, at, figures, kind, source, cell) -> None:
    """A share or a mean of a row: one formula for units and total alike, over the sums of that row."""
    part, base = source if kind == "share" else (source, "obliged")
    had, of = _figure(figures, part), _figure(figures, base)
    if had is None or of is None:
        sheet.write_string(row, at, DASH, book.middle)  # no source yet: there is nothing to work out
        return
    value = wording.per_mille(had, of) if kind == "share" else wording.average(had, of)
    places = (f"{PLACES[name]}{row + 1}" for name in (part, base))
    _quotient(book, sheet, row, at, *places, value, SHARE if kind == "share" else MEAN, cell)


def _figure(figures: dict, name: str) -> int | None:
    """A figure of a unit; None where there is no source, or was none when the report was locked."""
    return figures["credits"][name] if name in figures["credits"] else figures.get(name)


def _total_line(book, sheet, row, first) -> None:
    """Totals as formulas over the rows, each with the stored value, so that both agree wherever the file is opened."""
    total = book.data["total"]
    for at, (_title, _width, kind, source) in enumerate(UNIT_COLUMNS):
        if at == 1:
            sheet.write_string(row, at, "合计", book.sum_text)
        elif kind == "count" and total.get(source) is not None:
            _sum(sheet, row, at, first, total[source], book.sum_count)
        elif kind == "count":
            sheet.write_string(row, at, DASH, book.middle)
        elif kind in ("share", "mean"):
            _rate(book, sheet, row, at, total, kind, source, book.sum_share if kind == "share" else book.sum_hours)
        else:
            sheet.write_blank(row, at, None, book.sum_text)


def _bases(book: Book) -> None:
    """The sums that the formulas of table 1 divide, row by row beside it."""
    data = book.data
    sheet = book.sheet(BASES, f"{data['unit']['name']}{data['period']['label']}计算数据", BASE_COLUMNS)
    row = 2
    for unit in data["units"]:
        _text(book, sheet, row, 0, unit["name"])
        for at, (_title, _width, source) in enumerate(BASE_COLUMNS[1:], 1):
            _number(book, sheet, row, at, _figure(unit, source), book.count)
        row += 1
    if row > 2:
        sheet.write_string(row, 0, "合计", book.sum_text)
        for at, (_title, _width, source) in enumerate(BASE_COLUMNS[1:], 1):
            value = _figure(data["total"], source)
            if value is None:
                sheet.write_string(row, at, DASH, book.middle)
            else:
                _sum(sheet, row, at, 2, value, book.sum_count)
    book.notes(sheet, row + 2, len(BASE_COLUMNS) - 1, wording.BASE_NOTES)


def _basis(data: dict) -> list[str]:
    lines = []
    for r in wording.bases(data):
        target = "未设定" if r["target"] is None else wording.hours(r["target"]) if "hours" in r["measure"] else str(r["target"])
        decided = "" if r["decided_by"] == r["document"] else f"；{r['decided_by'] or wording.CARRIED}"
        lines.append(f"依据：{r['title']}（目标 {target}）——{r['document']} 第{r['item']}条{decided}")
    return lines


def _people(book: Book) -> None:
    data = book.data
    sheet = book.sheet("人员达标情况", f"{data['unit']['name']}{data['period']['label']}人员达标情况", PERSON_COLUMNS)
    row = 2
    for person in data["people"]:
        credits = person["credits"]
        for at, value in enumerate((person["name"], person["staff_no"], person["unit"])):
            _text(book, sheet, row, at, value)
        values = (
            person["required"], credits["POLITICAL_THEORY"], credits["PARTY_SPIRIT"], credits["PROFESSIONAL"], credits["LAW"],
            person["attained"], person["remaining"],
        )  # fmt: skip
        for at, value in enumerate(values, 3):
            _hours(book, sheet, row, at, value, book.hours)
        _text(book, sheet, row, 10, wording.STANDING[person["status"]], book.middle)
        _text(book, sheet, row, 11, person["adjustment"][1] if person["adjustment"] else "")
        row += 1
    if row > 2:
        sheet.autofilter(1, 0, row - 1, len(PERSON_COLUMNS) - 1)
        sheet.write_string(row, 0, "合计", book.sum_text)
        book.blanks(sheet, row, (0, *range(4, 9)))
        for at, name in enumerate(("POLITICAL_THEORY", "PARTY_SPIRIT", "PROFESSIONAL", "LAW", "attained"), 4):
            _sum(sheet, row, at, 2, _figure(data["total"], name) / 100, book.sum_hours, decimals=2)
        row += 1
    book.notes(sheet, row + 1, len(PERSON_COLUMNS) - 1, wording.people_notes(wording.counted_of(data)))


def _records(book: Book) -> None:
    data = book.data
    sheet = book.sheet("表2 人员学时明细", f"{data['unit']['name']}{data['period']['label']}人员学时明细表", RECORD_COLUMNS)
    row = 2
    for record in data["records"]:
        for at, value in enumerate(record):
            if at in (3, 13):
                sheet.write_datetime(row, at, date.fromisoformat(value), book.day)
            elif at == 7:
                _number(book, sheet, row, at, value, book.count)
            elif at == 8:
                _hours(book, sheet, row, at, value, book.hours)
            elif at == 9:
                sheet.write_string(row, at, "是" if value else "否", book.middle)
            else:
                _text(book, sheet, row, at, value)
        row += 1
    sheet.autofilter(1, 0, row - 1, len(RECORD_COLUMNS) - 1)
    sheet.write_string(row, 0, "合计", book.sum_text)
    book.blanks(sheet, row, (0, 8))
    _sum(sheet, row, 8, 2, sum(record[8] for record in data["records"]) / 100, book.sum_hours, decimals=2)
    book.notes(sheet, row + 2, len(RECORD_COLUMNS) - 1, wording.record_notes(wording.counted_of(data)))


def _sessions(book: Book) -> None:
    data = book.data
    sheet = book.sheet(
        "表3 会前学法讲座专题班", f"{data['unit']['name']}{data['period']['label']}会前学法、讲座、专题班台账", SESSION_COLUMNS
    )
    row = 2
    for session in data["sessions"]:
        _text(book, sheet, row, 0, session["unit"])
        _text(book, sheet, row, 1, session["kind"])
        sheet.write_datetime(row, 2, date.fromisoformat(session["held_on"]), book.day)
        for at, value in enumerate(
            (session["title"], session["reference"], "、".join(session["topics"]), session["lecturer"]), 3
        ):
            _text(book, sheet, row, at, value)
        _number(book, sheet, row, 7, session.get("minutes"), book.count)
        _number(book, sheet, row, 8, session["participants"], book.count)
        _text(book, sheet, row, 9, wording.HAS_COURSE[session.get("emergency_course")], book.middle)
        sheet.write_number(row, 10, session["counts"], book.count)
        _text(book, sheet, row, 11, "、".join(wording.NOT_COUNTED.get(code, code) for code in session["refusals"]))
        row += 1
    if row > 2:
        sheet.autofilter(1, 0, row - 1, len(SESSION_COLUMNS) - 1)
        sheet.write_string(row, 0, "计入合计", book.sum_text)
        book.blanks(sheet, row, (0, 10))
        _sum(sheet, row, 10, 2, sum(s["counts"] for s in data["sessions"]), book.sum_count)
        row += 1
    book.notes(sheet, row + 1, len(SESSION_COLUMNS) - 1, [*wording.SESSION_NOTES, *_reached(data)])


def _reached(data: dict) -> list[str]:
    lines = []
    for target in data["targets"]:
        if target["measure"] == "sessions":
            wanted = "未设定" if target["target"] is None else target["target"]
            lines.append(
                f"{target['unit']} {wording.target(target)}：目标 {wanted}，举办 {target['held']}，计入 {target['counted']}"
            )
        elif target["measure"] == "tagged_course":
            names = f"；未设置：{'、'.join(target['names'])}" if target["names"] else ""
            lines.append(
                f"{target['requirement']}：{wording.percent(target['counted'], target['base'])}（{target['counted']}／{target['base']}）{names}"
            )
    return lines


def _leavers(book: Book) -> None:
    title = f"{book.data['unit']['name']}{book.data['period']['label']}离岗、调出人员（不计入应训）"
    sheet = book.sheet("离岗调出人员", title, LEAVER_COLUMNS)
    for row, leaver in enumerate(book.data["leavers"], 2):
        _text(book, sheet, row, 0, leaver["name"])
        _text(book, sheet, row, 1, leaver["unit"])
        if leaver["left_on"]:
            sheet.write_datetime(row, 2, date.fromisoformat(leaver["left_on"]), book.day)
        else:
            _text(book, sheet, row, 2, None)
        _text(book, sheet, row, 3, leaver["to"])
        _text(book, sheet, row, 4, wording.LEFT[leaver["reason"]])
    if not book.data["leavers"]:
        book.notes(sheet, 2, len(LEAVER_COLUMNS) - 1, ["本期没有离岗、调出人员。"])


def summary(file, *, period_label: str, district: dict, rows: list[dict], digest: str, counted=wording.COUNTED) -> None:
    """Write the district's summary to `file`: each unit's figures with the version they come from, or 未报.

    `counted` are the categories that count toward the hours in that year.
    """
    with _open(file, {"unit": district, "period": {"label": period_label}}) as book:
        sheet = book.sheet("全区汇总", f"{district['name']}{period_label}培训情况汇总表", SUMMARY_COLUMNS)
        row = 2
        for serial, one in enumerate(rows, 1):
            sheet.write_number(row, 0, serial, book.middle)
            _text(book, sheet, row, 1, one["name"])
            _text(book, sheet, row, 2, f"第{one['version']}版" if one["version"] else "未报", book.middle)
            _text(book, sheet, row, 3, wording.REPORT[one["state"]], book.middle)
            for at, name in SUMMED.items():
                _number(book, sheet, row, at, one["total"] and one["total"][name], book.count)
            for at, (part, base) in SUMMARY_SHARES.items():
                if one["total"]:
                    _summary_share(book, sheet, row, at, part, base, one["total"], book.share)
                else:
                    sheet.write_string(row, at, DASH, book.middle)
            _text(book, sheet, row, 11, one["digest"])
            row += 1
        total = {name: sum(one["total"][name] for one in rows if one["total"]) for name in SUMMED.values()}
        if rows:
            sheet.autofilter(1, 0, row - 1, len(SUMMARY_COLUMNS) - 1)
            sheet.write_string(row, 1, "合计（已报单位）", book.sum_text)
            book.blanks(sheet, row, (1, *SUMMED, *SUMMARY_SHARES))
            for at, name in SUMMED.items():
                _sum(sheet, row, at, 2, total[name], book.sum_count)
            for at, (part, base) in SUMMARY_SHARES.items():
                _summary_share(book, sheet, row, at, part, base, total, book.sum_share)
        book.notes(sheet, row + 2, len(SUMMARY_COLUMNS) - 1, [*wording.definitions(counted), f"数据摘要（SHA-256）：{digest}"])


SUMMED = {4: "obliged", 5: "trained", 6: "met", 8: "adjusted_base", 9: "met_adjusted"}
SUMMARY_SHARES = {7: (6, 4), 10: (9, 8)}


def _summary_share(book, sheet, row, at, part, base, figures, cell):
    value = wording.per_mille(figures[SUMMED[part]], figures[SUMMED[base]])
    places = (f"{xl_col_to_name(column)}{row + 1}" for column in (part, base))
    _quotient(book, sheet, row, at, *places, value, SHARE, cell)
