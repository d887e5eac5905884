"""Batches by the API: idempotent by origin, all or none, only where the caller may register."""

import pytest
from knox.models import AuthToken

from tests.factories import make_district, make_person, make_role, make_rule_set, make_unit
from training.models import HoursLine, Submission

pytestmark = pytest.mark.django_db
ROW = {"staff_no": "S1", "studied_on": "2025-05-06", "category": "LAW", "title": "行政处罚法", "stated": 800, "origin": "lms:1"}


@pytest.fixture
def town():
    make_rule_set()
    return make_unit(code="T", parent=make_district())


@pytest.fixture
def token(town):
    hr = make_person(unit=town, category=None)
    make_role(person=hr, unit=town, role="hr")
    make_person(unit=town, staff_no="S1")
    return f"Token {AuthToken.objects.create(user=hr)[1]}"


def send(client, token, *rows, unit="T"):
    body = {"unit": unit, "title": "平台学时", "rows": list(rows)}
    return client.post("/api/v1/study-records/", body, content_type="application/json", headers={"authorization": token})


def test_the_same_batch_twice_registers_once(client, token):
    first, second = send(client, token, ROW), send(client, token, ROW)

    assert (first.status_code, first.json()["registered"]) == (201, 1)
    assert (second.status_code, second.json()) == (201, {"submission": None, "registered": 0, "unchanged": 1})
    assert HoursLine.objects.get().estimate == 800


def test_one_unknown_person_refuses_all_and_names_the_row(client, token):
    answer = send(client, token, ROW, ROW | {"staff_no": "S9", "origin": "lms:2"})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")
    assert "2" in answer.json()["detail"]
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    "change",
    [{"stated": 0}, {"minutes": 90}, {"category": "X"}, {"studied_on": "2025-13-01"}, {"studied_on": "2999-01-01"}],
    ids=["no hours", "two amounts", "category", "no date", "future"],
)
def test_bad_rows_are_refused_and_nothing_is_kept(client, token, change):
    assert send(client, token, ROW | change).status_code in (400, 422)
    assert not Submission.objects.exists()


def test_another_unit_is_closed(client, token):
    make_unit(code="OTHER")

    assert send(client, token, ROW, unit="OTHER").status_code == 403


def test_without_a_token_nothing_opens(client, town):
    assert client.get("/api/v1/people/").status_code == 401


def test_errors_have_one_shape(client, token):
    answer = client.get("/api/v1/people/999999/", headers={"authorization": token})

    assert (answer.status_code, set(answer.json())) == (404, {"code", "detail"})


def test_other_figures_under_a_known_origin_are_a_conflict_and_nothing_is_lost(client, token):
    send(client, token, ROW)

    answer = send(client, token, ROW | {"stated": 400})

    assert (answer.status_code, answer.json()["code"]) == (409, "conflicting_award")
    assert HoursLine.objects.get().stated == 800
