"""A town with its HR officer, signed in, and work that is done at once."""

import pytest

from tests.factories import make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year


@pytest.fixture(autouse=True)
def tasks_at_once(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}


@pytest.fixture
def town():
    make_rule_set()
    open_year(2026)
    make_requirement(year=2026)
    return make_unit(code="T", name="黄村镇人民政府", kind="town", parent=make_district())


@pytest.fixture
def hr(town, client):
    person = make_person(unit=town, category=None, name="人事", username="hr")
    make_role(person=person, unit=town, role="hr")
    client.force_login(person)
    return person
