"""Every figure of the printed forms is the assessment's: as stored, and as an office works the formulas out again."""

import csv
import hashlib
import io
import json
import re
import subprocess
import zipfile
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import docx
import openpyxl
import pytest
from django.utils import translation

from reports import lifecycle, summaries
from reports.documents import document
from reports.figures import digest_of, report_data
from reports.workbooks import workbook
from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import adjustments, bodies, certification, compliance, evidence, guards, ledger, registrations
from training import people as moves
from training.ledger import Study
from training.models import (
    AdjustmentReason,
    Attainment,
    AttainmentKind,
    CountedSession,
    HoursLine,
    Measure,
    Person,
    Posting,
    Requirement,
    SessionKind,
    SessionRule,
    StudyRecord,
)
from training.periods import Period
from training.sessions import SessionFacts

pytestmark = pytest.mark.django_db
NOW = at("2026-02-01 10:00")
YEAR = Period(2025)
WORDS = {"met": "已达标", "unmet": "未达标", "exempt": "免训"}
CATEGORIES = {
    "POLITICAL_THEORY": "政治理论教育",
    "PARTY_SPIRIT": "党性教育",
    "PROFESSIONAL": "业务知识培训",
    "LAW": "法律法规培训",
}
MODES = {"CLASS": "培训班", "ONLINE": "网络培训"}


class Place:
    """A district whose sums end in halves: nothing comes out right by luck."""

    def __init__(self):
        make_rule_set()
        open_year(2025)
        make_requirement()
        self.district = make_district()
        self.town = make_unit(code="T", name="黄村镇人民政府", kind="town", parent=self.district, uscc="11110115000000001A")
        self.team = make_unit(code="E", name="黄村镇综合行政执法队", kind="enforcement_team", parent=self.town)
        self.half = make_unit(code="H", name="兴丰街道办事处", kind="subdistrict", parent=self.district)
        self.idle = make_unit(code="J", name="区司法局", kind="department", parent=self.district)
        self.desk = make_unit(code="K", name="法治科", kind="department", parent=self.idle)
        self.bureau = make_person(unit=self.district, category=None, name="司法")
        make_role(person=self.bureau, unit=self.district, role="district")
        self.hr = make_person(unit=self.town, category=None, name="人事")
        make_role(person=self.hr, unit=self.town, role="hr")
        own = [make_person(unit=self.town, name=f"镇{i}", certificate_no=f"京A{i}") for i in range(3)]
        below = [make_person(unit=self.team, name=f"队{i}") for i in range(4)]
        half = [make_person(unit=self.half, name=f"街{i}") for i in range(2)]
        self.staff = [make_person(unit=self.desk, category=None) for _ in range(3)]
        self.study(own[0], LAW=6000, POLITICAL_THEORY=801, online=("PROFESSIONAL", 1703))
        self.study(own[1], LAW=2999, PARTY_SPIRIT=405)
        self.study(below[0], PROFESSIONAL=3000, arrangement="ROTATION")
        self.study(below[1], LAW=5999, arrangement="DAILY")
        self.study(half[0], LAW=5701, online=("LAW", 2300))  # 80.01 between two: 40.005 is 40.01
        self.adjust(below[0], 3000, "京兴司函〔2025〕1号")
        self.adjust(below[3], 0, "京兴司函〔2025〕2号")
        taken = self.study(below[2], LAW=700)
        ledger.reverse(record=taken, reason="重复", by=self.bureau, now=NOW)
        left = make_person(unit=self.team, name="离岗者")
        moves.end_posting(posting=Posting.objects.get(person=left), ended_on=date(2025, 5, 31), reason="离职", now=NOW)
        kinds = [AttainmentKind.objects.create(code=code, name=code) for code in ("LEGAL_QUALIFICATION", "LEGAL_BACKGROUND")]
        for kind, people in zip(kinds, ((own[0], self.staff[0]), (own[0], own[1], half[0])), strict=True):
            batch = [Attainment(person=p, kind=kind, title="证", valid_from=date(2020, 1, 1), origin="x") for p in people]
            ledger.post_attainments(attainments=batch, now=NOW)
        self.sessions()

    def study(self, person, *, online=None, arrangement="", **hours):
        facts = [(category, "CLASS", stated) for category, stated in hours.items()]
        if online:
            facts.append((online[0], "ONLINE", online[1]))
        studies = [
            Study(
                person_id=person.pk, studied_on=date(2025, 3, 3 + number), category=category, mode=mode, title=f"课程{number}",
                origin=f"class:{number}", stated=stated, arrangement=arrangement, organiser="区司法局",
            )
            for number, (category, mode, stated) in enumerate(facts)
        ]  # fmt: skip
        ledger.post_hours(studies=studies, now=NOW, certified_by=self.bureau)
        return StudyRecord.objects.filter(person=person).order_by("-pk").first()

    def adjust(self, person, hours, paper):
        adjustments.adjust(
            person=person, year=2025, reason=AdjustmentReason.NEW_HIRE, hours=hours, document=paper, approver="王局长", by=self.bureau, now=NOW
        )  # fmt: skip

    def sessions(self):
        for kind in SessionKind.values:
            SessionRule.objects.create(kind=kind, valid_from=date(2022, 1, 1), needs_lecturer=False)
        make_requirement(
            code="study", title="会前学法和讲座", measure=Measure.SESSIONS, target=4, counted=["PRE_MEETING", "LECTURE"],
            unit_kind="district_government",
        )  # fmt: skip
        make_requirement(
            code="course", title="应急法治课程", measure=Measure.TAGGED_COURSE, target=None, counted=["EMERGENCY_LAW"]
        )
        self.hold(self.district, "PRE_MEETING", "常务会学法")
        self.hold(self.district, "PRE_MEETING", "缺纪要", reference="")
        self.hold(self.district, "LECTURE", "讲座")
        self.hold(self.team, "SPECIAL_CLASS", "专题班", is_special_training=True, has_emergency_course=True)
        self.hold(self.idle, "SPECIAL_TRAINING", "无应急课程", is_special_training=True)
        self.hold(self.desk, "SPECIAL_TRAINING", "有应急课程", is_special_training=True, has_emergency_course=True)

    def hold(self, unit, kind, title, **facts):
        values = {
            "reference": f"纪要{title}",
            "topics": ("甲法", "乙法"),
            "lecturer": "讲师",
            "participants": 20,
            "minutes": 40,
        } | facts
        ledger.post_session(
            facts=SessionFacts(unit=unit, kind=kind, held_on=date(2025, 4, 8), title=title, origin=title, **values), now=NOW
        )


