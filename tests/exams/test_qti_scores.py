"""QTI processing gives the marks another engine states, to the digit."""

import json
import re

import pytest

from exams.interchange.qti.processing import ItemResult, Result, process_item, process_test, read_result, totals
from exams.interchange.qti.values import written
from exams.interchange.qti.vocabulary import parse
from tests.conftest import SHARED

KIT = SHARED / "scoring" / "qti-cito"
STEPS = KIT / "expected_scores.dev.json"
CASES = json.loads(STEPS.read_text())["cases"] if STEPS.is_file() else []

# the step script leaves out the response on which its score rests; given here, it is what the case's name says
RESPONSES_LEFT_OUT = {
    "HottextInteractionTests.cs::IMS_ExampleHottextProcessing_Correct": ["B"],
    "SliderInteractionTests.cs::IMS_ExampleSliderResponseProcessing_Correct": ["16"],
    "TextEntryStringTests.cs::IMS_ExampleChoiceInlineResponseProcessing_Partially_Correct": ["york"],
}
LOCAL_NAMES = {"nameOfUnusedCategory": "_8072"}  # a name of the source's language left in two outcomes


class Session:
    """Runs the steps of one case."""

    def __init__(self):
        self.result, self.item, self.test, self.scores = Result(), None, None, {}

    def load_item(self, path):
        self.item = parse((KIT / path).read_bytes())

    def load_test(self, path):
        self.test = parse((KIT / path).read_bytes())

    def load_result(self, path):
        self.result = read_result(parse((KIT / path).read_bytes()))

    def empty_result(self, _yes):
        self.result = Result()

    def change_item_score(self, change):
        self.result.items[change["item"]].outcomes["SCORE"] = [change["value"]]

    def respond(self, response):
        given = self.result.items.setdefault(self.named(response["item"]), ItemResult())
        given.responses[response["id"]] = response["values"]

    def process(self, _yes):
        if self.item is not None:
            subject = self.item.get("identifier")
            given = self.result.items.get(subject, ItemResult())
            self.scores[subject] = process_item(self.item, given.responses, given)
        if self.test is not None:
            self.scores[self.test.get("identifier")] = process_test(self.test, self.result) | totals(self.test, self.result)

    def named(self, subject):
        return self.item.get("identifier") if subject == "@item" else subject


@pytest.mark.data
@pytest.mark.parametrize("case", CASES, ids=[case["source"] for case in CASES])
def test_a_case_gives_the_score_that_the_other_engine_gave(case):
    session, wanted, found = Session(), [], []
    for step in case["steps"]:
        ((name, facts),) = step.items()
        if name == "read":
            outcome = re.sub(r'^\$"(.*)\{(\w+)\}$', lambda m: m[1] + LOCAL_NAMES[m[2]], facts["outcome"])
            wanted.append((outcome, facts["expect"]))
            found.append((outcome, written(session.scores[session.named(facts["subject"])][outcome])))
            continue
        if name == "process" and case["source"] in RESPONSES_LEFT_OUT:
            session.respond({"item": "@item", "id": "RESPONSE", "values": RESPONSES_LEFT_OUT[case["source"]]})
        getattr(session, name)(facts)

    assert found == wanted


@pytest.mark.data
def test_all_stated_cases_are_run():
    assert len(CASES) == 58


NAMED = [  # results whose names, and the items' interpretations, say what they earn
    ("2gaps.xml", "2gaps-result-correct-1.xml", "1"),
    ("2gaps.xml", "2gaps-result-correct-2.xml", "1"),
    ("2gaps.xml", "2gaps-result-incorrect-1.xml", "0"),
    ("2gaps.xml", "2gaps-result-incorrect-2.xml", "0"),
    ("2gaps.xml", "2gaps-result-incorrect-3.xml", "0"),
    ("hs.xml", "hs-result-correct-1.xml", "1"),
    ("hs.xml", "hs-result-incorrect-1.xml", "0"),
    ("hs.xml", "hs-result-incorrect-2.xml", "0"),
    ("gap-match-item.xml", "gap-match-result.xml", "1"),
    ("gap-match-item.xml", "gap-match-result-fout.xml", "0"),
    ("sum_item.xml", "sum_result.xml", "1"),
    ("sum_item.xml", "sum_result_2.xml", "0"),
    ("e726a093-a5dd-456e-8cc4-fd987cd05438.xml", "result_numeric.xml", "3"),
    ("IMS-examples/text-entry-qti3.xml", "IMS-examples/assessment_result_human.xml", "1"),
    ("IMS-examples/text-entry-qti3.xml", "IMS-examples/assessment_result_external_machine.xml", "1"),
]


@pytest.mark.data
@pytest.mark.parametrize(("item", "result", "score"), NAMED)
def test_a_result_earns_what_its_name_says(item, result, score):
    folder = KIT / "30" / "ResponseProcessing"
    item = parse((folder / item).read_bytes())
    given = read_result(parse((folder / result).read_bytes())).items[item.get("identifier")]

    assert written(process_item(item, given.responses, given)["SCORE"]) == score


@pytest.mark.data
def test_items_then_their_test_are_scored_as_one_package():
    package = KIT / "2x" / "QTI-Packages" / "RW"
    result = read_result(parse((package / "AssessmentResults" / "result1.xml").read_bytes()))
    for path in sorted((package / "Items").glob("*.xml")):
        item = parse(path.read_bytes())
        given = result.items[item.get("identifier")]
        given.outcomes["SCORE"] = [written(process_item(item, given.responses, given)["SCORE"])]

    outcomes = process_test(parse((package / "Test" / "RW_E7_4ITM.xml").read_bytes()), result)

    assert {name: written(value) for name, value in outcomes.items()} == {
        "SCORE": "7",
        "SCORE_N": "4",
        "SCORE_CATEGORY_aftrekken": "3",
        "SCORE_CATEGORY_optellen": "4",
    }
