"""A person's statement reads like a bank's: every line in its place, refused ones with the reason, what is missing by name."""

import re
from datetime import date

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import certification, evidence, ledger, registrations
from training.models import Category, HoursLine, Measure, Mode
from training.statements import statement

pytestmark = pytest.mark.django_db
NOW = at("2026-02-01 10:00")


@pytest.fixture
def town():
    make_rule_set(half_day_cap=400, day_cap=800)
    open_year(2025)
    make_requirement()
    return make_unit(parent=make_district(), name="执法队")


@pytest.fixture
def officer(town):
    return make_person(unit=town)


def credit(person, category, stated, day, **facts):
    amount = {"stated": stated} if "minutes" not in facts else {}
    facts = {"mode": Mode.CLASS, "title": f"{category}{day}", "origin": f"{category}{day}", "now": NOW} | amount | facts
    return ledger.award_hours(person=person, studied_on=day, category=category, **facts)


def returned(person, unit, day, *, reason, at_=NOW):
    """A batch of one line that the bureau returned."""
    hr, bureau = make_person(unit=unit, category=None), make_person(unit=unit.parent, category=None)
    make_role(person=hr, unit=unit, role="hr")
    make_role(person=bureau, unit=unit.parent, role="district")
    line = HoursLine(
        person=person, studied_on=day, category=Category.LAW, mode=Mode.CLASS, title="讲座", organiser="区司法局", minutes=120, origin="r"
    )  # fmt: skip
    facts = {"unit": unit, "subject": "hours", "source": "form", "title": "讲座"}
    batch = registrations.register(lines=[line], by=hr, now=at("2025-06-01"), **facts)
    evidence.attach(submission=batch, kind="notice", name="通知.pdf", content=b"%PDF-1.4 x", by=hr, now=at("2025-06-01"))
    batch = registrations.submit(submission=batch, by=hr, now=at("2025-06-01"))
    certification.return_(submission=batch, reason=reason, by=bureau, now=at_)


