"""Sessions are entered on the page by whoever held them, certified by the bureau, and counted with the exact figures."""

import io
import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from tests.factories import at, make_person, make_role, make_unit
from training import fixtures, ledger
from training.models import Attainment, AttainmentKind, CountedSession, SessionKind, SessionLine, Submission, Unit

pytestmark = pytest.mark.django_db
OWED = (SessionKind.PRE_MEETING, SessionKind.LECTURE, SessionKind.SPECIAL_CLASS)
NOW = at("2026-02-01 10:00")


class Place:
    """The shipped units, requirements and conditions, with the people who enter and certify sessions."""

    def __init__(self, client):
        fixtures.load(now=NOW)
        self.client = client
        self.district = Unit.objects.get(parent=None)
        self.department = Unit.objects.filter(kind="department").first()
        self.hr = self.with_role("hr", self.district)
        self.bureau = self.with_role("district", self.district)

    def with_role(self, role, unit):
        person = make_person(unit=unit, category=None)
        make_role(person=person, unit=unit, role=role)
        return person

    def enter(self, kind, day, title, *, unit=None, reference=None, **said):
        file = io.BytesIO(b"%PDF-1.4 " + title.encode())
        file.name = "纪要.pdf"
        values = {
            "unit": (unit or self.district).code,
            "kind": kind,
            "held_on": day.isoformat(),
            "title": title,
            "reference": f"纪要〔2025〕{title}" if reference is None else reference,
            "topics": "行政处罚法",
            "lecturer": "讲师",
            "participants": "20",
            "file": file,
        }
        self.client.force_login(self.hr)
        return self.client.post(reverse("training:register_session"), values | said)

    def certify(self):
        self.client.force_login(self.bureau)
        for batch in Submission.objects.filter(state="unit_approved").order_by("pk"):
            answer = self.client.post(reverse("training:decide_submission", args=[batch.pk, "certify"]))
            assert answer.status_code == 302

    def text(self, name, **query):
        self.client.force_login(self.bureau)
        page = self.client.get(reverse(name), {"year": 2025, **query}).content.decode().split("<main")[1]
        return re.sub(r"\s+", " ", strip_tags(page.replace("<", " <")))


@pytest.fixture
def place(client):
    return Place(client)


def hold_the_year(place):
    """What the district government and a department held in 2025."""
    for number in range(1, 6):
        topics = "行政处罚法、行政复议法" if number == 1 else "行政处罚法"
        place.enter("PRE_MEETING", date(2025, number, 10), f"会前{number}", topics=topics)
    place.enter("PRE_MEETING", date(2025, 6, 10), "会前6", reference="")
    place.enter("LECTURE", date(2025, 1, 10), "讲座1", reference="纪要〔2025〕会前1")  # the event of the first pre-meeting study
    for number in (2, 3):
        place.enter("LECTURE", date(2025, number, 20), f"讲座{number}")
    special = {"is_special_training": "on", "has_emergency_course": "on"}
    for number in (1, 2):
        place.enter("SPECIAL_CLASS", date(2025, 7, number), f"专题班{number}", **special)
    for number in range(1, 7):
        place.enter("PRE_MEETING", date(2025, number, 5), f"局会前{number}", unit=place.department)
    for number in range(3):
        said = {"is_special_training": "on"} | ({"has_emergency_course": "on"} if number == 0 else {})
        place.enter("SPECIAL_TRAINING", date(2025, 8, 1 + number), f"专题培训{number}", unit=place.department, **said)


def test_the_year_s_sessions_from_the_page_to_the_board(place):
    hold_the_year(place)
    assert not CountedSession.objects.exists()  # entered is not yet counted

    place.certify()

    board = place.text("training:board")
    words = r" (\S+) (\S+) (\d+) (\d+) (\d+) "  # planned, target, held, counted, remaining
    figures = {kind: re.search(re.escape(str(kind.label)) + words, board).groups() for kind in OWED}
    assert figures == {
        SessionKind.PRE_MEETING: ("—", "4", "6", "5", "0"),
        SessionKind.LECTURE: ("—", "2", "3", "2", "0"),
        SessionKind.SPECIAL_CLASS: ("—", "2", "2", "2", "0"),
    }
    assert "60.0%（3／5）" in board
    assert "专题培训1、专题培训2" in board
    assert Submission.objects.exclude(state="certified").count() == 0
    assert ledger.verify().broken is None


def test_the_list_says_why_a_session_does_not_count(place):
    hold_the_year(place)
    place.certify()

    page = place.text("training:sessions", unit=place.district.code)

    assert re.search(r"会前6 .*?无会议纪要编号", page)
    assert re.search(r"讲座1 .*?同一活动已计入", page)


def test_a_session_entered_twice_waits_once(place):
    first = place.enter("PRE_MEETING", date(2025, 3, 10), "会前1")
    second = place.enter("PRE_MEETING", date(2025, 3, 10), "会前1")

    assert (first.status_code, second.status_code) == (302, 422)
    assert (SessionLine.objects.count(), Submission.objects.count()) == (1, 1)


def test_entered_again_after_the_certification_it_counts_once(place):
    for _ in range(2):
        place.enter("PRE_MEETING", date(2025, 3, 10), "会前1")
        place.certify()

    assert CountedSession.objects.count() == 1


def test_the_one_who_entered_it_does_not_certify_it(place):
    place.enter("PRE_MEETING", date(2025, 3, 10), "会前1")
    Submission.objects.update(created_by=place.bureau)
    place.client.force_login(place.bureau)

    answer = place.client.post(reverse("training:decide_submission", args=[Submission.objects.get().pk, "certify"]))

    assert (answer.status_code, CountedSession.objects.count()) == (403, 0)


def test_for_a_body_out_of_reach_nothing_is_entered(place):
    place.hr = place.with_role("hr", place.department)

    answer = place.enter("PRE_MEETING", date(2025, 3, 10), "会前1", unit=place.district)

    assert (answer.status_code, Submission.objects.count()) == (422, 0)


def test_a_town_s_qualified_and_law_graduates_count_once_on_its_board(place):
    town = make_unit(code="town", parent=place.district, kind="town")
    staff = [make_person(unit=town, category=None) for _ in range(60)]
    for code, holders in (("LEGAL_QUALIFICATION", staff[:12]), ("LEGAL_BACKGROUND", staff[5:20])):
        kind = AttainmentKind.objects.get(code=code)
        batch = [Attainment(person=p, kind=kind, title="证", valid_from=date(2020, 1, 1), origin="x") for p in holders]
        ledger.post_attainments(attainments=batch, now=NOW)

    assert "33.3%（20／60）" in place.text("training:board", unit="town")


@pytest.mark.parametrize("number", [1, 20])
def test_the_list_costs_the_same_queries_for_any_number_of_sessions(number, place, settings, django_assert_num_queries):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    for day in range(number):
        place.enter("PRE_MEETING", date(2025, 3, 1 + day), f"会前{day}")
    place.certify()
    place.client.get(reverse("training:sessions"), {"year": 2025})

    with django_assert_num_queries(8):
        page = place.client.get(reverse("training:sessions"), {"year": 2025}).content.decode()

    assert page.count('<th scope="row" data-col="title">会前') == number
