"""The workbook of a locked report: tables 1 to 3, printed as an office prints them, byte for byte the same each time."""

import io
from datetime import date, datetime

import xlsxwriter

from reports import wording
from reports.wording import DASH

FIXED = datetime(2000, 1, 1)  # noqa: DTZ001  the file says nothing about when it was written: the data does
FONT = "宋体"

# title, width, how a unit row fills it: (kind, value or pair); kinds: text, count, share, mean
UNIT_COLUMNS = (
    ("序号", 5, "serial", None),
    ("单位名称", 26, "text", "name"),
    ("单位类别", 12, "text", "kind"),
    ("统一社会信用代码", 20, "text", "uscc"),
    ("执法人员应训人数", 9, "count", "obliged"),
    ("实训人数", 8, "count", "trained"),
    ("参训率%", 9, "share", ("trained", "obliged")),
    ("政治理论学时(人均)", 9, "mean", "POLITICAL_THEORY"),
    ("党性教育学时(人均)", 9, "mean", "PARTY_SPIRIT"),
    ("业务知识学时(人均)", 9, "mean", "PROFESSIONAL"),
    ("法律法规学时(人均)", 9, "mean", "LAW"),
    ("计入60学时人均", 9, "mean", "attained"),
    ("达标人数", 8, "count", "met"),
    ("未达标人数", 8, "count", "unmet"),
    ("达标率%(严格)", 9, "share", ("met", "obliged")),
    ("达标率%(调整后)", 9, "share", ("met_adjusted", "adjusted_base")),
    ("其中线上学时占比", 9, "share", ("online", "attained")),
    ("举办班次", 7, "count", "classes"),
    ("参训人次", 7, "count", "attendances"),
    ("岗前人次", 7, "count", "pre_post"),
    ("轮训人次", 7, "count", "rotation"),
    ("日常人次", 7, "count", "daily"),
    ("考试应考", 7, "count", "exam_due"),
    ("考试实考", 7, "count", "exam_sat"),
    ("考试合格", 7, "count", "exam_passed"),
    ("持证人数", 7, "count", "certificates"),
    ("法律职业资格人数", 8, "count", "qualified"),
    ("法律专业背景人数", 8, "count", "background"),
    ("占比%", 8, "share", ("either", "staff")),
    ("备注", 12, "blank", None),
)
RECORD_COLUMNS = (
    ("姓名", 9), ("单位", 22), ("执法证号", 14), ("日期", 11), ("课程", 32), ("类别", 16), ("形式", 10),
    ("分钟", 7), ("学时", 8), ("计入60", 7), ("主办单位", 16), ("凭证", 22), ("认定人", 9), ("认定日期", 11),
)  # fmt: skip
SESSION_COLUMNS = (
    ("单位", 22), ("类别", 18), ("日期", 11), ("名称", 36), ("会议纪要编号", 24), ("学习主题", 28), ("授课人", 14),
    ("参加人数", 9), ("计入", 6), ("未计入原因", 22),
)  # fmt: skip
PERSON_COLUMNS = (
    ("姓名", 9), ("工号", 12), ("单位", 24), ("应完成学时", 10), ("政治理论", 9), ("党性教育", 9), ("业务知识", 9), ("法律法规", 9),
    ("计入60学时", 10), ("尚缺", 8), ("状态", 10), ("调整依据", 28),
)  # fmt: skip


class Book:
    """A workbook under way, with the formats all sheets share."""

    def __init__(self, data: dict):
        self.data = data
        self.buffer = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(self.buffer, options)
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

    def sheet(self, name: str, title: str, columns):
        """A printed table: title, header row repeated on every page, A4 across, page numbers, filter, frozen panes."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
        sheet.freeze_panes(2, 2)
        sheet.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        sheet.set_footer(f"&L{self.data['unit']['name']}&C第 &P 页 共 &N 页&R{self.data['period']['label']}")
        sheet.set_row(0, 28)
        sheet.set_row(1, 44)
        last = len(columns) - 1
        sheet.merge_range(0, 0, 0, last, title, self.title)
        for at, column in enumerate(columns):
            sheet.write_string(1, at, column[0], self.head)
            sheet.set_column(at, at, column[1])
        return sheet

    def notes(self, sheet, row: int, last: int, lines) -> int:
        for line in lines:
            sheet.merge_range(row, 0, row, last, line, self.note)
            sheet.set_row(row, 26)
            row += 1
        return row

    def close(self) -> bytes:
        self.book.close()
        return self.buffer.getvalue()


def _text(book, sheet, row, at, value, cell=None):
    sheet.write_string(row, at, DASH if value in (None, "") else str(value), cell or book.text)


def _number(book, sheet, row, at, value, cell):
    if value is None:
        sheet.write_string(row, at, DASH, book.middle)
    else:
        sheet.write_number(row, at, value, cell)


def workbook(*, data: dict, digest: str) -> bytes:
    """Tables 1 to 3, the people's standings and the leavers of one locked report, as xlsx."""
    book = Book(data)
    _units(book, digest)
    _people(book)
    if data["records"]:
        _records(book)
    _sessions(book)
    _leavers(book)
    return book.close()


