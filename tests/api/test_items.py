"""Items over the API: for the bank's roles, with a trace of exam-only ones; for nobody else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams.models import Item
from tests.exams.bank import distinct, make_item, make_law
from tests.factories import make_district, make_person, make_role
from training.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def author():
    make_law()
    person = make_person()
    make_role(person=person, unit=make_district(), role="author")
    return person


def test_the_bank_roles_read_items_with_their_keys(client, author):
    item = make_item(author, content=distinct(1), classification="exam")
    client.force_login(author)
    (row,) = client.get("/api/v1/items/").json()["results"]
    assert (row["code"], row["state"], row["classification"], row["body"]["key"]) == (item.code, "draft", "exam", ["A"])
    assert row["citations"] == [{"law": "测试处罚法", "version": "2021-01-22", "article": "5", "decisive": []}]
    assert client.get(f"/api/v1/items/{item.pk}/").json() == row
    assert [e.facts for e in AuditEvent.objects.filter(act="see_items")] == [{"codes": item.code}] * 2
    assert client.get("/api/v1/items/?classification=open").json()["count"] == 0
    assert client.get("/api/v1/items/?current__kind=single_choice").json()["count"] == 1


@pytest.mark.parametrize("role", [None, "district", "hr", "auditor", "marker"])
def test_nobody_else_learns_that_an_item_is_there(client, author, role):
    item = make_item(author, content=distinct(1), classification="open")
    person = make_person()
    if role:
        make_role(person=person, unit=author.roles.get().unit, role=role)
    client.force_login(person)
    assert client.get("/api/v1/items/").json()["count"] == 0
    assert client.get(f"/api/v1/items/{item.pk}/").status_code == 404


def test_items_are_read_only_and_closed_to_strangers(client, author):
    assert client.get("/api/v1/items/").status_code == 401
    client.force_login(author)
    assert client.post("/api/v1/items/", {}).status_code == 405
    assert Item.objects.count() == 0


def test_a_page_of_items_costs_the_same_for_any_number(client, author):
    client.force_login(author)
    costs = []
    for start, count in ((0, 2), (10, 30)):
        for n in range(start, start + count):
            make_item(author, content=distinct(n), classification="exam")
        client.get("/api/v1/items/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/api/v1/items/")
        costs.append(len(captured))
    assert costs[0] == costs[1]
