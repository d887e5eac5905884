"""Classes are planned, approved, changed and cancelled; special training needs its emergency-law item."""

import pytest

from courses import offerings
from courses.errors import AttendedAlready, EmergencyLawMissing
from courses.models import EMERGENCY_LAW, Lecturer, OfferingState, Room
from tests.factories import (
    at,
    make_attendance,
    make_district,
    make_enrolment,
    make_offering,
    make_person,
    make_role,
    make_timetable_item,
    make_unit,
)
from training.errors import BadInput, NotAllowed, WrongState

pytestmark = pytest.mark.django_db
NOW = at("2025-05-06 10:00")


@pytest.fixture
def district():
    return make_district()


@pytest.fixture
def hr(district):
    person = make_person(name="李人事", unit=district)
    make_role(person=person, unit=district, role="hr")
    return person


def _item(**facts):
    return {"title": "行政处罚法", "starts_at": at("2025-06-03 09:00"), "minutes": 90, "category": "LAW"} | facts


@pytest.mark.parametrize("flags", [{"is_special_training": True}, {"is_special_class": True}], ids=["item 14", "item 31"])
def test_special_training_is_approved_only_with_an_emergency_law_item(district, hr, flags):
    offering = offerings.plan(unit=district, title="专题班", by=hr, now=NOW, items=[_item()], **flags)

    with pytest.raises(EmergencyLawMissing):
        offerings.approve(offering=offering, by=hr, now=NOW)
    offerings.change_item(item=offering.items.get(), by=hr, now=NOW, tags=[EMERGENCY_LAW])
    approved = offerings.approve(offering=offering, by=hr, now=NOW)

    assert (approved.state, approved.approved_by, approved.approved_at) == ("approved", hr, NOW)


def test_an_ordinary_class_needs_no_emergency_law_but_a_timetable(district, hr):
    empty = offerings.plan(unit=district, title="空班", by=hr, now=NOW)
    with pytest.raises(BadInput, match=r"timetable|课程"):
        offerings.approve(offering=empty, by=hr, now=NOW)
    offerings.add_item(offering=empty, by=hr, now=NOW, **_item())
    assert offerings.approve(offering=empty, by=hr, now=NOW).state == OfferingState.APPROVED


def test_the_two_flags_say_what_a_class_counts_as(district, hr):
    kinds = [
        offerings.plan(unit=district, title=f"班{n}", by=hr, now=NOW, **flags).counted_as
        for n, flags in enumerate(
            [
                {},
                {"is_special_training": True},
                {"is_special_class": True},
                {"is_special_training": True, "is_special_class": True},
            ]
        )
    ]
    assert kinds == ["", "SPECIAL_TRAINING", "SPECIAL_CLASS", "SPECIAL_CLASS"]


def test_an_approved_special_class_keeps_its_emergency_law_item(district, hr):
    items = [_item(tags=[EMERGENCY_LAW])]
    offering = offerings.plan(unit=district, title="专题班", by=hr, now=NOW, items=items, is_special_class=True)
    offerings.approve(offering=offering, by=hr, now=NOW)

    with pytest.raises(EmergencyLawMissing):
        offerings.change_item(item=offering.items.get(), by=hr, now=NOW, tags=[])
    with pytest.raises(EmergencyLawMissing):
        offerings.cancel_item(item=offering.items.get(), by=hr, now=NOW)

    assert (offering.items.get().tags, offering.items.get().cancelled_at) == ([EMERGENCY_LAW], None)


@pytest.mark.parametrize(
    "change", [{"starts_at": at("2025-06-04 09:00")}, {"minutes": 45}, {"category": "OTHER"}, {"mode": "LECTURE"}], ids=str
)
def test_an_item_that_somebody_attended_is_not_moved_shortened_or_recast(district, hr, change):
    item = make_timetable_item(offering=make_offering(unit=district))
    make_attendance(item=item, person=make_person())

    with pytest.raises(AttendedAlready, match="行政处罚法"):
        offerings.change_item(item=item, by=hr, now=NOW, **change)
    with pytest.raises(AttendedAlready):
        offerings.cancel_item(item=item, by=hr, now=NOW)
    changed = offerings.change_item(item=item, by=hr, now=NOW, place="二层报告厅")

    assert (changed.place, changed.minutes, changed.revision) == ("二层报告厅", 90, 1)


