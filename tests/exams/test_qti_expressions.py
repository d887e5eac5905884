"""The operators of QTI processing, by the standard's definitions, in exact numbers."""

import pytest

from exams.interchange.qti.processing import ItemResult, Result, process_item, process_test
from exams.interchange.qti.values import written
from exams.interchange.qti.vocabulary import parse

ITEM = """<assessmentItem identifier="i">
<responseDeclaration identifier="ONE" cardinality="single" baseType="identifier"><correctResponse><value>A</value></correctResponse>
<mapping defaultValue="-1" lowerBound="0"><mapEntry mapKey="A" mappedValue="0.1"/></mapping></responseDeclaration>
<responseDeclaration identifier="MANY" cardinality="multiple" baseType="identifier"><correctResponse><value>A</value><value>B</value>
</correctResponse><mapping defaultValue="-0.5" upperBound="1"><mapEntry mapKey="A" mappedValue="1"/><mapEntry mapKey="B" mappedValue="0.3"/>
</mapping></responseDeclaration>
<responseDeclaration identifier="ORDER" cardinality="ordered" baseType="identifier"/>
<responseDeclaration identifier="TEXT" cardinality="single" baseType="string"><mapping defaultValue="0"><mapEntry mapKey="York"
mappedValue="1" caseSensitive="true"/><mapEntry mapKey="york" mappedValue="0.5" caseSensitive="false"/></mapping></responseDeclaration>
<responseDeclaration identifier="NUMBER" cardinality="single" baseType="float"/>
<responseDeclaration identifier="POINT" cardinality="multiple" baseType="point"><areaMapping defaultValue="-1"><areaMapEntry shape="circle"
coords="0,0,5" mappedValue="2"/><areaMapEntry shape="rect" coords="10,10,20,20" mappedValue="1"/><areaMapEntry shape="poly"
coords="100,0,110,0,105,10" mappedValue="4"/></areaMapping></responseDeclaration>
<responseDeclaration identifier="PAIR" cardinality="multiple" baseType="pair"><correctResponse><value>A B</value></correctResponse>
</responseDeclaration>
<responseDeclaration identifier="NONE" cardinality="single" baseType="integer"/>
<outcomeDeclaration identifier="SCORE" cardinality="{cardinality}" baseType="{base}"/>
<responseProcessing><setOutcomeValue identifier="SCORE">{rule}</setOutcomeValue></responseProcessing></assessmentItem>"""
GIVEN = {
    "ONE": ["A"],
    "MANY": ["B", "A", "B"],
    "ORDER": ["X", "Y", "Z"],
    "TEXT": ["YORK"],
    "NUMBER": ["2.675"],
    "POINT": ["3 4", "0 0", "15 10", "105 5", "500 500"],
    "PAIR": ["B A"],
}


def value(rule: str, base: str, cardinality: str = "single") -> str:
    item = parse(ITEM.format(rule=rule, base=base, cardinality=cardinality).encode())
    return written(process_item(item, GIVEN)["SCORE"])


def v(name: str) -> str:
    return f'<variable identifier="{name}"/>'


def n(text: str, base: str = "float") -> str:
    return f'<baseValue baseType="{base}">{text}</baseValue>'


def of(tag: str, *operands: str, **attributes: str) -> str:
    facts = "".join(f' {name}="{text}"' for name, text in attributes.items())
    return f"<{tag}{facts}>{''.join(operands)}</{tag}>"


