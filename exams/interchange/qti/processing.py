"""Response processing of items and outcome processing of tests: the marks a QTI file itself would give.

A pure interpreter: trees and texts in, values out. Whatever it cannot do exactly it refuses by name (Unsupported).

    process_item(item, {"RESPONSE": ["B"]})           -> {"SCORE": Value(…), …}
    process_test(test, results)                       -> {"SCORE": Value(…), …}
    read_result(root)                                 -> Result: responses and outcomes as a delivery system states them
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from .declarations import Variable, declared
from .errors import Unsupported
from .expressions import evaluate
from .scope import ItemOfTest, Scope
from .values import NotOfType, Value, exact, number, value_of

MAX_RULES = 100_000  # executed in one run
_BUILT_IN = {
    "completionStatus": Variable("completionStatus", "single", "identifier"),
    "numAttempts": Variable("numAttempts", "single", "integer"),
    "duration": Variable("duration", "single", "duration"),
}


@dataclass(slots=True)
class ItemResult:
    responses: dict[str, list[str]] = field(default_factory=dict)
    outcomes: dict[str, list[str]] = field(default_factory=dict)
    external: set[str] = field(default_factory=set)  # outcomes a person or another machine gave


@dataclass(slots=True)
class Result:
    items: dict[str, ItemResult] = field(default_factory=dict)
    tests: dict[str, dict[str, list[str]]] = field(default_factory=dict)


class _Exit(Exception):
    """exitResponse, exitTest."""


# items


def process_item(item: Element, responses: Mapping[str, list[str]], before: ItemResult | None = None) -> dict[str, Value | None]:
    """Outcomes of the item for these responses.

    Outcomes that processing sets begin at their default; others, and all of an item without processing (marked by a person),
    stay as `before` has them. A response that is no value of its type counts as none.
    """
    return ItemProcessing(item).outcomes_for(responses, before)


class ItemProcessing:
    """The processing of one item, made ready once for many responses."""

    def __init__(self, item: Element):
        if item.find("templateProcessing") is not None:
            raise Unsupported("templateProcessing")
        self.rules = rules_of(item)
        self.responses = declared(item, "responseDeclaration")
        self.outcomes = declared(item, "outcomeDeclaration")
        self.recomputed = {node.get("identifier") for node in setters(self.rules)}

    @property
    def unknown_rules(self) -> list[str]:
        return [rule.tag for rule in self.rules if rule.tag not in _RULES]

    def outcomes_for(self, responses: Mapping[str, list[str]], before: ItemResult | None = None) -> dict[str, Value | None]:
        scope = self._scope(responses, before or ItemResult())
        with suppress(_Exit):
            _run(self.rules, scope, [MAX_RULES])
        return {name: value for name, value in scope.values.items() if name in self.outcomes or name not in scope.variables}

    def _scope(self, responses: Mapping[str, list[str]], before: ItemResult) -> Scope:
        values = {name: _response(variable, responses.get(name)) for name, variable in self.responses.items()}
        for name, variable in self.outcomes.items():
            is_kept = name in before.outcomes and (name not in self.recomputed or name in before.external)
            values[name] = _typed(variable, before.outcomes[name]) if is_kept else variable.initial
        kept = frozenset(before.external & set(before.outcomes))
        return Scope(_BUILT_IN | self.responses | self.outcomes, values, kept=kept)


def _response(variable: Variable, texts: list[str] | None) -> Value | None:
    if texts is None:
        return variable.default
    try:
        return value_of(texts, cardinality=variable.cardinality, base=variable.base)
    except NotOfType:
        return None


def _typed(variable: Variable, texts: list[str]) -> Value | None:
    try:
        return value_of(texts, cardinality=variable.cardinality, base=variable.base or "string")
    except NotOfType:
        return None


def rules_of(item: Element) -> list[Element]:
    """The rules of an item's processing: its own, or those of the standard template it names."""
    processing = item.find("responseProcessing")
    if processing is None:
        return []
    if len(processing):
        return list(processing)
    template = processing.get("template") or processing.get("templateLocation") or ""
    if not template:
        return []
    name = template.rstrip("/").rpartition("/")[2].removesuffix(".xml")
    if name not in TEMPLATES:
        raise Unsupported(f"responseProcessing {name}")
    return TEMPLATES[name]


