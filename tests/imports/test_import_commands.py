"""The import commands: one JSON object on standard output, reasons on standard error, exit status, nothing half done."""

import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command
from openpyxl import load_workbook

from tests.factories import make_unit
from tests.imports.files import HEADINGS, id_number, sheet
from training.models import CategoryHolding, Evidence, HoursLine, Person, Posting, StudyRecord, Unit

pytestmark = pytest.mark.django_db
KEYS = ["created", "changed", "unchanged", "requested", "refused", "errors", "warnings"]


@pytest.fixture
def run(tmp_path, capsys):
    """Runs a command on a file of that content; the exit status, the object printed, what was said."""

    def run(command, content, *options):
        file = tmp_path / "文件.xlsx"
        file.write_bytes(content)
        out, status, said = io.StringIO(), 0, ""
        try:
            call_command(command, str(file), *options, stdout=out)
        except CommandError as error:
            status, said = error.returncode, str(error)
        printed = json.loads(out.getvalue()) if out.getvalue() else None
        return status, printed, said

    return run


def counts(printed):
    return [printed[key] for key in KEYS[:5]]


ROSTER = sheet(
    HEADINGS, ("张三", id_number(1), "黄村镇"), ("李四", id_number(2), "市司法局/办公室"), ("王五", id_number(3), None)
)
BAD = sheet(HEADINGS, ("张三", id_number(1), "黄村镇"), ("李四", id_number(2)[:17], "黄村镇"))


def test_a_dry_run_says_what_the_real_run_does_and_the_second_run_changes_nothing(run, town):
    options = ("--create-units", "110115", "--staff-category", "enforcement_officer", "--from", "2025-03-01")

    dry = run("import_people", ROSTER, *options, "--dry-run")
    assert not Person.objects.exists()
    real = run("import_people", ROSTER, *options)
    again = run("import_people", ROSTER, *options)

    assert dry == real
    assert list(dry[1]) == KEYS
    assert (dry[0], counts(dry[1])) == (0, [3, 0, 0, 0, 0])
    assert (again[0], counts(again[1])) == (0, [0, 0, 3, 0, 0])
    made = Unit.objects.get(name="市司法局")
    assert made.parent.code == "110115"
    served = Posting.objects.order_by("pk").values_list("unit__name", "inner_office", "started_on")
    assert list(served) == [
        ("黄村镇人民政府", "", date(2025, 3, 1)),
        ("市司法局", "办公室", date(2025, 3, 1)),
        ("大兴区人民政府", "", date(2025, 3, 1)),
    ]
    assert set(CategoryHolding.objects.values_list("category", flat=True)) == {"enforcement_officer"}
    assert [(w["row"], w["code"]) for w in real[1]["warnings"]] == [(2, "department_alias"), (4, "unit_missing")]


def test_an_unknown_unit_is_refused_and_rows_without_one_go_to_the_unit_named(run, town):
    status, printed, _said = run("import_people", ROSTER, "--unit", "T", "--partial")

    assert (status, counts(printed)) == (0, [2, 0, 0, 0, 1])
    error = {"sheet": "花名册", "row": 3, "column": "单位", "value": "市司法局/办公室", "code": "department_unknown"}
    assert printed["errors"] == [error | {"reason": "没有查到该单位"}]
    assert Posting.objects.get(person__name="王五").unit == town


@pytest.mark.parametrize("option", [(), ("--dry-run",)])
def test_one_refused_row_stops_all_and_the_marked_copy_shows_it(option, run, town, tmp_path):
    status, printed, said = run("import_people", BAD, "--errors", str(tmp_path / "错.xlsx"), *option)

    assert (status, counts(printed)) == (1, [0, 0, 0, 0, 1])
    assert said.startswith("花名册 3: ")
    assert not Person.objects.exists()
    marked = load_workbook(tmp_path / "错.xlsx")["花名册"]
    assert (marked["B3"].fill.start_color.rgb, marked["B2"].fill.fill_type) == ("FFFFC7CE", None)
    assert "身份证号" in marked["D3"].value


