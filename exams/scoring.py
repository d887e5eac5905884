"""What an answer earns. Pure, exact: shares are fractions of whole numbers, marks hundredths, half up at the question.

One stated policy per kind (DEFAULT_POLICY); a choice may be scored otherwise where a plan or an imported bank says so:

    exact          all right options and no other, else nothing
    half           half for fewer options, none wrong
    proportional   right chosen ÷ right in all, none wrong; for blanks and pairs, the right ones ÷ all
    per_option     fixed marks for each right option, none wrong; the whole for all of them
    fractions      the sum of what the item states for each option; of several options never below 0

Any wrong option earns nothing but under `fractions`. No answer earns nothing.
"""

import re
import unicodedata
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from exams.content import CHOICES, LONGEST_NUMBER, WHOLE, WRITTEN
from exams.models import ItemKind, Policy

PER_OPTION = 50  # hundredths of a mark for each right option under `per_option`
NOTHING, ALL = Fraction(0), Fraction(1)

DEFAULT_POLICY = {
    ItemKind.SINGLE_CHOICE: Policy.EXACT,
    ItemKind.MULTIPLE_CHOICE: Policy.EXACT,
    ItemKind.INDEFINITE_CHOICE: Policy.EXACT,
    ItemKind.TRUE_FALSE: Policy.EXACT,
    ItemKind.FILL_BLANK: Policy.PROPORTIONAL,
    ItemKind.NUMERIC: Policy.EXACT,
    ItemKind.MATCHING: Policy.PROPORTIONAL,
    ItemKind.SHORT_ANSWER: Policy.EXACT,
    ItemKind.ESSAY: Policy.EXACT,
    ItemKind.CASE_ANALYSIS: Policy.EXACT,
}


def mark(*, kind: str, body: dict, response, policy: str, marks: int, per_option: int = PER_OPTION) -> int | None:
    """Marks earned in hundredths out of `marks`; None when a person must judge."""
    share = share_of(kind=kind, body=body, response=response, policy=policy, marks=marks, per_option=per_option)
    return None if share is None else marks_of(share, marks)


def marks_of(share: Fraction, marks: int) -> int:
    """Hundredths, half up."""
    return (2 * share.numerator * marks + share.denominator) // (2 * share.denominator)


def share_of(*, kind: str, body: dict, response, policy: str, marks: int = 100, per_option: int = PER_OPTION) -> Fraction | None:
    """The share of an item's marks that a response earns; None when a person must judge.

    Negative only where a single choice states a negative fraction.
    """
    if kind in WRITTEN:
        return NOTHING if _is_blank(response) else None
    if response is None:
        return NOTHING
    if kind in CHOICES:
        return _choice(kind, body, set(response), policy, marks, per_option)
    if kind == ItemKind.TRUE_FALSE:
        return ALL if response is body["key"] else NOTHING
    if kind == ItemKind.CASE_ANALYSIS:
        return _case(body, response, per_option)
    shares = {ItemKind.FILL_BLANK: _blanks, ItemKind.NUMERIC: _numeric, ItemKind.MATCHING: _pairs}[kind](body, response)
    if policy == Policy.EXACT and len(shares) > 1:
        return ALL if all(share == ALL for share in shares) else NOTHING
    return sum(shares, NOTHING) / len(shares)


def case_marks(body: dict, response: dict | None, per_option: int = PER_OPTION) -> dict[str, int | None]:
    """What each question of a case earns: id -> hundredths, None where a person must judge."""
    given = response or {}
    return {
        q["id"]: mark(
            kind=q["kind"],
            body=q["body"],
            response=given.get(q["id"]),
            policy=q["policy"],
            marks=q["marks"],
            per_option=per_option,
        )
        for q in body["questions"]
    }


def _case(body: dict, response: dict, per_option: int) -> Fraction | None:
    earned = case_marks(body, response, per_option)
    if None in earned.values():
        return None
    return Fraction(sum(earned.values()), sum(q["marks"] for q in body["questions"]))


def _is_blank(response) -> bool:
    return not (response or "").strip()


def _choice(kind: str, body: dict, chosen: set[str], policy: str, marks: int, per_option: int) -> Fraction:
    if policy == Policy.FRACTIONS:
        stated = {option["id"]: Fraction(option["fraction"] or 0, WHOLE) for option in body["options"]}
        total = sum((stated.get(one, NOTHING) for one in chosen), NOTHING)
        return min(total, ALL) if kind == ItemKind.SINGLE_CHOICE else min(max(total, NOTHING), ALL)
    key = set(body["key"])
    if chosen == key:
        return ALL
    if not chosen or not chosen < key:
        return NOTHING
    if policy == Policy.HALF:
        return Fraction(1, 2)
    if policy == Policy.PROPORTIONAL:
        return Fraction(len(chosen), len(key))
    if policy == Policy.PER_OPTION:
        return min(Fraction(len(chosen) * per_option, marks), ALL)
    return NOTHING


def _blanks(body: dict, response: list[str]) -> list[Fraction]:
    blanks = body["blanks"]
    given = [*response, *([""] * (len(blanks) - len(response)))]
    if not body.get("is_unordered"):
        return [_text(blank, text) for blank, text in zip(blanks, given, strict=False)]
    shares, left = [], given[: len(blanks)]
    for blank in blanks:  # each text fills one blank at most
        best = max(left, key=lambda text: _text(blank, text), default="")
        share = _text(blank, best)
        if share:
            left.remove(best)
        shares.append(share)
    return shares


def _text(blank: dict, text) -> Fraction:
    """The first accepted text that fits decides."""
    given = normal(text, blank.get("is_case_sensitive", False))
    if not given:
        return NOTHING
    for accepted in blank["accepted"]:
        wanted = normal(accepted["text"], blank.get("is_case_sensitive", False))
        if blank.get("is_pattern"):
            pattern = ".*".join(re.escape(part) for part in wanted.split("*"))
            fits = re.fullmatch(pattern, given, re.DOTALL) is not None
        else:
            fits = given == wanted
        if fits:
            return Fraction(accepted.get("fraction", WHOLE), WHOLE)
    return NOTHING


def normal(text, is_case_sensitive: bool = False) -> str:
    """A short answer as it is compared: one width of characters, no blanks at the ends or in Chinese, case as asked."""
    text = unicodedata.normalize("NFKC", str(text or "")).strip()
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r"(?<=[㐀-鿿]) (?=[㐀-鿿\d])|(?<=\d) (?=[㐀-鿿])", "", text)
    return text if is_case_sensitive else text.casefold()


def _numeric(body: dict, response) -> list[Fraction]:
    number = number_in(response, body.get("unit", ""))
    if number is None:
        return [NOTHING]
    for accepted in body["accepted"]:
        if abs(Fraction(number) - Fraction(accepted["value"])) <= Fraction(accepted.get("tolerance") or "0"):
            return [Fraction(accepted.get("fraction", WHOLE), WHOLE)]
    return [NOTHING]


def number_in(text, unit: str = "") -> Decimal | None:
    """The number a candidate wrote, with or without the unit."""
    text = normal(text).replace(" ", "").replace(",", "")
    if unit:
        text = text.removesuffix(normal(unit).replace(" ", ""))
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < LONGEST_NUMBER else None


def _pairs(body: dict, response: dict) -> list[Fraction]:
    return [ALL if response.get(left) == right else NOTHING for left, right in body["key"].items()]
