"""Raw study becomes hours by the rule set, and every refused minute has its reason."""

from datetime import date

import pytest

from training.hours import Raw, Refusal, Room, Rules, credit_for, spread
from training.models import HourRuleSet

RULES = Rules.of(
    HourRuleSet(
        version=1,
        valid_from=date(2022, 1, 1),
        minutes_per_hour=45,
        half_day_cap=400,
        day_cap=800,
        step_offline=50,
        step_online=25,
        online_bands=[],
        switched_off_modes=["TEACHING"],
        annual_caps={"ONLINE": 2000},
    )
)


@pytest.mark.parametrize(
    ("raw", "room", "credit", "refusals"),
    [
        (Raw(mode="CLASS", minutes=240, stated=None, half_day="AM"), Room(), 400, (Refusal("half_day_cap", 60, 133),)),
        (Raw(mode="CLASS", minutes=180, stated=None, half_day="AM"), Room(), 400, ()),
        (Raw(mode="CLASS", minutes=90, stated=None, half_day=""), Room(), 200, ()),
        (Raw(mode="CLASS", minutes=100, stated=None, half_day=""), Room(), 200, (Refusal("rounded_down", 10, 22),)),
        (Raw(mode="CLASS", minutes=None, stated=900, half_day=""), Room(), 800, (Refusal("day_cap", None, 100),)),
        (Raw(mode="CLASS", minutes=None, stated=500, half_day=""), Room(day=600), 200, (Refusal("day_cap", None, 300),)),
        (
            Raw(mode="ONLINE", minutes=None, stated=500, half_day=""),
            Room(mode_year=1800),
            200,
            (Refusal("annual_cap", None, 300),),
        ),
        (Raw(mode="TEACHING", minutes=90, stated=None, half_day=""), Room(), 0, (Refusal("mode_switched_off", 90, 200),)),
        (
            Raw(mode="CLASS", minutes=90, stated=None, half_day=""),
            Room(is_repeat=True),
            0,
            (Refusal("repeated_course", 90, 200),),
        ),
    ],
    ids=["morning cap", "full morning", "plain", "rounding", "day cap", "day cap shared", "annual cap", "mode off", "repeat"],
)
def test_credit_and_refusals_of_a_study(raw, room, credit, refusals):
    found = credit_for(raw=raw, rules=RULES, room=room)

    assert (found.credit, found.refusals) == (credit, refusals)


def test_what_does_not_divide_goes_to_the_first_days():
    days = spread(amount=3201, starts_on=date(2025, 12, 30), ends_on=date(2026, 1, 2))

    assert days == [
        (date(2025, 12, 30), 801),
        (date(2025, 12, 31), 800),
        (date(2026, 1, 1), 800),
        (date(2026, 1, 2), 800),
    ]
