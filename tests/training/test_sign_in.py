"""Signing in: counted failures, a lock, activation once, no way around a first password."""

import pytest
from django.urls import reverse

from tests.factories import make_person
from training import accounts
from training.models import AuditEvent, Person

pytestmark = pytest.mark.django_db
PASSWORD = "Xingfu-2026-da"


@pytest.fixture
def person():
    person = make_person(username="zhang")
    person.set_password(PASSWORD)
    person.save()
    return person


def sign_in(client, password, **extra):
    return client.post(reverse("training:sign_in"), {"username": "zhang", "password": password, **extra})


def test_the_right_password_signs_in_and_leads_where_one_wanted(client, person):
    answer = sign_in(client, PASSWORD, next="/account/")

    assert (answer.status_code, answer.url) == (302, "/account/")
    assert AuditEvent.objects.filter(act="sign_in", actor=person).count() == 1


def test_another_site_is_no_place_to_lead_to(client, person):
    assert sign_in(client, PASSWORD, next="https://example.org/").url == "/"


def test_five_failures_lock_the_account_even_for_the_right_password(client, person):
    for _ in range(5):
        assert sign_in(client, "wrong-wrong-1").status_code == 422

    answer = sign_in(client, PASSWORD)

    assert answer.status_code == 422
    assert Person.objects.get(pk=person.pk).locked_until is not None
    assert "_auth_user_id" not in client.session
    assert AuditEvent.objects.filter(act="sign_in_failed").count() == 5


def test_an_activation_code_works_once(client, person):
    code, digest = accounts.new_activation_code()
    Person.objects.filter(pk=person.pk).update(activation_digest=digest)
    facts = {"username": "zhang", "code": code.lower(), "password": "Qingyuan-88-lu"}

    first = client.post(reverse("training:activate"), facts)
    client.logout()
    second = client.post(reverse("training:activate"), facts | {"password": "Another-99-road"})

    assert (first.status_code, second.status_code) == (302, 422)
    assert Person.objects.get(pk=person.pk).check_password("Qingyuan-88-lu")


def test_an_initial_password_must_be_changed_before_anything_else(client, person):
    Person.objects.filter(pk=person.pk).update(must_change_password=True)
    client.force_login(person)

    assert client.get(reverse("training:account")).url == reverse("training:change_password")

    answer = client.post(reverse("training:change_password"), {"old": PASSWORD, "new": "Qingyuan-88-lu"})
    assert answer.url == reverse("training:account")
    assert client.get(reverse("training:account")).status_code == 200


def test_a_weak_password_is_refused(client, person):
    client.force_login(person)

    answer = client.post(reverse("training:change_password"), {"old": PASSWORD, "new": "1234567890"})

    assert answer.status_code == 422
    assert Person.objects.get(pk=person.pk).check_password(PASSWORD)


def test_idle_sessions_end(client, person):
    client.force_login(person)
    client.get(reverse("training:account"))
    session = client.session
    session["seen_at"] -= 4000
    session.save()

    assert client.get(reverse("training:account")).status_code == 302
