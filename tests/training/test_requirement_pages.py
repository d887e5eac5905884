"""What a year asks for: targets as they are typed, changes and what they replaced, the opening of a year, closing dates."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_unit, open_year
from training import requirements
from training.compliance import assess
from training.errors import BadInput, NotAllowed, WrongState
from training.models import AuditEvent, Measure, Requirement, YearOpening
from training.periods import Period

pytestmark = pytest.mark.django_db
NOW = at("2026-03-02 10:00")


@pytest.fixture
def district():
    open_year(2025)
    return make_district()


@pytest.fixture
def bureau(district, client, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    person = make_person(unit=district, category=None, name="区管理员")
    make_role(person=person, unit=district, role="district")
    client.force_login(person)
    return person


@pytest.mark.parametrize(
    "measure, text, stored",
    [
        (Measure.HOURS, "60", 6000),
        (Measure.HOURS, "57.5", 5750),
        (Measure.BASE_HOURS, " ６０.05 ", 6005),
        (Measure.STAFF_SHARE, "33.33%", 3333),
        (Measure.COVERAGE, "100", 10000),
        (Measure.SESSIONS, "4", 4),
        (Measure.HOURS, "", None),
        (Measure.TAGGED_COURSE, "", None),
    ],
)
def test_a_target_is_stored_exactly_as_typed(measure, text, stored):
    assert requirements.parse_target(measure=measure, text=text) == stored


@pytest.mark.parametrize(
    "measure, text",
    [
        (Measure.HOURS, "60.005"),
        (Measure.HOURS, "6e1"),
        (Measure.HOURS, "-1"),
        (Measure.HOURS, "0.00"),
        (Measure.HOURS, "1000.01"),
        (Measure.COVERAGE, "100.01"),
        (Measure.SESSIONS, "2.5"),
        (Measure.SESSIONS, "²"),
        (Measure.TAGGED_COURSE, "1"),
    ],
)
def test_what_is_no_target_is_refused(measure, text):
    with pytest.raises(BadInput):
        requirements.parse_target(measure=measure, text=text)


def test_a_change_shows_what_stood_before_who_when_and_by_which_document(district, bureau, client):
    row = make_requirement(deciding_document="旧文件")

    client.post(reverse("training:change_requirement", args=[row.pk]), {"target": "40.5", "document": "京兴发〔2026〕2号"})

    ((present, changes),) = requirements.of_year_with_changes(2025)
    assert (present.target, present.deciding_document) == (4050, "京兴发〔2026〕2号")
    assert [(c.before.target, c.before.deciding_document, c.after.entered_by) for c in changes] == [(6000, "旧文件", bureau)]
    event = AuditEvent.objects.get(act="change_requirement")
    assert event.facts["target"] == [6000, 4050]
    page = client.get(reverse("training:requirements"), {"year": 2025}).content.decode()
    for words in ("40.50", "60.00", "旧文件", "京兴发〔2026〕2号", "区管理员"):
        assert words in page


def test_a_changed_row_keeps_its_place(district):
    first, second = make_requirement(code="a"), make_requirement(code="b")

    requirements.set_target(requirement=first, target=100, document="文", by=None, now=NOW)

    assert [row.code for row, _changes in requirements.of_year_with_changes(2025)] == ["a", "b"]
    assert requirements.of_year_with_changes(2025)[1] == (second, [])


@pytest.mark.parametrize("target, document", [(4000, " "), (6000, "旧文件")], ids=["no document", "nothing changes"])
def test_a_change_names_its_document_and_changes_something(target, document, district):
    row = make_requirement(deciding_document="旧文件")

    with pytest.raises(BadInput):
        requirements.set_target(requirement=row, target=target, document=document, by=None, now=NOW)
    assert Requirement.objects.count() == 1


def test_two_who_change_the_same_row_do_not_overwrite_each_other(district, bureau, client):
    row = make_requirement()
    requirements.set_target(requirement=row, target=4000, document="甲", by=None, now=NOW)

    answer = client.post(reverse("training:change_requirement", args=[row.pk]), {"target": "30", "document": "乙"})

    assert answer.status_code == 409
    assert Requirement.objects.get(superseded_at=None).target == 4000
    with pytest.raises(WrongState):
        requirements.set_target(requirement=row, target=3000, document="乙", by=None, now=NOW)


def test_base_hours_are_set_and_unset_from_the_page(district, bureau, client):
    town = make_unit(parent=district)
    make_person(unit=town)
    make_requirement(target=100, title="学时")
    base = make_requirement(code="base", measure=Measure.BASE_HOURS, target=None, counted=["POLITICAL_THEORY"])

    def base_asked():
        assessment = assess(unit=district, period=Period(2025), now=at("2025-12-01"))
        return [r.target for r in assessment.base_requirements]

    client.post(reverse("training:change_requirement", args=[base.pk]), {"target": "12", "document": "文一"})
    assert base_asked() == [1200]
    now = Requirement.objects.get(code="base", superseded_at=None)
    client.post(reverse("training:change_requirement", args=[now.pk]), {"target": "", "document": "文二"})

    assert base_asked() == [None]


def test_a_unit_changes_no_requirement_and_no_closing_date(district):
    row = make_requirement()
    hr = make_person(unit=make_unit(parent=district), category=None)
    make_role(person=hr, unit=district, role="hr")

    with pytest.raises(NotAllowed):
        requirements.set_target(requirement=row, target=1, document="文", by=hr, now=NOW)
    with pytest.raises(NotAllowed):
        requirements.set_closing_dates(year=2025, claims_close_on=None, certification_closes_on=None, by=hr, now=NOW)


def opening_form(**facts):
    return {"year": 2026, "copy_from": 2025, "target_hours": "60.00", "target_sessions": "4"} | facts


def test_a_year_is_opened_with_each_row_s_target_and_document(district, bureau, client):
    make_requirement()
    make_requirement(code="sessions", measure=Measure.SESSIONS, target=4, counted=["PRE_MEETING"])
    shown = client.get(reverse("training:open_year"))
    assert {name for name in shown.context["form"].fields if "_" in name and "close" not in name} == {
        "target_hours",
        "document_hours",
        "target_sessions",
        "document_sessions",
    }

    facts = {"target_hours": "50", "document_hours": "京兴发〔2026〕1号", "claims_close_on": "2026-12-10"}
    answer = client.post(reverse("training:open_year"), opening_form(**facts))

    assert answer.status_code == 302
    assert list(Requirement.objects.of_year(2026).values_list("code", "target", "deciding_document")) == [
        ("hours", 5000, "京兴发〔2026〕1号"),
        ("sessions", 4, ""),
    ]
    assert YearOpening.objects.get(year=2026).claims_close_on == date(2026, 12, 10)
    assert AuditEvent.objects.get(act="open_year").facts["targets"] == {"hours": [6000, 5000]}


def test_a_wrong_figure_opens_nothing_and_is_marked_in_place(district, bureau, client):
    make_requirement()
    make_requirement(code="sessions", measure=Measure.SESSIONS, target=4, counted=["PRE_MEETING"])

    answer = client.post(reverse("training:open_year"), opening_form(target_sessions="四"))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["target_sessions"]
    assert not YearOpening.objects.filter(year=2026).exists()


def test_an_open_year_says_so_with_a_link(district, bureau, client):
    make_requirement()

    shown = client.get(reverse("training:open_year"), {"year": 2025, "copy_from": 2025})
    posted = client.post(reverse("training:open_year"), opening_form(year=2025))

    assert 'href="/requirements/?year=2025"' in shown.content.decode()
    assert (posted.status_code, Requirement.objects.count()) == (409, 1)


def test_closing_dates_are_set_later_and_the_change_is_kept(district, bureau, client):
    address = reverse("training:closing_dates", args=[2025])
    client.post(address, {"claims_close_on": "2025-12-10", "certification_closes_on": "2025-12-31"})
    client.post(address, {"claims_close_on": "2025-12-10", "certification_closes_on": "2026-01-15"})
    client.post(address, {"claims_close_on": "2025-12-10", "certification_closes_on": "2026-01-15"})

    opening = YearOpening.objects.get(year=2025)
    assert (opening.claims_close_on, opening.certification_closes_on) == (date(2025, 12, 10), date(2026, 1, 15))
    assert [e.facts for e in AuditEvent.objects.filter(act="set_closing_dates").order_by("sequence")] == [
        {"claims_close_on": [None, "2025-12-10"], "certification_closes_on": [None, "2025-12-31"]},
        {"certification_closes_on": ["2025-12-31", "2026-01-15"]},
    ]


@pytest.mark.parametrize("claims, certification", [("2024-12-31", ""), ("2025-12-20", "2025-12-19")])
def test_odd_closing_dates_are_refused(claims, certification, district, bureau, client):
    answer = client.post(
        reverse("training:closing_dates", args=[2025]), {"claims_close_on": claims, "certification_closes_on": certification}
    )

    assert answer.status_code == 422
    assert '<details class="panel" id="closing" open>' in answer.content.decode()
    assert YearOpening.objects.get().certification_closes_on is None


@pytest.mark.parametrize("rows", [1, 20])
@pytest.mark.parametrize("name, queries", [("requirements", 7), ("open_year", 5)])
def test_the_pages_cost_the_same_queries_for_any_number_of_rows(
    name, queries, rows, district, bureau, client, django_assert_num_queries
):
    for number in range(rows):
        row = make_requirement(code=f"r{number}")
        requirements.set_target(requirement=row, target=100, document="文", by=bureau, now=NOW)
    client.get(reverse(f"training:{name}"))

    with django_assert_num_queries(queries):
        client.get(reverse(f"training:{name}"), {"year": 2025} if name == "requirements" else {})