@pytest.fixture
def place():
    return Place()


def made(write, **facts) -> bytes:
    file = io.BytesIO()
    write(file, **facts)
    return file.getvalue()


# --- what must be printed, worked out here from the assessment, in decimals


def rounded(part, base, step, scale=1):
    return "—" if not base else str((Decimal(part) * scale / Decimal(base)).quantize(Decimal(step), ROUND_HALF_UP))


def percent(part, base):
    return "—" if not base else rounded(part, base, "0.1", 100) + "%"


def mean(total, people):
    return rounded(total, people * 100, "0.01")


def hours(hundredths):
    return rounded(hundredths, 100, "0.01")


class Expected:
    """The sheets of a unit's workbook, cell by cell as an office shows them."""

    def __init__(self, unit):
        self.unit = unit
        self.assessment = compliance.assess(unit=unit, period=YEAR, now=NOW)
        self.body = bodies.assess_bodies(self.assessment)

    def trainings(self, below):
        held = [s for s in CountedSession.objects.select_related("unit") if s.is_special_training and below(s.unit)]
        return len(held), sum(s.has_emergency_course for s in held)

    def unit_figures(self):
        """(unit, figures, staff, trainings) of each row, and of the total."""
        own_figures = {u.pk: f for u, f in self.assessment.compared()}
        rest = self.body.shares.get(self.unit.pk)
        rows, children = [], [u for u in self.assessment.units.values() if u.parent_id == self.unit.pk]
        for unit in sorted(children, key=lambda u: u.path):
            share = self.body.shares.get(unit.pk)
            trainings = self.trainings(lambda u, path=unit.path: u.path.startswith(path))
            if unit.pk in own_figures or share or trainings[0]:
                rows.append((unit, own_figures.get(unit.pk, compliance.Figures()), self.staff(share), trainings))
        whole = self.staff(rest)
        own = [a - sum(row[2][i] for row in rows) for i, a in enumerate(whole)]
        trainings = self.trainings(lambda u: u.pk == self.unit.pk)
        if any(own) or self.unit.pk in own_figures:
            rows.insert(0, (self.unit, own_figures.get(self.unit.pk, compliance.Figures()), own, trainings))
        total = (self.unit, self.assessment.total(), whole, self.trainings(lambda u: u.path.startswith(self.unit.path)))
        return rows, total

    def staff(self, share):
        if share is None:
            return [0] * 7
        arranged = [share.arranged[name] for name in ("PRE_POST", "ROTATION", "DAILY")]
        return [share.staff, share.qualified, share.background, share.either, *arranged]

    def table_1(self):
        rows, total = self.unit_figures()
        lines = [
            [str(serial), unit.name, unit.get_kind_display(), unit.uscc or "—", *self.columns(figures, staff, trainings), ""]
            for serial, (unit, figures, staff, trainings) in enumerate(rows, 1)
        ]
        return [*lines, ["", "合计", "", "", *self.columns(*total[1:]), ""]]

    def columns(self, f, staff, trainings):
        political, party, professional, law = f.credits[:4]
        obliged = f.obliged
        return [
            str(obliged), str(f.trained), percent(f.trained, obliged), *(mean(s, obliged) for s in (political, party, professional, law)),
            mean(f.attained, obliged), str(f.met_strict), str(obliged - f.met_strict), percent(f.met_strict, obliged),
            percent(f.met_adjusted, obliged - f.exempt), percent(f.online, f.attained), "—", "—", str(trainings[1]),
            *(str(n) for n in staff[4:]), *["—"] * 7, str(staff[1]), str(staff[2]), percent(staff[3], staff[0]),
        ]  # fmt: skip

    def sums(self):
        rows, total = self.unit_figures()
        return [
            [name, *map(str, (*f.credits[:4], f.attained, f.online, f.met_adjusted, f.obliged - f.exempt, trainings[0], staff[0], staff[3]))]
            for name, f, staff, trainings in [*((row[0].name, *row[1:]) for row in rows), ("合计", *total[1:])]
        ]  # fmt: skip

    def people(self):
        standings = sorted(self.assessment.people, key=lambda p: (self.assessment.units[p.unit_id].path, p.person_id))
        names = Person.objects.in_bulk([p.person_id for p in standings])
        lines = [
            [
                names[p.person_id].name, names[p.person_id].staff_no, self.assessment.units[p.unit_id].name, hours(p.required),
                *(hours(c) for c in p.credits[:4]), hours(p.attained), hours(p.remaining), WORDS[p.status],
                p.adjusted[2] if p.adjusted else "—",
            ]
            for p in standings
        ]  # fmt: skip
        total = [sum(p.credits[i] for p in standings) for i in range(4)]
        return [*lines, ["合计", "", "", "", *map(hours, total), hours(sum(p.attained for p in standings)), "", "", ""]]

    def records(self):
        units = {p.person_id: self.assessment.units[p.unit_id].name for p in self.assessment.people}
        found = (
            StudyRecord.objects.filter(person__in=units)
            .select_related("person", "certified_by")
            .order_by("studied_on", "sequence")
        )
        lines = [
            [
                r.person.name, units[r.person_id], r.person.certificate_no or "—", r.studied_on.isoformat(), r.title, CATEGORIES[r.category],
                MODES[r.mode], "—", hours(r.credit), "是" if r.category in ("LAW", "PROFESSIONAL") else "否", "区司法局", r.origin,
                r.certified_by.name, "2026-02-01",
            ]
            for r in found
        ]  # fmt: skip
        return [*lines, ["合计", *[""] * 7, hours(sum(r.credit for r in found)), *[""] * 5]]

    def sessions(self):
        found = CountedSession.objects.filter(unit__path__startswith=self.unit.path).order_by("held_on", "pk")
        course = {True: "是", False: "否"}
        lines = [
            [
                s.unit.name, s.get_kind_display(), "2025-04-08", s.title, s.reference or "—", "甲法、乙法", "讲师", "40", "20",
                course[s.has_emergency_course] if s.is_special_training else "不适用", str(s.counts),
                "—" if s.counts else "无会议纪要编号",
            ]
            for s in found
        ]  # fmt: skip
        return [*lines, ["计入合计", *[""] * 9, str(sum(s.counts for s in found)), ""]]

    def leavers(self):
        return [["离岗者", "黄村镇综合行政执法队", "2025-05-31", "—", "离岗"]]

    @translation.override("zh-hans")
    def sheets(self):
        sheets = {
            "表1 单位统计": self.table_1(),
            "图1 各单位达标率": [],
            "人员达标情况": self.people(),
            "表2 人员学时明细": self.records(),
        }
        sheets |= {"表3 会前学法讲座专题班": self.sessions(), "离岗调出人员": self.leavers(), "计算数据": self.sums()}
        if self.unit.parent_id is None:
            del sheets["表2 人员学时明细"]
        return sheets


