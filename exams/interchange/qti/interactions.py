"""The interactions of QTI 2.x and 3.0 that our kinds hold, one function each; any other is refused by its name."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from django.utils.translation import gettext_lazy as _

from .bodies import Page, body_html, is_empty, with_marks
from .credit import Asked, Option
from .declarations import Variable
from .errors import Unsupported
from .values import NUMERIC, NotOfType, exact, written
from .vocabulary import text_of

SHORT_ANSWER_UP_TO = 300  # expected characters
SHORT_ANSWER_LINES = 5


@dataclass(slots=True)
class Context:
    """What an interaction's meaning rests on beside itself."""

    responses: dict[str, Variable]
    rules: list[Element]  # of the response processing
    rubric: list[dict]
    page: Page

    def variable(self, interaction: Element) -> Variable:
        identifier = interaction.get("responseIdentifier", "")
        if identifier not in self.responses:
            raise Unsupported(interaction.tag, _("It names a response that is not declared"))
        variable = self.responses[identifier]
        if variable.cardinality == "record":
            raise Unsupported(f"{interaction.tag}: record")
        return variable

    def nodes(self, tag: str):
        for rule in self.rules:
            yield from rule.iter(tag)


def asked_by(interaction: Element, context: Context) -> Asked:
    reader = _READERS.get(interaction.tag)
    if reader is None:
        raise Unsupported(interaction.tag)
    asked = reader(interaction, context)
    asked.name = interaction.tag
    return asked


def _key(variable: Variable) -> list[str]:
    if variable.correct is None:
        return []
    return [written(type(variable.correct)("single", variable.base, (item,))) for item in variable.correct.items]


def _prompt(interaction: Element, context: Context) -> str:
    prompt = interaction.find("prompt")
    text = "" if prompt is None else body_html(prompt, context.page)
    return f"<div>{text}</div>" if text else ""


def _options(elements, context: Context) -> list[Option]:
    options = []
    for element in elements:
        feedback = "".join(body_html(one, context.page) for one in element.findall("feedbackInline"))
        for one in element.findall("feedbackInline"):
            element.remove(one)
        text = body_html(element, context.page)
        if is_empty(text):
            raise Unsupported(element.tag, _("An option shows nothing that can be taken"))
        options.append(Option(element.get("identifier", ""), text, feedback))
    if len({option.id for option in options}) != len(options):
        raise Unsupported("identifier", _("Two options have one identifier"))
    return options


def _weights(variable: Variable) -> dict:
    if variable.mapping is None:
        return {}
    weights = {key.strip(): amount for key, amount, _is_case_sensitive in variable.mapping.entries}
    return {"weights": weights, "weight_of_others": variable.mapping.default}


def _choice(interaction: Element, context: Context) -> Asked:
    variable = context.variable(interaction)
    is_multiple = variable.cardinality != "single" and interaction.get("maxChoices", "1") != "1"
    return Asked(
        identifier=variable.identifier,
        form="choice",
        stem=_prompt(interaction, context),
        options=_options(interaction.findall("simpleChoice"), context),
        is_multiple=is_multiple,
        key=_key(variable),
        sets=[[text_of(value).strip() for value in one.findall("baseValue")] for one in context.nodes("multiple")],
        **_weights(variable),
    )


def _inline_choice(interaction: Element, context: Context) -> Asked:
    variable = context.variable(interaction)
    options = _options(interaction.findall("inlineChoice"), context)
    return Asked(variable.identifier, "choice", options=options, is_inline=True, key=_key(variable), **_weights(variable))


def _text_entry(interaction: Element, context: Context) -> Asked:
    variable = context.variable(interaction)
    if variable.cardinality != "single":
        raise Unsupported(f"textEntryInteraction: {variable.cardinality}")
    is_number = variable.base in NUMERIC or _is_parsed(variable.identifier, context)
    asked = Asked(variable.identifier, "number" if is_number else "blank", is_inline=True, key=_key(variable))
    asked.texts = [key for key, _amount, _case in variable.mapping.entries] if variable.mapping else []
    asked.texts += [
        text_of(value) for value in context.nodes("baseValue") if value.get("baseType") not in ("boolean", "identifier")
    ]
    if is_number:
        asked.ranges = _ranges(asked, context)
    return asked


def _is_parsed(identifier: str, context: Context) -> bool:
    """Whether the scoring reads the text as a number."""
    return any(
        node.get("definition", "").endswith(":ParseCommaDecimal")
        and any(inner.get("identifier") == identifier for inner in node.iter("variable"))
        for node in context.nodes("customOperator")
    )


