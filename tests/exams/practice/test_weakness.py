"""Weak articles: of a person by recency, of a unit without naming anybody."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from exams import practice, weakness
from exams.models import Item
from tests.exams.bank import NOW
from tests.exams.practice.runs import answered, cited, days, items_of
from tests.factories import make_person, make_unit
from training.models import Posting

pytestmark = pytest.mark.django_db


def seen(found):
    return [(one.ref, one.lost, one.met, one.wrong, one.answered) for one in found]


@pytest.fixture
def two(law, make):
    make(cited("5", 1)), make(cited("6", 2)), make(cited("7", 3))
    return law


def test_articles_answered_wrong_stand_in_the_order_of_their_weight(two, learner):
    answered(learner, two, "5", "B", now=days(-100))  # long ago
    answered(learner, two, "6", "B", "A", "A", "A")  # once wrong, often right
    answered(learner, two, "7", "B", "B")
    answered(make_person(), two, "5", "B", "B", "B")
    with CaptureQueriesContext(connection) as captured:
        found = weakness.of_person(learner, now=NOW)
    assert len(captured) == 1
    assert seen(found) == [("7", 8, 8, 2, 2), ("6", 4, 16, 1, 4), ("5", 1, 1, 1, 1)]
    assert (found[0].law_name, found[0].label) == ("测试处罚法", "第七条")
    assert seen(weakness.of_person(learner, now=days(400))) == []


def test_weakness_is_practised_from_the_weakest_article_on(two, learner):
    answered(learner, two, "6", "B", "A")
    answered(learner, two, "7", "B")
    run = practice.begin(person=learner, by="weakness", now=NOW)
    refs = [Item.objects.get(pk=pk).current.citations.get().ref for pk in items_of(run)]
    assert refs == ["7", "6"]


def test_a_unit_sees_an_article_only_when_three_of_its_people_got_it_wrong(two):
    town = make_unit()
    office = make_unit(parent=town)
    elsewhere = make_unit()
    people = [make_person(unit=town), make_person(unit=office), make_person(unit=office)]
    for person in people:
        answered(person, two, "5", "B")
        answered(person, two, "6", "A")
    for person in people[:2]:
        answered(person, two, "7", "B", "B", "B")
    stranger, gone = make_person(unit=elsewhere), make_person(unit=town)
    for person in (stranger, gone):
        answered(person, two, "7", "B")
    Posting.objects.filter(person=gone).update(ended_on=date(2026, 1, 31))

    assert [(one.ref, one.share_in_tens) for one in weakness.of_unit(town, now=NOW)] == [("5", 100)]
    assert weakness.of_unit(office, now=NOW) == []
    answered(people[2], two, "7", "B")
    assert [one.ref for one in weakness.of_unit(town, now=NOW)] == ["7", "5"]


def test_a_unit_s_agenda_is_one_query_and_one_for_the_words(two):
    town = make_unit()
    costs = []
    for count in (3, 12):
        for _ in range(count):
            answered(make_person(unit=town), two, "5", "B")
        with CaptureQueriesContext(connection) as captured:
            rows = weakness.with_words(weakness.of_unit(town, now=NOW + timedelta(minutes=1)), now=NOW)
        assert len(rows) == 1
        costs.append(len(captured))
    assert costs == [2, 2]
