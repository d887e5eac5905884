"""A learner claims training of their own: nothing is chosen for them, and what waits is not claimed twice."""

import io

import pytest
from django.urls import reverse

from tests.factories import make_district, make_person, make_rule_set, make_unit
from training.models import HoursLine, Submission

pytestmark = pytest.mark.django_db
SAID = {
    "title": "公开课",
    "studied_on": "2025-03-03",
    "category": "LAW",
    "mode": "CLASS",
    "organiser": "高校",
    "minutes": "90",
    "kind": "certificate",
}


@pytest.fixture
def learner(client):
    make_rule_set()
    person = make_person(unit=make_unit(parent=make_district()))
    client.force_login(person)
    return person


def claim(client, **changes):
    proof = io.BytesIO(b"%PDF-1.4 certificate")
    proof.name = "证书.pdf"
    return client.post(reverse("training:claim"), SAID | {"file": proof} | changes)


def test_a_claim_becomes_a_batch_of_one_line_with_its_evidence(learner, client):
    answer = claim(client)

    batch = Submission.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, reverse("training:submission", args=[batch.pk]))
    line = HoursLine.objects.get()
    assert (line.person, line.category, line.minutes, line.estimate) == (learner, "LAW", 90, 200)
    assert (batch.state, batch.source, batch.unit) == ("submitted", "claim", learner.postings.get().unit)
    assert list(batch.evidence.values_list("kind", "name")) == [("certificate", "证书.pdf")]


@pytest.mark.parametrize("field", ["category", "mode", "kind"])
def test_nothing_is_chosen_for_the_learner(field, learner, client):
    page = client.get(reverse("training:claim")).content.decode()
    answer = claim(client, **{field: ""})

    assert f'<select name="{field}" required id="id_{field}">\n  <option value="" selected>请选择</option>' in page
    assert (answer.status_code, Submission.objects.count()) == (422, 0)


def test_what_waits_is_not_claimed_again(learner, client):
    claim(client)

    answer = claim(client)

    assert answer.status_code == 422
    assert "您已申报此培训，正在等待决定。" in answer.content.decode()
    assert Submission.objects.count() == 1


def test_who_serves_nowhere_cannot_claim(learner, client):
    client.force_login(make_person())

    answer = claim(client)

    assert answer.status_code == 422
    assert not Submission.objects.exists()
