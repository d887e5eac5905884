"""The variables that an item or a test declares: type, default, correct response, mapping, areas, lookup table."""

from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from .errors import Unsupported
from .values import NUMERIC, NotOfType, Value, exact, number, parse, value_of
from .vocabulary import is_true


@dataclass(frozen=True, slots=True)
class Mapping:
    entries: tuple[tuple[str, Fraction, bool], ...]  # key, value, is case sensitive
    default: Fraction
    lower: Fraction | None
    upper: Fraction | None

    def clamp(self, total: Fraction) -> Fraction:
        if self.lower is not None:
            total = max(total, self.lower)
        return total if self.upper is None else min(total, self.upper)


@dataclass(frozen=True, slots=True)
class AreaMapping:
    entries: tuple[tuple[str, str, Fraction], ...]  # shape, coordinates, value
    mapping: Mapping  # default and bounds


@dataclass(frozen=True, slots=True)
class Table:
    entries: tuple[tuple[Fraction, str, bool], ...]  # source, target, includes its boundary
    default: str | None
    is_interpolation: bool

    def target(self, source: Fraction) -> str | None:
        for at, target, includes in self.entries:
            if source == at and (includes or not self.is_interpolation):
                return target
            if self.is_interpolation and source > at:
                return target
        return self.default


@dataclass(frozen=True, slots=True)
class Variable:
    identifier: str
    cardinality: str
    base: str
    default: Value | None = None
    correct: Value | None = None
    mapping: Mapping | None = None
    areas: AreaMapping | None = None
    table: Table | None = None

    @property
    def is_number(self) -> bool:
        return self.cardinality == "single" and self.base in NUMERIC

    @property
    def initial(self) -> Value | None:
        """What an outcome holds before processing: its default, and 0 for a number without one."""
        if self.default is None and self.is_number:
            return number(0) if self.base == "integer" else number(Fraction(0))
        return self.default

    def hold(self, value: Value | None) -> Value | None:
        """`value` as this variable holds it: its cardinality and, where nothing is lost, its base type."""
        if value is None:
            return None
        if self.cardinality == "single" and len(value.items) > 1:
            raise Unsupported(f"{self.identifier}: {value.cardinality}")
        return Value(self.cardinality, self.base or value.base, tuple(_cast(item, self.base) for item in value.items))


def _cast(item, base: str):
    is_number = isinstance(item, int | Fraction) and not isinstance(item, bool)
    if base == "integer" and is_number:
        return item.numerator if item.denominator == 1 else item
    if base in NUMERIC and is_number:
        return Fraction(item)
    if base in NUMERIC and isinstance(item, str):
        try:
            return parse(item, base)
        except NotOfType as error:
            raise Unsupported(f"{base}: {item[:40]}") from error
    return item


def declared(root: Element, kind: str) -> dict[str, Variable]:
    """Variables declared as `kind` (responseDeclaration, outcomeDeclaration, templateDeclaration), by identifier."""
    return {variable.identifier: variable for variable in map(_variable, root.findall(kind))}


def _variable(element: Element) -> Variable:
    cardinality, base = element.get("cardinality", "single"), element.get("baseType", "")
    if cardinality == "record":
        return Variable(element.get("identifier", ""), "record", "")
    return Variable(
        identifier=element.get("identifier", ""),
        cardinality=cardinality,
        base=base,
        default=_stated(element.find("defaultValue"), cardinality, base),
        correct=_stated(element.find("correctResponse"), cardinality, base),
        mapping=_mapping(element.find("mapping")),
        areas=_areas(element.find("areaMapping")),
        table=_table(element.find("matchTable"), element.find("interpolationTable")),
    )


def _stated(element: Element | None, cardinality: str, base: str) -> Value | None:
    if element is None:
        return None
    texts = [(one.text or "") if base == "string" else (one.text or "").strip() for one in element.findall("value")]
    try:
        return value_of(texts, cardinality=cardinality, base=base or "string")
    except NotOfType as error:
        raise Unsupported(f"{base}: {error}") from error


def _amount(text: str | None, otherwise: Fraction | None = None) -> Fraction | None:
    if text is None or not text.strip():
        return otherwise
    try:
        return exact(text)
    except NotOfType as error:
        raise Unsupported(f"float: {text[:40]}") from error


def _bounds(element: Element) -> dict:
    return {
        "default": _amount(element.get("defaultValue"), Fraction(0)),
        "lower": _amount(element.get("lowerBound")),
        "upper": _amount(element.get("upperBound")),
    }


def _mapping(element: Element | None) -> Mapping | None:
    if element is None:
        return None
    entries = tuple(
        (one.get("mapKey", ""), _amount(one.get("mappedValue"), Fraction(0)), is_true(one.get("caseSensitive", "true")))
        for one in element.findall("mapEntry")
    )
    return Mapping(entries, **_bounds(element))


def _areas(element: Element | None) -> AreaMapping | None:
    if element is None:
        return None
    entries = tuple(
        (one.get("shape", "default"), one.get("coords", ""), _amount(one.get("mappedValue"), Fraction(0)))
        for one in element.findall("areaMapEntry")
    )
    return AreaMapping(entries, Mapping((), **_bounds(element)))


def _table(match: Element | None, interpolation: Element | None) -> Table | None:
    element = match if match is not None else interpolation
    if element is None:
        return None
    name = "matchTableEntry" if match is not None else "interpolationTableEntry"
    entries = tuple(
        (_amount(one.get("sourceValue"), Fraction(0)), one.get("targetValue", ""), is_true(one.get("includeBoundary", "true")))
        for one in element.findall(name)
    )
    return Table(entries, element.get("defaultValue"), match is None)
