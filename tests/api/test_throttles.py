"""Whoever knocks without being known is turned away, and after a while told to wait; who is known goes on."""

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from config.errors import RefusedRateThrottle
from tests.factories import make_district, make_person, make_role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_a_minute(monkeypatch):
    cache.clear()
    monkeypatch.setattr(RefusedRateThrottle, "rate", "3/min", raising=False)
    yield
    cache.clear()


@pytest.mark.parametrize("token", ["", "Token " + "0" * 64], ids=["no token", "a wrong token"])
def test_the_fourth_refused_call_of_a_minute_is_told_to_wait(token):
    client = APIClient(**({"HTTP_AUTHORIZATION": token} if token else {}))

    answers = [client.get("/api/v1/units/") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[3].json()["code"] == "throttled"
    assert 0 < int(answers[3]["Retry-After"]) <= 60


def test_another_address_and_a_known_caller_are_not_held_up():
    district = make_district()
    bureau = make_person(unit=district, category=None)
    make_role(person=bureau, unit=district, role="district")
    stranger = APIClient()
    for _ in range(4):
        stranger.get("/api/v1/units/")
    known = APIClient()
    known.force_authenticate(bureau)

    assert APIClient(REMOTE_ADDR="10.0.0.9").get("/api/v1/units/").status_code == 401
    assert known.get("/api/v1/units/").status_code == 200
