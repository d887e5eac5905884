"""The official document of a locked report in the layout of GB/T 9704-2012; fonts are named, never shipped."""

import io
import zipfile
from datetime import date

import docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.opc.oxml import serialize_part_xml
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from reports import wording
from reports.workbooks import FIXED

TITLE, BODY, HEADING, SUB = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312"
SPARE = {TITLE: "宋体", BODY: "仿宋", SUB: "楷体"}  # what an office without the licensed fonts has
PITCH = Pt(28.95)  # 22 lines on 225 mm: 28.99 is rounded up by the format, and the 22nd would not fit
CLOSER = -5  # twentieths of a point between characters of 16 pt: 28 of them on 156 mm
RED = RGBColor(0xE6, 0x00, 0x12)
ATTACHED = ("单位年度培训统计表", "人员学时明细表", "会前学法、讲座、专题班台账")
TABLE_WIDTHS = (Mm(48), Mm(14), Mm(14), Mm(14), Mm(22), Mm(22), Mm(22))


def _run(paragraph, text: str, font: str, size: float, *, colour=None):
    run = paragraph.add_run(text)
    run.font.name, run.font.size, run.font.bold = font, Pt(size), False
    if colour is not None:
        run.font.color.rgb = colour
    properties = run._element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    for name in ("w:eastAsia", "w:ascii", "w:hAnsi"):
        fonts.set(qn(name), font)
    if size == 16:
        _put(properties, "w:spacing", CLOSER)
    return run


def _put(parent, name: str, value, **more):
    """A child element of the format with its value, in the place the format asks for when there is one."""
    element = OxmlElement(name)
    element.set(qn("w:val"), str(value))
    for key, one in more.items():
        element.set(qn(f"w:{key}"), str(one))
    before = [child for child in parent if child.tag in {qn(tag) for tag in ("w:sz", "w:szCs", "w:u")}]
    if before:
        before[0].addprevious(element)
    else:
        parent.append(element)
    return element


def _paragraph(document, text: str, *, font=BODY, size=16.0, indent=True, align=None, pitch=PITCH, colour=None):
    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, pitch
    shape.space_before = shape.space_after = Pt(0)
    shape.widow_control = False
    if indent:
        shape.first_line_indent = Pt(size * 2)
    if align is not None:
        paragraph.alignment = align
    _run(paragraph, text, font, size, colour=colour)
    return paragraph


def _line(paragraph, *sides: str, colour="auto", eighths=8) -> None:
    """Rules above (top) or below (bottom) a paragraph."""
    borders = OxmlElement("w:pBdr")
    for side in sides:
        borders.append(_edge(side, colour, eighths))
    spacing = paragraph._p.get_or_add_pPr().find(qn("w:spacing"))
    spacing.addprevious(borders)


def _edge(side: str, colour: str, eighths: int):
    edge = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", eighths), ("space", 11 if colour != "auto" else 1), ("color", colour)):
        edge.set(qn(f"w:{name}"), str(value))
    return edge


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
    """`— 1 —` in half-width figures of 14 pt, one character in from the edge."""
    paragraph = footer.paragraphs[0]
    paragraph.alignment = align
    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = Pt(14)
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
            word = target.get("word") or "次"
            wanted = "未设定目标" if target["target"] is None else f"目标{target['target']}{word}"
            lines.append(f"{wording.target(target)}：举办{target['held']}{word}，计入{target['counted']}{word}（{wanted}）。")
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

    _head(doc, data)
    title = f"关于{data['period']['label']}行政执法人员培训情况的报告"
    for text in (data["unit"]["name"], title):
        _paragraph(doc, text, font=TITLE, size=22, indent=False, align=WD_ALIGN_PARAGRAPH.CENTER)
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
    for line in wording.document_definitions(wording.counted_of(data)):
        _paragraph(doc, line, size=10.5, pitch=Pt(16))
    _paragraph(doc, "三、依据", font=HEADING)
    for line in _grounds(data):
        _paragraph(doc, line)
    _paragraph(doc, "", indent=False)
    for number, name in enumerate(ATTACHED, 1):
        lead = "附件：" if number == 1 else "　　　"
        _paragraph(doc, f"{lead}{number}. {data['period']['label']}{name}")
    _paragraph(doc, "", indent=False)
    _paragraph(doc, "", indent=False)
    _signature(doc, data["unit"]["name"], _day(data["as_of"][:10]))
    _tail(doc, data, digest)
    _name_spare_fonts(doc)
    buffer = io.BytesIO()
    doc.save(buffer)
    _settle(buffer, file)


