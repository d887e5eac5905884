"""A roster changes people as a whole or not at all; the same file twice changes nothing."""

import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from tests.factories import at, make_district, make_person, make_role, make_rule_set, make_unit
from training import roster_changes, rosters, study_imports
from training.errors import BadInput
from training.identity import ID_CHECKS, ID_WEIGHTS
from training.models import CategoryHolding, HoursLine, Person, Posting, StudyRecord, TransferRequest

pytestmark = pytest.mark.django_db
NOW = at("2026-11-23 10:00")
HEADER_WITH_STAFF_NO = "姓名,身份证号,岗位类别,职务,工号"


def number(serial: int) -> str:
    body = f"99010119900101{serial:03d}"
    return body + ID_CHECKS[sum(int(d) * w for d, w in zip(body, ID_WEIGHTS, strict=True)) % 11]


def roster(*rows: str, header="姓名,身份证号,岗位类别,职务") -> bytes:
    return "\n".join((header, *rows)).encode("utf-8-sig")


@pytest.fixture
def town():
    make_rule_set()
    return make_unit(code="T", name="黄村镇人民政府", parent=make_district())


def take(content, town, *, by=None, now=NOW, **options):
    plan = rosters.plan(content=content, filename="花名册.csv", options=rosters.Options(unit=town, **options), by=by, now=now)
    return plan, roster_changes.apply(plan=plan, by=by, now=now)


def counts(outcome):
    return tuple(outcome[name] for name in ("created", "changed", "unchanged", "requested", "refused"))


def test_the_same_file_twice_changes_nothing(town):
    content = roster(f"赵一,{number(1)},执法,队员", f"钱二,{number(2)},辅助,队员")

    _plan, first = take(content, town)
    _plan, second = take(content, town)

    assert (counts(first), counts(second)) == ((2, 0, 0, 0, 0), (0, 0, 2, 0, 0))
    assert CategoryHolding.objects.count() == 2


def test_a_change_is_shown_with_old_and_new_and_supersedes(town):
    take(roster(f"赵一,{number(1)},执法,队员"), town)

    plan, outcome = take(roster(f"赵一,{number(1)},执法,副队长"), town, now=at("2026-11-24 10:00"))

    assert plan.changes[0].fields == {"post": ("队员", "副队长")}
    assert counts(outcome) == (0, 1, 0, 0, 0)
    assert list(Posting.objects.order_by("pk").values_list("post", "superseded_at")) == [
        ("队员", at("2026-11-24 10:00")),
        ("副队长", None),
    ]


def test_another_category_takes_the_place_of_the_one_held(town):
    take(roster(f"赵一,{number(1)},执法,队员"), town, started_on=date(2026, 1, 1))

    take(roster(f"赵一,{number(1)},辅助,队员"), town, now=at("2026-11-24 10:00"))

    known = CategoryHolding.objects.filter(superseded_at=None).order_by("started_on")
    assert list(known.values_list("category", "started_on", "ended_on")) == [
        ("enforcement_officer", date(2026, 1, 1), date(2026, 11, 23)),
        ("auxiliary_staff", date(2026, 11, 24), None),
    ]


def test_one_refused_row_refuses_all_unless_partial(town):
    content = roster(f"赵一,{number(1)},执法,队员", "钱二,990101199001010029,执法,队员")

    with pytest.raises(BadInput):
        take(content, town)
    assert not Person.objects.exists()

    plan, outcome = take(content, town, partial=True)
    assert counts(outcome) == (1, 0, 0, 0, 1)
    assert [(p.row, p.code) for p in plan.errors] == [(3, "id_check_digit")]


def test_somebody_active_elsewhere_becomes_one_request(town):
    other = make_unit(code="O", name="西红门镇人民政府", parent=town.parent)
    take(roster(f"赵一,{number(1)},执法,队员"), other)

    _plan, first = take(roster(f"赵一,{number(1)},执法,队员"), town)
    _plan, second = take(roster(f"赵一,{number(1)},执法,队员"), town)

    assert (counts(first), counts(second)) == ((0, 0, 0, 1, 0), (0, 0, 1, 0, 0))
    assert TransferRequest.objects.get().to_unit == town
    assert Posting.objects.current().get().unit == other


