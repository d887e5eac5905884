"""Practice: what is drawn, what an answer does, the notebook, the cards that come back, the tallies, quizzes."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams import items, practice
from exams.content import WHOLE, CitedArticle, Content, check_response, without_key
from exams.models import Item, ItemAlert, ItemVersion, PracticeAnswer, PracticeRun, ResponseTally, ReviewCard
from laws.errors import BadInput
from tests.exams.bank import NOW, distinct, make_approved, make_law, single
from tests.exams.practice.runs import RUBRIC, cited, days, items_of, run_of
from tests.factories import make_district, make_person, make_role
from training import guards

pytestmark = pytest.mark.django_db


def test_only_open_approved_items_under_no_quarantine_are_drawn(learner, law, make, staff):
    shown = make()
    make(classification="exam")
    items.write(content=distinct(901), by=staff["author"], now=NOW, classification="open")  # a draft
    moved = make()
    ItemAlert.objects.create(
        item=moved, citation=moved.current.citations.get(), is_quarantine=True, cause="changed",
        takes_effect_on=date(2026, 3, 2), raised_at=NOW,
    )  # fmt: skip
    expired = make()
    Item.objects.filter(pk=expired.pk).update(expires_on=date(2026, 3, 1))

    assert items_of(run_of(learner, law)) == [shown.pk]


@pytest.mark.parametrize(
    ("facts", "places"),
    [({"by": "law", "value": "测试处罚法"}, 3), ({"by": "law", "value": "测试处罚法", "ref": "6"}, 1), ({"by": "topic", "value": "行政许可"}, 1)],
    ids=["law", "article", "topic"],
)  # fmt: skip
def test_a_run_is_begun_by_law_by_article_and_by_topic(learner, law, make, facts, places):
    make(cited("5", 1))
    make(cited("6", 2))
    make(distinct(3, topic="行政许可"))
    run = practice.begin(person=learner, now=NOW, **(facts | ({"value": law.code} if facts["by"] == "law" else {})))
    assert (len(run.layout), run.total, run.purpose) == (places, 100 * places, "practice")


@pytest.mark.parametrize("by", ["weakness", "notebook", "due"])
def test_where_nothing_is_to_be_practised_it_says_so(learner, law, make, by):
    make()
    with pytest.raises(practice.NothingToPractise):
        practice.begin(person=learner, by=by, now=NOW)
    assert PracticeRun.objects.count() == 0


@pytest.mark.parametrize("facts", [{"by": "luck"}, {"value": "无此法"}, {"count": 0}, {"count": 51}], ids=str)
def test_what_cannot_be_begun_is_refused(learner, law, make, facts):
    make()
    with pytest.raises(BadInput):
        run_of(learner, law, **facts)


def test_the_same_seed_lays_the_run_out_the_same_and_options_are_shuffled(learner, law, make):
    for n in range(8):
        make(distinct(n))
    first, second = run_of(learner, law, seed="a"), run_of(make_person(), law, seed="a")
    assert first.layout == second.layout
    assert sorted(map(tuple, (p["order"] for p in first.layout))) != [(0, 1, 2, 3)] * 8
    assert {tuple(sorted(place["order"])) for place in first.layout} == {(0, 1, 2, 3)}
    assert run_of(make_person(), law, seed="b").layout != first.layout


def test_unseen_questions_come_first(learner, law, make):
    made = [make(distinct(n)).pk for n in range(4)]
    first = run_of(learner, law, count=2)
    for at in range(2):
        practice.answer(run=first, position=at, response=["A"], now=NOW)
    assert set(items_of(run_of(learner, law, count=2))) == set(made) - set(items_of(first))


def test_the_first_answer_to_a_place_counts_and_a_second_changes_nothing(learner, law, make):
    make()
    run = run_of(learner, law)
    first = practice.answer(run=run, position=0, response=["B"], now=NOW)
    second = practice.answer(run=run, position=0, response=["A"], now=days(1))
    assert (first.is_new, second.is_new, second.answer) == (True, False, first.answer)
    assert (second.answer.response, second.answer.fraction, second.answer.answered_at) == (["B"], 0, NOW)
    tally = ResponseTally.objects.get()
    assert (tally.shown, tally.answered, tally.earned, tally.choices) == (1, 1, 0, {"B": 1})


def test_a_finished_run_takes_no_answer_but_gives_the_ones_it_has(learner, law, make):
    make(), make()
    run = run_of(learner, law)
    given = practice.answer(run=run, position=0, response=["A"], now=NOW).answer
    done = practice.finish(run=run, now=days(0))
    assert (done.earned, done.total, done.finished_at) == (100, 200, NOW)
    with pytest.raises(practice.RunFinished):
        practice.answer(run=run, position=1, response=["A"], now=NOW)
    assert practice.answer(run=run, position=0, response=["B"], now=NOW).answer == given
    assert practice.finish(run=run, now=days(3)).finished_at == NOW


@pytest.mark.parametrize(("position", "response"), [(1, ["A"]), (-1, ["A"]), (0, ["Z"]), (0, ["A", "B"]), (0, "A"), (0, True)])
def test_an_answer_that_cannot_be_is_refused_and_leaves_the_place_open(learner, law, make, position, response):
    make()
    run = run_of(learner, law)
    with pytest.raises(BadInput):
        practice.answer(run=run, position=position, response=response, now=NOW)
    assert PracticeAnswer.objects.count() == 0


def test_versions_practised_are_used_and_never_change(learner, law, make):
    item = make()
    guards.remove()
    ItemVersion.objects.update(used_at=None)
    guards.install()
    run_of(learner, law)
    assert ItemVersion.objects.get(item=item).used_at == NOW


def test_an_item_stands_in_the_notebook_while_its_last_answer_is_wrong(learner, law, make):
    item = make()
    other = make()
    practice.answer(run=run_of(make_person(), law), position=0, response=["B"], now=NOW)  # somebody else's
    seen = []
    for day, response in enumerate((["B"], ["A"], None, ["A"])):
        run = run_of(learner, law, now=days(day), ref="5", count=2)
        practice.answer(run=run, position=items_of(run).index(item.pk), response=response, now=days(day))
        seen.append([found.pk for found in practice.notebook(learner, now=days(day))])
    assert seen == [[item.pk], [], [item.pk], []]
    assert [keys for keys in seen if other.pk in keys] == []


def test_the_notebook_is_practised_and_hides_what_is_no_longer_open(learner, law, make):
    item = make()
    practice.answer(run=run_of(learner, law), position=0, response=["B"], now=NOW)
    run = practice.begin(person=learner, by="notebook", now=NOW)
    assert (items_of(run), run.purpose) == ([item.pk], "notebook")
    Item.objects.update(classification="exam")
    assert list(practice.notebook(learner, now=NOW)) == []


def test_cards_come_back_the_sooner_the_worse_the_answer(learner, law, make):
    item = make()
    intervals = {}
    for word, response, rating in (("again", ["B"], ""), ("hard", ["A"], "hard"), ("good", ["A"], ""), ("easy", ["A"], "easy")):
        person = make_person()
        run = run_of(person, law)
        practice.answer(run=run, position=0, response=response, rating=rating, now=NOW)
        card = ReviewCard.objects.get(person=person, item=item)
        intervals[word] = (card.due_at - NOW).days
        assert card.state["card_id"] == item.pk
    assert intervals == {"again": 1, "hard": 1, "good": 2, "easy": 8}


def test_a_wrong_answer_is_again_however_it_felt(learner, law, make):
    make()
    practice.answer(run=run_of(learner, law), position=0, response=["B"], rating="easy", now=NOW)
    assert (ReviewCard.objects.get().due_at - NOW).days == 1


def test_what_is_due_by_the_end_of_the_day_is_practised_in_its_order_and_then_waits_longer(learner, law, make):
    first, second = make(), make()
    run = run_of(learner, law)
    practice.answer(run=run, position=items_of(run).index(first.pk), response=["A"], now=NOW)
    practice.answer(run=run, position=items_of(run).index(second.pk), response=["B"], now=NOW)
    early = days(1) - timedelta(hours=3)
    assert [card.item_id for card in practice.due_cards(learner, now=NOW)] == []
    assert [card.item_id for card in practice.due_cards(learner, now=early)] == [second.pk]
    again = practice.begin(person=learner, by="due", now=days(2))
    assert (items_of(again), again.purpose) == ([second.pk, first.pk], "repetition")
    practice.answer(run=again, position=1, response=["A"], now=days(2))
    card = ReviewCard.objects.get(item=first)
    assert (card.due_at - days(2)).days > 2


def test_written_answers_are_judged_by_the_person_against_the_points(learner, law, make):
    item = make(Content("short_answer", "处罚前应当做什么？", RUBRIC, marks=500, citations=[CitedArticle("测试处罚法", "5")]))
    run = run_of(learner, law)
    given = practice.answer(run=run, position=0, response="听取意见", now=NOW).answer
    assert (given.fraction, practice.is_right(given), ReviewCard.objects.count()) == (None, None, 0)
    assert [name for name, _point in practice.points(item.current)] == ["0", "1"]
    with pytest.raises(BadInput):
        practice.judge(answer=given, met=["7"], now=NOW)
    practice.finish(run=run, now=NOW)
    judged = practice.judge(answer=given, met=["1"], now=NOW)
    assert (judged.fraction, practice.is_right(judged)) == (WHOLE * 3 // 5, True)
    assert PracticeRun.objects.get().earned == 300  # also after the end
    assert practice.judge(answer=given, met=["0", "1"], now=NOW).fraction == WHOLE * 3 // 5  # once
    tally = ResponseTally.objects.get()
    assert (tally.answered, tally.earned, tally.choices) == (1, WHOLE * 3 // 5, {})
    assert list(practice.notebook(learner, now=NOW)) == []


def test_a_blank_written_answer_needs_no_judge(learner, law, make):
    make(Content("essay", "论依法行政", RUBRIC, marks=500, citations=[CitedArticle("测试处罚法", "5")]))
    given = practice.answer(run=run_of(learner, law), position=0, response=None, now=NOW).answer
    assert given.fraction == 0


def test_a_case_adds_what_was_scored_to_what_the_person_judges(learner, law, make):
    body = {"questions": [
        {"id": "1", "kind": "true_false", "stem": "对吗？", "body": {"key": True}, "policy": "exact", "marks": 500, "explanation": ""},
        {"id": "2", "kind": "short_answer", "stem": "为何？", "body": RUBRIC, "policy": "exact", "marks": 500, "explanation": ""},
    ]}  # fmt: skip
    item = make(Content("case_analysis", "案情……", body, marks=1000, citations=[CitedArticle("测试处罚法", "5")]))
    assert [name for name, _point in practice.points(item.current)] == ["2.0", "2.1"]
    given = practice.answer(run=run_of(learner, law), position=0, response={"1": True, "2": "因为"}, now=NOW).answer
    assert given.fraction is None
    assert practice.judge(answer=given, met=["2.0"], now=NOW).fraction == WHOLE * 7 // 10


def test_a_tally_counts_each_person_s_first_meeting_alone(law, make):
    item = make()
    for person, response in ((make_person(), ["A"]), (make_person(), ["B"]), (make_person(), None)):
        for _again in range(2):
            practice.answer(run=run_of(person, law), position=0, response=response, now=NOW)
    tally = ResponseTally.objects.get(version=item.current)
    facts = (tally.population, tally.shown, tally.answered, tally.earned, tally.choices)
    assert facts == ("practice", 3, 3, WHOLE, {"A": 1, "B": 1})


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_many_who_answer_at_once_are_all_counted_and_a_double_click_counts_once():
    guards.install()
    law = make_law()
    district = make_district()
    author, reviewer = make_person(), make_person()
    make_role(person=author, unit=district, role="author")
    make_role(person=reviewer, unit=district, role="reviewer")
    for n in range(3):
        make_approved(author, reviewer, content=distinct(n))
    people = [make_person() for _ in range(6)]
    errors = []

    def work(person, letter):
        try:
            run = run_of(person, law)
            clicks = [threading.Thread(target=click, args=(run, at, letter)) for at in (0, 1, 2, 2, 1)]
            [click_.start() for click_ in clicks]
            [click_.join(30) for click_ in clicks]
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    def click(run, at, letter):
        try:
            practice.answer(run=run, position=at, response=[letter], now=NOW)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(p, "AB"[n % 2])) for n, p in enumerate(people)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]

    assert errors == []
    rows = list(ResponseTally.objects.values_list("shown", "answered", "earned", "choices"))
    assert rows == [(6, 6, 3 * WHOLE, {"A": 3, "B": 3})] * 3
    assert (PracticeAnswer.objects.count(), ReviewCard.objects.count()) == (18, 18)


# --- quizzes


def quiz(person, made, **facts):
    values = {
        "versions": [i.current_id for i in made],
        "pass_mark": 200,
        "origin": "courses.lesson:7",
        "title": "小测",
        "now": NOW,
    }
    return practice.begin_quiz(person=person, **(values | facts))


def test_a_quiz_keeps_its_order_is_gone_on_with_and_is_passed_at_its_mark(learner, law, make):
    made = [make(), make(), make()]
    run = quiz(learner, made)
    assert (items_of(run), run.pass_mark, run.total, run.origin) == ([i.pk for i in made], 200, 300, "courses.lesson:7")
    assert quiz(learner, made) == run
    for at, response in enumerate((["A"], ["B"], ["A"])):
        practice.answer(run=run, position=at, response=response, now=NOW)
    assert practice.is_passed(learner, "courses.lesson:7") is False  # not finished
    assert practice.finish(run=run, now=NOW).is_passed is True
    assert practice.is_passed(learner, "courses.lesson:7") is True
    assert practice.is_passed(learner, "courses.lesson:8") is False
    assert practice.is_passed(make_person(), "courses.lesson:7") is False
    assert quiz(learner, made).pk != run.pk


def test_a_quiz_below_its_mark_is_not_passed(learner, law, make):
    made = [make(), make()]
    run = quiz(learner, made, pass_mark=150)
    practice.answer(run=run, position=0, response=["A"], now=NOW)
    assert practice.finish(run=run, now=NOW).is_passed is False
    assert practice.is_passed(learner, "courses.lesson:7") is False


def test_what_is_no_longer_open_falls_out_of_a_quiz_and_the_mark_with_it(learner, law, make):
    made = [make(), make(), make(classification="exam")]
    run = quiz(learner, made)
    assert (len(run.layout), run.pass_mark, run.total) == (2, 134, 200)
    Item.objects.update(classification="exam")
    with pytest.raises(practice.NothingToPractise):
        quiz(make_person(), made)


def test_a_quiz_takes_no_question_that_a_person_must_judge(learner, law, make):
    written = make(Content("essay", "论依法行政", RUBRIC, marks=500, citations=[CitedArticle("测试处罚法", "5")]))
    with pytest.raises(practice.NeedsJudge):
        quiz(learner, [make(), written])


# --- what is shown before the answer, and what may come back

BODIES = {
    "single_choice": (single().body, ["A"], ["A", "B"]),
    "true_false": ({"key": False}, True, ["A"]),
    "fill_blank": ({"blanks": [{"accepted": [{"text": "机密词", "fraction": WHOLE}]}]}, ["十"], ["十", "二"]),
    "numeric": ({"accepted": [{"value": "987", "tolerance": "0"}], "unit": "日"}, "15", 15),
    "matching": ({"left": [{"id": "1", "html": "甲"}], "right": [{"id": "A", "html": "乙"}], "key": {"1": "A"}}, {"1": "A"}, {"1": "Z"}),
    "short_answer": (RUBRIC, "答", ["答"]),
    "case_analysis": (
        {"questions": [{"id": "1", "kind": "true_false", "stem": "对吗", "body": {"key": True}, "policy": "exact", "marks": 100, "explanation": "秘"}]},
        {"1": False},
        {"1": "x"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BODIES)
def test_a_shown_body_holds_no_key_and_a_response_must_fit(kind):
    body, fits, does_not = BODIES[kind]
    shown = str(without_key(kind, body))
    assert [word for word in ("key", "fraction", "feedback", "机密词", "987", "先告知", "秘", "rubric") if word in shown] == []
    check_response(kind, body, fits)
    check_response(kind, body, None)
    with pytest.raises(BadInput):
        check_response(kind, body, does_not)


def test_shown_options_are_lettered_as_they_stand_and_named_by_their_own_letter():
    shown = without_key("single_choice", single(options=("一", "二", "三")).body, [2, 0, 1])["options"]
    assert [(o["letter"], o["id"], o["html"]) for o in shown] == [("A", "C", "三"), ("B", "A", "一"), ("C", "B", "二")]


def test_beginning_costs_the_same_for_any_number_of_questions(learner, law, make):
    costs = []
    for count in (3, 20):
        while Item.objects.count() < count:
            make()
        with CaptureQueriesContext(connection) as captured:
            run = run_of(make_person(), law, count=count)
        assert len(run.layout) == count
        costs.append(len(captured))
    assert costs[0] == costs[1]
