"""Questions in spreadsheets and delimited text: what columns mean, what is refused, and where that is said to stand."""

import csv
import io
from datetime import date

import pytest
import xlsxwriter
from openpyxl import Workbook

from exams.content import WHOLE, CitedArticle
from exams.interchange import excel, read
from exams.interchange.excel import NoQuestions
from exams.models import ItemKind
from tests.exams.interchange.test_word_files import image
from training.imports.refusals import FileRefused

HEADER = ("题型", "题干", "选项A", "选项B", "选项C", "选项D", "答案")


def as_csv(*rows, encoding="utf-8", mark=b""):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return mark + text.getvalue().encode(encoding)


def as_xlsx(*rows, change=lambda book: None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    change(book)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def only(*rows):
    """The one draft of a table."""
    (draft,) = excel.read(as_csv(*rows)).drafts
    return draft


def one(**cells):
    """The draft of a row given by its headings."""
    return only(tuple(cells), tuple(cells.values()))


def codes(draft):
    return [note.code for note in draft.notes]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("单选", "single_choice"),
        ("单选题", "single_choice"),
        ("单项选择题", "single_choice"),
        ("一、单项选择题（每题1分）", "single_choice"),
        ("多选", "multiple_choice"),
        ("多项选择题", "multiple_choice"),
        ("不定项选择题", "indefinite_choice"),
        ("不定项", "indefinite_choice"),
        ("Single_Choice", "single_choice"),
    ],
)
def test_the_kind_is_known_by_all_its_names(word, kind):
    draft = only(HEADER, (word, "甲", "子", "丑", "寅", "卯", "A" if kind == "single_choice" else "AB"))

    assert draft.content.kind == kind
    assert draft.notes == []


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("ABD", "ABD"), ("A,B,D", "ABD"), ("A、B、D", "ABD"), ("ＡＢＤ", "ABD"), ("abd", "ABD"), ("A B D", "ABD"), ("DBA", "ABD"),
        ("A，B，D", "ABD"), ("A|B|D", "ABD"), ("选ABD", "ABD"), ("答案：ABD。", "ABD"), ("А В D", "ABD"), ("A/B", "AB"), ("AABD", "ABD"),
    ],
)  # fmt: skip
def test_several_answers_are_read_as_people_write_them(answer, key):
    draft = only(HEADER, ("多选题", "甲", "子", "丑", "寅", "卯", answer))

    assert "".join(draft.content.body["key"]) == key


@pytest.mark.parametrize(
    ("answer", "options", "key"),
    [
        *((word, ("", ""), True) for word in ("正确", "对", "√", "✓", "T", "TRUE", "true", "是", "Y")),
        *((word, ("", ""), False) for word in ("错误", "错", "×", "✗", "X", "F", "FALSE", "否", "不正确")),
        ("A", ("", ""), True),
        ("B", ("", ""), False),
        ("A", ("正确", "错误"), True),
        ("A", ("错误", "正确"), False),
        ("b", ("错", "对"), True),
        ("对", ("错误", "正确"), True),
    ],
)
def test_right_and_wrong_are_read_as_people_write_them(answer, options, key):
    draft = only(HEADER, ("判断题", "甲", *options, "", "", answer))

    assert draft.content.body == {"key": key}
    assert ("truth_by_letter" in codes(draft)) == (answer in ("A", "B") and options[0] == "")


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        (("单选题", "", "子", "丑", "", "", "A"), "stem_missing", "题干 (B)"),
        (("单选题", "甲", "子", "丑", "", "", ""), "key_missing", "答案 (G)"),
        (("单选题", "甲", "子", "丑", "", "", "E"), "key_beyond_options", "答案 (G)"),
        (("单选题", "甲", "子", "丑", "", "", "AB"), "key_not_single", "答案 (G)"),
        (("多选题", "甲", "子", "丑", "", "", "A"), "key_not_multiple", "答案 (G)"),
        (("单选题", "甲", "子", "", "", "", "A"), "options_missing", "选项 (C–F)"),
        (("单选题", "甲", "", "", "", "", "A"), "options_missing", "选项 (C–F)"),
        (("单选题", "甲", "子", "", "寅", "卯", "A"), "option_missing", "选项 (C–F)"),
        (("单选题", "甲", "子", "丑", "", "", "1"), "key_unclear", "答案 (G)"),
        (("判断题", "甲", "", "", "", "", "C"), "key_unclear", "答案 (G)"),
        (("判断题", "甲", "子", "丑", "", "", "A"), "options_not_truth", "选项 (C–F)"),
        (("听力题", "甲", "子", "丑", "", "", "A"), "kind_unknown", "题型 (A)"),
        (("", "甲", "", "", "", "", "某文"), "kind_missing", "题型 (A)"),
        (("填空题", "甲____乙____", "", "", "", "", "二年"), "blanks_differ", "答案 (G)"),
        (("数值题", "几日？", "", "", "", "", "很多"), "number_invalid", "答案 (G)"),
        (("匹配题", "连线", "", "", "", "", "1-A"), "options_missing", "选项 (C–F)"),
        (("案例分析题", "只有材料", "", "", "", "", "答"), "questions_missing", "题干 (B)"),
    ],
)
def test_a_row_that_cannot_be_is_left_out_with_its_column_and_reason(row, code, column):
    draft = only(HEADER, row)

    assert draft.content is None
    refusals = [note for note in draft.notes if note.is_refusal]
    assert [(note.code, note.field) for note in refusals] == [(code, column)]
    assert str(refusals[0].reason)
    assert draft.place == "2"


