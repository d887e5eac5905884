"""The operators of the processing language, one function each, found by the name of their element.

An operand that is NULL makes the result NULL, save where an operator says otherwise. Arithmetic is exact; an operator whose
result is drawn by chance, or is no exact number, is refused by name.
"""

import math
import operator as python
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from xml.etree.ElementTree import Element

from .errors import Unsupported
from .scope import Scope
from .values import MAX_BITS, NotANumber, NotOfType, Value, boolean, exact, is_null, number, round_half_up, value_of
from .vocabulary import is_true, text_of

MAX_FIGURES = 50
MAX_REPEATS = 1_000
MAX_MATCHED = 2_000  # characters a pattern is tried on
_OPERATORS: dict[str, Callable] = {}


def evaluate(node: Element, scope: Scope) -> Value | None:
    """The value of an expression. Raises Unsupported, naming the operator or the construct."""
    function = _OPERATORS.get(node.tag)
    if function is None:
        raise Unsupported(node.tag)
    return function(node, scope)


def names() -> frozenset[str]:
    """The operators that are known."""
    return frozenset(_OPERATORS)


def operator(*tags: str):
    """Registers a function of the element and the scope."""

    def register(function):
        _OPERATORS.update(dict.fromkeys(tags, function))
        return function

    return register


def strict(tag: str, operands: int | None = None):
    """Registers a function of the element and its operands' values, none of them NULL."""

    def register(function):
        def call(node, scope):
            values = _operands(node, scope, operands)
            try:
                return None if any(value is None for value in values) else function(node, scope, *values)
            except NotANumber:
                return None

        _OPERATORS[tag] = call
        return function

    return register


def _operands(node: Element, scope: Scope, expected: int | None = None) -> list[Value | None]:
    if expected is not None and len(node) != expected:
        raise Unsupported(f"{node.tag}: {len(node)} operands")
    return [evaluate(child, scope) for child in node]


# constants and variables


@operator("baseValue")
def _base_value(node, scope):
    base = node.get("baseType", "string")
    text = text_of(node)
    try:
        return value_of([text if base == "string" else text.strip()], cardinality="single", base=base)
    except NotOfType as error:
        raise Unsupported(f"baseValue: {text[:40]}") from error


@operator("null")
def _null(node, scope):
    return None


@operator("variable")
def _variable(node, scope):
    return scope.value(node.get("identifier", ""), node.get("weightIdentifier", ""))


@operator("correct")
def _correct(node, scope):
    return scope.variable(node.get("identifier", "")).correct


@operator("default")
def _default(node, scope):
    return scope.variable(node.get("identifier", "")).default


@operator("mathConstant")
def _math_constant(node, scope):
    constants = {"pi": "3.14159265358979323846264338327950288", "e": "2.71828182845904523536028747135266250"}
    if node.get("name") not in constants:
        raise Unsupported(f"mathConstant {node.get('name')}")
    return number(Fraction(constants[node.get("name")]))


# mappings


@operator("mapResponse")
def _map_response(node, scope):
    variable = scope.variable(node.get("identifier", ""))
    if variable.mapping is None:
        raise Unsupported("mapResponse: mapping")
    value = scope.value(variable.identifier)
    if is_null(value):
        total = variable.mapping.default if variable.cardinality == "single" else Fraction(0)
    else:  # each value counts once, however often it was given
        total = sum((_mapped(variable, item) for item in dict.fromkeys(value.items)), Fraction(0))
    return number(variable.mapping.clamp(total))


def _mapped(variable, item) -> Fraction:
    for key, amount, is_case_sensitive in variable.mapping.entries:
        if _is_key(variable.base, key, item, is_case_sensitive):
            return amount
    return variable.mapping.default


def _is_key(base: str, key: str, item, is_case_sensitive: bool) -> bool:
    if base == "string":
        return key == item if is_case_sensitive else key.casefold() == item.casefold()
    try:
        value = value_of([key], cardinality="single", base=base)
    except NotOfType:
        return False
    return value is not None and value.single == item


