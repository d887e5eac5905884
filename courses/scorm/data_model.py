"""The data model that a running part reports, looked through: sizes, words and ranges of the standard it names."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from django.utils.translation import gettext as _

from courses.models import ScormStatus as Status
from courses.models import ScormUnit

from .errors import ReportRefused
from .manifest import V12, seconds

LARGEST = 512 * 1024
DEEPEST = 8
LONGEST = {"suspend_data": {"1.2": 4096, "2004": 64000}, "location": {"1.2": 255, "2004": 1000}}
_LONGEST_STRING = 64000
_KEY = re.compile(r"[A-Za-z0-9_]{1,60}")
_WORDS = {
    "core.lesson_status": ("passed", "completed", "failed", "incomplete", "browsed", "not attempted"),
    "core.exit": ("time-out", "suspend", "logout", "normal"),
    "completion_status": ("completed", "incomplete", "not attempted", "unknown"),
    "success_status": ("passed", "failed", "unknown"),
    "exit": ("time-out", "suspend", "logout", "normal"),
}
_MOST_SECONDS = 10_000_000


@dataclass(frozen=True, slots=True)
class Outcome:
    status: str
    score: int | None  # hundredths of a percent
    seconds: int
    is_suspended: bool

    @property
    def is_complete(self) -> bool:
        return self.status in (Status.COMPLETED, Status.PASSED)


def judge(data, *, unit: ScormUnit, standard: str, is_finished: bool) -> Outcome:
    """What a reported data model means. Raises ReportRefused naming the element and the rule it breaks.

    A part that ends without ever having spoken of its status is completed by having been run to its end: so both standards say.
    """
    _check_shape(data)
    return _judge_12(data, unit, is_finished) if standard == V12 else _judge_2004(data, unit, is_finished)


def _check_shape(data) -> None:
    if not isinstance(data, dict):
        raise ReportRefused(_("A report is an object of the data model."))
    if len(json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")) > LARGEST:
        raise ReportRefused(_("The report is larger than %(most)d KB."), most=LARGEST // 1024)
    _check_values(data, "cmi", 1)


def _check_values(values: Mapping, name: str, depth: int) -> None:
    if depth > DEEPEST:
        raise ReportRefused(_("%(element)s is nested too deep."), element=name[:80])
    for key, value in values.items():
        element = f"{name}.{key}"
        if not _KEY.fullmatch(key):
            raise ReportRefused(_("%(element)s is no element of the data model."), element=element[:80])
        if isinstance(value, dict):
            _check_values(value, element, depth + 1)
        elif not isinstance(value, str):
            raise ReportRefused(_("%(element)s is not text."), element=element)
        elif len(value) > _LONGEST_STRING:
            raise _too_long(element, _LONGEST_STRING)
        elif "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ReportRefused(_("%(element)s holds characters that cannot be kept."), element=element)


def _too_long(element: str, most: int) -> ReportRefused:
    return ReportRefused(_("%(element)s is longer than %(most)d characters."), element=element, most=most)


class _Reader:
    """Reads elements by their dotted name, each by the rule of the standard."""

    def __init__(self, data: dict):
        self.data = data

    def text(self, element: str) -> str:
        value = self.data
        for part in element.split("."):
            value = value.get(part, "") if isinstance(value, dict) else ""
        return value if isinstance(value, str) else ""

    def word(self, element: str) -> str:
        value = self.text(element)
        if value and value not in _WORDS[element]:
            raise ReportRefused(
                _("cmi.%(element)s says “%(value)s”, which the standard does not know."), element=element, value=value[:40]
            )
        return value

    def at_most(self, element: str, most: int) -> None:
        if len(self.text(element)) > most:
            raise _too_long(f"cmi.{element}", most)

    def number(self, element: str, least=None, most=None) -> Decimal | None:
        value = self.text(element).strip()
        if not value:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            number = Decimal("NaN")
        if not number.is_finite() or abs(number) > 10**9:
            raise ReportRefused(_("cmi.%(element)s is no number: %(value)s"), element=element, value=value[:40])
        if (least is not None and number < least) or (most is not None and number > most):
            raise ReportRefused(
                _("cmi.%(element)s is %(value)s; it lies between %(least)s and %(most)s."),
                element=element, value=value[:40], least=least, most=most,
            )  # fmt: skip
        return number

    def span(self, element: str) -> int:
        value = self.text(element)
        if not value:
            return 0
        found = seconds(value)
        if found is None:
            raise ReportRefused(_("cmi.%(element)s is no time span: %(value)s"), element=element, value=value[:40])
        return min(found, _MOST_SECONDS)


def _judge_12(data: dict, unit: ScormUnit, is_finished: bool) -> Outcome:
    read = _Reader(data)
    read.at_most("suspend_data", LONGEST["suspend_data"]["1.2"])
    read.at_most("core.lesson_location", LONGEST["location"]["1.2"])
    raw = read.number("core.score.raw", 0, 100)
    read.number("core.score.min", 0, 100)
    read.number("core.score.max", 0, 100)
    word = read.word("core.lesson_status")
    is_suspended = read.word("core.exit") == "suspend"
    if is_finished and not is_suspended and word in ("", "not attempted"):
        word = "completed"
    status = {"passed": Status.PASSED, "completed": Status.COMPLETED, "failed": Status.FAILED}.get(word, Status.INCOMPLETE)
    if status != Status.INCOMPLETE and unit.mastery_score is not None and raw is not None:
        status = Status.PASSED if raw * 100 >= unit.mastery_score else Status.FAILED
    return Outcome(
        status=status,
        score=None if raw is None else _whole(raw * 100),
        seconds=read.span("core.session_time"),
        is_suspended=is_suspended,
    )


def _judge_2004(data: dict, unit: ScormUnit, is_finished: bool) -> Outcome:
    read = _Reader(data)
    read.at_most("suspend_data", LONGEST["suspend_data"]["2004"])
    read.at_most("location", LONGEST["location"]["2004"])
    scaled = read.number("score.scaled", -1, 1)
    raw, least, most = (read.number(f"score.{part}") for part in ("raw", "min", "max"))
    progress = read.number("progress_measure", 0, 1)
    completion, success = read.word("completion_status"), read.word("success_status")
    if unit.completion_threshold is not None and progress is not None:
        completion = "completed" if progress * 10000 >= unit.completion_threshold else "incomplete"
    if unit.mastery_score is not None and scaled is not None:
        success = "passed" if scaled * 10000 >= unit.mastery_score else "failed"
    is_suspended = read.word("exit") == "suspend"
    if is_finished and not is_suspended and completion in ("", "unknown"):
        completion = "completed"
    if success == "passed":
        status = Status.PASSED
    elif completion == "completed":
        status = Status.FAILED if success == "failed" else Status.COMPLETED
    else:
        status = Status.INCOMPLETE
    if scaled is None and None not in (raw, least, most) and most > least:
        scaled = min(max((raw - least) / (most - least), Decimal(-1)), Decimal(1))
    return Outcome(
        status=status,
        score=None if scaled is None else _whole(scaled * 10000),
        seconds=read.span("session_time"),
        is_suspended=is_suspended,
    )


def _whole(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_HALF_UP))
