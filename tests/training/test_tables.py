"""Lists: sorted by a heading, filters shown as chips, what is seen taken out as CSV; each at a fixed number of queries."""

import csv
import io
from datetime import date

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories import (
    EARLY,
    at,
    make_district,
    make_person,
    make_requirement,
    make_role,
    make_rule_set,
    make_unit,
    open_year,
)
from training import audit, ledger, people
from training.models import (
    Adjustment,
    Attainment,
    AttainmentKind,
    AuditEvent,
    CountedSession,
    ImportRun,
    Person,
    Posting,
    SessionKind,
    Submission,
    YearTotal,
)
from training.tables import by_name

pytestmark = pytest.mark.django_db


class Place:
    def __init__(self):
        make_rule_set()
        open_year(2025)
        make_requirement()
        self.district = make_district()
        self.town = make_unit(code="T", name="黄村镇", parent=self.district)
        self.office = make_unit(code="T2", name="执法队", parent=self.town)
        self.hr = make_person(unit=self.town, category=None, name="人事", staff_no="S0")
        make_role(person=self.hr, unit=self.town, role="hr")

    def officer(self, name, hours=0, unit=None, **facts):
        person = make_person(unit=unit or self.town, name=name, **facts)
        YearTotal.objects.create(person=person, year=2025, law=hours)
        return person


