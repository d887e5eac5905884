"""What goes with a class: evaluation without names, materials, the calendar feed, the quiz, the paper sheet."""

from datetime import timedelta

import icalendar
import pytest

from courses import calendar, evaluation, materials, offerings, quizzes, sheets
from courses.errors import NotEnrolled
from courses.models import Evaluation
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
from tests.imports.files import sheet
from training.errors import BadInput, NotAllowed, WrongState

pytestmark = pytest.mark.django_db
NOW = at("2025-06-03 12:00")


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
    return make_timetable_item(offering=make_offering(unit=district, title="培训班"))


def _here(item, **facts):
    person = make_person(unit=item.offering.unit, **facts)
    make_enrolment(offering=item.offering, person=person)
    make_attendance(item=item, person=person)
    return person


def _marks(*values):
    return dict(zip(evaluation.DIMENSIONS, values, strict=True))


def test_an_evaluation_is_given_once_by_attendees_and_shown_from_three_answers_on(item):
    offering, people = item.offering, [_here(item) for _ in range(4)]
    for person, marks in zip(people[:2], [(5, 4, 3), (4, 4, 4)], strict=True):
        evaluation.give(offering=offering, person=person, marks=_marks(*marks), comment="很好")
    hidden = evaluation.results(offering)
    assert (hidden.asked, hidden.answers, hidden.means, hidden.comments) == (4, 2, None, ())

    evaluation.give(offering=offering, person=people[2], marks=_marks(5, 5, 1))
    shown = evaluation.results(offering)
    assert (shown.answers, shown.means) == (3, {"timeliness": 467, "relevance": 433, "effectiveness": 267})
    assert shown.comments == ("很好", "很好")
    with pytest.raises(WrongState):
        evaluation.give(offering=offering, person=people[0], marks=_marks(1, 1, 1))
    with pytest.raises(NotAllowed):
        evaluation.give(offering=offering, person=make_person(), marks=_marks(1, 1, 1))
    for marks in (_marks(0, 1, 1), _marks(6, 1, 1), {"timeliness": 3}):
        with pytest.raises(BadInput):
            evaluation.give(offering=offering, person=people[3], marks=marks)


def test_an_evaluation_holds_nothing_that_leads_to_its_giver():
    assert {f.name for f in Evaluation._meta.get_fields()} == {"id", "offering", *evaluation.DIMENSIONS, "comment"}


def test_materials_are_known_by_their_content(item, hr):
    offering = item.offering
    first = materials.hand_out(offering=offering, name="../讲义.pdf", content=b"%PDF-1.7 x", by=hr, now=NOW)
    assert (first.name, first.media_type) == ("讲义.pdf", "application/pdf")
    assert materials.hand_out(offering=offering, name="又.pdf", content=b"%PDF-1.7 x", by=hr, now=NOW) == first
    for content in (b"", b"<svg onload=alert(1)>", b"MZ\x90", b"PDF-1.4"):
        with pytest.raises(BadInput):
            materials.hand_out(offering=offering, name="讲义.pdf", content=content, by=hr, now=NOW)
    with pytest.raises(NotAllowed):
        materials.hand_out(offering=offering, name="讲义.pdf", content=b"%PDF-1.7 y", by=make_person(), now=NOW)


def test_the_feed_reads_back_as_the_timetable_and_follows_changes(item, hr, django_assert_num_queries):
    person = _here(item)
    make_enrolment(offering=make_offering(title="别人的班"), person=make_person())
    key = calendar.new_key(person=person, now=NOW)
    assert calendar.person_of(key) == person

    def events():
        with django_assert_num_queries(1):
            text = calendar.feed(person, host="train.example", name="我的班次", now=NOW)
        return icalendar.Calendar.from_ical(text).walk("VEVENT")

    (event,) = events()
    assert (str(event["uid"]), int(event["sequence"]), str(event["status"])) == (f"item-{item.pk}@train.example", 0, "CONFIRMED")
    assert (event.decoded("dtstart"), event.decoded("dtend")) == (item.starts_at, item.ends_at)
    assert b"DTSTART:20250603T010000Z" in calendar.feed(person, host="train.example", name="我的班次", now=NOW)

    offerings.change_item(item=item, by=hr, now=NOW, place="三层")
    (event,) = events()
    assert (str(event["uid"]), int(event["sequence"]), str(event["location"])) == (f"item-{item.pk}@train.example", 1, "三层")


def test_a_cancelled_class_stays_in_the_feed_as_cancelled(item, hr):
    person = make_person()
    make_enrolment(offering=item.offering, person=person)
    offerings.cancel(offering=item.offering, reason="讲师生病", by=hr, now=NOW)
    (event,) = icalendar.Calendar.from_ical(calendar.feed(person, host="h", name="n", now=NOW)).walk("VEVENT")
    assert (str(event["status"]), int(event["sequence"])) == ("CANCELLED", 1)


def test_a_new_address_of_the_feed_closes_the_old(item):
    person = _here(item)
    old = calendar.new_key(person=person, now=NOW)
    new = calendar.new_key(person=person, now=NOW)
    assert (calendar.person_of(old), calendar.person_of(new), calendar.person_of("")) == (None, person, None)


def test_the_quiz_refuses_unknown_questions_and_outsiders(item, hr):
    with pytest.raises(BadInput, match="no-such"):
        quizzes.choose(offering=item.offering, codes=["no-such"], by=hr, now=NOW)
    with pytest.raises(NotEnrolled):
        quizzes.begin(offering=item.offering, person=make_person(), now=NOW)


def test_a_paper_sheet_is_shown_first_and_taken_over_whole(item, hr):
    person = make_person(name="王芳", staff_no="A100", unit=item.offering.unit)
    make_enrolment(offering=item.offering, person=person)
    present = _here(item, name="赵六", staff_no="A101")
    make_person(name="临时", staff_no="A102", unit=item.offering.unit)
    rows = [("姓名", "工号", "签名"), ("王芳", "A100", "√"), ("赵六", "A101", "√"), ("临时", "A102", "√")]
    good = sheet(*rows)
    wrong = sheet(*rows, ("错名", "A100", "√"), ("无此人", "A999", "√"), ("王芳", "A100", "√"))

    shown = sheets.read(item=item, content=wrong, filename="签到.xlsx", by=hr, now=NOW)
    assert [(e.row, e.code) for e in shown.errors] == [(5, "name_mismatch"), (6, "person_unknown"), (7, "row_repeated")]
    with pytest.raises(BadInput):
        sheets.take_over(item=item, content=wrong, filename="签到.xlsx", by=hr, now=NOW)
    assert list(item.attendances.values_list("person", flat=True)) == [present.pk]

    shown = sheets.read(item=item, content=good, filename="签到.xlsx", by=hr, now=NOW)
    assert (len(shown.people), shown.known, shown.walk_ins, shown.errors) == (2, 1, 1, ())
    assert sheets.take_over(item=item, content=good, filename="签到.xlsx", by=hr, now=NOW + timedelta(minutes=1)) == 2
    assert sorted(item.attendances.values_list("source", flat=True)) == ["qr", "sheet", "sheet"]
