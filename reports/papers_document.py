"""Papers for a room without computers, as Word documents: the paper, its answer sheet, its key. Equal papers give equal bytes."""

import io
import json
import re
from collections.abc import Sequence

import docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_TAB_ALIGNMENT
from docx.image.exceptions import UnrecognizedImageError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from exams import markup
from exams.content import BLANK, CHOICES, WRITTEN
from exams.models import ItemKind, Paper, Policy
from exams.papers import Question, Section
from exams.templatetags.bank import marks
from laws.numerals import article_label, numeral_of
from reports.documents import HEADING, SUB, TITLE, _field, _name_spare_fonts, _run, _settle
from reports.workbooks import FIXED

FONT = "宋体"
TEXT, SMALL = 12, 10.5
WIDTH = 170  # millimetres between the margins
RULES = {
    ItemKind.SINGLE_CHOICE: "每题只有一个正确答案，多选、错选、不选均不得分",
    ItemKind.INDEFINITE_CHOICE: "每题有一个或者一个以上正确答案",
    ItemKind.MULTIPLE_CHOICE: "每题有两个或者两个以上正确答案",
    ItemKind.TRUE_FALSE: "正确的划“√”，错误的划“×”",
}
POLICIES = {
    Policy.EXACT: "多选、少选、错选、不选均不得分",
    Policy.HALF: "少选得一半分，错选、不选不得分",
    Policy.PROPORTIONAL: "少选按选对的比例得分，错选、不选不得分",
    Policy.PER_OPTION: "少选的，每选对一项得0.5分，错选、不选不得分",
}
_IMAGE = re.compile(r"<img\b[^>]*?media:([0-9a-f]{64})[^>]*>", re.IGNORECASE)
LINE = "＿" * 6


# --- the paper


def paper(file, *, paper: Paper, sections: Sequence[Section], images: dict[str, bytes]) -> None:
    """Write the paper as a candidate gets it."""
    blueprint = paper.paper_set.blueprint
    doc = _document(paper, "试卷")
    _head(doc, blueprint.title, _label(paper))
    _candidate(doc)
    _paragraph(doc, "注意事项", font=HEADING)
    for number, line in enumerate(
        (
            f"本试卷共{len(sections)}个大题、{len(paper.layout)}题，总分{marks(paper.total)}分，考试时间{blueprint.minutes}分钟。",
            "答题前请在试卷和答题卡上填写单位、姓名和考号。",
            "答案写在答题卡上，试卷上的横线供起草用；考试结束时，试卷和答题卡一并交回，不得带离考场。",
        ),
        1,
    ):
        _paragraph(doc, f"{number}．{line}", size=SMALL)
    _scores(doc, sections)
    for at, section in enumerate(sections, 1):
        _paragraph(doc, f"{numeral_of(at)}、{section.title}（{_terms(section)}）", font=HEADING, before=12, keep=True)
        for question in section.questions:
            _question(doc, question, images)
    _paragraph(doc, "（试卷到此结束）", size=SMALL, align=WD_ALIGN_PARAGRAPH.CENTER, before=12)
    _save(doc, file)


def _terms(section: Section) -> str:
    parts = [f"共{len(section.questions)}题，每题{marks(section.marks_each)}分，共{marks(section.total)}分"]
    if section.kind in RULES:
        parts.append(RULES[section.kind])
    if section.kind in (ItemKind.MULTIPLE_CHOICE, ItemKind.INDEFINITE_CHOICE) and section.policy in POLICIES:
        parts.append(POLICIES[section.policy])
    return "；".join(parts)


def _scores(doc, sections: Sequence[Section]) -> None:
    """The table in which markers enter what each section earned."""
    heads = ["题号", *(numeral_of(at) for at in range(1, len(sections) + 1)), "总分", "阅卷人"]
    table = _table(doc, 2, len(heads))
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        _cell(cell, text)
    _cell(table.rows[1].cells[0], "得分")
    doc.add_paragraph().paragraph_format.space_after = Pt(0)


def _question(doc, question: Question, images) -> None:
    kind, body = question.version.kind, question.body
    _stem(doc, f"{question.number}．", question.version.stem, kind, images)
    _answer_space(doc, kind, body, question.marks, images)


def _stem(doc, number: str, html: str, kind: str, images) -> None:
    bracket = "（　　）" if kind == ItemKind.TRUE_FALSE and "（" not in markup.plain_text(html)[-4:] else ""
    _html(doc, html, images, lead=number, tail=bracket, before=6, keep=True)


