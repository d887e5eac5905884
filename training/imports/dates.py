"""Dates as offices write them. What is certain is read; what could be two days is reported, never chosen.

A result is a `PartialDate`: text in ISO form that may stop at the year or the month, because that is all the cell said.
"""

import re
import unicodedata
from calendar import monthrange
from datetime import date, datetime, timedelta

EARLIEST = date(1940, 1, 1)

_YMD = re.compile(r"^(\d{4})([-/.、, ])(\d{1,2})(?:\2(\d{1,2})[日号]?|月)?[.,。]?$")
_WORDED = re.compile(r"^(\d{4})年(\d{1,2})(?:月份?(?:(\d{1,2})[日号]?)?)?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})?$")
_YEAR = re.compile(r"^(\d{4})年?$")
_SHORT_YEAR = re.compile(r"^'?\d{2}[-/.、年]\d{1,2}(?:[-/.、月]\d{1,2}日?)?月?$")
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
_SHORT_ENGLISH = re.compile(r"^(?:\d{1,2}[- ])?[a-z]{3}[a-z]*[- ,]+\d{2}$", re.I)
_ENGLISH = re.compile(r"^(\d{1,2})[- ]([a-z]{3})[a-z]*[- ,]+(\d{4})$|^([a-z]{3})[a-z]*[- ](\d{1,2}),? (\d{4})$", re.I)
_TIME = re.compile(r"(?<=\d)[T ]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AP]M)?(?:Z|[+-]\d{2}:?\d{2})?$", re.I)
_SPACES = re.compile(r"\s*([-/.、,年月日号])\s*")
_AFTER = re.compile(r"(?<=[\d年月日号])(?:[(（][^)）]*[)）]|至今|起|入职|到岗|参加工作)$")
_CHINESE_YEAR = re.compile(
    r"(?<![〇零○oO0一二三四五六七八九壹贰叁肆伍陆柒捌玖\d])([〇零○oO0一二三四五六七八九壹贰叁肆伍陆柒捌玖]{4})(?=年)"
)
_CHINESE_PART = re.compile(r"([〇零一二三四五六七八九十廿卅元正]{1,4})(?=[月日号])")
_DIGITS = {c: str(i) for i, c in enumerate("〇一二三四五六七八九")} | {
    "零": "0",
    "○": "0",
    "o": "0",
    "O": "0",
    "元": "1",
    "正": "1",
}
_DIGITS |= {c: str(i) for i, c in enumerate("零壹贰叁肆伍陆柒捌玖")} | {"0": "0"}
_MONTHS = {name: i for i, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}


class PartialDate(str):
    """`2019`, `2019-07` or `2019-07-01`."""

    __slots__ = ()

    @property
    def is_exact(self) -> bool:
        return len(self) == 10

    @property
    def year(self) -> int:
        return int(self[:4])

    @property
    def first_day(self) -> date:
        return date(self.year, int(self[5:7] or 1), int(self[8:] or 1))

    @property
    def last_day(self) -> date:
        if self.is_exact:
            return self.first_day
        month = int(self[5:7] or 12)
        return date(self.year, month, monthrange(self.year, month)[1])

    @classmethod
    def of(cls, year: int, month: int | None = None, day: int | None = None) -> "PartialDate":
        """Raises ValueError where no such day exists."""
        date(year, month or 1, day or 1)
        text = f"{year:04d}"
        if month:
            text += f"-{month:02d}"
            if day:
                text += f"-{day:02d}"
        return cls(text)


def chinese_number(text: str) -> int | None:
    """一 to 九百九十九, also 廿 and 卅; None when it is no number."""
    text = text.replace("廿", "二十").replace("卅", "三十").replace("两", "二").replace("百零", "百").replace("百〇", "百")
    hundreds, found, rest = text.rpartition("百")
    total = 0
    if found:
        digit = _DIGITS.get(hundreds or "一", "")
        if not digit:
            return None
        total, text = int(digit) * 100, rest
    tens, found, ones = text.rpartition("十")
    if found:
        digit = _DIGITS.get(tens or "一", "")
        if not digit:
            return None
        total, text = total + int(digit) * 10, ones
    if not text:
        return total if total else None
    if len(text) != 1 or text not in _DIGITS:
        return None
    return total + int(_DIGITS[text])


