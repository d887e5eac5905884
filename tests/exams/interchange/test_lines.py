"""Questions written one below the other: where they begin and end, where their answers stand."""

import pytest

from exams.content import CitedArticle
from exams.interchange import read
from exams.interchange.lines import NoNumberedQuestions, read_lines
from exams.interchange.lines import read as read_text


def reading_of(text, filename=""):
    return read_lines(text.strip("\n").split("\n"), filename=filename)


def drafts_of(text, filename=""):
    return reading_of(text, filename).drafts


def codes(draft):
    return [note.code for note in draft.notes]


def options(draft):
    return [option["html"] for option in draft.content.body["options"]]


def keys(drafts):
    return [
        None if d.content is None else "".join(d.content.body["key"]) if "options" in d.content.body else d.content.body["key"]
        for d in drafts
    ]


STYLES = {
    "points": "1. 甲（　）\nA. 子\nB. 丑\n答案：A\n解析：因为\n2. 乙（　）\nA. 子\nB. 丑\n答案：B\n解析：所以",
    "commas": "1、甲（　）\nA、子\nB、丑\n正确答案：A\n解析：因为\n2、乙（　）\nA、子\nB、丑\n正确答案：B\n解析：所以",
    "wide": "１．甲（　）\nＡ．子　Ｂ．丑\n【答案】Ａ\n【解析】因为\n２．乙（　）\nＡ．子　Ｂ．丑\n【答案】Ｂ\n【解析】所以",
    "one line": "1. 甲（　） A.子 B.丑 答案：A 解析：因为\n2. 乙（　） A.子 B.丑 答案：B 解析：所以",
    "in the stem": "1. 甲（ A ）\nA. 子 B. 丑\n解析：因为\n2. 乙（ B ）\nA. 子 B. 丑\n解析：所以",
    "before the number": "（A）1. 甲（　）\nA. 子 B. 丑\n解析：因为\n（B）2. 乙（　）\nA. 子 B. 丑\n解析：所以",
    "worded": "第1题 甲（　）\nA. 子\nB. 丑\n参考答案：A\n答案解析：因为\n第2题：乙（　）\nA. 子\nB. 丑\n参考答案：B\n答案解析：所以",
    "answer below": "1. 甲（　）\nA. 子\nB. 丑\n答案：\nA\n解析：\n因为\n2. 乙（　）\nA. 子\nB. 丑\n答案：\nB\n解析：\n所以",
    "answer first": "101\n甲（　）\n正确答案：A\nA：子\nB：丑\n解析：因为\n102\n乙（　）\n正确答案：B\nA：子\nB：丑\n解析：所以",
    "brackets": "（1）甲（　）\n（A）子\n（B）丑\n【答案】A【解析】因为\n（2）乙（　）\n（A）子\n（B）丑\n【答案】B【解析】所以",
}


@pytest.mark.parametrize("text", STYLES.values(), ids=STYLES)
def test_a_question_is_read_in_every_style(text):
    drafts = drafts_of(text, "单选题.docx")

    assert [draft.content and draft.content.stem for draft in drafts] == ["甲（　）", "乙（　）"]
    assert [options(draft) for draft in drafts] == [["子", "丑"], ["子", "丑"]]
    assert keys(drafts) == ["A", "B"]
    assert [draft.content.explanation for draft in drafts] == ["因为", "所以"]
    assert [draft.notes for draft in drafts] == [[], []]


