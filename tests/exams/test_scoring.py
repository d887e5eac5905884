"""What an answer earns, as a table; and the same marks as another system gave."""

import csv
import json
from decimal import Decimal
from fractions import Fraction

import pytest

from exams import scoring
from exams.content import WHOLE, choice_body

FOUR = choice_body(["甲", "乙", "丙", "丁"], "ABD")


def _marks(policy, chosen, marks=200, body=FOUR, kind="multiple_choice"):
    return scoring.mark(kind=kind, body=body, response=chosen, policy=policy, marks=marks)


@pytest.mark.parametrize(
    ("policy", "chosen", "earned"),
    [
        ("exact", "ABD", 200),
        ("exact", "AB", 0),
        ("exact", "ABCD", 0),
        ("exact", "", 0),
        ("half", "ABD", 200),
        ("half", "A", 100),
        ("half", "AB", 100),
        ("half", "AC", 0),
        ("half", "", 0),
        ("proportional", "A", 67),
        ("proportional", "BD", 133),
        ("proportional", "ABC", 0),
        ("per_option", "A", 50),
        ("per_option", "AD", 100),
        ("per_option", "ABD", 200),
        ("per_option", "AC", 0),
    ],
)
def test_a_multiple_choice_earns_by_its_policy_and_any_wrong_option_earns_nothing(policy, chosen, earned):
    assert _marks(policy, list(chosen)) == earned


def test_no_answer_earns_nothing_under_every_policy():
    assert [_marks(policy, None) for policy in ("exact", "half", "proportional", "per_option", "fractions")] == [0] * 5


def test_five_sixths_of_three_hundredths_round_half_up_exactly():
    body = choice_body(list("甲乙丙丁戊己"), "ABCDEF")

    assert _marks("proportional", list("ABCDE"), marks=3, body=body) == 3  # 2.5


def _stated(*fractions):
    body = choice_body(["甲", "乙", "丙", "丁"][: len(fractions)], "A")
    for option, fraction in zip(body["options"], fractions, strict=True):
        option["fraction"] = fraction
    return body


