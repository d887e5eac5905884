"""Stories with the figures that must come out: hours of a person, a moving roster, counted sessions."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import adjustments, bodies, compliance, ledger
from training import people as moves
from training.models import AdjustmentReason, Attainment, AttainmentKind, Category, Measure, Mode, SessionKind, SessionRule
from training.periods import Period
from training.sessions import SessionFacts
from training.templatetags.ui import hours_text, percent_text

pytestmark = pytest.mark.django_db
NOW = at("2026-02-01 10:00")


def credit(person, category, stated, *, day=date(2025, 3, 3), origin, **facts):
    return ledger.award_hours(
        person=person,
        studied_on=day,
        category=category,
        mode=Mode.CLASS,
        title=origin,
        origin=origin,
        stated=stated,
        now=NOW,
        **facts,
    )


def rows_of(unit, year=2025, now=NOW, as_of=None):
    assessment = compliance.assess(unit=unit, period=Period(year), now=now, as_of=as_of)
    return assessment, {row.person_id: row for row in assessment.people}


@pytest.fixture
def district():
    make_rule_set(half_day_cap=400, day_cap=800)
    open_year(2025)
    make_requirement()
    return make_district()


@pytest.fixture
def officer(district):
    person = make_person(unit=make_unit(parent=district, name="执法队"), name="张三")
    morning = {"half_day": "AM", "minutes": 240}
    ledger.award_hours(
        person=person,
        studied_on=date(2025, 3, 3),
        category=Category.LAW,
        mode=Mode.CLASS,
        title="上午班",
        origin="m",
        now=NOW,
        **morning,
    )
    for number in range(3):
        credit(person, Category.LAW, 800, day=date(2025, 4, 1 + number), origin=f"law{number}")
    credit(person, Category.LAW, 200, day=date(2025, 4, 9), origin="law")
    for number, stated in enumerate((800, 800, 800, 350)):
        credit(person, Category.PROFESSIONAL, stated, day=date(2025, 5, 1 + number), origin=f"pro{number}")
    for number, stated in enumerate((800, 800, 400)):
        credit(person, Category.POLITICAL_THEORY, stated, day=date(2025, 6, 1 + number), origin=f"pol{number}")
    credit(person, Category.PARTY_SPIRIT, 800, day=date(2025, 7, 1), origin="party")
    credit(person, Category.XI_RULE_OF_LAW, 400, day=date(2025, 7, 2), origin="xi")
    return person


def test_a_person_at_57_50_is_unmet_with_2_50_to_go(officer, district):
    _assessment, rows = rows_of(district)
    row = rows[officer.pk]

    assert (hours_text(row.attained), hours_text(row.remaining), row.status) == ("57.50", "2.50", "unmet")


def test_the_statement_says_why_57_50_and_not_60(officer, client):
    client.force_login(officer)

    page = client.get(reverse("training:my_statement"), {"year": 2025}).content.decode()

    assert "还差 2.50 学时" in page
    assert "57.50" in page
    assert "60 分钟未计入：超出半天上限" in page
    assert "20.00" in page
    assert "不计入累计" in page


def test_base_hours_are_asked_once_they_are_set(officer, district, client):
    open_year(2026)
    make_requirement(year=2026)
    make_requirement(
        year=2026, code="pol", measure=Measure.BASE_HOURS, target=1200, counted=["POLITICAL_THEORY"], title="政治理论"
    )
    make_requirement(year=2026, code="party", measure=Measure.BASE_HOURS, target=800, counted=["PARTY_SPIRIT"], title="党性教育")
    later = at("2026-12-31 12:00")
    facts = {"mode": Mode.CLASS, "title": "班", "now": later}
    for number in range(8):
        day, stated = date(2026, 3, 1 + number), 800 if number < 7 else 400
        ledger.award_hours(person=officer, studied_on=day, category=Category.LAW, origin=f"6{number}", stated=stated, **facts)
    for category, parts in ((Category.POLITICAL_THEORY, (800, 200)), (Category.PARTY_SPIRIT, (800,))):
        for number, stated in enumerate(parts):
            day = date(2026, 5, 1 + number)
            ledger.award_hours(
                person=officer, studied_on=day, category=category, origin=f"{category}{number}", stated=stated, **facts
            )

    _assessment, rows = rows_of(district, 2026, later)

    assert (rows[officer.pk].attained, rows[officer.pk].status) == (6000, "base_missing")


def test_a_year_nobody_opened_says_so_and_shows_no_rate(officer, district, client):
    hr = make_person(unit=district, category=None)
    make_role(person=hr, unit=district, role="district")
    client.force_login(hr)

    page = client.get(reverse("training:board"), {"year": 2024}).content.decode()

    assert "2024 年度尚未由区级开启" in page
    assert "%" not in page.split("<main")[1].replace("%20", "")


class Roster:
    """A hundred officers: 3 leave, 4 join, one of them moves in from another unit with 40 hours."""

    def __init__(self, district):
        self.district = district
        self.town = make_unit(parent=district, name="黄村镇")
        self.other = make_unit(parent=district, name="西红门镇")
        self.bureau = make_person(unit=district, category=None)
        make_role(person=self.bureau, unit=district, role="district")
        self.officers = [make_person(unit=self.town, since=date(2024, 1, 1)) for _ in range(100)]
        for person in self.officers[97:]:
            moves.end_posting(posting=moves.open_posting(person), ended_on=date(2025, 9, 30), reason="left", now=at("2025-09-30"))
        self.officers[97:] = []
        self.officers += [make_person(unit=self.town, since=date(2025, 5, 1)) for _ in range(3)]
        self.mover = make_person(unit=self.other, name="李四")
        self.hours(self.mover, 4000, "before")
        request = moves.request_transfer(
            person=self.mover, to_unit=self.town, effective_on=date(2025, 8, 1), by=self.bureau, now=at("2025-07-20"),
            facts={"category": "enforcement_officer"},
        )  # fmt: skip
        moves.release_transfer(request=request, by=self.bureau, now=at("2025-07-25"))
        self.hours(self.mover, 2200, "after", first=date(2025, 10, 1))
        for number, person in enumerate(self.officers[:89]):
            self.hours(person, 6000, f"class{number}")
        for person, hours, reason in zip(
            self.officers[89:92], (0, 3000, 500), ("MATERNITY", "LONG_SICK", "SECONDMENT"), strict=True
        ):
            adjustments.adjust(
                person=person,
                year=2025,
                reason=AdjustmentReason(reason),
                hours=hours,
                document="文",
                approver="批",
                by=self.bureau,
                now=NOW,
            )
        self.hours(self.officers[90], 3400, "p")
        self.hours(self.officers[91], 500, "q")

    def hours(self, person, amount, origin, first=date(2025, 3, 1)):
        days = -(-amount // 800)
        studies = [
            ledger.Study(
                person_id=person.pk, studied_on=first.replace(day=1 + n), category=Category.LAW, mode=Mode.CLASS, title="班",
                origin=origin, part=n + 1, stated=min(800, amount - 800 * n),
            )
            for n in range(days)
        ]  # fmt: skip
        ledger.post_hours(studies=studies, now=NOW)


def test_a_moving_roster_counts_everybody_once(district):
    place = Roster(district)

    assessment, rows = rows_of(place.town)
    total = assessment.total()

    assert total.obliged == 101
    assert percent_text(total.met_strict, total.obliged) == "89.1%"
    assert (total.met_adjusted, total.adjusted_base, percent_text(total.met_adjusted, total.adjusted_base)) == (92, 100, "92.0%")
    assert (rows[place.mover.pk].attained, rows[place.mover.pk].status) == (6200, "met")
    assert len(compliance.leavers(assessment)) == 3
    other, other_rows = rows_of(place.other)
    assert other_rows == {}
    assert [(row.person_id, row.reason, row.to_unit) for row in compliance.leavers(other)] == [
        (place.mover.pk, "moved", place.town)
    ]


def test_years_later_the_assessment_gives_the_figures_of_that_day(officer, district):
    before = rows_of(district, now=at("2027-01-01"), as_of=at("2026-01-31"))[1][officer.pk]
    after = rows_of(district, now=at("2027-01-01"), as_of=at("2026-02-02"))[1][officer.pk]

    assert (before.attained, after.attained) == (0, 5750)


def held(unit, kind, day, title, **facts):
    values = {"reference": f"纪要{title}", "topics": ("行政处罚法",), "lecturer": "讲师", "participants": 20} | facts
    return ledger.post_session(
        facts=SessionFacts(unit=unit, kind=kind, held_on=day, title=title, origin=title, **values), now=NOW
    )


def test_sessions_of_the_district_count_by_their_conditions(district):
    for kind in SessionKind.values:
        SessionRule.objects.create(kind=kind, valid_from=date(2022, 1, 1), needs_lecturer=False)
    for kind, target in ((SessionKind.PRE_MEETING, 4), (SessionKind.LECTURE, 2), (SessionKind.SPECIAL_CLASS, 2)):
        make_requirement(code=kind, measure=Measure.SESSIONS, target=target, counted=[kind], unit_kind="district_government")
    make_requirement(code="emergency", measure=Measure.TAGGED_COURSE, target=None, counted=["EMERGENCY_LAW"])
    department = make_unit(parent=district, name="司法局")
    for number in range(1, 6):
        held(
            district,
            SessionKind.PRE_MEETING,
            date(2025, number, 10),
            f"会前{number}",
            topics=("甲法", "乙法") if number == 1 else ("甲法",),
        )
    without = held(district, SessionKind.PRE_MEETING, date(2025, 6, 10), "会前6", reference="")
    held(district, SessionKind.LECTURE, date(2025, 1, 10), "讲座1", reference="纪要会前1")
    for number in (2, 3):
        held(district, SessionKind.LECTURE, date(2025, number, 20), f"讲座{number}")
    for number in (1, 2):
        held(
            district,
            SessionKind.SPECIAL_CLASS,
            date(2025, 7, number),
            f"专题班{number}",
            is_special_training=True,
            has_emergency_course=True,
        )
        held(department, SessionKind.PRE_MEETING, date(2025, number, 5), f"局会前{number}")
    for number in range(3):
        held(
            department, SessionKind.SPECIAL_TRAINING, date(2025, 8, 1 + number), f"专题{number}", is_special_training=True,
            has_emergency_course=number == 0,
        )  # fmt: skip

    assessment, _rows = rows_of(district)
    body = bodies.assess_bodies(assessment)

    figures = {(s.requirement.code): (s.attained, s.required) for s in body.standings}
    assert [r["code"] for r in without.refusals] == ["no_minutes_reference"]
    assert (figures["PRE_MEETING"], figures["LECTURE"], figures["SPECIAL_CLASS"]) == ((5, 4), (2, 2), (2, 2))
    tagged = next(s for s in body.standings if s.requirement.code == "emergency")
    assert (percent_text(tagged.attained, tagged.required), sorted(tagged.names)) == ("60.0%", ["专题1", "专题2"])


def test_a_town_counts_the_qualified_and_the_law_graduates_once(district):
    town = make_unit(parent=district, kind="town")
    staff = [make_person(unit=town, category=None) for _ in range(60)]
    kinds = [AttainmentKind.objects.create(code=code, name=code) for code in ("LEGAL_QUALIFICATION", "LEGAL_BACKGROUND")]
    for kind, people in zip(kinds, (staff[:12], staff[5:20]), strict=True):
        batch = [Attainment(person=p, kind=kind, title="证", valid_from=date(2020, 1, 1), origin="x") for p in people]
        ledger.post_attainments(attainments=batch, now=NOW)

    assessment, _rows = rows_of(town)
    share = bodies.staff_shares(assessment)[town.pk]

    assert (share.qualified, share.background, percent_text(share.either, share.staff)) == (12, 15, "33.3%")


@pytest.mark.parametrize("people", [2, 60])
def test_an_assessment_costs_the_same_queries_for_any_number_of_people(people, district, django_assert_num_queries):
    town = make_unit(parent=district)
    for _ in range(people):
        make_person(unit=town)

    with django_assert_num_queries(8):
        assessment, _rows = rows_of(district)

    assert len(assessment.people) == people


def test_a_move_announced_for_later_hides_no_target_today(district, client):
    place = Roster(district)
    person = place.officers[0]
    request = moves.request_transfer(
        person=person, to_unit=place.other, effective_on=date(2025, 12, 20), by=place.bureau, now=at("2025-11-01"), facts={}
    )
    moves.release_transfer(request=request, by=place.bureau, now=at("2025-11-02"))
    client.force_login(person)

    page = client.get(reverse("training:my_statement"), {"year": 2025, "as_of": "2025-11-03"}).content.decode()

    assert "60.00" in page
