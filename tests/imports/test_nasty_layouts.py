"""Tables as offices lay them out: nobody is lost in silence, and what is no person is listed with the reason."""

from datetime import date

import pytest
from openpyxl.styles import PatternFill

from tests.imports.files import HEADINGS, id_number, saved, sheet, workbook
from training.imports.refusals import FileEmpty, HeaderNotFound, RowsMissing, TableTwice
from training.imports.roster import read_roster

TODAY = date(2026, 11, 23)


def one(serial, name="张三", unit="区司法局"):
    return (name, id_number(serial), unit)


def read(content):
    return read_roster(content, "花名册.xlsx", today=TODAY)


def people(reading):
    return [(row.row, row.name, row.unit_text) for row in reading.rows]


def ignored(reading):
    return [(row.row, row.why) for row in reading.understanding.ignored_rows]


def refused(reading):
    return [(p.sheet, p.row, p.code) for p in reading.refused]


def test_pages_printed_one_below_the_other_hold_only_people():
    rows = [
        ("2026年花名册",),
        HEADINGS,
        ("必填", "必填，18位文本", "选填"),
        ("1", "2", "3"),
        ("例：张三", id_number(90), "区司法局"),
        one(1),
        ("本页小计", "1人"),
        (),
        ("2026年花名册（续）",),
        HEADINGS,
        one(2),
        ("续表",),
        HEADINGS,
        one(3),
        ("合计", 3),
        ("审核：",),
        ("注：本表一式两份",),
    ]
    reading = read(sheet(*rows))

    assert people(reading) == [(6, "张三", "区司法局"), (11, "张三", "区司法局"), (14, "张三", "区司法局")]
    assert refused(reading) == []
    assert ignored(reading) == [
        (1, "title"),
        (3, "note"),
        (4, "note"),
        (5, "example"),
        (7, "subtotal"),
        (9, "title"),
        (10, "repeated_header"),
        (12, "title"),
        (13, "repeated_header"),
        (15, "total"),
        (16, "footer"),
        (17, "note"),
    ]


@pytest.mark.parametrize("mark", ["例", "示例", "样例1"])
def test_a_sample_row_is_no_person_even_with_a_complete_number(mark):
    reading = read(sheet(("序号", *HEADINGS), (mark, *one(90)), (1, *one(1)), ("2", *one(2))))

    assert [row.row for row in reading.rows] == [3, 4]
    assert ignored(reading) == [(2, "example")]


def test_two_line_headers_and_units_merged_over_several_people():
    made = workbook(
        名册=[
            ("附件1",),
            ("序号", "姓名", "身份证号", "基本情况", "", "所在单位"),
            ("", "", "", "性别", "出生\n年月", ""),
            (1, "张三", id_number(1), "男", "1985.03", "区司法局"),
            (2, "李四", id_number(2), "女", "1985.03", ""),
            (3, "王五", id_number(3), "男", "1985.03", "区教委"),
            ("", "小计", "", "", "", ""),
            (4, "赵六", id_number(4), "女", "1985.03", ""),
        ]
    )
    for area in ("A1:F1", "A2:A3", "B2:B3", "C2:C3", "D2:E2", "F2:F3", "F4:F5", "F6:F8"):
        made["名册"].merge_cells(area)
    reading = read(saved(made))

    assert people(reading) == [(4, "张三", "区司法局"), (5, "李四", "区司法局"), (6, "王五", "区教委"), (8, "赵六", "区教委")]
    assert [row.issues for row in reading.rows] == [[], [], [], []]
    assert ignored(reading) == [(1, "title"), (7, "subtotal")]


def test_a_heading_between_groups_is_no_person_and_leavers_are_read_with_a_remark():
    reading = read(sheet(HEADINGS, one(1), ("离职人员",), HEADINGS, ("李四", id_number(2), None)))

    assert people(reading) == [(2, "张三", "区司法局"), (5, "李四", "")]
    assert [[issue.code for issue in row.issues] for row in reading.rows] == [[], ["group_of_leavers"]]
    assert ignored(reading) == [(3, "section"), (4, "repeated_header")]