@pytest.mark.parametrize(
    "cell",
    [
        "A.子 B.丑 C.寅",
        "A.子\nB.丑\nC.寅",
        "A、子B、丑C、寅",
        "（A）子（B）丑（C）寅",
        "子\n丑\n寅",
        "子|丑|寅",
        "ａ．子\nｂ．丑\nｃ．寅",
        "A 子\nB 丑\nC 寅",
    ],
)
def test_options_in_one_cell_are_taken_apart(cell):
    draft = one(题型="单选", 题干="甲", 选项=cell, 答案="C")

    assert [option["html"] for option in draft.content.body["options"]] == ["子", "丑", "寅"]
    assert draft.content.body["key"] == ["C"]


def test_letters_before_options_in_their_own_columns_are_dropped_and_fused_ones_taken_apart():
    plain = only(HEADER, ("单选", "甲", "A. 子", "B、丑", "(C)寅", "卯", "A"))
    fused = only(HEADER, ("单选", "甲", "A.子", "B.丑C.寅", "", "D.卯", "A"))

    assert [o["html"] for o in plain.content.body["options"]] == ["子", "丑", "寅", "卯"]
    assert [o["html"] for o in fused.content.body["options"]] == ["子", "丑", "寅", "卯"]


def test_twelve_options_are_read_from_columns_and_from_one_cell():
    letters = "ABCDEFGHIJKL"
    columns = only(("题型", "题干", *(f"选项{x}" for x in letters), "答案"), ("多选", "甲", *(f"第{x}" for x in range(12)), "AL"))
    cell = one(题型="多选", 题干="甲", 选项="\n".join(f"{x}.第{n}" for n, x in enumerate(letters)), 答案="AL")

    for draft in (columns, cell):
        assert [o["html"] for o in draft.content.body["options"]] == [f"第{n}" for n in range(12)]
        assert draft.content.body["key"] == ["A", "L"]


def test_a_letter_that_stands_twice_is_refused():
    draft = one(题型="单选", 题干="甲", 选项="A.子\nA.丑\nB.寅", 答案="A")

    assert (draft.content, codes(draft)) == (None, ["option_repeated"])


def test_an_answer_in_the_words_of_an_option_means_that_option():
    assert only(HEADER, ("单选", "甲", "警告", "罚款", "", "", "罚款")).content.body["key"] == ["B"]
    assert codes(only(HEADER, ("单选", "甲", "罚款", "罚款", "", "", "罚款"))) == ["key_unclear"]


def blanks(draft):
    return [[accepted["text"] for accepted in blank["accepted"]] for blank in draft.content.body["blanks"]]