def _ranges(asked: Asked, context: Context) -> list[tuple[Fraction, Fraction]]:
    """Values with a tolerance that the scoring may mean; which of them it means is tried."""
    values = _numbers([*asked.key, *asked.texts])
    ranges = {(value, Fraction(0)) for value in values}
    for node in context.nodes("equal"):
        reach = _number((node.get("tolerance", "").split() or ["0"])[0])
        stated = _numbers([text_of(one) for one in node.iter("baseValue")]) or _numbers(asked.key)
        if reach is None:
            continue
        if node.get("toleranceMode") != "relative":
            ranges |= {(value, reach) for value in stated}
        elif reach < 100:
            ranges |= {(value, abs(value) * reach / 100) for value in stated}
            ranges |= {_between(value / (1 + reach / 100), value / (1 - reach / 100)) for value in stated}
    for node in context.nodes("equalRounded"):
        if node.get("roundingMode") == "decimalPlaces" and (figures := _whole(node.get("figures"))) is not None:
            ranges |= {(value, Fraction(1, 2) / 10 ** min(figures, 30)) for value in values}
    ranges |= {((low + high) / 2, (high - low) / 2) for low in values[:12] for high in values[:12] if low < high}
    return sorted(ranges)


def _numbers(texts: list[str]) -> list[Fraction]:
    return sorted({value for value in map(_number, texts) if value is not None})


def _between(one: Fraction, other: Fraction) -> tuple[Fraction, Fraction]:
    """Middle and reach of what lies between two numbers, as decimals that do not reach beyond them."""
    middle, unit = Fraction(round((one + other) / 2 * 10**12), 10**12), Fraction(1, 10**12)
    return middle, max(abs(other - one) / 2 // unit * unit - unit, Fraction(0))


def _whole(text: str | None) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text or "") else None


def _number(text: str) -> Fraction | None:
    try:
        return exact(text)
    except NotOfType:
        return None


def _extended_text(interaction: Element, context: Context) -> Asked:
    identifier = interaction.get("responseIdentifier", "")
    variable = context.responses.get(identifier)
    if variable is not None and variable.cardinality != "single":
        raise Unsupported(f"extendedTextInteraction: {variable.cardinality}")
    length, lines = (_whole(interaction.get(name)) for name in ("expectedLength", "expectedLines"))
    is_short = (length is not None and length <= SHORT_ANSWER_UP_TO) or (lines is not None and lines <= SHORT_ANSWER_LINES)
    return Asked(
        identifier,
        "essay",
        stem=_prompt(interaction, context),
        key=_key(variable) if variable else [],
        rubric=context.rubric,
        is_short=is_short,
    )


def _match(interaction: Element, context: Context) -> Asked:
    variable = context.variable(interaction)
    sets = interaction.findall("simpleMatchSet")
    if len(sets) != 2:
        raise Unsupported("simpleMatchSet")
    left, right = ([*_options(one.findall("simpleAssociableChoice"), context)] for one in sets)
    asked = Asked(
        variable.identifier,
        "pairs",
        stem=_prompt(interaction, context),
        options=left,
        right=right,
        key=_key(variable),
        **_weights(variable),
    )
    firsts = [pair.split()[0] for pair in asked.key]
    seconds = [pair.split()[-1] for pair in asked.key]
    if len(set(firsts)) < len(firsts) and sorted(seconds) == sorted(option.id for option in right):
        asked.options, asked.right, asked.is_reversed = (
            right,
            left,
            True,
        )  # each right side has one left: ask it the other way round
    return asked


def _associate(interaction: Element, context: Context) -> Asked:
    variable = context.variable(interaction)
    options = {option.id: option for option in _options(interaction.findall("simpleAssociableChoice"), context)}
    pairs = [pair.split() for pair in _key(variable)]
    named = [name for pair in pairs for name in pair]
    if not pairs or len(set(named)) != len(named) or not set(named) <= set(options):
        raise Unsupported("associateInteraction", _("Not every left side has exactly one right side"))
    order = list(options)
    pairs = [sorted(pair, key=order.index) for pair in pairs]
    context.page.warn("sides_from_key", _("What goes with what was one set; its sides were made from the right pairs"))
    left = [first for first, _second in pairs]
    return Asked(
        variable.identifier,
        "pairs",
        stem=_prompt(interaction, context),
        options=[options[name] for name in order if name in left],
        right=[options[name] for name in order if name not in left],
        key=[" ".join(pair) for pair in pairs],
    )


def _gap_match(interaction: Element, context: Context) -> Asked:
    variable = context.variable(interaction)
    gaps = list(interaction.iter("gap"))
    for number, gap in enumerate(gaps):
        gap.set("number", str(number))
    words = [one for one in interaction if one.tag in ("gapText", "gapImg")]
    right = _options(words, context)
    prompt = _prompt(interaction, context)
    for word in words:
        interaction.remove(word)
    passage = with_marks(body_html(interaction, context.page), lambda number: f"（{number + 1}）____")
    return Asked(
        variable.identifier,
        "pairs",
        stem=prompt + passage,
        options=[Option(gap.get("identifier", ""), f"（{number}）") for number, gap in enumerate(gaps, 1)],
        right=right,
        is_reversed=True,
        key=_key(variable),
        **_weights(variable),
    )


_READERS: dict[str, Callable[[Element, Context], Asked]] = {
    "choiceInteraction": _choice,
    "inlineChoiceInteraction": _inline_choice,
    "textEntryInteraction": _text_entry,
    "extendedTextInteraction": _extended_text,
    "matchInteraction": _match,
    "associateInteraction": _associate,
    "gapMatchInteraction": _gap_match,
}
TAKEN = frozenset(_READERS)