def cells(page: str, table: str) -> list[tuple[str, ...]]:
    """The rows of a table of the page as texts."""
    body = re.search(rf'<table[^>]*id="{table}".*?</table>', page, re.S).group()
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)
    texts = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in rows]
    return [tuple(" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in row) for row in texts]


def test_every_line_stands_in_its_place_with_rule_credit_and_running_total(officer, town, client):
    credit(officer, Category.LAW, None, date(2025, 3, 3), minutes=240, half_day="AM", title="上午班")
    credit(officer, Category.POLITICAL_THEORY, 800, date(2025, 4, 1), title="政治学习")
    credit(officer, Category.PROFESSIONAL, 250, date(2025, 7, 1), title="业务班")
    returned(officer, town, date(2025, 5, 1), reason="未签到")
    client.force_login(officer)

    page = client.get(reverse("training:my_statement"), {"year": 2025}).content.decode()

    rule = "学时折算规则 v1"
    assert cells(page, "records") == [
        ("日期", "内容", "类别", "分钟或载明学时", "规则", "计入", "累计"),
        ("2025-03-03", "上午班", "法律法规培训 培训班", "240 分钟", f"{rule} 60 分钟未计入：超出半天上限", "4.00", "4.00"),
        ("2025-04-01", "政治学习", "政治理论教育 培训班", "8.00", rule, "8.00", "不计入累计"),
        ("2025-05-01", "讲座 已退回 区司法局", "法律法规培训 培训班", "120 分钟", "未计入：未签到", "0.00", "4.00"),
        ("2025-07-01", "业务班", "业务知识培训 培训班", "2.50", rule, "2.50", "6.50"),
    ]


def test_hours_are_summed_inside_and_beside_with_what_is_missing(officer, client):
    make_requirement(code="pol", measure=Measure.BASE_HOURS, target=1200, counted=["POLITICAL_THEORY"], title="政治理论基础学时")
    make_requirement(code="party", measure=Measure.BASE_HOURS, target=None, counted=["PARTY_SPIRIT"], title="党性教育基础学时")
    for day, category, stated in (
        (1, "LAW", 800),
        (2, "PROFESSIONAL", 450),
        (3, "POLITICAL_THEORY", 700),
        (4, "XI_RULE_OF_LAW", 400),
    ):
        credit(officer, category, stated, date(2025, 5, day))
    client.force_login(officer)

    page = client.get(reverse("training:my_statement"), {"year": 2025}).content.decode()

    assert cells(page, "sums") == [
        ("类别", "已完成", "应完成", "还差"),
        ("业务知识培训", "4.50", "", ""),
        ("法律法规培训", "8.00", "", ""),
        ("计入要求学时合计", "12.50", "60.00", "47.50"),
        ("另计，不计入上述学时",),
        ("政治理论基础学时", "7.00", "12.00", "5.00"),
        ("党性教育基础学时", "0.00", "未设定", "—"),
        ("习近平法治思想", "4.00", "—", "—"),
        ("其他培训", "0.00", "—", "—"),
    ]
    assert "还差 47.50 学时" in page
    assert "基础学时不足：政治理论基础学时还差 5.00 学时（7.00／12.00）。" in page
    assert "基础学时不足：党性教育" not in page


def test_at_sixty_the_missing_base_part_is_named(officer, client):
    make_requirement(code="pol", measure=Measure.BASE_HOURS, target=1200, counted=["POLITICAL_THEORY"], title="政治理论教育")
    make_requirement(code="party", measure=Measure.BASE_HOURS, target=800, counted=["PARTY_SPIRIT"], title="党性教育")
    for day in range(1, 9):
        credit(officer, Category.LAW, 800 if day < 8 else 400, date(2025, 5, day))
    for day, category, stated in ((1, "POLITICAL_THEORY", 800), (2, "POLITICAL_THEORY", 200), (3, "PARTY_SPIRIT", 800)):
        credit(officer, category, stated, date(2025, 6, day))
    client.force_login(officer)

    page = client.get(reverse("training:my_statement"), {"year": 2025}).content.decode()

    assert "基础学时不足：政治理论教育还差 2.00 学时（10.00／12.00）。" in page
    assert "基础学时不足：党性教育" not in page
    assert "基础学时不足" in re.search(r'<span class="status status-behind">.*?</span>', page, re.S).group()


def test_a_reversal_takes_back_and_says_why(officer, client):
    record = credit(officer, Category.LAW, 800, date(2025, 5, 1), title="班")
    ledger.reverse_all(records=[record], reason="重复登记", by=None, now=NOW)
    client.force_login(officer)

    page = client.get(reverse("training:my_statement"), {"year": 2025}).content.decode()

    rule = "学时折算规则 v1"
    assert cells(page, "records")[1:] == [
        ("2025-05-01", "班 已冲销", "法律法规培训 培训班", "8.00", rule, "8.00", "8.00"),
        ("2025-05-01", "班 冲销", "法律法规培训 培训班", "8.00", f"{rule} 重复登记", "-8.00", "0.00"),
    ]


def test_as_of_a_day_before_the_return_the_line_was_not_returned(officer, town):
    returned(officer, town, date(2025, 5, 1), reason="未签到", at_=at("2025-09-01 10:00"))
    facts = {"person": officer, "year": 2025, "viewer": officer, "now": NOW}

    assert [row.is_returned for row in statement(**facts, as_of=at("2025-08-01")).rows] == []
    assert [row.is_returned for row in statement(**facts, as_of=at("2025-10-01")).rows] == [True]
    assert [row.is_returned for row in statement(**facts).rows] == [True]


@pytest.mark.parametrize("lines", [1, 12])
def test_a_statement_costs_the_same_queries_for_any_number_of_lines(lines, officer, client, settings, django_assert_num_queries):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    for number in range(lines):
        credit(officer, Category.LAW, 400, date(2025, 5, 1 + number))
    client.force_login(officer)
    client.get(reverse("training:my_statement"), {"year": 2025})

    with django_assert_num_queries(16):
        page = client.get(reverse("training:my_statement"), {"year": 2025}).content.decode()

    assert len(cells(page, "records")) == lines + 1