def test_sheets_are_read_each_with_its_own_columns_and_hidden_ones_named():
    made = workbook(
        填表说明=[("1. 姓名必填",)],
        司法局=[("姓名", "身份证号"), ("张三", id_number(1)), ("李四", id_number(2))],
        教委=[("花名册",), ("职务", "公民身份\n号码", "＊姓 名"), ("科员", id_number(3), "王五"), ("科员", id_number(1), "张三"),
            ("科员", id_number(2), "别人")],
        空表=[],
        隐藏=[HEADINGS, one(9)],
    )  # fmt: skip
    made["隐藏"].sheet_state = "veryHidden"
    made.create_chartsheet("图")
    reading = read(saved(made))

    assert [(row.sheet, row.row, row.name, row.unit_text) for row in reading.rows] == [
        ("司法局", 2, "张三", "司法局"),
        ("司法局", 3, "李四", "司法局"),
        ("教委", 3, "王五", "教委"),
    ]
    assert refused(reading) == [("教委", 4, "duplicate_id_other_sheet"), ("教委", 5, "duplicate_id_other_name")]
    assert "司法局!3" in reading.refused[1].reason
    assert [(view.name, view.skipped) for view in reading.understanding.skipped_sheets] == [
        ("填表说明", "no_table"),
        ("空表", "empty"),
        ("隐藏", "hidden"),
        ("图", "not_worksheet"),
    ]


def test_a_duplicate_in_the_sheet_is_refused_where_it_stands_again():
    reading = read(sheet(HEADINGS, one(1), one(1), one(1, "李四")))

    assert refused(reading) == [("花名册", 3, "duplicate_id_same_person"), ("花名册", 4, "duplicate_id_other_name")]


def test_a_unit_written_once_above_its_people_is_theirs_with_a_remark_and_a_single_blank_is_no_unit():
    units = ("区司法局", None, None, "区教委", None, None, None)
    reading = read(sheet(HEADINGS, *((("张三", id_number(i), unit)) for i, unit in enumerate(units))))

    assert [row.unit_text for row in reading.rows] == ["区司法局"] * 3 + ["区教委"] * 4
    assert [row.row for row in reading.rows if row.issues] == [3, 4, 6, 7, 8]
    assert {issue.code for row in reading.rows for issue in row.issues} == {"unit_filled_down"}

    reading = read(sheet(HEADINGS, one(1), one(2, unit=None), one(3, unit="区教委")))
    assert [row.unit_text for row in reading.rows] == ["区司法局", "", "区教委"]


def test_hidden_rows_are_read_with_a_remark_and_hidden_columns_without():
    made = workbook(名册=[HEADINGS, one(1), one(2), one(3)])
    made["名册"].row_dimensions[3].hidden = True
    made["名册"].column_dimensions["B"].hidden = True
    made["名册"].auto_filter.ref = "A1:C4"
    reading = read(saved(made))

    assert [[issue.code for issue in row.issues] for row in reading.rows] == [[], ["row_was_hidden"], []]


def test_a_hundred_thousand_coloured_blank_rows_are_nothing():
    made = workbook(名册=[HEADINGS, one(1)])
    fill = PatternFill("solid", start_color="FFFF0000")
    for row in range(3, 20_003):
        made["名册"].cell(row, 1).fill = fill
    made["名册"].cell(1_048_576, 3).fill = fill

    assert people(read(saved(made))) == [(2, "张三", "区司法局")]


def test_a_row_that_names_nobody_or_has_no_number_is_refused_or_listed():
    reading = read(
        sheet(HEADINGS, one(1), ("李四",), (None, id_number(3)), ("王五", None, "区司法局"), (None, None, "备用说明文字"))
    )

    assert refused(reading) == [("花名册", 3, "id_missing"), ("花名册", 4, "name_missing"), ("花名册", 5, "id_missing")]
    assert people(reading) == [(2, "张三", "区司法局")]


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (sheet(), FileEmpty),
        (sheet(HEADINGS), RowsMissing),
        (sheet(HEADINGS, ("例：张三", id_number(90), "区司法局"), ("合计", "0人")), RowsMissing),
        (sheet(one(1), one(2)), HeaderNotFound),
        (sheet(("姓名", "单位"), ("张三", "区司法局")), HeaderNotFound),
        (
            sheet(("姓名", "身份证号", "", "姓名", "身份证号"), ("张三", id_number(1), "", "李四", id_number(2))),
            TableTwice,
        ),
    ],
    ids=["empty", "headings alone", "headings and a sample", "no headings", "no numbers", "two tables side by side"],
)
def test_a_file_without_a_table_of_people_is_refused_as_a_whole(content, refusal):
    with pytest.raises(refusal) as raised:
        read(content)

    assert str(raised.value)


def test_a_second_column_of_the_same_meaning_is_said_and_loses_nobody():
    reading = read(sheet((*HEADINGS, "配偶身份证号"), (*one(1), id_number(2))))

    assert people(reading) == [(2, "张三", "区司法局")]
    assert reading.understanding.read_sheets[0].notes == [("columns_repeated", "配偶身份证号")]


def test_markup_and_formulas_in_cells_stay_text():
    reading = read(sheet((*HEADINGS, "职务"), (*one(1), "<img src=x onerror=alert(1)>"), (*one(2), "@SUM(A1)")))

    assert [row.post for row in reading.rows] == ["<img src=x onerror=alert(1)>", "@SUM(A1)"]
