"""The key of the personal numbers is replaced: everything stays readable and findable, and every chain valid."""

import pytest
from django.core.management import CommandError, call_command

from tests.factories import at, make_person
from training import audit, crypto, proofs
from training.models import Person

pytestmark = pytest.mark.django_db
NUMBER, PHONE = "990101199001010010", "13800000000"


@pytest.fixture
def person():
    return make_person(
        id_number_sealed=crypto.seal(NUMBER),
        id_number_index=crypto.blind_index(NUMBER),
        phone_sealed=crypto.seal(PHONE),
        phone_index=crypto.blind_index(PHONE),
    )


def test_numbers_are_read_and_found_under_the_new_key_alone(person, settings, capsys):
    audit.record(actor=person, act="adjust", subject="person:1", now=at("2026-01-05"), personal={"reason": "产假"})
    settings.SEAL_KEYS_BEFORE, settings.SEAL_KEY = [settings.SEAL_KEY], "a new key" * 5
    assert Person.objects.get().id_number_masked == "990101**********10"

    call_command("reseal")

    settings.SEAL_KEYS_BEFORE = []
    found = Person.objects.get(id_number_index=crypto.blind_index(NUMBER), phone_index=crypto.blind_index(PHONE))
    assert (found.id_number_masked, found.phone_masked) == ("990101**********10", "138****0000")
    assert capsys.readouterr().out == "1 people sealed anew.\n"
    assert proofs.verify().broken is None


def test_a_key_that_is_missing_leaves_everything_as_it_was(person, settings):
    before = bytes(Person.objects.get().id_number_sealed)
    settings.SEAL_KEY = "a new key" * 5

    with pytest.raises(CommandError, match="SEAL_KEYS_BEFORE"):
        call_command("reseal")
    assert bytes(Person.objects.get().id_number_sealed) == before


@pytest.mark.parametrize("people", [2, 40])
def test_sealing_anew_costs_the_same_queries_for_any_number(people, django_assert_num_queries):
    for _ in range(people):
        make_person()

    with django_assert_num_queries(12):
        call_command("reseal")