@operator("mapResponsePoint")
def _map_response_point(node, scope):
    variable = scope.variable(node.get("identifier", ""))
    if variable.areas is None:
        raise Unsupported("mapResponsePoint: areaMapping")
    value, mapping = scope.value(variable.identifier), variable.areas.mapping
    points = [] if is_null(value) else value.items
    hit: set[int] = set()
    total = Fraction(0)
    for point in points:
        areas = [i for i, (shape, coords, _amount) in enumerate(variable.areas.entries) if is_inside(point, shape, coords)]
        if not areas:
            total += mapping.default
        total += sum(variable.areas.entries[i][2] for i in areas if i not in hit)
        hit.update(areas)
    return number(mapping.clamp(total))


@strict("inside", 1)
def _inside(node, scope, points):
    return boolean(any(is_inside(point, node.get("shape", ""), node.get("coords", "")) for point in points.items))


def is_inside(point: tuple[Fraction, Fraction], shape: str, coords: str) -> bool:
    """Whether a point lies in an area, its edge included."""
    try:
        numbers = [exact(text) for text in re.split(r"[\s,]+", coords.strip()) if text]
        return _SHAPES[shape](point, *numbers)
    except (KeyError, NotOfType, TypeError) as error:
        raise Unsupported(f"{shape} {coords[:40]}") from error


def _in_ellipse(point, x, y, horizontal, vertical):
    return (point[0] - x) ** 2 * vertical**2 + (point[1] - y) ** 2 * horizontal**2 <= (horizontal * vertical) ** 2


def _in_polygon(point, *numbers):
    x, y = point
    corners = list(zip(numbers[::2], numbers[1::2], strict=False))
    crossings = 0
    for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True):
        turn = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if turn == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return True
        if (y1 > y) != (y2 > y):
            crossings += (turn > 0) == (y2 > y1)
    return crossings % 2 == 1


_SHAPES = {
    "default": lambda point, *numbers: True,
    "rect": lambda point, left, top, right, bottom: left <= point[0] <= right and top <= point[1] <= bottom,
    "circle": lambda point, x, y, radius: (point[0] - x) ** 2 + (point[1] - y) ** 2 <= radius**2,
    "ellipse": _in_ellipse,
    "poly": _in_polygon,
}


# truth


def _truth(value: Value | None) -> bool | None:
    if value is None:
        return None
    if value.base != "boolean":
        raise Unsupported(f"boolean: {value.base}")
    return value.single


@operator("and")
def _and(node, scope):
    truths = [_truth(value) for value in _operands(node, scope)]
    return boolean(False if False in truths else None if None in truths else True)


@operator("or")
def _or(node, scope):
    truths = [_truth(value) for value in _operands(node, scope)]
    return boolean(True if True in truths else None if None in truths else False)


@strict("not", 1)
def _not(node, scope, value):
    return boolean(not _truth(value))


@operator("anyN")
def _any_n(node, scope):
    truths = [_truth(value) for value in _operands(node, scope)]
    low, high = _count(node.get("min", "0"), scope), _count(node.get("max", "0"), scope)
    sure, possible = truths.count(True), truths.count(True) + truths.count(None)
    if possible < low or sure > high:
        return boolean(False)
    return boolean(True) if sure >= low and possible <= high else None


def _count(text: str, scope: Scope) -> int:
    """A whole number an attribute states, or the variable it names."""
    try:
        return int(text)
    except ValueError:
        value = scope.value(text.strip("{} "))
        if is_null(value) or not isinstance(value.single, int):
            raise Unsupported(f"integer: {text[:40]}") from None
        return value.single


@operator("isNull")
def _is_null(node, scope):
    (value,) = _operands(node, scope, 1)
    return boolean(is_null(value) or (value.base == "string" and value.items == ("",)))


# comparison


@strict("match", 2)
def _match(node, scope, left, right):
    return boolean(_same(left, right))


def _same(left: Value, right: Value) -> bool:
    if "ordered" in (left.cardinality, right.cardinality):
        return left.items == right.items
    return Counter(left.items) == Counter(right.items)


@strict("member", 2)
def _member(node, scope, one, container):
    return boolean(one.single in container.items)


