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
