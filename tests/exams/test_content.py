"""What an item cannot be: nobody could answer it, nobody could show it, no database could keep it."""

import pytest

from exams.content import WHOLE, CitedArticle, Content, ItemRefused, check, choice_body, is_empty, shown

PAIRS = {
    "left": [{"id": "1", "html": "甲"}, {"id": "2", "html": "乙"}],
    "right": [{"id": "A", "html": "子"}, {"id": "B", "html": "丑"}],
    "key": {"1": "A", "2": "B"},
}


def blank(*accepted):
    texts = [{"text": text, "fraction": fraction} for text, fraction in accepted]
    return {"blanks": [{"accepted": texts, "is_case_sensitive": False, "is_pattern": False}], "is_unordered": False}


def number(value, tolerance="0", fraction=WHOLE):
    return {"accepted": [{"value": value, "tolerance": tolerance, "fraction": fraction}], "unit": ""}


def part(name, kind="true_false", body=None, **more):
    return {"id": name, "kind": kind, "stem": "问", "body": body or {"key": True}, "policy": "exact", "marks": 100} | more


def options(*rows):
    return [{"id": name, "html": html, "fraction": None, "feedback": ""} for name, html in rows]


TWO = choice_body(["甲", "乙"], "A")
CHOICE = ("single_choice", TWO)


@pytest.mark.parametrize(
    ("kind", "body", "more", "code"),
    [
        (*CHOICE, {"stem": "甲\0"}, "character_unknown"),
        (*CHOICE, {"stem": "甲\ud800"}, "character_unknown"),
        (*CHOICE, {"topic": "\x07"}, "character_unknown"),
        (*CHOICE, {"citations": [CitedArticle("法", "1", "", ("\0",))]}, "character_unknown"),
        ("fill_blank", blank(("\0", WHOLE)), {}, "character_unknown"),
        (*CHOICE, {"stem": "<p>&nbsp;</p>"}, "stem_missing"),
        (*CHOICE, {"stem": "\u200b \u3000"}, "stem_missing"),
        ("single_choice", {"options": options(("A", "甲"), ("B", "<b> </b>")), "key": ["A"]}, {}, "option_empty"),
        ("single_choice", {"options": options(("A", "甲"), ("<b>", "乙")), "key": ["A"]}, {}, "name_invalid"),
        ("single_choice", {"options": options(("A", "甲"), ("B" * 21, "乙")), "key": ["A"]}, {}, "name_invalid"),
        ("multiple_choice", TWO | {"key": ["A", "A"]}, {}, "key_repeated"),
        (*CHOICE, {"policy": "fractions"}, "key_missing"),
        ("fill_blank", blank(("\u200b", WHOLE)), {}, "key_missing"),
        ("fill_blank", blank(("甲", 0)), {}, "key_missing"),
        ("numeric", number("1", fraction=0), {}, "key_missing"),
        ("numeric", number("1e999999999"), {}, "number_invalid"),
        ("numeric", number("1e-31"), {}, "number_invalid"),
        ("numeric", number("1", "-0.5"), {}, "number_invalid"),
        ("numeric", number("NaN"), {}, "number_invalid"),
        ("matching", PAIRS | {"left": [*PAIRS["left"], {"id": "1", "html": "丙"}]}, {}, "option_repeated"),
        ("matching", PAIRS | {"right": [*PAIRS["right"], {"id": "C", "html": "<p></p>"}]}, {}, "option_empty"),
        ("essay", {"rubric": [{"text": "点", "marks": -1}], "model_answer": ""}, {}, "marks_invalid"),
        ("case_analysis", {"questions": [part("1"), part("1")]}, {}, "option_repeated"),
        ("case_analysis", {"questions": [part("1", kind="foo")]}, {}, "kind_unknown"),
        ("case_analysis", {"questions": [part("1", policy="foo")]}, {}, "policy_unknown"),
        ("case_analysis", {"questions": [part("1", *CHOICE, policy="fractions")]}, {}, "key_missing"),
    ],
)
def test_what_cannot_be_is_refused_by_the_rule_it_breaks(kind, body, more, code):
    with pytest.raises(ItemRefused) as refused:
        check(Content(kind, **({"stem": "题"} | more), body=body))
    assert refused.value.code == code
    assert str(refused.value)


@pytest.mark.parametrize(
    ("kind", "body", "more"),
    [
        (*CHOICE, {"stem": '<p><img src="a.png"></p>'}),
        (*CHOICE, {"stem": "第一行\n\t第二行"}),
        (*CHOICE, {"stem": "1 < 2"}),
        ("fill_blank", blank(("<", WHOLE)), {}),
        ("fill_blank", blank(("<b>", WHOLE)), {}),
        ("numeric", number("1" + "0" * 29, "0.000000000000000000000000000001"[:31]), {}),
        ("matching", PAIRS, {}),
        ("case_analysis", {"questions": [part("1"), part("2")]}, {}),
    ],
)
def test_what_can_be_is_let_through(kind, body, more):
    check(Content(kind, **({"stem": "题"} | more), body=body))


def test_what_shows_nothing_is_empty_and_an_image_shows_something():
    assert [is_empty(text) for text in ("", " ", "&nbsp;", "<p><br></p>", "\ufeff", "<", "&lt;", "<IMG src=x>", "0")] == [
        True, True, True, True, True, False, False, False, False,
    ]  # fmt: skip
    assert shown("a\0b\ud800c\n") == "a\ufffdb\ufffdc\n"