def _head(doc, data: dict) -> None:
    """The red head of a report upward: the issuer, the number to be filled in with the signatory, the rule below them."""
    name = f"{data['unit']['name']}文件"
    size = min(40, 440 // len(name))  # one line on 156 mm, however long the name
    centre = {"indent": False, "align": WD_ALIGN_PARAGRAPH.CENTER}
    _paragraph(doc, name, font=TITLE, size=size, pitch=Pt(size + 16), colour=RED, **centre)
    _paragraph(doc, "", indent=False)
    number = _paragraph(doc, f"　　　　〔{data['as_of'][:4]}〕　　号", indent=False)
    number.paragraph_format.tab_stops.add_tab_stop(Mm(156), WD_TAB_ALIGNMENT.RIGHT)
    _run(number, "\t签发人：", BODY, 16)
    _run(number, "　　　　", SUB, 16)
    _line(number, "bottom", colour="E60012", eighths=12)
    _paragraph(doc, "", indent=False)


def _grounds(data: dict) -> list[str]:
    """The requirements by document and item, then what decided their figures where that is another document."""
    papers: dict[str, dict[str, list[str]]] = {}
    decided: dict[str, list[str]] = {}
    for r in wording.bases(data):
        papers.setdefault(r["document"], {}).setdefault(r["item"], []).append(r["title"])
        if r["decided_by"] != r["document"]:
            decided.setdefault(r["decided_by"] or wording.CARRIED, []).append(r["title"])
    lines = [
        f"{paper}：" + "；".join(f"第{item}条（{'、'.join(titles)}）" for item, titles in items.items()) + "。"
        for paper, items in papers.items()
    ]
    for paper, titles in decided.items():
        lines.append(
            f"{paper}：{'、'.join(titles)}。" if paper == wording.CARRIED else f"目标由{paper}确定：{'、'.join(titles)}。"
        )
    return lines


def _signature(doc, name: str, day: str) -> None:
    """The day four characters in from the right, the issuer centred above it, as a sealed paper has them."""
    wide = sum(8 if sign.isascii() else 16 for sign in day)
    across = max(64 + (wide - 16 * len(name)) // 2, 0)
    for text, right in ((name, across), (day, 64)):
        paragraph = _paragraph(doc, text, indent=False, align=WD_ALIGN_PARAGRAPH.RIGHT)
        paragraph.paragraph_format.right_indent = Pt(right)
        paragraph.paragraph_format.keep_with_next = True


def _tail(doc, data: dict, digest: str) -> None:
    """The imprint between its rules, and below it what the figures are proved by."""
    _paragraph(doc, "", indent=False)
    printed = _paragraph(doc, f"　{data['unit']['name']}", size=14, indent=False)
    printed.paragraph_format.tab_stops.add_tab_stop(Mm(151), WD_TAB_ALIGNMENT.RIGHT)
    _run(printed, f"\t{_day(data['as_of'][:10])}印发", BODY, 14)
    _line(printed, "top", "bottom")
    version = f"第{data['version']}版" if data.get("version") else "草稿，未报送"
    _paragraph(doc, f"版本：{version}；台账校验码：{data['ledger']}；数据摘要：{digest}", size=9, indent=False, pitch=Pt(14))


def _name_spare_fonts(doc) -> None:
    """Name for each licensed font the one that stands in where it is missing."""
    part = next(p for p in doc.part.package.iter_parts() if p.partname == "/word/fontTable.xml")
    table = parse_xml(part.blob)
    for font, spare in SPARE.items():
        entry = OxmlElement("w:font")
        entry.set(qn("w:name"), font)
        _put(entry, "w:altName", spare)
        table.append(entry)
    part._blob = serialize_part_xml(table)


def _table(doc, data: dict) -> None:
    columns = ("单位", "应训", "实训", "达标", "达标率(严格)", "达标率(调整后)", "计入学时人均")
    table = doc.add_table(rows=1, cols=len(columns))
    table.style = "Table Grid"
    table.autofit = False
    for column, width in zip(table.columns, TABLE_WIDTHS, strict=True):
        column.width = width
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
    for cell, value, width in zip(row.cells, values, TABLE_WIDTHS, strict=True):
        cell.width, cell.vertical_alignment = width, WD_CELL_VERTICAL_ALIGNMENT.CENTER
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
