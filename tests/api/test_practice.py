"""Practice over the API: a run from begin to result, keys kept back until the answer."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams.content import CitedArticle, Content
from exams.models import MustKnowList, PracticeAnswer
from tests.exams.bank import NOW, make_law, single
from tests.exams.practice.conftest import law, learner, make, staff  # noqa: F401
from tests.exams.practice.runs import RUBRIC, run_of
from tests.factories import make_person

pytestmark = pytest.mark.django_db
ADDRESS = "/api/v1/practice/"


@pytest.fixture
def post(client, learner):  # noqa: F811
    client.force_login(learner)

    def one(address, **data):
        return client.post(address, json.dumps(data), content_type="application/json")

    return one


def test_a_run_is_begun_answered_and_finished_and_the_key_comes_with_the_answer(post, client, law, make):  # noqa: F811
    make(single(explanation="告知是法定程序独此一句。"))
    begun = post(ADDRESS, by="law", value=law.code)
    run = begun.json()
    (place,) = run["places"]
    assert (begun.status_code, run["total"], run["purpose"], place["kind"], place["is_answered"]) == (
        201,
        100,
        "practice",
        "single_choice",
        False,
    )
    assert sorted(place["body"]["options"][0]) == ["html", "id", "letter"]
    assert "独此一句" not in begun.content.decode()
    address = f"{ADDRESS}{run['id']}/"
    assert client.get(f"{address}results/").json() == []
    assert "key" not in client.get(address).content.decode()

    given = post(f"{address}answer/", position=0, response=["B"])
    result = given.json()
    assert (given.status_code, result["is_right"], result["fraction"], result["body"]["key"]) == (201, False, 0, ["A"])
    assert result["citations"] == [{"law": "测试处罚法", "version": "2021-01-22", "article": "5", "decisive": []}]
    again = post(f"{address}answer/", position=0, response=["A"])
    assert (again.status_code, again.json()) == (200, result)
    assert client.get(f"{address}results/").json() == [result]
    done = post(f"{address}finish/").json()
    assert (done["earned"], done["finished_at"] is not None, done["is_passed"]) == (0, True, False)
    assert [row["id"] for row in client.get(ADDRESS).json()["results"]] == [run["id"]]


def test_a_written_answer_is_judged_by_its_points(post, client, law, make):  # noqa: F811
    make(Content("essay", "论依法行政", RUBRIC, marks=500, citations=[CitedArticle("测试处罚法", "5")]))
    address = f"{ADDRESS}{post(ADDRESS, by='law', value=law.code).json()['id']}/"
    given = post(f"{address}answer/", position=0, response="先告知").json()
    assert (given["is_right"], [point["name"] for point in given["points"]]) == (None, ["0", "1"])
    judged = post(f"{address}judge/", position=0, met=["1"]).json()
    assert (judged["is_right"], judged["fraction"]) == (True, 6_000_000)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"by": "luck"}, 400),
        ({"by": "law", "value": "无"}, 422),
        ({"by": "notebook"}, 409),
        ({"by": "law", "value": "x", "count": 51}, 400),
    ],
    ids=str,
)
def test_what_cannot_be_begun_is_refused(post, law, make, data, status):  # noqa: F811
    make()
    assert post(ADDRESS, **data).status_code == status


def test_an_answer_of_another_shape_is_refused_and_another_s_run_is_not_there(post, law, make, learner):  # noqa: F811
    make()
    own, other = run_of(learner, law), run_of(make_person(), law)
    assert post(f"{ADDRESS}{own.pk}/answer/", position=0, response="A").status_code == 422
    assert post(f"{ADDRESS}{own.pk}/answer/", position=7, response=["A"]).status_code == 422
    assert post(f"{ADDRESS}{other.pk}/answer/", position=0, response=["A"]).status_code == 404
    assert PracticeAnswer.objects.count() == 0


def test_the_lists_in_force_are_read_by_everybody(client, learner):  # noqa: F811
    client.force_login(learner)
    costs = []
    for count in (1, 12):
        for n in range(MustKnowList.objects.count(), count):
            row = MustKnowList.objects.create(code=f"l{n}", title="清单", document="文", valid_from=NOW.date())
            row.entries.create(law=make_law(f"测试{n}法"), refs=["5"])
        client.get("/api/v1/must-know/")
        with CaptureQueriesContext(connection) as captured:
            rows = client.get("/api/v1/must-know/").json()["results"]
        assert len(rows) == count
        costs.append(len(captured))
    assert costs[0] == costs[1]
    assert rows[0]["laws"][0]["articles"] == ["5"]
    MustKnowList.objects.update(valid_to=NOW.date())
    assert client.get("/api/v1/must-know/").json()["count"] == 0
