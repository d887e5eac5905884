"""A person who serves elsewhere is asked for; the old unit or the district releases, and till then tells nothing."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import ledger, people
from training.errors import BadInput, NotAllowed, WrongState
from training.models import Person, Posting, TransferRequest

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05 10:00")


class Place:
    def __init__(self):
        make_rule_set()
        open_year(2025)
        make_requirement()
        self.district = make_district()
        self.old = make_unit(code="OLD", name="黄村镇人民政府", parent=self.district, kind="town")
        self.new = make_unit(code="NEW", name="西红门镇人民政府", parent=self.district, kind="town")
        self.old_hr, self.new_hr = self.with_role("hr", self.old), self.with_role("hr", self.new)
        self.bureau = self.with_role("district", self.district)
        self.person = make_person(unit=self.old, name="李四", staff_no="A777")
        ledger.award_hours(
            person=self.person, studied_on=date(2025, 3, 3), category="LAW", mode="CLASS", title="行政处罚法", origin="x",
            stated=4000, now=NOW,
        )  # fmt: skip

    def with_role(self, role, unit):
        person = make_person(unit=unit, category=None, name=f"{role}{unit.code}")
        make_role(person=person, unit=unit, role=role)
        return person

    def asked(self, on=date(2026, 2, 1)):
        return people.request_transfer(
            person=self.person, to_unit=self.new, effective_on=on, by=self.new_hr, now=NOW, facts={"post": "执法队员"}
        )


@pytest.fixture
def place():
    return Place()


@pytest.mark.parametrize("who", ["old_hr", "bureau"])
def test_the_old_unit_or_the_district_releases_and_the_history_stays(who, place):
    people.release_transfer(request=place.asked(), by=getattr(place, who), now=NOW)

    known = Posting.objects.known_at(None).filter(person=place.person).order_by("started_on")
    assert [(p.unit.code, p.started_on, p.ended_on, p.post) for p in known] == [
        ("OLD", date(2024, 1, 1), date(2026, 1, 31), ""),
        ("NEW", date(2026, 2, 1), None, "执法队员"),
    ]
    assert TransferRequest.objects.get().decided_by == getattr(place, who)


def test_the_asking_unit_cannot_release_or_refuse(place):
    request = place.asked()

    with pytest.raises(NotAllowed):
        people.release_transfer(request=request, by=place.new_hr, now=NOW)
    with pytest.raises(NotAllowed):
        people.refuse_transfer(request=request, reason="不同意", by=place.new_hr, now=NOW)
    assert people.open_posting(place.person).unit == place.old


def test_a_refusal_gives_its_reason_and_moves_nobody(place):
    request = place.asked()
    with pytest.raises(BadInput):
        people.refuse_transfer(request=request, reason=" ", by=place.old_hr, now=NOW)

    people.refuse_transfer(request=request, reason="工作需要", by=place.old_hr, now=NOW)

    found = TransferRequest.objects.get()
    assert (found.state, found.reason, people.open_posting(place.person).unit) == ("refused", "工作需要", place.old)
    with pytest.raises(WrongState):
        people.release_transfer(request=request, by=place.bureau, now=NOW)


def test_asking_again_is_one_request_and_another_unit_waits(place):
    assert place.asked().pk == place.asked().pk
    third = make_unit(parent=place.district)

    with pytest.raises(WrongState):
        people.request_transfer(person=place.person, to_unit=third, effective_on=date(2026, 3, 1), by=place.bureau, now=NOW)


def seen(client, place) -> dict:
    """What the pages tell about the person to whoever is signed in."""
    record = client.get(reverse("training:statement", args=[place.person.pk]), {"year": 2025})
    found = client.get(reverse("training:search"), {"q": "A777"}).content.decode()
    return {
        "person": client.get(reverse("training:person", args=[place.person.pk])).status_code,
        "statement": record.status_code,
        "found": reverse("training:person", args=[place.person.pk]) in found,
        "old unit": "黄村镇人民政府" in client.get(reverse("training:transfers")).content.decode(),
    }


def test_until_the_release_the_asking_unit_learns_nothing(place, client):
    request = place.asked(on=date(2026, 1, 1))
    client.force_login(place.new_hr)

    before = seen(client, place)
    page = client.get(reverse("training:transfers")).content.decode()
    people.release_transfer(request=request, by=place.old_hr, now=NOW)
    after = seen(client, place)

    assert before == {"person": 404, "statement": 404, "found": False, "old unit": False}
    assert ("李四" in page, "A777" in page) == (True, False)
    assert after == {"person": 200, "statement": 200, "found": True, "old unit": True}
    assert "40.00" in client.get(reverse("training:statement", args=[place.person.pk]), {"year": 2025}).content.decode()
    assert not Person.objects.visible_to(place.old_hr).filter(pk=place.person.pk).exists()


def test_released_on_the_page_by_the_old_unit_and_by_nobody_else(place, client):
    request = place.asked()
    address = reverse("training:release_transfer", args=[request.pk])
    stranger = place.with_role("hr", make_unit(parent=place.district))

    answers = {}
    for name, person in (("stranger", stranger), ("asking", place.new_hr), ("learner", place.person), ("old", place.old_hr)):
        client.force_login(person)
        answers[name] = client.post(address).status_code

    assert answers == {"stranger": 404, "asking": 403, "learner": 404, "old": 302}
    assert TransferRequest.objects.get().decided_by == place.old_hr


@pytest.mark.parametrize("number", [1, 30])
def test_the_page_costs_the_same_queries_for_any_number_of_requests(number, place, client, settings, django_assert_num_queries):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    for _ in range(number):
        person = make_person(unit=place.old)
        people.request_transfer(person=person, to_unit=place.new, effective_on=date(2026, 2, 1), by=place.new_hr, now=NOW)
    client.force_login(place.old_hr)
    client.get(reverse("training:transfers"))

    with django_assert_num_queries(5):
        client.get(reverse("training:transfers"))
