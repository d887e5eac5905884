"""Papers are drawn under their blueprint: the same seed draws the same paper, and what cannot be had is named."""

import pytest

from exams.assembly import Candidate, Cell, Pool, Shortage, Unfillable, option_orders


def one(number, *, kind="single_choice", law=1, topic="", difficulty=3, facility=6500, audience=()):
    return Candidate(
        code=f"q{number:05d}",
        item=number,
        version=number,
        kind=kind,
        laws=frozenset([law]),
        topic=topic,
        difficulty=difficulty,
        audience=frozenset(audience),
        facility=facility,
    )


def cell(count, *, section=0, kind="single_choice", marks=100, **facts):
    return Cell(section=section, kind=kind, count=count, marks=marks, **facts)


def codes(drawn):
    return [candidate.code for _at, candidate in drawn.places]


def test_each_cell_gets_its_count_of_items_that_fit_it():
    bank = [one(i, law=i % 3, difficulty=i % 5 + 1) for i in range(60)]
    pool = Pool([cell(5, law=0, easiest=1, hardest=2), cell(4, law=1), cell(3)], bank)

    drawn = pool.draw(seed="s", label="1")

    by_cell = {at: [c for a, c in drawn.places if a == at] for at in range(3)}
    assert {at: len(chosen) for at, chosen in by_cell.items()} == {0: 5, 1: 4, 2: 3}
    assert all(c.laws == {0} and c.difficulty <= 2 for c in by_cell[0])
    assert all(c.laws == {1} for c in by_cell[1])
    assert len(set(codes(drawn))) == 12


def test_the_same_seed_draws_the_same_paper_whatever_the_order_of_the_bank():
    bank = [one(i) for i in range(100)]

    first = Pool([cell(20)], bank).draw(seed="2026", label="7")
    again = Pool([cell(20)], bank[::-1]).draw(seed="2026", label="7")
    other = Pool([cell(20)], bank).draw(seed="2026", label="8")

    assert codes(first) == codes(again)
    assert codes(first) != codes(other)
    assert codes(first)[:3] == ["q00001", "q00000", "q00007"]  # the same in every version: a paper can be drawn again years later
    assert option_orders(seed="2026", label="7", counts=[4, 0, 3]) == [[2, 1, 3, 0], None, [2, 1, 0]]


def test_items_that_give_each_other_away_never_stand_in_one_paper():
    bank = [one(i) for i in range(12)]
    enemies = {i: {j for j in range(12) if j != i and j // 2 == i // 2} for i in range(12)}
    pool = Pool([cell(6)], bank, enemies)

    for label in map(str, range(50)):
        chosen = {c.item for _at, c in pool.draw(seed="s", label=label).places}
        assert len({item // 2 for item in chosen}) == 6


def test_unseen_items_come_first_and_seen_ones_fill_what_is_left():
    pool = Pool([cell(10)], [one(i) for i in range(30)])

    fresh = pool.draw(seed="s", label="1", seen=set(range(20)))
    mixed = pool.draw(seed="s", label="1", seen=set(range(27)))

    assert ({c.item for _at, c in fresh.places}, fresh.seen) == (set(range(20, 30)), 0)
    assert {c.item for _at, c in mixed.places} >= {27, 28, 29}
    assert mixed.seen == 7


def test_a_cell_takes_from_another_what_only_it_can_use():
    # both cells fit the items of law 1, the second fits nothing else
    bank = [one(i, law=1) for i in range(5)] + [one(i, law=2) for i in range(5, 10)]
    pool = Pool([cell(5), cell(5, law=1)], bank)

    assert pool.shortages() == []
    drawn = pool.draw(seed="s", label="1")
    assert {c.item for at, c in drawn.places if at == 1} == set(range(5))
    assert {c.item for at, c in drawn.places if at == 0} == set(range(5, 10))


def test_a_bank_that_does_not_suffice_names_the_cell_and_what_is_there():
    bank = [one(i, law=1) for i in range(5)] + [one(9, law=2)]

    assert Pool([cell(4, law=1), cell(3, law=2)], bank).shortages() == [Shortage(1, 3, 1)]
    assert Pool([cell(4, law=1), cell(3, law=1)], bank).shortages() in ([Shortage(0, 4, 2)], [Shortage(1, 3, 1)])
    assert Pool([cell(4, kind="essay")], bank).shortages() == [Shortage(0, 4, 0)]


def test_enemies_that_leave_too_few_are_an_error_and_not_a_short_paper():
    pool = Pool([cell(2)], [one(1), one(2)], {1: {2}, 2: {1}})

    with pytest.raises(Unfillable) as refused:
        pool.draw(seed="s", label="1")
    assert refused.value.shortages == [Shortage(0, 2, 1)]


def test_every_paper_is_moved_into_the_band():
    bank = [one(i, facility=3000 + 100 * (i % 60)) for i in range(600)]
    pool = Pool([cell(20), cell(10, section=1, marks=200)], bank)

    means = [pool.draw(seed="s", label=str(i), band=(5900, 6100)) for i in range(40)]

    assert all(paper.is_in_band and 5900 <= paper.mean <= 6100 for paper in means)


def test_a_band_that_the_bank_cannot_reach_is_told():
    drawn = Pool([cell(3)], [one(i, facility=5000) for i in range(9)]).draw(seed="s", label="1", band=(8000, 9000))

    assert (drawn.mean, drawn.is_in_band) == (5000, False)


def test_sections_stand_in_order_and_marks_weigh_the_mean():
    bank = [one(1, facility=9000), one(2, kind="true_false", facility=3000)]
    drawn = Pool([cell(1, section=1, kind="true_false", marks=300), cell(1, section=0, marks=100)], bank).draw(
        seed="s", label="1"
    )

    assert codes(drawn) == ["q00001", "q00002"]
    assert drawn.mean == 4500


def test_items_for_everybody_fit_every_audience():
    bank = [one(1, audience=("leading_cadre",)), one(2), one(3, audience=("civil_servant",))]

    assert [c.item for c in Pool([cell(1, audience="leading_cadre")], bank).fitting[0]] == [1, 2]
