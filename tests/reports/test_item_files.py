"""Exports of items, and that importing them gives the same items: every kind, every format."""

import csv
import hashlib
import io
import random
import subprocess
from datetime import date

import pytest
from openpyxl import load_workbook

from exams.content import LETTERS, WHOLE, CitedArticle, Content, choice_body
from exams.interchange import jsonl, read
from exams.interchange.drafts import Exported
from exams.interchange.shapes import as_data
from reports import items_document, items_workbook
from reports.items_workbook import CellTooLong
from tests.conftest import SOFFICE
from tests.exams.interchange.test_word_files import image

IMAGE = f"media:{hashlib.sha256(image()).hexdigest()}"
KNOWN = {
    "marks": 250,
    "explanation": "见第九条。<br>第二行 &lt;b&gt;",
    "topic": "行政处罚",
    "knowledge_point": "种类",
    "difficulty": 4,
    "audience": ["enforcement_officer", "civil_servant"],
    "citations": [
        CitedArticle("行政处罚法", "9", "2021-01-22", ("限制从业",)),
        CitedArticle("行政处罚法", "17-1", "2021-01-22"),
        CitedArticle("行政许可法"),
    ],
}


def accepted(*texts, fraction=WHOLE):
    return [{"text": text, "fraction": fraction} for text in texts]


def blank(*texts, case=False, pattern=False):
    return {"accepted": accepted(*texts), "is_case_sensitive": case, "is_pattern": pattern}


def sides(texts, ids):
    return [{"id": i, "html": text} for i, text in zip(ids, texts, strict=False)]


MATCHING = {"left": sides(["甲", "乙"], "12"), "right": sides(["子", "丑", "寅"], "ABC"), "key": {"1": "B", "2": "A"}}
SHORT = {"rubric": [{"text": "公开", "marks": 400}, {"text": "公正", "marks": 650}], "model_answer": "公开。<br>2. 公正"}


def part(number, kind, stem, body, **more):
    return {"id": number, "kind": kind, "stem": stem, "body": body, "policy": "exact", "marks": 100, "explanation": ""} | more


CASE = {
    "questions": [
        part(
            "1",
            "short_answer",
            "合法吗？",
            {"rubric": [{"text": "不", "marks": 500}], "model_answer": "不合法"},
            marks=500,
            explanation="解",
        ),
        part("2", "multiple_choice", "选", choice_body(["甲", "乙", "丙"], "AB"), policy="half", marks=250),
        part("3", "true_false", "对？", {"key": True}),
        part("4", "matching", "连", MATCHING),
        part("5", "fill_blank", "____", {"blanks": [blank("x")], "is_unordered": False}),
        part("6", "numeric", "几？", {"accepted": [{"value": "6", "tolerance": "0", "fraction": WHOLE}], "unit": "日"}),
    ]
}
FRACTIONS = {
    "options": [
        {"id": "A", "html": "甲", "fraction": WHOLE, "feedback": "好"},
        {"id": "B", "html": "乙", "fraction": -3333333, "feedback": ""},
    ],
    "key": ["A"],
}
TRICKY = {"blanks": [blank("二|三;", "\\2"), blank("三", case=True, pattern=True)], "is_unordered": True}
PLAIN_BLANKS = {"blanks": [blank("六十日", "60日"), blank("二")], "is_unordered": False}
NUMBER = {
    "accepted": [{"value": "60", "tolerance": "0.5", "fraction": WHOLE}, {"value": "61", "tolerance": "0", "fraction": WHOLE}],
    "unit": "日",
}
ITEMS = [
    Exported("a-01", Content("single_choice", "下列属于处罚的是（　）。", choice_body(["警告", "A. 罚款", "=1+1", "a &lt; b"], "A"), **KNOWN), "open", {}, "自编", date(2030, 1, 2)),
    Exported("a-02", Content("multiple_choice", "=cmd|' /C calc'!A0", choice_body(["<strong>甲</strong>", "乙", "丙", "-1"], "ACD"), policy="half"), "exam"),
    Exported("a-03", Content("indefinite_choice", f'看图<br><img src="{IMAGE}">回答', choice_body([f"{n}号" for n in range(12)], "AL")), "exam", {IMAGE: image()}),
    Exported("a-04", Content("true_false", "1. 处罚应当公开。<br>2. 对", {"key": False}), "exam"),
    Exported("a-05", Content("fill_blank", "____年____月", TRICKY)),
    Exported("a-06", Content("fill_blank", "期限为____或者____。", PLAIN_BLANKS)),
    Exported("a-07", Content("numeric", "多少日？", NUMBER)),
    Exported("a-08", Content("matching", "连线", MATCHING)),
    Exported("a-09", Content("short_answer", "简述。", SHORT, marks=1050)),
    Exported("a-10", Content("essay", "<p>论述</p><table><tbody><tr><td>1</td></tr></tbody></table>", {"rubric": [], "model_answer": "略"}, marks=2000)),
    Exported("a-11", Content("case_analysis", "某局处罚甲。<br>（1）材料里的编号<br>问题：材料里的词", CASE, marks=1150, explanation="总解析")),
    Exported("a-12", Content("single_choice", "分数", FRACTIONS, policy="fractions")),
    Exported("a-13", Content("single_choice", "公式 $\\frac{a}{b}$ 与 1 &lt; 2 &amp;amp;", choice_body(["甲：A. 子", "【答案】乙", "1. 丙"], "C"))),
]  # fmt: skip