@pytest.fixture
def place(client, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    place = Place()
    client.force_login(place.hr)
    return place


def names(client, **given):
    page = client.get(reverse("training:people"), {"year": 2025, "status": "obliged", **given}).context["page"]
    return [row.person.name for row in page.object_list]


@pytest.mark.parametrize(
    "sort, found",
    [
        ("", ["张三", "陈一", "李二"]),  # who owes most first
        ("nonsense", ["张三", "陈一", "李二"]),
        ("-progress", ["张三", "陈一", "李二"]),
        ("name", ["陈一", "李二", "张三"]),
        ("-name", ["张三", "李二", "陈一"]),
        ("staff_no", ["李二", "张三", "陈一"]),
        ("-staff_no", ["张三", "李二", "陈一"]),  # a number that is not known stands last both ways
        ("unit", ["张三", "李二", "陈一"]),
        ("attained", ["张三", "陈一", "李二"]),
        ("-attained", ["李二", "陈一", "张三"]),
        ("remaining", ["李二", "陈一", "张三"]),
        ("standing", ["张三", "陈一", "李二"]),
        ("-standing", ["李二", "张三", "陈一"]),
    ],
)
def test_people_are_sorted_by_a_heading(sort, found, place, client):
    place.officer("张三", 1000, staff_no="S9")
    place.officer("李二", 6000, staff_no="S1")
    place.officer("陈一", 2000, unit=place.office, staff_no=None)

    assert names(client, **({"sort": sort} if sort else {})) == found


def test_names_are_sorted_by_their_sound():
    assert sorted(["张三", "赵四", "李二", "王五", "陈一", "欧阳六"], key=by_name) == [
        "陈一",
        "李二",
        "欧阳六",
        "王五",
        "张三",
        "赵四",
    ]


def test_the_heading_says_how_the_list_is_sorted_and_turns_it(place, client):
    place.officer("张三")

    page = client.get(reverse("training:people"), {"year": 2025, "sort": "remaining", "page": 1})

    heads = {head.column.name: (head.direction, head.href) for head in page.context["listing"].heads}
    assert heads["remaining"] == ("ascending", "/people/?year=2025&sort=-remaining")
    assert heads["name"] == ("", "/people/?year=2025&sort=name")
    assert heads["progress"] == ("", "")
    assert page.content.decode().count('aria-sort="ascending"') == 1


def test_each_active_filter_is_a_chip_that_takes_itself_off(place, client):
    place.officer("张三", unit=place.office)
    given = {"q": "张", "unit": "T2", "year": "2025", "period": "year", "status": "owes", "category": "", "sort": "name"}

    listing = client.get(reverse("training:people"), given).context["listing"]

    assert [(chip.label, chip.word, chip.href) for chip in listing.chips] == [
        ("姓名或号码", "张", "/people/?unit=T2&year=2025&period=year&status=owes&sort=name"),
        ("单位", "执法队", "/people/?q=%E5%BC%A0&year=2025&period=year&status=owes&sort=name"),
        ("状态", "尚需完成学时", "/people/?q=%E5%BC%A0&unit=T2&year=2025&period=year&sort=name"),
    ]
    assert listing.clear == "/people/?year=2025&period=year&sort=name"
    assert client.get(listing.clear).context["listing"].chips == []


@pytest.mark.parametrize("number, said", [(3, "共 3 行"), (60, "共 60 行，第 51–60 行")])
def test_the_list_says_how_many_rows_it_has_and_which_are_shown(number, said, place, client):
    for _ in range(number):
        place.officer("张三")

    page = client.get(reverse("training:people"), {"year": 2025, "status": "obliged", "page": 2}).content.decode()

    assert said in page


def taken_out(client, name, **given):
    answer = client.get(reverse(name), {**given, "export": "csv"})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"), newline="")))


def test_what_is_seen_is_taken_out_filtered_sorted_and_as_text(place, client):
    place.officer("=HYPERLINK(1)", 1000, staff_no="@S9")
    place.officer("李二", 6000, staff_no="S1")
    place.officer("陈一", 2050, unit=place.office, staff_no="S2")

    rows = taken_out(client, "training:people", year=2025, status="owes", sort="attained")

    assert rows == [
        ["姓名", "工号", "单位", "状态", "已完成", "应完成", "还差"],
        ["'=HYPERLINK(1)", "'@S9", "黄村镇", "未达标", "10.00", "60.00", "50.00"],
        ["陈一", "S2", "执法队", "未达标", "20.50", "60.00", "39.50"],
    ]


def test_a_file_has_all_pages_and_leaves_out_the_columns_that_are_hidden(place, client):
    for _ in range(60):
        place.officer("张三")

    rows = taken_out(client, "training:people", year=2025, status="obliged", page=2, hide="unit,staff_no,name,required,remaining")

    assert rows[0] == ["姓名", "状态", "已完成"]
    assert rows[1:] == [["张三", "未达标", "0.00"]] * 60


def test_taking_a_list_out_is_an_event_that_names_nobody_who_was_sought(place, client):
    place.officer("张三")

    taken_out(client, "training:people", year=2025, status="owes", q="张三", sort="-name", hide="unit")

    event = AuditEvent.objects.get(act="export_list")
    assert (event.actor, event.subject, event.unit_code) == (place.hr, "list:people", "T")
    assert event.facts == {"rows": 1, "columns": "name, staff_no, standing, attained, required, remaining", "sort": "-name"}
    assert event.personal == {"filters": {"姓名或号码": "张三", "状态": "尚需完成学时"}}
    assert audit.first_broken() is None


def test_a_file_holds_nobody_whom_the_page_does_not_show(place, client):
    other = make_unit(code="O", parent=place.district)
    place.officer("外单位", unit=other)
    place.officer("本单位")

    rows = taken_out(client, "training:people", year=2025, status="obliged")

    assert [row[0] for row in rows[1:]] == ["本单位"]
    assert client.get(reverse("training:people"), {"unit": "O", "export": "csv"}).status_code == 404
    client.force_login(make_person(unit=place.town))
    assert client.get(reverse("training:people"), {"export": "csv"}).status_code == 404
    assert client.get(reverse("training:attainments"), {"export": "csv"}).status_code == 403
    assert AuditEvent.objects.filter(act="export_list").count() == 1


def test_the_file_of_transfers_keeps_the_old_unit_to_itself_until_the_release(place, client):
    old = make_unit(code="O", name="原单位", parent=place.district)
    person = place.officer("李四", unit=old)
    people.request_transfer(person=person, to_unit=place.town, effective_on=date(2025, 9, 1), by=place.hr, now=at("2025-08-01"))

    rows = taken_out(client, "training:transfers", sort="from_unit")

    assert rows[1] == ["李四", "放行后显示", "黄村镇", "2025-09-01", "已申请"]


def test_the_board_is_sorted_and_taken_out(place, client):
    place.officer("张三", 6000)
    place.officer("李二", 1000, unit=place.office)
    place.officer("陈一", 6000, unit=place.office)
    make_unit(code="T3", parent=place.town)

    listing = client.get(reverse("training:board"), {"year": 2025, "sort": "strict"}).context["listing"]
    assert [unit.code for unit, _figures in listing.page.object_list] == ["T2", "T"]

    assert taken_out(client, "training:board", year=2025, sort="-obliged", status="unmet", hide="adjusted,if_pending") == [
        ["单位", "应训", "达标", "达标率（严格）", "人均学时", "未达标"],
        ["执法队", "2", "1", "50.0%", "35.00", "1"],
        ["黄村镇", "1", "1", "100.0%", "60.00", "0"],
    ]


def figure(client, status):
    return client.get(reverse("training:people"), {"year": 2025, "unit": "T", "status": status}).context["page"].paginator.count


def test_every_figure_of_the_board_opens_as_many_rows_as_it_says(place, client):
    place.officer("达标", 6000)
    place.officer("学过", 1000)
    place.officer("没学")
    place.officer("非执法", 1000, category=None)

    total = client.get(reverse("training:board"), {"year": 2025}).context["total"]

    figures = {"obliged": 3, "studied": 2, "met_strict": 1, "met": 1, "met_if_pending": 1, "unmet": 2}
    assert (total.obliged, total.trained, total.met_strict, total.met_adjusted, total.met_if_pending) == (3, 2, 1, 1, 1)
    assert {status: figure(client, status) for status in figures} == figures


def test_the_board_says_where_the_pace_of_the_day_leads_and_nothing_once_the_year_is_over(place, client):
    for number, hours in enumerate((6000, 3100, 2900)):
        ledger.award_hours(
            person=place.officer(f"人{number}"), studied_on=date(2025, 3, 3), category="LAW", mode="CLASS", title="班",
            origin=f"x{number}", stated=hours, now=at("2025-03-10"),
        )  # fmt: skip

    midyear = client.get(reverse("training:board"), {"year": 2025, "as_of": "2025-07-01"})
    over = client.get(reverse("training:board"), {"year": 2025})
    half = client.get(reverse("training:board"), {"year": 2025, "as_of": "2025-07-01", "period": "half1"})

    assert midyear.context["forecast"] == (2, 3)
    assert midyear.context["sentence"].endswith("按目前进度，年底可达 66.7%。")
    assert (over.context["forecast"], half.context["forecast"]) == (None, None)
    assert "按目前进度" not in over.context["sentence"] + half.context["sentence"]
    rows = client.get(reverse("training:people"), {"year": 2025, "as_of": "2025-07-01", "status": "on_course"})
    assert rows.context["page"].paginator.count == 2


def test_codes_go_to_the_people_chosen_who_never_opened_their_account(place, client):
    waits, opened = place.officer("未激活"), place.officer("已激活")
    Person.objects.filter(pk=waits.pk).update(password=make_password(None))
    Person.objects.filter(pk=opened.pk).update(password=make_password("Secret-2025"))
    gone, moved = place.officer("外单位", unit=make_unit(parent=place.district)), place.officer("调出")
    Person.objects.filter(pk=moved.pk).update(password=make_password(None))
    Posting.objects.filter(person=moved).update(ended_on=date(2026, 1, 31), end_reason="left")

    page = client.get(reverse("training:people"), {"year": 2025})
    assert "调出" in page.content.decode()  # who served then and not now is listed, and gets no code
    assert [row.person.name for row in page.context["page"].object_list if row.may_get_code] == ["未激活"]
    assert page.content.decode().count("js-select-row") == 1
    issue = reverse("training:issue_codes")
    issued = client.post(issue, {"person": [waits.pk, gone.pk]}).context["issued"]

    assert [person for person, _code in issued] == [waits]
    assert [client.post(issue, {"person": chosen}).status_code for chosen in ([], [gone.pk], [opened.pk], ["x"])] == [422] * 4
    assert AuditEvent.objects.get(act="issue_activation_codes").facts == {"people": [waits.pk]}


def test_the_system_administrator_gives_codes_to_the_accounts_chosen(place, client):
    administrator = make_person(unit=place.district, category=None)
    make_role(person=administrator, unit=place.district, role="sysadmin")
    one, _other = place.officer("甲"), place.officer("乙")
    assert client.post(reverse("training:account_codes"), {"person": [one.pk]}).status_code == 403
    client.force_login(administrator)

    issued = client.post(reverse("training:account_codes"), {"person": [one.pk]}).context["issued"]

    assert [person for person, _code in issued] == [one]
    assert client.post(reverse("training:account_codes"), {}).status_code == 422


def fill(place, numbers):
    """Rows of every list."""
    kind = AttainmentKind.objects.get_or_create(code="LEGAL_QUALIFICATION", defaults={"name": "法律职业资格"})[0]
    other = make_unit(parent=place.district)
    kept = {"entered_at": EARLY, "certified_at": EARLY}
    for number in numbers:
        person, asked = place.officer(f"人{number}"), place.officer(f"调入{number}", unit=other)
        place_in_chain = {"sequence": number, "link": f"{number}", "origin": f"x{number}"}
        Attainment.objects.create(
            person=person, kind=kind, title=kind.name, valid_from=date(2025, 1, 1), is_passed=True, **place_in_chain, **kept
        )
        CountedSession.objects.create(
            unit=place.town,
            kind=SessionKind.values[0],
            held_on=date(2025, 1, 1),
            year=2025,
            title="会前学法",
            counts=1,
            **place_in_chain,
            **kept,
        )
        Submission.objects.create(
            unit=place.town,
            subject="hours",
            source="form",
            title=f"批次{number}",
            state="submitted",
            created_by=place.hr,
            created_at=EARLY,
        )
        Adjustment.objects.create(
            person=person, year=2025, hours=3000, reason="LONG_SICK", document="文", approver="批", entered_at=EARLY
        )
        ImportRun.objects.create(kind="roster", unit=place.town, name=f"名册{number}.xlsx", created_by=place.hr, created_at=EARLY)
        people.request_transfer(person=asked, to_unit=place.town, effective_on=date(2025, 9, 1), by=place.hr, now=EARLY)


LISTS = ("board", "people", "attainments", "sessions", "submissions", "adjustments", "transfers", "imports")


@pytest.mark.parametrize("name", LISTS)
def test_sorting_and_taking_out_cost_the_same_queries_for_any_number_of_rows(name, place, client):
    address = reverse(f"training:{name}")
    year = {} if name == "submissions" else {"year": 2025}  # a batch without lines is of no year
    table = client.get(address, year).context["listing"].table

    def cost(**given):
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address, year | given)
            rows = b"".join(answer.streaming_content).count(b"\n") - 1 if answer.streaming else None
        return len(queries), rows

    def costs():
        found = {column.name: cost(sort=column.name)[0] for column in table.columns if column.sorts}
        queries, rows = cost(export="csv")
        return found | {"export": queries}, rows

    fill(place, range(1, 3))
    few, few_rows = costs()
    fill(place, range(3, 33))
    many, many_rows = costs()

    assert many == few
    assert many_rows - few_rows == (0 if name == "board" else 30)
