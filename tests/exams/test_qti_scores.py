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