def test_items_of_a_class_do_not_overlap(district, hr):
    offering = offerings.plan(unit=district, title="班", by=hr, now=NOW, items=[_item()])
    with pytest.raises(BadInput, match="行政处罚法"):
        offerings.add_item(offering=offering, by=hr, now=NOW, **_item(title="行政许可法", starts_at=at("2025-06-03 10:29")))
    offerings.add_item(offering=offering, by=hr, now=NOW, **_item(title="行政许可法", starts_at=at("2025-06-03 10:30")))
    assert offering.items.count() == 2


def test_a_class_is_cancelled_with_a_reason_and_not_after_somebody_attended(district, hr):
    offering = make_offering(unit=district)
    enrolment = make_enrolment(offering=offering, person=make_person())
    with pytest.raises(BadInput):
        offerings.cancel(offering=offering, reason=" ", by=hr, now=NOW)
    offerings.cancel(offering=offering, reason="讲师生病", by=hr, now=NOW)
    enrolment.refresh_from_db()
    assert (enrolment.state, enrolment.reason) == ("cancelled", "讲师生病")

    attended = make_offering(unit=district, title="另一班")
    make_attendance(item=make_timetable_item(offering=attended), person=make_person())
    with pytest.raises(WrongState):
        offerings.cancel(offering=attended, reason="讲师生病", by=hr, now=NOW)


def test_a_retired_lecturer_stays_on_old_timetables_and_takes_no_new_ones(district, hr):
    lecturer = Lecturer.objects.create(name="王教授")
    item = make_timetable_item(offering=make_offering(unit=district), lecturer=lecturer)
    offerings.retire_lecturer(lecturer=lecturer, by=hr, now=NOW)
    lecturer.refresh_from_db()

    assert offerings.change_item(item=item, by=hr, now=NOW, place="三层").lecturer == lecturer
    with pytest.raises(BadInput, match="王教授"):
        offerings.plan(unit=district, title="新班", by=hr, now=NOW, items=[_item(lecturer=lecturer)])


def test_outsiders_plan_nothing(district):
    other = make_unit(parent=district)
    stranger = make_person()
    make_role(person=stranger, unit=other, role="hr")
    with pytest.raises(NotAllowed):
        offerings.plan(unit=district, title="班", by=stranger, now=NOW)


@pytest.mark.parametrize("people", [1, 20])
def test_conflicts_of_lecturer_room_and_people_cost_the_same_queries(district, people, django_assert_num_queries):
    lecturer, room = Lecturer.objects.create(name="王教授"), Room.objects.create(name="报告厅", unit=district)
    ours = make_offering(unit=district)
    make_timetable_item(offering=ours, lecturer=lecturer, room=room)
    other = make_offering(unit=district, title="另一班")
    make_timetable_item(offering=other, lecturer=lecturer, starts_at="2025-06-03 10:00")
    third = make_offering(unit=district, title="第三班")
    make_timetable_item(offering=third, room=room, starts_at="2025-06-03 10:30")  # begins when ours ends
    for n in range(people):
        person = make_person(name=f"学员{n:02d}")
        make_enrolment(offering=ours, person=person)
        make_enrolment(offering=other, person=person)
        make_enrolment(offering=third, person=person)

    with django_assert_num_queries(4):
        found = offerings.conflicts(ours)

    assert [(c.kind, c.who, c.other.offering.title) for c in found] == [("lecturer", "王教授", "另一班")] + [
        ("person", f"学员{n:02d}", "另一班") for n in range(people)
    ]
