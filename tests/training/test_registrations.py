"""What HR enters by hand: a class for several people, an attainment, and entries after the report."""

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import periods
from training.models import AttainmentKind, AttainmentLine, HoursLine, Submission
from training.periods import Period

pytestmark = pytest.mark.django_db
CLASS = {
    "title": "行政处罚法轮训",
    "starts_on": "2025-03-05",
    "category": "LAW",
    "mode": "CLASS",
    "organiser": "区司法局",
    "stated": "7.50",
    "kind_of_evidence": "sign_in",
}
LATE = {"late_reason": "漏报", "late_document": "京兴司发〔2026〕1号", "late_approver": "王局长"}


@pytest.fixture
def town():
    make_rule_set()
    open_year(2025)
    make_requirement()
    return make_unit(code="T", name="黄村镇人民政府", kind="town", parent=make_district())


@pytest.fixture
def hr(town, client):
    person = make_person(unit=town, category=None, name="人事")
    make_role(person=person, unit=town, role="hr")
    client.force_login(person)
    return person


def post(client, name, **said):
    return client.post(reverse(f"training:{name}"), said | {"file": SimpleUploadedFile("签到表.pdf", b"%PDF-1.4 sheet")})


def test_a_class_is_entered_once_for_everybody_who_attended(client, hr, town):
    first, second, absent = (make_person(unit=town, name=name) for name in ("赵一", "钱二", "孙三"))

    answer = post(client, "register_class", line=[first.pk, second.pk], **CLASS)

    batch = Submission.objects.get()
    assert answer.url == reverse("training:submission", args=[batch.pk])
    assert (batch.state, batch.evidence.get().kind) == ("unit_approved", "sign_in")
    lines = HoursLine.objects.order_by("person")
    assert [(line.person_id, line.stated, line.studied_on) for line in lines] == [
        (first.pk, 750, date(2025, 3, 5)),
        (second.pk, 750, date(2025, 3, 5)),
    ]
    assert not HoursLine.objects.filter(person=absent).exists()
    assert post(client, "register_class", line=[first.pk], **CLASS).status_code == 422  # the same class again


def test_a_class_over_the_year_s_end_is_split_by_day(client, hr, town):
    person = make_person(unit=town)

    post(
        client, "register_class", line=[person.pk], **CLASS | {"starts_on": "2025-12-30", "ends_on": "2026-01-02", "stated": "32"}
    )

    assert list(HoursLine.objects.order_by("part").values_list("year", "stated")) == [(2025, 800)] * 2 + [(2026, 800)] * 2


@pytest.mark.parametrize(
    "change",
    [
        {"stated": ""},
        {"minutes": "240"},
        {"ends_on": "2025-03-01"},
        {"starts_on": "2099-01-01"},
        {"line": []},
        {"stated": "1.234"},
        {"category": ""},
    ],
    ids=["no amount", "two amounts", "ends before it begins", "in the future", "nobody chosen", "three decimals", "no category"],
)
def test_what_cannot_be_taken_is_said_and_nothing_is_entered(change, client, hr, town):
    person = make_person(unit=town)

    answer = post(client, "register_class", **({"line": [person.pk]} | CLASS | change))

    assert answer.status_code == 422
    assert not Submission.objects.exists()


def test_somebody_of_another_unit_cannot_be_chosen(client, hr, town):
    stranger = make_person(unit=make_unit(parent=town.parent))

    assert post(client, "register_class", line=[stranger.pk], **CLASS).status_code == 422
    assert not HoursLine.objects.exists()


@pytest.mark.parametrize(("late", "status"), [({}, 422), (LATE | {"late_approver": ""}, 422), (LATE, 302)])
def test_after_the_report_only_a_late_entry_with_all_three_is_taken(late, status, client, hr, town):
    person = make_person(unit=town)
    periods.lock(unit=town, period=Period(2025), origin="report", now=at("2026-01-10"))

    assert post(client, "register_class", line=[person.pk], **CLASS | late).status_code == status

    assert [batch.is_late for batch in Submission.objects.all()] == ([True] if status == 302 else [])


def test_an_attainment_is_entered_with_its_certificate_and_a_restricted_kind_is_not_offered(client, hr, town):
    AttainmentKind.objects.create(code="LEGAL_QUALIFICATION", name="法律职业资格")
    AttainmentKind.objects.create(code="ADMIN_ABILITY", name="能力测试", is_restricted=True, readers=["orgdept"])
    person = make_person(unit=town, staff_no="N1")
    said = {"staff_no": "N1", "valid_from": "2020-03-01", "document_no": "A2020", "score": "78.5", "is_passed": "on"}

    assert post(client, "register_attainment", kind="ADMIN_ABILITY", **said).status_code == 422
    assert post(client, "register_attainment", kind="LEGAL_QUALIFICATION", **said).status_code == 302

    line = AttainmentLine.objects.get()
    assert (line.person, line.kind.code, line.score, line.document_no) == (person, "LEGAL_QUALIFICATION", 7850, "A2020")
    assert post(client, "register_attainment", kind="LEGAL_QUALIFICATION", **said | {"staff_no": "N9"}).status_code == 422


@pytest.mark.parametrize("people", [2, 40])
@pytest.mark.parametrize(("name", "queries"), [("register_class", 5), ("attainments", 7)])
def test_a_page_costs_the_same_queries_for_any_number_of_people(
    name, queries, people, client, hr, town, settings, django_assert_num_queries
):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    client.force_login(hr)
    for _ in range(people):
        make_person(unit=town)
    client.get(reverse(f"training:{name}"))

    with django_assert_num_queries(queries):
        client.get(reverse(f"training:{name}"))
