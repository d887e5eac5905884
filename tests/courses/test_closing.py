"""Closing a class credits each attendee per item and category, once, and registers one counted session."""

from contextlib import nullcontext
from datetime import timedelta

import pytest

from courses import closing, offerings
from courses.models import EMERGENCY_LAW, Offering
from tests.factories import (
    at,
    make_attendance,
    make_district,
    make_enrolment,
    make_offering,
    make_person,
    make_role,
    make_rule_set,
    make_timetable_item,
)
from training import certification, periods, sessions
from training.errors import BadInput, EvidenceMissing, NotAllowed, WrongState
from training.models import CountedSession, HoursLine, StudyRecord, Submission
from training.periods import Period

pytestmark = pytest.mark.django_db
AFTER = at("2025-06-05 09:00")
PDF = ("notice", "通知.pdf", b"%PDF-1.4 notice")


@pytest.fixture
def district():
    make_rule_set(half_day_cap=400, day_cap=800)
    return make_district()


@pytest.fixture
def hr(district):
    person = make_person(name="李人事", unit=district)
    make_role(person=person, unit=district, role="hr")
    return person


@pytest.fixture
def bureau(district):
    person = make_person(name="司法局", unit=district)
    make_role(person=person, unit=district, role="district")
    return person


def _attend(offering, *items, **facts):
    person = make_person(unit=offering.unit, **facts)
    make_enrolment(offering=offering, person=person)
    for item in items:
        make_attendance(item=item, person=person)
    return person


def _close(offering, by, now=AFTER, **facts):
    return closing.close(offering=offering, by=by, now=now, **({"proofs": [PDF]} | facts))


def _certify_all(bureau, now=AFTER):
    for batch in Submission.objects.filter(state="unit_approved").order_by("pk"):
        certification.certify(submission=batch, by=bureau, now=now)


def _credits(person):
    rows = StudyRecord.objects.standing().filter(person=person).order_by("studied_on", "pk")
    return [(r.studied_on.isoformat(), r.category, r.credit) for r in rows]


@pytest.mark.parametrize(
    ("starts", "minutes", "parts"),
    [
        ("2025-06-03 08:30", 240, [("2025-06-03", 240, "AM")]),
        ("2025-06-03 09:00", 240, [("2025-06-03", 240, "AM")]),
        ("2025-06-03 09:00", 241, [("2025-06-03", 241, "")]),
        ("2025-06-03 12:00", 120, [("2025-06-03", 120, "PM")]),
        ("2025-06-03 14:00", 240, [("2025-06-03", 240, "PM")]),
        ("2025-06-03 18:30", 90, [("2025-06-03", 90, "")]),
        ("2025-12-31 23:00", 90, [("2025-12-31", 60, ""), ("2026-01-01", 30, "AM")]),
        ("2025-12-31 22:00", 120, [("2025-12-31", 120, "")]),
    ],
)
def test_the_clock_says_day_and_half_day(starts, minutes, parts):
    item = make_timetable_item(offering=make_offering(), starts_at=starts, minutes=minutes)
    assert [(p.day.isoformat(), p.minutes, p.half_day) for p in closing.parts_of(item)] == parts


def test_a_long_morning_credits_four_hours_and_names_what_the_cap_refused(district, hr, bureau):
    offering = make_offering(unit=district)
    item = make_timetable_item(offering=offering, starts_at="2025-06-03 08:30", minutes=240)
    person = _attend(offering, item)

    _close(offering, hr)
    assert _credits(person) == []  # submitted, not certified
    _certify_all(bureau)

    record = StudyRecord.objects.get(person=person)
    assert (record.credit, record.origin, record.refusals) == (
        400,
        f"courses.item:{item.pk}",
        [{"code": "half_day_cap", "minutes": 60, "credit": 133}],
    )


def test_each_item_credits_its_own_category(district, hr, bureau):
    offering = make_offering(unit=district)
    items = [
        make_timetable_item(offering=offering, starts_at="2025-06-03 09:00", minutes=90, category="LAW"),
        make_timetable_item(offering=offering, starts_at="2025-06-03 14:00", minutes=45, category="POLITICAL_THEORY"),
        make_timetable_item(offering=offering, starts_at="2025-06-03 15:00", minutes=135, category="PROFESSIONAL"),
    ]
    everything, half, away = _attend(offering, *items), _attend(offering, items[1]), _attend(offering)

    closed = _close(offering, hr)
    _certify_all(bureau)

    assert [c for _d, c, _n in _credits(everything)] == ["LAW", "POLITICAL_THEORY", "PROFESSIONAL"]
    assert [n for _d, _c, n in _credits(everything)] == [200, 100, 300]
    assert _credits(half) == [("2025-06-03", "POLITICAL_THEORY", 100)]
    assert _credits(away) == []
    assert dict(closed.enrolments.values_list("person", "state")) == {
        everything.pk: "completed",
        half.pk: "completed",
        away.pk: "failed",
    }