# --- what an office shows


def without_values(content: bytes) -> bytes:
    """The workbook with no value beside any formula: whoever shows one has worked it out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name.startswith("xl/worksheets/"):
                text = part.decode()
                assert text.count("<f>") == len(re.findall(r"<f>[^<]*</f><v>[^<]+</v>", text))
                text = re.sub(r'(<c [^>]*?)( t="str")?>(<f>[^<]*</f>)<v>[^<]*</v>', r"\1>\3", text)
                part = text.encode()
            target.writestr(name, part)
    return out.getvalue()


def convert(path, into: str) -> None:
    command = ["soffice", f"-env:UserInstallation=file://{path.parent}/profile", "--headless", "--convert-to", into]
    subprocess.run([*command, "--outdir", str(path.parent), str(path)], check=True, capture_output=True, timeout=180)


def shown(content: bytes, folder) -> dict[str, list[list[str]]]:
    """Every sheet as LibreOffice shows it, cell by cell."""
    folder.mkdir(exist_ok=True)
    path = folder / "r.xlsx"
    path.write_bytes(content)
    convert(path, "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1")
    names = openpyxl.load_workbook(io.BytesIO(content), read_only=True).sheetnames
    return {name: list(csv.reader((folder / f"r-{name}.csv").open(encoding="utf-8", newline=""))) for name in names}


def body(rows, lines: int) -> list[list[str]]:
    """The table below its title and header, down to its total."""
    return rows[2 : 2 + lines]


@pytest.mark.office
@pytest.mark.parametrize("whose", ["town", "district"])
def test_every_cell_of_every_sheet_is_the_assessment_s_figure(place, whose, tmp_path):
    unit = getattr(place, whose)
    data = report_data(unit=unit, period=YEAR, now=NOW)
    content = made(workbook, data=data, digest=digest_of(data))

    recalculated, stored = shown(without_values(content), tmp_path / "a"), shown(content, tmp_path / "b")

    expected = Expected(unit).sheets()
    assert list(recalculated) == list(expected)
    for name, lines in expected.items():
        assert body(recalculated[name], len(lines)) == lines, name
        assert body(stored[name], len(lines)) == lines, name


@pytest.mark.office
def test_the_summary_adds_up_what_was_reported(place, tmp_path):
    reports = [lifecycle.report_of(unit=unit, period=YEAR) for unit in (place.half, place.town)]
    for report in reports:
        lifecycle.submit(report=report, by=place.bureau, now=NOW, scan=b"%PDF-1.4", scan_name="报告.pdf")
    content = made(summaries.write_summary, district=place.district, period=YEAR)

    recalculated, stored = shown(without_values(content), tmp_path / "a"), shown(content, tmp_path / "b")

    totals = [compliance.assess(unit=unit, period=YEAR, now=NOW).total() for unit in (place.half, place.town)]
    figures = [
        [
            str(f.obliged), str(f.trained), str(f.met_strict), percent(f.met_strict, f.obliged), str(f.adjusted_base),
            str(f.met_adjusted), percent(f.met_adjusted, f.adjusted_base),
        ]
        for f in (*totals, totals[0].plus(totals[1]))
    ]  # fmt: skip
    digests = [report.versions.get().digest for report in reports]
    expected = [
        ["1", "兴丰街道办事处", "第1版", "待审核", *figures[0], digests[0]],
        ["2", "区司法局", "未报", "未报", *["—"] * 8],
        ["3", "黄村镇人民政府", "第1版", "待审核", *figures[1], digests[1]],
        ["", "合计（已报单位）", "", "", *figures[2], ""],
    ]
    assert body(recalculated["全区汇总"], 4) == expected
    assert body(stored["全区汇总"], 4) == expected


@pytest.mark.office
@pytest.mark.parametrize("whose", ["town", "district"])
def test_the_document_says_the_same_in_its_sentences_and_its_table(place, whose, tmp_path):
    unit = getattr(place, whose)
    data = report_data(unit=unit, period=YEAR, now=NOW)
    path = tmp_path / "r.docx"
    path.write_bytes(made(document, data=data, digest=digest_of(data)))

    convert(path, "txt:Text (encoded):UTF8")

    text = (tmp_path / "r.txt").read_text(encoding="utf-8-sig")
    rows, (_unit, f, staff, trainings) = Expected(unit).unit_figures()
    base = f.obliged - f.exempt
    sentences = [
        f"截至2025年12月31日，应训执法人员{f.obliged}人，实训{f.trained}人，参训率{percent(f.trained, f.obliged)}（实训{f.trained}／应训{f.obliged}）。",
        f"达到年度学时要求{f.met_strict}人，未达到{f.obliged - f.met_strict}人，达标率（严格）{percent(f.met_strict, f.obliged)}（{f.met_strict}／{f.obliged}）；"
        f"按批准的调整计算，达标率{percent(f.met_adjusted, base)}（{f.met_adjusted}／{base}）。",
        f"计入学时人均{mean(f.attained, f.obliged)}学时；另有政治理论教育人均{mean(f.credits[0], f.obliged)}学时、"
        f"党性教育人均{mean(f.credits[1], f.obliged)}学时，不计入上述学时。",
        f"取得法律职业资格或者具有法律专业背景{staff[3]}人，占{percent(staff[3], staff[0])}（{staff[3]}／{staff[0]}）。",
        f"依法行政专题培训{trainings[0]}班次，含应急法治课程{trainings[1]}班次",
        "年内离岗、调出1人，另列名单，不计入应训人数。",
    ]
    if whose == "district":
        sentences += [
            "会前学法和讲座（会前学法）：举办2次，计入1次（目标4次）。",
            "会前学法和讲座（法治专题讲座）：举办1次，计入1次（目标4次）。",
        ]
    for sentence in sentences:
        assert sentence in text
    table = [("单位", "应训", "实训", "达标", "达标率(严格)", "达标率(调整后)", "计入学时人均")]
    for name, g in [*((row[0].name, row[1]) for row in rows), ("合计", f)]:
        table.append(
            (name, str(g.obliged), str(g.trained), str(g.met_strict), percent(g.met_strict, g.obliged),
             percent(g.met_adjusted, g.obliged - g.exempt), mean(g.attained, g.obliged))
        )  # fmt: skip
    printed = text[text.index("二、分单位情况") : text.index("口径：")].split("\n")
    assert [cell for cell in map(str.strip, printed[1:]) if cell] == [cell for row in table for cell in row]


# --- what needs no office


def test_every_column_of_the_form_is_there_in_its_order(place):
    data = report_data(unit=place.town, period=YEAR, now=NOW)
    book = openpyxl.load_workbook(io.BytesIO(made(workbook, data=data, digest="")))

    heads = {sheet.title: [cell.value for cell in sheet[2] if cell.value] for sheet in book.worksheets}

    assert heads["表1 单位统计"] == (
        "序号 单位名称 单位类别 统一社会信用代码 执法人员应训人数 实训人数 参训率% 政治理论学时(人均) 党性教育学时(人均) 业务知识学时(人均) "
        "法律法规学时(人均) 计入60学时人均 达标人数 未达标人数 达标率%(严格) 达标率%(调整后) 其中线上学时占比 举办班次 人次 含应急法治课程班次 "
        "岗前人次 轮训人次 日常人次 考试应考 实考 合格 合格率% 持证人数 到期 暂扣 法律职业资格人数 法律专业背景人数 占比% 备注"
    ).split(" ")
    assert heads["表2 人员学时明细"] == (
        "姓名 单位 执法证号 日期 课程 类别 形式 分钟 学时 计入60(是/否) 主办单位 凭证 认定人 认定日期".split(" ")
    )


def test_a_column_without_a_source_prints_a_dash_in_every_row_and_in_the_total(place):
    data = report_data(unit=place.district, period=YEAR, now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(made(workbook, data=data, digest="")))["表1 单位统计"]

    columns = {cell.value: cell.column for cell in sheet[2]}
    for name in ("举办班次", "人次", "考试应考", "实考", "合格", "合格率%", "持证人数", "到期", "暂扣"):
        cells = [sheet.cell(row, columns[name]).value for row in range(3, 3 + len(data["units"]) + 1)]
        assert cells == ["—"] * len(cells), name


def test_a_unit_without_anybody_obliged_has_its_trainings_and_its_staff_in_a_row_of_its_own(place):
    data = report_data(unit=place.district, period=YEAR, now=NOW)

    rows = {
        row["name"]: (row["obliged"], row["staff"], row["special_trainings"], row["emergency_classes"]) for row in data["units"]
    }

    assert rows["区司法局"] == (0, 3, 2, 1)
    assert rows["黄村镇人民政府"] == (7, 8, 1, 1)
    assert (data["total"]["special_trainings"], data["total"]["emergency_classes"]) == (3, 2)


def test_a_half_is_rounded_up_in_the_cell_as_in_the_sentence(place):
    data = report_data(unit=place.half, period=YEAR, now=NOW)
    book = openpyxl.load_workbook(io.BytesIO(made(workbook, data=data, digest="")), data_only=True)

    assert book["表1 单位统计"]["L3"].value == book["表1 单位统计"]["L4"].value == 40.01


def test_two_workbooks_of_the_same_data_are_the_same_bytes(place):
    data = report_data(unit=place.town, period=YEAR, now=NOW)

    assert made(workbook, data=data, digest="d") == made(workbook, data=data, digest="d")
    assert made(document, data=data, digest="d") == made(document, data=data, digest="d")


def test_the_digest_read_in_pieces_is_that_of_the_whole(place):
    data = report_data(unit=place.town, period=YEAR, now=NOW)
    whole = json.dumps(data | {"people": list(data["people"])}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    assert digest_of(data) == hashlib.sha256(whole.encode()).hexdigest()
    assert digest_of({"rows": []}) == hashlib.sha256(b'{"rows":[]}').hexdigest()


def test_a_requirement_of_several_kinds_has_a_line_for_each_named_by_its_kind(place):
    data = report_data(unit=place.district, period=YEAR, now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(made(workbook, data=data, digest="")))["表3 会前学法讲座专题班"]

    lines = [row[0] for row in sheet.iter_rows(values_only=True) if row[0] and "：目标" in row[0]]

    assert lines == [
        "大兴区人民政府 会前学法和讲座（会前学法）：目标 4，举办 2，计入 1",
        "大兴区人民政府 会前学法和讲座（法治专题讲座）：目标 4，举办 1，计入 1",
    ]


def test_a_requirement_of_one_kind_is_called_by_its_title(place):
    Requirement.objects.filter(code="study").update(counted=["LECTURE"])

    data = report_data(unit=place.district, period=YEAR, now=NOW)

    assert [t["kind"] for t in data["targets"] if t["measure"] == "sessions"] == [""]


def test_a_title_that_looks_like_the_writer_s_markup_is_printed_as_text(place):
    Person.objects.filter(name="镇0").update(name="<r><t>假</t></r>")
    data = report_data(unit=place.town, period=YEAR, now=NOW)

    book = openpyxl.load_workbook(io.BytesIO(made(workbook, data=data, digest="")))

    assert book["人员达标情况"]["A3"].value.strip() == "<r><t>假</t></r>"


def test_a_report_locked_before_a_column_was_printed_shows_a_dash_there_and_no_difference(place):
    report = lifecycle.report_of(unit=place.town, period=YEAR)
    version = lifecycle.submit(report=report, by=place.hr, now=NOW, scan=b"%PDF-1.4", scan_name="报告.pdf")
    for row in (*version.data["units"], version.data["total"]):
        del row["emergency_classes"], row["special_trainings"], row["certificates_suspended"]
    for row in version.data["sessions"]:
        del row["minutes"], row["emergency_course"]
    for row in version.data["targets"]:
        del row["kind"], row["word"]
    guards.remove()  # an earlier version of the product wrote it so
    version.save(update_fields=["data"])
    guards.install()

    sheet = openpyxl.load_workbook(io.BytesIO(made(workbook, data=version.data, digest="")))["表1 单位统计"]

    assert [sheet.cell(row, 20).value for row in (2, 3, 4, 5)] == ["含应急法治课程班次", "—", "—", "—"]
    assert lifecycle.difference(report=report, now=NOW) == []


@pytest.fixture
def proved(place):
    """Two records of a batch with two files, entered late by a document."""
    facts = {"late_reason": "漏报", "late_document": "京兴司函〔2026〕3号", "late_approver": "王局长"}
    person = Person.objects.get(name="镇0")
    lines = [
        HoursLine(
            person=person, studied_on=date(2025, 8, day), category="LAW", mode="CLASS", title="补登班", stated=100, origin=f"late{day}"
        )
        for day in (1, 2)
    ]  # fmt: skip
    batch = registrations.register(
        unit=place.town, subject="hours", source="form", title="补登班", lines=lines, by=place.hr, now=NOW, **facts
    )
    for name in ("通知.pdf", "签到表.pdf"):
        evidence.attach(submission=batch, kind="notice", name=name, content=b"%PDF-1.4 " + name.encode(), by=place.hr, now=NOW)
    batch = registrations.submit(submission=batch, by=place.hr, now=NOW)
    certification.certify(submission=batch, by=place.bureau, now=NOW)


def test_table_2_names_the_evidence_of_a_record_and_its_origin_only_where_there_is_none(place, proved):
    data = report_data(unit=place.town, period=YEAR, now=NOW)

    printed = {(record[4], record[11]) for record in data["records"]}

    assert {proof for title, proof in printed if title == "补登班"} == {"通知.pdf、签到表.pdf（补登依据：京兴司函〔2026〕3号）"}
    assert {proof for title, proof in printed if title != "补登班"} == {"class:0", "class:1", "class:2"}


def test_a_row_is_as_tall_as_its_longest_text(place, proved):
    data = report_data(unit=place.town, period=YEAR, now=NOW)
    sheet = openpyxl.load_workbook(io.BytesIO(made(workbook, data=data, digest="")))["表2 人员学时明细"]

    tall = {sheet.cell(row, 5).value: sheet.row_dimensions[row].height for row in range(3, sheet.max_row)}

    assert (tall["补登班"], tall["课程0"]) == (42, None)  # 41 characters wide in a column of 22: three lines


def test_table_1_is_printed_on_two_sheets_of_a4_and_the_chart_on_one(place):
    data = report_data(unit=place.town, period=YEAR, now=NOW)
    book = openpyxl.load_workbook(io.BytesIO(made(workbook, data=data, digest="")))

    pages = {s.title: (s.page_setup.paperSize, s.page_setup.fitToWidth, s.print_title_rows) for s in book.worksheets}

    assert pages["表1 单位统计"] == (9, 2, "$1:$2")
    assert book["表1 单位统计"].print_title_cols == "$A:$B"
    assert pages["图1 各单位达标率"][:1] == (9,)
    assert {page[0] for page in pages.values()} == {9}
    assert len(book["图1 各单位达标率"]._charts) == 1


def test_the_document_stands_in_the_layout_of_an_official_paper(place):
    data = report_data(unit=place.town, period=YEAR, now=NOW) | {"version": 2, "amends": "补登"}
    paper = docx.Document(io.BytesIO(made(document, data=data, digest="d" * 64)))

    texts = [paragraph.text for paragraph in paper.paragraphs]
    section = paper.sections[0]
    assert texts[:2] == ["黄村镇人民政府文件", ""]
    assert texts[2] == "　　　　〔2026〕　　号\t签发人：　　　　"
    assert [round(side.mm) for side in (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)] == [
        37, 35, 28, 26,
    ]  # fmt: skip
    lines = [p.paragraph_format.line_spacing.pt for p in paper.paragraphs if p.text.startswith("截至")]
    assert lines == [28.95]
    assert 22 * lines[0] <= 225 / 25.4 * 72
    signed = {p.text: p.paragraph_format.right_indent for p in paper.paragraphs if p.text in ("黄村镇人民政府", "2026年2月1日")}
    assert signed["2026年2月1日"].pt == 64
    assert "本报告为第2版，更正原因：补登。" in texts
    assert [text for text in texts if "附件：" in text] == ["附件：1. 2025年度单位年度培训统计表"]
    assert f"版本：第2版；台账校验码：{data['ledger']}；数据摘要：{'d' * 64}" in texts
    fonts = next(part for part in paper.part.package.iter_parts() if part.partname == "/word/fontTable.xml").blob.decode()
    assert '<w:font w:name="仿宋_GB2312"><w:altName w:val="仿宋"/></w:font>' in fonts


def test_a_unit_s_report_rests_on_what_is_asked_of_it_and_names_what_was_carried_over(place):
    Requirement.objects.filter(code="hours").update(deciding_document="京兴司发〔2025〕1号")
    text, basis = {}, {}
    for name in ("town", "district"):
        data = report_data(unit=getattr(place, name), period=YEAR, now=NOW)
        paper = docx.Document(io.BytesIO(made(document, data=data, digest="")))
        whole = [paragraph.text for paragraph in paper.paragraphs]
        text[name] = whole[whole.index("三、依据") + 1 : whole.index("三、依据") + 4]
        sheet = openpyxl.load_workbook(io.BytesIO(made(workbook, data=data, digest="")))["表1 单位统计"]
        basis[name] = [row[2] for row in sheet.iter_rows(values_only=True) if row[2] and row[2].startswith("依据：")]

    source = "大兴区法治政府建设实施意见(2022-2025年)（京兴法委行政组文〔2022〕1号）"
    hours_line = f"依据：行政执法人员每年60学时（目标 60.00）——{source} 第31条；京兴司发〔2025〕1号"
    assert text["town"] == [
        f"{source}：第31条（行政执法人员每年60学时）。",
        "目标由京兴司发〔2025〕1号确定：行政执法人员每年60学时。",
        "",
    ]
    assert text["district"] == [
        f"{source}：第31条（行政执法人员每年60学时、会前学法和讲座）。",
        "目标由京兴司发〔2025〕1号确定：行政执法人员每年60学时。",
        "沿用，依据待确认：会前学法和讲座。",
    ]
    assert basis["town"] == [hours_line]
    assert basis["district"] == [hours_line, f"依据：会前学法和讲座（目标 4）——{source} 第31条；沿用，依据待确认"]


def test_rows_that_changed_within_equal_totals_are_a_difference(place):
    report = lifecycle.report_of(unit=place.town, period=YEAR)
    lifecycle.submit(report=report, by=place.hr, now=NOW, scan=b"%PDF-1.4", scan_name="报告.pdf")
    Person.objects.filter(name="镇0").update(name="镇零")

    assert lifecycle.difference(report=report, now=NOW) == [("changed_rows", 0, 4)]
