"""What a careful HR officer expects of each kind of cell, by the codes of the rosters' README: read, read with a remark, refused."""

from datetime import date, datetime

import pytest

from tests.imports.files import csv, id_number, sheet
from training.imports.records import read_study_records
from training.imports.roster import read_roster

TODAY = date(2026, 11, 23)
MAN, WOMAN = id_number(1), id_number(2)
WITH_X = next(id_number(serial) for serial in range(100, 999) if id_number(serial).endswith("X"))
MASKED_OUT = "1101**********1234"


def person(heading, value, *, name="张三", number=MAN):
    """A roster of one person with one more column: the row read, or None, and what was refused."""
    cells = {"姓名": name, "身份证号": number} | {heading: value}
    reading = read_roster(sheet(tuple(cells), tuple(cells.values())), "花名册.xlsx", today=TODAY)
    return (reading.rows or [None])[0], reading.refused


def codes(row) -> list[str]:
    return sorted(issue.code for issue in row.issues)


@pytest.mark.parametrize(
    ("value", "name", "remarks"),
    [
        ("张 三", "张三", []),
        ("张　三", "张三", []),
        ("张\n三", "张三", []),
        ("张\u200b三\xa0", "张三", []),
        ("买买提•艾合买提", "买买提·艾合买提", []),
        ("买买提・艾合买提", "买买提·艾合买提", []),
        ("买买提 . 艾合买提", "买买提·艾合买提", []),
        ("𠮷田三", "𠮷田三", []),
        ("张三（借调）", "张三", ["name_suffix_dropped"]),
        ("张三同志", "张三", ["name_suffix_dropped"]),
        ("张三*", "张三", ["name_suffix_dropped"]),
        ("John Smith", "John Smith", ["name_not_chinese"]),
        ("测试", "测试", ["name_looks_like_test"]),
        ("李某某", "李某某", ["name_looks_like_test"]),
    ],
)
def test_a_name_is_cleaned(value, name, remarks):
    row, refused = person("姓名", value)

    assert (row.name, codes(row), refused) == (name, remarks, [])


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "name_missing"),
        ("/", "name_missing"),
        ("张三1", "name_invalid"),
        (123, "name_invalid"),
        ("张三、李四", "name_invalid"),
        ("<script>alert(1)</script>", "name_invalid"),
        ("张", "name_invalid"),
    ],
)
def test_what_is_no_name_refuses_the_row_before_anything_else(value, code):
    row, refused = person("姓名", value, number=MASKED_OUT)

    assert (row, [(p.row, p.column, p.code) for p in refused]) == (None, [(2, "姓名", code)])


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (WITH_X.lower(), WITH_X),
        (WITH_X.replace("X", "ｘ"), WITH_X),
        (f"'{MAN}", MAN),
        (f"{MAN[:6]} {MAN[6:14]}\u3000{MAN[14:]}\t", MAN),
        (MAN.translate({48 + digit: 0xFF10 + digit for digit in range(10)}), MAN),
        (f"\u202d{MAN}\u202c", MAN),
    ],
)
def test_an_id_number_is_unwrapped(value, number):
    row, refused = person("身份证号", value)

    assert (row.id_number, codes(row), refused) == (number, [], [])


def test_a_number_wrapped_as_a_formula_is_unwrapped_in_text():
    reading = read_roster(csv(("姓名", "身份证号"), ("张三", f'="{MAN}"'), ("李四", f'"=""{WOMAN}"""')), "a.csv", today=TODAY)

    assert [row.id_number for row in reading.rows] == [MAN, WOMAN]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, "id_missing"),
        ("无", "id_missing"),
        (float(MAN), "id_precision_lost"),
        (int(MAN), "id_precision_lost"),
        ("9.90101E+17", "id_precision_lost"),
        (f"{MAN}.0", "id_precision_lost"),
        (date(2020, 1, 1), "id_precision_lost"),
        (MASKED_OUT, "id_masked"),
        ("990101850301123", "id_15_digit_needs_review"),
        (MAN[:17], "id_length"),
        (MAN + "1", "id_length"),
        ("同上", "id_length"),
        (f"{MAN[:17]}O", "id_characters"),
        (True, "id_characters"),
        ("990101198513010011", "id_birth_date"),
        ("990101203001010019", "id_birth_date"),
        (MAN[:17] + ("0" if MAN[17] != "0" else "1"), "id_check_digit"),
    ],
)
def test_an_id_number_that_cannot_be_right_refuses_the_row(value, code):
    row, refused = person("身份证号", value)

    assert (row, [(p.row, p.column, p.code) for p in refused]) == (None, [(2, "身份证号", code)])
    assert refused[0].reason