def test_four_days_over_new_year_give_sixteen_hours_to_each_year(district, hr, bureau):
    offering = make_offering(unit=district)
    items = []
    for day in ("2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"):
        items.append(make_timetable_item(offering=offering, starts_at=f"{day} 08:30", minutes=180, title=f"{day}上"))
        items.append(make_timetable_item(offering=offering, starts_at=f"{day} 14:00", minutes=180, title=f"{day}下"))
    person = _attend(offering, *items)

    _close(offering, hr, now=at("2026-01-05 09:00"))
    _certify_all(bureau, now=at("2026-01-05 10:00"))

    sums = {year: sum(r.credit for r in StudyRecord.objects.filter(person=person, year=year)) for year in (2025, 2026)}
    assert sums == {2025: 1600, 2026: 1600}


def test_a_class_closes_once_after_its_end_with_evidence(district, hr):
    offering = make_offering(unit=district)
    _attend(offering, make_timetable_item(offering=offering))
    with pytest.raises(WrongState, match="2025-06-03 10:30"):
        _close(offering, hr, now=at("2025-06-03 10:29"))
    with pytest.raises(EvidenceMissing):
        _close(offering, hr, proofs=[])
    with pytest.raises(BadInput):
        _close(offering, hr, proofs=[("notice", "通知.pdf", b"<html>")])
    assert (Submission.objects.count(), HoursLine.objects.count()) == (0, 0)
    _close(offering, hr)
    with pytest.raises(WrongState):
        _close(offering, hr)
    assert HoursLine.objects.count() == 1


@pytest.mark.parametrize(("missed", "state"), [(1, "completed"), (2, "failed")])
def test_more_than_a_seventh_missed_fails_an_off_job_class(district, hr, missed, state):
    offering = make_offering(unit=district, is_off_job=True)
    items = [make_timetable_item(offering=offering, starts_at=f"2025-05-{d:02d} 09:00", title=f"第{d}天") for d in range(12, 19)]
    person = _attend(offering, *items[missed:])

    _close(offering, hr)

    assert offering.enrolments.get(person=person).state == state
    assert HoursLine.objects.filter(person=person).count() == (6 if state == "completed" else 0)


def test_a_special_class_is_one_counted_period(district, hr, bureau):
    offering = make_offering(
        unit=district, title="处级干部依法行政专题班", is_special_class=True, counted_as="SPECIAL_CLASS", period_no=1
    )
    items = [
        make_timetable_item(offering=offering, starts_at="2025-06-03 09:00"),
        make_timetable_item(offering=offering, starts_at="2025-06-04 09:00", tags=[EMERGENCY_LAW], title="应急法治"),
    ]
    _attend(offering, *items)
    _close(offering, hr)
    _certify_all(bureau)

    session = CountedSession.objects.get()
    assert (session.kind, session.counts, session.unit, session.participants, session.has_emergency_course) == (
        "SPECIAL_CLASS",
        1,
        district,
        1,
        True,
    )
    assert (session.held_on.isoformat(), session.ended_on.isoformat()) == ("2025-06-03", "2025-06-04")


def test_an_event_that_hr_also_registered_counts_once(district, hr, bureau):
    for kind in ("LECTURE", "PRE_MEETING"):
        offering = make_offering(unit=district, title="政府常务会学法", counted_as=kind, minutes_reference="第12次常务会")
        _attend(offering, make_timetable_item(offering=offering))
        _close(offering, hr)
    _certify_all(bureau)
    assert sorted(CountedSession.objects.values_list("kind", "counts")) == [("LECTURE", 1), ("PRE_MEETING", 0)]