def _units(book: Book, digest: str) -> None:
    data = book.data
    sheet = book.sheet("表1 单位统计", f"{data['unit']['name']}{data['period']['label']}培训统计表", UNIT_COLUMNS)
    rows = data["units"]
    first, row = 2, 2
    for serial, unit in enumerate(rows, 1):
        _unit_line(book, sheet, row, unit, serial)
        row += 1
    last = row - 1
    if rows:
        _total_line(book, sheet, row, first, last)
        sheet.autofilter(1, 0, last, len(UNIT_COLUMNS) - 1)
        row += 1
    lines = [*wording.DEFINITIONS, *_basis(data)]
    lines.append(
        f"统计时点：{data['as_of'][:19].replace('T', ' ')}；版本：{data.get('version', '草稿')}；台账校验码：{data['ledger']}"
    )
    lines.append(f"数据摘要（SHA-256）：{digest}")
    lines.append("填报人：            审核人：            单位负责人（签字）：            填报日期：            （公章）")
    row = book.notes(sheet, row + 1, len(UNIT_COLUMNS) - 1, lines)
    if len(rows) > 1:
        chart = book.book.add_chart({"type": "bar"})
        chart.add_series(
            {
                "name": "达标率（严格）",
                "categories": ["表1 单位统计", first, 1, last, 1],
                "values": ["表1 单位统计", first, 14, last, 14],
                "fill": {"color": "#1F4E8C"},
            }
        )
        chart.set_title({"name": "各单位达标率（严格）"})
        chart.set_legend({"none": True})
        chart.set_x_axis({"num_format": "0%", "min": 0, "max": 1})
        chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 900, "height": max(240, 20 * len(rows) + 80)})
        sheet.insert_chart(row + 1, 1, chart)


def _unit_line(book, sheet, row, unit, serial) -> None:
    for at, (_title, _width, kind, source) in enumerate(UNIT_COLUMNS):
        if kind == "serial":
            sheet.write_number(row, at, serial, book.count)
        elif kind == "text":
            _text(book, sheet, row, at, unit[source])
        elif kind == "count":
            _number(book, sheet, row, at, unit[source], book.count)
        elif kind == "share":
            part, base = unit[source[0]], unit[source[1]]
            _number(book, sheet, row, at, part / base if base else None, book.share)
        elif kind == "mean":
            value = wording.average(_sum_of(unit, source), unit["obliged"])
            _number(book, sheet, row, at, None if value is None else value / 100, book.hours)
        else:
            sheet.write_blank(row, at, None, book.text)


def _sum_of(unit: dict, source: str) -> int:
    return unit["attained"] if source == "attained" else unit["credits"][source]