@pytest.mark.parametrize(
    ("stem", "answer", "found", "notes"),
    [
        ("____年", "二|两", [["二", "两"]], []),
        ("____年____月", "二；三|叁", [["二"], ["三", "叁"]], []),
        ("____年____月", "二;三", [["二"], ["三"]], []),
        ("__年＿＿＿月", "二;三", [["二"], ["三"]], []),
        ("（　）年（ ）月", "二、三", [["二"], ["三"]], ["blanks_cut"]),
        ("____", "公开、公正", [["公开、公正"]], []),
        ("没有空的题干", "二", [["二"]], []),
        (r"____", r"a\;b\|c", [["a;b|c"]], []),
    ],
)
def test_blanks_have_alternatives_behind_strokes_and_are_divided_by_semicolons(stem, answer, found, notes):
    draft = one(题型="填空题", 题干=stem, 答案=answer)

    assert (blanks(draft), codes(draft)) == (found, notes)
    assert all(a["fraction"] == WHOLE for blank in draft.content.body["blanks"] for a in blank["accepted"])


@pytest.mark.parametrize(
    ("answer", "accepted", "unit"),
    [
        ("60", [("60", "0")], ""),
        ("60日", [("60", "0")], "日"),
        ("1,000.5 元", [("1000.5", "0")], "元"),
        ("60±0.5", [("60", "0.5")], ""),
        ("60|61", [("60", "0"), ("61", "0")], ""),
        ("-3.5", [("-3.5", "0")], ""),
    ],
)
def test_numbers_have_tolerance_and_unit(answer, accepted, unit):
    body = one(题型="数值题", 题干="甲", 答案=answer).content.body

    assert [(a["value"], a["tolerance"]) for a in body["accepted"]] == accepted
    assert body["unit"] == unit


def test_marks_difficulty_topic_and_the_rest_are_read():
    draft = one(
        原题号="X-7", 题型="单选", 题干="甲", 选项A="子", 选项B="丑", 答案="A", 解析="因为", 难度="较难", 知识点="种类", 章节="处罚",
        分值="2.5分", 来源="自编", 法律名称="行政处罚法；行政许可法", 条款="第九条、第十七条之一；", 法律版本="2021-01-22；",
        适用对象="行政执法人员、公务员、外星人", 密级="公开", 有效期至="2027年3月1日",
    )  # fmt: skip

    content = draft.content
    assert (draft.code, draft.source, draft.classification, draft.expires_on) == ("X-7", "自编", "open", date(2027, 3, 1))
    assert (content.marks, content.difficulty, content.topic, content.knowledge_point) == (250, 4, "处罚", "种类")
    assert content.explanation == "因为"
    assert content.audience == ["enforcement_officer", "civil_servant"]
    assert content.citations == [
        CitedArticle("行政处罚法", "9", "2021-01-22"),
        CitedArticle("行政处罚法", "17-1", "2021-01-22"),
        CitedArticle("行政许可法"),
    ]
    assert [(note.code, note.value, note.is_refusal) for note in draft.notes] == [("audience_unknown", "外星人", False)]


@pytest.mark.parametrize(
    ("word", "level"),
    [("易", 1), ("较易", 2), ("中", 3), ("中等", 3), ("较难", 4), ("难", 5), ("4", 4), ("★★", 2), ("简单", 1), ("困难", 5)],
)
def test_difficulty_is_known_by_word_number_and_stars(word, level):
    assert one(题型="判断", 题干="甲", 答案="对", 难度=word).content.difficulty == level


@pytest.mark.parametrize(
    ("cells", "note"),
    [
        ({"难度": "0.65"}, "difficulty_unknown"),
        ({"密级": "某级"}, "classification_unknown"),
        ({"有效期至": "2027年"}, "date_invalid"),
        ({"条款": "第九条"}, "citation_unclear"),
        ({"法律名称": "行政处罚法", "条款": "总则"}, "article_unclear"),
    ],
)
def test_a_small_word_that_is_not_understood_is_told_and_the_question_taken(cells, note):
    draft = one(题型="判断", 题干="甲", 答案="对", **cells)

    assert draft.content is not None
    assert codes(draft) == [note]


@pytest.mark.parametrize(
    ("cells", "code"), [({"分值": "很多"}, "marks_invalid"), ({"分值": "0"}, "marks_invalid"), ({"密级": "机密"}, "state_secret")]
)
def test_marks_that_are_none_and_state_secrets_are_refused(cells, code):
    draft = one(题型="判断", 题干="甲", 答案="对", **cells)

    assert (draft.content, codes(draft)) == (None, [code])


