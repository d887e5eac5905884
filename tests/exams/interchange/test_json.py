"""Questions as JSON: lines of other people, objects by the names of columns, and shapes that are refused."""

import json

import pytest

from exams.content import WHOLE
from exams.interchange import read
from exams.interchange.jsonl import NoJson


def drafts_of(value, filename=""):
    content = value if isinstance(value, bytes) else json.dumps(value, ensure_ascii=False).encode()
    return read(content, filename, "json").drafts


def codes(draft):
    return [note.code for note in draft.notes]


def test_lines_that_are_no_objects_are_told_and_the_others_read():
    content = '{"input": "甲:\\nA: 子\\nB: 丑", "answer": "B"}\nnot json\n\n{"input": "乙", "answer": ""}\n[1]'.encode()

    drafts = drafts_of(content)

    assert [(d.place, d.content and d.content.body["key"], codes(d)) for d in drafts] == [
        ("1", ["B"], ["kind_inferred"]),
        ("2", None, ["json_unreadable"]),
        ("4", None, ["kind_missing"]),
        ("5", None, ["json_unreadable"]),
    ]


@pytest.mark.parametrize(
    "row",
    [
        {"question": "甲", "options": {"A": "子", "B": "丑"}, "answer": "B", "type": "单选题"},
        {"question": "甲", "options": ["子", "丑"], "answer": ["B"], "type": "single"},
        {"题干": "甲", "选项": "A.子 B.丑", "答案": "B", "题型": "单选"},
        {"题目": "甲", "选项A": "子", "选项B": "丑", "正确答案": "B", "题目类型": "单项选择题"},
        {"question": "甲", "A": "子", "B": "丑", "answer": "B", "type": "单选"},
    ],
)
@pytest.mark.parametrize(
    "wrap", [lambda row: [row], lambda row: {"items": [row]}, lambda row: row], ids=["list", "named", "alone"]
)
def test_objects_by_the_names_of_columns_are_read(row, wrap):
    (draft,) = drafts_of(wrap(row))

    content = draft.content
    assert (content.kind, content.stem, content.body["key"]) == ("single_choice", "甲", ["B"])
    assert [option["html"] for option in content.body["options"]] == ["子", "丑"]


OWN = {
    "code": "x-1",
    "kind": "single_choice",
    "stem": "甲",
    "body": {"options": [{"id": "A", "html": "子"}, {"id": "B", "html": "丑", "fraction": WHOLE}], "key": ["B"]},
}


def test_our_own_shape_fills_in_what_is_usual():
    (draft,) = drafts_of({"items": [OWN]})

    assert draft.content.body["options"] == [
        {"id": "A", "html": "子", "fraction": None, "feedback": ""},
        {"id": "B", "html": "丑", "fraction": WHOLE, "feedback": ""},
    ]
    assert (draft.code, draft.content.marks, draft.content.policy, draft.notes) == ("x-1", 100, "exact", [])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"body": {"options": "AB", "key": ["A"]}}, "shape_wrong"),
        ({"body": {"options": [{"id": 1, "html": "子"}], "key": ["A"]}}, "shape_wrong"),
        ({"body": {"options": OWN["body"]["options"], "key": "B"}}, "shape_wrong"),
        ({"body": {"options": OWN["body"]["options"], "key": ["C"]}}, "key_beyond_options"),
        ({"body": {"options": [{"id": "A", "html": "子", "fraction": 10**9}] * 2, "key": ["A"]}}, "shape_wrong"),
        ({"kind": "true_false", "body": {"key": "A"}}, "shape_wrong"),
        ({"kind": "hotspot"}, "shape_wrong"),
        ({"marks": "many"}, "shape_wrong"),
        ({"marks": True}, "shape_wrong"),
        ({"marks": 0}, "marks_invalid"),
        ({"stem": None}, "shape_wrong"),
        ({"stem": " "}, "stem_missing"),
        ({"difficulty": 9}, "difficulty_invalid"),
        ({"policy": "magic"}, "policy_unknown"),
        ({"audience": "all"}, "shape_wrong"),
        ({"citations": [{"ref": "9"}]}, "shape_wrong"),
        ({"classification": "secret"}, "shape_wrong"),
        ({"expires_on": "soon"}, "shape_wrong"),
        ({"images": {"a": "!"}}, "shape_wrong"),
        ({"images": [1]}, "shape_wrong"),
        ({"is_admin": True}, "shape_wrong"),
        (
            {"kind": "case_analysis", "body": {"questions": [{"id": "1", "kind": "case_analysis", "stem": "x", "body": {}}]}},
            "shape_wrong",
        ),
    ],
)
def test_an_object_of_another_shape_is_left_out_with_its_reason(change, code):
    (draft,) = drafts_of([OWN | change])

    assert (draft.content, codes(draft)) == (None, [code])


@pytest.mark.parametrize("content", [b"[]", b"{", b"[1, 2", b"nothing", b"[" * 100_000, b'"text"', b"{}x"])
def test_what_is_no_json_with_questions_is_refused(content):
    with pytest.raises(NoJson):
        drafts_of(content)
