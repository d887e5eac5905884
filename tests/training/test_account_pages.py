"""The administrators' pages: the widest reach is nobody's default, and an act that cannot be undone is named."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_district, make_person, make_role
from training.models import Role

pytestmark = pytest.mark.django_db


def administrator(client, role):
    district = make_district()
    person = make_person(unit=district, category=None)
    make_role(person=person, unit=district, role=role)
    client.force_login(person)
    return person


@pytest.mark.parametrize("left_out", ["role", "unit"])
def test_a_role_and_its_unit_are_chosen_and_never_preset(left_out, client):
    administrator(client, "secadmin")
    person = make_person()
    said = {"username": person.username, "role": "hr", "unit": "110115"}

    page = client.get(reverse("training:roles")).content.decode()
    refused = client.post(reverse("training:roles"), said | {left_out: ""})

    assert page.count('<option value="" selected>请选择</option>') == 2
    assert (refused.status_code, Role.objects.filter(person=person).exists()) == (422, False)
    client.post(reverse("training:roles"), said)
    assert Role.objects.get(person=person).role == "hr"


def test_only_a_locked_account_is_unlocked_and_a_new_code_is_named_first(client):
    administrator(client, "sysadmin")
    locked = make_person(username="locked", locked_until=timezone.now() + timedelta(minutes=5))
    make_person(username="open")

    page = client.get(reverse("training:accounts")).content.decode()

    assert page.count("解锁") == 1
    assert reverse("training:account_act", args=[locked.pk, "unlock"]) in page
    assert 'data-confirm="为 open 生成新激活码：现密码随即失效，不能恢复。"' in page