NUMBERS = {
    of("sum", n("0.1"), n("0.2")): "0.3",
    of("sum", n("1"), v("NONE")): "",
    of("product", n("3"), of("divide", n("1"), n("3"))): "1",
    of("divide", n("1"), n("0")): "",
    of("divide", n("2"), n("3")): "0.6666666667",
    of("subtract", n("1"), n("0.9")): "0.1",
    of("power", n("2"), n("-2")): "0.25",
    of("integerDivide", n("-7", "integer"), n("2", "integer")): "-4",
    of("integerModulus", n("-7", "integer"), n("2", "integer")): "1",
    of("round", n("-1.5")): "-1",
    of("truncate", n("-1.5")): "-1",
    of("roundTo", v("NUMBER"), roundingMode="decimalPlaces", figures="2"): "2.68",
    of("roundTo", n("0.01255"), roundingMode="significantFigures", figures="3"): "0.0126",
    of("max", n("1"), n("3"), n("2")): "3",
    of("min", of("multiple", n("1"), n("3"))): "1",
    of("gcd", n("12", "integer"), n("18", "integer")): "6",
    of("lcm", n("4", "integer"), n("6", "integer")): "12",
    of("statsOperator", of("multiple", n("1"), n("2"), n("3")), name="sampleVariance"): "1",
    of("mathOperator", n("-2.5"), name="ceil"): "-2",
    of("containerSize", v("MANY")): "3",
    of("containerSize", v("NONE")): "0",
    of("mapResponse", identifier="ONE"): "0.1",
    of("mapResponse", identifier="MANY"): "1",
    of("mapResponse", identifier="TEXT"): "0.5",
    of("mapResponsePoint", identifier="POINT"): "6",
}
TRUTHS = {
    of("match", v("PAIR"), of("correct", identifier="PAIR")): "true",
    of("match", v("ORDER"), of("ordered", n("Z", "identifier"), n("Y", "identifier"), n("X", "identifier"))): "false",
    of("match", v("NONE"), n("1", "integer")): "",
    of("member", n("B", "identifier"), v("MANY")): "true",
    of("contains", v("MANY"), of("correct", identifier="MANY")): "true",
    of("contains", of("correct", identifier="MANY"), v("MANY")): "false",
    of("contains", v("ORDER"), of("ordered", n("Y", "identifier"), n("Z", "identifier"))): "true",
    of("equal", n("100"), n("95"), toleranceMode="relative", tolerance="5"): "true",
    of("equal", n("100"), n("95"), toleranceMode="relative", tolerance="5", includeLowerBound="false"): "false",
    of("equal", n("1"), n("1.2"), toleranceMode="absolute", tolerance="0.5 0.1"): "false",
    of("equalRounded", v("NUMBER"), n("2.68"), roundingMode="decimalPlaces", figures="2"): "true",
    of("stringMatch", v("TEXT"), n("york", "string"), caseSensitive="false"): "true",
    of("substring", n("OR", "string"), v("TEXT"), caseSensitive="true"): "true",
    of("patternMatch", v("TEXT"), pattern="[A-Z]{4}"): "true",
    of("and", n("false", "boolean"), of("gt", v("NONE"), n("1"))): "false",
    of("and", n("true", "boolean"), of("gt", v("NONE"), n("1"))): "",
    of("or", n("true", "boolean"), of("gt", v("NONE"), n("1"))): "true",
    of("anyN", n("true", "boolean"), n("true", "boolean"), n("false", "boolean"), min="2", max="2"): "true",
    of("not", of("isNull", v("NONE"))): "false",
    of("inside", v("POINT"), shape="ellipse", coords="500,500,2,1"): "true",
}
CONTAINERS = {
    of("delete", n("B", "identifier"), v("MANY")): "A",
    of("repeat", n("A", "identifier"), n("B", "identifier"), numberRepeats="2"): "A B A B",
    of("ordered", v("ONE"), v("NONE"), of("index", v("ORDER"), n="2")): "A Y",
}


@pytest.mark.parametrize(("rule", "wanted"), NUMBERS.items())
def test_a_number(rule, wanted):
    assert value(rule, "float") == wanted


@pytest.mark.parametrize(("rule", "wanted"), TRUTHS.items())
def test_a_truth(rule, wanted):
    assert value(rule, "boolean") == wanted


@pytest.mark.parametrize(("rule", "wanted"), CONTAINERS.items())
def test_a_container(rule, wanted):
    assert value(rule, "identifier", "ordered") == wanted


TABLES = [
    ("interpolationTable", "interpolationTableEntry", "9", "2"),
    ("interpolationTable", "interpolationTableEntry", "5", "1"),
    ("interpolationTable", "interpolationTableEntry", "4.9", "0.5"),
    ("matchTable", "matchTableEntry", "5", "1"),
    ("matchTable", "matchTableEntry", "6", "0.5"),
]


