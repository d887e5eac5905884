"""Year-end reports: who owes one, who handed it in, what was said of it; each counts as the session that it is."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from courses import law_reports
from courses.models import LawReport
from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import bodies, certification, compliance
from training.errors import AlreadyRegistered, BadInput, NotAllowed
from training.models import CountedSession, Measure
from training.periods import Period
from training.registrations import Late

pytestmark = pytest.mark.django_db
NOW = at("2026-01-20 10:00")
PDF = b"%PDF-1.4 report"


class Place:
    def __init__(self):
        make_rule_set()
        open_year(2025)
        self.district = make_district()
        self.town = make_unit(code="T", name="黄村镇", kind="town", parent=self.district)
        self.bureau = make_person(unit=self.district, category=None, name="司法局")
        make_role(person=self.bureau, unit=self.district, role="district")
        self.hr = make_person(unit=self.town, category=None)
        make_role(person=self.hr, unit=self.town, role="hr")
        for kind, target, item in (("YEAR_END_LAW_REPORT", 1, "41"), ("TOWN_DUTY_REPORT", 2, "39")):
            make_requirement(code=kind, measure=Measure.SESSIONS, target=target, counted=(kind,), unit_kind="town", item=item)

    def hand_in(self, **facts):
        values = {
            "unit": self.town,
            "year": 2025,
            "kind": "TOWN_DUTY_REPORT",
            "office": "party_head",
            "reporter": "李书记",
            "form": "on_site",
            "reported_on": date(2026, 1, 15),
            "name": "述职报告.pdf",
            "content": PDF,
            "late": Late(),
            "by": self.hr,
            "now": NOW,
        }
        return law_reports.hand_in(**(values | facts))

    def owed(self):
        found = bodies.assess_bodies(compliance.assess(unit=self.town, period=Period(2025), now=NOW))
        rows = law_reports.owed(found=found, reports=LawReport.objects.select_related("unit"))
        return [(row.kind, row.office, row.report is not None) for row in rows]


@pytest.fixture
def place():
    return Place()


def test_a_town_owes_three_reports_by_three_offices_and_missing_ones_come_first(place):
    place.hand_in()

    assert place.owed() == [
        ("TOWN_DUTY_REPORT", "gov_head", False),
        ("YEAR_END_LAW_REPORT", "main_leader", False),
        ("TOWN_DUTY_REPORT", "party_head", True),
    ]


def test_a_report_given_in_january_counts_for_the_year_it_is_about(place):
    report = place.hand_in()
    certification.certify(submission=report.submission, by=place.bureau, now=NOW)

    assert list(CountedSession.objects.values_list("kind", "year", "held_on", "counts", "lecturer")) == [
        ("TOWN_DUTY_REPORT", 2025, date(2025, 12, 31), 1, "李书记")
    ]


def test_an_office_reports_once_a_year(place):
    place.hand_in()

    with pytest.raises(AlreadyRegistered):
        place.hand_in(name="又一份.pdf")
    assert LawReport.objects.count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"office": "main_leader"},
        {"reporter": " "},
        {"reported_on": date(2026, 3, 1)},
        {"reported_on": date(2024, 3, 1)},
        {"content": b"MZ"},
        {"kind": "LECTURE"},
    ],
    ids=["another office", "nobody", "in the future", "of another year", "a program", "no report"],
)
def test_what_is_no_report_is_refused_and_nothing_is_kept(change, place):
    with pytest.raises(BadInput):
        place.hand_in(**change)

    assert not LawReport.objects.exists()


def test_the_bureau_comments_and_a_town_s_hr_does_not(place, client):
    report = place.hand_in()
    with pytest.raises(NotAllowed):
        law_reports.comment(report=report, comments="好", by=place.hr, now=NOW)
    client.force_login(place.bureau)

    assert client.post(reverse("courses:law_report", args=[report.pk]), {"comments": "整改措施不具体"}).status_code == 302

    report.refresh_from_db()
    assert (report.comments, report.commented_by) == ("整改措施不具体", place.bureau)
    assert client.get(reverse("courses:law_report_file", args=[report.pk])).getvalue() == PDF


def test_hr_hands_in_on_the_page_and_finds_the_form_filled_for_what_is_missing(place, client):
    client.force_login(place.hr)
    page = client.get(reverse("courses:law_reports"), {"year": 2025}).content.decode()
    assert "应提交 3 份，已提交 0 份。" in page

    said = {"unit": "T", "year": 2025, "kind": "YEAR_END_LAW_REPORT", "office": "main_leader", "reporter": "王镇长"}
    said |= {"form": "written", "reported_on": "2025-12-20", "file": SimpleUploadedFile("述法.pdf", PDF)}
    answer = client.post(reverse("courses:hand_in_law_report"), said)

    assert answer.status_code == 302
    assert LawReport.objects.get().submission.state == "unit_approved"


@pytest.mark.parametrize("towns", [1, 20])
def test_the_list_costs_the_same_queries_for_any_number_of_units(towns, place, client, settings, django_assert_num_queries):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    for _ in range(towns):
        place.hand_in(unit=make_unit(kind="town", parent=place.district), by=place.bureau)
    client.force_login(place.bureau)
    client.get(reverse("courses:law_reports"), {"year": 2025})

    with django_assert_num_queries(13):
        client.get(reverse("courses:law_reports"), {"year": 2025})
