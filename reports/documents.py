"""The official document of a locked report in the layout of GB/T 9704-2012; fonts are named, never shipped."""

import io
import zipfile
from datetime import date

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from reports import wording
from reports.workbooks import FIXED

TITLE, BODY, HEADING, SUB = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
PITCH = Pt(28.99)  # 22 lines on 225 mm


def _run(paragraph, text: str, font: str, size: float, *, bold=False):
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.font.bold = font, Pt(size), bold
    fonts = run._element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(name), font)
    return run


def _paragraph(document, text: str, *, font=BODY, size=16.0, indent=True, align=None):
    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH
    shape.space_before = shape.space_after = Pt(0)
    if indent:
        shape.first_line_indent = Pt(size * 2)
    if align is not None:
        paragraph.alignment = align
    _run(paragraph, text, font, size)
    return paragraph


def _field(paragraph, code: str):
    for kind, text in (("begin", None), (None, code), ("end", None)):
        run = _run(paragraph, "", "宋体", 14)
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.set(qn("xml:space"), "preserve")
            mark.text = text
        run._element.append(mark)


def _page_number(footer, align):
    paragraph = footer.paragraphs[0]
    paragraph.alignment = align
    _run(paragraph, "— ", "宋体", 14)
    _field(paragraph, "PAGE")
    _run(paragraph, " —", "宋体", 14)


def findings(data: dict) -> list[str]:
    """What the figures say, in sentences, each with its base."""
    total = data["total"]
    lines = [
        f"截至{_day(data['day'])}，应训执法人员{total['obliged']}人，实训{total['trained']}人，参训率{wording.percent(total['trained'], total['obliged'])}"
        f"（实训{total['trained']}／应训{total['obliged']}）。",
        f"达到年度学时要求{total['met']}人，未达到{total['unmet']}人，达标率（严格）{wording.percent(total['met'], total['obliged'])}"
        f"（{total['met']}／{total['obliged']}）；按批准的调整计算，达标率{wording.percent(total['met_adjusted'], total['adjusted_base'])}"
        f"（{total['met_adjusted']}／{total['adjusted_base']}）。",
        f"计入学时人均{wording.hours(wording.average(total['attained'], total['obliged']))}学时；"
        f"另有政治理论教育人均{wording.hours(wording.average(total['credits']['POLITICAL_THEORY'], total['obliged']))}学时、"
        f"党性教育人均{wording.hours(wording.average(total['credits']['PARTY_SPIRIT'], total['obliged']))}学时，不计入上述学时。",
    ]
    for target in data["targets"]:
        if target["measure"] == "sessions" and target["unit"] == data["unit"]["name"]:
            wanted = "未设定目标" if target["target"] is None else f"目标{target['target']}"
            lines.append(f"{wording.target(target)}：举办{target['held']}，计入{target['counted']}（{wanted}）。")
        elif target["measure"] == "tagged_course" and target["base"]:
            names = f"，未设置的为：{'、'.join(target['names'])}" if target["names"] else ""
            lines.append(f"依法行政专题培训{target['base']}班次，含应急法治课程{target['counted']}班次{names}。")
    if total["staff"]:
        lines.append(
            f"取得法律职业资格或者具有法律专业背景{total['either']}人，占{wording.percent(total['either'], total['staff'])}"
            f"（{total['either']}／{total['staff']}）。"
        )
    if data["leavers"]:
        lines.append(f"年内离岗、调出{len(data['leavers'])}人，另列名单，不计入应训人数。")
    return lines


def _day(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


def document(file, *, data: dict, digest: str) -> None:
    """Write the report as docx to `file`: title, addressee, findings, the table, date; the same bytes for the same data."""
    doc = docx.Document()
    doc.core_properties.created = doc.core_properties.modified = FIXED
    doc.core_properties.author = data["unit"]["name"]
    doc.core_properties.title = f"{data['period']['label']}培训情况报告"
    doc.core_properties.last_modified_by = ""
    section = doc.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(37), Mm(35), Mm(28), Mm(26)
    section.footer_distance = Mm(25)
    doc.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer, WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)

    _paragraph(doc, data["unit"]["name"], font=TITLE, size=22, indent=False, align=WD_ALIGN_PARAGRAPH.CENTER)
    title = f"关于{data['period']['label']}行政执法人员培训情况的报告"
    _paragraph(doc, title, font=TITLE, size=22, indent=False, align=WD_ALIGN_PARAGRAPH.CENTER)
    _paragraph(doc, "", indent=False)
    _paragraph(doc, "区推进依法行政工作领导小组办公室：", indent=False)
    basis = next((r for r in data["requirements"] if r["measure"] == "hours"), None)
    if basis:
        _paragraph(doc, f"根据{basis['document']}第{basis['item']}条，现将{data['period']['label']}培训情况报告如下。")
    if data.get("amends"):
        _paragraph(doc, f"本报告为第{data['version']}版，更正原因：{data['amends']}。")
    _paragraph(doc, "一、总体情况", font=HEADING)
    for line in findings(data):
        _paragraph(doc, line)
    _paragraph(doc, "二、分单位情况", font=HEADING)
    _table(doc, data)
    for line in wording.DEFINITIONS:
        _paragraph(doc, line, size=12)
    _paragraph(doc, "三、依据", font=HEADING)
    for r in data["requirements"]:
        if r["measure"] in ("hours", "base_hours", "sessions"):
            _paragraph(doc, f"{r['title']}：{r['document']}第{r['item']}条；{r['decided_by'] or wording.CARRIED}。")
    _paragraph(doc, "", indent=False)
    _paragraph(doc, f"数据摘要：{digest}；台账校验码：{data['ledger']}", size=10.5, indent=False)
    _paragraph(doc, data["unit"]["name"], align=WD_ALIGN_PARAGRAPH.RIGHT)
    _paragraph(doc, _day(data["as_of"][:10]), align=WD_ALIGN_PARAGRAPH.RIGHT)
    buffer = io.BytesIO()
    doc.save(buffer)
    _settle(buffer, file)


def _table(doc, data: dict) -> None:
    columns = ("单位", "应训", "实训", "达标", "达标率(严格)", "达标率(调整后)", "计入学时人均")
    table = doc.add_table(rows=1, cols=len(columns))
    table.style = "Table Grid"
    _fill(table.rows[0], columns)
    repeat = OxmlElement("w:tblHeader")
    repeat.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(repeat)
    for unit in [*data["units"], data["total"] | {"name": "合计"}]:
        row = (
            unit["name"],
            str(unit["obliged"]),
            str(unit["trained"]),
            str(unit["met"]),
            wording.percent(unit["met"], unit["obliged"]),
            wording.percent(unit["met_adjusted"], unit["adjusted_base"]),
            wording.hours(wording.average(unit["attained"], unit["obliged"])),
        )
        _fill(table.add_row(), row)


def _fill(row, values) -> None:
    for cell, value in zip(row.cells, values, strict=True):
        paragraph = cell.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        _run(paragraph, value, BODY, 10.5)


def _settle(package, file) -> None:
    """The same package with one date on every part: equal data gives equal bytes."""
    with zipfile.ZipFile(package) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = zipfile.ZipInfo(name, date_time=(2000, 1, 1, 0, 0, 0))
            part.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(part, source.read(name))
