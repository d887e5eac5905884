"""Hours as offices write them, in integer hundredths of a study hour and never through floating point."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from .cells import CellFault
from .dates import chinese_number

MINUTES_PER_HOUR = 45
HOURS_PER_DAY = 800  # hundredths
MOST = 200_000  # hundredths: more than this in one line is a slip of the pen

_NUMBER = re.compile(r"^\d{1,6}(?:\.\d+)?$")
_AMOUNT = re.compile(
    r"^(\d{1,6}(?:\.\d+)?|[〇零一二两三四五六七八九十百廿卅]+(?:点[〇零一二三四五六七八九]+)?|半)?(个)?(半)?(?:个)?(学时|课时|节课|节|小时|h|hours?|小时整|天|日|分钟|min|分)?(半)?$",
    re.I,
)
_MIXED = re.compile(r"^(\d+)(?:个)?(?:小时|h)(\d+)(?:分钟|分|min)$", re.I)
_UNITS = {
    "": "hours",
    "学时": "hours",
    "课时": "hours",
    "节": "hours",
    "节课": "hours",
    "小时": "clock",
    "小时整": "clock",
    "h": "clock",
    "hour": "clock",
    "hours": "clock",
    "天": "days",
    "日": "days",
    "分钟": "minutes",
    "min": "minutes",
    "分": "minutes",
}


@dataclass(frozen=True, slots=True)
class Amount:
    """`hours` in hundredths of a study hour. `minutes` where the source states minutes: then those are the raw amount."""

    hours: int | None = None
    minutes: int | None = None
    code: str | None = None


def decimal_of(value) -> Decimal | None:
    """The exact number a cell shows; a float is taken as the spreadsheet prints it, to 15 digits. None when it is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        return Decimal(f"{value:.15g}") if value == value and abs(value) < 1e15 else None
    text = unicodedata.normalize("NFKC", value).strip().replace(",", "").removeprefix("'").removeprefix("+")
    try:
        return Decimal(text) if re.fullmatch(r"-?\d+(?:\.\d+)?", text) else None
    except InvalidOperation:
        return None


def hundredths(number: Decimal) -> int | None:
    """Exact hundredths, or None where two decimals cannot hold the number."""
    scaled = number * 100
    return int(scaled) if scaled == scaled.to_integral_value() else None


def parse_hours(value, *, unit: str = "hours") -> Amount:
    """Study hours from a cell. `unit` is what the column's heading says: hours, minutes or days."""
    if value == "" or value is None or isinstance(value, CellFault):
        return Amount(code="hours_missing")
    if isinstance(value, (bool,)) or not isinstance(value, (int, float, str)):
        return Amount(code="hours_invalid")
    if not isinstance(value, str):
        return _converted(decimal_of(value), unit)
    text = (
        re.sub(r"[\s\u200b\ufeff]+", "", unicodedata.normalize("NFKC", value)).removeprefix("'").removeprefix("共").rstrip("。.")
    )
    if text in ("", "/", "-", "—", "无"):
        return Amount(code="hours_missing")
    if _NUMBER.match(text):
        return _converted(Decimal(text), unit)
    if text in ("全天", "整天"):
        return _converted(Decimal(1), "days")
    if mixed := _MIXED.match(text):
        return _converted(Decimal(int(mixed[1]) * 60 + int(mixed[2])), "minutes")
    found = _AMOUNT.match(text)
    number = _worded(found) if found else None
    if number is None:
        return Amount(code="hours_invalid")
    stated = _UNITS[(found[4] or "").lower()] if found[4] else unit
    return _converted(number, stated)


def _worded(found) -> Decimal | None:
    """四十, 两天半, 半天, 3个半小时, 四十点五."""
    text, half = found[1], bool(found[3] or found[5])
    if text is None:
        return Decimal("0.5") if half else None
    if text == "半":
        return Decimal("0.5") if found[4] and not half else None
    if text[0].isdigit():
        number = Decimal(text)
    else:
        whole, _, fraction = text.partition("点")
        count = chinese_number(whole)
        if count is None:
            return None
        number = Decimal(f"{count}.{''.join(str(chinese_number(c) or 0) for c in fraction) or 0}")
    return number + Decimal("0.5") if half else number


def _converted(number: Decimal | None, unit: str) -> Amount:
    if number is None or number <= 0:
        return Amount(code="hours_invalid")
    if unit == "clock":
        number, unit = number * 60, "minutes"
    if unit == "minutes":
        if number != number.to_integral_value() or number > MOST:
            return Amount(code="hours_invalid")
        minutes = int(number)
        return Amount(minutes * 100 // MINUTES_PER_HOUR, minutes, "hours_unit_converted")
    hours = hundredths(number * HOURS_PER_DAY / 100 if unit == "days" else number)
    if hours is None or hours > MOST:
        return Amount(code="hours_invalid")
    return Amount(hours, None, "hours_unit_converted" if unit == "days" else None)


def show_hours(hours: int) -> str:
    """Hundredths for people: 40, 39.5, 0.25."""
    whole, rest = divmod(hours, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


def parse_count(value) -> tuple[int | None, str | None]:
    """A whole number of people or minutes: 56, 56人, 约56 is refused."""
    if value == "" or value is None or isinstance(value, CellFault):
        return None, None
    if isinstance(value, str):
        value = re.sub(r"(?:人次?|名|分钟|分|min)$", "", re.sub(r"\s+", "", unicodedata.normalize("NFKC", value)))
        if value in ("", "/", "-", "无"):
            return None, None
    number = decimal_of(value) if isinstance(value, (int, float, str)) else None
    if number is None or number < 0 or number != number.to_integral_value() or number > 1_000_000:
        return None, "number_invalid"
    return int(number), None