def test_headings_give_kind_and_marks():
    reading = reading_of("""
某区行政执法人员考试试卷
一、单项选择题（本大题共2小题，每小题1分，共2分）
1. 甲（ A ）
A. 子 B. 丑
2. 乙（ B ）
A. 子 B. 丑
二、多项选择题：每题2分，多选、少选均不得分
1. 丙（ AB ）
A. 子 B. 丑 C. 寅
（三）判断题
1. 丁。（√）
2. 戊。（ × ）
3. 己。（错误）
四、填空题
1. ____年内未被发现的，不再处罚。
答案：二|两
五、简答题
1. 简述处罚的原则。（10分）
【参考答案】
1. 公开
2. 公正
【评分标准】
公开（4分）
公正（6分）
2. 什么是法？
答：规范。
六、论述题
1. 论法治。
答案：略
""")

    assert [(d.place, str(d.content.kind), d.content.marks) for d in reading.drafts] == [
        ("单选题第1题", "single_choice", 100),
        ("单选题第2题", "single_choice", 100),
        ("多选题第1题", "multiple_choice", 200),
        ("判断题第1题", "true_false", 100),
        ("判断题第2题", "true_false", 100),
        ("判断题第3题", "true_false", 100),
        ("填空题第1题", "fill_blank", 100),
        ("简答题第1题", "short_answer", 1000),
        ("简答题第2题", "short_answer", 100),
        ("论述题第1题", "essay", 100),
    ]
    assert keys(reading.drafts[3:6]) == [True, False, False]
    essay = reading.drafts[7].content
    assert (essay.stem, essay.body["model_answer"]) == ("简述处罚的原则。", "1. 公开<br>2. 公正")
    assert [point["marks"] for point in essay.body["rubric"]] == [400, 600]
    assert reading.drafts[8].content.body["model_answer"] == "规范。"
    assert [(note.code, note.value) for note in reading.notes] == [("line_passed_over", "某区行政执法人员考试试卷")]


def test_enumerations_in_stem_and_explanation_are_no_questions():
    drafts = drafts_of("""
一、单选题
1. 下列说法正确的是：
1. 甲说
2. 乙说
A. 1 B. 2
答案：A
解析：1. 甲对。
2. 乙错。
3. 丙不知。
2. 另一题（　）
A. 子
B. 丑
答案：B
""")

    assert [d.content.stem for d in drafts] == ["下列说法正确的是：<br>1. 甲说<br>2. 乙说", "另一题（　）"]
    assert drafts[0].content.explanation == "1. 甲对。<br>2. 乙错。<br>3. 丙不知。"


@pytest.mark.parametrize(
    "keys_text",
    [
        "一、单选题\n1-3：ABA\n二、多选题\n1．AB 2．ABC\n三、判断题\n1．√ 2．×",
        "一、单项选择题\n1.A 2.B 3.A\n二、多项选择题\n1-2 AB ABC\n三、判断题\n1-2 √×",
        "一、单选题\n1. A\n2. B\n3. A\n二、多选题\n1. AB\n2. ABC\n三、判断题\n1. 正确\n2. 错误",
    ],
)
def test_answers_at_the_end_are_matched_by_section_and_number(keys_text):
    reading = reading_of(f"""
一、单选题
1．甲（ ）
A．子 B．丑
2．乙（ ）
A．子 B．丑
3．丙（ ）
A．子 B．丑
二、多选题
1．丁（ ）
A．子 B．丑 C．寅
2．戊（ ）
A．子 B．丑 C．寅
三、判断题
1．己。
2．庚。
参考答案
{keys_text}
""")

    assert keys(reading.drafts) == ["A", "B", "A", "AB", "ABC", True, False]
    assert reading.notes == []


def test_answers_at_the_end_with_explanations_and_words():
    drafts = drafts_of("""
一、单选题
1．甲（ ）
A．子
B．丑
2．乙（ ）
A．子
B．丑
二、简答题
1．什么是法？
参考答案及解析
一、单选题
1.【答案】A 【解析】因为
2.【答案】B
【解析】所以
二、简答题
1. 法是规范。
由国家强制力保证。
""")

    assert keys(drafts[:2]) == ["A", "B"]
    assert [d.content.explanation for d in drafts[:2]] == ["因为", "所以"]
    assert drafts[2].content.body["model_answer"] == "法是规范。<br>由国家强制力保证。"


