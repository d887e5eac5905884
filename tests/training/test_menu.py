"""The menu marks the one page where the user is."""

import re

import pytest
from django.urls import reverse

from tests.factories import make_district, make_person, make_role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("training:my_statement", "我的学时"),
        ("training:claim", "学时申报"),
        ("training:audit", "审计日志"),
        ("training:ledger_check", "台账核验"),
    ],
)
def test_a_page_below_another_marks_itself_alone(name, label, client):
    district = make_district()
    auditor = make_person(unit=district, category=None)
    make_role(person=auditor, unit=district, role="auditor")
    client.force_login(auditor)

    page = client.get(reverse(name)).content.decode()

    assert re.findall(r'aria-current="page">([^<]+)</a>', page) == [label]
