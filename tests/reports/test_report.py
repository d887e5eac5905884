"""A unit's report: locked when submitted, never altered afterwards, amended by a numbered version; printed to the digit."""

import io
import subprocess
from datetime import date

import docx
import openpyxl
import pytest
from django.urls import reverse

from reports import lifecycle, summaries, wording
from reports.documents import document
from reports.figures import report_data
from reports.models import Report
from reports.workbooks import workbook
from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import certification, evidence, registrations
from training.errors import BadInput, OwnDecision, PeriodLocked, WrongState
from training.models import Category, HoursLine, Mode, Requirement, Submission
from training.periods import Period

pytestmark = pytest.mark.django_db
NOW = at("2026-01-15 10:00")
SCAN = b"%PDF-1.4 signed and stamped"
YEAR = Period(2025)


def study(people, *, by, unit, origin, day=date(2025, 6, 2), stated=6000, now=NOW, **late):
    lines = [
        HoursLine(
            person=person,
            studied_on=day,
            category=Category.LAW,
            mode=Mode.CLASS,
            title="行政处罚法",
            stated=stated,
            origin=origin,
        )
        for person in people
    ]
    batch = registrations.register(
        unit=unit, subject=Submission.Subject.HOURS, source="form", title=origin, lines=lines, by=by, now=now, **late
    )
    evidence.attach(submission=batch, kind="notice", name="通知.pdf", content=SCAN, by=by, now=now)
    return registrations.submit(submission=batch, by=by, now=now)


def made(write, data, digest="") -> bytes:
    file = io.BytesIO()
    write(file, data=data, digest=digest)
    return file.getvalue()


class District:
    """A hundred officers of one town; 88 certified at 60.00, three more waiting."""

    def __init__(self):
        make_rule_set()
        self.district = make_district()
        self.town = make_unit(code="110115005", name="黄村镇人民政府", kind="town", parent=self.district)
        self.other = make_unit(code="110115007", name="西红门镇人民政府", kind="town", parent=self.district)
        open_year(2025)
        make_requirement()
        self.hr = make_person(username="hr", name="人事", unit=self.town, category=None)
        self.bureau = make_person(username="district", name="司法", unit=self.district, category=None)
        make_role(person=self.hr, unit=self.town, role="hr")
        make_role(person=self.bureau, unit=self.district, role="district")
        self.officers = [make_person(unit=self.town, name=f"队员{i:03d}") for i in range(100)]
        certification.certify(
            submission=study(self.officers[:88], by=self.hr, unit=self.town, origin="class:1"), by=self.bureau, now=NOW
        )
        self.waiting = study(self.officers[88:91], by=self.hr, unit=self.town, origin="class:2")


@pytest.fixture
def place():
    return District()


def reported(place):
    report = lifecycle.report_of(unit=place.town, period=YEAR)
    lifecycle.submit(report=report, by=place.hr, now=NOW, scan=SCAN, scan_name="报告.pdf")
    return lifecycle.accept(report=report, by=place.bureau, now=NOW)


def late_entry(place, people):
    late = {"late_reason": "漏报", "late_document": "京兴司函〔2026〕3号", "late_approver": "王局长"}
    batch = study(people, by=place.hr, unit=place.town, origin="class:late", now=at("2026-02-01 10:00"), **late)
    certification.certify(submission=batch, by=place.bureau, now=at("2026-02-02 10:00"))


def test_a_locked_report_keeps_its_bytes_and_the_amendment_says_ninety(place):
    report = reported(place)
    first = report.versions.get()
    printed = made(workbook, first.data, first.digest), made(document, first.data, first.digest)
    assert wording.percent(first.data["total"]["met"], first.data["total"]["obliged"]) == "88.0%"

    late_entry(place, place.officers[91:93])

    first.refresh_from_db()
    assert (made(workbook, first.data, first.digest), made(document, first.data, first.digest)) == printed
    changes = {name: (before, after) for name, before, after in lifecycle.difference(report=report, now=at("2026-02-03"))}
    assert changes["met"] == (88, 90)

    second = lifecycle.amend(report=report, reason="补登两人", by=place.hr, now=at("2026-02-03"), scan=SCAN, scan_name="更正.pdf")
    assert (second.version, wording.percent(second.data["total"]["met"], second.data["total"]["obliged"])) == (2, "90.0%")
    rows = summaries.rows_of(district=place.district, period=YEAR)
    assert [(row["name"], row["version"], row["state"]) for row in rows] == [
        ("黄村镇人民政府", 2, "submitted"),
        ("西红门镇人民政府", None, "draft"),
    ]


