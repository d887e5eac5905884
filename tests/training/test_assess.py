"""`manage.py assess`: the standing of people and units for other programs, in the spelling they rely on."""

import csv
import io
import json
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from tests.factories import at, make_district, make_person, make_requirement, make_rule_set, make_unit, open_year
from training import ledger
from training.models import Category, Measure, Mode, SessionKind, Unit
from training.sessions import SessionFacts

pytestmark = pytest.mark.django_db
NOW = at("2026-02-01 10:00")


@pytest.fixture
def place():
    make_rule_set()
    open_year(2025)
    make_requirement()
    make_requirement(code="pre", measure=Measure.SESSIONS, target=4, counted=["PRE_MEETING"], unit_kind="district_government")
    district = make_district()
    town = make_unit(code="T", parent=district, kind="town")
    team = make_unit(code="T-1", parent=town, kind="enforcement_team")
    zhang = make_person(unit=team, staff_no="A001", name="张三")
    make_person(unit=make_unit(code="O", parent=district), staff_no="A002", name="李四")
    for number, stated in enumerate((3000, 2750)):
        ledger.award_hours(
            person=zhang, studied_on=date(2025, 3, 3 + number), category=Category.LAW, mode=Mode.CLASS, title="班",
            origin=f"class:{number}", stated=stated, now=NOW,
        )  # fmt: skip
    facts = SessionFacts(unit=district, kind=SessionKind.PRE_MEETING, held_on=date(2025, 3, 3), title="会前", origin="x")
    ledger.post_session(facts=facts, now=NOW)
    return zhang


def assess(**options) -> str:
    out = io.StringIO()
    call_command("assess", year=2025, stdout=out, **options)
    return out.getvalue()


def test_the_json_is_what_other_programs_rely_on(place):
    answer = json.loads(assess(as_of="2026-03-01"))

    assert answer == {
        "year": 2025,
        "as_of": "2026-03-01T23:59:59+08:00",
        "people": [
            {
                "staff_no": "A001",
                "name": "张三",
                "unit": "T-1",
                "requirement": "hours",
                "status": "unmet",
                "required": "60.00",
                "attained": "57.50",
                "remaining": "2.50",
            },
            {
                "staff_no": "A002",
                "name": "李四",
                "unit": "O",
                "requirement": "hours",
                "status": "unmet",
                "required": "60.00",
                "attained": "0.00",
                "remaining": "60.00",
            },
        ],
        "units": [{"unit": "110115", "requirement": "pre", "status": "unmet", "required": 4, "attained": 1}],
    }


def test_the_csv_has_the_same_rows_people_first(place):
    rows = list(csv.DictReader(io.StringIO(assess(format="csv"))))

    assert list(rows[0]) == ["staff_no", "name", "unit", "requirement", "status", "required", "attained", "remaining", "kind"]
    assert [(r["kind"], r["name"], r["unit"], r["attained"]) for r in rows] == [
        ("person", "张三", "T-1", "57.50"),
        ("person", "李四", "O", "0.00"),
        ("unit", "", "110115", "1"),
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_the_csv_is_taken_for_a_formula(start, place):
    name = f'{start}HYPERLINK("http://example.org")'
    place.name = place.staff_no = name
    place.save()

    row = next(csv.DictReader(io.StringIO(assess(format="csv"))))

    assert (row["name"], row["staff_no"]) == (f"'{name}", f"'{name}")
    assert json.loads(assess())["people"][0]["name"] == name


def test_as_of_a_day_before_the_certification_nothing_counted(place):
    answer = json.loads(assess(as_of="2026-01-31"))

    assert [row["attained"] for row in answer["people"]] == ["0.00", "0.00"]
    assert [row["attained"] for row in answer["units"]] == [0]


def test_a_unit_includes_everything_below_it_and_nobody_else(place):
    answer = json.loads(assess(unit="T"))

    assert [row["staff_no"] for row in answer["people"]] == ["A001"]
    assert answer["units"] == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"year": 2024}, "2024"),
        ({"year": 1999}, "period|周期|期"),
        ({"unit": "nowhere"}, "nowhere"),
        ({"as_of": "2025-02-30"}, "2025-02-30"),
    ],
    ids=["a year nobody opened", "no year at all", "an unknown unit", "no day"],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(options, reason, place, capsys):
    with pytest.raises(CommandError, match=reason) as refused:
        call_command("assess", **({"year": 2025} | options))

    assert refused.value.returncode == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("people", [2, 40])
def test_it_costs_the_same_queries_for_any_number_of_people(people, place, django_assert_num_queries):
    unit = make_unit(parent=Unit.objects.get(parent=None))
    for _ in range(people):
        make_person(unit=unit)

    with django_assert_num_queries(13):
        assess()