def as_xlsx(items):
    file = io.BytesIO()
    items_workbook.workbook(file, items=items)
    return file.getvalue()


def as_docx(items):
    file = io.BytesIO()
    items_document.document(file, items=items)
    return file.getvalue()


FORMATS = {"xlsx": as_xlsx, "csv": items_workbook.delimited, "json": jsonl.write, "docx": as_docx}


def told(draft):
    """All that a draft says; images by what is in them."""
    names = {name: f"media:{hashlib.sha256(data).hexdigest()}" for name, data in draft.images.items()}
    text = str(as_data(draft.content)) if draft.content else [(n.code, n.value) for n in draft.notes]
    for name, media in names.items():
        text = text.replace(name, media)
    return draft.code, draft.classification, draft.source, draft.expires_on, text


@pytest.mark.parametrize("export", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("item", ITEMS, ids=lambda item: f"{item.code}-{item.content.kind}")
def test_an_item_comes_back_as_it_left(export, item):
    (draft,) = read(export([item])).drafts

    assert told(draft) == told(item)
    assert [note.code for note in draft.notes] == []


@pytest.mark.parametrize("export", FORMATS.values(), ids=FORMATS)
def test_all_items_of_one_file_come_back_in_order(export):
    reading = read(export(ITEMS))

    assert [told(draft) for draft in reading.drafts] == [told(item) for item in ITEMS]


@pytest.mark.parametrize("export", [as_docx, jsonl.write], ids=["docx", "json"])
def test_images_go_with_the_file(export):
    (draft,) = read(export([ITEMS[2]])).drafts

    assert list(draft.images.values()) == [image()]


def wild_items(seed, count=40):
    """Items of random words, made to look like what a reader might mistake."""
    rng = random.Random(seed)
    words = [
        "甲",
        "第3条",
        "（1）",
        "A.",
        "B、",
        "\u3000",
        "答案：",
        "1.",
        "&lt;",
        "&amp;",
        "；",
        "|",
        "（ ）",
        "√",
        "，",
        "。",
        "【解析】",
        "对",
        " ",
        "=",
        "-",
        "'",
        "x^2",
        "5分",
    ]

    def text():
        said = "".join(rng.choices(words, k=rng.randint(1, 6))).strip()
        return f"文{said}"

    for number in range(count):
        options = [f"{text()}{n}" for n in range(rng.randint(2, 9))]
        key = "".join(rng.sample(LETTERS[: len(options)], 2))
        kind, body = rng.choice([
            ("single_choice", choice_body(options, key[0])),
            ("multiple_choice", choice_body(options, key)),
            ("true_false", {"key": rng.random() < 0.5}),
            ("fill_blank", {"blanks": [blank(text(), text() + "二")], "is_unordered": False}),
            ("short_answer", {"rubric": [{"text": text(), "marks": 200}], "model_answer": text()}),
            ("essay", {"rubric": [], "model_answer": text()}),
        ])  # fmt: skip
        yield Exported(
            f"w-{number}", Content(kind, text(), body, explanation=rng.choice(["", text()]), marks=rng.choice([100, 200, 50]))
        )


@pytest.mark.parametrize("export", FORMATS.values(), ids=FORMATS)
@pytest.mark.parametrize("seed", range(3))
def test_items_of_misleading_words_come_back(export, seed):
    items = list(wild_items(seed))

    reading = read(export(items))

    assert [told(draft) for draft in reading.drafts] == [told(item) for item in items]


def test_no_cell_of_a_workbook_is_a_formula():
    sheet = load_workbook(io.BytesIO(as_xlsx(ITEMS))).active

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert sheet["D3"].value == "=cmd|' /C calc'!A0"


def test_no_cell_of_csv_begins_as_a_formula():
    content = items_workbook.delimited(ITEMS)

    cells = [cell for row in csv.reader(io.StringIO(content.decode("utf-8-sig"))) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == []
    assert "'=cmd|' /C calc'!A0" in cells


def test_a_changed_cell_is_followed_and_what_cells_cannot_say_is_told_as_left_out():
    book = load_workbook(io.BytesIO(as_xlsx([ITEMS[11]])))
    book.active["D2"] = "改过的题干"
    file = io.BytesIO()
    book.save(file)

    (draft,) = read(file.getvalue()).drafts

    assert (draft.content.stem, draft.content.body["options"][0]["feedback"]) == ("改过的题干", "")
    assert draft.content.policy == "exact"
    assert [note.code for note in draft.notes] == ["extra_stale", "fractions_missing"]


@pytest.mark.office
@pytest.mark.parametrize(("export", "name", "saved_as"), [(as_docx, "items.docx", "docx"), (as_xlsx, "items.xlsx", "xls")])
def test_items_saved_again_by_an_office_program_come_back(tmp_path, export, name, saved_as):
    (tmp_path / name).write_bytes(export(ITEMS))
    command = [SOFFICE, f"-env:UserInstallation=file://{tmp_path}/office", "--headless", "--convert-to", saved_as]
    subprocess.run([*command, "--outdir", tmp_path / "again", tmp_path / name], check=True, capture_output=True, timeout=240)

    reading = read((tmp_path / "again" / f"items.{saved_as}").read_bytes())

    assert [told(draft) for draft in reading.drafts] == [told(item) for item in ITEMS]


def test_words_too_long_for_a_cell_are_refused_by_name():
    item = Exported("a-99", Content("essay", "长", {"rubric": [], "model_answer": "字" * 40_000}))

    with pytest.raises(CellTooLong, match="a-99"):
        as_xlsx([item])
