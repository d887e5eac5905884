"""Roles: given by the security administrator, never to oneself; three administrators are three people."""

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_role
from training import grants
from training.errors import NotAllowed, OwnDecision, WrongState
from training.models import Person, Role

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05 10:00")


@pytest.fixture
def district():
    return make_district()


@pytest.fixture
def secadmin(district):
    person = make_person(username="sec")
    make_role(person=person, unit=district, role="secadmin")
    return person


def test_no_account_holds_two_administrator_roles(district, secadmin):
    make_person(username="both")
    grants.grant(username="both", role="sysadmin", unit=district, by=secadmin, now=NOW)

    with pytest.raises(WrongState):
        grants.grant(username="both", role="audadmin", unit=district, by=secadmin, now=NOW)
    assert list(Role.objects.filter(person__username="both").values_list("role", flat=True)) == ["sysadmin"]


def test_nobody_gives_a_role_to_themself_or_without_the_right(district, secadmin):
    with pytest.raises(OwnDecision):
        grants.grant(username="sec", role="hr", unit=district, by=secadmin, now=NOW)
    with pytest.raises(NotAllowed):
        grants.grant(username="sec", role="hr", unit=district, by=make_person(), now=NOW)


def test_a_role_taken_back_opens_nothing(district, secadmin, client):
    hr = make_person(username="hr")
    role = grants.grant(username="hr", role="hr", unit=district, by=secadmin, now=NOW)
    client.force_login(hr)
    assert client.get(reverse("training:imports")).status_code == 200

    grants.revoke(role=role, by=secadmin, now=NOW)

    assert client.get(reverse("training:imports")).status_code == 403


def test_a_new_activation_code_ends_the_old_password(district, client):
    admin = make_person(username="sys")
    make_role(person=admin, unit=district, role="sysadmin")
    person = make_person(username="zhang")
    person.set_password("Xingfu-2026-da")
    person.save()
    client.force_login(admin)

    page = client.post(reverse("training:account_act", args=[person.pk, "code"])).content.decode()

    person = Person.objects.get(pk=person.pk)
    assert not person.has_usable_password()
    assert len(page.split("<code>")[1].split("</code>")[0]) == 12
