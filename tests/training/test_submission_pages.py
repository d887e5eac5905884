"""The queue and the page where a batch is decided: what waits, what a line would credit and why, what comes next."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import at, make_district, make_person, make_requirement, make_role, make_rule_set, make_unit, open_year
from training import certification, evidence, ledger, readings, registrations
from training.models import AttainmentKind, AttainmentLine, Decision, HoursLine, SessionLine, SessionRule, StudyRecord, Submission

pytestmark = pytest.mark.django_db
NOW = at("2025-06-02 10:00")
PDF, PNG = b"%PDF-1.4 x", b"\x89PNG\r\n\x1a\n x"
CAPS = {"half_day_cap": 400, "day_cap": 800}


@pytest.fixture
def place(settings, client):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"  # counted among the queries, on both engines
    make_rule_set(**CAPS, switched_off_modes=["SELF_STUDY"], deciding_document="学时办法第三条")
    open_year(2025)
    make_requirement()
    district = make_district()
    town = make_unit(code="T", parent=district, name="黄村镇")
    hr, bureau = make_person(unit=town, category=None), make_person(unit=district, category=None, name="区局")
    make_role(person=hr, unit=town, role="hr")
    make_role(person=bureau, unit=district, role="district")
    client.force_login(bureau)
    return town, hr, bureau


def line_of(person, **facts):
    values = {"studied_on": date(2025, 3, 3), "category": "LAW", "mode": "CLASS", "title": "班", "origin": "class:1"}
    if "minutes" not in facts:
        values["stated"] = 800
    return HoursLine(person=person, **(values | facts))


def batch_of(place, *lines, title="班", unit=None, subject="hours", source="form", by=None, now=NOW):
    town, hr, _bureau = place
    lines = lines or [line_of(make_person(unit=town), origin=f"o:{title}")]
    batch = registrations.register(
        unit=unit or town, subject=subject, source=source, title=title, lines=list(lines), by=by or hr, now=now
    )
    evidence.attach(submission=batch, kind="notice", name="通知.pdf", content=PDF, by=hr, now=now)
    return registrations.submit(submission=batch, by=by or hr, now=now)


def readings_of(batch):
    lines = list(batch.hours_lines.order_by("pk"))
    found = readings.of_lines(batch, lines, readings.hour_requirements(lines))
    return [found.get(line.pk) for line in lines]


def act(client, batch, name, query="", **said):
    return client.post(reverse("training:decide_submission", args=[batch.pk, name]) + query, said)


# --- what a line would credit ---------------------------------------------------------------------------------------


def test_a_line_says_what_it_would_credit_and_what_not_and_why(place):
    town, _hr, _bureau = place
    one, two = make_person(unit=town), make_person(unit=town)
    batch = batch_of(
        place,
        line_of(one, minutes=240, half_day="AM", origin="a"),
        line_of(one, stated=600, origin="b"),
        line_of(two, minutes=50, origin="c"),
        line_of(two, mode="SELF_STUDY", stated=100, origin="d", category="PARTY_SPIRIT", studied_on=date(2025, 3, 4)),
    )

    morning, rest_of_the_day, rounded, switched_off = readings_of(batch)

    assert (morning.credit, [r[1:] for r in morning.refusals]) == (400, [(60, 133)])
    assert (rest_of_the_day.credit, [r[1:] for r in rest_of_the_day.refusals]) == (400, [(None, 200)])
    assert (rounded.credit, [r[1] for r in rounded.refusals]) == (100, [5])
    assert (switched_off.credit, switched_off.is_counted, rounded.is_counted) == (0, False, True)
    assert [r.rule_set.version for r in (morning, rounded)] == [1, 1]


def test_what_is_foretold_is_what_is_posted(place):
    town, _hr, bureau = place
    person = make_person(unit=town)
    ledger.award_hours(
        person=person, studied_on=date(2025, 3, 3), category="LAW", mode="CLASS", title="早", origin="x", stated=300, now=NOW
    )
    batch = batch_of(place, line_of(person, stated=400, origin="a"), line_of(person, minutes=200, origin="b"))
    foretold = [(r.credit, [refused[1:] for refused in r.refusals]) for r in readings_of(batch)]

    certification.certify(submission=batch, by=bureau, now=NOW)

    posted = StudyRecord.objects.filter(submission=batch).order_by("pk")
    assert foretold == [(r.credit, [(x["minutes"], x["credit"]) for x in r.refusals]) for r in posted]
    assert [credit for credit, _refusals in foretold] == [400, 100]
    assert [(r.credit, r.is_foretold) for r in readings_of(batch)] == [(400, False), (100, False)]


def test_a_held_line_takes_no_room_from_those_certified_before_it(place):
    town, _hr, _bureau = place
    person = make_person(unit=town)
    held = line_of(person, stated=800, origin="a", held_reason="结果空白")

    batch = batch_of(place, held, line_of(person, stated=500, origin="b"))

    assert [r.credit for r in readings_of(batch)] == [300, 500]


def test_what_is_credited_already_is_said(place):
    town, _hr, bureau = place
    person = make_person(unit=town)
    certification.certify(
        submission=batch_of(place, line_of(person, origin="a"), line_of(person, origin="b")), by=bureau, now=NOW
    )

    again = batch_of(place, line_of(person, origin="a"), line_of(person, origin="b", stated=400))

    assert [(r.known, r.credit) for r in readings_of(again)] == [("same", 0), ("other", 0)]


def test_without_rules_in_force_the_line_says_so(place, client):
    town, _hr, _bureau = place
    batch = batch_of(place, line_of(make_person(unit=town), studied_on=date(2021, 3, 3)))

    assert [r.rule_set for r in readings_of(batch)] == [None]
    assert client.get(reverse("training:submission", args=[batch.pk])).status_code == 200


def test_the_page_has_the_evidence_the_rule_the_clause_and_the_refusal(place, client):
    town, hr, _bureau = place
    batch = batch_of(place, line_of(make_person(unit=town, name="王五"), minutes=240, half_day="AM"))
    proof = evidence.attach(submission=batch, kind="sign_in", name="签到.png", content=PNG, by=hr, now=NOW)

    page = client.get(reverse("training:submission", args=[batch.pk])).content.decode()

    for words in (
        "王五",
        "通知.pdf",
        "学时办法第三条",
        "确保每人每年接受不少于60学时",
        "240",
        "4.00",
        "60 分钟未计入：超出半天上限",
    ):
        assert words in page
    assert f'src="/evidence/{proof.pk}/?show=1"' in page


def test_only_a_picture_or_a_pdf_opens_in_the_browser(place, client):
    _town, hr, _bureau = place
    batch = batch_of(place)
    word = evidence.attach(
        submission=batch, kind="notice", name="a.docx", content=b"PK\x03\x04[Content_Types].xml word/", by=hr, now=NOW
    )
    pdf = batch.evidence.exclude(pk=word.pk).get()

    said = {}
    for name, address in (("pdf", f"{pdf.pk}/?show=1"), ("saved", f"{pdf.pk}/"), ("word", f"{word.pk}/?show=1")):
        said[name] = client.get(f"/evidence/{address}")["Content-Disposition"].split(";")[0]

    assert said == {"pdf": "inline", "saved": "attachment", "word": "attachment"}


def session_of(town, origin, **facts):
    values = {"kind": "LECTURE", "held_on": date(2025, 3, 3), "title": "讲座", "reference": "纪要1", "topics": ["行政处罚法"]}
    values |= {"lecturer": "教授", "participants": 30}
    return SessionLine(unit=town, origin=origin, **(values | facts))


def test_a_session_says_whether_it_would_count_as_it_is_then_counted(place, client):
    town, _hr, bureau = place
    SessionRule.objects.create(kind="LECTURE", valid_from=date(2022, 1, 1), least_minutes=60)
    lines = [
        session_of(town, "a", minutes=90),
        session_of(town, "b", minutes=90, title="同一场"),
        session_of(town, "c", minutes=30, reference="纪要2", lecturer=""),
        session_of(town, "d", kind="PRE_MEETING", reference="纪要3"),
    ]
    batch = batch_of(place, *lines, subject="sessions")
    page = client.get(reverse("training:submission", args=[batch.pk]))
    assert [len(reading) for _line, reading in page.context["page"].object_list] == [0, 1, 2, 0]
    foretold = readings.of_sessions(batch.session_lines.all())

    certification.certify(submission=batch, by=bureau, now=NOW)

    posted = {entry.origin: [r["code"] for r in entry.refusals] for entry in batch.sessions.all()}
    assert {line.origin: foretold[line.pk] for line in batch.session_lines.all()} == posted
    assert posted == {"a": [], "b": ["event_already_counted"], "c": ["no_lecturer", "too_short"], "d": []}


# --- the queue ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given, titles",
    [
        ({}, ["甲", "乙", "丁", "戊"]),
        ({"unit": "T"}, ["甲", "乙", "丁"]),
        ({"unit": "T2"}, ["乙"]),
        ({"subject": "sessions"}, ["丁"]),
        ({"subject": "attainments", "state": "all"}, ["戊"]),
        ({"source": "import"}, ["乙"]),
        ({"state": "submitted"}, ["丙"]),
        ({"state": "all", "source": "claim"}, ["丙"]),
        ({"year": 2024}, ["乙", "丁", "戊"]),
        ({"year": 2025}, ["甲"]),
        ({"year": 2024, "subject": "hours"}, ["乙"]),
    ],
    ids=str,
)
def test_batches_are_found_by_unit_state_subject_source_and_year(given, titles, place, client):
    town, _hr, _bureau = place
    office, elsewhere = make_unit(code="T2", parent=town), make_unit(code="E", parent=town.parent)
    person, old = make_person(unit=town), date(2024, 5, 5)
    kind = AttainmentKind.objects.create(code="K", name="证书")
    batch_of(place, title="甲")
    batch_of(place, line_of(person, studied_on=old, origin="2"), title="乙", unit=office, source="import")
    batch_of(place, title="丙", source="claim", by=person)
    session = SessionLine(unit=town, kind="LECTURE", held_on=old, title="讲座", origin="3")
    batch_of(place, session, title="丁", subject="sessions")
    attainment = AttainmentLine(person=person, kind=kind, title="证", valid_from=old, origin="4")
    batch_of(place, attainment, title="戊", subject="attainments", unit=elsewhere)

    page = client.get(reverse("training:submissions"), given)

    assert [batch.title for batch in page.context["page"].object_list] == titles


def test_the_queue_begins_with_what_was_handed_in_first_and_ends_with_drafts(place, client):
    town, hr, _bureau = place
    line = line_of(make_person(unit=town), origin="draft")
    registrations.register(unit=town, subject="hours", source="form", title="草稿", lines=[line], by=hr, now=NOW)
    batch_of(place, title="后", now=at("2025-06-02 09:00"))
    batch_of(place, title="先", now=at("2025-06-01 09:00"))

    page = client.get(reverse("training:submissions"), {"state": "all"})

    assert [batch.title for batch in page.context["page"].object_list] == ["先", "后", "草稿"]


# --- what comes after a decision ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name, said, state", [("certify", {}, "certified"), ("return", {"reason": "名单不符"}, "returned")], ids=["certify", "return"]
)
def test_after_a_decision_the_next_of_the_queue_comes_by_itself(name, said, state, place, client):
    first, second, third = (batch_of(place, title=str(n), now=at(f"2025-06-0{n} 09:00")) for n in (1, 2, 3))

    assert act(client, second, name, **said).url == f"/submissions/{third.pk}/"
    assert act(client, third, name, **said).url == f"/submissions/{first.pk}/"
    assert act(client, first, name, **said).url == "/submissions/"
    assert set(Submission.objects.values_list("state", flat=True)) == {state}


def test_the_next_one_stays_inside_the_filters_of_the_queue(place, client):
    town, _hr, _bureau = place
    elsewhere = make_unit(code="E", parent=town.parent)
    first = batch_of(place, title="1")
    batch_of(place, title="2", unit=elsewhere)
    third = batch_of(place, title="3")

    assert act(client, first, "certify", "?unit=T&page=2").url == f"/submissions/{third.pk}/?unit=T"
    assert act(client, third, "certify", "?unit=T").url == "/submissions/?unit=T"


def test_the_bureau_is_led_to_what_units_approved_and_to_their_claims_only_when_asked(place, client):
    town, _hr, _bureau = place
    learner = make_person(unit=town)
    first = batch_of(place, title="1")
    claim = batch_of(place, line_of(learner, origin="c"), title="申报", source="claim", by=learner)
    second = batch_of(place, title="2")

    assert act(client, first, "certify").url == f"/submissions/{second.pk}/"
    assert act(client, second, "certify", "?state=all").url == f"/submissions/{claim.pk}/?state=all"


def test_nobody_is_led_to_a_batch_they_may_not_decide(place, client):
    town, hr, bureau = place
    learner = make_person(unit=town)
    claim = batch_of(place, line_of(learner, origin="c"), title="申报", source="claim", by=learner)
    batch_of(place, line_of(learner, origin="d"), title="自己的", by=bureau)
    own = batch_of(place, title="人事录入")

    assert list(Submission.objects.decidable_by(hr)) == [claim]
    assert set(Submission.objects.decidable_by(bureau)) == {claim, own}
    assert list(Submission.objects.decidable_by(learner)) == []


def test_a_batch_with_held_lines_left_stays_on_the_screen(place, client):
    town, _hr, _bureau = place
    batch = batch_of(
        place, line_of(make_person(unit=town), held_reason="结果空白"), line_of(make_person(unit=town), origin="b"), title="1"
    )
    batch_of(place, title="2")

    assert act(client, batch, "certify").url == f"/submissions/{batch.pk}/"


def test_a_reason_chosen_by_one_key_is_the_one_kept(place, client):
    batch = batch_of(place)

    act(client, batch, "return", preset=str(certification.REASONS[1]), reason="")

    assert Decision.objects.get(act="return").reason == str(certification.REASONS[1])


def test_a_decision_refused_keeps_what_was_typed(place, client):
    batch = batch_of(place)
    batch.evidence.all().delete()

    answer = act(client, batch, "certify", reason="写了一半")

    assert answer.status_code == 409
    assert 'value="写了一半"' in answer.content.decode()


@pytest.mark.parametrize("lines", [1, 40])
def test_the_page_of_a_batch_costs_the_same_queries_for_any_number_of_lines(lines, place, client, django_assert_num_queries):
    town, _hr, _bureau = place
    batch = batch_of(place, *(line_of(make_person(unit=town), course_key="k") for _ in range(lines)))
    address = reverse("training:submission", args=[batch.pk])
    client.get(address)

    with django_assert_num_queries(18):
        client.get(address)


@pytest.mark.parametrize("batches", [1, 25])
def test_the_queue_costs_the_same_queries_for_any_number_of_batches(batches, place, client, django_assert_num_queries):
    for number in range(batches):
        batch_of(place, title=str(number))
    client.get(reverse("training:submissions"))

    with django_assert_num_queries(9):
        client.get(reverse("training:submissions"), {"unit": "T", "year": 2025, "subject": "hours"})


@pytest.mark.parametrize("sessions", [1, 20])
def test_the_page_of_a_batch_of_sessions_costs_the_same_queries(sessions, place, client, django_assert_num_queries):
    town, _hr, _bureau = place
    SessionRule.objects.create(kind="LECTURE", valid_from=date(2022, 1, 1))
    lines = [session_of(town, str(number), reference=f"纪要{number}") for number in range(sessions)]
    address = reverse("training:submission", args=[batch_of(place, *lines, subject="sessions").pk])
    client.get(address)

    with django_assert_num_queries(13):
        client.get(address)


@pytest.mark.parametrize(("reason", "shown"), [("", False), ("结果空白", True)])
def test_what_settles_held_lines_is_offered_only_where_there_are_some(reason, shown, place, client):
    town, _hr, _bureau = place
    batch = batch_of(place, line_of(make_person(unit=town), held_reason=reason), line_of(make_person(unit=town)))

    page = client.get(reverse("training:submission", args=[batch.pk])).content.decode()

    assert [f"{reverse('training:decide_submission', args=[batch.pk, name])}" in page for name in ("release", "refuse")] == [
        shown
    ] * 2
    assert reverse("training:decide_submission", args=[batch.pk, "certify"]) in page