@strict("contains", 2)
def _contains(node, scope, whole, part):
    if whole.cardinality == "ordered":
        width = len(part.items)
        return boolean(any(whole.items[i : i + width] == part.items for i in range(len(whole.items) - width + 1)))
    return boolean(not Counter(part.items) - Counter(whole.items))


@strict("equal", 2)
def _equal(node, scope, left, right):
    value, other = _amount(left), _amount(right)
    mode = node.get("toleranceMode", "exact")
    if mode == "exact":
        return boolean(value == other)
    low, high = tolerances(node, scope)
    if mode == "relative":
        low, high = (abs(value) * low / 100, abs(value) * high / 100)
    elif mode != "absolute":
        raise Unsupported(f"equal {mode}")
    above = python.ge if is_true(node.get("includeLowerBound", "true")) else python.gt
    below = python.le if is_true(node.get("includeUpperBound", "true")) else python.lt
    return boolean(above(other, value - low) and below(other, value + high))


def tolerances(node: Element, scope: Scope) -> tuple[Fraction, Fraction]:
    """How far below and above `equal` lets the second operand be."""
    amounts = []
    for text in node.get("tolerance", "0").split()[:2]:
        try:
            amounts.append(exact(text))
        except NotOfType:
            amounts.append(_amount(scope.value(text.strip("{}"))))
    return (amounts[0], amounts[-1]) if amounts else (Fraction(0), Fraction(0))


@strict("equalRounded", 2)
def _equal_rounded(node, scope, left, right):
    return boolean(_rounded(node, scope, left) == _rounded(node, scope, right))


@strict("roundTo", 1)
def _round_to(node, scope, value):
    return number(_rounded(node, scope, value))


def _rounded(node, scope, value: Value) -> Fraction:
    figures = _count(node.get("figures", "0"), scope)
    if not 0 <= figures <= MAX_FIGURES:
        raise Unsupported(f"figures {figures}")
    amount, mode = _amount(value), node.get("roundingMode", "significantFigures")
    if mode not in ("decimalPlaces", "significantFigures"):
        raise Unsupported(f"roundingMode {mode}")
    places = figures if mode == "decimalPlaces" else figures - _magnitude(amount)
    factor = Fraction(10) ** places
    return Fraction(round_half_up(amount * factor)) / factor


def _magnitude(amount: Fraction) -> int:
    """Digits before the decimal point: 2 for 12.3, 0 for 0.5, -1 for 0.05."""
    if amount == 0:
        return 0
    size = len(str(abs(amount.numerator))) - len(str(amount.denominator))
    return size + 1 if abs(amount) >= Fraction(10) ** size else size


@strict("stringMatch", 2)
def _string_match(node, scope, left, right):
    first, second = _text(left), _text(right)
    if not is_true(node.get("caseSensitive", "true")):
        first, second = first.casefold(), second.casefold()
    return boolean(second in first if is_true(node.get("substring")) else first == second)


@strict("substring", 2)
def _substring(node, scope, part, whole):
    inner, outer = _text(part), _text(whole)
    if not is_true(node.get("caseSensitive", "true")):
        inner, outer = inner.casefold(), outer.casefold()
    return boolean(inner in outer)


_QUANTIFIED_GROUP = re.compile(r"\((?:[^()\\]|\\.)*(?:[*+{|](?:[^()\\]|\\.)*)\)\s*[*+{]")
_UNBOUNDED = re.compile(r"(?<!\\)(?:[*+]|\{\d*,\})")


@strict("patternMatch", 1)
def _pattern_match(node, scope, value):
    pattern, text = node.get("pattern", ""), _text(value)
    # a pattern that can run for ages is no pattern for us
    if _QUANTIFIED_GROUP.search(pattern) or len(_UNBOUNDED.findall(pattern)) > 2 or len(text) > MAX_MATCHED:
        raise Unsupported(f"patternMatch {pattern[:60]}")
    try:
        return boolean(re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text) is not None)
    except (re.error, OverflowError) as error:
        raise Unsupported(f"patternMatch {pattern[:60]}") from error


def _text(value: Value) -> str:
    if not isinstance(value.single, str):
        raise Unsupported(f"string: {value.base}")
    return value.single


