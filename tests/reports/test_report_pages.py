"""The report pages: a fixed number of queries whatever their size, and words in the reader's language."""

from datetime import date

import pytest
from django.urls import reverse

from reports import lifecycle
from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import ledger
from training.ledger import Study
from training.models import AuditEvent, Posting
from training.periods import Period

pytestmark = pytest.mark.django_db
NOW = at("2026-01-15 10:00")
YEAR = Period(2025)


@pytest.fixture
def district(client, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    make_rule_set()
    open_year(2025)
    make_requirement()
    unit = make_district()
    person = make_person(unit=unit, category=None, name="司法")
    make_role(person=person, unit=unit, role="district")
    client.force_login(person)
    return unit


def reporting_town(district, *, people, code):
    """A town whose officers each have two records, with its report submitted."""
    town = make_unit(code=code, parent=district, kind="town")
    make_unit(code=f"{code}E", parent=town, kind="enforcement_team")
    hr = make_person(unit=town, category=None)
    make_role(person=hr, unit=town, role="hr")
    officers = [make_person(unit=town) for _ in range(people)]
    studies = [
        Study(
            person_id=officer.pk, studied_on=date(2025, 5, day), category="LAW", mode="CLASS", title="班", origin=f"c{day}", stated=3000
        )
        for officer in officers
        for day in (5, 6)
    ]  # fmt: skip
    ledger.post_hours(studies=studies, now=NOW)
    report = lifecycle.report_of(unit=town, period=YEAR)
    lifecycle.submit(report=report, by=hr, now=NOW, scan=b"%PDF-1.4", scan_name="报告.pdf")
    return report


def read(answer) -> bytes:
    assert answer.status_code == 200
    return b"".join(answer) if answer.streaming else answer.content


PAGES = {
    "list": (10, lambda report: reverse("reports:list")),
    "submitted unit": (25, lambda report: reverse("reports:report", args=[report.unit.code])),
    "unit in draft": (11, lambda report: reverse("reports:report", args=[f"{report.unit.code}D"])),
    "draft workbook": (26, lambda report: reverse("reports:draft", args=[report.unit.code, "xlsx"])),
    "draft document": (26, lambda report: reverse("reports:draft", args=[report.unit.code, "docx"])),
    "district draft workbook": (24, lambda report: reverse("reports:draft", args=["110115", "xlsx"])),
    "version workbook": (9, lambda report: reverse("reports:version", args=[report.pk, 1, "xlsx"])),
    "version document": (9, lambda report: reverse("reports:version", args=[report.pk, 1, "docx"])),
    "version scan": (9, lambda report: reverse("reports:version", args=[report.pk, 1, "scan"])),
    "summary": (13, lambda report: reverse("reports:summary")),
}


@pytest.mark.parametrize("size", [2, 15])
@pytest.mark.parametrize("name", PAGES)
def test_a_report_page_costs_the_same_queries_for_any_number_of_units_and_people(
    name, size, district, client, django_assert_num_queries
):
    report, *_others = [reporting_town(district, people=size, code=f"T{i:02d}") for i in range(size)]
    drafting = make_unit(code=f"{report.unit.code}D", parent=district, kind="town")
    for _ in range(size):
        make_person(unit=drafting)
    queries, address = PAGES[name]
    client.get(reverse("reports:list"))

    with django_assert_num_queries(queries):
        answer = client.get(address(report), {"year": 2025})
        content = read(answer)

    assert content


@pytest.mark.parametrize(("language", "words"), [("en", ("submitted", "not reported")), ("zh-hans", ("已提交", "未报"))])
def test_the_list_says_the_state_in_the_reader_s_language(language, words, district, client, settings):
    reporting_town(district, people=1, code="T")
    make_unit(code="S", parent=district, kind="subdistrict")
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language

    page = client.get(reverse("reports:list"), {"year": 2025}).content.decode()

    assert all(f">{word}</span>" in page for word in words)


@pytest.mark.parametrize(("year", "warns"), [(2025, False), (2100, True)])
def test_who_locks_a_period_that_runs_on_is_told_so(year, warns, district, client):
    make_unit(code="T", parent=district, kind="town")
    if year != 2025:
        open_year(year)

    page = client.get(reverse("reports:report", args=["T"]), {"year": year}).content.decode()

    assert "锁定并报送" in page
    assert (f"该期间到 {year}-12-31 才结束" in page) is warns


def test_a_difference_is_named_in_the_reader_s_language(district, client, settings):
    report = reporting_town(district, people=1, code="T")
    officer = Posting.objects.get(unit=report.unit, person__holdings__isnull=False).person
    late = Study(
        person_id=officer.pk, studied_on=date(2025, 6, 1), category="LAW", mode="CLASS", title="补", origin="l", stated=150
    )
    ledger.post_hours(studies=[late], now=NOW, late=True)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"

    page = client.get(reverse("reports:report", args=["T"]), {"year": 2025}).content.decode()

    assert '<th scope="row">Counted hours</th>' in page
    assert ">+1.50</td>" in page


@pytest.mark.parametrize("size", [1, 4])
def test_the_api_gives_the_total_of_each_version_and_reads_no_rows(size, district, client, django_assert_num_queries):
    for i in range(size):
        reporting_town(district, people=2, code=f"T{i}")

    with django_assert_num_queries(9) as captured:
        found = client.get("/api/v1/reports/").json()

    assert [report["versions"][0]["total"]["obliged"] for report in found["results"]] == [2] * size
    assert not any('"reports_reportversion"."data", "reports_' in query["sql"] for query in captured.captured_queries)


@pytest.mark.parametrize("form", ["pdf", "exe"])
def test_a_form_that_is_not_made_is_not_found_and_leaves_no_trace(form, district, client):
    before = AuditEvent.objects.count()

    assert client.get(reverse("reports:draft", args=["110115", form]), {"year": 2025}).status_code == 404
    assert AuditEvent.objects.count() == before


def test_a_download_is_sent_from_disk_with_its_length_and_its_name(district, client):
    answer = client.get(reverse("reports:draft", args=["110115", "xlsx"]), {"year": 2025})

    assert answer.streaming
    assert int(answer["Content-Length"]) == len(read(answer))
    assert "attachment" in answer["Content-Disposition"]
