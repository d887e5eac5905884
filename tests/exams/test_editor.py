"""What an author types becomes the content, and comes back as it was typed."""

import json
from types import SimpleNamespace

import pytest
from django.http import QueryDict

from exams import editor, fixtures
from exams.content import CitedArticle, ItemRefused, check
from exams.scoring import DEFAULT_POLICY


def given(**fields) -> QueryDict:
    found = QueryDict(mutable=True)
    for name, value in fields.items():
        found.setlist(name, value if isinstance(value, list) else [str(value)])
    return found


def shipped():
    for path in sorted((fixtures.SHIPPED / "items").glob("*.json")):
        yield from fixtures.drafts_of(json.loads(path.read_text()))


def test_every_shipped_question_comes_back_from_the_editor_as_it_was():
    count = 0
    for draft in shipped():
        content = draft.content
        laws = SimpleNamespace(select_related=lambda *_: ())
        fields = editor.fields_for(
            SimpleNamespace(**{name: getattr(content, name) for name in content.__slots__} | {"citations": laws})
        )
        if not fields.get("is_unordered", True):
            del fields["is_unordered"]
        again = editor.content_from(content.kind, given(**{k: v for k, v in fields.items() if v is not False}), content.body)
        again.citations = content.citations
        assert again == content, draft.code
        count += 1
    assert count == 481


def test_signs_mean_themselves_and_markup_stays():
    assert editor.typed("罚款<500元 & 警告\n或者") == "罚款&lt;500元 &amp; 警告<br>或者"
    assert editor.typed("<b>应当</b>") == "<b>应当</b>"
    assert editor.to_type("罚款&lt;500元 &amp; 警告<br>或者") == "罚款<500元 & 警告\n或者"
    assert editor.to_type("<b>应当</b>") == "<b>应当</b>"


def test_a_choice_keeps_what_an_imported_option_carries():
    known = {
        "options": [
            {"id": "A", "html": "甲", "fraction": 5_000_000, "feedback": "近"},
            {"id": "B", "html": "乙", "fraction": None, "feedback": ""},
        ],
        "key": ["B"],
    }
    body = editor.body_from("single_choice", given(option_A="甲甲", option_B="乙", option_C="丙", key=["C"]), known=known)
    assert body["options"][0] == {"id": "A", "html": "甲甲", "fraction": 5_000_000, "feedback": "近"}
    assert body["key"] == ["C"]


@pytest.mark.parametrize(
    ("line", "cited"),
    [
        ("行政处罚法 第九条", CitedArticle("行政处罚法", "9")),
        ("《中华人民共和国行政处罚法》第一百零三条之一", CitedArticle("中华人民共和国行政处罚法", "103-1")),
        ("行政处罚法", CitedArticle("行政处罚法", "")),
        ("行政处罚法（2021-01-22）第9条", CitedArticle("行政处罚法", "9", "2021-01-22")),
    ],
)
def test_a_citation_is_typed_as_people_say_it(line, cited):
    assert editor.citations_from(line) == [cited]


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("matching", {"answer": "甲 乙"}, "pair_unclear"),
        ("essay", {"answer": "要点"}, "point_unclear"),
        ("essay", {"answer": "要点 = 很多"}, "marks_invalid"),
        ("true_false", {}, "key_missing"),
        ("single_choice", {"option_A": "甲", "option_B": "乙"}, "key_missing"),
        ("numeric", {"answer": "六十"}, "number_invalid"),
        ("spelling", {}, "kind_unknown"),
    ],
)
def test_what_cannot_be_read_is_said(kind, fields, code):
    with pytest.raises(ItemRefused) as refused:
        check(editor.content_from(kind, given(stem="题干", **fields)))
    assert refused.value.code == code


def test_every_kind_has_its_scoring_rule():
    assert editor.content_from("fill_blank", given(stem="____", answer="六十|60")).policy == DEFAULT_POLICY["fill_blank"]