def test_fractions_add_up_and_never_fall_below_nothing_over_several_options():
    body = _stated(WHOLE // 2, -WHOLE, WHOLE // 2, -WHOLE)

    assert _marks("fractions", ["A", "C"], body=body) == 200
    assert _marks("fractions", ["A"], body=body) == 100
    assert _marks("fractions", ["A", "B", "C"], body=body) == 0


def test_a_single_choice_carries_a_negative_mark_as_its_bank_states_it():
    body = _stated(WHOLE, -3333333, 0)

    assert _marks("fractions", ["B"], marks=300, body=body, kind="single_choice") == -100


@pytest.mark.parametrize(
    ("said", "earned"),
    [
        ("100000000000000000000", 100),
        ("100000000000000000000.00000000000000000001", 0),
        ("99999999999999999999.99999999999999999999", 100),
    ],
)
def test_numbers_of_any_length_are_compared_exactly(said, earned):
    body = {"accepted": [{"value": "50000000000000000000", "tolerance": "50000000000000000000", "fraction": WHOLE}], "unit": ""}

    assert scoring.mark(kind="numeric", body=body, response=said, policy="exact", marks=100) == earned


def test_true_and_false_are_told_from_no_answer():
    assert [
        scoring.mark(kind="true_false", body={"key": False}, response=said, policy="exact", marks=100)
        for said in (True, False, None)
    ] == [0, 100, 0]


BLANKS = {
    "blanks": [
        {"accepted": [{"text": "六十", "fraction": WHOLE}, {"text": "60", "fraction": WHOLE}]},
        {"accepted": [{"text": "书面", "fraction": WHOLE}]},
    ]
}


@pytest.mark.parametrize(
    ("response", "policy", "earned"),
    [
        (["６０ ", "书 面"], "proportional", 200),
        (["六十", ""], "proportional", 100),
        (["六十", "口头"], "exact", 0),
        (["书面", "六十"], "proportional", 0),
        (["六十"], "proportional", 100),
        ([], "proportional", 0),
    ],
    ids=["widths and blanks", "one of two", "exact", "wrong order", "too few", "none"],
)
def test_each_blank_has_its_share(response, policy, earned):
    assert scoring.mark(kind="fill_blank", body=BLANKS, response=response, policy=policy, marks=200) == earned


def test_blanks_in_any_order_take_each_text_once():
    body = BLANKS | {"is_unordered": True}

    assert scoring.mark(kind="fill_blank", body=body, response=["书面", "60"], policy="proportional", marks=200) == 200
    assert scoring.mark(kind="fill_blank", body=body, response=["书面", "书面"], policy="proportional", marks=200) == 100


def test_a_pattern_takes_anything_for_its_star_and_nothing_else_for_its_signs():
    blank = {"accepted": [{"text": "fro*", "fraction": WHOLE}, {"text": "*", "fraction": 0}], "is_pattern": True}
    body = {"blanks": [blank]}

    assert [
        scoring.mark(kind="fill_blank", body=body, response=[said], policy="exact", marks=100)
        for said in ("Frogs", "fr.gs", "fro")
    ] == [100, 0, 100]


@pytest.mark.parametrize(
    ("said", "earned"),
    [("60", 100), ("６０日", 100), ("60.5", 50), ("61", 0), ("六十", 0), ("", 0), ("nan", 0), ("1e9999999", 0)],
)
def test_a_number_is_taken_within_its_tolerance_with_or_without_the_unit(said, earned):
    accepted = [
        {"value": "60", "tolerance": "0", "fraction": WHOLE},
        {"value": "60", "tolerance": "0.5", "fraction": WHOLE // 2},
    ]
    body = {"accepted": accepted, "unit": "日"}

    assert scoring.mark(kind="numeric", body=body, response=said, policy="exact", marks=100) == earned


def test_a_case_waits_for_a_person_while_its_machine_questions_are_marked():
    body = {
        "questions": [
            {
                "id": "1",
                "kind": "single_choice",
                "stem": "?",
                "body": choice_body(["甲", "乙"], "B"),
                "policy": "exact",
                "marks": 500,
            },
            {"id": "2", "kind": "short_answer", "stem": "?", "body": {"rubric": []}, "policy": "exact", "marks": 1500},
        ]
    }

    assert scoring.case_marks(body, {"1": ["B"], "2": "应当先行告知"}) == {"1": 500, "2": None}
    assert scoring.mark(kind="case_analysis", body=body, response={"1": ["B"], "2": "告知"}, policy="exact", marks=2000) is None
    assert scoring.mark(kind="case_analysis", body=body, response={"1": ["B"]}, policy="exact", marks=2000) == 500


# --- the marks another system gave


def _definitions(folder):
    return json.loads((folder / "question_definitions.json").read_text(encoding="utf-8"))


def _fraction(number) -> int:
    return int(Decimal(str(number)) * WHOLE)


def _numbers(answers):
    return {
        "accepted": [
            {"value": value, "tolerance": str(tolerance), "fraction": _fraction(share)}
            for value, share, tolerance in answers
            if value != "*"
        ]
    }


def _texts(answers):
    return {"blanks": [{"accepted": [{"text": t, "fraction": _fraction(f)} for t, f in answers], "is_pattern": True}]}


def _options(fractions):
    ids = {name: "ABCD"[i] for i, name in enumerate(fractions)}
    body = {
        "options": [{"id": ids[n], "html": n, "fraction": _fraction(f), "feedback": ""} for n, f in fractions.items()],
        "key": ["A"],
    }
    return body, ids


def _shares(defined, row) -> list[Fraction]:
    """The share each slot of an attempt earns by our rules."""
    first = row["randqs.1"]
    answer = row["responses.1.answer"]
    if first == "shortanswer":
        body = _texts(defined["shortanswer"]["answers"])
        one = scoring.share_of(kind="fill_blank", body=body, response=[answer], policy="proportional")
    else:
        body = _numbers(defined["numerical"]["answers"])
        one = scoring.share_of(kind="numeric", body=body, response=answer, policy="exact")
    total = Decimal(str(defined["calculatedsimple:sumwithvariants"]["variants"][row["variants.2"]]["sum"]))
    body = {"accepted": [{"value": str(total), "tolerance": str(abs(total) / 100), "fraction": WHOLE}]}
    two = scoring.share_of(kind="numeric", body=body, response=row["responses.2.answer"], policy="exact")
    stems = defined["match"]["stems"]
    response = {stem: row[f"responses.3.{stem}"] for stem in stems}
    three = scoring.share_of(kind="matching", body={"key": stems}, response=response, policy="proportional")
    four = scoring.share_of(kind="true_false", body={"key": True}, response=row["responses.4.answer"] == "1", policy="exact")
    body, ids = _options(defined["multichoice:two_of_four"]["fractions"])
    ticked = [ids[n] for n in ids if row[f"responses.5.{n}"] == "1"]
    five = scoring.share_of(kind="multiple_choice", body=body, response=ticked, policy="fractions")
    body, ids = _options(defined["multichoice:one_of_four"]["fractions"])
    six = scoring.share_of(kind="single_choice", body=body, response=[ids[row["responses.6.answer"]]], policy="fractions")
    return [one, two, three, four, five, six, _cloze(defined["multianswer"], row)]


def _cloze(defined, row) -> Fraction:
    body, ids = _options(defined["sub2"]["answers"])
    questions = [
        {"id": "1", "kind": "fill_blank", "body": _texts(defined["sub1"]["answers"]), "policy": "proportional", "marks": 50},
        {"id": "2", "kind": "single_choice", "body": body, "policy": "fractions", "marks": 50},
    ]
    response = {"1": [row["responses.7.1.answer"]], "2": [ids[row["responses.7.2.answer"]]]}
    return scoring.share_of(kind="case_analysis", body={"questions": questions}, response=response, policy="exact")


@pytest.mark.data
@pytest.mark.parametrize(
    ("steps", "results", "count"),
    [
        ("quiz/steps00.csv", "quiz/results00.csv", 10),
        ("report/statistics__steps00.csv", "report/statistics__results00.csv", 25),
    ],
)
def test_our_marks_are_those_of_another_system(shared_data, steps, results, count):
    folder = shared_data / "scoring" / "moodle-walkthrough"
    defined = _definitions(folder)
    with (folder / steps).open(encoding="utf-8") as said, (folder / results).open(encoding="utf-8") as graded:
        rows = list(zip(csv.DictReader(said), csv.DictReader(graded), strict=True))

    assert len(rows) == count
    for row, expected in rows:
        ours = [scoring.marks_of(share, 100) for share in _shares(defined, row)]
        theirs = [int((Decimal(expected[f"slots.{i}.mark"]) * 100).quantize(Decimal(1))) for i in range(1, 8)]
        assert ours == theirs, row["quizattempt"]
        whole = sum(share for share in _shares(defined, row))
        assert scoring.marks_of(whole, 100) == int((Decimal(expected["summarks"]) * 100).quantize(Decimal(1)))
