"""The ledger adds, never edits; it credits once, and it notices what was altered."""

import threading
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction

from tests.factories import at, make_district, make_person, make_rule_set, make_unit
from training import guards, ledger
from training.errors import BadInput, ConflictingAward, WrongState
from training.models import Category, Mode, StudyRecord, YearTotal

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05 10:00")


@pytest.fixture
def person():
    make_rule_set()
    return make_person(unit=make_unit(parent=make_district()))


def award(person, *, day=date(2025, 3, 5), stated=800, origin="class:1", **facts):
    values = {"category": Category.LAW, "mode": Mode.CLASS, "title": "行政处罚法", "stated": stated} | facts
    return ledger.award_hours(person=person, studied_on=day, origin=origin, now=NOW, **values)


def total(person, year=2025):
    return YearTotal.objects.get(person=person, year=year).law


def test_the_same_completion_credits_once(person):
    first, second = award(person), award(person)

    assert second.pk == first.pk
    assert total(person) == 800


def test_other_figures_under_the_same_origin_are_refused(person):
    award(person)

    with pytest.raises(ConflictingAward):
        award(person, stated=600)
    assert total(person) == 800


def test_a_class_over_new_year_gives_each_year_its_days(person):
    for part, day in enumerate((date(2025, 12, 30), date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)), 1):
        award(person, day=day, part=part)

    assert (total(person, 2025), total(person, 2026)) == (1600, 1600)


def test_a_reversal_takes_the_hours_back_and_the_corrected_posting_is_the_next_revision(person):
    record = award(person)

    reversal = ledger.reverse(record=record, reason="重复登记", by=None, now=NOW)
    corrected = award(person, stated=600)

    assert (reversal.credit, corrected.revision, total(person)) == (-800, 2, 600)
    with pytest.raises(WrongState):
        ledger.reverse(record=record, reason="再次", by=None, now=NOW)


def test_study_in_the_future_is_refused(person):
    with pytest.raises(BadInput):
        award(person, day=date(2026, 1, 6))
    assert not StudyRecord.objects.exists()


@pytest.mark.parametrize("act", ["update", "delete"])
def test_the_database_refuses_to_change_an_entry(person, act):
    record = award(person)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        if act == "update":
            StudyRecord.objects.filter(pk=record.pk).update(credit=6000)
        else:
            StudyRecord.objects.filter(pk=record.pk).delete()


def test_verification_names_the_first_altered_entry(person):
    award(person)
    altered = award(person, origin="class:2")
    assert ledger.verify().broken is None

    guards.remove()
    StudyRecord.objects.filter(pk=altered.pk).update(credit=6000)
    guards.install()

    assert ledger.verify().broken == f"study #{altered.sequence}"


def test_verification_notices_a_total_that_the_entries_do_not_make(person):
    award(person)

    YearTotal.objects.filter(person=person).update(law=6000)

    assert ledger.verify().broken is not None


@pytest.mark.parametrize("people", [2, 30])
def test_posting_costs_the_same_queries_for_any_number_of_people(people, django_assert_num_queries):
    make_rule_set()
    unit = make_unit(parent=make_district())
    studies = [
        ledger.Study(
            person_id=make_person(unit=unit).pk,
            studied_on=date(2025, 3, 5),
            category=Category.LAW,
            mode=Mode.CLASS,
            title="行政处罚法",
            origin="class:1",
            stated=800,
        )
        for _ in range(people)
    ]

    with django_assert_num_queries(15):
        ledger.post_hours(studies=studies, now=NOW)

    assert YearTotal.objects.filter(year=2025, law=800).count() == people


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_postings_at_once_credit_once_and_stay_under_the_cap():
    guards.install()
    make_rule_set(day_cap=800)
    person = make_person(unit=make_unit(parent=make_district()))
    errors = []

    def post(origin):
        try:
            award(person, origin=origin, stated=600)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=post, args=(origin,)) for origin in ("class:1", "class:1", "class:2", "class:2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert errors == []
    assert total(person) == 800
    assert sorted(StudyRecord.objects.values_list("credit", flat=True)) == [200, 600]
    assert ledger.verify().broken is None
