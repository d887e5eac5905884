"""How questions are answered: counted when people meet them first, and read as figures once enough have."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from exams import practice, tallies
from exams.content import WHOLE, Content
from exams.models import ItemVersion, ResponseTally
from exams.tallies import Beside
from tests.exams.bank import NOW, single
from tests.exams.practice.runs import RUBRIC, cited, items_of, run_of
from tests.factories import make_person

pytestmark = pytest.mark.django_db
SUMS = ("paired", "sum_x", "sum_y", "sum_xx", "sum_yy", "sum_xy")


def sums_of(item):
    return ResponseTally.objects.filter(version=item.current_id).values_list(*SUMS).get()


def sit(person, law, responses, **facts):
    """A run over every question of article 5, answered by item and finished."""
    run = run_of(person, law, ref="5", count=len(responses), **facts)
    for position, item in enumerate(items_of(run)):
        if responses[item] is not None:
            practice.answer(run=run, position=position, response=responses[item], now=NOW)
    return practice.finish(run=run, now=NOW)


def test_a_finished_run_sets_each_first_answer_beside_the_others(law, make):
    made = [make(cited("5", n)) for n in range(5)]
    right, wrong = ["A"], ["B"]
    said = dict(zip([item.pk for item in made], [right, right, wrong, right, None], strict=True))
    run = sit(make_person(), law, said)
    assert sums_of(made[0]) == (1, 10000, 5000, 10000**2, 5000**2, 10000 * 5000)
    assert sums_of(made[2]) == (1, 0, 7500, 0, 7500**2, 0)
    assert sums_of(made[4]) == (0, 0, 0, 0, 0, 0)  # left blank: beside the others it earned nothing, itself it is no answer

    practice.finish(run=run, now=NOW)
    assert sums_of(made[0])[0] == 1  # once
    sit(run.person, law, said)
    assert sums_of(made[0])[0] == 1  # the key was seen
    sit(make_person(), law, said)
    assert sums_of(made[0])[0] == 2


def test_a_short_run_and_one_left_open_tell_nothing_of_how_able_somebody_is(law, make):
    made = [make(cited("5", n)) for n in range(6)]
    said = {item.pk: ["A"] for item in made}
    run = run_of(make_person(), law, ref="5", count=4)
    for position in range(4):
        practice.answer(run=run, position=position, response=["A"], now=NOW)
    practice.finish(run=run, now=NOW)
    open_run = run_of(make_person(), law, ref="5", count=6)
    for position in range(6):
        practice.answer(run=open_run, position=position, response=["A"], now=NOW)
    assert sum(sums_of(item)[0] for item in made) == 0
    practice.finish(run=open_run, now=NOW)
    sit(make_person(), law, said)
    assert [sums_of(item)[0] for item in made] == [2] * 6


def test_what_waits_for_a_judge_stands_beside_nothing(law, make):
    made = [make(cited("5", n)) for n in range(5)]
    essay = make(Content("essay", "论依法行政", RUBRIC, marks=500, citations=cited("5", 1).citations))
    said = {item.pk: ["A"] for item in made} | {essay.pk: "我认为……"}
    sit(make_person(), law, said)
    assert sums_of(essay)[0] == 0
    assert sums_of(made[0]) == (1, 10000, 10000, 10000**2, 10000**2, 10000**2)


def test_a_figure_is_said_when_enough_have_answered_and_not_before(make):
    version = make().current
    row = ResponseTally(version=version, population="x", shown=25, answered=19, earned=19 * WHOLE)
    assert (tallies.measured([row]).facility, tallies.measured([row]).difficulty) == (None, "")
    row.answered, row.earned = 20, 13 * WHOLE
    assert (tallies.measured([row]).facility, tallies.measured([row]).difficulty) == (6500, "fitting")

    row.paired, row.sum_x, row.sum_xx, row.sum_y, row.sum_yy, row.sum_xy = 29, 15, 15, 15, 15, 15
    assert tallies.measured([row]).discrimination is None
    row.paired = 30
    assert (tallies.measured([row]).discrimination, tallies.measured([row]).separation) == (100, "good")


@pytest.mark.parametrize(("facility", "word"), [(2999, "hard"), (3000, "fitting"), (9500, "fitting"), (9501, "easy")], ids=str)
def test_what_a_score_rate_says(facility, word):
    assert tallies.Measured(facility=facility).difficulty == word


@pytest.mark.parametrize(("index", "word"), [(-1, "against"), (0, "weak"), (19, "weak"), (20, "fair"), (40, "good")], ids=str)
def test_what_a_discrimination_says(index, word):
    assert tallies.Measured(discrimination=index).separation == word


def tally(item, *, shown=40, answered=40, right=26, choices=None, population="practice", pairs=()):
    ResponseTally.objects.create(
        version_id=item.current_id,
        population=population,
        shown=shown,
        answered=answered,
        earned=right * WHOLE,
        choices=choices or {},
    )
    for x, y in pairs:
        tallies.count_beside(population, [Beside(item.current_id, x * WHOLE // 100, y * WHOLE // 100)])


GOOD_PAIRS = [(100, 80), (100, 70), (0, 30)] * 10


def test_the_page_of_an_item_shows_its_figures_by_population_and_says_when_there_are_too_few(client, make, staff):
    item = make(single(explanation=""))
    tally(item, choices={"A": 26, "B": 14}, pairs=GOOD_PAIRS)
    tally(item, shown=3, answered=3, right=1, choices={"A": 1, "C": 2}, population="任前考查2026")
    client.force_login(staff["author"])
    page = client.get(reverse("exams:item", args=[item.pk]))
    text = page.content.decode()
    assert [word in text for word in ("65.0%", "0.98", "区分良好", "难度适中", "任前考查2026", "作答太少，暂不统计：3／20")] == [
        True
    ] * 6
    (_version, _name, found, options), (_again, other, few, _options) = page.context["figures"]
    assert (found.facility, found.discrimination, other, few.facility) == (6500, 98, "任前考查2026", None)
    assert [(letter, count, is_right) for letter, _text, count, is_right in options] == [
        ("A", 26, True), ("B", 14, False), ("C", 0, False), ("D", 0, False),
    ]  # fmt: skip


def test_the_list_shows_the_figures_and_finds_what_needs_a_look(client, make, staff):
    made = [make(cited("5", n)) for n in range(5)]
    tally(made[0], pairs=GOOD_PAIRS)
    tally(made[1], right=8, pairs=[(y, x) for x, y in GOOD_PAIRS[:29]])
    tally(made[2], right=40, pairs=[(100 - x, y) for x, y in GOOD_PAIRS])
    tally(made[3], answered=5, right=0)
    client.force_login(staff["author"])

    def found(measured):
        return {item.pk for item in client.get(reverse("exams:bank"), {"measured": measured}).context["page"].object_list}

    assert [found(code) for code in ("hard", "easy", "weak", "against")] == [
        {made[1].pk},
        {made[2].pk},
        {made[2].pk},
        {made[2].pk},
    ]
    assert len(found("nonsense")) == 5
    shown = client.get(reverse("exams:bank")).content.decode()
    assert [word in shown for word in ("0.98", "65.0%", "20.0%", "太少：5", "暂无")] == [True] * 5


@pytest.mark.parametrize("many", [2, 30])
def test_figures_cost_the_list_one_query(client, make, staff, many):
    for n in range(many):
        tally(make(cited("5", n)), pairs=GOOD_PAIRS[:1])
    client.force_login(staff["author"])
    client.get(reverse("exams:bank"))
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("exams:bank"))
    asked = [query["sql"] for query in captured if "exams_responsetally" in query["sql"]]
    assert len(asked) == 1


def test_figures_stand_with_the_wording_that_was_answered(make, staff):
    item = make(cited("5", 1))
    tally(item)
    assert tallies.facilities(ItemVersion.objects.values("pk")) == {item.current_id: 6500}
