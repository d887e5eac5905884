"""One set of figures: what the commands, the pages, the API, the workbooks and the documents say is the same to the digit."""

import csv
import io
import json
import re
from datetime import date

import docx
import openpyxl
import pytest
from django.core.management import call_command
from django.urls import reverse
from django.utils.html import strip_tags
from rest_framework.test import APIClient

from tests.factories import at, make_person, make_role
from training import fixtures, requirements
from training.identity import ID_CHECKS, ID_WEIGHTS
from training.models import HourRuleSet, Person, Requirement, Unit
from training.templatetags.ui import STATUS, hours_text

pytestmark = pytest.mark.django_db
TOWN = "110115005"
HEADER = "工号,姓名,培训名称,类别,形式,开始日期,结束日期,学时,分钟,时段"


def id_number(serial: int) -> str:
    body = f"99010119900101{serial:03d}"
    return body + ID_CHECKS[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


class Installation:
    """An empty installation filled by the commands alone; one account of the bureau and one officer look at it."""

    def __init__(self, folder, client):
        fixtures.load(now=at("2025-01-01"))
        self.folder, self.client, self.files = folder, client, 0
        self.district = Unit.objects.get(parent=None)
        self.bureau = make_person(unit=self.district, category=None, name="司法")
        make_role(person=self.bureau, unit=self.district, role="district")
        self.proof = folder / "签到表.pdf"
        self.proof.write_bytes(b"%PDF-1.4 sign-in")

    def run(self, *arguments) -> str:
        out = io.StringIO()
        call_command(*map(str, arguments), stdout=out)
        return out.getvalue()

    def file(self, *lines):
        self.files += 1
        path = self.folder / f"{self.files}.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    def roster(self, *rows, unit=TOWN, since="2024-01-01"):
        lines = [f"{name},{id_number(serial)},执法人员,G{serial:03d},{since}" for serial, name in rows]
        return json.loads(self.run("import_people", self.file("姓名,身份证号,岗位类别,工号,入职日期", *lines), "--unit", unit))

    def study(self, *rows, certify=True):
        """Rows as the header says, without staff number and name where they are those of G001."""
        lines = [row if row.startswith("G") else f"G001,王一,{row}" for row in rows]
        options = ("--certify", "--evidence", self.proof) if certify else ()
        return json.loads(self.run("import_study_records", self.file(HEADER, *lines), *options))

    def open_2026(self, **targets):
        requirements.open_year(
            year=2026, copy_from=2025, by=self.bureau, now=at("2026-01-05"), targets=targets, document="京兴司发〔2026〕1号"
        )

    def seen(self, year, *, unit=TOWN, as_of="", staff_no="G001"):
        """(status, required, attained, remaining) of one person, the same on every surface, else the test fails."""
        person = Person.objects.get(staff_no=staff_no)
        options = ["--unit", unit, *(("--as-of", as_of) if as_of else ())]
        answer = json.loads(self.run("assess", "--year", year, "--format", "json", *options))
        row = next(r for r in answer["people"] if r["staff_no"] == staff_no)
        figures = (row["status"], row["required"], row["attained"], row["remaining"])
        table = list(csv.DictReader(io.StringIO(self.run("assess", "--year", year, "--format", "csv", *options))))
        found = {
            "csv": next(
                tuple(r[n] for n in ("status", "required", "attained", "remaining")) for r in table if r["staff_no"] == staff_no
            )
        }
        query = {"year": year, "unit": unit} | ({"as_of": as_of} if as_of else {})
        api = APIClient()
        api.force_authenticate(self.bureau)
        rows = api.get("/api/v1/standings/", query | {"page_size": 1000}).json()["results"]
        stands = next(r for r in rows if r["person"] == person.pk)
        found["api"] = (stands["status"], *(hours_text(stands[n]) for n in ("required", "attained", "remaining")))
        self.client.force_login(self.bureau)
        page = self.text("people", query | {"q": staff_no})
        words = re.search(rf"{staff_no} \S+ (\S+) ([\d.]+) ([\d.]+) ([\d.]+)", page)
        assert words, page
        status, attained, required, remaining = words.groups()
        found["people"] = (next(c for c, (word, *_look) in STATUS.items() if str(word) == status), required, attained, remaining)
        self.client.force_login(person)
        statement = self.text("my_statement", {"year": year} | ({"as_of": as_of} if as_of else {}))
        words = re.search(r"还差 ([\d.]+) 待认定 [\d.]+ 学时 已完成 ([\d.]+) (\S+) 应完成 ([\d.]+)", statement)
        assert words, statement
        remaining, attained, status, required = words.groups()
        found["statement"] = (
            next(c for c, (word, *_look) in STATUS.items() if str(word) == status),
            required,
            attained,
            remaining,
        )
        found["workbook"] = self.printed(year, unit, as_of, person)
        assert found == dict.fromkeys(found, figures)
        return figures

    def text(self, name, query) -> str:
        page = self.client.get(reverse(f"training:{name}"), query).content.decode().split("<main")[1]
        return re.sub(r"\s+", " ", strip_tags(page.replace("<", " <")))

    def reports(self, year, unit, as_of=""):
        out = self.folder / f"out{self.files}{year}{unit}{as_of}"
        self.run("report", "--year", year, "--unit", unit, "--out", out, *(("--as-of", as_of) if as_of else ()))
        book = next(out.glob("*.xlsx"))
        text = "\n".join(p.text for p in docx.Document(next(out.glob("*.docx"))).paragraphs)
        return openpyxl.load_workbook(book, data_only=True), text

    def printed(self, year, unit, as_of, person):
        book, _text = self.reports(year, unit, as_of)
        head, *rows = [r for r in book["人员达标情况"].iter_rows(values_only=True) if r[1]]
        row = next(dict(zip(head, r, strict=True)) for r in rows if r[1] == person.staff_no)
        hours = [f"{row[n]:.2f}" for n in ("应完成学时", "计入60学时", "尚缺")]
        return (next(c for c, (word, *_look) in STATUS.items() if str(word) == row["状态"]), *hours)


@pytest.fixture
def place(tmp_path, client):
    place = Installation(tmp_path, client)
    place.roster((1, "王一"))
    return place


def full_days(title, category, hours, first: str):
    """Days of eight hours from a day on, and what is left on a last one."""
    day, rows = date.fromisoformat(first).toordinal(), []
    while hours > 0:
        on = date.fromordinal(day)
        rows.append(f"{title}{day},{category},集中培训,{on},{on},{min(hours, 8)},,")
        hours, day = hours - 8, day + 1
    return rows


SCENARIO = [
    "上午课,法律法规,集中培训,2025-03-03,2025-03-03,,240,上午",
    *full_days("法律课", "法律法规", 26, "2025-04-01"),
    *full_days("业务课", "业务知识", 27.5, "2025-05-06"),
    *full_days("政治课", "政治理论", 20, "2025-06-03"),
    "党课,党性教育,集中培训,2025-07-01,2025-07-01,8,,",
    "法治思想,习近平法治思想,集中培训,2025-07-02,2025-07-02,4,,",
]


def test_57_50_hours_are_57_50_everywhere(place):
    place.study(*SCENARIO)

    assert place.seen(2025) == ("unmet", "60.00", "57.50", "2.50")
    place.client.force_login(Person.objects.get(staff_no="G001"))
    statement = place.text("my_statement", {"year": 2025})
    assert "60 分钟未计入：超出半天上限" in statement
    for category, hours in (
        ("法律法规培训", "30.00"),
        ("业务知识培训", "27.50"),
        ("政治理论教育基础学时", "20.00"),
        ("党性教育基础学时", "8.00"),
        ("习近平法治思想", "4.00"),
    ):
        assert f"{category} {hours}" in statement
    book, text = place.reports(2025, TOWN)
    assert "计入学时人均57.50学时" in text
    assert "政治理论教育人均20.00学时" in text
    counted = [r[9] for r in book["表2 人员学时明细"].iter_rows(min_row=3, values_only=True) if r[0] == "王一"]
    assert (counted.count("是"), counted.count("否")) == (9, 5)


def test_the_same_file_twice_and_the_same_row_twice_credit_once(place):
    first = place.study(*SCENARIO, SCENARIO[0])
    second = place.study(*SCENARIO)

    assert (first["created"], first["unchanged"]) == (len(SCENARIO), 1)
    assert (second["created"], second["unchanged"]) == (0, len(SCENARIO))
    assert place.seen(2025)[2] == "57.50"


def test_a_class_over_new_year_gives_each_year_its_days(place):
    place.open_2026()
    place.study("跨年班,法律法规,集中培训,2025-12-30,2026-01-02,32,,")

    assert (place.seen(2025)[2], place.seen(2026)[2]) == ("16.00", "16.00")


def test_a_class_of_three_days_with_odd_hours_loses_nothing(place):
    place.open_2026()
    place.study("跨年班,法律法规,集中培训,2025-12-31,2026-01-02,20,,")

    assert (place.seen(2025)[2], place.seen(2026)[2]) == ("6.67", "13.33")


def test_sixty_hours_without_the_base_hours_are_not_compliance(place):
    place.open_2026(BASE_POLITICAL=1200, BASE_PARTY=800)
    place.study(*full_days("法律课", "法律法规", 60, "2026-03-02"), *full_days("政治课", "政治理论", 10, "2026-04-01"),
                "党课,党性教育,集中培训,2026-05-06,2026-05-06,8,,")  # fmt: skip

    assert place.seen(2026) == ("base_missing", "60.00", "60.00", "0.00")
    place.client.force_login(Person.objects.get(staff_no="G001"))
    statement = place.text("my_statement", {"year": 2026})
    assert "基础学时不足：政治理论教育基础学时还差 2.00 学时（10.00／12.00）" in statement
    assert "党性教育基础学时还差" not in statement.split("年度 2026")[0]

    place.study("政治课补,政治理论,集中培训,2026-06-01,2026-06-01,2,,")
    assert place.seen(2026) == ("met", "60.00", "60.00", "0.00")


def test_a_base_target_alone_asks_for_that_part_alone(place):
    place.open_2026(BASE_PARTY=800)
    place.study(*full_days("法律课", "法律法规", 60, "2026-03-02"))
    assert place.seen(2026)[0] == "base_missing"

    place.study("党课,党性教育,集中培训,2026-05-06,2026-05-06,8,,")
    assert place.seen(2026)[0] == "met"


def test_once_the_district_counts_xi_rule_of_law_it_counts_everywhere(place):
    place.study(*SCENARIO)
    row = Requirement.objects.known_at(None).get(year=2025, code="HOURS_60")
    requirements.change_requirement(
        requirement=row,
        by=place.bureau,
        now=at("2026-02-01"),
        counted=["PROFESSIONAL", "LAW", "XI_RULE_OF_LAW"],
        deciding_document="文",
    )

    assert place.seen(2025) == ("met", "60.00", "61.50", "0.00")
    book, _text = place.reports(2025, TOWN)
    counted = {r[4]: r[9] for r in book["表2 人员学时明细"].iter_rows(min_row=3, values_only=True) if r[0] == "王一"}
    assert counted["法治思想"] == "是"


@pytest.mark.parametrize(
    ("rules", "row", "hours"),
    [
        ({"minutes_per_hour": 50}, "课,法律法规,集中培训,2028-02-29,2028-02-29,,150,", "3.00"),
        ({"minutes_per_hour": 50}, "课,法律法规,集中培训,2028-02-29,2028-02-29,,170,", "3.00"),
        ({"half_day_cap": 350}, "课,法律法规,集中培训,2028-02-29,2028-02-29,,240,上午", "3.50"),
        ({"half_day_cap": None, "day_cap": 600}, "课,法律法规,集中培训,2028-02-29,2028-02-29,9,,", "6.00"),
        ({}, "课,法律法规,集中培训,2028-02-28,2028-03-01,24,,", "24.00"),
        ({}, "课,法律法规,线上,2028-02-29,2028-02-29,,80,", "1.75"),
        ({"online_bands": [[16, 50], [30, 100]]}, "课,法律法规,线上,2028-02-29,2028-02-29,,29,", "0.50"),
        ({"online_bands": [[16, 50], [30, 100]]}, "课,法律法规,线上,2028-02-29,2028-02-29,,300,", "1.00"),
        ({"annual_caps": {"ONLINE": 100}}, "课,法律法规,线上,2028-02-29,2028-02-29,,90,", "1.00"),
        ({}, "课,法律法规,自学,2028-02-29,2028-02-29,8,,", "0.00"),
        ({}, "课,法律法规,集中培训,2028-02-29,2028-02-29,7.33,,", "7.33"),
    ],
    ids=["50 minutes", "50 minutes rounded", "half-day cap", "day cap", "leap day inside", "online step", "band", "top band",
         "annual cap", "self-study off", "stated as it is"],
)  # fmt: skip
def test_hours_follow_the_rule_set_of_the_day(rules, row, hours, place, monkeypatch):
    now = at("2028-06-01 10:00")
    monkeypatch.setattr("django.utils.timezone.now", lambda: now)
    HourRuleSet.objects.create(
        version=2, title="新规则", valid_from=date(2027, 1, 1), **({"switched_off_modes": ["SELF_STUDY"]} | rules)
    )
    requirements.open_year(year=2028, copy_from=2025, by=place.bureau, now=now)
    place.study(row)

    assert place.seen(2028)[2] == hours