def normalise_date_text(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("\u200b", "").replace("\ufeff", "").strip().removeprefix("'").strip()
    for dash in "—–−~～":
        text = text.replace(dash, "-")
    text = _CHINESE_YEAR.sub(lambda found: "".join(_DIGITS[c] for c in found[1]), text)
    text = _CHINESE_PART.sub(lambda found: str(chinese_number(found[1]) or found[1]), text)
    return _SPACES.sub(r"\1", _TIME.sub("", text.replace("·", "."))).strip()


def parse_date(value, *, date_1904=False) -> tuple[PartialDate | None, str | None]:
    """What a cell says as a date, and the code of what is noteworthy about it. An empty cell gives (None, None)."""
    if value == "" or value is None:
        return None, None
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return PartialDate(value.isoformat()), None
    if isinstance(value, bool):
        return None, "date_invalid"
    if isinstance(value, (int, float)):
        return _from_number(value, date_1904)
    if not isinstance(value, str):
        return None, "date_invalid"
    text = _AFTER.sub("", normalise_date_text(value))
    if not text or text in ("/", "-", "无", "\\"):
        return None, None
    return _from_text(text, date_1904)


def _from_text(text: str, date_1904: bool):
    if found := _YMD.match(text):
        return _checked(found[1], found[3], found[4])
    if found := _WORDED.match(text) or _COMPACT.match(text) or _YEAR.match(text):
        return _checked(*found.groups())
    if re.fullmatch(r"\d{5}(?:\.\d+)?|\d{8}\.0", text):
        return _from_number(float(text), date_1904)
    if _SHORT_YEAR.match(text) or _SHORT_ENGLISH.match(text):
        return None, "date_ambiguous"
    if found := _YEAR_LAST.match(text):
        first, second, year = int(found[1]), int(found[2]), found[3]
        if first <= 12 and second <= 12 and first != second:
            return None, "date_ambiguous"
        return _checked(year, *((second, first) if first > 12 else (first, second)))
    if found := _ENGLISH.match(text):
        day, month, year = (found[1], found[2], found[3]) if found[1] else (found[5], found[4], found[6])
        return _checked(year, _MONTHS.get(month.lower(), 0), day)
    return None, "date_invalid"


def _checked(year, month=None, day=None):
    month, day = (int(part) if part is not None else None for part in (month, day))
    if month == 0 or day == 0:
        return None, "date_invalid"
    try:
        return PartialDate.of(int(year), month, day), None
    except ValueError:
        return None, "date_invalid"


def _from_number(number: float, date_1904: bool):
    if number != int(number):
        return _from_decimal(number, date_1904)
    number = int(number)
    if 1_000_0101 <= number <= 9999_1231:
        return _checked(number // 10000, number // 100 % 100, number % 100)
    if 1000_01 <= number <= 9999_12 and 1 <= number % 100 <= 12:
        return _checked(number // 100, number % 100)
    if 1900 <= number <= 2100:
        return _checked(number)
    return _from_serial(number, date_1904)


def _from_decimal(number: float, date_1904: bool):
    if not 1900 <= number < 2101:
        return _from_serial(int(number), date_1904)
    year, _, fraction = repr(number).partition(".")
    if fraction == "1":
        return None, "date_ambiguous"  # January, or October whose zero the number format dropped
    month = int(fraction) if len(fraction) <= 2 else 0
    if not 1 <= month <= 12:
        return None, "date_invalid"
    return PartialDate.of(int(year), month), "date_from_number"


def _from_serial(number: int, date_1904: bool):
    if not 0 < number < 2_958_466 or (number == 60 and not date_1904):
        return None, "date_implausible" if number >= 0 else "date_invalid"
    base = date(1904, 1, 1) if date_1904 else date(1899, 12, 30 if number > 60 else 31)
    return PartialDate((base + timedelta(days=number)).isoformat()), "date_from_serial"


def parse_past_date(value, *, today: date, date_1904=False) -> tuple[PartialDate | None, str | None]:
    """Like `parse_date`, but a day before 1940 or after `today` is not believed."""
    found, code = parse_date(value, date_1904=date_1904)
    if found is not None and not EARLIEST <= found.first_day <= today:
        return None, "date_implausible"
    return found, code


_STRONG_MARK = re.compile(r"\s*(?:起?至|到|[~～—–−]+|\s-{1,2}\s|--)\s*")
_HALF_DAY = re.compile(r"[(（]?(上午|下午|全天|晚上|晚)[)）]?")
_CLOCK = re.compile(r"\d{1,2}[:：]\d{2}(?:\s*-\s*\d{1,2}[:：]\d{2})?")
_MONTH_DAY = re.compile(r"^(\d{1,2})(?:[-/.月])(\d{1,2})[日号]?$")
_MONTH_ONLY = re.compile(r"^(\d{1,2})月(?:份)?$")
_DAY_ONLY = re.compile(r"^(\d{1,2})[日号]?$")
_ISO_RANGE = re.compile(r"^(\d{4}-\d{1,2}(?:-\d{1,2})?)-(\d{4}-\d{1,2}(?:-\d{1,2})?|\d{1,2}-\d{1,2})$")
_WEEKDAY = re.compile(r"[(（][周一二三四五六日天星期、至]+[)）]")


class DateRange:
    """The days a training lasted: both ends, what is noteworthy, and the half-day when one is named."""

    __slots__ = ("codes", "end", "half_day", "minutes", "start")

    def __init__(self, start=None, end=None, codes=(), half_day="", minutes=None):
        self.start, self.end, self.codes, self.half_day, self.minutes = start, end, tuple(codes), half_day, minutes


def parse_range(value, *, year: int | None = None, date_1904=False) -> DateRange:
    """A day or a span of days in one cell. `year` is what the title says, used only where the cell names none."""
    if not isinstance(value, str):
        found, code = parse_date(value, date_1904=date_1904)
        return DateRange(found, found, [code] if code else [])
    text = unicodedata.normalize("NFKC", value)
    half_day, minutes = _half_day(text), _clock_minutes(text)
    text = _WEEKDAY.sub("", _HALF_DAY.sub("", _CLOCK.sub("", text))).strip(" -,;、()")
    if not text or text in ("/", "无"):
        return DateRange()
    whole, code = _from_text(normalise_date_text(text), date_1904)
    if whole is not None:
        return DateRange(whole, whole, [code] if code else [], half_day, minutes)
    pieces = _pieces(text)
    if len(pieces) > 2 or not all(pieces):
        return DateRange(codes=["date_invalid"])
    if code == "date_ambiguous" and len(pieces) == 1 and not _MONTH_DAY.match(pieces[0]):
        return DateRange(codes=[code])
    span = _span(pieces, year, date_1904)
    span.half_day, span.minutes = half_day, minutes
    return span


def _pieces(text: str) -> list[str]:
    """Both ends of a span. A long dash, a tilde or a word parts them; a hyphen only where it is not a part of the dates."""
    pieces = _STRONG_MARK.split(text)
    if len(pieces) == 1:
        text = normalise_date_text(text)
        iso = _ISO_RANGE.match(text)
        pieces = [iso[1], iso[2]] if iso else text.split("-")
    return [normalise_date_text(piece).strip("从自起止. ") for piece in pieces]


def _span(pieces: list[str], year: int | None, date_1904: bool) -> DateRange:
    start, code = _from_text(pieces[0], date_1904)
    inferred = False
    if start is None:
        month_day = _MONTH_DAY.match(pieces[0])
        month = _MONTH_ONLY.match(pieces[0])
        if not (month_day or month):
            return DateRange(codes=[code or "date_invalid"])
        if year is None:
            return DateRange(codes=["date_ambiguous"])
        inferred = True
        start, code = _checked(year, *(month_day.groups() if month_day else (month[1],)))
        if start is None:
            return DateRange(codes=[code])
    end = start if len(pieces) == 1 else _end(pieces[1], start, date_1904)
    if end is None:
        return DateRange(codes=["date_invalid"])
    if end.last_day < start.first_day:
        rolled = _rolled_over(start, end, pieces[1])
        if rolled is None or inferred:
            return DateRange(codes=["date_ambiguous" if rolled is not None else "date_range_reversed"])
        end = rolled
    return DateRange(start, end, ["year_inferred_from_title"] if inferred else [])


def _end(text: str, start: PartialDate, date_1904: bool) -> PartialDate | None:
    """The end of a span, which may leave out what the start has said."""
    if re.fullmatch(r"\d{1,2}", text) and not start.is_exact:
        return _checked(start.year, int(text))[0]  # 2026.3-5: months
    if found := _MONTH_DAY.match(text):
        return _checked(start.year, *found.groups())[0]
    if found := _MONTH_ONLY.match(text):
        return _checked(start.year, found[1])[0]
    if found := _DAY_ONLY.match(text):
        return _checked(start.year, int(start[5:7]), found[1])[0] if start.is_exact else None
    return _from_text(text, date_1904)[0]


def _rolled_over(start: PartialDate, end: PartialDate, text: str) -> PartialDate | None:
    """`2025.12.29-1.2` crosses the new year: only from December into January, and only where the end names no year."""
    if re.match(r"\d{4}", text) or start[5:7] != "12" or end[5:7] != "01":
        return None
    return PartialDate(f"{start.year + 1}{end[4:]}")


def _half_day(text: str) -> str:
    morning, afternoon = "上午" in text, "下午" in text
    return "" if morning == afternoon else ("AM" if morning else "PM")


def _clock_minutes(text: str) -> int | None:
    """The length of one stated span of the clock, such as 9:00-11:30."""
    found = re.findall(r"(\d{1,2})[:：](\d{2})\s*[-—–~～至到]\s*(\d{1,2})[:：](\d{2})", text)
    if len(found) != 1:
        return None
    first, last = (int(found[0][i]) * 60 + int(found[0][i + 1]) for i in (0, 2))
    return last - first if 0 < last - first < 24 * 60 else None


def half_day_of(text: str) -> str:
    """AM, PM or nothing, from a column of its own."""
    return _half_day(text)