def test_special_training_held_without_emergency_law_closes_with_a_reason_and_lowers_the_share(district, hr, bureau):
    good = make_offering(unit=district, title="有应急", is_special_training=True, counted_as="SPECIAL_TRAINING")
    _attend(good, make_timetable_item(offering=good, tags=[EMERGENCY_LAW]))
    bad = make_offering(unit=district, title="无应急", is_special_training=True, counted_as="SPECIAL_TRAINING")
    person = _attend(bad, make_timetable_item(offering=bad, starts_at="2025-06-04 09:00"))
    _close(good, hr)
    with pytest.raises(BadInput):
        _close(bad, hr)
    closed = _close(bad, hr, without_emergency_reason="讲师临时缺席")
    _certify_all(bureau)

    assert closed.held_without_reason == "讲师临时缺席"
    assert _credits(person) == [("2025-06-04", "LAW", 200)]
    assert sessions.special_training_share(CountedSession.objects.all()) == (2, 1, ["无应急"])


def test_revoking_an_attendance_reverses_its_credit_and_only_that(district, hr, bureau):
    offering = make_offering(unit=district)
    items = [
        make_timetable_item(offering=offering),
        make_timetable_item(offering=offering, starts_at="2025-06-03 14:00", title="行政许可法"),
    ]
    person, other = _attend(offering, *items), _attend(offering, *items)
    _close(offering, hr)
    _certify_all(bureau)
    attendance = items[0].attendances.get(person=person)

    with pytest.raises(NotAllowed):
        closing.revoke(attendance=attendance, reason="代签", by=hr, now=AFTER)
    with pytest.raises(BadInput):
        closing.revoke(attendance=attendance, reason="", by=bureau, now=AFTER)
    closing.revoke(attendance=attendance, reason="代签", by=bureau, now=AFTER)
    closing.revoke(attendance=attendance, reason="代签", by=bureau, now=AFTER)  # once more changes nothing

    assert sum(r.credit for r in StudyRecord.objects.filter(person=person)) == 200
    assert sum(r.credit for r in StudyRecord.objects.filter(person=other)) == 400
    assert StudyRecord.objects.filter(person=person, reverses__isnull=False).values_list("credit", "reason").get() == (
        -200,
        "代签",
    )


def test_revoking_before_certification_withdraws_the_line(district, hr, bureau):
    offering = make_offering(unit=district)
    item = make_timetable_item(offering=offering)
    person = _attend(offering, item)
    _close(offering, hr)
    closing.revoke(attendance=item.attendances.get(), reason="代签", by=bureau, now=AFTER)
    assert HoursLine.objects.get(person=person).state == "revoked"


def test_hours_are_certified_at_once_where_the_installation_says_so(district, hr, settings):
    settings.CLASS_CREDIT = "certified"
    offering = make_offering(unit=district)
    person = _attend(offering, make_timetable_item(offering=offering))
    _close(offering, hr)
    assert _credits(person) == [("2025-06-03", "LAW", 200)]


@pytest.mark.parametrize("count", [2, 20])
def test_closing_costs_the_same_queries_for_any_number_of_people(district, hr, count, django_assert_num_queries):
    offering = make_offering(unit=district)
    items = [
        make_timetable_item(offering=offering),
        make_timetable_item(offering=offering, starts_at="2025-06-03 14:00", title="二"),
    ]
    for _ in range(count):
        _attend(offering, *items)
    with django_assert_num_queries(46):
        _close(offering, hr)
    assert HoursLine.objects.count() == 2 * count


def test_the_class_edited_after_sign_in_keeps_what_was_earned(district, hr, bureau):
    offering = make_offering(unit=district)
    item = make_timetable_item(offering=offering)
    person = _attend(offering, item)
    offerings.change_item(item=item, by=hr, now=item.starts_at + timedelta(minutes=5), place="改到三层")
    _close(offering, hr)
    _certify_all(bureau)
    assert _credits(person) == [("2025-06-03", "LAW", 200)]
    assert Offering.objects.get().state == "closed"


@pytest.mark.parametrize(("papers", "left"), [({}, 200), ({"late_document": "京兴司函1号", "late_approver": "局长"}, 0)])
def test_in_a_reported_period_an_attendance_is_revoked_by_document_and_approver(papers, left, district, hr, bureau):
    offering = make_offering(unit=district)
    item = make_timetable_item(offering=offering)
    person = _attend(offering, item)
    _close(offering, hr)
    _certify_all(bureau)
    periods.lock(unit=person.postings.get().unit, period=Period(2025), origin="report", now=AFTER)

    with nullcontext() if papers else pytest.raises(periods.PeriodLocked):
        closing.revoke(attendance=item.attendances.get(), reason="代签", by=bureau, now=AFTER, **papers)

    assert sum(r.credit for r in StudyRecord.objects.filter(person=person)) == left
