"""The response processing of what we write: expressions and rules as elements, one small function each."""

from fractions import Fraction
from xml.etree.ElementTree import Element

from .values import decimal_text

QTI = "{qti}"  # marks the elements that belong to QTI until their version is known


def node(tag: str, *children: Element, text: str = "", **attributes: str) -> Element:
    element = Element(QTI + tag, attributes)
    element.text = text or None
    element.extend(children)
    return element


def amount(number: Fraction | int) -> Element:
    return node("baseValue", text=decimal_text(number, 30), baseType="float")


def variable(name: str) -> Element:
    return node("variable", identifier=name)


def correct(name: str) -> Element:
    return node("correct", identifier=name)


def mapped(name: str) -> Element:
    return node("mapResponse", identifier=name)


def give(outcome: str, expression: Element) -> Element:
    return node("setOutcomeValue", expression, identifier=outcome)


def when(*branches: tuple[Element, Element], otherwise: Element | None = None) -> Element:
    """responseCondition: (condition, rule), …, the rule else."""
    first, *others = [list(branch) for branch in branches]
    parts = [node("responseIf", *first), *(node("responseElseIf", *branch) for branch in others)]
    if otherwise is not None:
        parts.append(node("responseElse", otherwise))
    return node("responseCondition", *parts)


def is_right(name: str) -> Element:
    return node("match", variable(name), correct(name))


def is_part(name: str) -> Element:
    """Nothing but right options chosen."""
    return node("contains", correct(name), variable(name))


def is_given(name: str) -> Element:
    return node("not", node("isNull", variable(name)))


def share(marks: Fraction, expression: Element) -> Element:
    return node("product", amount(marks), expression)


def size(expression: Element) -> Element:
    return node("integerToFloat", node("containerSize", expression))