def _total_line(book, sheet, row, first, last) -> None:
    """Totals as formulas over the rows, each with the stored value, so that both agree wherever the file is opened."""
    total = book.data["total"]
    for at, (_title, _width, kind, source) in enumerate(UNIT_COLUMNS):
        column = xlsxwriter.utility.xl_col_to_name(at)
        if at == 1:
            sheet.write_string(row, at, "合计", book.sum_text)
        elif kind == "count" and total[source] is not None:
            # staff figures of a unit include all below it, rows are disjoint: their sum is the total's own figure
            formula = f"=SUM({column}{first + 1}:{column}{last + 1})"
            value = sum(unit[source] for unit in book.data["units"])
            sheet.write_formula(row, at, formula, book.sum_count, value)
        elif kind == "share":
            part, base = total[source[0]], total[source[1]]
            if {source[0], source[1]} <= {"trained", "obliged", "met"}:
                names = {
                    name: xlsxwriter.utility.xl_col_to_name(i) for i, (_, _, k, name) in enumerate(UNIT_COLUMNS) if k == "count"
                }
                formula = f'=IF({names[source[1]]}{row + 1}=0,"{DASH}",{names[source[0]]}{row + 1}/{names[source[1]]}{row + 1})'
                sheet.write_formula(row, at, formula, book.sum_share, part / base if base else DASH)
            else:
                _number(book, sheet, row, at, part / base if base else None, book.sum_share)
        elif kind == "mean":
            value = wording.average(_sum_of(total, source), total["obliged"])
            _number(book, sheet, row, at, None if value is None else value / 100, book.sum_hours)
        elif kind == "count":
            sheet.write_string(row, at, DASH, book.middle)
        else:
            sheet.write_blank(row, at, None, book.sum_text)


def _basis(data: dict) -> list[str]:
    lines = []
    for r in data["requirements"]:
        if r["measure"] in ("hours", "base_hours", "sessions"):
            target = (
                "未设定" if r["target"] is None else wording.hours(r["target"]) if "hours" in r["measure"] else str(r["target"])
            )
            lines.append(
                f"依据：{r['title']}（目标 {target}）——{r['document']} 第{r['item']}条；{r['decided_by'] or wording.CARRIED}"
            )
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
            _number(book, sheet, row, at, None if value is None else value / 100, book.hours)
        _text(book, sheet, row, 10, wording.STANDING[person["status"]], book.middle)
        _text(book, sheet, row, 11, person["adjustment"][1] if person["adjustment"] else "")
        row += 1
    if row > 2:
        sheet.autofilter(1, 0, row - 1, len(PERSON_COLUMNS) - 1)


def _records(book: Book) -> None:
    data = book.data
    sheet = book.sheet("表2 人员学时明细", f"{data['unit']['name']}{data['period']['label']}人员学时明细表", RECORD_COLUMNS)
    row = 2
    for record in data["records"]:
        name, unit, certificate, studied_on, title, category, mode, minutes, credit, counts, organiser, origin, certifier, day = (
            record
        )
        for at, value in (
            (0, name),
            (1, unit),
            (2, certificate),
            (4, title),
            (5, category),
            (6, mode),
            (10, organiser),
            (11, origin),
            (12, certifier),
        ):
            _text(book, sheet, row, at, value)
        sheet.write_datetime(row, 3, date.fromisoformat(studied_on), book.day)
        _number(book, sheet, row, 7, minutes, book.count)
        sheet.write_number(row, 8, credit / 100, book.hours)
        sheet.write_string(row, 9, "是" if counts else "否", book.middle)
        sheet.write_datetime(row, 13, date.fromisoformat(day), book.day)
        row += 1
    sheet.autofilter(1, 0, row - 1, len(RECORD_COLUMNS) - 1)
    value = sum(record[8] for record in data["records"]) / 100
    sheet.write_string(row, 0, "合计", book.sum_text)
    sheet.write_formula(row, 8, f"=SUM(I3:I{row})", book.sum_hours, value)


def _sessions(book: Book) -> None:
    data = book.data
    sheet = book.sheet(
        "表3 会前学法讲座专题班", f"{data['unit']['name']}{data['period']['label']}会前学法、讲座、专题班台账", SESSION_COLUMNS
    )
    row = 2
    for session in data["sessions"]:
        texts = (
            session["unit"],
            session["kind"],
            None,
            session["title"],
            session["reference"],
            "、".join(session["topics"]),
            session["lecturer"],
        )
        for at, value in enumerate(texts):
            if at != 2:
                _text(book, sheet, row, at, value)
        sheet.write_datetime(row, 2, date.fromisoformat(session["held_on"]), book.day)
        _number(book, sheet, row, 7, session["participants"], book.count)
        sheet.write_number(row, 8, session["counts"], book.count)
        _text(book, sheet, row, 9, "、".join(wording.NOT_COUNTED.get(code, code) for code in session["refusals"]))
        row += 1
    if row > 2:
        sheet.autofilter(1, 0, row - 1, len(SESSION_COLUMNS) - 1)
        sheet.write_string(row, 0, "计入合计", book.sum_text)
        sheet.write_formula(row, 8, f"=SUM(I3:I{row})", book.sum_count, sum(s["counts"] for s in data["sessions"]))
        row += 1
    lines = []
    for target in data["targets"]:
        if target["measure"] == "sessions":
            wanted = "未设定" if target["target"] is None else target["target"]
            lines.append(
                f"{target['unit']} {target['requirement']}：目标 {wanted}，举办 {target['held']}，计入 {target['counted']}"
            )
        elif target["measure"] == "tagged_course":
            names = f"；未设置：{'、'.join(target['names'])}" if target["names"] else ""
            lines.append(
                f"{target['requirement']}：{wording.percent(target['counted'], target['base'])}（{target['counted']}／{target['base']}）{names}"
            )
    book.notes(sheet, row + 1, len(SESSION_COLUMNS) - 1, lines)