def test_a_list_of_answers_that_does_not_fit_is_told():
    reading = reading_of("""
一、单选题
1．甲（ ）
A．子 B．丑
2．乙（ ）
A．子 B．丑
参考答案
一、单选题
1-2：ABA
9. C
""")

    assert [(d.content, codes(d)) for d in reading.drafts] == [(None, ["key_missing"]), (None, ["key_missing"])]
    assert [(n.code, n.value) for n in reading.notes] == [("key_range_unclear", "1-2 ABA"), ("key_without_question", "单选题9")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1. 甲（　）\nA. 子\nB. 丑", "key_missing"),
        ("1. 甲（　）\nA. 子\nB. 丑\n答案：C", "key_beyond_options"),
        ("1. 甲（　）\nA. 子\nA. 丑\nB. 寅\n答案：A", "option_repeated"),
        ("1. 甲（　）\nA. 子\nB. 丑\nD. 卯\n答案：A", "option_missing"),
        ("1. 甲（　）\nB. 丑\nC. 寅\n答案：B", "option_missing"),
        ("101\n甲（　）A子\n正确答案：AB\nB. 丑\nC. 寅", "option_missing"),
        ("1. \nA. 子\nB. 丑\n答案：A", "stem_missing"),
        ("1. 甲（　）\nA. 子\nB. 丑\n答案：A\n正确答案：B", "answers_contradict"),
        ("1. 甲（　）\nA. 子\nB. 丑\n答案：AB", "key_not_single"),
        ("1. 甲（　）\n答案：A", "options_missing"),
        ("1. 甲（ A ）乙（ B ）\nA. 子\nB. 丑", "key_missing"),
    ],
)
def test_a_question_that_cannot_be_is_left_out_with_its_reason(text, code):
    (draft,) = drafts_of(text, "单选.txt")

    assert (draft.content, codes(draft)) == (None, [code])


def test_questions_that_share_material_become_a_case():
    drafts = drafts_of("""
一、不定项选择题
某区城管局拆除丙的房屋，丙不服。
根据以上材料，回答1-2题：
1. 丙可以（　）
A. 申请复议 B. 提起诉讼
答案：AB
2. 被告是（　）
A. 区城管局 B. 市政府
答案：A
3. 另一题（　）
A. 子 B. 丑
答案：A
""")

    case, alone = drafts
    assert case.content.stem == "某区城管局拆除丙的房屋，丙不服。<br>根据以上材料，回答1-2题："
    assert [(q["kind"], q["stem"], q["body"]["key"]) for q in case.content.body["questions"]] == [
        ("indefinite_choice", "丙可以（　）", ["A", "B"]),
        ("indefinite_choice", "被告是（　）", ["A"]),
    ]
    assert case.place == "第1–2题"
    assert (alone.place, alone.content.stem) == ("不定项选择题第3题", "另一题（　）")


def test_a_case_asks_numbered_questions_below_its_material():
    drafts = drafts_of("""
六、案例分析题
案例一：某局未告知即处罚甲公司5万元。
甲公司不服。
（1）某局的做法是否合法？（5分）
【答案】不合法，应当告知。
（2）下列哪些是救济途径？（2分）
A. 复议 B. 诉讼 C. 信访
【答案】AB
案例二：乙被罚款。
问题1：应当向谁申请复议？
问题2：期限是多少？
【答案】（1）本级政府；（2）六十日
""")

    first, second = drafts
    assert first.content.stem == "某局未告知即处罚甲公司5万元。<br>甲公司不服。"
    assert [(q["kind"], q["stem"], q["marks"]) for q in first.content.body["questions"]] == [
        ("short_answer", "某局的做法是否合法？", 500),
        ("multiple_choice", "下列哪些是救济途径？", 200),
    ]
    assert [q["body"]["model_answer"] for q in second.content.body["questions"]] == ["本级政府", "六十日"]


