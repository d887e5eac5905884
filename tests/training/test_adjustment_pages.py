"""Adjustments: proposed by the unit, confirmed or refused by the bureau, withdrawn; found again, with their effect."""

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_unit, open_year
from training import adjustments
from training.errors import BadInput, OwnDecision, WrongState
from training.models import Adjustment

pytestmark = pytest.mark.django_db
NOW = at("2025-09-01 10:00")


@pytest.fixture
def place(settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    open_year(2025)
    make_requirement()
    district = make_district()
    town = make_unit(code="T", parent=district, name="黄村镇")
    hr, bureau = make_person(unit=town, category=None, name="人事"), make_person(unit=district, category=None, name="区局")
    make_role(person=hr, unit=town, role="hr")
    make_role(person=bureau, unit=district, role="district")
    return town, hr, bureau


def propose(person, by, hours=3000, year=2025, reason="LONG_SICK"):
    facts = {"document": "病假证明", "approver": "局长"}
    return adjustments.adjust(person=person, year=year, reason=reason, hours=hours, by=by, now=NOW, **facts)


def rows_of(client, **given):
    return client.get(reverse("training:adjustments"), given).context["page"].object_list


def test_the_bureau_refuses_with_a_reason_that_the_unit_reads(place, client):
    town, hr, bureau = place
    row = propose(make_person(unit=town), hr)
    client.force_login(bureau)

    client.post(reverse("training:refuse_adjustment", args=[row.pk]), {"reason": "证明已过期"})

    row.refresh_from_db()
    assert (row.outcome, row.outcome_reason, row.confirmed_at) == ("refused", "证明已过期", None)
    client.force_login(hr)
    assert rows_of(client) == []
    assert "证明已过期" in client.get(reverse("training:adjustments"), {"state": "ended"}).content.decode()


def test_a_refusal_needs_a_reason_and_what_is_in_force_is_not_refused(place):
    town, hr, bureau = place
    person = make_person(unit=town)
    row = propose(person, hr)

    with pytest.raises(BadInput):
        adjustments.refuse(adjustment=row, reason=" ", by=bureau, now=NOW)
    adjustments.confirm(adjustment=row, by=bureau, now=NOW)
    with pytest.raises(WrongState):
        adjustments.refuse(adjustment=row, reason="错", by=bureau, now=NOW)


def test_nobody_refuses_or_confirms_their_own(place):
    _town, hr, bureau = place
    about_oneself = propose(bureau, None)
    Adjustment.objects.update(confirmed_at=None, entered_by=hr)

    for act, facts in ((adjustments.confirm, {}), (adjustments.refuse, {"reason": "错"})):
        with pytest.raises(OwnDecision):
            act(adjustment=about_oneself, by=bureau, now=NOW, **facts)
    about_oneself.refresh_from_db()
    assert adjustments.acts_open_to(about_oneself, bureau) == set()


def test_each_sees_the_acts_open_to_them_and_the_page_has_just_these(place, client):
    town, hr, bureau = place
    waiting, in_force = propose(make_person(unit=town), hr), propose(make_person(unit=town), hr)
    adjustments.confirm(adjustment=in_force, by=bureau, now=NOW)

    acts = {}
    for name, user in (("hr", hr), ("bureau", bureau)):
        client.force_login(user)
        acts[name] = {row.pk: found for row, _effect, found in rows_of(client)}
    assert acts == {
        "hr": {waiting.pk: {"withdraw"}, in_force.pk: set()},
        "bureau": {waiting.pk: {"confirm", "refuse"}, in_force.pk: {"withdraw"}},
    }
    client.force_login(hr)
    page = client.get(reverse("training:adjustments")).content.decode()
    assert page.count("/withdraw/") == 1
    assert reverse("training:withdraw_adjustment", args=[waiting.pk]) in page


def test_the_proposer_withdraws_what_waits_and_comes_back_to_the_filtered_list(place, client):
    town, hr, _bureau = place
    row = propose(make_person(unit=town), hr)
    client.force_login(hr)

    answer = client.post(reverse("training:withdraw_adjustment", args=[row.pk]) + "?year=2025")

    row.refresh_from_db()
    assert (answer.url, row.outcome) == ("/adjustments/?year=2025", "withdrawn")


def test_the_effect_is_what_was_owed_before_and_what_is_owed_after(place):
    town, hr, bureau = place
    person, other, exempted = make_person(unit=town), make_person(unit=town, category=None), make_person(unit=town)
    first = propose(person, hr)
    adjustments.confirm(adjustment=first, by=bureau, now=NOW)
    first.refresh_from_db()
    second = propose(person, hr, hours=2050)
    rows = [first, second, propose(other, hr), propose(exempted, hr, hours=0), propose(exempted, hr, hours=9000, year=2024)]

    found = adjustments.effects(rows, now=NOW)

    assert [(found[row.pk].before, found[row.pk].after) for row in rows] == [
        (6000, 3000),
        (3000, 2050),
        (None, None),
        (6000, 0),
        (None, None),
    ]


def test_the_page_shows_the_effect_and_links_to_the_person(place, client):
    town, hr, _bureau = place
    row = propose(make_person(unit=town), hr)
    client.force_login(hr)

    page = client.get(reverse("training:adjustments")).content.decode()

    assert "60.00 → 30.00" in page
    assert f'href="/people/{row.person_id}/"' in page


@pytest.mark.parametrize(
    "given, names",
    [
        ({"year": 2024}, ["戊"]),
        ({"unit": "T2"}, ["丙"]),
        ({"unit": "T"}, ["丁", "丙", "甲"]),
        ({"reason": "MATERNITY"}, ["丁"]),
        ({"state": "waiting"}, ["戊", "丁", "丙", "甲"]),
        ({"state": "in_force"}, ["乙"]),
        ({"state": "ended"}, ["己"]),
        ({}, ["戊", "丁", "丙", "乙", "甲"]),
    ],
    ids=str,
)
def test_adjustments_are_found_by_year_unit_reason_and_state(given, names, place, client):
    town, hr, bureau = place
    office = make_unit(code="T2", parent=town)
    elsewhere = make_unit(code="E", parent=town.parent)
    propose(make_person(unit=town, name="甲"), hr)
    propose(make_person(unit=elsewhere, name="乙"), bureau)
    propose(make_person(unit=office, name="丙"), hr)
    propose(make_person(unit=town, name="丁"), hr, reason="MATERNITY")
    old = propose(make_person(unit=elsewhere, name="戊"), None, year=2024)
    Adjustment.objects.filter(pk=old.pk).update(confirmed_at=None)
    adjustments.withdraw(adjustment=propose(make_person(unit=town, name="己"), hr), by=hr, now=NOW)
    client.force_login(bureau)

    assert sorted(row.person.name for row, *_rest in rows_of(client, **given)) == sorted(names)


def test_a_unit_out_of_reach_is_no_filter(place, client):
    _town, hr, _bureau = place
    make_unit(code="E", parent=make_unit(code="D2"))
    client.force_login(hr)

    assert client.get(reverse("training:adjustments"), {"unit": "E"}).status_code == 404
    assert client.get(reverse("training:adjustments"), {"year": "20x5"}).status_code == 422


def test_what_waits_stands_first_and_then_what_was_confirmed_last(place, client):
    town, hr, bureau = place
    early, waiting, late = (propose(make_person(unit=town), hr) for _ in range(3))
    adjustments.confirm(adjustment=early, by=bureau, now=at("2025-09-02"))
    adjustments.confirm(adjustment=late, by=bureau, now=at("2025-09-03"))
    client.force_login(bureau)

    assert [row.pk for row, *_rest in rows_of(client)] == [waiting.pk, late.pk, early.pk]


@pytest.mark.parametrize("rows", [1, 30])
def test_the_page_costs_the_same_queries_for_any_number_of_rows(rows, place, client, django_assert_num_queries):
    town, hr, bureau = place
    for number in range(rows):
        propose(make_person(unit=town), (hr, bureau)[number % 2])
    client.force_login(bureau)
    client.get(reverse("training:adjustments"))

    with django_assert_num_queries(11):
        client.get(reverse("training:adjustments"))
