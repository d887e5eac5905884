"""What must never be is refused by the database, and the name of each rule reads as a sentence."""

from datetime import date

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from reports.models import Report
from tests.factories import EARLY, at, make_district, make_person, make_rule_set, make_unit
from training.models import (
    Attainment,
    AttainmentKind,
    CategoryHolding,
    CountedSession,
    HourRuleSet,
    HoursLine,
    PeriodLock,
    Posting,
    Role,
    StudyRecord,
    Submission,
    TransferRequest,
)

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05 10:00")
DAY, BEFORE = date(2025, 3, 3), date(2025, 3, 2)
ENTRY = {"origin": "x", "entered_at": NOW, "certified_at": NOW, "sequence": 1, "link": "", "title": "班"}


def record(place, **facts):
    values = {
        "person": place["person"],
        "year": 2025,
        "studied_on": DAY,
        "category": "LAW",
        "mode": "CLASS",
        "stated": 800,
        "credit": 800,
    }
    return StudyRecord(**ENTRY | values | {"rule_set": place["rules"]} | facts)


CASES = {
    "a_posting_does_not_end_before_it_begins": lambda p: Posting(
        person=p["person"], unit=p["unit"], started_on=DAY, ended_on=BEFORE, entered_at=NOW
    ),
    "one_open_main_posting_per_person": lambda p: Posting(person=p["person"], unit=p["unit"], started_on=DAY, entered_at=NOW),
    "a_posting_is_not_superseded_before_it_was_entered": lambda p: Posting(
        person=p["person"], unit=p["unit"], started_on=DAY, entered_at=NOW, superseded_at=EARLY
    ),
    "one_open_holding_per_person_and_category": lambda p: CategoryHolding(
        person=p["person"], category="enforcement_officer", started_on=DAY, entered_at=NOW
    ),
    "a_category_does_not_end_before_it_begins": lambda p: CategoryHolding(
        person=p["person"], category="auxiliary_staff", started_on=DAY, ended_on=BEFORE, entered_at=NOW
    ),
    "a_role_is_not_revoked_before_it_was_granted": lambda p: Role(
        person=p["person"], unit=p["unit"], role="hr", granted_at=NOW, revoked_at=EARLY
    ),
    "a_transfer_leads_to_another_unit": lambda p: TransferRequest(
        person=p["person"], from_unit=p["unit"], to_unit=p["unit"], effective_on=DAY, requested_at=NOW
    ),
    "only_a_reversal_is_negative": lambda p: record(p, credit=-800),
    "the_day_of_study_decides_the_year": lambda p: record(p, year=2026),
    "a_record_states_its_amount": lambda p: record(p, stated=None),
    "a_half_day_is_a_morning_or_an_afternoon": lambda p: record(p, half_day="XX"),
    "the_day_of_a_line_decides_its_year": lambda p: HoursLine(
        submission=p["batch"],
        person=p["person"],
        studied_on=DAY,
        year=2026,
        category="LAW",
        mode="CLASS",
        title="班",
        stated=1,
        origin="x",
    ),
    "a_session_does_not_end_before_it_begins": lambda p: CountedSession(
        **ENTRY, unit=p["unit"], kind="LECTURE", year=2025, held_on=DAY, ended_on=BEFORE, counts=1
    ),
    "an_attainment_does_not_end_before_it_begins": lambda p: Attainment(
        **ENTRY, person=p["person"], kind=p["kind"], valid_from=DAY, valid_to=BEFORE
    ),
    "a_late_entry_names_reason_document_and_approver": lambda p: Submission(
        unit=p["unit"], subject="hours", source="form", title="班", created_at=NOW, late_reason="漏报"
    ),
    "a_rule_set_does_not_end_before_it_begins": lambda p: HourRuleSet(version=2, title="规则", valid_from=DAY, valid_to=BEFORE),
    "a_study_hour_has_minutes": lambda p: HourRuleSet(version=2, title="规则", valid_from=DAY, minutes_per_hour=0),
    "a_locked_period_does_not_end_before_it_begins": lambda p: PeriodLock(
        unit=p["unit"], starts_on=DAY, ends_on=BEFORE, label="", locked_at=NOW, origin="x"
    ),
    "a_report_is_of_a_year_a_half_year_or_a_quarter": lambda p: Report(unit=p["unit"], year=2025, kind="quarter", number=5),
}


@pytest.mark.parametrize("name", CASES)
def test_the_database_refuses_what_must_never_be(name):
    unit = make_unit(parent=make_district())
    place = {
        "unit": unit,
        "person": make_person(unit=unit),
        "rules": make_rule_set(),
        "kind": AttainmentKind.objects.create(code="K", name="证"),
        "batch": Submission.objects.create(unit=unit, subject="hours", source="form", title="班", created_at=NOW),
    }

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        CASES[name](place).save(force_insert=True)

    # SQLite names a check by its name and a unique rule by its columns
    assert name in str(refused.value) or "UNIQUE constraint failed" in str(refused.value)


def test_every_rule_has_a_name_that_reads_as_a_sentence():
    rules = [
        c for m in apps.get_models() if m.__module__.split(".")[0] in ("training", "reports", "laws") for c in m._meta.constraints
    ]

    assert [c.name for c in rules if c.name.count("_") < 2 or len(c.name) > 63] == []
    assert sum(isinstance(c, models.CheckConstraint) for c in rules) >= 25
