"""The rotating code, the door, the window, and what the organiser sees and marks."""

from datetime import timedelta

import pytest

from courses import offerings, sign_in
from courses.errors import CodeExpired, CodeRefused, NotEnrolled, SignInClosed, TooManyTries
from courses.models import Attendance
from tests.factories import (
    at,
    make_attendance,
    make_district,
    make_enrolment,
    make_offering,
    make_person,
    make_role,
    make_timetable_item,
)
from training.crypto import seal
from training.errors import BadInput, NotAllowed, WrongState

pytestmark = pytest.mark.django_db
NOW = at("2025-06-03 08:50")
QR = Attendance.Source.QR


@pytest.fixture
def district():
    return make_district()


@pytest.fixture
def hr(district):
    person = make_person(name="李人事", unit=district)
    make_role(person=person, unit=district, role="hr")
    return person


@pytest.fixture
def item(district):
    return make_timetable_item(offering=make_offering(unit=district))


def _enrolled(item, **facts):
    person = make_person(**facts)
    make_enrolment(offering=item.offering, person=person)
    return person


@pytest.mark.parametrize(("seconds", "is_good"), [(0, True), (14, True), (29, True), (30, False), (3600, False), (-1, False)])
def test_a_code_is_good_for_its_step_and_the_next(item, seconds, is_good):
    code = sign_in.shown(item, now=NOW).code  # 08:50:00 begins a step
    if is_good:
        sign_in.check_code(item, code, now=NOW + timedelta(seconds=seconds))
    else:
        with pytest.raises(CodeExpired):
            sign_in.check_code(item, code, now=NOW + timedelta(seconds=seconds))


def test_codes_of_another_item_and_forged_ones_are_refused(item, district):
    other = make_timetable_item(offering=make_offering(unit=district, title="另一班"))
    step, _dash, mac = sign_in.shown(item, now=NOW).code.partition("-")
    forged = [
        sign_in.shown(other, now=NOW).code,
        f"{int(step) + 1}-{mac}",  # a later step with today's signature
        f"{step}-{'0' * 24}",
        f"{step}-",
        "",
        "-",
        "١٢٣-abc",
        f"{step}-{mac}é",
        "9" * 400 + "-" + mac,
    ]
    for code in forged:
        with pytest.raises(CodeRefused):
            sign_in.check_code(item, code, now=NOW)


def test_typed_digits_find_the_item_whose_screen_shows_them(item, district):
    other = make_timetable_item(offering=make_offering(unit=district, title="另一班"))
    for one in (item, other):
        digits = sign_in.shown(one, now=NOW).digits
        assert len(digits) == 6
        spaced = f"{digits[:3]} {digits[3:]}"
        later = NOW + timedelta(seconds=20)
        assert sign_in.item_of_digits(spaced, device="d", address="", now=later) == one
        with pytest.raises(CodeRefused):
            sign_in.item_of_digits(digits, device="d", address="", now=NOW + timedelta(seconds=31))


def test_guessing_digits_ends_after_ten_tries_of_a_device(item):
    good = sign_in.shown(item, now=NOW).digits
    wrong = "000000" if good != "000000" else "000001"
    for _ in range(10):
        with pytest.raises(CodeRefused):
            sign_in.item_of_digits(wrong, device="d", address="10.0.0.1", now=NOW)
    with pytest.raises(TooManyTries):
        sign_in.item_of_digits(good, device="d", address="10.0.0.1", now=NOW)
    assert sign_in.item_of_digits(good, device="another", address="10.0.0.1", now=NOW) == item


def test_a_ticket_holds_on_the_device_that_scanned(item):
    ticket = sign_in.ticket(item, device="mine", source="qr")
    assert sign_in.redeem(ticket, device="mine") == (item.pk, "qr")
    for text, device in ((ticket, "yours"), (ticket + "x", "mine"), ("", "mine")):
        with pytest.raises(CodeRefused):
            sign_in.redeem(text, device=device)


def test_the_enrolled_person_is_known_by_name_and_four_digits_or_staff_number(item):
    person = _enrolled(
        item, name="王芳", staff_no="A100", id_number_sealed=seal("99010119850301002x"), phone_sealed=seal("13800001234")
    )
    _enrolled(item, name="王芳", staff_no="A200")
    stranger = make_person(name="赵六", staff_no="A300")
    offering = item.offering
    for number in ("002X", "002x", "1234", "a100"):
        assert sign_in.identify(offering, name="王 芳", number=number) == person
    for name, number in (("王芳", "9999"), ("王芳", ""), ("李四", "1234"), (stranger.name, "A300"), ("王芳", "234")):
        with pytest.raises(NotEnrolled):
            sign_in.identify(offering, name=name, number=number)


