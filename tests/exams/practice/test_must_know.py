"""Must-know lists: whom they oblige, how far somebody is, who may change them, what is shipped."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import exams.fixtures
from exams import must_know, practice
from exams.models import Citation, Classification, Item, MustKnowEntry, MustKnowList
from laws.errors import BadInput, DomainError
from tests.exams.bank import NOW, make_law
from tests.exams.practice.runs import answered, cited, items_of
from tests.factories import make_person, make_role, make_unit
from training.errors import NotAllowed
from training.models import AuditEvent, Posting, Unit

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


@pytest.fixture
def bureau(staff):
    person = make_person(name="局")
    make_role(person=person, unit=Unit.objects.get(code="110115"), role="district")
    return person


def made(bureau, **facts):
    values = {
        "code": "officers", "laws": "《测试处罚法》第五条、第六条", "title": "应知应会", "staff_category": "enforcement_officer",
        "post": "", "document": "京兴法〔2026〕1号", "valid_from": date(2026, 1, 1), "valid_to": None,
    }  # fmt: skip
    return must_know.create(by=bureau, now=NOW, **(values | facts))


def entries(row):
    return [(e.law.name, e.refs) for e in row.entries.select_related("law")]


def test_the_bureau_makes_and_changes_a_list_and_the_trail_keeps_it(bureau, law):
    make_law("测试许可法")
    row = made(bureau)
    assert entries(row) == [("测试处罚法", ["5", "6"])]
    assert must_know.as_text(row) == "《测试处罚法》第五条、第六条"
    must_know.change(must_know=row, by=bureau, now=NOW, laws="测试许可法\n《测试处罚法》第九条", valid_to=date(2026, 12, 31))
    row.refresh_from_db()
    assert (entries(row), row.valid_to) == ([("测试许可法", []), ("测试处罚法", ["9"])], date(2026, 12, 31))
    events = AuditEvent.objects.filter(subject="must_know:officers").order_by("sequence").values_list("act", "actor", "facts")
    facts = {"deciding_document": "京兴法〔2026〕1号"}
    assert list(events) == [
        ("create_must_know", bureau.pk, facts | {"rows": 1}),
        ("change_must_know", bureau.pk, facts | {"rows": 2}),
    ]


@pytest.mark.parametrize("role", [None, "hr", "auditor", "reviewer"])
def test_nobody_else_does(bureau, role):
    person = make_person()
    if role:
        make_role(person=person, unit=bureau.roles.get().unit, role=role)
    row = made(bureau)
    with pytest.raises(NotAllowed):
        made(person, code="other")
    with pytest.raises(NotAllowed):
        must_know.change(must_know=row, by=person, now=NOW, laws="测试处罚法")
    assert MustKnowList.objects.count() == 1


@pytest.mark.parametrize(
    "facts",
    [
        {"document": " "},
        {"title": ""},
        {"laws": ""},
        {"laws": "无此法"},
        {"laws": "《测试处罚法》第九十九条"},
        {"valid_to": date(2025, 1, 1)},
        {"staff_category": "king"},
    ],
    ids=str,
)
def test_what_no_list_can_be_is_refused(bureau, facts):
    with pytest.raises(DomainError):
        made(bureau, **facts)
    assert MustKnowList.objects.count() == 0


def test_a_code_is_taken_once(bureau):
    made(bureau)
    with pytest.raises(BadInput):
        made(bureau)


@pytest.mark.parametrize(
    ("facts", "applies"),
    [
        ({}, True),
        ({"staff_category": "leading_cadre"}, False),
        ({"staff_category": ""}, True),
        ({"post": "科长"}, True),
        ({"post": "局长"}, False),
        ({"staff_category": "", "post": "科长"}, True),
        ({"valid_from": date(2026, 3, 3)}, False),
        ({"valid_from": DAY, "valid_to": DAY}, True),
        ({"valid_to": date(2026, 3, 1)}, False),
    ],
    ids=str,
)
def test_a_list_obliges_its_category_and_post_in_its_time(bureau, facts, applies):
    person = make_person(unit=make_unit())
    Posting.objects.update(post="科长")
    row = made(bureau, **facts)
    assert must_know.lists_for(person, day=DAY) == ([row] if applies else [])


def test_progress_counts_the_articles_whose_questions_were_answered_right_last(bureau, law, make):
    person = make_person(unit=make_unit())
    make(cited("5", 1)), make(cited("6", 2)), make(cited("7", 3))
    make(cited("8", 4), classification=Classification.EXAM)
    made(bureau, laws="《测试处罚法》第五条、第六条、第八条、第九条")
    made(bureau, code="whole", laws="测试处罚法", staff_category="")

    def seen():
        return [[(p.asked, p.mastered, p.unasked, p.is_done) for p in rows] for _row, rows in must_know.progress(person, now=NOW)]

    assert seen() == [[(2, 0, 2, False)], [(3, 0, 0, False)]]
    answered(person, law, "5", "A")
    answered(person, law, "6", "B")
    answered(person, law, "7", "A")
    answered(make_person(), law, "6", "A")
    assert seen() == [[(2, 1, 2, False)], [(3, 2, 0, False)]]
    answered(person, law, "6", "A")
    assert seen() == [[(2, 2, 2, True)], [(3, 3, 0, True)]]
    answered(person, law, "5", "B")
    assert seen() == [[(2, 1, 2, False)], [(3, 2, 0, False)]]


def test_progress_costs_the_same_for_any_number_of_lists(bureau, law, make):
    person = make_person(unit=make_unit())
    make(cited("5", 1))
    costs = []
    for count in (1, 8):
        while MustKnowList.objects.count() < count:
            made(bureau, code=f"list-{MustKnowList.objects.count()}")
        with CaptureQueriesContext(connection) as captured:
            assert len(must_know.progress(person, now=NOW)) == count
        costs.append(len(captured))
    assert costs == [6, 6]


def test_the_shipped_lists_load_once_and_name_every_article_that_a_shipped_question_rests_on(db):
    exams.fixtures.load(now=NOW)
    must_know.load(now=NOW)
    MustKnowList.objects.filter(code="leading-cadres").update(title="改过")
    must_know.load(now=NOW)
    rows = dict(MustKnowList.objects.values_list("code", "title"))
    assert rows == {"enforcement-officers": "行政执法人员应知应会法律法规清单", "leading-cadres": "改过"}
    counts = {code: MustKnowEntry.objects.filter(must_know_list__code=code).count() for code in rows}
    assert counts == {"enforcement-officers": 10, "leading-cadres": 15}
    assert not MustKnowEntry.objects.filter(law__repealed_on__isnull=False).exists()
    entries = [entry for entry in MustKnowEntry.objects.all() if entry.refs]  # without articles: the law as a whole
    asked = Citation.objects.distinct().values_list("law", "ref")
    assert {(e.pk, ref) for e in entries for ref in e.refs} == {
        (e.pk, ref) for e in entries for law, ref in asked if law == e.law_id
    }
    open_ones = Item.objects.filter(classification="open")
    practised = set(Citation.objects.filter(version__in=open_ones.values("current")).values_list("law", flat=True))
    assert {entry.law_id for entry in entries} <= practised


def test_a_list_is_practised_by_the_articles_it_names(bureau, law, make):
    person = make_person(unit=make_unit())
    make(cited("5", 1))
    sixth = make(cited("6", 2))
    entry = made(bureau, laws="《测试处罚法》第六条").entries.get()
    run = practice.begin(person=person, by="listed", value=str(entry.pk), now=NOW)
    assert items_of(run) == [sixth.pk]
    with pytest.raises(BadInput):
        practice.begin(person=person, by="listed", value="x", now=NOW)
