"""Pages of practice: a run from its beginning to its result, keys kept back, lists for the bureau, the agenda of a unit."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from exams import practice
from exams.content import CitedArticle, Content
from exams.models import MustKnowList, PracticeAnswer, PracticeRun
from tests.exams.bank import NOW, distinct, make_law, single
from tests.exams.practice.runs import RUBRIC, answered, cited, run_of
from tests.factories import make_person, make_role, make_unit
from training.models import Unit

pytestmark = pytest.mark.django_db
HOME = "/practice/"
HTMX = {"headers": {"HX-Request": "true"}}


@pytest.fixture
def browse(client, learner):
    client.force_login(learner)
    return client


def text(page):
    return page.content.decode()


def test_with_nothing_to_practise_the_page_says_what_to_do(browse, law):
    page = text(browse.get(HOME))
    assert 'href="/laws/"' in page
    assert "暂无可供练习的题目" in page


def test_a_run_goes_from_the_law_over_the_question_and_its_article_to_the_result(browse, law, make, learner):
    make(single(explanation="告知是法定程序独此一句。"))
    begun = browse.post("/practice/begin/", {"by": "law", "value": law.code})
    run = PracticeRun.objects.get()
    assert (begun.status_code, begun.url) == (302, f"/practice/{run.pk}/")

    shown = text(browse.get(begun.url))
    assert "行政机关作出罚款决定前应当告知当事人什么？" in shown
    assert [word for word in ("独此一句", "is-right", "第五条") if word in shown] == []  # nothing of the key
    assert [f'data-letter="{letter}"' in shown for letter in "ABCDE"] == [True, True, True, True, False]

    empty = browse.post(f"/practice/{run.pk}/0/", {})
    assert (empty.status_code, PracticeAnswer.objects.count()) == (422, 0)
    given = browse.post(f"/practice/{run.pk}/0/", {"r": "B"})
    assert (given.status_code, given.url) == (302, f"/practice/{run.pk}/?at=0")
    after = text(browse.get(given.url))
    assert [word in after for word in ("答错了", "独此一句", "第五条", "您的选择")] == [True] * 4

    assert browse.post(f"/practice/{run.pk}/finish/").url == f"/practice/{run.pk}/"
    result = text(browse.get(f"/practice/{run.pk}/"))
    assert "共 1 题，答对 0 题。" in result
    assert 'value="notebook"' in result


def test_the_fragment_of_an_answer_holds_no_page_around_it(browse, law, make, learner):
    make()
    run = run_of(learner, law)
    page = text(browse.post(f"/practice/{run.pk}/0/", {"r": "A"}, **HTMX))
    assert page.startswith('<article id="question"')
    assert "答对了" in page


def test_a_second_answer_shows_the_first(browse, law, make, learner):
    make()
    run = run_of(learner, law)
    browse.post(f"/practice/{run.pk}/0/", {"r": "B"})
    page = text(browse.post(f"/practice/{run.pk}/0/", {"r": "A"}, **HTMX))
    assert "答错了" in page
    assert PracticeAnswer.objects.get().response == ["B"]


def test_who_does_not_know_sees_the_answer(browse, law, make, learner):
    make()
    run = run_of(learner, law)
    assert browse.post(f"/practice/{run.pk}/0/", {"unknown": "1"}).status_code == 302
    assert (PracticeAnswer.objects.get().response, PracticeAnswer.objects.get().fraction) == (None, 0)


@pytest.mark.parametrize("at", ["9", "x", "-1", "99999"])
def test_a_place_that_is_not_there_is_not_found(browse, law, make, learner, at):
    make()
    assert browse.get(f"/practice/{run_of(learner, law).pk}/", {"at": at}).status_code == 404


CASE = {"questions": [
    {"id": "1", "kind": "multiple_choice", "stem": "选哪些？", "body": single(key="AB").body, "policy": "exact", "marks": 500, "explanation": "因"},
    {"id": "2", "kind": "short_answer", "stem": "为何？", "body": RUBRIC, "policy": "exact", "marks": 500, "explanation": ""},
]}  # fmt: skip
KINDS = {
    "multiple_choice": (single(key="AB").body, {"r": ["A", "B"]}, ["A", "B"]),
    "true_false": ({"key": False}, {"r": "false"}, False),
    "fill_blank": (
        {"blanks": [{"accepted": [{"text": "十五", "fraction": 10_000_000}]}, {"accepted": [{"text": "三", "fraction": 10_000_000}]}]},
        {"b1": "十五", "b2": "三"},
        ["十五", "三"],
    ),
    "numeric": ({"accepted": [{"value": "15", "tolerance": "0"}], "unit": "日"}, {"t": "15日"}, "15日"),
    "matching": (
        {"left": [{"id": "1", "html": "甲"}, {"id": "2", "html": "乙"}], "right": [{"id": "A", "html": "丙"}, {"id": "B", "html": "丁"}], "key": {"1": "B", "2": "A"}},
        {"m1": "B", "m2": "A"},
        {"1": "B", "2": "A"},
    ),
    "essay": (RUBRIC, {"t": "先告知"}, "先告知"),
    "case_analysis": (CASE, {"q1_r": ["A", "B"], "q2_t": "因为"}, {"1": ["A", "B"], "2": "因为"}),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_shown_answered_and_explained(browse, law, make, learner, kind):
    body, typed, response = KINDS[kind]
    make(Content(kind, "题干____、____", body, marks=1000, citations=[CitedArticle("测试处罚法", "5")]))
    run = run_of(learner, law)
    address = f"/practice/{run.pk}/"
    assert browse.get(address).status_code == 200
    assert browse.post(f"{address}0/", typed).status_code == 302
    assert PracticeAnswer.objects.get().response == response
    assert browse.get(f"{address}?at=0").status_code == 200
    if kind in ("essay", "case_analysis"):
        assert PracticeAnswer.objects.get().fraction is None
        points = ["0", "1"] if kind == "essay" else ["2.0", "2.1"]
        assert browse.post(f"{address}0/judge/", {"met": points}).status_code == 302
    assert PracticeAnswer.objects.get().fraction == 10_000_000
    page = text(browse.get(f"{address}?at=0"))
    assert "答对了" in page
    assert ("本人自评" in page) == (kind in ("essay", "case_analysis"))


@pytest.mark.parametrize("by", ["due", "notebook", "weakness"])
def test_what_has_nothing_to_practise_leads_back_with_a_word(browse, law, make, by):
    page = browse.post("/practice/begin/", {"by": by}, follow=True)
    assert page.redirect_chain == [(HOME, 302)]
    assert "目前没有可供练习的题目。" in text(page)


def test_another_s_run_is_not_there(browse, law, make):
    make()
    run = run_of(make_person(), law)
    assert [browse.get(f"/practice/{run.pk}/").status_code, browse.post(f"/practice/{run.pk}/0/", {"r": "A"}).status_code] == [
        404
    ] * 2


def test_practice_costs_the_same_queries_for_any_number(browse, law, make, learner, client):
    costs = []
    for laws in (1, 6):
        for n in range(2 if laws == 1 else 0, laws + 1):
            make_law(f"测试{n}法")
        for n in range(laws):
            name = "测试处罚法" if n == 0 else f"测试{n}法"
            make(distinct(100 * laws + n, citations=[CitedArticle(name, "5")], topic=name))
        run = run_of(learner, law, count=laws)
        for at in range(len(run.layout)):
            practice.answer(run=run, position=at, response=["B"], now=NOW)
        browse.get(HOME)
        with CaptureQueriesContext(connection) as home:
            browse.get(HOME)
        with CaptureQueriesContext(connection) as result:
            browse.get(f"/practice/{run.pk}/")
        with CaptureQueriesContext(connection) as place:
            browse.get(f"/practice/{run.pk}/?at=0")
        costs.append((len(home), len(result), len(place)))
    assert costs[0] == costs[1]


def test_the_bureau_makes_and_changes_a_list_on_its_pages(client, law, staff):
    bureau = make_person()
    make_role(person=bureau, unit=Unit.objects.get(code="110115"), role="district")
    client.force_login(bureau)
    typed = {
        "code": "all", "title": "全员清单", "staff_category": "", "post": "", "document": "文1", "valid_from": "2026-01-01", "valid_to": "",
        "laws": "《测试处罚法》第五条",
    }  # fmt: skip
    assert "暂无清单" in text(client.get("/must-know/"))
    wrong = client.post("/must-know/new/", typed | {"laws": "无此法"})
    assert (wrong.status_code, MustKnowList.objects.count()) == (422, 0)
    assert client.post("/must-know/new/", typed).url == "/must-know/"
    assert "《测试处罚法》第五条" in text(client.get("/must-know/all/"))
    assert client.post("/must-know/all/", typed | {"code": "x", "title": "改名", "valid_to": "2026-06-30"}).url == "/must-know/"
    assert list(MustKnowList.objects.values_list("code", "title")) == [("all", "改名")]
    client.force_login(make_person())
    assert client.get(reverse("exams:must_know")).status_code == 403


def test_a_learner_sees_the_list_of_their_category_with_their_progress(client, law, make):
    learner = make_person(unit=make_unit())
    make(cited("5", 1))
    row = MustKnowList.objects.create(
        code="a", title="执法人员清单", staff_category="enforcement_officer", document="文", valid_from=NOW.date()
    )
    row.entries.create(law=law, refs=["5"])
    MustKnowList.objects.create(code="b", title="干部清单", staff_category="leading_cadre", document="文", valid_from=NOW.date())
    client.force_login(learner)
    answered(learner, law, "5", "A")
    page = text(client.get(HOME))
    assert ("执法人员清单" in page, "干部清单" in page, "1/1" in page) == (True, False, True)
    assert reverse("laws:law", args=[law.code]) in page


def test_hr_prints_the_agenda_of_the_unit_and_no_name_shows(client, law, make, staff):
    make(cited("5", 1))
    town = make_unit(name="黄村镇", parent=Unit.objects.get(code="110115"))
    hr = make_person(unit=town, category=None)
    make_role(person=hr, unit=town, role="hr")
    client.force_login(hr)
    people = [make_person(unit=town, name=f"队员{n}") for n in "甲乙丙"]
    for person in people[:2]:
        answered(person, law, "5", "B", now=timezone.now())
    assert "暂无突出的薄弱条文" in text(client.get("/weak-articles/"))
    answered(people[2], law, "5", "B", now=timezone.now())
    page = text(client.get("/weak-articles/"))
    assert ("测试处罚法 第五条" in page, "data-print" in page) == (True, True)
    assert [name for name in ("队员甲", "队员乙", "队员丙") if name in page] == []
    assert "错误率约 100%" in page
