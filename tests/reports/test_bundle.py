"""The files of all units, made in the background and fetched by whoever asked for them."""

import io
import zipfile

import pytest
from django.urls import reverse

from tests.factories import make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def district(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    make_rule_set()
    district = make_district()
    make_person(unit=make_unit(parent=district, code="110115005", name="黄村镇人民政府", kind="town"))
    open_year(2025)
    make_requirement()
    return district


def account(district, role, client):
    person = make_person(unit=district, category=None)
    make_role(person=person, unit=district, role=role)
    client.force_login(person)
    return person


def test_the_files_of_all_units_come_as_one_archive_to_who_asked(district, client):
    bureau = account(district, "district", client)

    answer = client.post(f"{reverse('reports:write_all')}?year=2025&period=year")

    job = Job.objects.get()
    assert answer.url == reverse("training:job", args=[job.pk])
    assert (job.state, job.owner, job.error) == ("done", bureau, "")
    fetched = client.get(reverse("training:job_file", args=[job.pk])).getvalue()
    names = zipfile.ZipFile(io.BytesIO(fetched)).namelist()
    assert names == [
        "110115 大兴区人民政府2025年度培训情况.docx",
        "110115 大兴区人民政府2025年度培训情况.xlsx",
        "110115005 黄村镇人民政府2025年度培训情况.docx",
        "110115005 黄村镇人民政府2025年度培训情况.xlsx",
        "2025年度全区汇总.xlsx",
    ]
    account(district, "district", client)
    assert client.get(reverse("training:job_file", args=[job.pk])).status_code == 404


def test_a_year_nobody_opened_starts_no_work(district, client):
    account(district, "district", client)

    assert client.post(f"{reverse('reports:write_all')}?year=2026").status_code == 409
    assert not Job.objects.exists()