def _leavers(book: Book) -> None:
    columns = (("姓名", 10), ("原单位", 26), ("离开日期", 12), ("去向", 26), ("情形", 16))
    sheet = book.sheet(
        "离岗调出人员", f"{book.data['unit']['name']}{book.data['period']['label']}离岗、调出人员（不计入应训）", columns
    )
    for row, leaver in enumerate(book.data["leavers"], 2):
        _text(book, sheet, row, 0, leaver["name"])
        _text(book, sheet, row, 1, leaver["unit"])
        if leaver["left_on"]:
            sheet.write_datetime(row, 2, date.fromisoformat(leaver["left_on"]), book.day)
        else:
            _text(book, sheet, row, 2, None)
        _text(book, sheet, row, 3, leaver["to"])
        _text(book, sheet, row, 4, wording.LEFT[leaver["reason"]])


def summary(*, period_label: str, district: dict, rows: list[dict], digest: str) -> bytes:
    """The district's summary: each unit's figures with the version they come from, or 未报."""
    columns = (
        ("序号", 6), ("单位", 28), ("报告版本", 12), ("状态", 10), ("应训", 8), ("实训", 8), ("达标", 8), ("达标率(严格)", 12),
        ("达标率(调整后)", 12), ("数据摘要", 40),
    )  # fmt: skip
    book = Book({"unit": district, "period": {"label": period_label}})
    sheet = book.sheet("全区汇总", f"{district['name']}{period_label}培训情况汇总表", columns)
    row = 2
    for serial, one in enumerate(rows, 1):
        total = one["total"]
        sheet.write_number(row, 0, serial, book.count)
        _text(book, sheet, row, 1, one["name"])
        _text(book, sheet, row, 2, f"第{one['version']}版" if one["version"] else "未报", book.middle)
        _text(book, sheet, row, 3, one["state"], book.middle)
        for at, name in ((4, "obliged"), (5, "trained"), (6, "met")):
            _number(book, sheet, row, at, total and total[name], book.count)
        _number(book, sheet, row, 7, total["met"] / total["obliged"] if total and total["obliged"] else None, book.share)
        _number(
            book,
            sheet,
            row,
            8,
            total["met_adjusted"] / total["adjusted_base"] if total and total["adjusted_base"] else None,
            book.share,
        )
        _text(book, sheet, row, 9, one["digest"])
        row += 1
    reported = [one["total"] for one in rows if one["total"]]
    sheet.write_string(row, 1, "合计（已报单位）", book.sum_text)
    for at, name in ((4, "obliged"), (5, "trained"), (6, "met")):
        column = "ABCDEFG"[at]
        sheet.write_formula(row, at, f"=SUM({column}3:{column}{row})", book.sum_count, sum(total[name] for total in reported))
    obliged = sum(total["obliged"] for total in reported)
    value = sum(total["met"] for total in reported) / obliged if obliged else DASH
    sheet.write_formula(row, 7, f'=IF(E{row + 1}=0,"{DASH}",G{row + 1}/E{row + 1})', book.sum_share, value)
    sheet.autofilter(1, 0, max(row - 1, 2), len(columns) - 1)
    book.notes(sheet, row + 2, len(columns) - 1, [*wording.DEFINITIONS, f"数据摘要（SHA-256）：{digest}"])
    return book.close()
