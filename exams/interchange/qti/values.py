"""What a variable of the processing language holds. Numbers are exact: integers and fractions, never floats.

NULL is None. Everything else is a Value: its items, its cardinality and its base type. An empty container counts as NULL.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache

from .errors import Unsupported

NUMERIC = ("integer", "float", "duration")
MAX_BITS = 20_000  # of a numerator or denominator: a bomb of powers stops here
_MAX_EXPONENT = 400


@dataclass(frozen=True, slots=True)
class Value:
    """`items` by base type: bool, int, Fraction (float), str, pairs of identifiers (a `pair` sorted), points (x, y)."""

    cardinality: str  # single, multiple, ordered, record
    base: str
    items: tuple

    @property
    def single(self):
        return self.items[0]

    @property
    def is_numeric(self) -> bool:
        return self.base in NUMERIC


class NotOfType(ValueError):
    """A text that is no value of its base type."""


class NotANumber(Exception):
    """A text where a number is compared or counted: it is none, as no answer would be."""


def is_null(value: Value | None) -> bool:
    return value is None or not value.items


def boolean(truth: bool | None) -> Value | None:
    return None if truth is None else Value("single", "boolean", (truth,))


def number(amount: int | Fraction) -> Value:
    """An integer when it is given as one, else a float. Raises Unsupported for numbers no mark ever has."""
    if max(abs(amount.numerator), amount.denominator).bit_length() > MAX_BITS:
        raise Unsupported("number out of range")
    return Value("single", "integer" if isinstance(amount, int) else "float", (amount,))


def parse(text: str, base: str):
    """One item of base type `base`. Raises NotOfType."""
    parser = _PARSERS.get(base)
    if parser is None:
        raise Unsupported(base)
    return parser(text)


def value_of(texts: list[str], *, cardinality: str, base: str) -> Value | None:
    """The value of a variable from its texts; empty is NULL.

    Of a single variable the first text counts; but pairs, which some systems declare as single and fill with several, all count.
    """
    if cardinality == "record":
        raise Unsupported("record")
    if cardinality == "single" and base not in ("pair", "directedPair"):
        texts = texts[:1]
    items = tuple(parse(text, base) for text in texts if text.strip() or base == "string")
    return Value(cardinality, base, items) if items else None


@lru_cache(4096)  # the same few numbers, once for every answer that is tried
def exact(text: str) -> Fraction:
    """The number a text writes. Raises NotOfType."""
    try:
        decimal = Decimal(text.strip())
    except InvalidOperation as error:
        raise NotOfType(text) from error
    if not decimal.is_finite() or abs(decimal.adjusted()) > _MAX_EXPONENT or len(decimal.as_tuple().digits) > _MAX_EXPONENT:
        raise NotOfType(text)
    return Fraction(decimal)


def _integer(text: str) -> int:
    amount = exact(text)
    if amount.denominator != 1:
        raise NotOfType(text)
    return amount.numerator


def _truth(text: str) -> bool:
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.strip().lower()]
    except KeyError as error:
        raise NotOfType(text) from error


def _directed_pair(text: str) -> tuple[str, str]:
    names = text.split()
    if len(names) != 2:
        raise NotOfType(text)
    return names[0], names[1]


def _pair(text: str) -> tuple[str, str]:
    return tuple(sorted(_directed_pair(text)))


def _point(text: str) -> tuple[Fraction, Fraction]:
    parts = re.split(r"[\s,]+", text.strip())
    if len(parts) != 2:
        raise NotOfType(text)
    return exact(parts[0]), exact(parts[1])


def _integer_or_identifier(text: str) -> int | str:
    return int(text) if re.fullmatch(r"\s*-?[0-9]{1,400}\s*", text) else text.strip()


_PARSERS = {
    "identifier": str.strip,
    "string": str,
    "uri": str.strip,
    "file": str,
    "boolean": _truth,
    "integer": _integer,
    "float": exact,
    "duration": exact,
    "pair": _pair,
    "directedPair": _directed_pair,
    "point": _point,
    "intOrIdentifier": _integer_or_identifier,
}


def written(value: Value | None) -> str:
    """A value as results state it: 1, 0.5, completed; several parted by blanks; NULL is empty."""
    return "" if value is None else " ".join(_written(item) for item in value.items)


def _written(item) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, Fraction):
        return decimal_text(item)
    return " ".join(map(_written, item)) if isinstance(item, tuple) else str(item)


def decimal_text(amount: Fraction | int, places: int = 10) -> str:
    """A fraction as a decimal without trailing zeros, halves away from zero at the last place."""
    scaled = round_half_up(Fraction(amount) * 10**places)
    sign, digits = "-" if scaled < 0 else "", str(abs(scaled)).rjust(places + 1, "0")
    return sign + f"{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".")


def round_half_up(amount: Fraction) -> int:
    """Halves go away from zero."""
    whole = math.floor(abs(amount) + Fraction(1, 2))
    return whole if amount >= 0 else -whole