def _answer_space(doc, kind: str, body: dict, worth: int, images) -> None:
    """What stands below a stem: options, pairs, the questions of a case, lines to write on."""
    if kind in CHOICES:
        _options(doc, body["options"], images)
    elif kind == ItemKind.NUMERIC:
        _paragraph(doc, f"答：{LINE}{body.get('unit', '')}", indent=24)
    elif kind == ItemKind.MATCHING:
        _pairs(doc, body, images)
    elif kind == ItemKind.CASE_ANALYSIS:
        for at, part in enumerate(body["questions"], 1):
            _stem(doc, f"（{at}）（{marks(part['marks'])}分）", part["stem"], part["kind"], images)
            _answer_space(doc, part["kind"], part["body"], part["marks"], images)
    elif kind in WRITTEN:
        _lines(doc, worth)


def _options(doc, options: list[dict], images) -> None:
    """Short options share a line, all or two by two; long ones and pictures stand alone."""
    texts = [f"{option['id']}．{markup.plain_text(option['html'])}" for option in options]
    longest = max(len(text) for text in texts)
    has_images = any(_IMAGE.search(option["html"]) for option in options)
    across = 1 if has_images or longest > 18 or any("\n" in text for text in texts) else 4 if longest <= 9 else 2
    if across == 1:
        for option in options:
            _html(doc, option["html"], images, lead=f"{option['id']}．", indent=24)
        return
    for row in _rows_of(texts, across):
        paragraph = _paragraph(doc, "\t".join(row), indent=24)
        for stop in range(1, across):
            paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(8 + stop * (WIDTH - 8) / across))


def _rows_of(things: list, across: int) -> list[list]:
    return [things[at : at + across] for at in range(0, len(things), across)]


def _pairs(doc, body: dict, images) -> None:
    longer = max(len(body["left"]), len(body["right"]))
    table = _table(doc, longer, 2)
    for column, (side, sign) in enumerate((("left", "．"), ("right", "．"))):
        for at, one in enumerate(body[side]):
            _cell(table.rows[at].cells[column], f"{one['id']}{sign}{markup.plain_text(one['html'])}", centred=False)
    _paragraph(doc, "答：" + "　".join(f"{one['id']}—（　　）" for one in body["left"]), indent=24)


def _lines(doc, worth: int) -> None:
    """Ruled lines: three for the first five marks and one for each mark more, at most twenty."""
    for _ in range(min(20, 3 + max(0, worth - 500) // 100)):
        paragraph = _paragraph(doc, "", pitch=26)
        borders, edge = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "808080")):
            edge.set(qn(f"w:{name}"), value)
        between = OxmlElement("w:between")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "1"), ("color", "808080")):
            between.set(qn(f"w:{name}"), value)
        borders.extend((edge, between))
        paragraph._p.get_or_add_pPr().find(qn("w:spacing")).addprevious(borders)


# --- the answer sheet


def answer_sheet(file, *, paper: Paper, sections: Sequence[Section], images: dict[str, bytes]) -> None:
    """Write what a candidate fills in: letters for choices, lines for the rest."""
    doc = _document(paper, "答题卡")
    _head(doc, paper.paper_set.blueprint.title, f"答题卡{_label(paper)}")
    _candidate(doc)
    _paragraph(doc, "选择题、判断题请将所选字母或者符号用笔涂黑或者划圈；改动时将原答案划去并签名。", size=SMALL)
    for at, section in enumerate(sections, 1):
        _paragraph(doc, f"{numeral_of(at)}、{section.title}", font=HEADING, before=10, keep=True)
        if section.kind in CHOICES or section.kind == ItemKind.TRUE_FALSE:
            _letters(doc, [(str(q.number), _signs(q.version.kind, q.body)) for q in section.questions])
            continue
        for question in section.questions:
            _sheet_place(doc, f"{question.number}．", question.version.kind, question.body, question.marks)
    _save(doc, file)


def _signs(kind: str, body: dict) -> str:
    return "√ ×" if kind == ItemKind.TRUE_FALSE else " ".join(option["id"] for option in body["options"])


def _letters(doc, places: list[tuple[str, str]]) -> None:
    widest = max(len(signs) for _number, signs in places)
    across = 10 if widest <= 3 else 8 if widest <= 7 else 6
    for row in _rows_of(places, across):
        table = _table(doc, 2, across)
        for at, (number, signs) in enumerate(row):
            _cell(table.rows[0].cells[at], number, size=9)
            _cell(table.rows[1].cells[at], signs, size=SMALL)
        gap = doc.add_paragraph().paragraph_format
        gap.space_after, gap.line_spacing = Pt(0), Pt(4)


