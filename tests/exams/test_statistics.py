"""Figures of items and papers: those another system printed for the same answers, and small ones done by hand."""

import csv

import pytest

from exams import statistics


def _rows(path):
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.data
def test_item_figures_are_those_of_another_system(shared_data):
    folder = shared_data / "scoring" / "moodle-walkthrough" / "report"
    attempts = _rows(folder / "statistics__results00.csv")
    steps = _rows(folder / "statistics__steps00.csv")
    columns = [[float(a[f"slots.{i}.mark"]) for a in attempts] for i in range(1, 8)]
    totals = [float(a["summarks"]) for a in attempts]
    weights = statistics.effective_weights(columns, totals)
    checked = 0

    for row in _rows(folder / "statistics__qstats00.csv"):
        slot = int(row["slot"]) - 1
        chosen = range(len(attempts))
        if row["subqname"]:
            chosen = [i for i in chosen if steps[i]["randqs.1"] == row["subqname"]]
        if row["variant"]:
            chosen = [i for i in chosen if steps[i][f"variants.{row['slot']}"] == row["variant"]]
        marks, whole = [columns[slot][i] for i in chosen], [totals[i] for i in chosen]
        beside = whole if row["subqname"] else statistics.rest_of(marks, whole)
        figures = statistics.item_figures(marks, beside, of=float(row["maxmark"]))
        assert figures.count == int(row["s"])
        assert figures.facility == pytest.approx(float(row["facility"]), abs=1e-6)
        assert figures.deviation == pytest.approx(float(row["sd"]), abs=1e-6)
        assert figures.discrimination == pytest.approx(float(row["discriminationindex"]), abs=1e-3)
        assert figures.efficiency == pytest.approx(float(row["discriminativeefficiency"]), abs=1e-3)
        if row["effectiveweight"] != "**NULL**":
            assert weights[slot] == pytest.approx(float(row["effectiveweight"]), abs=1e-4)
        checked += 1
    assert checked == 10


def test_an_item_everybody_solves_discriminates_nothing():
    figures = statistics.item_figures([1, 1, 1], [3, 2, 1], of=1)

    assert figures == statistics.ItemFigures(3, 1.0, 0.0, None, None)


def test_nobody_is_no_figure_and_no_error():
    assert statistics.item_figures([], [], of=1) == statistics.ItemFigures(0, None, None, None, None)
    assert statistics.alpha([[1, 0]]) is None


def test_alpha_of_two_items_that_agree_is_one_and_of_two_that_do_not_is_nothing():
    assert statistics.alpha([[1, 0, 1, 0], [1, 0, 1, 0]]) == pytest.approx(1.0)
    assert statistics.alpha([[1, 1, 0, 0], [1, 0, 1, 0]]) == pytest.approx(0.0)


def test_sums_of_whole_numbers_give_the_discrimination_of_the_marks_themselves():
    marks, rest = [100, 0, 100, 50, 0, 100, 100], [9000, 2500, 7000, 6600, 4000, 3000, 8100]
    expected = statistics.item_figures(marks, rest, of=100).discrimination
    assert statistics.discrimination_within([summed(marks, rest)]) == pytest.approx(expected, abs=1e-12)
    assert round(expected) == 62


def test_how_groups_differ_from_each_other_makes_no_item_discriminate():
    strong, weak = summed([90, 80, 90, 80], [100, 100, 90, 90]), summed([10, 0, 10, 0], [20, 20, 10, 10])
    together = summed([90, 80, 90, 80, 10, 0, 10, 0], [100, 100, 90, 90, 20, 20, 10, 10])
    assert statistics.discrimination_within([together]) > 98
    assert statistics.discrimination_within([strong, weak]) == 0
    assert statistics.discrimination_within([summed([5, 5], [1, 2])]) is None
    assert statistics.discrimination_within([]) is None


def summed(xs, ys):
    squares = ([x * x for x in xs], [y * y for y in ys], [x * y for x, y in zip(xs, ys, strict=True)])
    return statistics.Sums(len(xs), sum(xs), sum(ys), *(sum(column) for column in squares))
