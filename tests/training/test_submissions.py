"""A batch is certified with exceptions, on evidence, by somebody else; what is restricted stays hidden."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_role, make_rule_set, make_unit
from training import adjustments, certification, evidence, periods, registrations
from training.errors import BadInput, EvidenceMissing, NotAllowed, OwnDecision, WrongState
from training.models import AttainmentKind, AttainmentLine, Decision, HoursLine, YearTotal
from training.periods import Period

pytestmark = pytest.mark.django_db
NOW = at("2026-01-05 10:00")
PDF = b"%PDF-1.4 notice"


@pytest.fixture
def place():
    make_rule_set()
    district = make_district()
    town = make_unit(code="T", parent=district)
    hr, bureau = make_person(unit=town, category=None), make_person(unit=district, category=None)
    make_role(person=hr, unit=town, role="hr")
    make_role(person=bureau, unit=district, role="district")
    return town, hr, bureau, [make_person(unit=town) for _ in range(3)]


def batch_of(place, *, held=(), by=None, proof=True):
    town, hr, _bureau, officers = place
    lines = [
        HoursLine(
            person=person, studied_on=date(2025, 3, 3), category="LAW", mode="CLASS", title="班", stated=800, origin="class:1",
            held_reason="结果空白" if number in held else "",
        )
        for number, person in enumerate(officers)
    ]  # fmt: skip
    batch = registrations.register(unit=town, subject="hours", source="form", title="班", lines=lines, by=by or hr, now=NOW)
    if proof:
        evidence.attach(submission=batch, kind="notice", name="通知.pdf", content=PDF, by=hr, now=NOW)
    return registrations.submit(submission=batch, by=by or hr, now=NOW)


def test_exceptions_are_returned_with_the_reason_and_the_rest_counts(place):
    _town, _hr, bureau, officers = place
    batch = batch_of(place)
    out = batch.hours_lines.get(person=officers[0])

    certification.certify(submission=batch, by=bureau, now=NOW, except_lines=[out.pk], reason="未签到")

    batch.refresh_from_db()
    assert (batch.state, YearTotal.objects.filter(law=800).count()) == ("certified", 2)
    assert list(batch.decisions.values_list("act", "lines", "reason")) == [
        ("submit", 0, ""),
        ("except", 1, "未签到"),
        ("certify", 2, ""),
    ]


def test_without_evidence_or_by_the_one_who_entered_it_nothing_is_certified(place):
    _town, _hr, bureau, _officers = place

    with pytest.raises(EvidenceMissing):
        certification.certify(submission=batch_of(place, proof=False), by=bureau, now=NOW)
    assert not YearTotal.objects.exists()


def test_nobody_certifies_or_revokes_their_own_batch(place):
    _town, _hr, bureau, _officers = place
    batch = batch_of(place, by=bureau)

    with pytest.raises(OwnDecision):
        certification.certify(submission=batch, by=bureau, now=NOW)
    with pytest.raises(OwnDecision):
        certification.revoke(submission=batch, reason="错", by=bureau, now=NOW)


def test_a_batch_whose_held_line_is_refused_ends_certified_and_can_be_revoked(place):
    _town, _hr, bureau, officers = place
    batch = batch_of(place, held=[0])
    certification.certify(submission=batch, by=bureau, now=NOW)
    with pytest.raises(WrongState):
        certification.return_(submission=batch, reason="错", by=bureau, now=NOW)
    held = batch.hours_lines.get(person=officers[0])
    certification.settle_held(submission=batch, lines=[held.pk], accept=False, reason="未通过", by=bureau, now=NOW)
    certification.certify(submission=batch, by=bureau, now=NOW)

    batch.refresh_from_db()
    assert batch.state == "certified"
    certification.revoke(submission=batch, reason="班次取消", by=bureau, now=NOW)
    assert list(YearTotal.objects.values_list("law", flat=True)) == [0, 0]
    assert Decision.objects.filter(submission=batch, act="revoke").count() == 1


@pytest.mark.parametrize(
    ("papers", "status", "left"),
    [
        ({}, 409, 800),
        ({"late_document": "京兴司函〔2026〕3号"}, 422, 800),
        ({"late_document": "京兴司函〔2026〕3号", "late_approver": "区司法局局长"}, 302, 0),
    ],
    ids=["without papers", "with a document alone", "with document and approver"],
)
def test_in_a_reported_period_a_batch_is_revoked_by_document_and_approver(papers, status, left, place, client):
    town, _hr, bureau, officers = place
    batch = batch_of(place)
    certification.certify(submission=batch, by=bureau, now=NOW)
    periods.lock(unit=town, period=Period(2025), origin="report", now=NOW)
    client.force_login(bureau)

    answer = client.post(reverse("training:decide_submission", args=[batch.pk, "revoke"]), {"reason": "班次取消", **papers})

    assert answer.status_code == status
    assert YearTotal.objects.get(person=officers[0]).law == left
    reasons = list(Decision.objects.filter(act="revoke").values_list("reason", flat=True))
    assert reasons == (["班次取消（京兴司函〔2026〕3号，区司法局局长）"] if left == 0 else [])


def test_a_batch_about_a_restricted_kind_is_found_by_nobody_but_its_readers(place, client):
    town, hr, bureau, officers = place
    kind = AttainmentKind.objects.create(code="KNOWLEDGE_CHECK", name="任前考查", is_restricted=True, readers=["orgdept"])
    reader = make_person(unit=town.parent, category=None)
    make_role(person=reader, unit=town.parent, role="orgdept")
    line = AttainmentLine(person=officers[0], kind=kind, title="任前考查", valid_from=date(2025, 5, 5), origin="x")
    batch = registrations.register(unit=town, subject="attainments", source="form", title="批", lines=[line], by=reader, now=NOW)
    address = reverse("training:submission", args=[batch.pk])

    answers = {}
    for name, person in (("hr", hr), ("bureau", bureau), ("reader", reader)):
        client.force_login(person)
        answers[name] = client.get(address).status_code

    assert answers == {"hr": 404, "bureau": 404, "reader": 200}


def test_hr_proposes_adjustments_for_their_own_unit_only(place):
    town, hr, _bureau, _officers = place
    stranger = make_person(unit=make_unit(code="O", parent=town.parent))

    with pytest.raises(NotAllowed):
        adjustments.adjust(person=stranger, year=2025, reason="MATERNITY", hours=0, document="文", approver="批", by=hr, now=NOW)


@pytest.mark.parametrize("line", ["²", "9" * 30, "x"])
def test_odd_input_is_no_error_of_the_system(line, place, client):
    _town, _hr, bureau, _officers = place
    batch = batch_of(place)
    client.force_login(bureau)

    answer = client.post(reverse("training:decide_submission", args=[batch.pk, "certify"]), {"line": line})

    assert answer.status_code == 302


def test_study_in_the_future_is_not_registered(place):
    town, hr, _bureau, officers = place
    line = HoursLine(
        person=officers[0], studied_on=date(2026, 1, 6), category="LAW", mode="CLASS", title="班", stated=800, origin="x"
    )

    with pytest.raises(BadInput):
        registrations.register(unit=town, subject="hours", source="form", title="班", lines=[line], by=hr, now=NOW)
    assert not HoursLine.objects.exists()