def _sheet_place(doc, number: str, kind: str, body: dict, worth: int) -> None:
    if kind == ItemKind.CASE_ANALYSIS:
        _paragraph(doc, number, before=6, keep=True)
        for at, part in enumerate(body["questions"], 1):
            _sheet_place(doc, f"（{at}）", part["kind"], part["body"], part["marks"])
    elif kind in WRITTEN:
        _paragraph(doc, f"{number}（{marks(worth)}分）", before=6, keep=True)
        _lines(doc, worth)
    elif kind == ItemKind.MATCHING:
        _paragraph(doc, number + "　".join(f"{one['id']}—（　　）" for one in body["left"]), before=6)
    elif kind == ItemKind.FILL_BLANK:
        _paragraph(doc, number + "　".join(f"（{at}）{LINE}" for at in range(1, len(body["blanks"]) + 1)), before=6)
    elif kind == ItemKind.NUMERIC:
        _paragraph(doc, f"{number}{LINE}{body.get('unit', '')}", before=6)
    else:
        _paragraph(doc, f"{number}{_signs(kind, body).replace(' ', '　')}", before=6)


# --- the key


def key(file, *, paper: Paper, sections: Sequence[Section], images: dict[str, bytes]) -> None:
    """Write the right answers with their grounds: a table for markers, then question by question."""
    doc = _document(paper, "答案及评分标准")
    _head(doc, paper.paper_set.blueprint.title, f"答案及评分标准{_label(paper)}")
    _paragraph(doc, "本件涉及试题答案，启用前按工作秘密管理。", size=SMALL, align=WD_ALIGN_PARAGRAPH.CENTER)
    for at, section in enumerate(sections, 1):
        _paragraph(doc, f"{numeral_of(at)}、{section.title}（{_terms(section)}）", font=HEADING, before=12, keep=True)
        if section.kind in CHOICES or section.kind == ItemKind.TRUE_FALSE:
            _letters(doc, [(str(q.number), _right(q.version.kind, q.body)) for q in section.questions])
        for question in section.questions:
            _explain(doc, question, images)
    _save(doc, file)


def _right(kind: str, body: dict) -> str:
    """The right answer in one line; nothing where points are given."""
    if kind in CHOICES:
        return "".join(body["key"])
    if kind == ItemKind.TRUE_FALSE:
        return "√" if body["key"] else "×"
    if kind == ItemKind.FILL_BLANK:
        order = "（顺序不限）" if body.get("is_unordered") else ""
        return "；".join("／".join(one["text"] for one in blank["accepted"]) for blank in body["blanks"]) + order
    if kind == ItemKind.NUMERIC:
        accepted = (
            one["value"] + (f"±{one['tolerance']}" if one.get("tolerance", "0") != "0" else "") for one in body["accepted"]
        )
        return "／".join(accepted) + body.get("unit", "")
    if kind == ItemKind.MATCHING:
        return "；".join(f"{one['id']}—{body['key'][one['id']]}" for one in body["left"])
    return ""


def _explain(doc, question: Question, images) -> None:
    version = question.version
    _points(doc, f"{question.number}．", version.kind, question.body, version.explanation, images)
    cited = "；".join(f"《{one.law.name}》{_article(one.ref)}" for one in version.citations.all())
    if cited:
        _paragraph(doc, f"依据：{cited}", font=SUB, size=SMALL, indent=24)


def _points(doc, number: str, kind: str, body: dict, explanation: str, images) -> None:
    _paragraph(doc, number + (f"答案：{right}" if (right := _right(kind, body)) else ""), before=4, keep=True)
    for part_number, part in enumerate(body.get("questions", ()), 1):
        lead = f"（{part_number}）（{marks(part['marks'])}分）"
        _points(doc, lead, part["kind"], part["body"], part.get("explanation", ""), images)
    for point in body.get("rubric", ()):
        _html(doc, point["text"], images, lead=f"采分点（{marks(point['marks'])}分）：", size=SMALL, indent=24)
    if body.get("model_answer"):
        _html(doc, body["model_answer"], images, lead="参考答案：", size=SMALL, indent=24)
    if explanation:
        _html(doc, explanation, images, lead="解析：", size=SMALL, indent=24)


def _article(ref: str) -> str:
    number, _dash, branch = ref.partition("-")
    return article_label(int(number), int(branch or 0)) if number else ""


# --- pieces


