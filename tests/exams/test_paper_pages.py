"""Pages of blueprints and papers: written, checked live, drawn, looked at, printed; each look leaves a trace."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import blueprints, papers
from exams.blueprints import CellPlan, SectionPlan
from exams.models import Blueprint, Paper, PaperSet
from tests.exams.bank import NOW, make_law
from tests.exams.papers import fill_bank, make_blueprint
from tests.factories import make_district, make_person, make_role, make_unit
from training.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def district():
    return make_district()


@pytest.fixture
def reviewer(district):
    person = make_person(name="审题人")
    make_role(person=person, unit=district, role="reviewer")
    return person


@pytest.fixture
def page(client, reviewer):
    client.force_login(reviewer)
    return client


def typed(**fields):
    values = {
        "title": "科级干部考查", "pass_mark": "6", "minutes": "30", "lowest": "60", "highest": "70.5", "classification": "",
        "section": ["0", "1"],
        "s0_title": "单选题", "s0_kind": "single_choice", "s0_marks_each": "1", "s0_policy": "", "s0_floor": "2",
        "s0_count": ["2", "2", ""], "s0_law": ["", "", ""], "s0_topic": ["行政处罚", "", ""], "s0_easiest": ["1", "2", "1"],
        "s0_hardest": ["5", "4", "5"], "s0_audience": ["", "", ""],
        "s1_title": "多选题", "s1_kind": "multiple_choice", "s1_marks_each": "2.5", "s1_policy": "half", "s1_floor": "",
        "s1_count": "2", "s1_law": "", "s1_topic": "", "s1_easiest": "1", "s1_hardest": "5", "s1_audience": "leading_cadre",
    }  # fmt: skip
    return values | fields


def test_a_blueprint_is_written_and_says_what_was_typed(page, district):
    law = make_law()

    answer = page.post(reverse("exams:write_blueprint"), typed(s0_law=["", law.code, ""]))

    made = Blueprint.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("exams:blueprint", args=[made.pk]))
    assert blueprints.plan_of(made) == blueprints.Plan(
        title="科级干部考查", code="blueprint", pass_mark=600, minutes=30, band=(6000, 7050),
        sections=(
            SectionPlan("单选题", "single_choice", 100, (CellPlan(2, topic="行政处罚"), CellPlan(2, law, "", 2, 4)), "exact", 200),
            SectionPlan("多选题", "multiple_choice", 250, (CellPlan(2, audience="leading_cadre"),), "half"),
        ),
    )  # fmt: skip
    shown = page.get(reverse("exams:edit_blueprint", args=[made.pk])).content.decode()
    assert 'value="70.5"' in shown
    assert 'name="s1_marks_each" inputmode="decimal" value="2.5"' in shown


@pytest.mark.parametrize(
    "wrong",
    [{"pass_mark": "十"}, {"pass_mark": "99"}, {"s0_count": ["x", "1", ""]}, {"s0_law": ["gone", "", ""]}, {"minutes": ""}, {"section": []}],
    ids=["words", "above the total", "count", "law", "minutes", "no section"],
)  # fmt: skip
def test_what_is_wrong_is_said_and_what_was_typed_stays(wrong, page):
    answer = page.post(reverse("exams:write_blueprint"), typed(**wrong))

    assert answer.status_code == 422
    assert 'class="notice notice-danger"' in answer.content.decode()
    assert 'value="科级干部考查"' in answer.content.decode()
    assert Blueprint.objects.count() == 0


@pytest.mark.parametrize(
    ("act", "sections", "cells"),
    [
        ({"add_section": "1"}, 3, 5), ({"drop_section": "0"}, 1, 1), ({"add_cell": "1"}, 2, 5), ({"drop_cell": "0-2"}, 2, 3),
        ({"drop_cell": "0-9"}, 2, 4), ({"drop_section": "-1"}, 2, 4), ({"add_cell": "99999"}, 2, 4),
    ],
)  # fmt: skip
def test_rows_come_and_go(act, sections, cells, page):
    answer = page.post(reverse("exams:blueprint_rows"), typed(**act))

    shown = answer.content.decode()
    assert (shown.count('name="section"'), shown.count('inputmode="numeric"')) == (sections, cells)
    assert answer.headers["HX-Trigger-After-Settle"] == '{"rowsChanged": {}}'


def test_the_check_says_cell_by_cell_what_the_bank_has(page):
    fill_bank(30)

    shown = page.post(reverse("exams:check_blueprint"), typed(s1_count="11", pass_mark="99")).content.decode()

    assert shown.count("status-met") == 2
    assert shown.count("status-unmet") == 1
    assert "10" in shown.split("status-unmet")[1].split("</svg>")[1].split("</span>")[0]  # only ten of the eleven
    assert 'role="status"' in shown  # and the pass mark lies above the total


def test_a_and_b_are_drawn_looked_at_and_printed_and_each_look_leaves_a_trace(page, reviewer):
    fill_bank(law=make_law())
    blueprint = make_blueprint(reviewer, band=(5000, 8000))

    answer = page.post(reverse("exams:draw_papers", args=[blueprint.pk]), {"strategy": "ab", "seed": "2026", "is_shuffled": "1"})

    drawn = PaperSet.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("exams:paper_set", args=[drawn.pk]))
    shown = page.get(answer.url).content.decode()
    assert shown.count('<svg class="fit"') == 2
    assert drawn.papers.get(label="A").digest[:12] in shown
    plain = page.get(reverse("exams:paper", args=[drawn.pk, "A"])).content.decode()
    with_key = page.get(reverse("exams:paper", args=[drawn.pk, "A"]) + "?key=1").content.decode()
    assert (plain.count("is-right"), with_key.count("is-right")) == (0, 6 + 2 * 3 + 3)
    printed = page.get(reverse("reports:print_paper", args=[drawn.papers.get(label="B").pk, "key"]))
    assert printed.content[:2] == b"PK"
    trail = AuditEvent.objects.filter(act__in=("see_paper", "export_paper")).order_by("pk")
    a, b = drawn.papers.order_by("label")
    assert list(trail.values_list("act", "subject", "facts")) == [
        ("see_paper", f"paper:{a.pk}", {"code": "small", "paper": "A"}),
        ("see_paper", f"paper:{a.pk}", {"code": "small", "paper": "A", "form": "key"}),
        ("export_paper", f"paper:{b.pk}", {"code": "small", "paper": "B", "form": "key"}),
    ]


def test_papers_are_drawn_for_everybody_who_serves_in_a_unit(page, reviewer, district):
    fill_bank()
    town = make_unit(parent=district)
    people = [make_person(unit=town, staff_no=f"N{n}") for n in (3, 1, 2)]
    make_person(unit=town, is_active=False)
    blueprint = make_blueprint(reviewer)
    address = reverse("exams:draw_papers", args=[blueprint.pk])

    page.post(address, {"strategy": "drawn", "seed": "s", "unit": town.code})
    page.post(address, {"strategy": "drawn", "seed": "s", "count": "4"})
    refused = page.post(address, {"strategy": "drawn", "seed": "s", "unit": "elsewhere"})

    first, second = PaperSet.objects.order_by("pk")
    assert list(first.papers.order_by("pk").values_list("person", flat=True)) == [people[1].pk, people[2].pk, people[0].pk]
    assert list(second.papers.values_list("person", flat=True)) == [None] * 4
    assert refused.status_code == 422


def test_a_bank_too_small_is_told_on_the_page(page, reviewer):
    fill_bank(12)
    blueprint = make_blueprint(reviewer)

    answer = page.post(reverse("exams:draw_papers", args=[blueprint.pk]), {"strategy": "ab", "seed": "kept-seed"})

    assert answer.status_code == 409
    assert "kept-seed" in answer.content.decode()
    assert Paper.objects.count() == 0


def test_an_author_sees_no_paper(client, district, reviewer):
    fill_bank()
    blueprint = make_blueprint(reviewer)
    drawn = papers.draw(blueprint=blueprint, strategy="fixed", seed="s", by=reviewer, now=NOW)
    author = make_person()
    make_role(person=author, unit=district, role="author")
    client.force_login(author)

    pages = ["papers", "blueprints", "write_blueprint"]
    addresses = [reverse(f"exams:{name}") for name in pages] + [
        reverse("exams:blueprint", args=[blueprint.pk]),
        reverse("exams:edit_blueprint", args=[blueprint.pk]),
        reverse("exams:paper_set", args=[drawn.pk]),
        reverse("exams:paper", args=[drawn.pk, "1"]),
        reverse("reports:print_paper", args=[drawn.papers.get().pk, "paper"]),
    ]
    assert [client.get(address).status_code for address in addresses] == [403] * 8
    assert AuditEvent.objects.filter(act__in=("see_paper", "export_paper")).count() == 0


@pytest.mark.parametrize("rows", [1, 20])
def test_lists_cost_the_same_for_any_number_of_rows(rows, client, reviewer, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # whatever the engine: a session is one query
    client.force_login(reviewer)
    page = client
    fill_bank()
    found = [make_blueprint(reviewer, code=f"b{n}") for n in range(rows)]
    for one in found:
        last = papers.draw(blueprint=one, strategy="drawn", seed="s", by=reviewer, now=NOW, count=rows)
    costs = {}
    for name, args in (
        ("blueprints", []),
        ("papers", []),
        ("blueprint", [found[0].pk]),
        ("paper_set", [last.pk]),
        ("paper", [last.pk, "1"]),
    ):
        with CaptureQueriesContext(connection) as statements:
            answer = page.get(reverse(f"exams:{name}", args=args))
        assert answer.status_code == 200
        costs[name] = len(statements)

    assert costs == {"blueprints": 10, "papers": 5, "blueprint": 12, "paper_set": 6, "paper": 12}
