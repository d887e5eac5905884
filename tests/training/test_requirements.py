"""The district opens a year: rows are copied, each citing what decided it; a row is superseded, never edited."""

import pytest
from django.urls import reverse

from tests.factories import at, make_person, make_role, make_unit
from training import fixtures, requirements
from training.errors import BadInput, NotAllowed, WrongState, YearNotOpened
from training.models import AuditEvent, Requirement, YearOpening
from training.templatetags.ui import target_text

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05 10:00")
COPIED = ("code", "title", "measure", "staff_category", "unit_kind", "counted", "unit_word", "document_id", "item", "quote")


@pytest.fixture
def bureau():
    fixtures.load(now=NOW)
    district = make_unit(code="bureau", kind="department")
    person = make_person(unit=district, category=None)
    make_role(person=person, unit=district, role="district")
    return person


def rows_of(year):
    return {row.code: row for row in Requirement.objects.of_year(year).known_at(None)}


def test_opening_a_year_copies_every_row_and_changes_those_named(bureau):
    requirements.open_year(
        year=2026,
        copy_from=2025,
        by=bureau,
        now=NOW,
        targets={"BASE_POLITICAL": 1200},
        documents={"BASE_POLITICAL": "京兴司发〔2026〕1号"},
    )

    old, new = rows_of(2025), rows_of(2026)
    assert [[getattr(row, name) for name in COPIED] for row in new.values()] == [
        [getattr(row, name) for name in COPIED] for row in old.values()
    ]
    changed = {code for code in old if new[code].target != old[code].target}
    assert (changed, new["BASE_POLITICAL"].target, new["HOURS_60"].target) == ({"BASE_POLITICAL"}, 1200, 6000)
    cited = {row.deciding_document for code, row in new.items() if code != "BASE_POLITICAL"}
    assert (new["BASE_POLITICAL"].deciding_document, cited) == ("京兴司发〔2026〕1号", {""})


def test_a_row_cites_its_document_or_says_that_it_was_carried_over(bureau, client):
    requirements.open_year(year=2026, copy_from=2025, by=bureau, now=NOW, documents={"HOURS_60": "京兴司发〔2026〕1号"})
    client.force_login(bureau)

    page = client.get(reverse("training:requirements"), {"year": 2026}).content.decode()

    rows = len(rows_of(2026))
    assert page.count("京兴司发〔2026〕1号") == 1
    assert page.count("沿用，依据待确认") == rows - 1


def test_the_district_opens_a_year_on_the_page_with_the_document_of_all_its_rows(bureau, client):
    client.force_login(bureau)
    said = {"year": 2026, "copy_from": 2025, "document": "京兴司发〔2026〕2号", "claims_close_on": "2026-12-20"}

    answer = client.post(reverse("training:open_year"), said)

    assert answer.status_code == 302
    assert {row.deciding_document for row in rows_of(2026).values()} == {"京兴司发〔2026〕2号"}
    assert YearOpening.objects.get(year=2026).claims_close_on.isoformat() == "2026-12-20"
    again = client.post(reverse("training:open_year"), said)
    assert (again.status_code, reverse("training:requirements") in again.content.decode()) == (409, True)


def test_a_target_changed_on_the_page_asks_for_its_document_in_its_place(bureau, client):
    client.force_login(bureau)
    said = {"year": 2026, "copy_from": 2025}
    said |= {f"target_{row.code}": target_text(row.measure, row.target).strip("—%") for row in rows_of(2025).values()}

    refused = client.post(reverse("training:open_year"), said | {"target_HOURS_60": "70"})

    page = refused.content.decode()
    assert (refused.status_code, YearOpening.objects.filter(year=2026).exists()) == (422, False)
    assert page.count("目标有变动：请填写决定文件。") == 1
    assert 'id="id_document_HOURS_60_error"' in page
    taken = client.post(
        reverse("training:open_year"), said | {"target_HOURS_60": "70", "document_HOURS_60": "京兴司发〔2026〕5号"}
    )
    assert taken.status_code == 302
    row = rows_of(2026)["HOURS_60"]
    assert (row.target, row.deciding_document) == (7000, "京兴司发〔2026〕5号")


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"year": 2025, "copy_from": 2024}, WrongState),
        ({"year": 2026, "copy_from": 2020}, YearNotOpened),
        ({"year": 2026, "copy_from": 2025, "targets": {"HOURS_61": 6100}}, BadInput),
        ({"year": 2026, "copy_from": 2025, "targets": {"HOURS_60": 7000}}, BadInput),
        ({"year": 2026, "copy_from": 2025, "targets": {"HOURS_60": None}, "documents": {"HOURS_60": " "}}, BadInput),
    ],
    ids=["open already", "nothing to copy", "a row that does not exist", "a change without a document", "a blank document"],
)
def test_a_year_that_cannot_be_opened_stays_as_it_was(facts, error, bureau):
    before = list(Requirement.objects.order_by("pk").values()), list(YearOpening.objects.values())

    with pytest.raises(error):
        requirements.open_year(by=bureau, now=NOW, **facts)

    assert (list(Requirement.objects.order_by("pk").values()), list(YearOpening.objects.values())) == before


def test_only_the_district_opens_a_year_and_changes_its_rows(bureau):
    hr = make_person(category=None)
    make_role(person=hr, unit=make_unit(), role="hr")

    with pytest.raises(NotAllowed):
        requirements.open_year(year=2026, copy_from=2025, by=hr, now=NOW)
    with pytest.raises(NotAllowed):
        requirements.change_requirement(requirement=rows_of(2025)["HOURS_60"], by=hr, now=NOW, target=5000)


def test_a_changed_row_takes_the_place_of_the_old_one_which_stays_for_the_day_before(bureau):
    old = rows_of(2025)["HOURS_60"]

    requirements.change_requirement(requirement=old, by=bureau, now=NOW, target=7000, deciding_document="京兴司发〔2026〕3号")

    present = rows_of(2025)["HOURS_60"]
    assert (present.target, present.deciding_document, present.quote) == (7000, "京兴司发〔2026〕3号", old.quote)
    before = Requirement.objects.of_year(2025).known_at(at("2026-01-05 09:59")).get(code="HOURS_60")
    assert (before.pk, before.target) == (old.pk, 6000)
    assert AuditEvent.objects.get(act="change_requirement").facts["target"] == [6000, 7000]
    with pytest.raises(WrongState):
        requirements.change_requirement(requirement=old, by=bureau, now=NOW, target=8000)


@pytest.mark.parametrize("rows", [1, 16])
def test_the_page_costs_the_same_queries_for_any_number_of_rows(rows, bureau, client, settings, django_assert_num_queries):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    spare = list(rows_of(2025).values())[rows:]
    Requirement.objects.filter(pk__in=[row.pk for row in spare]).delete()
    client.force_login(bureau)
    client.get(reverse("training:requirements"), {"year": 2025})

    with django_assert_num_queries(7):
        page = client.get(reverse("training:requirements"), {"year": 2025}).content.decode()

    assert page.count('class="quote"') == rows