def _amount(value: Value | None) -> Fraction | int:
    """The number a value is, or a text writes."""
    if is_null(value):
        raise Unsupported("float: null")
    item = value.single
    if isinstance(item, str):
        try:
            return exact(item)
        except NotOfType as error:
            raise NotANumber from error
    if isinstance(item, bool) or not isinstance(item, int | Fraction):
        raise Unsupported(f"float: {value.base}")
    return item


def _comparison(compare):
    return lambda node, scope, left, right: boolean(compare(_amount(left), _amount(right)))


for _tag, _compare in {"lt": python.lt, "lte": python.le, "gt": python.gt, "gte": python.ge}.items():
    strict(_tag, 2)(_comparison(_compare))
strict("durationLT", 2)(_comparison(python.lt))
strict("durationGTE", 2)(_comparison(python.ge))


# arithmetic


def _amounts(values) -> list[Fraction | int]:
    """All numbers of all operands; a container stands for its items."""
    items = [item for value in values for item in value.items]
    for item in items:
        if isinstance(item, bool) or not isinstance(item, int | Fraction):
            _refuse(item)
    return items


def _refuse(item):
    raise Unsupported(f"float: {str(item)[:40]}")


@strict("sum")
def _sum(node, scope, *values):
    return number(sum(_amounts(values)))


@strict("product")
def _product(node, scope, *values):
    total = 1
    for amount in _amounts(values):
        total = number(total * amount).single
    return number(total)


@strict("max")
def _max(node, scope, *values):
    amounts = _amounts(values)
    return number(max(amounts)) if amounts else None


@strict("min")
def _min(node, scope, *values):
    amounts = _amounts(values)
    return number(min(amounts)) if amounts else None


@strict("subtract", 2)
def _subtract(node, scope, left, right):
    return number(_amount(left) - _amount(right))


@strict("divide", 2)
def _divide(node, scope, left, right):
    return number(Fraction(_amount(left)) / _amount(right)) if _amount(right) else None


@strict("integerDivide", 2)
def _integer_divide(node, scope, left, right):
    return number(math.floor(Fraction(_amount(left)) / _amount(right))) if _amount(right) else None


@strict("integerModulus", 2)
def _integer_modulus(node, scope, left, right):
    return number(_amount(left) % _amount(right)) if _amount(right) else None


@strict("power", 2)
def _power(node, scope, left, right):
    base, exponent = Fraction(_amount(left)), Fraction(_amount(right))
    if exponent.denominator != 1:
        raise Unsupported("power: root")
    size = max(base.numerator.bit_length(), base.denominator.bit_length())
    if abs(exponent) * size > MAX_BITS:
        raise Unsupported("number out of range")
    return None if base == 0 and exponent < 0 else number(base**exponent.numerator)


@strict("truncate", 1)
def _truncate(node, scope, value):
    return number(math.trunc(_amount(value)))


@strict("round", 1)
def _round(node, scope, value):
    return number(math.floor(_amount(value) + Fraction(1, 2)))  # halves go up: -1.5 to -1


@strict("integerToFloat", 1)
def _integer_to_float(node, scope, value):
    return number(Fraction(_amount(value)))


@strict("gcd")
def _gcd(node, scope, *values):
    return number(math.gcd(*map(_whole, _amounts(values))))


@strict("lcm")
def _lcm(node, scope, *values):
    return number(math.lcm(*map(_whole, _amounts(values))))


def _whole(amount) -> int:
    if amount.denominator != 1:
        raise Unsupported("integer: float")
    return amount.numerator


_EXACT_MATHS = {
    "abs": abs,
    "floor": math.floor,
    "ceil": math.ceil,
    "signum": lambda amount: (amount > 0) - (amount < 0),
}


@strict("mathOperator")
def _math_operator(node, scope, *values):
    function = _EXACT_MATHS.get(node.get("name", ""))
    if function is None or len(values) != 1:
        raise Unsupported(f"mathOperator {node.get('name')}")
    return number(function(_amount(values[0])))


