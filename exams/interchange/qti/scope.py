"""What an expression can see: the variables of one item, or of a test with the results of its items."""

from dataclasses import dataclass, field
from fractions import Fraction

from .declarations import Variable
from .errors import Unsupported
from .values import Value, number


@dataclass(slots=True)
class ItemOfTest:
    """A reference of a test to an item, with what the item's result says."""

    identifier: str
    categories: frozenset[str]
    sections: tuple[str, ...]  # outermost first
    weights: dict[str, Fraction]
    renamed: dict[str, str]  # the name the test uses -> the item's own
    outcomes: dict[str, Value | None] = field(default_factory=dict)
    is_presented: bool = False
    is_answered: bool = False
    is_correct: bool | None = None  # None: nobody knows

    def outcome(self, name: str, weight: str = "") -> Value | None:
        """A weight that is not declared counts 1."""
        value = self.outcomes.get(self.renamed.get(name, name))
        if value is None or not weight or not value.is_numeric or value.cardinality != "single":
            return value
        return number(value.single * self.weights.get(weight, Fraction(1)))


@dataclass(slots=True)
class Scope:
    variables: dict[str, Variable]
    values: dict[str, Value | None]
    items: dict[str, ItemOfTest] | None = None  # only in a test
    kept: frozenset[str] = frozenset()  # outcomes no rule may change: a person or another machine gave them

    def value(self, identifier: str, weight: str = "") -> Value | None:
        if identifier in self.values:
            return self.values[identifier]
        item, _dot, name = identifier.rpartition(".")
        if self.items is not None and item:
            # an item that was never attempted has its outcomes at their start, and that of a number is 0
            found = self.items[item].outcome(name, weight) if item in self.items else None
            return number(0) if found is None else found
        return None

    def variable(self, identifier: str) -> Variable:
        if identifier not in self.variables:
            raise Unsupported(f"{identifier}: undeclared")
        return self.variables[identifier]

    def set(self, identifier: str, value: Value | None):
        known = self.variables.get(identifier)
        self.values[identifier] = known.hold(value) if known else value