@pytest.mark.parametrize(("option", "created"), [((), 1), (("--dry-run",), 0)])
def test_a_partial_run_takes_the_good_rows(option, created, run, town):
    status, printed, _said = run("import_people", BAD, "--partial", *option)

    assert (status, counts(printed)) == (0, [1, 0, 0, 0, 1])
    assert Person.objects.count() == created


def test_a_person_active_elsewhere_is_requested(run, town):
    other = make_unit(code="O", name="西红门镇人民政府", parent=town.parent)
    run("import_people", BAD, "--partial")

    status, printed, _said = run("import_people", sheet(HEADINGS, ("张三", id_number(1), other.name)))

    assert (status, counts(printed)) == (0, [0, 0, 0, 1, 0])
    assert Posting.objects.current().get(person__name="张三").unit == town


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"%PDF-1.7", "file_not_spreadsheet"),
        (b"PK\x03\x04", "file_corrupt"),
        (sheet(HEADINGS), "rows_missing"),
    ],
)
@pytest.mark.parametrize("command", ["import_people", "import_study_records"])
def test_a_file_refused_as_a_whole_is_one_error_without_a_row(command, content, code, run, town):
    code = "header_not_found" if command == "import_study_records" and code == "rows_missing" else code

    status, printed, said = run(command, content)

    assert (status, list(printed), counts(printed)) == (1, KEYS, [0, 0, 0, 0, 1])
    assert printed["errors"] == [{"sheet": None, "row": None, "column": None, "value": "", "code": code, "reason": said}]


@pytest.mark.parametrize(
    ("command", "options", "status"),
    [
        ("import_people", ("--unit", "NOPE"), 1),
        ("import_people", ("--errors", "/nowhere/x.xlsx"), 2),
        ("import_study_records", ("--certify",), 2),
    ],
)
def test_options_that_cannot_be_are_said_and_nothing_is_done(command, options, status, run, town):
    answer = run(command, ROSTER, *options)

    assert (answer[0], answer[1]) == (status, None)
    assert not Person.objects.exists()


RECORDS = sheet(
    ("姓名", "身份证号", "课程名称", "培训时间", "学时", "考核结果"),
    ("张三", id_number(1), "行政处罚法", "2026-03-02", "4学时", "合格"),
    ("张三", id_number(1), "行政强制法", "2026-03-03", 4, None),
    ("张三", id_number(1), "行政许可法", "2026-03-04", "四小时", "不合格"),
    title="台账",
)


def test_records_need_a_category_and_are_certified_with_evidence_but_for_those_held(run, town, tmp_path):
    run("import_people", BAD, "--partial")
    proof = tmp_path / "签到表.pdf"
    proof.write_bytes(b"%PDF-1.7")
    options = ("--category", "LAW", "--partial", "--certify", "--evidence", str(proof))

    refused = run("import_study_records", RECORDS, "--partial")
    dry = run("import_study_records", RECORDS, *options, "--dry-run")
    assert not HoursLine.objects.exists()
    real = run("import_study_records", RECORDS, *options)
    again = run("import_study_records", RECORDS, *options)

    assert [e["code"] for e in refused[1]["errors"]] == ["category_missing", "category_missing", "result_not_passed"]
    assert dry == real
    assert (real[0], counts(real[1])) == (0, [2, 0, 0, 0, 1])
    assert [(e["row"], e["code"]) for e in real[1]["errors"]] == [(4, "result_not_passed")]
    assert [(w["row"], w["code"]) for w in real[1]["warnings"]] == [(3, "result_missing")]
    assert counts(again[1]) == [0, 0, 2, 0, 1]
    assert list(StudyRecord.objects.values_list("title", "credit")) == [("行政处罚法", 400)]
    assert Evidence.objects.get().name == "签到表.pdf"