def test_labels_give_every_other_word_of_a_question():
    (draft,) = drafts_of("""
1. 【单选题】下列属于处罚的是（　）。
A. 警告
B. 通报
【答案】A
【解析】见法条。
【难度】较难【知识点】种类【章节】处罚【分值】2
【法律名称】行政处罚法
【条款】第九条
【法律版本】2021-01-22
【适用对象】行政执法人员
【密级】公开
【来源】自编
【原题号】X-1
""")

    content = draft.content
    assert (draft.code, draft.source, draft.classification) == ("X-1", "自编", "open")
    assert (content.difficulty, content.knowledge_point, content.topic, content.marks) == (4, "种类", "处罚", 200)
    assert content.citations == [CitedArticle("行政处罚法", "9", "2021-01-22")]
    assert content.audience == ["enforcement_officer"]


def test_nothing_between_questions_is_dropped_silently():
    reading = reading_of("""
题库说明
1. 甲（　）
A. 子
B. 丑
答案：A
（以下由某科室补充）
2. 乙（　）
A. 子
B. 丑
答案：B
""", "单选题")  # fmt: skip

    assert keys(reading.drafts) == ["A", "B"]
    assert [note.value for note in reading.notes] == ["题库说明", "（以下由某科室补充）"]


def test_text_without_questions_is_refused():
    with pytest.raises(NoNumberedQuestions):
        read("这是一份通知。\n请各单位执行。".encode())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_plain_text_is_read_in_every_encoding(encoding):
    reading = read("一、单选题\n1. 行政处罚（　）\nA. 子\nB. 丑\n答案：A\n".encode(encoding), "题.txt")

    assert (reading.format, keys(reading.drafts)) == ("text", ["A"])


def test_the_answers_of_each_section_may_stand_in_one_line_of_a_list():
    found = drafts_of("""
一、单选题
1. 罚款由谁决定？
A. 甲局
B. 乙局
2. 谁可以听证？
A. 甲
B. 乙
二、判断题
1. 处罚要公开。
参考答案
一、单选题：1-2 AB
二、判断题：1.√
""")

    assert (keys(found), [d.content.kind for d in found]) == (["A", "B", True], ["single_choice", "single_choice", "true_false"])


def test_each_list_of_answers_is_for_the_questions_before_it():
    chapter = "1. 由谁决定？\nA. 甲局\nB. 乙局\n2. 谁可以申请？\nA. 甲\nB. 乙\n答案：1-2 "

    reading = reading_of(f"{chapter}AB\n第二章 许可\n{chapter}BA")

    assert keys(reading.drafts) == ["A", "B", "B", "A"]
    assert [(note.code, note.value) for note in reading.notes] == [("line_passed_over", "第二章 许可")]


@pytest.mark.parametrize("line", ["正确答案为 A。", "（答案：A）", "答案 A", "Answer: A", "本题答案是A"])
def test_a_line_that_says_nothing_but_the_answer_is_one(line):
    (draft,) = drafts_of(f"1. 由谁决定？\nA. 甲局\nB. 乙局\n{line}")

    assert (keys([draft]), options(draft)) == (["A"], ["甲局", "乙局"])


def test_page_numbers_between_questions_are_told_and_no_part_of_an_option():
    reading = reading_of("1. 由谁决定？\nA. 甲局\nB. 乙局\n- 2 -\n答案：A\n2. 谁申请？\nA. 甲\nB. 乙\n答案：B")

    assert (keys(reading.drafts), options(reading.drafts[0])) == (["A", "B"], ["甲局", "乙局"])
    assert [note.value for note in reading.notes] == ["- 2 -"]


def test_questions_of_markdown_lose_its_signs():
    reading = read_text("# 一、单选题\n1. 由谁决定？\n- A. 甲局\n- B. 乙局\n**答案：A**\n".encode(), "题.md")

    assert (keys(reading.drafts), options(reading.drafts[0])) == (["A"], ["甲局", "乙局"])
