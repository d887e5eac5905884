"""Lists of people: who owes what, found and filtered; each page at a fixed number of queries."""

import html
import re
from datetime import date

import pytest
from django.urls import reverse

from tests.factories import EARLY, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training.models import Adjustment, CategoryHolding, Posting, YearTotal

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    make_rule_set()
    open_year(2025)
    make_requirement()
    return make_unit(code="T", parent=make_district())


@pytest.fixture
def hr(town, client, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    person = make_person(unit=town, category=None, name="人事")
    make_role(person=person, unit=town, role="hr")
    client.force_login(person)
    return person


QUERIES = {
    "training:board": 15,
    "training:people": 17,
    "training:my_statement": 16,
    "training:submissions": 7,
    "training:adjustments": 6,
}


@pytest.mark.parametrize("people", [2, 40])
@pytest.mark.parametrize("name", QUERIES)
def test_a_page_costs_the_same_queries_for_any_number_of_people(name, people, town, hr, client, django_assert_num_queries):
    for _ in range(people):
        make_person(unit=town)
    client.get(reverse(name), {"year": 2025})

    with django_assert_num_queries(QUERIES[name]):
        client.get(reverse(name), {"year": 2025})


@pytest.mark.parametrize("adjusted", [1, 30])
def test_those_judged_one_by_one_cost_the_board_five_queries_however_many(adjusted, town, hr, client, django_assert_num_queries):
    facts = {"reason": "MATERNITY", "document": "文", "approver": "批", "entered_at": EARLY, "confirmed_at": EARLY}
    for _ in range(adjusted):
        Adjustment.objects.create(person=make_person(unit=town), year=2025, hours=0, **facts)
    client.get(reverse("training:board"), {"year": 2025})

    with django_assert_num_queries(QUERIES["training:board"] + 5):
        page = client.get(reverse("training:board"), {"year": 2025})

    assert page.context["total"].exempt == adjusted


@pytest.mark.parametrize("people", [2, 40])
def test_a_board_of_one_category_costs_no_more_queries(people, town, hr, client, django_assert_num_queries):
    for _ in range(people):
        make_person(unit=town)
        make_person(unit=town, category="leading_cadre")
    given = {"year": 2025, "category": "enforcement_officer"}
    client.get(reverse("training:board"), given)

    with django_assert_num_queries(QUERIES["training:board"]):
        page = client.get(reverse("training:board"), given)

    assert page.context["total"].obliged == people


def test_every_link_of_a_board_carries_its_category(town, hr, client):
    for category in ("leading_cadre", "leading_cadre", "enforcement_officer"):
        person = make_person(unit=make_unit(parent=town), category=category)
        CategoryHolding.objects.get_or_create(
            person=person, category="enforcement_officer", defaults={"started_on": date(2024, 1, 1), "entered_at": EARLY}
        )

    page = client.get(reverse("training:board"), {"year": 2025, "category": "leading_cadre", "status": "unmet"})
    text = html.unescape(page.content.decode().split("<main")[1])
    links = [href for href in re.findall(r'href="([^"]*)"', text) if "unit=" in href]

    assert page.context["total"].obliged == 2
    assert "仅统计领导干部。" in text
    assert len(links) > 6
    assert [href for href in [*links, *page.context["chart"]["links"]] if "&category=leading_cadre" not in href] == []


def test_those_listed_from_a_board_are_those_it_counts(town, hr, client):
    for category in ("leading_cadre", "enforcement_officer"):
        make_person(unit=town, category=category)
    both = make_person(unit=town, name="两类者")
    CategoryHolding.objects.create(person=both, category="leading_cadre", started_on=date(2024, 1, 1), entered_at=EARLY)
    counts = []
    for given in ({}, {"category": "leading_cadre"}, {"category": "leading_cadre", "status": "owes"}):
        page = client.get(reverse("training:people"), {"year": 2025, **given}).context["page"]
        counts.append(page.paginator.count)

    assert counts == [4, 2, 1]


def test_those_who_owe_hours_are_listed_and_the_count_is_that_of_the_rows(town, hr, client):
    make_person(unit=town, name="欠学时")
    make_person(unit=town, name="非执法", category=None)

    page = client.get(reverse("training:people"), {"year": 2025, "status": "owes"}).content.decode()

    assert "欠学时" in page
    assert "非执法" not in page
    assert "共 1 行" in page


def test_a_person_is_found_by_a_part_of_the_name(town, hr, client):
    make_person(unit=town, name="欧阳明")
    make_person(unit=make_unit(parent=town.parent), name="欧阳外")

    page = client.get(reverse("training:search"), {"q": "欧阳"}).content.decode()

    assert "欧阳明" in page
    assert "欧阳外" not in page


@pytest.mark.parametrize(
    "address", ["/board/?year=20x5", "/people/?as_of=2025-02-30", "/me/?year=9", "/board/?period=month", "/board/?category=chief"]
)
def test_a_bad_address_is_said_in_words(address, hr, client):
    assert client.get(address).status_code == 422


def test_who_left_or_moved_is_listed_apart_and_only_in_sight_linked(town, hr, client):
    other = make_unit(code="O", name="西红门镇人民政府", parent=town.parent)
    _here, left, moved = (make_person(unit=town, name=name) for name in ("在岗者", "离岗者", "调出者"))
    Posting.objects.filter(person__in=[left, moved]).update(ended_on=date(2025, 6, 30))
    Posting.objects.create(person=moved, unit=other, started_on=date(2025, 7, 1), entered_at=EARLY)

    page = client.get(reverse("training:people"), {"year": 2025, "status": "left"}).content.decode().split("<main")[1]

    assert "离岗者" in page and "调出者" in page and "西红门镇人民政府" in page
    assert reverse("training:person", args=[left.pk]) in page
    assert reverse("training:person", args=[moved.pk]) not in page
    assert "在岗者" not in page


def test_the_board_shows_how_many_have_one_standing(town, hr, client):
    for _ in range(3):
        make_person(unit=town)

    page = client.get(reverse("training:board"), {"year": 2025, "status": "unmet"})

    assert page.context["of_status"] == {town.pk: 3}
    assert page.context["chart"]["series"][0]["values"] == [100.0]


def test_the_strict_rate_opens_to_those_who_met_it_without_adjustment(town, hr, client):
    exempted = make_person(unit=town, name="免训者")
    facts = {"reason": "MATERNITY", "document": "文", "approver": "批", "entered_at": EARLY, "confirmed_at": EARLY}
    Adjustment.objects.create(person=exempted, year=2025, hours=100, **facts)
    YearTotal.objects.create(person=exempted, year=2025, law=100)

    counts = {
        status: client.get(reverse("training:people"), {"year": 2025, "status": status}).context["page"].paginator.count
        for status in ("met", "met_strict")
    }

    assert counts == {"met": 1, "met_strict": 0}
