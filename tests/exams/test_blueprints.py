"""Blueprints: what they say adds up, what cannot be is refused by name, and one that was drawn from is copied, not changed."""

from dataclasses import replace

import pytest

from exams import blueprints, fixtures, papers
from exams.blueprints import BlueprintRefused, CellPlan, Plan, SectionPlan
from exams.models import Blueprint, BlueprintCell
from tests.exams.bank import NOW, make_law
from tests.exams.papers import fill_bank
from tests.factories import make_district, make_person, make_role
from training.errors import NotAllowed
from training.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    person = make_person(name="审题人")
    make_role(person=person, unit=make_district(), role="reviewer")
    return person


def section(**facts):
    values = {
        "title": "单选题",
        "kind": "single_choice",
        "marks_each": 100,
        "cells": (CellPlan(4), CellPlan(2, topic="行政处罚")),
    }
    return SectionPlan(**(values | facts))


def plan(**facts):
    values = {"title": "试验规则", "pass_mark": 600, "minutes": 60, "code": "trial"}
    second = section(title="多选题", kind="multiple_choice", marks_each=200, cells=(CellPlan(3),), floor=200)
    return Plan(**(values | {"sections": (section(), second)} | facts))


def test_a_plan_adds_up_and_stays_what_it_is_in_the_tables(reviewer):
    law = make_law()
    cells = (CellPlan(2, law=law, topic="听证", easiest=2, hardest=4, audience="leading_cadre"), CellPlan(1))
    made = plan(
        sections=(section(cells=cells, policy="exact", floor=100),), pass_mark=200, band=(6000, 7000), classification="exam"
    )

    assert (plan().total, plan().count, made.total) == (1200, 9, 300)
    blueprint = blueprints.make(made, by=reviewer, now=NOW)

    assert blueprints.plan_of(blueprint) == made
    assert list(AuditEvent.objects.values_list("act", "facts")) == [("make_blueprint", {"code": "trial"})]


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        (plan(title=" "), "title_missing"),
        (plan(sections=()), "sections_missing"),
        (plan(minutes=0), "minutes_invalid"),
        (plan(pass_mark=1201), "pass_mark_invalid"),
        (plan(pass_mark=0), "pass_mark_invalid"),
        (plan(band=(7000, 6000)), "band_invalid"),
        (plan(band=(0, 10001)), "band_invalid"),
        (plan(classification="secret"), "classification_unknown"),
        (plan(sections=(section(title=""),)), "section_title_missing"),
        (plan(sections=(section(kind="riddle"),)), "kind_unknown"),
        (plan(sections=(section(policy="kind"),)), "policy_unknown"),
        (plan(sections=(section(marks_each=0),)), "marks_invalid"),
        (plan(sections=(section(cells=()),)), "cells_missing"),
        (plan(sections=(section(cells=(CellPlan(0),)),)), "count_invalid"),
        (plan(sections=(section(cells=(CellPlan(1, easiest=4, hardest=3),)),)), "difficulty_invalid"),
        (plan(sections=(section(cells=(CellPlan(1, audience="dogs"),)),)), "audience_unknown"),
        (plan(sections=(section(floor=601),)), "floor_invalid"),
        (plan(sections=(section(cells=(CellPlan(501),)),)), "too_many_items"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_refused_by_name(broken, code):
    with pytest.raises(BlueprintRefused) as refused:
        blueprints.check(broken)
    assert refused.value.code == code
    assert "%" not in str(refused.value) or code == "band_invalid"


def test_a_code_is_given_once_and_found_where_none_is_said(reviewer):
    blueprints.make(plan(), by=reviewer, now=NOW)

    with pytest.raises(BlueprintRefused) as refused:
        blueprints.make(plan(), by=reviewer, now=NOW)
    assert refused.value.code == "code_taken"
    named = [blueprints.make(plan(code=""), by=reviewer, now=NOW).code for _ in range(2)]
    assert named == ["blueprint", "blueprint-2"]


def test_a_blueprint_nobody_drew_from_is_changed_and_one_with_papers_is_copied(reviewer):
    fill_bank()
    blueprint = blueprints.make(plan(), by=reviewer, now=NOW)
    smaller = replace(plan(), title="小卷", sections=(section(cells=(CellPlan(3),)),), pass_mark=200)

    changed = blueprints.change(blueprint, smaller, by=reviewer, now=NOW)
    assert (changed.pk, blueprints.plan_of(changed)) == (blueprint.pk, replace(smaller, sections=changed_sections(smaller)))
    assert BlueprintCell.objects.count() == 1

    papers.draw(blueprint=changed, strategy="fixed", seed="s", by=reviewer, now=NOW)
    copies = [blueprints.change(changed, plan(), by=reviewer, now=NOW) for _ in range(2)]
    assert [copy.code for copy in copies] == ["trial-2", "trial-3"]
    assert blueprints.plan_of(Blueprint.objects.get(code="trial")).title == "小卷"
    assert AuditEvent.objects.filter(act="change_blueprint").latest("pk").facts == {"code": "trial-3", "copied": "trial"}


def changed_sections(made):
    """An empty scoring becomes the usual one of the kind."""
    return tuple(replace(one, policy="exact") for one in made.sections)


def test_only_who_makes_papers_makes_blueprints():
    author = make_person()
    make_role(person=author, unit=make_district(), role="author")

    with pytest.raises(NotAllowed):
        blueprints.make(plan(), by=author, now=NOW)
    assert Blueprint.objects.count() == 0


def test_the_ready_made_blueprints_are_loaded_once_and_keep_what_was_made_of_them():
    fixtures.load_blueprints(now=NOW)
    Blueprint.objects.filter(code="pre-appointment-knowledge").update(pass_mark=8000)
    fixtures.load_blueprints(now=NOW)

    check, ability = Blueprint.objects.order_by("-code")
    said = blueprints.plan_of(check)
    assert [(s.kind, s.count, s.marks_each) for s in said.sections] == [
        ("single_choice", 40, 100),
        ("multiple_choice", 20, 200),
        ("true_false", 20, 100),
    ]
    assert (said.total, said.count, said.minutes, said.pass_mark) == (10000, 80, 60, 8000)
    said = blueprints.plan_of(ability)
    assert [(s.kind, s.count, s.marks_each) for s in said.sections] == [("case_analysis", 2, 2000)]
    assert (said.total, said.pass_mark) == (4000, 2400)
