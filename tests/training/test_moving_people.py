"""Who is counted where at a period's end: the edges of the year, moves there and back, two posts, adjustments that came to nothing."""

from datetime import date

import pytest

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import adjustments, compliance, ledger
from training import people as moves
from training.models import Category, Mode
from training.periods import Period
from training.templatetags.ui import percent_text

pytestmark = pytest.mark.django_db
NOW = at("2026-02-01 10:00")
YEAR = Period(2025)


class Place:
    def __init__(self):
        make_rule_set(half_day_cap=400, day_cap=800)
        open_year(2025)
        open_year(2026)
        make_requirement()
        make_requirement(year=2026)
        self.district = make_district()
        self.a, self.b, self.c = (make_unit(code=code, parent=self.district, kind="town") for code in "ABC")
        self.bureau, self.second = (make_person(unit=self.district, category=None) for _ in range(2))
        self.hr = make_person(unit=self.a, category=None)
        make_role(person=self.hr, unit=self.a, role="hr")
        for person in (self.bureau, self.second):
            make_role(person=person, unit=self.district, role="district")

    def leave(self, person, day):
        moves.end_posting(posting=moves.open_posting(person), ended_on=day, reason="left", now=at("2025-11-01"), by=self.bureau)

    def move(self, person, unit, day, now=None):
        request = moves.request_transfer(
            person=person, to_unit=unit, effective_on=day, by=self.bureau, now=now or at("2025-01-05"), facts={}
        )
        moves.release_transfer(request=request, by=self.bureau, now=now or at("2025-01-05"))

    def study(self, person, hours, *, first=date(2025, 3, 1), now=NOW, origin="class"):
        studies = [
            ledger.Study(
                person_id=person.pk, studied_on=date.fromordinal(first.toordinal() + n), category=Category.LAW, mode=Mode.CLASS,
                title="班", origin=origin, part=n + 1, stated=min(800, hours - 800 * n),
            )
            for n in range(-(-hours // 800))
        ]  # fmt: skip
        ledger.post_hours(studies=studies, now=now)

    def counted(self, unit, period=YEAR, now=NOW, as_of=None):
        """(obliged, met, leavers as (person, why, where to))."""
        found = compliance.assess(unit=unit, period=period, now=now, as_of=as_of)
        left = {(row.person_id, row.reason, row.to_unit and row.to_unit.code) for row in compliance.leavers(found)}
        total = found.total()
        assert total.obliged == len(found.main_rows())
        return total.obliged, total.met_strict, left


@pytest.fixture
def place():
    return Place()


@pytest.mark.parametrize(("day", "counted"), [(date(2025, 12, 30), 0), (date(2025, 12, 31), 1), (date(2026, 1, 1), 1)])
def test_whoever_leaves_on_the_last_day_was_there_on_it(day, counted, place):
    person = make_person(unit=place.a)
    place.leave(person, day)

    assert place.counted(place.a) == (counted, 0, set() if counted else {(person.pk, "left", None)})
    assert place.counted(place.a, Period(2026))[0] == 0


@pytest.mark.parametrize(("day", "counted"), [(date(2025, 12, 31), 1), (date(2026, 1, 1), 0)])
def test_whoever_joins_on_the_last_day_is_counted(day, counted, place):
    make_person(unit=place.a, since=day)

    assert place.counted(place.a) == (counted, 0, set())


def test_a_move_on_the_last_day_counts_in_the_new_unit(place):
    person = make_person(unit=place.a)
    place.move(person, place.b, date(2025, 12, 31))

    assert place.counted(place.a) == (0, 0, {(person.pk, "moved", "B")})
    assert place.counted(place.b) == (1, 0, set())
    assert place.counted(place.district) == (1, 0, set())


def test_two_moves_in_a_year_count_once_in_the_last_unit(place):
    person = make_person(unit=place.a)
    place.study(person, 4000)
    place.move(person, place.b, date(2025, 5, 1))
    place.move(person, place.c, date(2025, 9, 1))
    place.study(person, 2000, first=date(2025, 10, 1), origin="later")

    assert place.counted(place.a) == (0, 0, {(person.pk, "moved", "C")})
    assert place.counted(place.b) == (0, 0, {(person.pk, "moved", "C")})
    assert place.counted(place.c) == (1, 1, set())
    assert place.counted(place.district) == (1, 1, set())
    assert place.counted(place.a, Period(2025, "quarter", 1)) == (1, 0, set())
    assert place.counted(place.b, Period(2025, "half", 1)) == (1, 0, set())


def test_moved_and_back_is_counted_at_home_and_listed_as_moved_in_between(place):
    person = make_person(unit=place.a)
    place.move(person, place.b, date(2025, 5, 1))
    place.move(person, place.a, date(2025, 9, 1))

    assert place.counted(place.a) == (1, 0, set())
    assert place.counted(place.b) == (0, 0, {(person.pk, "moved", "A")})


def test_a_second_post_is_shown_and_never_counted(place):
    person = make_person(unit=place.a)
    moves.post(person=person, unit=place.b, started_on=date(2025, 2, 1), now=at("2025-02-01"), is_main=False)

    assert [place.counted(unit)[0] for unit in (place.a, place.b, place.district)] == [1, 0, 1]


def test_whoever_stops_being_an_officer_is_listed_apart(place):
    person = make_person(unit=place.a)
    moves.end_category(holding=person.holdings.get(), ended_on=date(2025, 12, 30), now=at("2025-12-30"))

    assert place.counted(place.a) == (0, 0, {(person.pk, "category_ended", None)})


def test_an_adjustment_refused_or_withdrawn_changes_nothing(place):
    people = [make_person(unit=place.a) for _ in range(3)]
    facts = {"year": 2025, "reason": "LONG_SICK", "hours": 0, "document": "文", "approver": "批"}
    refused, withdrawn, kept = (adjustments.adjust(person=p, by=place.hr, now=NOW, **facts) for p in people)
    adjustments.refuse(adjustment=refused, reason="材料不足", by=place.bureau, now=NOW)
    adjustments.withdraw(adjustment=withdrawn, reason="误报", by=place.hr, now=NOW)
    total = compliance.assess(unit=place.a, period=Period(2025), now=NOW).total()
    assert (total.obliged, total.adjusted_base) == (3, 3)

    adjustments.confirm(adjustment=kept, by=place.bureau, now=at("2026-02-02"))

    later = compliance.assess(unit=place.a, period=Period(2025), now=at("2026-02-03")).total()
    before = compliance.assess(unit=place.a, period=Period(2025), now=at("2026-02-03"), as_of=NOW).total()
    assert (later.adjusted_base, before.adjusted_base) == (2, 3)


def test_every_instant_between_two_events_has_its_own_figures(place):
    person = make_person(unit=place.a)
    place.study(person, 4000, now=at("2025-04-01 09:00"))
    record = ledger.award_hours(
        person=person, studied_on=date(2025, 5, 6), category=Category.LAW, mode=Mode.CLASS, title="班", origin="one", stated=800,
        now=at("2025-05-07 09:00"),
    )  # fmt: skip
    ledger.reverse(record=record, reason="重复", by=place.bureau, now=at("2025-06-01 09:00"))
    place.move(person, place.b, date(2025, 8, 1), now=at("2025-07-20 09:00"))
    seen = {}
    for text in ("2025-04-01 08:59", "2025-04-01 09:00", "2025-05-07 09:00", "2025-06-01 08:59", "2025-06-01 09:00", "2025-07-31",
                 "2025-08-01"):  # fmt: skip
        found = compliance.assess(unit=place.district, period=Period(2025), now=NOW, as_of=at(text))
        (row,) = found.people
        seen[text] = (found.units[row.unit_id].code, row.attained)

    assert seen == {
        "2025-04-01 08:59": ("A", 0),
        "2025-04-01 09:00": ("A", 4000),
        "2025-05-07 09:00": ("A", 4800),
        "2025-06-01 08:59": ("A", 4800),
        "2025-06-01 09:00": ("A", 4000),
        "2025-07-31": ("A", 4000),
        "2025-08-01": ("B", 4000),
    }


def test_an_instant_to_come_is_read_as_now(place):
    person = make_person(unit=place.a)
    place.study(person, 6000)

    ahead = compliance.assess(unit=place.a, period=Period(2025), now=NOW, as_of=at("2099-01-01"))

    assert (ahead.instant, ahead.is_current, ahead.total().met_strict) == (NOW, True, 1)


@pytest.mark.parametrize(
    ("met", "obliged", "text"), [(90, 101, "89.1%"), (1, 3, "33.3%"), (2, 3, "66.7%"), (1, 16, "6.3%"), (0, 0, "—")]
)
def test_shares_are_rounded_half_up_to_one_decimal(met, obliged, text):
    assert percent_text(met, obliged) == text


def test_a_report_of_a_period_counts_who_was_there_at_its_end_and_what_was_studied_by_then(place):
    person = make_person(unit=place.a)
    place.study(person, 4000)
    place.study(person, 2000, first=date(2025, 7, 1), origin="summer")
    joined = make_person(unit=place.a, since=date(2025, 7, 1))

    half = compliance.assess(unit=place.a, period=Period(2025, "half", 1), now=NOW)
    year = compliance.assess(unit=place.a, period=Period(2025), now=NOW)

    assert [(row.person_id, row.attained) for row in half.people] == [(person.pk, 4000)]
    assert sorted((row.person_id, row.attained) for row in year.people) == [(person.pk, 6000), (joined.pk, 0)]