def test_signing_in_again_changes_nothing(item):
    person = _enrolled(item)
    first = sign_in.sign_in(item=item, person=person, source=QR, now=NOW, device="d", address="10.0.0.1")
    again = sign_in.sign_in(item=item, person=person, source=Attendance.Source.CODE, now=NOW + timedelta(minutes=9), device="e")
    assert (again.pk, again.signed_in_at, again.source, again.device) == (first.pk, NOW, "qr", sign_in.device_digest("d"))
    assert item.attendances.count() == 1


@pytest.mark.parametrize(
    ("now", "is_open"),
    [("2025-06-03 08:29", False), ("2025-06-03 08:30", True), ("2025-06-03 10:30", True), ("2025-06-03 10:31", False)],
)
def test_sign_in_is_open_from_half_an_hour_before_until_the_end(item, now, is_open):
    person = _enrolled(item)
    if is_open:
        sign_in.sign_in(item=item, person=person, source=QR, now=at(now))
    else:
        with pytest.raises(SignInClosed, match=r"06-03 08:30.*06-03 10:30"):
            sign_in.sign_in(item=item, person=person, source=QR, now=at(now))


def test_who_is_not_enrolled_and_a_class_not_approved_are_refused(item, district):
    with pytest.raises(NotEnrolled):
        sign_in.sign_in(item=item, person=make_person(), source=QR, now=NOW)
    planned = make_timetable_item(offering=make_offering(unit=district, state="planned", title="计划中"))
    with pytest.raises(WrongState):
        sign_in.sign_in(item=planned, person=_enrolled(planned), source=QR, now=NOW)


def test_signing_out_survives_a_clock_set_back(item):
    person = _enrolled(item)
    with pytest.raises(WrongState):
        sign_in.sign_out(item=item, person=person, now=NOW)
    sign_in.sign_in(item=item, person=person, source=QR, now=NOW)
    assert sign_in.sign_out(item=item, person=person, now=NOW - timedelta(minutes=5)).signed_out_at == NOW
    assert sign_in.sign_out(item=item, person=person, now=at("2025-06-03 10:40")).signed_out_at == at("2025-06-03 10:40")
    with pytest.raises(SignInClosed):
        sign_in.sign_out(item=item, person=person, now=at("2025-06-03 11:01"))


@pytest.mark.parametrize("count", [2, 40])
def test_the_live_list_flags_shared_devices_and_other_places(item, district, count, django_assert_num_queries):
    people = [_enrolled(item, name=f"学员{n:02d}") for n in range(count)]
    away = _enrolled(item, name="缺席")
    for person in people:
        make_attendance(item=item, person=person, device="same" if person in people[:2] else f"d{person.pk}")
    elsewhere = make_timetable_item(offering=make_offering(unit=district, title="另一班"), starts_at="2025-06-03 10:00")
    make_attendance(item=elsewhere, person=people[0])

    with django_assert_num_queries(4):
        seats = sign_in.live(item)

    by_person = {s.enrolment.person_id: s for s in seats}
    assert by_person[away.pk].attendance is None
    assert [p.name for p in people if by_person[p.pk].shares_device] == ["学员00", "学员01"]
    assert by_person[people[0].pk].elsewhere == ("另一班 · 行政处罚法",)
    assert by_person[people[1].pk].elsewhere == ()


def test_marking_by_hand_needs_a_reason_and_enrols_at_the_door(item, hr):
    walk_in = make_person(name="临时")
    known = _enrolled(item)
    with pytest.raises(BadInput):
        sign_in.mark(item=item, people=[known], reason="", by=hr, now=NOW)
    with pytest.raises(BadInput):
        sign_in.mark(item=item, people=[hr], reason="手机没电", by=hr, now=NOW)
    with pytest.raises(NotAllowed):
        sign_in.mark(item=item, people=[known], reason="手机没电", by=known, now=NOW)
    assert sign_in.mark(item=item, people=[known, walk_in], reason="手机没电", by=hr, now=NOW) == 2
    assert sign_in.mark(item=item, people=[known, walk_in], reason="手机没电", by=hr, now=NOW) == 0
    assert item.offering.enrolments.get(person=walk_in).source == "door"
    assert set(item.attendances.values_list("source", "reason", "marked_by")) == {("manual", "手机没电", hr.pk)}


def test_what_was_signed_in_survives_a_change_of_the_class(item, hr):
    person = _enrolled(item)
    sign_in.sign_in(item=item, person=person, source=QR, now=NOW)
    offerings.change(offering=item.offering, by=hr, now=NOW, title="改名的班")
    assert item.attendances.get().signed_in_at == NOW
