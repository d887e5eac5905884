"""GIFT: every question once, as Moodle reads it; what we write comes back as it was."""

import copy
import json

import pytest

from exams.content import WHOLE, Content, check, choice_body
from exams.interchange import read, sniff
from exams.interchange.gift import GiftNotUtf8, NoGift, write
from exams.interchange.gift import read as read_gift
from exams.models import ItemKind, Policy
from tests.exams.interchange.written import KINDS, OTHERWISE, blank, blanks, exported, with_fractions

K = ItemKind


def drafts(text: str) -> list:
    return read_gift(text.encode()).drafts


def one(text: str) -> Content:
    (draft,) = drafts(text)
    assert draft.content is not None, [(note.code, note.value) for note in draft.notes]
    check(draft.content)
    return draft.content


def notes(text: str) -> list[tuple[str, str]]:
    return [(note.code, note.value) for draft in drafts(text) for note in draft.notes]


def refusal(text: str) -> str:
    (draft,) = drafts(text)
    (code,) = (note.code for note in draft.notes if note.is_refusal)
    assert draft.content is None
    return code


@pytest.fixture
def folder(shared_data):
    return shared_data / "questions" / "gift"


@pytest.mark.data
def test_the_shared_file_gives_its_questions(folder):
    wanted = json.loads((folder / "expected.json").read_text())["gift"]["questions.gift.txt"]
    content = (folder / "questions.gift.txt").read_bytes()

    reading = read(content, "questions.gift.txt")

    assert reading.format == sniff(content, "questions.gift.txt") == "gift"
    assert [draft.content is not None for draft in reading.drafts] == [True] * wanted["imported"]
    names = ["Q8", "Moodle activities", "Q2", "colours", "Q5", "Shortanswer", "Q1", "2-08 TSL", "2-08 TSL"]
    assert [draft.code for draft in reading.drafts] == names
    essay, pairs, single, several, number, short, false, true, true_too = (draft.content for draft in reading.drafts)
    assert (essay.kind, essay.stem) == (K.ESSAY, "How are you?")
    assert pairs.body["left"][2]["html"] == "A bank of record entries which participants can add to."
    assert [one["html"] for one in pairs.body["right"]] == ["Forum", "Choice", "Database", "Wiki", "Chat"]
    assert pairs.body["key"] == {"1": "A", "2": "B", "3": "C", "4": "D"}
    assert (single.kind, single.body["key"], single.policy) == (K.SINGLE_CHOICE, ["A"], Policy.EXACT)
    assert [one["feedback"] for one in single.body["options"]] == ["right; good!", "wrong, it's yellow", "wrong, it's yellow"]
    assert (several.kind, several.body["key"], several.policy) == (K.MULTIPLE_CHOICE, ["A", "C"], Policy.FRACTIONS)
    assert [one["fraction"] for one in several.body["options"]] == [WHOLE // 2, -WHOLE, WHOLE // 2, -WHOLE]
    assert number.body == {"accepted": [{"value": "3", "tolerance": "2", "fraction": WHOLE}], "unit": ""}
    assert short.body["blanks"] == [blank(("Frog", WHOLE), ("Cat", WHOLE // 2))]
    assert (false.kind, false.body) == (K.TRUE_FALSE, {"key": False})
    assert false.explanation == "This is, of course, a Hitchiker's Guide to the Galaxy reference."
    assert (true.body, true_too.body) == ({"key": True}, {"key": True})


@pytest.mark.data
def test_the_shared_file_that_is_not_utf8_is_refused_as_a_whole(folder):
    name = "questions_encoding_windows-1252.gift.txt"

    with pytest.raises(GiftNotUtf8, match=r"UTF-8"):
        read((folder / name).read_bytes(), name)


def test_a_file_without_a_question_is_refused():
    for text in ("", "// only a comment\n\n$CATEGORY: a/b\n", "\0{T}"):
        with pytest.raises(NoGift):
            read_gift(text.encode())


def test_a_byte_order_mark_and_line_ends_of_windows_change_nothing():
    assert [draft.content.stem for draft in read_gift("\ufeff甲{T}\r\n\r\n乙{F}\r\n".encode()).drafts] == ["甲", "乙"]


@pytest.mark.parametrize(
    ("text", "kind", "stem", "body"),
    [
        ("Grant is {~buried =entombed ~living} there.", K.SINGLE_CHOICE, "Grant is ____ there.", choice_body(["buried", "entombed", "living"], "B")),
        ("Two plus two equals {=four =4}.", K.FILL_BLANK, "Two plus two equals ____ .", blanks(blank(("four", WHOLE), ("4", WHOLE)))),
        ("Name it: ________ {Frog}", K.FILL_BLANK, "Name it: ____", blanks(blank(("Frog", WHOLE)))),
        ("A{=a*b}", K.FILL_BLANK, "A", blanks(blank(("a*b", WHOLE), is_pattern=True))),
        (r"A{=a\\*b}", K.FILL_BLANK, "A", blanks(blank(("a*b", WHOLE)))),
        ("A{TRUE}", K.TRUE_FALSE, "A", {"key": True}),
        ("A{ f }", K.TRUE_FALSE, "A", {"key": False}),
        (r"\{a\}\: 5 \~ \# \\ x{T}", K.TRUE_FALSE, "{a}: 5 ~ # \\ x", {"key": True}),
        (r"a\nb < c{T}", K.TRUE_FALSE, "a<br>b &lt; c", {"key": True}),
        ("[html]a<b>b</b>{T}", K.TRUE_FALSE, "a<b>b</b>", {"key": True}),
        ("[plain]a<b>b</b>{T}", K.TRUE_FALSE, "a&lt;b&gt;b&lt;/b&gt;", {"key": True}),
        ("[html][html]a{T}", K.TRUE_FALSE, "[html]a", {"key": True}),
        ("[foo]a{T}", K.TRUE_FALSE, "[foo]a", {"key": True}),
        ("A{#1822}", K.NUMERIC, "A", {"accepted": [{"value": "1822", "tolerance": "0", "fraction": WHOLE}], "unit": ""}),
        ("A{#3.141..3.142}", K.NUMERIC, "A", {"accepted": [{"value": "3.1415", "tolerance": "0.0005", "fraction": WHOLE}], "unit": ""}),
        (
            "A{#\n =1822:0\n =%50%1820..1824\n}",
            K.NUMERIC,
            "A",
            {"accepted": [{"value": "1822", "tolerance": "0", "fraction": WHOLE}, {"value": "1822", "tolerance": "2", "fraction": WHOLE // 2}], "unit": ""},
        ),
        ("A{}", K.ESSAY, "A", {"rubric": [], "model_answer": ""}),
        (
            "Two?{\n\n ~%33.33333%a\n\n ~%33.333%b ~%33.3333%c\n~%-16.667%d\n\n}",
            K.MULTIPLE_CHOICE,
            "Two?",
            with_fractions(choice_body(["a", "b", "c", "d"], "ABC"), 3_333_333, 3_333_333, 3_333_333, -1_666_667),
        ),
        (r"A{~ \= 2 + 2 = \= 2 + 3}", K.SINGLE_CHOICE, "A", choice_body(["= 2 + 2", "= 2 + 3"], "B")),
        (
            "A{=a -> x =b->y =->z =c -> x}",
            K.MATCHING,
            "A",
            {
                "left": [{"id": "1", "html": "a"}, {"id": "2", "html": "b"}, {"id": "3", "html": "c"}],
                "right": [{"id": "A", "html": "x"}, {"id": "B", "html": "y"}, {"id": "C", "html": "z"}],
                "key": {"1": "A", "2": "B", "3": "A"},
            },
        ),
    ],
)  # fmt: skip
def test_a_question_is_read_as_its_kind(text, kind, stem, body):
    content = one(text)

    assert (content.kind, content.stem, content.body) == (kind, stem, body)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("只是一段文字。", "description"),
        ("A{~a ~b}", "key_missing"),
        ("A{=%0%a}", "key_missing"),
        ("A{=a", "brace_unclosed"),
        ("A{=a} and {=b}", "braces_unclear"),
        ("A{=a {b} c}", "braces_unclear"),
        ("A{a ~b =c}", "answers_unclear"),
        ("A{~%50,5%a =b}", "fraction_invalid"),
        ("A{~%150%a =b}", "fraction_invalid"),
        ("A{#}", "key_missing"),
        ("A{#x}", "number_invalid"),
        ("A{#5..3}", "number_invalid"),
        ("A{=a -> b =c}", "pair_incomplete"),
        ("A{=a -> b}", "options_missing"),
        ("A{=a}".replace("A", ""), "stem_missing"),
        ("A{=only ~}", "option_empty"),
        (r"A{=a*b\\*c}", "wildcard_mixed"),
    ],
)
def test_what_is_no_question_of_ours_is_left_out_with_its_reason(text, code):
    assert refusal(text) == code


def test_categories_titles_comments_and_tags():
    text = (
        "// 题库\n$CATEGORY: $course$/top/行政处罚/听证\n\n"
        "// question: 7  name: x [id:Q-7] [tag:bank:difficulty=4] [tag:old] \n::标题::甲{T}\n\n"
        "$CATEGORY: tom/and//or\n::乙::乙是{F}\n// 中间\n\n$CATEGORY: top\n丙{T}"
    )

    first, second, third = drafts(text)

    assert [(d.place, d.code, d.content.topic) for d in (first, second, third)] == [
        ("5", "Q-7", "行政处罚/听证"),
        ("8", "", "tom/and/or"),
        ("12", "", ""),
    ]
    assert first.content.difficulty == 4
    assert [(note.code, note.value) for note in first.notes] == [("tags_left_out", "old")]


def test_questions_without_a_blank_line_between_are_told_apart_and_told():
    found = drafts("::a::甲{T}\n::b::乙{\n=x\n=y\n}\n丙是\n什么{F}\n尾\n\n丁{T}")

    assert [draft.content.stem for draft in found] == ["甲", "乙", "丙是<br>什么 尾", "丁"]
    assert [[note.code for note in draft.notes] for draft in found] == [[], ["blank_line_missing"], ["blank_line_missing"], []]


def test_braces_that_stay_open_take_no_other_question_with_them():
    found = drafts("甲{=a\n\n::t::乙{T}\n\n丙{~x\n\n丁是{F}\n\n戊{T}")

    assert [draft.content and draft.content.stem for draft in found] == [None, "乙", None, "丁是", "戊"]
    assert [note.code for draft in found for note in draft.notes] == ["brace_unclosed", "brace_unclosed"]


def test_a_title_ends_braces_that_stay_open():
    assert [draft.place for draft in drafts("甲{=a\n\n::t::说明\n=b}")] == ["1", "3"]


def test_a_wrong_option_of_several_takes_all_away_for_others_too():
    text = write([exported(Content(K.MULTIPLE_CHOICE, "哪些？", choice_body(["甲", "乙", "丙"], "AC")))]).content.decode()

    assert [line.strip() for line in text.splitlines() if line.startswith("\t")] == [
        "~%50%[html]甲",
        "~%-100%[html]乙",
        "~%50%[html]丙",
    ]


def test_what_has_no_place_is_told():
    assert notes("甲{F#错了#对了}") == [("feedback_as_explanation", ""), ("feedback_left_out", "错了")]
    assert notes("甲{F#错了#对了####总}") == [("feedback_left_out", "错了 | 对了")]
    assert notes("[markdown]**甲**{T}") == [("markdown_as_text", "**甲**")]
    assert notes("[html]<a href='x'>甲</a><script>1</script>{T}") == [("markup_left_out", "<a> <script>")]
    assert notes("甲{=a =b ~c}") == [("several_right", "AB")]
    assert notes("甲{~%50%a ~%25%b}") == [("fractions_sum", "75")]
    assert notes("甲{=%80%a}") == [("best_earns_less", "80")]
    assert notes("甲{=a =%0%b}") == [("answers_earn_nothing", "b")]
    assert notes("____与____{=a}") == [("underscores_shortened", "")]


def test_an_answer_that_earns_nothing_stays_where_a_wildcard_would_take_it():
    assert one("甲{=%0%abc =a* =%0%*}").body["blanks"] == [blank(("abc", 0), ("a*", WHOLE), is_pattern=True)]


@pytest.mark.parametrize("name", KINDS)
def test_an_item_comes_back_as_it_was(name):
    item = exported(copy.deepcopy(KINDS[name]))
    check(item.content)

    written = write([item])
    (draft,) = read_gift(written.content).drafts

    said = [note.code for note in written.notes.get(item.code, [])]
    assert said == (["scored_otherwise"] if name in OTHERWISE else [])
    assert draft.content == KINDS[name]
    facts = (draft.code, draft.classification, draft.source, draft.expires_on)
    assert facts == (item.code, item.classification, item.source, item.expires_on)
    assert draft.notes == []


def test_what_gift_cannot_hold_is_told_and_left_out():
    case = {"questions": [{"id": "1", "kind": K.TRUE_FALSE, "stem": "甲", "body": {"key": True}, "policy": "exact", "marks": 100, "explanation": ""}]}  # fmt: skip
    unheld = [
        Content(K.CASE_ANALYSIS, "材料", case),
        Content(K.FILL_BLANK, "____与____", blanks(blank(("a", WHOLE)), blank(("b", WHOLE)))),
        Content(K.TRUE_FALSE, '<img src="media:aa">', {"key": True}),
        Content(K.FILL_BLANK, "甲", blanks(blank(("a->b", WHOLE)))),
    ]
    for content in unheld:
        written = write([exported(content)])

        assert written.content == b""
        assert [(note.code, note.is_refusal) for note in written.notes["题-1:a"]] == [("cannot_hold", True)]


def test_what_a_marker_is_told_and_case_stand_in_tags():
    rubric = {"rubric": [{"text": "主体]", "marks": 200}], "model_answer": "应当\\n行"}
    essay = write([exported(Content(K.ESSAY, "论述", rubric))])
    case = write([exported(Content(K.FILL_BLANK, "写", blanks(blank(("WTO", WHOLE), is_case_sensitive=True)), "proportional"))])

    assert essay.notes == {}
    assert read_gift(essay.content).drafts[0].content.body == rubric
    assert [(note.code, note.value) for note in case.notes["题-1:a"]] == [("scored_otherwise", "is_case_sensitive")]
    assert read_gift(case.content).drafts[0].content.body["blanks"][0]["is_case_sensitive"] is True


def test_the_topic_of_each_item_is_its_category():
    items = [exported(Content(K.TRUE_FALSE, stem, {"key": True}, topic=topic)) for stem, topic in (("甲", "一"), ("乙", ""), ("丙", "二"))]  # fmt: skip

    assert [draft.content.topic for draft in read_gift(write(items).content).drafts] == ["一", "", "二"]


@pytest.mark.parametrize("name", ["a.txt", "a.gift", "a.gift.txt"])
def test_our_own_file_is_told_from_other_text(name):
    stem = "下列答案，\nA. 甲"
    content = write([exported(Content(K.TRUE_FALSE, stem, {"key": True}, topic="处罚", explanation="答案：见条文"))]).content

    assert read(content, name).format == "gift"
    assert sniff("::一::甲{T}\n答案：x".encode(), name) == "gift"
