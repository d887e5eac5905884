"""The command and the auditor's page find what was altered."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_role, make_rule_set, make_unit
from training import guards, ledger
from training.models import StudyRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def record():
    make_rule_set()
    person = make_person(unit=make_unit(parent=make_district()))
    return ledger.award_hours(
        person=person,
        studied_on=date(2025, 3, 3),
        category="LAW",
        mode="CLASS",
        title="班",
        origin="x",
        stated=800,
        now=at("2025-04-01"),
    )


def alter(record):
    guards.remove()
    StudyRecord.objects.filter(pk=record.pk).update(credit=6000)
    guards.install()


def test_the_command_ends_with_one_and_names_the_entry(record, capsys):
    call_command("verify_ledger")
    assert "nothing altered" in capsys.readouterr().out
    alter(record)

    with pytest.raises(CommandError, match=f"study #{record.sequence}") as found:
        call_command("verify_ledger")
    assert found.value.returncode == 1


def test_the_auditor_s_page_says_so_too(record, client):
    auditor = make_person(category=None)
    make_role(person=auditor, unit=record.person.postings.get().unit, role="auditor")
    client.force_login(auditor)
    alter(record)

    page = client.post(reverse("training:ledger_check")).content.decode()

    assert f"study #{record.sequence}" in page