def test_the_board_shows_what_pending_would_make(place, client):
    client.force_login(place.hr)

    page = client.get(reverse("training:board"), {"year": 2025}).content.decode()

    assert "88.0%" in page
    assert "91.0%" in page


def test_ordinary_entries_are_refused_after_the_lock(place):
    reported(place)

    with pytest.raises(PeriodLocked):
        study(place.officers[95:], by=place.hr, unit=place.town, origin="class:3")


def test_a_returned_report_opens_the_period_again(place):
    report = lifecycle.report_of(unit=place.town, period=YEAR)
    lifecycle.submit(report=report, by=place.hr, now=NOW, scan=SCAN, scan_name="报告.pdf")
    lifecycle.return_(report=report, reason="少一个班", by=place.bureau, now=NOW)

    study(place.officers[95:], by=place.hr, unit=place.town, origin="class:3")

    assert Report.objects.get().state == "returned"


def test_nobody_accepts_what_they_submitted_and_nothing_is_submitted_twice(place):
    report = lifecycle.report_of(unit=place.town, period=YEAR)
    lifecycle.submit(report=report, by=place.bureau, now=NOW, scan=SCAN, scan_name="报告.pdf")

    with pytest.raises(OwnDecision):
        lifecycle.accept(report=report, by=place.bureau, now=NOW)
    with pytest.raises(WrongState):
        lifecycle.submit(report=report, by=place.hr, now=NOW, scan=SCAN, scan_name="报告.pdf")


def test_hr_submits_on_the_page_and_downloads_what_was_locked(place, client):
    client.force_login(place.hr)
    address = reverse("reports:submit", args=["110115005"]) + "?year=2025&period=year"
    scan = io.BytesIO(SCAN)
    scan.name = "报告.pdf"

    answer = client.post(address, {"scan": scan})

    assert answer.status_code == 302
    report = Report.objects.get()
    version = report.versions.get()
    download = client.get(reverse("reports:version", args=[report.pk, 1, "xlsx"]))
    assert b"".join(download.streaming_content) == made(workbook, version.data, version.digest)


def test_a_program_is_no_scan(place, client):
    client.force_login(place.hr)
    scan = io.BytesIO(b"MZ not a scan")
    scan.name = "报告.pdf"

    answer = client.post(reverse("reports:submit", args=["110115005"]) + "?year=2025", {"scan": scan})

    assert answer.status_code == 422
    assert not Report.objects.exclude(state="draft").exists()


def test_another_unit_s_hr_finds_no_report(place, client):
    other = make_person(unit=place.other, category=None)
    make_role(person=other, unit=place.other, role="hr")
    client.force_login(other)

    assert client.get(reverse("reports:report", args=["110115005"]), {"year": 2025}).status_code == 404


@pytest.mark.parametrize("people", [3, 40])
def test_a_report_costs_the_same_queries_for_any_number_of_people(people, django_assert_num_queries):
    make_rule_set()
    district = make_district()
    town = make_unit(parent=district, kind="town")
    open_year(2025)
    make_requirement()
    hr = make_person(unit=town, category=None)
    officers = [make_person(unit=town) for _ in range(people)]
    study(officers, by=hr, unit=town, origin="class:1")

    with django_assert_num_queries(16):
        data = report_data(unit=town, period=YEAR, now=NOW)

    assert len(data["people"]) == people


