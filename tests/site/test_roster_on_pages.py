"""A roster that moves during the year, from the files on the pages to the rates on the board and the list of leavers."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import people
from training.identity import ID_CHECKS, ID_WEIGHTS
from training.models import Adjustment, ImportRun, Person, Submission, TransferRequest

pytestmark = pytest.mark.django_db


def number(serial: int) -> str:
    body = f"99010119900101{serial:03d}"
    return body + ID_CHECKS[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


def name(serial: int) -> str:
    return "王" + "子丑寅卯辰巳午未申酉戌亥"[serial // 10] + "甲乙丙丁戊己庚辛壬癸"[serial % 10]


class Place:
    def __init__(self, client):
        make_rule_set(half_day_cap=400, day_cap=800)
        open_year(2025)
        make_requirement()
        self.client = client
        self.district = make_district()
        self.town = make_unit(code="T", name="黄村镇人民政府", parent=self.district, kind="town")
        self.other = make_unit(code="O", name="西红门镇人民政府", parent=self.district, kind="town")
        self.hr, self.other_hr = self.with_role("hr", self.town), self.with_role("hr", self.other)
        self.bureau = self.with_role("district", self.district)

    def with_role(self, role, unit):
        person = make_person(unit=unit, category=None, name="人事")
        make_role(person=person, unit=unit, role=role)
        return person

    def post(self, who, name, *args, **said):
        self.client.force_login(who)
        answer = self.client.post(reverse(f"training:{name}", args=args), said)
        assert answer.status_code == 302, strip_tags(answer.content.decode().split("<main")[-1])
        return answer

    def import_file(self, who, kind, header, rows, **said):
        file = io.BytesIO("\n".join((header, *rows)).encode("utf-8-sig"))
        file.name = "表.csv"
        unit = self.town if who == self.hr else self.other
        self.client.force_login(who)
        answer = self.client.post(f"{reverse('training:imports')}?kind={kind}", {"file": file, "unit": unit.code} | said)
        assert answer.status_code == 302, strip_tags(answer.content.decode().split("<main")[-1])
        run = ImportRun.objects.order_by("-pk").first()
        assert run.preview["counts"]["refused"] == 0, strip_tags(
            self.client.get(reverse("training:import_run", args=[run.pk])).content.decode()
        )
        self.post(who, "import_apply", run.pk)
        return run

    def roster(self, who, serials, since):
        rows = [f"{name(serial)},{number(serial)},执法,G{serial:03d},{since}" for serial in serials]
        return self.import_file(who, "roster", "姓名,身份证号,岗位类别,工号,入职日期", rows)

    def study(self, who, hours):
        """`hours` maps a serial to (hours, first day): handed in as one file with its notice, certified by the bureau."""
        rows = [
            f"G{serial:03d},{name(serial)},行政处罚法轮训,{first},{first[:-2]}{int(first[-2:]) - 1 + -(-total // 8):02d},{total}"
            for serial, (total, first) in hours.items()
        ]
        self.import_file(who, "records", "工号,姓名,培训名称,开始日期,结束日期,学时", rows, category="LAW")
        batch = Submission.objects.order_by("-pk").first()
        notice = io.BytesIO(b"%PDF-1.4 notice")
        notice.name = "通知.pdf"
        self.post(who, "attach_evidence", batch.pk, kind="notice", file=notice)
        self.post(self.bureau, "decide_submission", batch.pk, "certify")

    def person(self, serial):
        return Person.objects.get(staff_no=f"G{serial:03d}")


@pytest.fixture
def place(client):
    """100 officers, 3 leave, 3 join, and one moves in with 40 hours, asked for by the town and released by the other."""
    place = Place(client)
    place.roster(place.hr, range(1, 101), "2024-01-01")
    run = place.roster(place.hr, [*range(1, 98), 101, 102, 103], "2025-05-01")
    leaving = [place.person(serial).pk for serial in (98, 99, 100)]
    place.post(place.hr, "import_missing", run.pk, line=leaving, resolution="left", on="2025-09-30")
    place.roster(place.other_hr, (104,), "2024-01-01")
    place.study(place.other_hr, {104: (40, "2025-03-01")})
    request = people.request_transfer(
        person=place.person(104), to_unit=place.town, effective_on=date(2025, 8, 1), by=place.hr, now=at("2025-07-20 10:00"),
        facts={"category": "enforcement_officer"},
    )  # fmt: skip
    place.post(place.other_hr, "release_transfer", request.pk)
    full = dict.fromkeys(range(1, 90), (60, "2025-04-01"))
    place.study(place.hr, full | {91: (34, "2025-04-01"), 92: (5, "2025-04-01"), 104: (22, "2025-10-01")})
    for serial, reason, hours in ((90, "MATERNITY", 0), (91, "LONG_SICK", 30), (92, "SECONDMENT", 5)):
        said = {"staff_no": f"G{serial:03d}", "year": 2025, "reason": reason, "hours": hours, "document": "文", "approver": "批"}
        place.post(place.hr, "adjustments", **said)
        place.post(place.bureau, "confirm_adjustment", Adjustment.objects.get(person=place.person(serial)).pk)
    return place


def text(client, name, **query):
    page = client.get(reverse(f"training:{name}"), {"year": 2025, **query}).content.decode().split("<main")[1]
    return re.sub(r"\s+", " ", strip_tags(page.replace("<", " <")))


def leavers(client, unit):
    answer = client.get(reverse("reports:draft", args=[unit.code, "xlsx"]), {"year": 2025, "unit": unit.code})
    content = answer.getvalue()
    sheet = openpyxl.load_workbook(io.BytesIO(content))["离岗调出人员"]
    return sorted((row[0], row[3], row[4]) for row in sheet.iter_rows(min_row=3, values_only=True) if row[0])


def test_a_moving_roster_from_the_files_to_the_rates(place, client):
    assert TransferRequest.objects.get().state == "released"
    client.force_login(place.hr)
    board = text(client, "board")

    assert "应训 101 人，已达标 90 人" in board
    assert "89.1% 90／101" in board
    assert "92.0% 92／100" in board
    mover = text(client, "people", q="G104")
    assert re.search(rf"{name(104)} G104 黄村镇人民政府 已达标 62.00 60.00 0.00", mover), mover
    assert leavers(client, place.town) == sorted((name(serial), "—", "离岗") for serial in (98, 99, 100))


def test_the_unit_that_released_lists_the_person_as_moved(place, client):
    client.force_login(place.other_hr)

    assert leavers(client, place.other) == [(name(104), "黄村镇人民政府", "调出")]
    assert name(104) not in text(client, "people", q="G104")
