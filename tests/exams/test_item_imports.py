"""A file on its way into the bank, down to the rows: whatever it says, it is taken, or left out with its reason."""

import json

import pytest

from exams import item_imports
from exams.models import Item, ItemImport
from tests.exams.bank import NOW, make_law
from tests.factories import make_person

pytestmark = pytest.mark.django_db
PLAIN = {
    "kind": "single_choice",
    "stem": "行政处罚由谁实施？",
    "body": {"options": [{"id": "A", "html": "行政机关"}, {"id": "B", "html": "商会"}], "key": ["A"]},
}


def received(*objects, name="题.json"):
    run = item_imports.keep(
        name=name, content=json.dumps(objects).encode(), by=make_person(name="作者"), now=NOW, options={}, format="json"
    )
    item_imports.read(run=run, now=NOW)
    return run


def rows(run):
    return [(row["outcome"], [note[0] for note in row["notes"]]) for row in ItemImport.objects.get(pk=run.pk).report["rows"]]


@pytest.mark.parametrize(
    "strange",
    [
        {"stem": "甲\0乙"},
        {"stem": "\ud800"},
        {"kind": "fill_blank", "stem": "____", "body": {"blanks": [{"accepted": [{"text": "\ud800"}]}]}},
        {"kind": "numeric", "stem": "几？", "body": {"accepted": [{"value": "1e999999999"}]}},
        {"body": {"options": [{"id": "A" * 5000, "html": "甲"}, {"id": "B", "html": "乙"}], "key": ["B"]}},
        {"foo\0": 1},
    ],
)
def test_what_no_database_keeps_is_left_out_beside_what_is_taken(strange):
    run = received(PLAIN, PLAIN | strange, name="题\0.json")
    item_imports.take_over(run_id=run.pk, now=NOW)

    assert [outcome for outcome, _notes in rows(run)] == ["created", "refused"]
    assert all(notes for outcome, notes in rows(run) if outcome == "refused")
    assert Item.objects.count() == 1


def test_words_longer_than_their_room_are_cut_and_told():
    long = {"topic": "题" * 81, "knowledge_point": "点" * 121, "source": "源" * 121, "code": "码" * 61}
    run = received(PLAIN | long)
    item_imports.take_over(run_id=run.pk, now=NOW)

    assert rows(run) == [("created", ["words_cut"] * 4)]
    item = Item.objects.select_related("current").get()
    assert (item.code, item.source) == ("码" * 60, "源" * 120)
    assert (item.current.topic, item.current.knowledge_point) == ("题" * 80, "点" * 120)


def test_an_article_of_an_impossible_number_is_no_citation():
    make_law(articles=0)  # how many articles it has nobody knows
    refs = ("1" * 13, "第" + "9" * 5000 + "条", "0", "第一万万条")
    questions = [
        PLAIN | {"stem": f"{n}{'甲乙丙丁'[n] * 30}", "citations": [{"law": "测试处罚法", "ref": ref}]}
        for n, ref in enumerate(refs)
    ]

    assert rows(received(*questions)) == [("created", ["article_unknown"])] * 4


@pytest.mark.parametrize("words", ["第１２条", "第万条", "第一万万条", "第" + "9" * 5000 + "条", "第٣条", "第²条"])
def test_any_article_that_a_question_names_can_be_read(words):
    make_law()
    run = received(PLAIN | {"stem": f"根据《测试处罚法》{words}，行政处罚由谁实施？"})

    assert [outcome for outcome, _notes in rows(run)] == ["created"]