@strict("statsOperator", 1)
def _stats_operator(node, scope, sample):
    amounts, name = [Fraction(amount) for amount in _amounts([sample])], node.get("name", "")
    mean = sum(amounts, Fraction(0)) / len(amounts) if amounts else None
    if name == "mean":
        return None if mean is None else number(mean)
    if name not in ("sampleVariance", "popVariance"):
        raise Unsupported(f"statsOperator {name}")
    free = len(amounts) - (name == "sampleVariance")
    return number(sum((amount - mean) ** 2 for amount in amounts) / free) if free > 0 else None


# containers


@operator("multiple", "ordered")
def _container(node, scope):
    values = [value for value in _operands(node, scope) if value is not None]
    items = tuple(item for value in values for item in value.items)
    return Value(node.tag, values[0].base, items) if items else None


@operator("containerSize")
def _container_size(node, scope):
    (value,) = _operands(node, scope, 1)
    return number(0 if value is None else len(value.items))


@strict("index", 1)
def _index(node, scope, container):
    at = _count(node.get("n", "1"), scope)
    return Value("single", container.base, (container.items[at - 1],)) if 1 <= at <= len(container.items) else None


@strict("delete", 2)
def _delete(node, scope, one, container):
    items = tuple(item for item in container.items if item != one.single)
    return Value(container.cardinality, container.base, items) if items else None


@operator("repeat")
def _repeat(node, scope):
    times = _count(node.get("numberRepeats", "0"), scope)
    if times > MAX_REPEATS:
        raise Unsupported(f"repeat {times}")
    values = [value for _time in range(times) for value in _operands(node, scope) if value is not None]
    items = tuple(item for value in values for item in value.items)
    return Value("ordered", values[0].base, items) if items else None


# operators beyond the standard, by the part of their definition after the colon


def _ascii(text: str) -> str:
    """Letters without their diacritics."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


def _comma_decimal(text: str) -> Fraction | None:
    try:
        return exact(text.replace(",", "."))
    except NotOfType:
        return None


_CUSTOM = {"Trim": str.strip, "ToAscii": _ascii, "ParseCommaDecimal": _comma_decimal}


@strict("customOperator", 1)
def _custom_operator(node, scope, value):
    definition = node.get("definition", "") or node.get("class", "")
    function = _CUSTOM.get(definition.rpartition(":")[2])
    if function is None:
        raise Unsupported(f"customOperator {definition}")
    if isinstance(value.single, int | Fraction):
        return value if definition.endswith("ParseCommaDecimal") else _refuse(value.single)
    result = function(_text(value))
    return number(result) if isinstance(result, Fraction) else None if result is None else Value("single", value.base, (result,))


# a test's items


def _selected(node: Element, scope: Scope):
    if scope.items is None:
        raise Unsupported(f"{node.tag}: outside a test")
    section = node.get("sectionIdentifier", "")
    wanted, unwanted = set(node.get("includeCategory", "").split()), set(node.get("excludeCategory", "").split())
    for item in scope.items.values():
        if section and section not in item.sections:
            continue
        if (not wanted or item.categories & wanted) and not item.categories & unwanted:
            yield item


@operator("testVariables")
def _test_variables(node, scope):
    name, weight = node.get("variableIdentifier", ""), node.get("weightIdentifier", "")
    base = node.get("baseType", "")
    values = [item.outcome(name, weight) for item in _selected(node, scope)]
    values = [value for value in values if value and value.cardinality == "single" and base in ("", value.base)]
    return Value("multiple", values[0].base if values else "float", tuple(value.single for value in values))


@operator("outcomeMaximum", "outcomeMinimum")
def _outcome_bound(node, scope):
    raise Unsupported(node.tag)


_COUNTED = {
    "numberSelected": lambda item: True,
    "numberPresented": lambda item: item.is_presented,
    "numberResponded": lambda item: item.is_answered,
    "numberCorrect": lambda item: item.is_correct,
    "numberIncorrect": lambda item: item.is_answered and not item.is_correct,
}


@operator(*_COUNTED)
def _number_of_items(node, scope):
    selected = list(_selected(node, scope))
    if node.tag.endswith("orrect") and any(item.is_answered and item.is_correct is None for item in selected):
        raise Unsupported(f"{node.tag}: correctness unknown")
    return number(sum(map(bool, map(_COUNTED[node.tag], selected))))
