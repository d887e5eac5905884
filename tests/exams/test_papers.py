"""Papers from the tables of the bank: equal on every engine, fair between candidates, and told in words where they cannot be."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from exams import items, papers
from exams.blueprints import CellPlan, SectionPlan
from exams.content import WHOLE
from exams.models import (
    Item,
    ItemAlert,
    ItemDecision,
    ItemEnmity,
    ItemVersion,
    Paper,
    PaperSet,
    PracticeAnswer,
    PracticeRun,
    ResponseTally,
)
from tests.exams.bank import NOW, make_law
from tests.exams.papers import case_body, fill_bank, make_blueprint, small_plan
from tests.factories import make_district, make_person, make_role
from training.errors import BadInput, NotAllowed
from training.models import AuditEvent, Unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer():
    person = make_person(name="审题人")
    make_role(person=person, unit=make_district(), role="reviewer")
    return person


def draw(blueprint, by, strategy="fixed", seed="2026", **facts) -> PaperSet:
    return papers.draw(blueprint=blueprint, strategy=strategy, seed=seed, by=by, now=NOW, **facts)


def items_of(paper) -> list[str]:
    codes = dict(ItemVersion.objects.values_list("pk", "item__code"))
    return [codes[place["version"]] for place in paper.layout]


def test_the_same_seed_seals_the_same_papers_on_every_engine(reviewer):
    fill_bank()
    blueprint = make_blueprint(reviewer)

    first, again = draw(blueprint, reviewer, "ab"), draw(blueprint, reviewer, "ab")
    other = draw(blueprint, reviewer, "ab", seed="2027")

    digests = [[paper.digest for paper in one.papers.order_by("label")] for one in (first, again, other)]
    assert digests[0] == digests[1] != digests[2]
    assert digests[0] == [
        "c82091b75b5f33a6695499e1aef704a79fa28fe9b5bdaec52216e065765b39a8",
        "40e867dfb138e50d8eaa7211575b7e7087afc47b6cebf012f932f7c67edb8ac7",
    ]
    numbers = [int(code[2:]) for code in items_of(first.papers.get(label="A"))]
    assert numbers == [48, 21, 15, 6, 24, 39, 46, 16, 55, 5, 38, 14]
    assert [paper.total for paper in first.papers.all()] == [1500, 1500]


def test_papers_a_and_b_share_no_question(reviewer):
    fill_bank()
    a, b = (set(items_of(paper)) for paper in draw(make_blueprint(reviewer), reviewer, "ab").papers.order_by("label"))

    assert (len(a), len(b), a & b) == (12, 12, set())


def test_a_paper_shows_its_options_in_its_order_and_its_key_with_them(reviewer):
    fill_bank(12)
    paper = draw(
        make_blueprint(reviewer, sections=(SectionPlan("单选", "single_choice", 100, (CellPlan(4),)),), pass_mark=200), reviewer
    )
    paper = paper.papers.get()

    (section,) = papers.sections_of(paper)

    assert [question.number for question in section.questions] == [1, 2, 3, 4]
    assert any(place["order"] != [0, 1, 2, 3] for place in paper.layout)
    for question, place in zip(section.questions, paper.layout, strict=True):
        right = question.version.body["options"][1]["html"]  # B in the bank
        (key,) = question.body["key"]
        assert [option["id"] for option in question.body["options"]] == ["A", "B", "C", "D"]
        assert next(option["html"] for option in question.body["options"] if option["id"] == key) == right
        assert place["order"].index(1) == "ABCD".index(key)


def test_options_that_speak_of_the_others_keep_their_order(reviewer):
    fill_bank(12, kinds=("single_choice",))
    for version in ItemVersion.objects.all():
        version.body["options"][3]["html"] = "以上都对"
        version.save(update_fields=["body"])
    sections = (SectionPlan("单选", "single_choice", 100, (CellPlan(8),)),)

    paper = draw(make_blueprint(reviewer, sections=sections, pass_mark=200), reviewer).papers.get()

    assert {str(place["order"]) for place in paper.layout} == {"None"}


@pytest.mark.parametrize("count", [10, 60])
def test_drawing_costs_the_same_queries_for_any_number_of_papers(count, reviewer):
    fill_bank()
    blueprint = make_blueprint(reviewer)
    people = [make_person() for _ in range(count)]

    with CaptureQueriesContext(connection) as statements:
        drawn = draw(blueprint, reviewer, "drawn", people=people)

    assert len([s for s in statements if "SAVEPOINT" not in s["sql"]]) == 15
    assert [paper.person_id for paper in drawn.papers.order_by("pk")] == [person.pk for person in people]


def test_what_a_candidate_met_in_practice_or_in_an_earlier_paper_comes_last(reviewer):
    bank = fill_bank()
    sections = (SectionPlan("单选", "single_choice", 100, (CellPlan(6),)),)
    blueprint = make_blueprint(reviewer, sections=sections, pass_mark=200)
    practised, newcomer = make_person(), make_person()
    singles = [item for item in bank if item.current.kind == "single_choice"]  # 20
    run = PracticeRun.objects.create(person=practised, purpose="practice", title="练习", layout=[], started_at=NOW)
    PracticeAnswer.objects.bulk_create(
        PracticeAnswer(run=run, person=practised, version=item.current, position=n, answered_at=NOW)
        for n, item in enumerate(singles[:10])
    )

    first = draw(blueprint, reviewer, "drawn", people=[practised, newcomer])
    second = draw(blueprint, reviewer, "drawn", people=[practised], seed="later")

    fresh = {item.code for item in singles[10:]}
    met = set(items_of(first.papers.get(person=practised)))
    assert met <= fresh
    assert first.fit["seen"] == {}
    # ten are fresh, six of them were met in the first paper: four are left, and two come from what is known
    later = set(items_of(second.papers.get()))
    assert (later >= fresh - met, len(later & fresh - met), second.fit["seen"]) == (True, 4, {"1": 2})


def test_questions_that_give_each_other_away_stand_in_no_paper_together(reviewer):
    bank = [item for item in fill_bank(36) if item.current.kind == "single_choice"]  # 12
    pairs = list(zip(bank[::2], bank[1::2], strict=True))
    ItemEnmity.objects.bulk_create(ItemEnmity(first=one, second=two) for one, two in pairs)
    sections = (SectionPlan("单选", "single_choice", 100, (CellPlan(6),)),)

    drawn = draw(make_blueprint(reviewer, sections=sections, pass_mark=200), reviewer, "drawn", count=20)

    for paper in drawn.papers.all():
        chosen = set(items_of(paper))
        assert [len(chosen & {one.code, two.code}) for one, two in pairs] == [1] * 6


def test_what_is_short_is_named_with_its_corner_and_what_is_known_of_it(reviewer):
    law = make_law()
    bank = fill_bank(30, law=law)
    singles = [item for item in bank if item.current.kind == "single_choice"]
    hard = [item for item in singles if item.current.difficulty >= 4]  # 4 of 10
    ResponseTally.objects.create(version=hard[0].current, population="practice", answered=20, earned=10 * WHOLE)
    ResponseTally.objects.create(version=hard[1].current, population="practice", answered=19, earned=10 * WHOLE)
    cells = (CellPlan(5, law=law, easiest=4, hardest=5, audience="leading_cadre"), CellPlan(2))
    blueprint = make_blueprint(reviewer, sections=(SectionPlan("单选题", "single_choice", 100, cells),), pass_mark=200)

    with override("en"):
        with pytest.raises(papers.BankTooSmall) as refused:
            draw(blueprint, reviewer)
        said = str(refused.value)

    assert said == (
        "The bank cannot fill this blueprint: 单选题, 《测试处罚法》，difficulty 4 to 5，leading cadre: 5 wanted, "
        "4 there beside the other rows (4 fit; difficulty measured for 1, stated by the author for the others)"
    )
    assert PaperSet.objects.count() == 0


def test_the_state_of_each_cell_is_told_before_anything_is_drawn(reviewer):
    fill_bank(30)
    cells = (CellPlan(3, topic="行政处罚"), CellPlan(9, easiest=1, hardest=2))

    with override("en"):
        states = papers.states_of(small_plan(sections=(SectionPlan("单选题", "single_choice", 100, cells),)), now=NOW)

    assert [(s.cell, s.wanted, s.fitting, s.available, s.is_short, s.facility, s.measured) for s in states] == [
        ("行政处罚", 3, 5, 3, False, 6400, 0),
        ("difficulty 1 to 2", 9, 4, 4, True, 8500, 0),
    ]


def test_what_the_prediction_rests_on_is_kept_with_the_papers(reviewer):
    bank = fill_bank()
    ResponseTally.objects.bulk_create(
        ResponseTally(version=item.current, population=population, answered=10, earned=7 * WHOLE)
        for item in bank[:30]
        for population in ("practice", "plan")
    )

    drawn = draw(make_blueprint(reviewer, band=(6400, 6800)), reviewer, "ab")

    means = {"A": 6667, "B": 6433}
    assert drawn.fit == {"band": [6400, 6800], "means": means, "outside": [], "measured": 11, "places": 24, "seen": {}}
    assert papers.fit_of(drawn) == [papers.Fit("A", 6667, True, 0), papers.Fit("B", 6433, True, 0)]


def test_a_band_out_of_reach_is_told_and_not_hidden(reviewer):
    fill_bank()

    drawn = draw(make_blueprint(reviewer, band=(9500, 9900)), reviewer, "ab")

    assert (drawn.fit["outside"], drawn.fit["band"]) == (["A", "B"], [9500, 9900])


def test_versions_drawn_are_marked_as_used_once(reviewer):
    bank = fill_bank()
    early = bank[0].current
    ItemVersion.objects.filter(pk=early.pk).update(used_at=NOW - timedelta(days=9))

    layouts = [paper.layout for paper in draw(make_blueprint(reviewer), reviewer, "ab").papers.all()]

    drawn = {place["version"] for layout in layouts for place in layout}
    used = dict(ItemVersion.objects.exclude(used_at=None).values_list("pk", "used_at"))
    assert used == dict.fromkeys(drawn, NOW) | {early.pk: NOW - timedelta(days=9)}


def test_a_paper_never_changes(reviewer):
    fill_bank()
    paper = draw(make_blueprint(reviewer), reviewer).papers.get()

    with pytest.raises(DatabaseError):
        Paper.objects.filter(pk=paper.pk).update(digest="")


def test_what_is_not_drawable_never_enters(reviewer):
    law = make_law()
    fit = fill_bank(12, law=law)
    fill_bank(12, prefix="review", state="review")
    fill_bank(12, prefix="draft", state="draft")
    fill_bank(12, prefix="retired", state="retired")
    fill_bank(12, prefix="expired", expires_on=date(2026, 3, 1))
    moved = fill_bank(12, prefix="moved", law=law)
    ItemAlert.objects.bulk_create(
        ItemAlert(item=item, citation=item.current.citations.get(), is_quarantine=True, cause="changed", raised_at=NOW,
                  takes_effect_on=date(2026, 3, 2))
        for item in moved
    )  # fmt: skip
    sections = tuple(SectionPlan(kind, kind, 100, (CellPlan(4),)) for kind in ("single_choice", "multiple_choice", "true_false"))

    paper = draw(make_blueprint(reviewer, sections=sections), reviewer).papers.get()

    assert sorted(items_of(paper)) == [item.code for item in fit]


def test_a_blueprint_for_exam_only_questions_draws_no_open_one(reviewer):
    fill_bank(30, classification="open")
    kept = fill_bank(36, prefix="kept", classification="exam")

    paper = draw(make_blueprint(reviewer, classification="exam"), reviewer).papers.get()

    assert set(items_of(paper)) <= {item.code for item in kept}


def test_a_case_is_drawn_only_where_its_own_points_are_the_marks_of_the_section(reviewer):
    bank = fill_bank(4, kinds=("case_analysis",))
    for item in bank[:2]:
        item.current.body = case_body(1500)
        item.current.save(update_fields=["body"])
    sections = (SectionPlan("案例分析", "case_analysis", 2000, (CellPlan(2),)),)
    blueprint = make_blueprint(reviewer, sections=sections, pass_mark=2400)

    paper = draw(blueprint, reviewer).papers.get()

    assert (sorted(items_of(paper)), paper.total) == (["t-0002", "t-0003"], 4000)
    with pytest.raises(papers.BankTooSmall):
        draw(blueprint, reviewer, "ab")


def test_an_author_sits_no_paper_with_a_question_of_theirs_that_nobody_else_approved(reviewer):
    author = make_person()
    bank = fill_bank(36, author=author)
    paper = draw(make_blueprint(reviewer), reviewer).papers.get()

    assert (items.may_sit(author, paper), items.may_sit(make_person(), paper)) == (False, True)
    ItemDecision.objects.bulk_create(
        ItemDecision(item=item, version=item.current, verb="approved", by=reviewer, at=NOW) for item in bank
    )
    assert items.may_sit(author, paper) is True


def test_a_draw_is_an_event_of_the_trail_and_only_for_who_makes_papers(reviewer):
    fill_bank()
    blueprint = make_blueprint(reviewer)
    author = make_person()
    make_role(person=author, unit=Unit.objects.get(parent=None), role="author")

    with pytest.raises(NotAllowed):
        draw(blueprint, author)
    drawn = draw(blueprint, reviewer, "drawn", count=3)

    event = AuditEvent.objects.get(act="draw_papers")
    assert (event.actor_id, event.subject) == (reviewer.pk, f"paper_set:{drawn.pk}")
    assert event.facts == {"papers": 3, "strategy": "drawn", "code": "small"}


@pytest.mark.parametrize(
    "facts",
    [{"strategy": "lot"}, {"seed": " "}, {"seed": "x" * 65}, {"strategy": "drawn"}, {"strategy": "drawn", "count": 5001}],
    ids=["strategy", "no seed", "long seed", "nobody", "too many"],
)
def test_a_draw_without_sense_is_refused(facts, reviewer):
    fill_bank()
    with pytest.raises(BadInput):
        draw(make_blueprint(reviewer), reviewer, **facts)
    assert Item.objects.count() == 60
    assert Paper.objects.count() == 0