def test_hr_cannot_import_into_another_unit(town):
    make_unit(code="O", name="西红门镇人民政府", parent=town.parent)
    hr = make_person(unit=town, category=None)
    make_role(person=hr, unit=town, role="hr")
    content = roster(f"赵一,{number(1)},西红门镇人民政府", header="姓名,身份证号,单位")

    plan = rosters.plan(content=content, filename="a.csv", options=rosters.Options(unit=town), by=hr, now=NOW)

    assert [p.code for p in plan.errors] == ["unit_out_of_reach"]


@pytest.mark.parametrize("people", [2, 30])
def test_a_roster_costs_the_same_queries_for_any_number_of_rows(people, town, django_assert_num_queries):
    content = roster(*(f"赵一,{number(i)},执法,队员" for i in range(people)))

    with django_assert_num_queries(20):
        take(content, town)


def test_the_command_prints_one_object_and_ends_with_one_when_refused(town, tmp_path, capsys):
    file = tmp_path / "花名册.csv"
    file.write_bytes(roster(f"赵一,{number(1)},执法,队员", "钱二,12345,执法,队员"))

    with pytest.raises(CommandError) as refused:
        call_command("import_people", str(file), "--unit", "T")

    said = json.loads(capsys.readouterr().out)
    assert (refused.value.returncode, counts(said)) == (1, (0, 0, 0, 0, 1))
    assert {name: said["errors"][0][name] for name in ("sheet", "row", "column", "code")} == {
        "sheet": None,
        "row": 3,
        "column": "身份证号",
        "code": "id_length",
    }


RECORDS = "姓名,身份证号,培训名称,培训日期,学时,结果"


def records(*rows):
    return roster(*rows, header=RECORDS)


def read(content, *, by=None, **options):
    options = study_imports.Options(category="LAW", **options)
    return study_imports.plan(content=content, filename="培训.csv", options=options, by=by, now=NOW)


def test_training_records_credit_once_and_wait_where_the_result_is_blank(town, tmp_path):
    take(roster(f"赵一,{number(1)},执法,队员", f"钱二,{number(2)},执法,队员"), town)
    content = records(f"赵一,{number(1)},行政处罚法,2026-03-02至2026-03-06,40,合格", f"钱二,{number(2)},行政处罚法,2026-03-02,8,")

    outcome = study_imports.apply(plan=read(content), by=None, now=NOW, proof=("通知.pdf", b"%PDF-1.4"), certify=True)
    again = study_imports.apply(plan=read(content), by=None, now=NOW)

    assert (counts(outcome), counts(again)) == ((2, 0, 0, 0, 0), (0, 0, 2, 0, 0))
    assert list(StudyRecord.objects.order_by("studied_on").values_list("studied_on", "credit")) == [
        (date(2026, 3, day), 800) for day in range(2, 7)
    ]
    assert HoursLine.objects.exclude(held_reason="").get().state == "pending"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("赵一,{n},行政处罚法,2026-03-02,-8,合格", "hours_invalid"),
        ("赵一,{n},行政处罚法,2026-03-02,,合格", "hours_missing"),
        ("赵一,{n},行政处罚法,2026-03-02,八百万,合格", "hours_invalid"),
        ("赵一,{n},行政处罚法,2026-03,8,合格", "date_invalid"),
        ("赵一,{n},行政处罚法,2027-03-02,8,合格", "date_implausible"),
        ("赵一,{n},行政处罚法,2026-03-02,8,不合格", "result_not_passed"),
        ("孙三,{other},行政处罚法,2026-03-02,8,合格", "person_unknown"),
        ("王五,{n},行政处罚法,2026-03-02,8,合格", "name_mismatch"),
    ],
)
def test_a_row_that_cannot_be_credited_is_refused_by_name(row, code, town):
    take(roster(f"赵一,{number(1)},执法,队员"), town)

    plan = read(records(row.format(n=number(1), other=number(9))))

    assert [(p.row, p.code) for p in plan.errors] == [(2, code)]
    assert plan.lines == []


