"""A board of now adds people up in the database: the same figures as judging everybody one by one."""

from datetime import date

import pytest

from tests.factories import EARLY, at, make_district, make_person, make_requirement, make_rule_set, make_unit, open_year
from training import bodies, compliance, ledger, registrations, tallies
from training.models import (
    Adjustment,
    AdjustmentReason,
    CategoryHolding,
    HoursLine,
    Measure,
    Person,
    Posting,
    StaffCategory,
    Submission,
)
from training.periods import Period

pytestmark = pytest.mark.django_db


def credit(person, category, hundredths, day=date(2025, 3, 3)):
    facts = {"category": category, "mode": "ONLINE" if category == "LAW" else "CLASS", "stated": hundredths}
    origin = f"{category}{hundredths}{day}"
    ledger.award_hours(person=person, studied_on=day, title="课", origin=origin, now=at("2025-11-01 09:00"), **facts)


@pytest.fixture
def district():
    """Every standing the rule knows, in three units, one of them below another."""
    make_rule_set()
    open_year(2025)
    make_requirement()
    make_requirement(code="base", measure=Measure.BASE_HOURS, target=1200, counted=("POLITICAL_THEORY",))
    top = make_district()
    office = make_unit(parent=top, name="街道办")
    team = make_unit(parent=office, name="执法队")
    town = make_unit(parent=top, name="镇政府")
    for unit in (office, team, town):
        for law, professional, political in ((0, 0, 0), (5999, 0, 1200), (3000, 3000, 1200), (6000, 0, 1199), (3000, 2000, 0)):
            person = make_person(unit=unit, name=f"{unit.name}{law}")
            for category, amount in (("LAW", law), ("PROFESSIONAL", professional), ("POLITICAL_THEORY", political)):
                if amount:
                    credit(person, category, amount)
    officer = make_person(name="经办")
    for hours, done in ((0, 100), (3000, 3400), (500, 400)):
        person = make_person(unit=town, name=f"调整{hours}")
        credit(person, "LAW", done)
        credit(person, "POLITICAL_THEORY", 1200, date(2025, 3, 4))
        Adjustment.objects.create(
            person=person,
            year=2025,
            reason=AdjustmentReason.MATERNITY,
            hours=hours,
            document="批复",
            approver="局长",
            entered_at=EARLY,
            confirmed_at=EARLY,
        )
    waiting = make_person(unit=team, name="待认定")
    credit(waiting, "POLITICAL_THEORY", 1200)
    line = HoursLine(
        person=waiting, studied_on=date(2025, 5, 5), category="LAW", mode="CLASS", title="班", stated=6000, origin="w", year=2025
    )
    batch = registrations.register(
        unit=team, subject="hours", source=Submission.Source.FORM, title="班", lines=[line], by=officer, now=at("2025-06-01")
    )
    registrations.submit(submission=batch, by=officer, now=at("2025-06-01"))
    moved = make_person(unit=office, name="调动")  # both postings cover the last day: the open one decides
    Posting.objects.filter(person=moved).update(ended_on=date(2025, 12, 31))
    Posting.objects.create(person=moved, unit=town, started_on=date(2025, 12, 31), entered_at=EARLY)
    credit(moved, "LAW", 6000)
    make_person(unit=town, name="不在册", category=None)
    for person in (make_person(unit=town, name="两类"), waiting, Person.objects.get(name="调整0")):
        CategoryHolding.objects.create(
            person=person, category=StaffCategory.LEADING_CADRE, started_on=date(2024, 1, 1), entered_at=EARLY
        )
    CategoryHolding.objects.create(
        person=moved, category=StaffCategory.LEADING_CADRE, started_on=date(2024, 1, 1), ended_on=date(2025, 6, 30), entered_at=EARLY
    )  # fmt: skip
    make_person(unit=town, name="只任领导", category=StaffCategory.LEADING_CADRE)
    return top


@pytest.mark.parametrize("category", ["", StaffCategory.ENFORCEMENT_OFFICER, StaffCategory.LEADING_CADRE])
@pytest.mark.parametrize("now", ["2025-11-20 10:00", "2025-12-31 12:00", "2026-02-01 10:00"])
def test_grouped_figures_are_those_of_judging_everybody_one_by_one(district, now, category):
    for unit in (district, *district.children.all()):
        grouped = compliance.assess(unit=unit, period=Period(2025), now=at(now), category=category)
        one_by_one = compliance.assess(unit=unit, period=Period(2025), now=at(now), category=category)
        assert one_by_one.people
        assert dict(grouped.own_figures) == dict(one_by_one.own_figures)
        assert "people" not in grouped.__dict__, "the board read everybody after all"


@pytest.mark.parametrize("as_of", [None, at("2025-11-20 10:00")], ids=["as of now", "as of a past day"])
def test_a_category_narrows_to_the_obliged_who_hold_it_on_the_day(district, as_of):
    now = at("2025-11-21 10:00")
    cadres = compliance.assess(unit=district, period=Period(2025), now=now, as_of=as_of, category=StaffCategory.LEADING_CADRE)
    total = cadres.total()

    assert (total.obliged, total.exempt, total.met_if_pending) == (3, 1, 0 if as_of else 1)
    assert {Person.objects.get(pk=row.person_id).name for row in cadres.people} == {"两类", "待认定", "调整0"}


def test_who_no_longer_holds_the_chosen_category_is_listed_apart(district):
    assessment = compliance.assess(
        unit=district, period=Period(2025), now=at("2025-12-31 12:00"), category=StaffCategory.LEADING_CADRE
    )
    found = [(Person.objects.get(pk=one.person_id).name, one.reason) for one in compliance.leavers(assessment)]

    assert found == [("调动", "category_ended")]


def test_shares_of_the_staff_are_those_of_the_chosen_category(district):
    counts = []
    for category in ("", StaffCategory.ENFORCEMENT_OFFICER, StaffCategory.LEADING_CADRE):
        assessment = compliance.assess(unit=district, period=Period(2025), now=at("2026-02-01"), category=category)
        counts.append(bodies.staff_shares(assessment)[district.pk].staff)

    assert counts == [23, 21, 4]


@pytest.mark.parametrize(("few", "queries"), [(300, 7), (3, 7)], ids=["keys sent back", "found by their query"])
def test_many_to_be_judged_one_by_one_are_not_sent_back_to_the_database(
    district, few, queries, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr(tallies, "FEW", few)
    grouped = compliance.assess(unit=district, period=Period(2025), now=at("2025-11-20 10:00"))

    with django_assert_num_queries(queries):
        total = grouped.total()

    assert isinstance(tallies.people_apart(grouped), list) is (few == 300)
    assert (total.obliged, total.met_adjusted, total.met_if_pending, total.exempt) == (21, 4, 5, 1)


def test_every_standing_is_among_them(district):
    total = compliance.assess(unit=district, period=Period(2025), now=at("2025-11-20 10:00")).total()
    assert dict(total.statuses) == {"behind": 9, "on_track": 3, "met": 4, "base_missing": 4, "exempt": 1}
    assert (total.obliged, total.met_strict, total.met_adjusted, total.met_if_pending, total.exempt) == (21, 3, 4, 5, 1)


def test_a_day_that_two_postings_cover_counts_a_person_in_the_unit_of_the_open_one(district):
    office, town = district.children.order_by("path")
    moved = Person.objects.get(name="调动").pk
    for now in ("2025-12-31 12:00", "2026-02-01 10:00"):
        for unit, expected in ((office, 0), (town, 1)):
            people = compliance.assess(unit=unit, period=Period(2025), now=at(now)).people
            assert [row.person_id for row in people].count(moved) == expected