def test_a_personal_number_is_never_shown_whole():
    _row, refused = person("身份证号", MAN[:17] + ("0" if MAN[17] != "0" else "1"))

    assert refused[0].value[6:14] == "********"


@pytest.mark.parametrize(
    ("value", "found", "remarks"),
    [
        ("1985.03", "1985-03", []),
        ("1985-3-1", "1985-03-01", []),
        ("19850301", "1985-03-01", []),
        ("20200301.0", "2020-03-01", []),
        ("1985年3月1日", "1985-03-01", []),
        ("1985 / 3 / 1", "1985-03-01", []),
        ("1985·3", "1985-03", []),
        ("１９８５．０３", "1985-03", []),
        ("二〇二〇年三月一日", "2020-03-01", []),
        ("二零二零年十二月", "2020-12", []),
        ("1985年三月", "1985-03", []),
        ("2020年3月至今", "2020-03", []),
        ("1985.03（转正）", "1985-03", []),
        (datetime(2020, 3, 1, 8), "2020-03-01", []),
        (43891, "2020-03-01", ["date_from_serial"]),
        ("43891", "2020-03-01", ["date_from_serial"]),
        (1985.03, "1985-03", ["date_from_number"]),
        (1985.1, None, ["date_ambiguous"]),
        ("85.3", None, ["date_ambiguous"]),
        ("1-Mar-85", None, ["date_ambiguous"]),
        ("3/1/1985", None, ["date_ambiguous"]),
        ("2020.3.1-3.4", None, ["date_invalid"]),
        ("2020-02-30", None, ["date_invalid"]),
        ("待定", None, ["date_invalid"]),
        ("2099-1-1", None, ["date_implausible"]),
        ("1899-1-1", None, ["date_implausible"]),
        ("/", None, []),
    ],
)
def test_a_date_is_read_where_it_is_certain(value, found, remarks):
    row, _refused = person("入职日期", value)

    assert (row.joined and str(row.joined), codes(row)) == (found, remarks)


@pytest.mark.parametrize(
    ("value", "phone", "remarks"),
    [
        ("138 0000 0001", "13800000001", []),
        ("138-0000-0001", "13800000001", []),
        ("+86 13800000001", "13800000001", []),
        ("008613800000001", "13800000001", []),
        ("１３８００００００１２", "13800000012", []),
        (13800000001, "13800000001", []),
        (13800000001.0, "13800000001", []),
        ("13800000001（微信同号）", "13800000001", []),
        ("13800000001/13900000002", "13800000001", ["phone_multiple"]),
        ("010-69240000 13900000002", "13900000002", ["phone_multiple"]),
        ("010-69240000", "010-69240000", ["phone_landline"]),
        ("69240000转8012", "69240000转8012", ["phone_landline"]),
        ("+852 91234567", "", ["phone_invalid"]),
        ("1380000000", "", ["phone_invalid"]),
        ("1.38E+10", "", ["phone_invalid"]),
        ("无", "", []),
    ],
)
def test_a_telephone_number_is_found(value, phone, remarks):
    row, _refused = person("手机号", value)

    assert (row.phone, codes(row)) == (phone, remarks)


@pytest.mark.parametrize(
    ("heading", "value", "remarks"),
    [
        ("性别", "女", ["sex_mismatch"]),
        ("性别", "男", []),
        ("出生年月", "1985.3", []),
        ("出生年月", "1984.3", ["birth_mismatch"]),
        ("出生年月", 1985.3, ["date_from_number"]),
    ],
)
def test_the_id_number_wins_over_sex_and_birth(heading, value, remarks):
    row, _refused = person(heading, value)

    assert (row.sex, row.birth, [code for code in codes(row) if code != "date_from_number"]) == (
        "男",
        date(1985, 3, 1),
        [code for code in remarks if code != "date_from_number"],
    )


@pytest.mark.parametrize(
    ("value", "rank", "remarks"),
    [
        ("1级主任科员", "一级主任科员", []),
        ("主任科员（一级）", "一级主任科员", []),
        ("一级 主任科员", "一级主任科员", []),
        ("一级主任科员（试用期）", "一级主任科员", ["rank_suffix_dropped"]),
    ],
)
def test_a_rank_is_written_in_its_official_words(value, rank, remarks):
    row, _refused = person("职级", value)

    assert (row.rank, codes(row)) == (rank, remarks)


