"""What a person owes less of: proposed by the unit, confirmed by somebody else, withdrawn, never edited."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import adjustments, compliance
from training.errors import BadInput, NotAllowed, OwnDecision, WrongState
from training.models import Adjustment
from training.periods import Period

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05 10:00")
LATER = at("2026-01-06 10:00")


class Place:
    def __init__(self):
        make_rule_set()
        open_year(2025)
        make_requirement()
        self.district = make_district()
        self.town = make_unit(code="T", parent=self.district, kind="town")
        self.hr, self.hr2 = (self.with_role("hr", self.town) for _ in range(2))
        self.bureau, self.bureau2 = (self.with_role("district", self.district) for _ in range(2))
        self.person = make_person(unit=self.town, staff_no="A001", since=date(2024, 1, 1))

    def with_role(self, role, unit):
        person = make_person(unit=unit, category=None)
        make_role(person=person, unit=unit, role=role)
        return person

    def propose(self, hours=3000, by=None, person=None, now=NOW, reason="LONG_SICK"):
        return adjustments.adjust(
            person=person or self.person, year=2025, reason=reason, hours=hours, document="京兴人社〔2025〕8号", approver="王局长",
            by=by or self.hr, now=now,
        )  # fmt: skip

    def owes(self, as_of=None):
        assessment = compliance.assess(unit=self.town, period=Period(2025), now=at("2026-02-01"), as_of=as_of)
        return next(row.required for row in assessment.people if row.person_id == self.person.pk)


@pytest.fixture
def place():
    return Place()


def test_what_a_unit_proposes_counts_from_its_confirmation_on(place):
    proposal = place.propose()
    assert place.owes() == 6000

    adjustments.confirm(adjustment=proposal, by=place.bureau, now=LATER)

    assert place.owes() == 3000
    assert place.owes(as_of=at("2026-01-06 09:59")) == 6000


def test_the_unit_cannot_confirm_what_it_proposed(place):
    with pytest.raises(NotAllowed):
        adjustments.confirm(adjustment=place.propose(), by=place.hr2, now=LATER)
    assert place.owes() == 6000


def test_nobody_confirms_their_own_entry_or_their_own_matter(place):
    entered = place.propose(person=place.bureau, by=place.bureau)
    assert entered.confirmed_at is None

    with pytest.raises(OwnDecision):
        adjustments.confirm(adjustment=entered, by=place.bureau, now=LATER)

    adjustments.confirm(adjustment=entered, by=place.bureau2, now=LATER)
    with pytest.raises(OwnDecision):
        adjustments.withdraw(adjustment=entered, by=place.bureau, now=LATER)


def test_a_proposal_about_the_one_who_confirms_is_not_confirmed_by_them(place):
    make_role(person=place.person, unit=place.district, role="district")
    proposal = place.propose()

    with pytest.raises(OwnDecision):
        adjustments.confirm(adjustment=proposal, by=place.person, now=LATER)


def test_a_confirmed_proposal_takes_the_place_of_what_was_in_force(place):
    first = place.propose(hours=3000, by=place.bureau)
    second = place.propose(hours=2000)
    assert place.owes() == 3000

    adjustments.confirm(adjustment=second, by=place.bureau, now=LATER)

    first.refresh_from_db()
    assert (place.owes(), first.superseded_at) == (2000, LATER)
    assert place.owes(as_of=at("2026-01-05 12:00")) == 3000


def test_a_second_proposal_takes_the_place_of_the_first_which_can_no_longer_be_confirmed(place):
    first, second = place.propose(hours=3000), place.propose(hours=2000)

    with pytest.raises(WrongState):
        adjustments.confirm(adjustment=first, by=place.bureau, now=LATER)

    adjustments.confirm(adjustment=second, by=place.bureau, now=LATER)
    with pytest.raises(WrongState):
        adjustments.confirm(adjustment=second, by=place.bureau2, now=LATER)
    assert place.owes() == 2000


def test_the_same_proposal_again_is_the_same_row(place):
    assert place.propose().pk == place.propose(by=place.hr2).pk
    assert Adjustment.objects.count() == 1


def test_withdrawn_the_requirement_holds_in_full_again(place):
    entered = place.propose(by=place.bureau)

    adjustments.withdraw(adjustment=entered, by=place.bureau2, now=LATER)

    assert (place.owes(), place.owes(as_of=at("2026-01-05 12:00"))) == (6000, 3000)
    with pytest.raises(WrongState):
        adjustments.withdraw(adjustment=entered, by=place.bureau2, now=LATER)


def test_who_proposed_takes_it_back_while_it_waits_and_nobody_else_of_the_unit(place):
    proposal = place.propose()
    with pytest.raises(NotAllowed):
        adjustments.withdraw(adjustment=proposal, by=place.hr2, now=LATER)

    adjustments.withdraw(adjustment=proposal, by=place.hr, now=LATER)

    with pytest.raises(WrongState):
        adjustments.confirm(adjustment=proposal, by=place.bureau, now=LATER)
    confirmed = place.propose(hours=1000)
    adjustments.confirm(adjustment=confirmed, by=place.bureau, now=LATER)
    with pytest.raises(NotAllowed):
        adjustments.withdraw(adjustment=confirmed, by=place.hr, now=LATER)


@pytest.mark.parametrize(
    "facts",
    [{"document": " "}, {"approver": ""}, {"hours": -1}, {"reason": "HOLIDAY"}],
    ids=["document", "approver", "hours", "reason"],
)
def test_without_document_approver_reason_or_with_negative_hours_it_is_refused(facts, place):
    values = {"person": place.person, "year": 2025, "reason": "LONG_SICK", "hours": 0, "document": "文", "approver": "批"}

    with pytest.raises(BadInput):
        adjustments.adjust(by=place.hr, now=NOW, **(values | facts))
    assert not Adjustment.objects.exists()


def test_proposed_and_confirmed_on_the_pages(place, client):
    said = {"staff_no": "A001", "year": 2025, "reason": "MATERNITY", "hours": "0", "document": "文", "approver": "批"}
    client.force_login(place.hr)
    page = client.post(reverse("training:adjustments"), said, follow=True).content.decode()
    row = Adjustment.objects.get()
    assert reverse("training:confirm_adjustment", args=[row.pk]) not in page
    assert reverse("training:withdraw_adjustment", args=[row.pk]) in page  # who proposed may take it back
    assert client.post(reverse("training:confirm_adjustment", args=[row.pk])).status_code == 403
    client.force_login(place.hr2)
    page = client.get(reverse("training:adjustments")).content.decode()
    assert reverse("training:withdraw_adjustment", args=[row.pk]) not in page

    client.force_login(place.bureau)
    assert reverse("training:confirm_adjustment", args=[row.pk]) in client.get(reverse("training:adjustments")).content.decode()
    answer = client.post(reverse("training:confirm_adjustment", args=[row.pk]))

    assert (answer.status_code, place.owes()) == (302, 0)


def test_another_unit_s_hr_neither_finds_nor_decides_it(place, client):
    proposal = place.propose()
    other = make_unit(parent=place.district)
    stranger = place.with_role("hr", other)
    client.force_login(stranger)

    page = client.get(reverse("training:adjustments")).content.decode()

    assert "京兴人社〔2025〕8号" not in page
    assert client.post(reverse("training:withdraw_adjustment", args=[proposal.pk])).status_code == 404
