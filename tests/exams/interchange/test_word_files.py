"""Questions in Word files as offices make them: automatic lists, tables, images, formulas."""

import io
import struct
import zlib

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from exams.interchange import read
from laws.word import WordUnreadable


def image():
    """A PNG of one pixel."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\xff\0\0")) + chunk(b"IEND", b"")


def saved(document):
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def written(*lines):
    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    return document


def table(document, *rows):
    grid = document.add_table(len(rows), max(map(len, rows)))
    for at, row in enumerate(rows):
        for column, text in enumerate(row):
            grid.cell(at, column).text = text
    return grid


def words(draft):
    return draft.content.stem, [o["html"] for o in draft.content.body["options"]], "".join(draft.content.body["key"])


def numbered(document, text, number, level=0):
    paragraph = document.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = level
    properties.get_or_add_numId().val = number
    return paragraph


def lists(document):
    """A list of 1. 2. with A. B. below; its number."""
    numbering = document.part.numbering_part.element
    abstract = OxmlElement("w:abstractNum")
    abstract.set(qn("w:abstractNumId"), "77")
    for level, form, text in ((0, "decimal", "%1."), (1, "upperLetter", "%2.")):
        element = OxmlElement("w:lvl")
        element.set(qn("w:ilvl"), str(level))
        for name, value in (("w:start", "1"), ("w:numFmt", form), ("w:lvlText", text)):
            child = OxmlElement(name)
            child.set(qn("w:val"), value)
            element.append(child)
        abstract.append(element)
    numbering.insert(0, abstract)
    return numbering.add_num(77).numId


def test_numbers_and_letters_of_automatic_lists_are_read():
    document = written("一、单选题")
    number = lists(document)
    for stem, answer in (("甲（　）", "A"), ("乙（　）", "B")):
        numbered(document, stem, number)
        numbered(document, "子", number, 1)
        numbered(document, "丑", number, 1)
        document.add_paragraph(f"答案：{answer}")

    drafts = read(saved(document)).drafts

    assert [words(draft) for draft in drafts] == [("甲（　）", ["子", "丑"], "A"), ("乙（　）", ["子", "丑"], "B")]
    assert [draft.place for draft in drafts] == ["单选题第1题", "单选题第2题"]


def test_a_table_with_a_question_in_each_row_is_read_beside_written_ones():
    document = written("一、单选题", "1. 甲（　）", "A. 子", "B. 丑", "答案：B")
    table(
        document,
        ("题型", "题干", "选项A", "选项B", "答案", "解析"),
        ("单选题", "乙", "子", "丑", "A", "因为"),
        ("多选题", "丙", "子", "丑", "AB", ""),
        ("单选题", "", "子", "丑", "A", ""),
    )

    drafts = read(saved(document)).drafts

    assert [draft.place for draft in drafts] == ["表1!2", "表1!3", "表1!4", "单选题第1题"]
    assert [words(drafts[at]) for at in (0, 1, 3)] == [
        ("乙", ["子", "丑"], "A"),
        ("丙", ["子", "丑"], "AB"),
        ("甲（　）", ["子", "丑"], "B"),
    ]
    assert [(note.code, note.field) for note in drafts[2].notes] == [("stem_missing", "题干 (B)")]


def test_a_table_of_answers_answers_the_questions_above_it():
    document = written("一、单选题", "1. 甲（　）", "A. 子 B. 丑", "2. 乙（　）", "A. 子 B. 丑", "参考答案")
    table(document, ("题号", "1", "2"), ("答案", "A", "B"))

    reading = read(saved(document))

    assert [words(draft)[2] for draft in reading.drafts] == ["A", "B"]


def test_options_in_a_table_belong_to_the_stem_above_it():
    document = written("一、单选题", "1. 甲（　）")
    table(document, ("A. 子", "B. 丑"), ("C. 寅", "D. 卯"))
    document.add_paragraph("答案：C")

    (draft,) = read(saved(document)).drafts

    assert words(draft) == ("甲（　）", ["子", "丑", "寅", "卯"], "C")


def test_a_table_for_each_question_names_its_fields_in_the_first_column():
    document = docx.Document()
    for stem, answer in (("甲", "A"), ("乙", "B")):
        table(document, ("题型", "单选题"), ("题干", stem), ("选项", "A.子 B.丑"), ("答案", answer), ("难度", "易"))
        document.add_paragraph("")

    drafts = read(saved(document)).drafts

    assert [(draft.place, *words(draft)) for draft in drafts] == [
        ("表1", "甲", ["子", "丑"], "A"),
        ("表2", "乙", ["子", "丑"], "B"),
    ]


def test_images_are_kept_with_the_question_that_shows_them():
    document = written("一、单选题", "1. 看图回答（　）")
    document.add_paragraph().add_run().add_picture(io.BytesIO(image()))
    for line in ("A. 子", "B. 丑", "答案：A", "2. 没有图（　）", "A. 子", "B. 丑", "答案：B"):
        document.add_paragraph(line)

    first, second = read(saved(document)).drafts

    assert first.content.stem == '看图回答（　）<br><img src="image1.png">'
    assert (first.images, second.images) == ({"image1.png": image()}, {})


def test_underlined_blanks_are_the_blanks_of_a_question():
    document = written("一、填空题")
    paragraph = document.add_paragraph("1. 违法行为在")
    paragraph.add_run("      ").underline = True
    paragraph.add_run("内未被发现的，不再给予处罚。")
    document.add_paragraph("答案：二年")

    (draft,) = read(saved(document)).drafts

    assert draft.content.stem == "违法行为在____内未被发现的，不再给予处罚。"
    assert draft.content.body["blanks"][0]["accepted"][0]["text"] == "二年"


def test_markup_typed_into_a_document_is_read_like_any_other():
    (draft,) = read(saved(written("单选题", "1. 若 1<2 则<script>alert(1)</script>（　）", "A. 子", "B. 丑", "答案：A"))).drafts

    assert draft.content.stem == "若 1<2 则<script>alert(1)</script>（　）"


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 64 + "WordDocument".encode("utf-16-le")])
def test_a_doc_is_refused(content):
    with pytest.raises(WordUnreadable, match=r"另存为\.docx"):
        read(content, "题库.doc")
