"""Seats, the waiting list that moves up by itself, and leave asked for before the class."""

import threading

import pytest
from django.db import connection

from courses import enrolment
from courses.errors import EnrolmentClosed
from courses.models import Enrolment, EnrolmentState, Offering
from tests.factories import (
    at,
    make_district,
    make_enrolment,
    make_offering,
    make_person,
    make_role,
    make_timetable_item,
    make_unit,
)
from training.errors import BadInput, NotAllowed, WrongState

NOW = at("2025-05-06 10:00")
HR = Enrolment.Source.HR


@pytest.fixture
def district(db):
    return make_district()


@pytest.fixture
def hr(district):
    person = make_person(name="李人事", unit=district)
    make_role(person=person, unit=district, role="hr")
    return person


def _states(offering):
    return [(e.person.name, e.state) for e in offering.enrolments.select_related("person").order_by("pk")]


@pytest.mark.parametrize("count", [3, 30])
def test_people_get_seats_in_order_and_the_rest_wait_at_constant_cost(district, hr, count, django_assert_num_queries):
    offering = make_offering(unit=district, capacity=2)
    people = [make_person(name=f"学员{n:02d}", unit=district) for n in range(count)]
    with django_assert_num_queries(17):
        enrolment.enrol(offering=offering, people=people, source=HR, by=hr, now=NOW)
    assert _states(offering) == [(f"学员{n:02d}", "enrolled" if n < 2 else "waiting") for n in range(count)]

    enrolment.enrol(offering=offering, people=people, source=HR, by=hr, now=NOW)  # once more changes nothing
    assert offering.enrolments.count() == count


def test_who_waits_longest_moves_up_when_a_seat_is_given_back(district, hr):
    offering = make_offering(unit=district, capacity=1)
    people = [make_person(name=name, unit=district) for name in ("甲", "乙", "丙")]
    enrolment.enrol(offering=offering, people=people, source=HR, by=hr, now=NOW)

    enrolment.cancel(enrolment=offering.enrolments.get(person=people[0]), by=people[0], now=NOW)
    assert _states(offering) == [("甲", "cancelled"), ("乙", "enrolled"), ("丙", "waiting")]

    enrolment.enrol(offering=offering, people=[people[0]], source=HR, by=hr, now=at("2025-05-06 11:00"))
    enrolment.cancel(enrolment=offering.enrolments.get(person=people[1]), by=hr, now=NOW, reason="出差")
    assert _states(offering) == [("甲", "waiting"), ("乙", "cancelled"), ("丙", "enrolled")]


def test_learners_enrol_themselves_while_it_is_open_to_them(district):
    ours, other = make_unit(parent=district), make_unit(parent=district)
    learner, stranger = make_person(unit=ours), make_person(unit=other)
    offering = make_offering(unit=district, audience_unit=ours, enrol_until=at("2025-05-30 18:00"))
    make_timetable_item(offering=offering)

    first = enrolment.enrol_oneself(offering=offering, person=learner, now=NOW)
    assert first.state == EnrolmentState.ENROLLED
    assert enrolment.enrol_oneself(offering=offering, person=learner, now=NOW).pk == first.pk
    with pytest.raises(EnrolmentClosed):
        enrolment.enrol_oneself(offering=offering, person=stranger, now=NOW)
    with pytest.raises(EnrolmentClosed):
        enrolment.enrol_oneself(offering=offering, person=make_person(unit=ours), now=at("2025-05-30 18:01"))
    Offering.objects.update(enrol_until=None)
    with pytest.raises(EnrolmentClosed):  # it has begun
        enrolment.enrol_oneself(offering=offering, person=make_person(unit=ours), now=at("2025-06-03 09:00"))


def test_hr_enrols_an_audience_of_its_own_reach(district, hr):
    ours, below = make_unit(parent=district), None
    below = make_unit(parent=ours)
    inside = [make_person(unit=ours), make_person(unit=below)]
    make_person(unit=ours, category="leading_cadre")
    make_person(unit=district)
    found = enrolment.audience(by=hr, unit=ours, now=NOW, category="enforcement_officer")
    assert list(found) == inside

    own_hr = make_person(unit=below)
    make_role(person=own_hr, unit=below, role="hr")
    offering = make_offering(unit=below)
    with pytest.raises(NotAllowed):
        enrolment.enrol(offering=offering, people=[inside[0]], source=HR, by=own_hr, now=NOW)


def test_leave_is_asked_before_the_item_and_decided_by_the_organiser(district, hr):
    offering = make_offering(unit=district)
    item = make_timetable_item(offering=offering)
    person = make_person(unit=district)
    mine = make_enrolment(offering=offering, person=person)

    with pytest.raises(WrongState):
        enrolment.ask_leave(enrolment=mine, item=item, reason="开会", by=person, now=at("2025-06-03 09:00"))
    leave = enrolment.ask_leave(enrolment=mine, item=item, reason="开会", by=person, now=NOW)
    with pytest.raises(NotAllowed):
        enrolment.decide_leave(leave=leave, grant=True, by=person, now=NOW)
    with pytest.raises(BadInput):
        enrolment.decide_leave(leave=leave, grant=False, by=hr, now=NOW)
    assert enrolment.decide_leave(leave=leave, grant=True, by=hr, now=NOW).state == "granted"
    with pytest.raises(WrongState):
        enrolment.decide_leave(leave=leave, grant=False, by=hr, now=NOW, note="人太少")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_people_and_the_last_seat():
    district = make_district()
    offering = make_offering(unit=district, capacity=1)
    make_timetable_item(offering=offering)
    people = [make_person(unit=district) for _ in range(6)]
    gate = threading.Barrier(6)

    def run(person):
        try:
            gate.wait(10)
            enrolment.enrol_oneself(offering=offering, person=person, now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(offering.enrolments.values_list("state", flat=True)) == ["enrolled"] + ["waiting"] * 5
