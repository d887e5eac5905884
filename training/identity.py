"""Numbers that name a person or a body, and what they say about themselves.

Citizen ID numbers follow GB 11643 (17 digits and a check character), unified social credit codes GB 32100. A number
is normalised first, then judged; what is wrong comes back as a code with a sentence, never as a guess.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import mul

from django.utils.translation import gettext_lazy as _

from .errors import BadInput

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)

MALE, FEMALE = "男", "女"

ID_REASONS = {
    "id_missing": _("The ID number is missing"),
    "id_precision_lost": _("The ID number was stored as a number and its last digits are lost; enter it again as text"),
    "id_masked": _("The ID number is masked with asterisks; the whole number is needed"),
    "id_15_digit_needs_review": _("This is an old 15-digit ID number; enter the 18-digit number"),
    "id_length": _("The ID number must have 18 characters, this one has %(length)s"),
    "id_characters": _("The ID number may hold only digits, with X in the last place; check for letters such as O or l"),
    "id_birth_date": _("Places 7 to 14 of the ID number are not a possible birth date; please check"),
    "id_check_digit": _("Place 18 of the ID number does not match its check digit; please check"),
}

_FORMULA_TEXT = re.compile(r'^=\s*"([^"]*)"$')
_STRIPPED = dict.fromkeys(map(ord, "\u0020\u00a0\u3000\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\t\r\n\u202a\u202c\u202d"))
_SCIENTIFIC = re.compile(r"^\d(?:\.\d+)?E\+?\d+$")
_DECIMAL = re.compile(r"^\d{15,18}\.0+$")
_MASK = re.compile(r"[*＊•●×]|X{3,}|x{3,}|[某#?]{2,}|\.{3,}|…")
_ZERO_SUM = 48 * sum(ID_WEIGHTS)


@dataclass(frozen=True, slots=True)
class IdNumber:
    """A valid citizen ID number and what it tells."""

    number: str
    birth: date
    sex: str


class InvalidIdNumber(BadInput):
    """The number is not acceptable; `code` names the first rule it breaks."""

    def __init__(self, code, **facts):
        self.code = code
        super().__init__(ID_REASONS[code], **facts)


class InvalidCreditCode(BadInput):
    code = "uscc_invalid"
    message = _("The unified social credit code is not valid; please check its 18 characters")


def normalise_id_number(text: str) -> str:
    """The number as it was meant: blanks and invisible characters gone, `="…"` unwrapped, full width made narrow."""
    text = text.translate(_STRIPPED)
    text = text.removeprefix("'").removeprefix("‘").removeprefix("’")
    if unwrapped := _FORMULA_TEXT.match(text):
        text = unwrapped[1].removeprefix("'")
    return unicodedata.normalize("NFKC", text).translate(_STRIPPED).upper()


@lru_cache(maxsize=65536)
def _birth(digits: str) -> date | None:
    try:
        born = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return born if born.year >= 1880 else None


def check_character(seventeen: str) -> str:
    """The check character that belongs to the first 17 digits."""
    return ID_CHECKS[(sum(map(mul, ID_WEIGHTS, seventeen.encode())) - _ZERO_SUM) % 11]


def id_problem(number: str, today: date) -> str | None:
    """The code of the first rule that a normalised number breaks, or None when it is valid."""
    if len(number) == 18 and number.isascii() and number[:17].isdigit() and (number[17].isdigit() or number[17] == "X"):
        born = _birth(number[6:14])
        if born is None or born > today:
            return "id_birth_date"
        return None if check_character(number[:17]) == number[17] else "id_check_digit"
    return _shape_problem(number)


def _shape_problem(number: str) -> str:
    if not number:
        return "id_missing"
    if _SCIENTIFIC.match(number) or _DECIMAL.match(number):
        return "id_precision_lost"
    if _MASK.search(number):
        return "id_masked"
    if len(number) == 15 and number.isascii() and number.isdigit():
        return "id_15_digit_needs_review"
    return "id_characters" if len(number) == 18 else "id_length"


def parse_id_number(text: str, *, today: date) -> IdNumber:
    """Read a citizen ID number. Raises InvalidIdNumber with the code of the first rule it breaks."""
    number = normalise_id_number(text)
    code = id_problem(number, today)
    if code:
        raise InvalidIdNumber(code, **({"length": len(number)} if code == "id_length" else {}))
    return IdNumber(number, _birth(number[6:14]), sex_of(number))


def birth_of(number: str) -> date:
    """The birth date in a valid number."""
    return _birth(number[6:14])


def sex_of(number: str) -> str:
    """GB 11643: place 17 is odd for men."""
    return MALE if number[16] in "13579" else FEMALE


def normalise_credit_code(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(_STRIPPED)).upper()


def credit_code_is_valid(code: str) -> bool:
    """GB 32100: 18 characters of the code alphabet, the last one the check character."""
    values = [USCC_ALPHABET.find(character) for character in code]
    if len(values) != 18 or min(values) < 0:
        return False
    return (31 - sum(map(mul, USCC_WEIGHTS, values)) % 31) % 31 == values[17]


def parse_credit_code(text: str) -> str:
    """The normalised unified social credit code. Raises InvalidCreditCode."""
    code = normalise_credit_code(text)
    if not credit_code_is_valid(code):
        raise InvalidCreditCode
    return code