def test_written_answers_have_rubric_points_with_marks():
    draft = one(题型="简答题", 题干="简述原则", 答案="公开、公正", 采分点="公开（4分）\n公正（6分）", 分值="10")

    assert draft.content.body["rubric"] == [{"text": "公开", "marks": 400}, {"text": "公正", "marks": 600}]
    assert (draft.content.body["model_answer"], draft.content.marks, draft.notes) == ("公开、公正", 1000, [])


@pytest.mark.parametrize(
    ("rubric", "answer", "marks", "note", "is_taken"),
    [
        ("公开（4分）\n公正", "略", "10", "rubric_marks_missing", False),
        ("公开\n公正", "略", "10", "rubric_without_marks", True),
        ("公开（4分）", "略", "10", "rubric_sum_differs", True),
        ("", "", "10", "model_answer_missing", True),
    ],
)
def test_a_rubric_that_does_not_add_up_is_told(rubric, answer, marks, note, is_taken):
    draft = one(题型="论述题", 题干="论述", 答案=answer, 采分点=rubric, 分值=marks)

    assert (draft.content is not None, codes(draft)) == (is_taken, [note])


def test_the_questions_of_a_case_follow_it_and_name_it():
    reading = excel.read(
        as_csv(
            ("原题号", "所属案例", "题型", "题干", "选项", "答案", "分值"),
            ("案1", "", "案例分析题", "某局处罚甲。", "", "", ""),
            ("", "案1", "单选题", "被告是？", "A.局 B.政府", "A", "2"),
            ("", "案1", "简答题", "合法吗？", "", "不合法", "8"),
            ("", "案9", "简答题", "没有材料", "", "略", "8"),
        )
    )

    case, orphan = reading.drafts
    questions = case.content.body["questions"]
    assert [(q["id"], q["kind"], q["stem"], q["marks"]) for q in questions] == [
        ("1", "single_choice", "被告是？", 200),
        ("2", "short_answer", "合法吗？", 800),
    ]
    assert case.content.marks == 1000
    assert (orphan.place, orphan.content, codes(orphan)) == ("5", None, ["case_unknown"])