def test_an_error_cell_says_so_where_it_refuses_the_row_and_where_it_does_not():
    row, refused = person("单位", "#REF!")
    assert (row.unit_text, codes(row), refused) == ("", ["cell_error_value"], [])

    row, refused = person("身份证号", "#N/A")
    assert (row, refused[0].code, refused[0].value) == (None, "id_missing", "#N/A")
    assert "错误" in refused[0].reason or "error" in refused[0].reason


def test_a_formula_that_was_never_calculated_says_so():
    row, refused = person("身份证号", f'=CONCATENATE("{MAN}")')

    assert (row, refused[0].code) == (None, "id_missing")
    assert "公式" in refused[0].reason or "formula" in refused[0].reason


def study(heading, value, **others):
    cells = (
        {"姓名": "张三", "身份证号": MAN, "课程名称": "行政处罚法", "培训时间": "2026-03-02", "学时": 8}
        | others
        | {heading: value}
    )
    reading = read_study_records(sheet(tuple(cells), tuple(cells.values())), "台账.xlsx", today=TODAY)
    return reading.rows[0]


@pytest.mark.parametrize(
    ("value", "hours", "minutes", "remarks"),
    [
        (4, 400, None, []),
        ("4.0", 400, None, []),
        ("4学时", 400, None, []),
        ("四学时", 400, None, []),
        ("１６学时", 1600, None, []),
        ("四点五学时", 450, None, []),
        ("半天", 400, None, ["hours_unit_converted"]),
        ("全天", 800, None, ["hours_unit_converted"]),
        ("2天", 1600, None, ["hours_unit_converted"]),
        ("两天半", 2000, None, ["hours_unit_converted"]),
        ("3小时", 400, 180, ["hours_unit_converted"]),
        ("180分钟", 400, 180, ["hours_unit_converted"]),
        ("一个半小时", 200, 90, ["hours_unit_converted"]),
        ("1小时30分", 200, 90, ["hours_unit_converted"]),
        (0, None, None, ["hours_invalid"]),
        (-4, None, None, ["hours_invalid"]),
        ("约4学时", None, None, ["hours_invalid"]),
        ("4+4", None, None, ["hours_invalid"]),
        ("4.255", None, None, ["hours_invalid"]),
        ("1周", None, None, ["hours_invalid"]),
        (None, None, None, ["hours_missing"]),
        ("#DIV/0!", None, None, ["cell_error_value", "hours_missing"]),
    ],
)
def test_an_amount_is_read_in_its_unit(value, hours, minutes, remarks):
    row = study("学时", value)

    assert (row.hours, row.minutes, row.codes()) == (hours, minutes, remarks)


@pytest.mark.parametrize(
    ("value", "start", "end", "remarks"),
    [
        ("2025.3.1-3.4", "2025-03-01", "2025-03-04", []),
        ("2025.3.1-4", "2025-03-01", "2025-03-04", []),
        ("2025年3月1日至4日", "2025-03-01", "2025-03-04", []),
        ("二〇二五年三月一日至四日", "2025-03-01", "2025-03-04", []),
        ("2025-03-01~2025-03-04", "2025-03-01", "2025-03-04", []),
        ("20250301-20250304", "2025-03-01", "2025-03-04", []),
        ("2025.12.29-1.2", "2025-12-29", "2026-01-02", []),
        ("2025年3月1日（星期六）上午", "2025-03-01", "2025-03-01", []),
        ("2025.3.1 9:00-11:30", "2025-03-01", "2025-03-01", []),
        ("2025年3月", "2025-03", "2025-03", []),
        ("2025.3.4-3.1", None, None, ["date_range_reversed"]),
        ("3.1-3.4", None, None, ["date_ambiguous"]),
        ("2025.3.1、3.3", None, None, ["date_invalid"]),
        ("2027.3.1", None, None, ["date_implausible"]),
        (None, None, None, ["date_missing"]),
    ],
)
def test_the_days_of_a_training_are_read(value, start, end, remarks):
    row = study("培训时间", value)

    assert (row.start and str(row.start), row.end and str(row.end), row.codes()) == (start, end, remarks)
