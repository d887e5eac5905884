"""From raw study to hours: pure arithmetic under a rule set. Everything is an integer; hours are hundredths.

Only what is converted from minutes is rounded to a step; hours that a source states are credited as stated. Caps cut
both, and every refused minute or hundredth is named with the rule that refused it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Rules:
    """The figures of one hour rule set. Caps None: no cap."""

    minutes_per_hour: int = 45
    half_day_cap: int | None = 400
    day_cap: int | None = 800
    step_offline: int = 50
    step_online: int = 25
    online_bands: tuple[tuple[int, int], ...] = ()
    switched_off_modes: frozenset[str] = frozenset()
    annual_caps: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rule_set) -> "Rules":
        return cls(
            minutes_per_hour=rule_set.minutes_per_hour,
            half_day_cap=rule_set.half_day_cap,
            day_cap=rule_set.day_cap,
            step_offline=rule_set.step_offline,
            step_online=rule_set.step_online,
            online_bands=tuple((int(a), int(b)) for a, b in rule_set.online_bands),
            switched_off_modes=frozenset(rule_set.switched_off_modes),
            annual_caps=dict(rule_set.annual_caps),
        )


@dataclass(frozen=True, slots=True)
class Raw:
    """What a source says: minutes, or stated hundredths of a study hour (which win)."""

    mode: str
    minutes: int | None = None
    stated: int | None = None
    half_day: str = ""


@dataclass(frozen=True, slots=True)
class Room:
    """What is already credited and uses up the caps, in hundredths."""

    half_day: int = 0
    day: int = 0
    mode_year: int = 0
    is_repeat: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A part that earned nothing: the rule's code, and the minutes or hundredths it refused."""

    code: str
    minutes: int | None
    credit: int

    def as_dict(self) -> dict:
        return {"code": self.code, "minutes": self.minutes, "credit": self.credit}


@dataclass(frozen=True, slots=True)
class Credit:
    credit: int
    refusals: tuple[Refusal, ...] = ()


def credit_for(*, raw: Raw, rules: Rules, room: Room = Room()) -> Credit:
    """Hours (hundredths) that `raw` earns under `rules`, given what already used up the caps.

    A 240-minute morning at 45 minutes an hour under a half-day cap of 4.00 earns 4.00 and names 60 minutes refused.
    Source: the hour rule set in force (the opinion of 2022 sets 60 hours and leaves their length to the district).
    """
    if room.is_repeat:
        return _nothing(raw, rules, "repeated_course")
    if raw.mode in rules.switched_off_modes:
        return _nothing(raw, rules, "mode_switched_off")
    asked = _asked(raw, rules)
    allowed = asked
    refusals = []
    for code, cap, used in (
        ("half_day_cap", rules.half_day_cap if raw.half_day else None, room.half_day),
        ("day_cap", rules.day_cap, room.day),
        ("annual_cap", rules.annual_caps.get(raw.mode), room.mode_year),
    ):
        if cap is None:
            continue
        left = max(cap - used, 0)
        if left < allowed:
            refusals.append(Refusal(code, _minutes_between(raw, rules, left, allowed, asked), allowed - left))
            allowed = left
    if raw.stated is None and allowed == asked:
        rounded = _rounded(raw, rules, asked)
        if rounded < asked or _spare_minutes(raw, rules, rounded):
            refusals.append(Refusal("rounded_down", _spare_minutes(raw, rules, rounded), asked - rounded))
        allowed = rounded
    return Credit(allowed, tuple(refusals))


def _asked(raw: Raw, rules: Rules) -> int:
    if raw.stated is not None:
        return raw.stated
    if raw.mode == "ONLINE" and rules.online_bands:
        return max((credit for least, credit in rules.online_bands if raw.minutes >= least), default=0)
    return raw.minutes * 100 // rules.minutes_per_hour


def _rounded(raw: Raw, rules: Rules, asked: int) -> int:
    if raw.mode == "ONLINE" and rules.online_bands:
        return asked
    step = rules.step_online if raw.mode == "ONLINE" else rules.step_offline
    return asked - asked % step


def _spare_minutes(raw: Raw, rules: Rules, credit: int) -> int | None:
    """Minutes of `raw` that `credit` leaves over; None where bands or stated hours leave no such figure."""
    if raw.stated is not None or (raw.mode == "ONLINE" and rules.online_bands):
        return None
    return raw.minutes - -(-credit * rules.minutes_per_hour // 100)


def _minutes_between(raw: Raw, rules: Rules, low: int, high: int, asked: int) -> int | None:
    if raw.stated is not None or (raw.mode == "ONLINE" and rules.online_bands):
        return None
    upper = raw.minutes if high == asked else -(-high * rules.minutes_per_hour // 100)
    return upper - -(-low * rules.minutes_per_hour // 100)


def _nothing(raw: Raw, rules: Rules, code: str) -> Credit:
    return Credit(0, (Refusal(code, raw.minutes if raw.stated is None else None, _asked(raw, rules)),))


def spread(*, amount: int, starts_on: date, ends_on: date) -> Sequence[tuple[date, int]]:
    """`amount` (minutes or hundredths) spread evenly over the days, the first days taking what does not divide."""
    days = (ends_on - starts_on).days + 1
    share, rest = divmod(amount, days)
    return [(starts_on + timedelta(days=i), share + (1 if i < rest else 0)) for i in range(days)]