def setters(rules: list[Element]):
    """The rules, at any depth, that set an outcome."""
    for rule in rules:
        for node in rule.iter():
            if node.tag in ("setOutcomeValue", "lookupOutcomeValue"):
                yield node


# rules


def _run(rules, scope: Scope, budget: list[int]):
    for rule in rules:
        budget[0] -= 1
        if budget[0] < 0:
            raise Unsupported("too many rules")
        handler = _RULES.get(rule.tag)
        if handler is None:
            raise Unsupported(rule.tag)
        handler(rule, scope, budget)


def _condition(rule: Element, scope: Scope, budget):
    """The first branch that holds, or the last one, which asks nothing."""
    for branch in rule:
        if branch.tag in ("responseElse", "outcomeElse"):
            return _run(branch, scope, budget)
        if branch.tag not in ("responseIf", "responseElseIf", "outcomeIf", "outcomeElseIf") or not len(branch):
            raise Unsupported(branch.tag)
        holds = evaluate(branch[0], scope)
        if holds is not None and holds.base != "boolean":
            raise Unsupported(f"{branch.tag}: {holds.base}")
        if holds is not None and holds.single:
            return _run(branch[1:], scope, budget)


def _set(rule: Element, scope: Scope, budget):
    _assign(scope, rule.get("identifier", ""), _operand(rule, scope))


def _look_up(rule: Element, scope: Scope, budget):
    identifier = rule.get("identifier", "")
    variable = scope.variable(identifier)
    if variable.table is None:
        raise Unsupported("lookupOutcomeValue: table")
    source = _operand(rule, scope)
    target = variable.table.default if source is None else variable.table.target(Fraction(source.single))
    _assign(scope, identifier, variable.initial if target is None else _typed(variable, [target]))


def _operand(rule: Element, scope: Scope) -> Value | None:
    """The rule's expression; a rule without one has NULL."""
    if len(rule) > 1:
        raise Unsupported(f"{rule.tag}: {len(rule)} operands")
    return evaluate(rule[0], scope) if len(rule) else None


def _assign(scope: Scope, identifier: str, value: Value | None):
    if identifier not in scope.kept:
        scope.set(identifier, value)


def _exit(rule, scope, budget):
    raise _Exit


def _fragment(rule, scope, budget):
    _run(rule, scope, budget)


_RULES = {
    "responseCondition": _condition,
    "outcomeCondition": _condition,
    "setOutcomeValue": _set,
    "lookupOutcomeValue": _look_up,
    "exitResponse": _exit,
    "exitTest": _exit,
    "responseProcessingFragment": _fragment,
    "outcomeProcessingFragment": _fragment,
}


# the standard's templates


def _node(tag: str, *children: Element, text: str = "", **attributes: str) -> Element:
    node = Element(tag, attributes)
    node.text = text or None
    node.extend(children)
    return node


def _give(expression: Element) -> Element:
    return _node("setOutcomeValue", expression, identifier="SCORE")


def _amount(text: str) -> Element:
    return _node("baseValue", text=text, baseType="float")


def _either(condition: Element, then: Element, otherwise: Element) -> list[Element]:
    return [_node("responseCondition", _node("responseIf", condition, _give(then)), _node("responseElse", _give(otherwise)))]


def _template(tag: str) -> list[Element]:
    unanswered = _node("isNull", _node("variable", identifier="RESPONSE"))
    return _either(unanswered, _amount("0"), _node(tag, identifier="RESPONSE"))


_MATCH = _either(
    _node("match", _node("variable", identifier="RESPONSE"), _node("correct", identifier="RESPONSE")), _amount("1"), _amount("0")
)
TEMPLATES = {
    "match_correct": _MATCH,
    "CC2_match": _MATCH,
    "CC2_match_basic": _MATCH,
    "map_response": _template("mapResponse"),
    "CC2_map_response": _template("mapResponse"),
    "map_response_point": _template("mapResponsePoint"),
}


# tests