def images_in(sections: Sequence[Section]) -> set[str]:
    """Digests of the pictures that the questions show."""
    texts = (
        text
        for section in sections
        for question in section.questions
        for text in (question.version.stem, question.version.explanation, json.dumps(question.body))
    )
    return {digest for text in texts for digest in markup.media_in(text)}


def _label(paper: Paper) -> str:
    strategy = paper.paper_set.strategy
    return {"ab": f"（{paper.label}卷）", "drawn": f"（第{paper.label}号卷）"}.get(strategy, "")


def _document(paper: Paper, what: str):
    title = f"{paper.paper_set.blueprint.title}{what}"
    doc = docx.Document()
    doc.core_properties.created = doc.core_properties.modified = FIXED
    doc.core_properties.author = doc.core_properties.last_modified_by = ""
    doc.core_properties.title = title
    section = doc.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = Mm(22), Mm(20), Mm(20), Mm(20)
    head = section.header.paragraphs[0]
    head.style = doc.styles["Normal"]  # the header's own has tab stops for other margins
    head.paragraph_format.tab_stops.add_tab_stop(Mm(WIDTH), WD_TAB_ALIGNMENT.RIGHT)
    _run(head, f"{title}{_label(paper)}\t校验码：{paper.digest[:12]}", FONT, 9)
    foot = section.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(foot, "第 ", FONT, 9)
    _field(foot, "PAGE")
    _run(foot, " 页　共 ", FONT, 9)
    _field(foot, "NUMPAGES")
    _run(foot, " 页", FONT, 9)
    for run in foot.runs:
        run.font.size = Pt(9)
    return doc


def _head(doc, title: str, label: str) -> None:
    _paragraph(doc, title, font=TITLE, size=20, align=WD_ALIGN_PARAGRAPH.CENTER, pitch=30)
    if label:
        _paragraph(doc, label, font=HEADING, size=14, align=WD_ALIGN_PARAGRAPH.CENTER, pitch=24)


def _candidate(doc) -> None:
    _paragraph(doc, f"单位：{LINE * 2}　姓名：{LINE}　考号：{LINE}", size=SMALL, align=WD_ALIGN_PARAGRAPH.CENTER, before=6)


def _paragraph(doc, text: str, *, font=FONT, size=TEXT, indent=0, before=0, align=None, pitch=None, keep=False):
    paragraph = doc.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_before, shape.space_after = Pt(before), Pt(2)
    shape.line_spacing = Pt(pitch) if pitch else 1.15
    shape.keep_with_next = keep
    if indent:
        shape.left_indent = Pt(indent)
    if align is not None:
        paragraph.alignment = align
    if text:
        _run(paragraph, text, font, size)
    return paragraph


def _html(doc, html: str, images, *, lead="", tail="", size=TEXT, indent=0, before=0, keep=False) -> None:
    """Markup as a paragraph: its lines broken, its pictures below the words before them."""
    paragraph = _paragraph(doc, "", size=size, indent=indent, before=before, keep=keep)
    pieces = _IMAGE.split(html)
    for at, piece in enumerate(pieces):
        if at % 2:
            _picture(paragraph, images.get(piece))
            continue
        text = markup.plain_text(piece).replace(BLANK, LINE)
        text = (lead if at == 0 else "") + text + (tail if at == len(pieces) - 1 else "")
        if text:
            _run(paragraph, text, FONT, size)


def _picture(paragraph, content: bytes | None) -> None:
    """A picture no wider than the column; one that Word cannot hold is said to be missing, not left out in silence."""
    run = paragraph.add_run()
    try:
        shape = run.add_picture(io.BytesIO(content or b""))
    except (UnrecognizedImageError, ValueError, OSError):
        _run(paragraph, "［图片无法打印］", FONT, SMALL)
        return
    if shape.width > Mm(WIDTH - 20):
        shape.height = round(shape.height * Mm(WIDTH - 20) / shape.width)
        shape.width = Mm(WIDTH - 20)


def _table(doc, rows: int, columns: int):
    table = doc.add_table(rows=rows, cols=columns)
    table.style, table.autofit, table.alignment = "Table Grid", False, WD_TABLE_ALIGNMENT.CENTER
    for row in table.rows:
        for cell in row.cells:
            cell.width = Mm(WIDTH / columns)
        unbroken = OxmlElement("w:cantSplit")
        row._tr.get_or_add_trPr().append(unbroken)
    return table


def _cell(cell, text: str, *, size=SMALL, centred=True) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.keep_with_next = True
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, text, FONT, size)


def _save(doc, file) -> None:
    _name_spare_fonts(doc)
    buffer = io.BytesIO()
    doc.save(buffer)
    _settle(buffer, file)