def test_the_same_study_twice_in_a_file_counts_once_with_a_remark(town):
    take(roster(f"赵一,{number(1)},执法,队员"), town)
    row = f"赵一,{number(1)},行政处罚法,2026-03-02,8,合格"

    plan = read(records(row, row))

    assert (plan.created, plan.unchanged, [(p.row, p.code) for p in plan.warnings]) == (1, 1, [(3, "record_repeated")])


def test_a_posting_begins_when_the_person_came_to_the_unit_and_never_before_they_began_to_work(town):
    header = "姓名,身份证号,岗位类别,入职日期,参加工作时间"
    rows = (
        f"赵一,{number(1)},执法,2021.5,2005.7",
        f"钱二,{number(2)},执法,,2005.7",
        f"孙三,{number(3)},执法,,2026.8.3",
    )

    take(roster(*rows, header=header), town, started_on=date(2025, 3, 1))

    begun = Posting.objects.order_by("pk").values_list("started_on", flat=True)
    assert list(begun) == [date(2021, 5, 1), date(2025, 3, 1), date(2026, 8, 3)]


def test_a_staff_number_alone_names_people_who_are_known_and_enters_nobody(town):
    take(roster(f"赵一,{number(1)},执法,队员,N1", f"钱二,{number(2)},执法,队员,N2", header=HEADER_WITH_STAFF_NO), town)
    content = roster("赵一,N1,副队长", "钱二,N1,队员", "钱三,N2,队员", "孙三,N3,队员", "李四,,队员", header="姓名,工号,职务")

    plan, outcome = take(content, town, partial=True, now=at("2026-11-24 10:00"))

    assert counts(outcome) == (0, 1, 0, 0, 4)
    assert plan.changes[0].fields == {"post": ("队员", "副队长")}
    assert [(p.row, p.column, p.code) for p in plan.errors] == [
        (3, "工号", "duplicate_id_other_name"),
        (4, "姓名", "name_mismatch"),
        (5, "工号", "id_missing"),
        (6, "工号", "id_missing"),
    ]
    assert Person.objects.count() == 2


def test_name_and_number_alone_are_a_roster(town):
    plan, outcome = take(roster(f"赵一,{number(1)}", header="姓名,身份证"), town)

    assert counts(outcome) == (1, 0, 0, 0, 0)
    assert [(p.row, p.code) for p in plan.warnings] == [(2, "unit_missing"), (2, "category_missing")]


def test_a_remark_names_the_person_it_is_about(town):
    plan, _outcome = take(roster(f"赵一（借调）,{number(1)},执法,队员"), town)

    assert [(p.code, p.name) for p in plan.warnings] == [("name_suffix_dropped", "赵一"), ("unit_missing", "赵一")]


def test_a_refused_row_has_one_error_and_no_warning(town):
    content = roster(f"赵一（借调）,{number(1)},市司法局", header="姓名,身份证号,单位")

    plan = rosters.plan(content=content, filename="a.csv", options=rosters.Options(unit=town), by=None, now=NOW)

    assert [(p.row, p.code) for p in plan.errors] == [(2, "department_unknown")]
    assert plan.warnings == []


def test_the_same_training_with_other_hours_is_refused_and_never_called_unchanged(town):
    take(roster(f"赵一,{number(1)},执法,队员"), town)
    study_imports.apply(plan=read(records(f"赵一,{number(1)},行政处罚法,2026-03-02,8,合格")), by=None, now=NOW)

    plan = read(records(f"赵一,{number(1)},行政处罚法,2026-03-02,4,合格"))

    assert [(p.row, p.code) for p in plan.errors] == [(2, "conflicting_award")]