def process_test(test: Element, result: Result) -> dict[str, Value | None]:
    """Outcomes of the test for what its items' results say. An item without a result counts as never presented."""
    outcomes = declared(test, "outcomeDeclaration")
    values = {name: variable.initial for name, variable in outcomes.items()}
    scope = Scope(_BUILT_IN | outcomes, values, items_of(test, result))
    rules = test.find("outcomeProcessing")
    with suppress(_Exit):
        _run([] if rules is None else rules, scope, [MAX_RULES])
    return scope.values


def totals(test: Element, result: Result) -> dict[str, Value]:
    """SCORE of all items together and by category, plain and by WEIGHT: SCORE_TOTAL, SCORE_TOTAL_WEIGHTED_law, …"""
    items = items_of(test, result).values()
    sums = {}
    for category in ["", *sorted({name for item in items for name in item.categories})]:
        chosen = [item for item in items if not category or category in item.categories]
        for name, weight in (("SCORE_TOTAL", ""), ("SCORE_TOTAL_WEIGHTED", "WEIGHT")):
            amounts = [value.single for value in (item.outcome("SCORE", weight) for item in chosen) if value is not None]
            sums[f"{name}_{category}" if category else name] = number(sum(amounts))
    return sums


def items_of(test: Element, result: Result) -> dict[str, ItemOfTest]:
    """The items a test refers to, in its order, with their results."""
    found: dict[str, ItemOfTest] = {}
    for part in test.findall("testPart"):
        _collect(part, (), result, found)
    return found


def _collect(node: Element, sections: tuple[str, ...], result: Result, found: dict[str, ItemOfTest]):
    for child in node:
        if child.tag == "assessmentSection":
            _collect(child, (*sections, child.get("identifier", "")), result, found)
        elif child.tag == "assessmentItemRef":
            found[child.get("identifier", "")] = _item_of_test(child, sections, result.items.get(child.get("identifier", "")))


def _item_of_test(reference: Element, sections: tuple[str, ...], given: ItemResult | None) -> ItemOfTest:
    try:
        weights = {one.get("identifier", ""): exact(one.get("value", "1")) for one in reference.findall("weight")}
    except NotOfType as error:
        raise Unsupported(f"weight: {error}") from error
    mappings = reference.findall("variableMapping")
    item = ItemOfTest(
        identifier=reference.get("identifier", ""),
        categories=frozenset(reference.get("category", "").split()),
        sections=sections,
        weights=weights,
        renamed={one.get("targetIdentifier", ""): one.get("sourceIdentifier", "") for one in mappings},
    )
    if given is not None:
        item.is_presented = True
        item.is_answered = any(texts for name, texts in given.responses.items() if name not in _UNASKED)
        item.outcomes = {name: _outcome(texts) for name, texts in given.outcomes.items()}
    return item


_UNASKED = frozenset({"numAttempts", "num_attempts", "duration"})


def _outcome(texts: list[str]) -> Value | None:
    """An outcome as a result states it, whatever type it claims: a number when it reads as one."""
    try:
        return value_of(texts, cardinality="single" if len(texts) < 2 else "multiple", base="float")
    except NotOfType:
        return value_of(texts, cardinality="single" if len(texts) < 2 else "multiple", base="string")


# results


def read_result(root: Element) -> Result:
    """What an assessmentResult says, as texts; types are those the items declare."""
    result = Result()
    for element in root.findall("itemResult"):
        result.items[element.get("identifier", "")] = ItemResult(
            responses={
                one.get("identifier", ""): _values(one.find("candidateResponse")) for one in element.findall("responseVariable")
            },
            outcomes={one.get("identifier", ""): _values(one) for one in element.findall("outcomeVariable")},
            external={one.get("identifier", "") for one in element.findall("outcomeVariable") if _is_external(one)},
        )
    for element in root.findall("testResult"):
        outcomes = {one.get("identifier", ""): _values(one) for one in element.findall("outcomeVariable")}
        result.tests[element.get("identifier", "")] = outcomes
    return result


def _is_external(variable: Element) -> bool:
    return bool(variable.get("externalScored") or variable.get("external-scored"))


def _values(element: Element | None) -> list[str]:
    return [] if element is None else [one.text or "" for one in element.findall("value")]
