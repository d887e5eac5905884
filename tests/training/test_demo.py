"""The demo district: the same on the same day, and with every matter that its people come to look at."""

import os
import subprocess
import sys
from datetime import datetime

import pytest
from django.core.management import call_command

from reports import lifecycle
from reports.models import Report
from tests.factories import at
from training import ledger
from training.models import Adjustment, LineState, Person, Role, RoleName, Submission

SMALL = {"people": 900, "records": 1800}
DAY = datetime(2026, 11, 25).date()


def made_anew(folder) -> str:
    """What `verify_ledger` says of a small demo district made in an installation of its own, with the same keys."""
    environment = os.environ | {"VAR_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": "", "DATA_KEY": "k", "SECRET_KEY": "s"}
    said = ""
    for command in (
        ("setup", "-v0"),
        ("seed_demo", "--today", DAY.isoformat(), "--people", "150", "--records", "600"),
        ("verify_ledger",),
    ):
        done = subprocess.run(
            [sys.executable, "manage.py", *command], env=environment, check=True, capture_output=True, text=True
        )
        said = done.stdout
    return said


def test_two_demo_districts_of_one_day_have_the_same_ledger(tmp_path):
    first, second = made_anew(tmp_path / "one"), made_anew(tmp_path / "two")

    assert "nothing altered" in first
    assert first == second


@pytest.mark.django_db
def test_hr_finds_a_report_with_a_late_entry_a_returned_line_and_an_adjustment_that_waits():
    call_command("setup", verbosity=0)
    call_command("seed_demo", today=DAY, **SMALL)
    hr = Role.objects.filter(role=RoleName.HR).order_by("pk").first()

    report = Report.objects.get(unit=hr.unit, year=2025)
    assert (report.state, report.versions.count()) == ("accepted", 1)
    assert ("LAW", 800) in {(name, now - then) for name, then, now in lifecycle.difference(report=report, now=at("2026-11-25"))}
    batches = Submission.objects.filter(created_by=hr.person)
    assert batches.filter(hours_lines__state=LineState.RETURNED, hours_lines__note="签到表上没有此人").count() == 1
    own = Adjustment.objects.filter(entered_by=hr.person, superseded_at=None)
    assert sorted(row.confirmed_at is None for row in own) == [False, True]
    assert (ledger.verify().broken, Person.objects.count() > 150) == (None, True)