def test_a_case_in_one_cell_is_cut_at_its_numbered_questions():
    draft = one(
        题型="案例分析",
        题干="某局未告知即处罚甲。\n问题：（1）是否合法？（6分）（2）如何救济？（4分）",
        答案="（1）不合法（2）复议或者诉讼",
    )

    questions = draft.content.body["questions"]
    assert draft.content.stem == "某局未告知即处罚甲。"
    assert [(q["stem"], q["body"]["model_answer"], q["marks"]) for q in questions] == [
        ("是否合法？", "不合法", 600),
        ("如何救济？", "复议或者诉讼", 400),
    ]


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", b"\xef\xbb\xbf"),
        ("gb18030", b""),
        ("gbk", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b"\xfe\xff"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_is_read_in_every_encoding_of_the_office(encoding, mark, delimiter):
    lines = [HEADER, ("单选题", "行政处罚由谁管辖？", "行为发生地", "住所地", "", "", "A")]
    content = mark + "\r\n".join(delimiter.join(line) for line in lines).encode(encoding)

    (draft,) = read(content, "题库.csv").drafts

    assert (draft.content.stem, draft.content.body["key"]) == ("行政处罚由谁管辖？", ["A"])


def test_the_header_stands_anywhere_in_the_first_rows_of_any_sheet():
    def more(book):
        second = book.create_sheet("判断")
        for row in [("某单位题库",), (), ("序号", "题目", "正确答案"), (1, "甲", "对"), (2, "乙", "错")]:
            second.append(row)
        book.create_sheet("说明").append(("本表由某科室填写",))
        hidden = book.create_sheet("旧题")
        hidden.append(("题干", "答案"))
        hidden.append(("丙", "对"))
        hidden.sheet_state = "hidden"

    reading = read(as_xlsx(("单选题库",), (), HEADER, ("单选", "甲", "子", "丑", None, None, "A"), change=more))

    assert [(d.place, d.content.kind) for d in reading.drafts] == [
        ("Sheet!4", ItemKind.SINGLE_CHOICE),
        ("判断!4", ItemKind.TRUE_FALSE),
        ("判断!5", ItemKind.TRUE_FALSE),
    ]
    assert [(n.code, n.value) for n in reading.notes] == [("sheet_without_questions", "说明"), ("sheet_hidden", "旧题")]


def test_merged_cells_mean_every_row_they_cover():
    def merge(book):
        book.active.merge_cells("A2:A3")
        book.active.merge_cells("B4:B6")
        book.active.merge_cells("D4:D6")

    reading = read(
        as_xlsx(
            ("题型", "题干", "选项", "答案"),
            ("单选题", "甲", "A.子 B.丑", "A"),
            (None, "乙", "A.子 B.丑", "B"),
            ("多选题", "丙", "A.子", "AB"),
            (None, None, "B.丑", None),
            (None, None, "C.寅", None),
            change=merge,
        )
    )

    assert [(d.place, d.content.kind, "".join(d.content.body["key"])) for d in reading.drafts] == [
        ("Sheet!2", "single_choice", "A"),
        ("Sheet!3", "single_choice", "B"),
        ("Sheet!4", "multiple_choice", "AB"),
    ]
    assert [o["html"] for o in reading.drafts[2].content.body["options"]] == ["子", "丑", "寅"]


def test_a_formula_without_value_refuses_the_row_and_hidden_rows_are_read_with_a_note():
    def change(book):
        book.active["G2"] = '=IF(1=1,"A","B")'
        book.active.row_dimensions[3].hidden = True

    reading = read(
        as_xlsx(HEADER, ("单选", "甲", "子", "丑", None, None, None), ("单选", "乙", "子", "丑", None, None, "B"), change=change)
    )

    assert [(d.content is None, [(n.code, n.field) for n in d.notes]) for d in reading.drafts] == [
        (True, [("formula_without_value", "答案 (G)")]),
        (False, [("row_was_hidden", "")]),
    ]


def test_numbers_and_truth_values_of_cells_are_read_as_shown():
    reading = read(as_xlsx(HEADER, ("单选", 2021, 1, 2.5, None, None, "A"), ("判断", "甲", None, None, None, None, True)))

    first, second = reading.drafts
    assert (first.content.stem, [o["html"] for o in first.content.body["options"]]) == ("2021", ["1", "2.5"])
    assert second.content.body == {"key": True}


def test_markup_stays_markup_and_other_signs_stay_text():
    drafts = excel.read(
        as_csv(
            HEADER,
            ("单选", "<p>甲</p><script>alert(1)</script>", "a<b", "x & y", "", "", "A"),
            ("单选", "若 1<2 且 3>2\n第二行", "=cmd|' /C calc'!A0", "@SUM(1)", "", "", "A"),
        )
    ).drafts

    assert drafts[0].content.stem == "<p>甲</p><script>alert(1)</script>"  # made safe when it is written down
    assert [o["html"] for o in drafts[0].content.body["options"]] == ["a&lt;b", "x &amp; y"]
    assert drafts[1].content.stem == "若 1&lt;2 且 3&gt;2<br>第二行"
    assert [o["html"] for o in drafts[1].content.body["options"]] == ["=cmd|' /C calc'!A0", "@SUM(1)"]


def test_repeated_headers_and_notes_are_passed_over_and_told():
    reading = excel.read(
        as_csv(
            HEADER,
            ("单选", "甲", "子", "丑", "", "", "A"),
            HEADER,
            ("说明：以下为新题", *[""] * 6),
            ("单选", "乙", "子", "丑", "", "", "B"),
        )
    )

    assert [draft.place for draft in reading.drafts] == ["2", "5"]
    assert [(note.code, note.value) for note in reading.notes] == [
        ("header_repeated", "3"),
        ("row_passed_over", "4 说明：以下为新题"),
    ]


def test_every_row_is_told_of_once():
    rows = [("单选", f"第{n}题", "子", "丑", "", "", "A" if n % 3 else "") for n in range(30)]

    drafts = excel.read(as_csv(HEADER, *rows)).drafts

    assert [draft.place for draft in drafts] == [str(n + 2) for n in range(30)]
    assert [draft.content is None for draft in drafts] == [n % 3 == 0 for n in range(30)]


def test_the_kind_is_inferred_only_when_certain():
    header = ("题干", "选项A", "选项B", "选项C", "答案")
    drafts = excel.read(
        as_csv(
            header,
            ("甲", "子", "丑", "寅", "A"),
            ("乙", "子", "丑", "寅", "AB"),
            ("丙", "对", "错", "", "B"),
            ("丁", "", "", "", "错误"),
            ("____年", "", "", "", "二"),
            ("戊", "", "", "", "A"),
            ("己", "", "", "", "一段话"),
        )
    ).drafts

    assert [draft.content and str(draft.content.kind) for draft in drafts] == [
        "single_choice", "multiple_choice", "true_false", "true_false", "fill_blank", None, None,
    ]  # fmt: skip
    assert [codes(draft) for draft in drafts] == [["kind_inferred"]] * 5 + [["kind_missing"]] * 2


@pytest.mark.parametrize(
    "header",
    [
        "试题类型,试题题目,A,B,C,正确答案,试题解析",
        "题目类型,题目名称,选项1,选项2,选项3,标准答案,解析说明",
        "题型（必填）,试题正文（必填）,选项一,选项二,选项三,参考答案（必填）,详解",
        "*题型,*题目内容,A选项内容,B选项内容,C选项内容,*答案,*解析",
        "题型,问题描述,选项(A),选项(B),选项(C),正确选项,出题依据",
        "题型,试题名称,备选答案1,备选答案2,备选答案3,正确答案,答案说明",
        "题型,题目,答案A,答案B,答案C,正确答案,答案详解",
        "题型,题干,A.,B.,C.,答案,解析",
        "题型,题干,选项,选项,选项,答案,解析",
        "Question Type,Question Text,Option A,Option B,Option C,Correct Answer,Explanation",
        "Type,Question,Choice 1,Choice 2,Choice 3,Answer,Feedback",
    ],
)
def test_columns_are_known_by_the_headings_that_templates_give_them(header):
    reading = read(as_csv(header.split(","), ("单选题", "甲（ ）", "子", "丑", "寅", "B", "因为")), "题.csv")

    (draft,) = reading.drafts
    assert [option["html"] for option in draft.content.body["options"]] == ["子", "丑", "寅"]
    assert (draft.content.stem, draft.content.body["key"], draft.content.explanation) == ("甲（ ）", ["B"], "因为")
    assert (draft.notes, reading.notes) == ([], [])


def test_columns_that_are_not_read_are_told_by_their_headings():
    reading = read(as_xlsx(("题型", "题干", "答案", "审核人", "备注"), ("判断", "甲", "对", "张三", None)))

    assert [(note.code, note.value) for note in reading.notes] == [("columns_not_read", "Sheet：审核人 (D)")]


def test_two_columns_of_one_meaning_contradict_complete_or_follow_each_other():
    reading = excel.read(
        as_csv(
            ("题型", "题干", "材料", "选项A", "选项B", "答案", "正确答案"),
            ("单选", "问", "某局罚款。", "子", "丑", "A", "A"),
            ("单选", "问", "", "子", "丑", "", "B"),
            ("单选", "问", "", "子", "丑", "A", "B"),
        )
    )

    first, second, third = reading.drafts
    assert (first.content.stem, first.content.body["key"]) == ("某局罚款。<br>问", ["A"])
    assert second.content.body["key"] == ["B"]
    assert (third.content, [(n.code, n.value) for n in third.notes]) == (None, [("answers_contradict", "A / B")])
    assert [(note.code, note.value) for note in reading.notes] == [("columns_repeated", "材料、正确答案")]


def test_options_below_one_merged_heading_are_its_columns_in_order():
    rows = (
        ("题型", "题干", "选项", None, None, "答案"),
        ("单选", "甲", "子", "丑", "寅", "C"),
        ("单选", "乙", "子", "丑", None, "A"),
    )
    reading = read(as_xlsx(*rows, change=lambda book: book.active.merge_cells("C1:E1")))

    assert [["".join(d.content.body["key"]), *(o["html"] for o in d.content.body["options"])] for d in reading.drafts] == [
        ["C", "子", "丑", "寅"],
        ["A", "子", "丑"],
    ]
    assert reading.notes == []


def test_options_in_a_cell_and_in_columns_must_agree():
    draft = one(题型="单选", 题干="甲", 选项="A.子 B.丑", 选项A="子", 选项B="寅", 答案="A")

    assert (draft.content, codes(draft)) == (None, ["options_contradict"])


def test_options_one_below_the_other_belong_to_the_question_above_even_where_nothing_is_merged():
    drafts = excel.read(
        as_csv(
            ("题型", "题干", "选项", "答案"),
            ("单选", "甲", "A.子", "B"),
            ("", "", "B.丑", ""),
            ("", "", "C.寅", ""),
            ("单选", "乙", "子|丑", "A"),
        )
    ).drafts

    assert [(d.place, [o["html"] for o in d.content.body["options"]], d.content.body["key"]) for d in drafts] == [
        ("2", ["子", "丑", "寅"], ["B"]),
        ("5", ["子", "丑"], ["A"]),
    ]


@pytest.mark.parametrize(
    "cell",
    ["A.子|B.丑|C.寅", "A.子，B.丑，C.寅", "A、子、B、丑、C、寅", "A.子；B.丑；C.寅。", "A.子/B.丑/C.寅", "A.子 B.丑 C.寅 "],
)
def test_the_sign_that_parts_options_belongs_to_none(cell):
    draft = one(题型="单选", 题干="甲", 选项=cell, 答案="C")

    assert [option["html"] for option in draft.content.body["options"]] == ["子", "丑", "寅"]


@pytest.mark.parametrize(
    ("stem", "kind", "answer", "options"),
    [
        ("甲是（ ）。\nA.子\nB.丑", "单选", "B", ["子", "丑"]),
        ("甲是（ ）。A.子 B.丑", "单选", "B", ["子", "丑"]),
        ("甲是（ ）。 A.子 B.丑", "", "B", ["子", "丑"]),
        ("甲是（B）。\nA.子\nB.丑", "单选", "", ["子", "丑"]),
    ],
)
def test_options_and_answer_may_stand_in_the_cell_of_the_stem(stem, kind, answer, options):
    draft = one(题型=kind, 题干=stem, 答案=answer)

    assert [option["html"] for option in draft.content.body["options"]] == options
    assert draft.content.body["key"] == ["B"]
    assert draft.content.stem[:2] == "甲是"


def test_what_is_judged_may_enumerate_by_letters_and_brackets_beside_empty_ones_hold_no_answer():
    judged = one(题型="判断", 题干="种类包括：A.警告；B.罚款。", 答案="对")
    stem = one(题型="单选", 题干="维生素（B）是（ ）", 选项="A.子 B.丑", 答案="")

    assert (judged.content.stem, judged.content.body) == ("种类包括：A.警告；B.罚款。", {"key": True})
    assert (stem.content, codes(stem)) == (None, ["key_missing"])


def test_headings_between_rows_give_kind_and_marks_and_a_row_with_its_kind_alone_is_left_out():
    reading = excel.read(
        as_csv(
            ("题干", "选项A", "选项B", "答案", "题型"),
            ("一、单选题（每题2分，共40分）", "", "", "", ""),
            ("甲", "子", "丑", "A", ""),
            ("二、判断题", "", "", "", ""),
            ("乙", "", "", "对", ""),
            ("", "", "", "", "多选题"),
        )
    )

    assert [(d.content and str(d.content.kind), d.content and d.content.marks, codes(d)) for d in reading.drafts] == [
        ("single_choice", 200, []),
        ("true_false", 100, []),
        (None, None, ["stem_missing"]),
    ]


@pytest.mark.parametrize(
    ("answer", "key"),
    [
        ("罚款", "B"), ("警告、罚款", "AB"), ("警告；罚款", "AB"), ("警告\n罚款", "AB"), ("B. 罚款", "B"), ("A.警告 B.罚款", "AB"), ('["A","B"]', "AB"),
        ("A#B", "AB"), ("A、B项", "AB"), ("B\u200b", "B"), ("B. 警告", None), ("警告、拘留", None), ("AB见解析", None), ("1", None), ("全部", None),
    ],
)  # fmt: skip
def test_an_answer_in_words_means_the_options_that_say_so_or_none(answer, key):
    draft = one(题型="不定项", 题干="甲", 选项A="警告", 选项B="罚款", 选项C="查封", 答案=answer)

    assert (draft.content and "".join(draft.content.body["key"])) == key
    assert codes(draft) == ([] if key else ["key_unclear"])


@pytest.mark.parametrize(
    ("answer", "key"), [("2", "B"), ("1,3", "AC"), ("1、2、3", "ABC"), ("4", None), ("13", None), ("1-2", None), ("B", "B")]
)
def test_where_options_are_numbered_answers_may_be(answer, key):
    draft = one(题型="不定项", 题干="甲", 选项1="子", 选项2="丑", 选项3="寅", 答案=answer)

    assert (draft.content and "".join(draft.content.body["key"])) == key
    assert ("key_by_number" in codes(draft)) == (key is not None and answer != "B")


def test_a_number_that_an_option_says_is_that_option():
    assert one(题型="单选", 题干="甲", 选项1="3", 选项2="2", 选项3="1", 答案="3").content.body["key"] == ["A"]


@pytest.mark.parametrize(
    ("answer", "options", "key"), [("1", ("", ""), True), ("0", ("", ""), False), ("1", ("错误", "正确"), None)]
)
def test_one_and_nought_are_right_and_wrong_where_no_options_could_be_counted(answer, options, key):
    draft = one(题型="判断", 题干="甲", 选项A=options[0], 选项B=options[1], 答案=answer)

    assert (draft.content and draft.content.body["key"]) is key
    assert codes(draft) == (["key_unclear"] if key is None else ["truth_by_number"])


@pytest.mark.parametrize("word", ["✔️", "✅", "勾", "❌", "叉", "✖", "Χ"])
def test_signs_and_their_names_say_right_or_wrong(word):
    assert one(题型="判断", 题干="甲", 答案=word).content.body["key"] is (word in ("✔️", "✅", "勾"))


def test_answers_of_blanks_may_be_counted():
    assert blanks(one(题型="填空", 题干="____和____", 答案="（1）九（2）十")) == [["九"], ["十"]]
    assert blanks(one(题型="填空", 题干="【1】和【2】", 答案="1.九 2.十")) == [["九"], ["十"]]
    assert codes(one(题型="填空", 题干="____和____", 答案="1.九 2.十 3.百")) == ["blanks_differ"]


def test_percentages_are_read_as_shown_and_dates_are_told():
    def change(book):
        for cell, value, form in (("C2", 0.03, "0%"), ("D2", 0.055, "0.0%"), ("E2", 1, "0%"), ("F2", 5, '0"%"')):
            book.active[cell] = value
            book.active[cell].number_format = form
        book.active["C3"] = date(2021, 1, 22)

    first, second = read(
        as_xlsx(HEADER, ("单选", "甲", *[None] * 4, "A"), ("单选", "乙", None, "丑", None, None, "A"), change=change)
    ).drafts

    assert [option["html"] for option in first.content.body["options"]] == ["3%", "5.5%", "100%", "5"]
    assert [option["html"] for option in second.content.body["options"]] == ["2021-01-22", "丑"]
    assert [[(n.code, n.field) for n in d.notes] for d in (first, second)] == [[], [("cell_is_date", "选项A (C)")]]


def test_a_file_whose_headings_are_not_known_is_refused_with_what_it_begins_with():
    with pytest.raises(NoQuestions, match=r"编号 \| 内容"):
        read(as_csv(("编号", "内容"), ("1", "甲")), "题.csv")


def test_pictures_on_a_sheet_are_told_as_not_read():
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    for at, row in enumerate([("题型", "题干", "答案"), ("判断", "甲", "对")]):
        sheet.write_row(at, 0, row)
    sheet.insert_image("E2", "x.png", {"image_data": io.BytesIO(image())})
    book.close()

    reading = read(file.getvalue())

    assert len(reading.drafts) == 1
    assert [note.code for note in reading.notes] == ["images_not_read"]


def test_a_file_without_questions_is_refused():
    with pytest.raises(NoQuestions):
        excel.read(as_csv(("姓名", "单位"), ("张三", "某局")))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600])
def test_what_is_no_spreadsheet_is_refused(content):
    with pytest.raises(FileRefused):
        excel.read(content)
