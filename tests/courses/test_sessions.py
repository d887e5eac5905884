"""A body's sessions from the annual plan to the file, and the scoreboard that says what counts and what does not."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses import closing, sessions
from courses.models import Lecturer, PlannedSession, SessionState
from tests.factories import (
    at,
    make_attendance,
    make_district,
    make_enrolment,
    make_offering,
    make_person,
    make_requirement,
    make_role,
    make_rule_set,
    make_timetable_item,
    make_unit,
    open_year,
)
from training import bodies, certification, compliance, periods
from training.errors import BadInput, NotAllowed, OwnDecision, WrongState
from training.models import AuditEvent, CountedSession, Measure, SessionKind, SessionRule
from training.periods import Period
from training.registrations import Late

pytestmark = pytest.mark.django_db
NOW = at("2025-11-20 10:00")
PDF = b"%PDF-1.4 material"
NO_LATE = Late()


class Place:
    def __init__(self):
        make_rule_set()
        open_year(2025)
        self.district = make_district()
        self.town = make_unit(code="T", name="黄村镇", parent=self.district)
        self.hr = make_person(unit=self.district, category=None, name="区府办")
        self.bureau = make_person(unit=self.district, category=None, name="司法局")
        for person in (self.hr, self.bureau):
            make_role(person=person, unit=self.district, role="district")
        self.lecturer = Lecturer.objects.create(name="王教授")
        for kind, target in (("PRE_MEETING", 4), ("LECTURE", 2)):
            make_requirement(
                code=kind, measure=Measure.SESSIONS, target=target, counted=(kind,), unit_kind="district_government", item="31"
            )
            SessionRule.objects.create(kind=kind, valid_from=date(2022, 1, 1), needs_reference=kind == "PRE_MEETING")

    def planned(self, kind="PRE_MEETING", day=date(2025, 3, 5), **facts):
        values = {"title": f"学习行政处罚法 {day}", "topics": ["行政处罚法"], "lecturer": self.lecturer}
        return sessions.plan(unit=self.district, kind=kind, planned_on=day, by=self.hr, now=NOW, **(values | facts))

    def filed(self, day=date(2025, 3, 5), reference="纪要1号", kind="PRE_MEETING", certify=True):
        session = self.planned(kind=kind, day=day)
        session = sessions.hold(
            session=session, held_on=day, minutes=60, participants=20, reference=reference, by=self.hr, now=NOW
        )
        session = sessions.file(session=session, proof=("notice", "纪要.pdf", PDF), late=NO_LATE, by=self.hr, now=NOW)
        if certify:
            certification.certify(submission=session.submission, by=self.bureau, now=NOW)
        return session

    def scores(self):
        assessment = compliance.assess(unit=self.district, period=Period(2025), now=NOW)
        planned = list(PlannedSession.objects.select_related("unit", "lecturer", "submission"))
        return sessions.scoreboard(unit=self.district, found=bodies.assess_bodies(assessment), planned=planned)


@pytest.fixture
def place():
    return Place()


def row(board, kind):
    score = next(score for score in board.scores if score.kind == kind)
    return score.planned, score.held, score.counted, score.waiting, score.ahead, score.forecast, score.short


def test_the_scoreboard_tells_planned_held_counted_waiting_and_what_is_still_to_plan(place):
    for number, day in enumerate((date(2025, 2, 5), date(2025, 4, 2)), 1):
        place.filed(day=day, reference=f"纪要{number}号")
    place.filed(day=date(2025, 6, 4), reference="")
    place.filed(day=date(2025, 9, 3), reference="纪要4号", certify=False)
    place.planned(day=date(2025, 12, 3))
    place.planned(kind="LECTURE", day=date(2025, 12, 10))

    board = place.scores()

    assert row(board, "PRE_MEETING") == (5, 4, 2, 1, 1, 4, 0)
    assert row(board, "LECTURE") == (1, 0, 0, 0, 1, 1, 1)
    assert [(s.title, s.refusals) for s in board.not_counted] == [
        ("学习行政处罚法 2025-06-04", [{"code": "no_minutes_reference"}])
    ]


def test_a_plan_row_moves_and_leaves_with_its_reason_and_the_board_counts_the_plan(place):
    session = place.planned(day=date(2025, 12, 3))
    assert bodies.BodyPlan.objects.get(kind="PRE_MEETING", year=2025).planned == 1

    sessions.move(session=session, planned_on=date(2026, 1, 7), reason="会期调整", by=place.hr, now=NOW)
    assert dict(bodies.BodyPlan.objects.values_list("year", "planned")) == {2025: 0, 2026: 1}
    with pytest.raises(BadInput):
        sessions.cancel(session=session, reason=" ", by=place.hr, now=NOW)
    sessions.cancel(session=session, reason="并入下次", by=place.hr, now=NOW)

    assert list(session.steps.values_list("act", "note")) == [
        ("plan", ""),
        ("move", "2025-12-03 → 2026-01-07：会期调整"),
        ("cancel", "并入下次"),
    ]
    with pytest.raises(WrongState):
        sessions.hold(session=session, held_on=date(2025, 1, 1), minutes=1, participants=1, reference="", by=place.hr, now=NOW)


def test_material_is_reviewed_by_somebody_else_and_comes_back_with_a_note(place):
    session = place.planned(day=date(2025, 12, 3))
    sessions.hand_in(session=session, name="学习材料.pdf", content=PDF, by=place.hr, now=NOW)

    with pytest.raises(OwnDecision):
        sessions.review(session=session, is_approved=True, note="", by=place.hr, now=NOW)
    with pytest.raises(BadInput):
        sessions.review(session=session, is_approved=False, note="", by=place.bureau, now=NOW)
    assert sessions.review(session=session, is_approved=False, note="补案例", by=place.bureau, now=NOW).state == "planned"
    sessions.hand_in(session=session, name="学习材料2.pdf", content=PDF + b"2", by=place.hr, now=NOW)
    assert sessions.review(session=session, is_approved=True, note="", by=place.bureau, now=NOW).state == "reviewed"


@pytest.mark.parametrize("content", [b"", b"MZ\x90 program", b"<svg onload=alert(1)>"], ids=["empty", "a program", "svg"])
def test_material_that_is_no_document_is_refused(content, place):
    session = place.planned(day=date(2025, 12, 3))

    with pytest.raises(BadInput):
        sessions.hand_in(session=session, name="a.pdf", content=content, by=place.hr, now=NOW)

    assert PlannedSession.objects.get().state == SessionState.PLANNED


def test_a_batch_sent_back_is_corrected_and_filed_again_and_counts_once(place):
    session = place.filed(reference="", certify=False)
    with pytest.raises(WrongState):
        sessions.file(session=session, proof=("notice", "纪要.pdf", PDF), late=NO_LATE, by=place.hr, now=NOW)
    certification.return_(submission=session.submission, reason="缺纪要号", by=place.bureau, now=NOW)
    assert row(place.scores(), "PRE_MEETING")[3] == 0

    sessions.hold(
        session=session, held_on=date(2025, 3, 5), minutes=60, participants=20, reference="纪要1号", by=place.hr, now=NOW
    )
    again = sessions.file(session=session, proof=("notice", "纪要.pdf", PDF), late=NO_LATE, by=place.hr, now=NOW)
    certification.certify(submission=again.submission, by=place.bureau, now=NOW)

    assert list(CountedSession.objects.values_list("counts", "reference", "origin")) == [
        (1, "纪要1号", f"courses.session:{session.pk}")
    ]


def test_a_town_s_hr_plans_for_the_town_alone_and_a_locked_period_takes_late_entries_only(place):
    hr = make_person(unit=place.town, category=None)
    make_role(person=hr, unit=place.town, role="hr")
    with pytest.raises(NotAllowed):
        sessions.plan(unit=place.district, kind="LECTURE", planned_on=date(2025, 5, 5), title="讲座", by=hr, now=NOW)
    session = sessions.plan(unit=place.town, kind="LECTURE", planned_on=date(2025, 5, 5), title="讲座", by=hr, now=NOW)
    sessions.hold(session=session, held_on=date(2025, 5, 5), minutes=90, participants=9, reference="", by=hr, now=NOW)
    periods.lock(unit=place.town, period=Period(2025), origin="report", now=NOW)

    with pytest.raises(periods.PeriodLocked):
        sessions.file(session=session, proof=("notice", "a.pdf", PDF), late=NO_LATE, by=hr, now=NOW)
    late = Late("漏报", "京兴函1号", "局长")
    assert sessions.file(session=session, proof=("notice", "a.pdf", PDF), late=late, by=hr, now=NOW).submission.is_late


def test_on_the_pages_a_session_goes_from_the_plan_to_the_file(place, client):
    client.force_login(place.hr)
    said = {
        "unit": "110115",
        "kind": "PRE_MEETING",
        "planned_on": "2025-03-05",
        "title": "会前学法",
        "topics": "行政处罚法、行政复议法",
    }
    answer = client.post(reverse("courses:plan_session"), said | {"lecturer": place.lecturer.pk})
    session = PlannedSession.objects.get()
    assert (answer.status_code, session.topics) == (302, ["行政处罚法", "行政复议法"])

    act = lambda name, **said: client.post(reverse("courses:session_act", args=[session.pk, name]), said)  # noqa: E731
    assert act("material", file=SimpleUploadedFile("材料.pdf", PDF)).status_code == 302
    assert act("review", decision="approve").status_code == 403
    client.force_login(place.bureau)
    assert act("review", decision="approve").status_code == 302
    client.force_login(place.hr)
    assert act("hold", held_on="2099-01-01").status_code == 422
    assert act("hold", held_on="2025-03-05", minutes=60, participants=20, topics="行政处罚法").status_code == 302
    page = client.get(reverse("courses:session", args=[session.pk])).content.decode()
    assert "按现有材料，本次活动不能计入：无会议纪要编号" in page or "本次活动不能计入" in page
    file = SimpleUploadedFile("纪要.pdf", PDF)
    assert act("file", file=file, kind_of_evidence="notice").status_code == 302
    session.refresh_from_db()
    assert (session.state, session.submission.state) == ("filed", "unit_approved")
    assert client.get(reverse("courses:session_material", args=[session.pk])).getvalue() == PDF


@pytest.mark.parametrize("rows", [2, 30])
def test_the_plan_costs_the_same_queries_for_any_number_of_sessions(rows, place, client, settings, django_assert_num_queries):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    client.force_login(place.hr)
    for number in range(rows):
        session = place.planned(day=date(2025, 1 + number % 11, 5))
        if number % 2:
            sessions.hold(
                session=session, held_on=session.planned_on, minutes=60, participants=9, reference="1", by=place.hr, now=NOW
            )
    client.get(reverse("courses:plan"), {"year": 2025})

    with django_assert_num_queries(18):
        client.get(reverse("courses:plan"), {"year": 2025})


def test_kinds_that_come_from_elsewhere_are_not_planned_here(place):
    with pytest.raises(BadInput):
        place.planned(kind=SessionKind.YEAR_END_LAW_REPORT)


def test_a_session_held_as_a_class_is_registered_once_by_the_class(place):
    offering = make_offering(unit=place.district, title="政府常务会学法", counted_as="PRE_MEETING")
    item = make_timetable_item(offering=offering, starts_at="2025-06-03 09:00", lecturer=place.lecturer)
    make_enrolment(offering=offering, person=(learner := make_person(unit=place.town)))
    make_attendance(item=item, person=learner)
    session = place.planned(day=date(2025, 6, 3), offering=offering)
    with pytest.raises(WrongState):
        sessions.hold(session=session, held_on=date(2025, 6, 3), minutes=90, participants=1, reference="", by=place.hr, now=NOW)
    with pytest.raises(BadInput):
        place.planned(kind="LECTURE", offering=offering)
    assert row(place.scores(), "PRE_MEETING") == (1, 0, 0, 0, 1, 1, 3)

    closing.close(
        offering=offering, by=place.hr, now=NOW, proofs=[("sign_in", "签到.pdf", PDF)], minutes_reference="第12次常务会"
    )
    session.refresh_from_db()
    assert (session.state, session.held_on, session.reference) == ("filed", date(2025, 6, 3), "第12次常务会")
    assert row(place.scores(), "PRE_MEETING") == (1, 1, 0, 1, 0, 1, 3)

    certification.certify(submission=session.submission, by=place.bureau, now=NOW)
    assert row(place.scores(), "PRE_MEETING") == (1, 1, 1, 0, 0, 1, 3)
    assert list(CountedSession.objects.values_list("counts", "origin")) == [(1, f"courses.offering:{offering.pk}")]
    assert AuditEvent.objects.filter(act="session_file", subject=f"session:{session.pk}").count() == 1