@pytest.mark.parametrize(("table", "entry", "raw", "wanted"), TABLES)
def test_a_lookup(table, entry, raw, wanted):
    item = f"""<assessmentItem identifier="i"><outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float">
    <{table} defaultValue="0.5"><{entry} sourceValue="8" targetValue="2"/><{entry} sourceValue="5" targetValue="1"/></{table}>
    </outcomeDeclaration><responseProcessing><lookupOutcomeValue identifier="SCORE">{n(raw)}</lookupOutcomeValue></responseProcessing>
    </assessmentItem>"""

    assert written(process_item(parse(item.encode()), {})["SCORE"]) == wanted


def test_a_score_given_by_a_person_is_not_overwritten():
    item = parse(ITEM.format(rule=n("5"), base="float", cardinality="single").encode())
    by_person = ItemResult(outcomes={"SCORE": ["2"]}, external={"SCORE"})
    by_machine = ItemResult(outcomes={"SCORE": ["2"]})

    assert written(process_item(item, GIVEN, by_person)["SCORE"]) == "2"
    assert written(process_item(item, GIVEN, by_machine)["SCORE"]) == "5"


TEST = """<assessmentTest identifier="t"><outcomeDeclaration identifier="SCORE" cardinality="single" baseType="float"/>
<testPart identifier="p"><assessmentSection identifier="s1"><assessmentItemRef identifier="a" href="a.xml" category="law">
<weight identifier="W" value="1.5"/></assessmentItemRef><assessmentSection identifier="s2"><assessmentItemRef identifier="b" href="b.xml"
category="law case"/></assessmentSection></assessmentSection><assessmentSection identifier="s3"><assessmentItemRef identifier="c"
href="c.xml"/></assessmentSection></testPart>
<outcomeProcessing><setOutcomeValue identifier="SCORE">{rule}</setOutcomeValue></outcomeProcessing></assessmentTest>"""
RESULT = Result(
    items={
        "a": ItemResult(responses={"RESPONSE": ["A"]}, outcomes={"SCORE": ["1"]}),
        "b": ItemResult(responses={"RESPONSE": []}, outcomes={"SCORE": ["0.7"]}),
    }
)
TOTALS = {
    of("sum", of("testVariables", variableIdentifier="SCORE", weightIdentifier="W")): "2.2",
    of("sum", of("testVariables", variableIdentifier="SCORE", includeCategory="case")): "0.7",
    of("sum", of("testVariables", variableIdentifier="SCORE", excludeCategory="case", weightIdentifier="W")): "1.5",
    of("sum", of("testVariables", variableIdentifier="SCORE", sectionIdentifier="s2")): "0.7",
    of("sum", of("testVariables", variableIdentifier="SCORE", sectionIdentifier="s3")): "0",
    of("sum", '<variable identifier="a.SCORE" weightIdentifier="W"/>', '<variable identifier="c.SCORE"/>'): "1.5",
    of("numberSelected", includeCategory="law"): "2",
    of("numberPresented"): "2",
    of("numberResponded"): "1",
}


@pytest.mark.parametrize(("rule", "wanted"), TOTALS.items())
def test_a_total_of_a_test(rule, wanted):
    assert written(process_test(parse(TEST.format(rule=rule).encode()), RESULT)["SCORE"]) == wanted


def test_names_of_both_vocabularies_mean_the_same():
    old = ITEM.format(rule=of("sum", of("mapResponse", identifier="ONE"), v("NUMBER")), base="float", cardinality="single")
    new = """<qti-assessment-item identifier="i"><qti-response-declaration identifier="ONE" cardinality="single" base-type="identifier">
    <qti-mapping default-value="-1" lower-bound="0"><qti-map-entry map-key="A" mapped-value="0.1"/></qti-mapping></qti-response-declaration>
    <qti-response-declaration identifier="NUMBER" cardinality="single" base-type="float"/>
    <qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float"/><qti-response-processing><qti-set-outcome-value
    identifier="SCORE"><qti-sum><qti-map-response identifier="ONE"/><qti-variable identifier="NUMBER"/></qti-sum></qti-set-outcome-value>
    </qti-response-processing></qti-assessment-item>"""

    assert [written(process_item(parse(text.encode()), GIVEN)["SCORE"]) for text in (old, new)] == ["2.775", "2.775"]