def test_a_name_that_looks_like_a_formula_stays_text(place):
    place.officers[0].name = "=1+1"
    place.officers[0].save()
    data = report_data(unit=place.town, period=YEAR, now=NOW)

    book = openpyxl.load_workbook(io.BytesIO(made(workbook, data)))

    cell = book["人员达标情况"]["A3"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")


@pytest.mark.office
def test_libreoffice_reads_the_same_figures_from_workbook_and_document(place, tmp_path):
    data = report_data(unit=place.town, period=YEAR, now=NOW)
    (tmp_path / "r.xlsx").write_bytes(made(workbook, data, "d" * 64))
    (tmp_path / "r.docx").write_bytes(made(document, data, "d" * 64))
    convert = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
    ]
    subprocess.run(
        [*convert, "csv:Text - txt - csv (StarCalc):44,34,76,1", "--outdir", str(tmp_path), str(tmp_path / "r.xlsx")],
        check=True,
        capture_output=True,
    )
    subprocess.run(
        [*convert, "txt:Text (encoded):UTF8", "--outdir", str(tmp_path), str(tmp_path / "r.docx")],
        check=True,
        capture_output=True,
    )

    table = (tmp_path / "r.csv").read_text(encoding="utf-8")
    text = (tmp_path / "r.txt").read_text(encoding="utf-8")

    total = next(line for line in table.splitlines() if "合计" in line).split(",")
    assert total[4:7] == ["100", "88", "88.0%"]
    assert total[11:16] == ["52.80", "88", "12", "88.0%", "88.0%"]
    assert "达标率（严格）88.0%（88／100）" in text
    assert "计入学时人均52.80学时" in text
    assert "d" * 64 in table


def test_a_returned_amendment_leaves_the_accepted_version_and_the_lock(place):
    report = reported(place)
    late_entry(place, place.officers[91:93])
    lifecycle.amend(report=report, reason="补登", by=place.hr, now=at("2026-02-03"), scan=SCAN, scan_name="更正.pdf")

    lifecycle.return_(report=report, reason="文件不清", by=place.bureau, now=at("2026-02-04"))

    report.refresh_from_db()
    assert report.state == "accepted"
    with pytest.raises(PeriodLocked):
        study(place.officers[95:], by=place.hr, unit=place.town, origin="class:3")
    assert summaries.rows_of(district=place.district, period=YEAR)[0]["version"] == 1


def test_a_team_below_a_unit_does_not_report_on_its_own(place):
    team = make_unit(code="team", kind="enforcement_team", parent=place.town)
    report = lifecycle.report_of(unit=team, period=YEAR)

    with pytest.raises(BadInput):
        lifecycle.submit(report=report, by=place.hr, now=NOW, scan=SCAN, scan_name="报告.pdf")


def test_a_late_entry_outside_the_sixty_hours_is_a_difference_too(place):
    report = reported(place)
    late = {"late_reason": "漏报", "late_document": "文", "late_approver": "局长"}
    batch = study(place.officers[:1], by=place.hr, unit=place.town, origin="pol", stated=400, day=date(2025, 7, 1), **late)
    batch.hours_lines.update(category=Category.POLITICAL_THEORY)
    certification.certify(submission=batch, by=place.bureau, now=at("2026-02-02 10:00"))

    found = lifecycle.difference(report=report, now=at("2026-02-03"))

    assert found == [("POLITICAL_THEORY", 0, 400), ("records", 88, 89)]


def test_the_document_bears_the_day_of_the_district_s_clock(place):
    data = report_data(unit=place.town, period=YEAR, now=at("2026-01-15 07:00"))

    assert data["as_of"].startswith("2026-01-15T07:00")


@pytest.mark.parametrize(
    ("counted", "people", "document_line"),
    [
        (("PROFESSIONAL", "LAW"), "计入60学时 = 业务知识 + 法律法规；", "计入学时 = 业务知识学时 + 法律法规学时；政治理论、党性教育学时在此之外，不计入。"),
        (
            ("PROFESSIONAL", "LAW", "XI_RULE_OF_LAW"),
            "计入60学时 = 业务知识 + 法律法规 + 习近平法治思想；",
            "计入学时 = 业务知识学时 + 法律法规学时 + 习近平法治思想学时；政治理论、党性教育学时在此之外，不计入。",
        ),
    ],
    ids=["as shipped", "with the rule-of-law thought"],
)  # fmt: skip
def test_the_printed_definitions_name_the_categories_that_count_that_year(counted, people, document_line, place):
    Requirement.objects.update(counted=list(counted))

    data = report_data(unit=place.town, period=YEAR, now=NOW)
    book = openpyxl.load_workbook(io.BytesIO(made(workbook, data)))
    words = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    printed = [paragraph.text for paragraph in docx.Document(io.BytesIO(made(document, data))).paragraphs]

    assert any(word.startswith(people) for word in words)
    assert document_line in printed
    summed = io.BytesIO()
    summaries.write_summary(summed, district=place.district, period=YEAR)
    found = [str(c.value) for s in openpyxl.load_workbook(summed) for r in s.iter_rows() for c in r if c.value]
    assert any(word.startswith(document_line.replace("计入学时", "计入60学时")) for word in found)
