"""Standings over the API: who stands where, by standing, and a year that nobody opened."""

import pytest
from rest_framework.test import APIClient

from tests.factories import make_district, make_person, make_requirement, make_role, make_rule_set, open_year

pytestmark = pytest.mark.django_db


@pytest.fixture
def client():
    make_rule_set()
    open_year(2025)
    make_requirement()
    district = make_district()
    for _ in range(2):
        make_person(unit=district)
    bureau = make_person(unit=district, category=None)
    make_role(person=bureau, unit=district, role="district")
    client = APIClient()
    client.force_authenticate(bureau)
    return client


@pytest.mark.parametrize(("status", "count"), [("", 2), ("unmet", 2), ("met", 0)])
def test_standings_are_narrowed_by_standing(status, count, client):
    assert client.get("/api/v1/standings/", {"year": 2025, "status": status}).json()["count"] == count


@pytest.mark.parametrize(("category", "count"), [("enforcement_officer", 2), ("leading_cadre", 0)])
def test_standings_are_narrowed_by_staff_category(category, count, client):
    assert client.get("/api/v1/standings/", {"year": 2025, "category": category}).json()["count"] == count


def test_a_standing_that_does_not_exist_is_refused(client):
    answer = client.get("/api/v1/standings/", {"year": 2025, "status": "fine"})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_input")


def test_a_year_nobody_opened_is_no_empty_list(client):
    answer = client.get("/api/v1/standings/", {"year": 2024})

    assert (answer.status_code, answer.json()["code"]) == (409, "year_not_opened")
